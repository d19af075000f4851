"""How long those who are waiting for the database go on when it falls silent.

Requests have deadlines of their own. What has none, such as looking up who asks, would else wait
for as long as the system keeps a connection to a machine that is gone: a quarter of an hour.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from app.db.availability.outages import noted_outage
from app.domain.errors import Unavailable

NO_ANSWER: Final = "no answer"
"""The cause where the database has said nothing for a while."""

WHEN_SILENT_SECONDS: Final = 1.5
"""For whoever is waiting when it is found out that the database says nothing."""

WHEN_BACK_SECONDS: Final = 5.0
"""For whoever is still waiting when it answers again: that may be another server by now."""


class Patience:
    """Ends the waiting of those who wait, and of nobody who comes later."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Timeout] = set()

    @asynccontextmanager
    async def bounded(self) -> AsyncIterator[None]:
        """Wait for the database in the block. Raises Unavailable when it has to end."""
        limit = asyncio.timeout(None)
        try:
            async with limit:
                self._waiting.add(limit)
                yield
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise (noted_outage(error, reads=True) or Unavailable(NO_ANSWER)) from error
        finally:
            self._waiting.discard(limit)

    def end_when_silent(self) -> None:
        """Give those who wait a moment more: the database says nothing."""
        self._end_in(WHEN_SILENT_SECONDS)

    def end_when_back(self) -> None:
        """Give those who are left a while: the database answers, if not on their connections."""
        self._end_in(WHEN_BACK_SECONDS)

    def _end_in(self, seconds: float) -> None:
        when = asyncio.get_running_loop().time() + seconds
        for limit in self._waiting:
            if not limit.expired():
                limit.reschedule(when)
