"""How far PostgreSQL's log has to be replayed where somebody reads, and was when somebody wrote.

A position is a place in that log: whatever was committed before is on every replica that has
replayed it up to there. Where no replica is read, nobody sets anything here.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(slots=True)
class Reads:
    """What a request that only reads has to see, and how it goes on the replica."""

    position: int | None
    """What the replica has to have replayed; None: the caller has written nothing lately."""

    leaves_replica: bool = False
    """Whether the rest of it is read from the primary: no answer goes back in time."""

    met_outage: bool = False
    """Whether the replica was lost in the middle: then all of it has to be done again."""


class Writes:
    """How far the log was when a request's last write was committed."""

    def __init__(self, remember: Callable[[int | None], None]) -> None:
        self._remember = remember
        self._is_unknown = False
        self._position = 0
        self.has_some = False

    def note(self, position: int | None) -> None:
        """Note a commit; None where it may be done, and nobody could say how far the log was."""
        self._remember(position)
        self.has_some = True
        self._is_unknown = self._is_unknown or position is None
        self._position = max(self._position, position or 0)

    @property
    def position(self) -> int | None:
        """The position that shows all of it; None where it is not known."""
        return None if self._is_unknown else self._position


READING: Final[ContextVar[Reads | None]] = ContextVar("timeoff_reading", default=None)
"""The request that only reads and is worked on here; None: it is read from the primary."""

WRITING: Final[ContextVar[Writes | None]] = ContextVar("timeoff_writing", default=None)
"""Where the writes of a request are noted; None: nobody asks for them."""
