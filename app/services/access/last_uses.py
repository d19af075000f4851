"""When tokens and sessions were last used: noted at once, stored beside the requests."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

STORED_EVERY: Final = timedelta(minutes=1)
"""As finely as it is known when a token or a session was last used."""
MOST: Final = 10_000
"""Uses that are kept until they are stored; of more the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class LastUses:
    """Uses of this process that are not stored yet, by the id of what was used."""

    _used: OrderedDict[str, datetime] = field(default_factory=OrderedDict)

    def note(self, id_: str, now: datetime, stored: datetime | None) -> None:
        """Keep that it is used now, unless a minute ago is known already."""
        last = self.last(id_, stored)
        if last is None or last + STORED_EVERY <= now:
            self._used[id_] = now
            if len(self._used) > MOST:
                self._used.popitem(last=False)

    def last(self, id_: str, stored: datetime | None) -> datetime | None:
        """Return when it was last used, as far as this process and what is stored know."""
        noted = self._used.get(id_)
        return max(noted, stored) if noted and stored else noted or stored

    async def store_by(self, store: Callable[[Mapping[str, datetime]], Awaitable[None]]) -> None:
        """Have the uses stored; those are kept that could not be, or that have come meanwhile."""
        used = dict(self._used)
        if used:
            await store(used)
        for id_, at in used.items():
            if self._used.get(id_) == at:
                del self._used[id_]
