"""Identities that were found, remembered for a few seconds by the hash of their credential."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Final

from app.domain.access import Identity

FRESH_SECONDS: Final = 2.0
"""After so long it is looked up again, beside the request that finds it old."""
KEPT_SECONDS: Final = 4.5
"""After so long a request waits for that. Revoked is refused within 5 seconds."""
MOST: Final = 10_000

Find = Callable[[], Awaitable[Identity | None]]


@dataclass(slots=True)
class _Entry:
    identity: Identity
    fresh_until: float
    kept_until: float


class RememberedIdentities:
    """What was found of credentials; what opens nothing is not remembered."""

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._finding: dict[bytes, asyncio.Task[Identity | None]] = {}

    def fresh(self, digest: bytes) -> Identity | None:
        """Return the identity if it was found a moment ago."""
        entry = self._entries.get(digest)
        return entry.identity if entry is not None and monotonic() < entry.fresh_until else None

    def known(self, digest: bytes, find: Find) -> Identity | None:
        """Return the identity if it is remembered; an older one is looked up again meanwhile."""
        entry = self._entries.get(digest)
        if entry is None:
            return None
        now = monotonic()
        if now >= entry.kept_until:
            return None
        if now >= entry.fresh_until:
            self._begin(digest, find)
        return entry.identity

    async def find(self, digest: bytes, find: Find) -> Identity | None:
        """Look the credential up, once for all who ask meanwhile."""
        return await asyncio.shield(self._begin(digest, find))

    def _begin(self, digest: bytes, find: Find) -> asyncio.Task[Identity | None]:
        task = self._finding.get(digest)
        if task is None:
            task = asyncio.ensure_future(self._look_up(digest, find))
            self._finding[digest] = task
            task.add_done_callback(lambda done: self._ended(digest, done))
        return task

    async def _look_up(self, digest: bytes, find: Find) -> Identity | None:
        began = monotonic()  # what is read later may have been true no longer than since now
        identity = await find()
        if identity is None:
            self._entries.pop(digest, None)
            return None
        kept = KEPT_SECONDS
        if identity.expires_at is not None:
            kept = min(kept, (identity.expires_at - datetime.now(UTC)).total_seconds())
        self._entries[digest] = _Entry(identity, began + min(FRESH_SECONDS, kept), began + kept)
        self._entries.move_to_end(digest)
        while len(self._entries) > MOST:
            self._entries.popitem(last=False)
        return identity

    def _ended(self, digest: bytes, task: asyncio.Task[Identity | None]) -> None:
        del self._finding[digest]
        if not task.cancelled():
            task.exception()  # whoever waits has it; nobody may have waited

    async def close(self) -> None:
        """Wait for what is being looked up."""
        await asyncio.gather(*self._finding.values(), return_exceptions=True)
