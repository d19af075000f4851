"""Who waits for a lock on PostgreSQL, so that those who wait for one never hold all connections.

A writer waits inside of its transaction, on its connection. Were there no bound, the writers of
one company whose lock somebody holds would take every connection for writers, and the other
companies' would wait with them.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from app.domain.errors import Busy, Unavailable

NOT_RELEASED: Final = "lock not released"
"""The cause where somebody has held a lock for longer than anybody waits for one."""

LOCK_QUEUES: Final = "timeoff_lock_queues"
"""The execution option by which an engine hands its queues to its connections."""

CONNECTIONS_FOR_OTHERS: Final = 2
"""Of those for writers, beyond the ones that wait for a single lock."""

SECONDS_WITHOUT_A_MOVE: Final = 3.0
"""After which a lock is taken to be held for long: whoever comes then is refused.

Longer than it takes until it is this process's turn again, where several write the same rows.
"""

MOST_LOCKS_OF_ONE: Final = 16
"""Of one statement, that are looked at: the first ones, in the order in which they are taken."""


@dataclass(slots=True)
class _Lock:
    places: asyncio.Semaphore
    comers: int = 0
    last_move: float = field(default_factory=time.monotonic)


class LockQueues:
    """Counts how many writers of this process wait for each lock, and refuses too many."""

    def __init__(self, writers: int, wait_seconds: float) -> None:
        self._most = max(1, writers - CONNECTIONS_FOR_OTHERS)
        self._wait_seconds = wait_seconds
        self._locks: dict[Hashable, _Lock] = {}

    @asynccontextmanager
    async def waiting(self, keys: Sequence[Hashable]) -> AsyncIterator[None]:
        """Wait for these locks inside of the block.

        Raises Busy where others wait in vain, Unavailable when ``wait_seconds`` have passed.
        """
        try:
            async with AsyncExitStack() as stack, asyncio.timeout(self._wait_seconds):
                for key in keys[:MOST_LOCKS_OF_ONE]:
                    await stack.enter_async_context(self._waiting(key))
                yield
        except TimeoutError:
            raise Unavailable(NOT_RELEASED) from None

    @asynccontextmanager
    async def _waiting(self, key: Hashable) -> AsyncIterator[None]:
        lock = self._locks.get(key) or self._locks.setdefault(
            key, _Lock(asyncio.Semaphore(self._most))
        )
        lock.comers += 1
        try:
            await _take_place(lock)
            try:
                yield
                lock.last_move = time.monotonic()
            finally:
                lock.places.release()
        finally:
            lock.comers -= 1
            if not lock.comers:
                del self._locks[key]


async def _take_place(lock: _Lock) -> None:
    while True:
        left = lock.last_move + SECONDS_WITHOUT_A_MOVE - time.monotonic()
        if lock.places.locked() and left <= 0:
            raise Busy
        if not lock.places.locked():
            await lock.places.acquire()  # at once
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(left):
                await lock.places.acquire()
                return
