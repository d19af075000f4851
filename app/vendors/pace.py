"""How fast one vendor account is asked by this process: as fast as it bears, and not too often."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from app.domain.sync.budget import Budget
from app.domain.sync.upstreams import Upstream

HOUR: Final = timedelta(hours=1)


@dataclass(slots=True)
class Pace:
    """Has each request wait for its turn; ``sent`` are the instants of the last hour's."""

    budget: Budget
    most_per_hour: int
    clock: Callable[[], datetime]
    sent: deque[datetime] = field(default_factory=deque)

    async def wait(self) -> None:
        """Return when the next request may be sent; it counts as sent then."""
        while wait := self._wait(self.clock()):  # noqa: ASYNC110 - it is time
            await asyncio.sleep(wait.total_seconds())
        now = self.clock()
        self.budget = self.budget.spent(now)
        self.sent.append(now)

    def answered(self, status: int | None) -> None:
        """Take notice of an answer: a vendor that is asked too often is asked half as often."""
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self.budget = self.budget.throttled(self.clock(), None)

    def _wait(self, now: datetime) -> timedelta:
        """Return how long to wait; a clock that was set back delays nothing."""
        while self.sent and not timedelta(0) <= now - self.sent[0] < HOUR:
            self.sent.popleft()
        is_full = len(self.sent) >= self.most_per_hour
        of_the_hour = self.sent[0] + HOUR - now if is_full else timedelta(0)
        return max(self.budget.wait(now), of_the_hour)


@dataclass(slots=True)
class Paces:
    """The paces of all accounts that this process asks, for as long as it lives."""

    most_per_hour: int
    clock: Callable[[], datetime]
    known: dict[str, Pace] = field(default_factory=dict)

    def of(self, upstream: Upstream) -> Pace:
        """Return the pace of this one; the first is what was last found that it bears."""
        pace = Pace(upstream.budget, self.most_per_hour, self.clock)
        return self.known.setdefault(upstream.id, pace)
