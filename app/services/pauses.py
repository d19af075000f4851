"""Long computing shares the event loop: it pauses so that others run and can cancel it."""

import asyncio
from time import monotonic
from typing import Final

SECONDS_AT_A_TIME: Final = 0.01
"""For which the event loop is kept."""


class Pauses:
    """A clock for one computation, which tells when it has kept the event loop for too long."""

    def __init__(self) -> None:
        self._until = monotonic() + SECONDS_AT_A_TIME

    async def pause_if_due(self) -> bool:
        """Let the event loop run once if SECONDS_AT_A_TIME have passed since it last did.

        Says whether it has.
        """
        if monotonic() <= self._until:
            return False
        await asyncio.sleep(0)
        self._until = monotonic() + SECONDS_AT_A_TIME
        return True
