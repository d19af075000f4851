"""Long computing in pieces: between them others go on, and whoever is not wanted ends."""

import asyncio
from time import monotonic
from typing import Final

SECONDS_AT_A_TIME: Final = 0.01
"""For which the event loop is kept."""


class Pauses:
    """Lets others go on whenever that is due."""

    def __init__(self) -> None:
        self._until = monotonic() + SECONDS_AT_A_TIME

    async def pause_if_due(self) -> None:
        """Wait for one pass of the event loop, if the last one is long ago."""
        if monotonic() > self._until:
            await asyncio.sleep(0)
            self._until = monotonic() + SECONDS_AT_A_TIME
