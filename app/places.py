"""Places to work in, for those who learn only from a request's body what it asks for.

The entrance hands out places for requests that read. Who finds that his one writes goes on in a
place for writers, so that those who wait for a lock never keep a reader out.
"""

from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from app.domain.errors import Busy

__all__ = ("BUSY_CODE", "BUSY_MESSAGE", "PLACE", "RETRY_AFTER_SECONDS", "Busy", "Entrance", "Place")

PLACE: Final = "timeoff.place"
"""Where a request's scope has its place, if the entrance has given it one."""

RETRY_AFTER_SECONDS: Final = 1
"""What a refusal says; a client that comes back sooner is not looked at sooner."""

BUSY_CODE: Final = Busy().code
BUSY_MESSAGE: Final = Busy().message


class Place(Protocol):
    """A place in which one request is worked on."""

    async def write(self) -> None:
        """Go on in a place for writers. Raises Busy."""


class Entrance(Protocol):
    """Where places are had for what comes by another way than a request."""

    def is_full(self, *, comes_back: bool = False) -> bool:
        """Say whether there is no place now, nor one soon; who comes back may find fewer."""

    def place(self) -> AbstractAsyncContextManager[Place]:
        """Take a place while the block lasts. Raises Busy."""

    async def turn_of_refused(self) -> None:
        """Count a refusal, and wait until its client is to be heard again."""


async def write_in(place: Place | None) -> None:
    """Go on as a writer, where there is an entrance at all. Raises Busy."""
    if place is not None:
        await place.write()
