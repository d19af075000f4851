"""How fast one vendor account is asked by this process: as fast as it bears, and not too often."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from app.domain.sync.budget import Allowance, Budget
from app.domain.sync.upstreams import Upstream

HOUR: Final = timedelta(hours=1)
AT_ONCE: Final = 20
"""So many may be sent one after the other before they have to be apart."""


@dataclass(slots=True)
class Pace:
    """Has each request wait for its turn.

    ``sent`` are the instants of the last hour's. ``paid_until``: when all of them have been worth
    their time at the budget's rate; AT_ONCE may be ahead of it, so that a short list is not slow.
    """

    budget: Budget
    most_per_hour: int
    clock: Callable[[], datetime]
    sent: deque[datetime] = field(default_factory=deque)
    paid_until: datetime | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def wait(self) -> None:
        """Return when the next request may be sent; it counts as sent then."""
        while wait := self._wait(self.clock()):
            await self.sleep(wait.total_seconds())
        now = self.clock()
        # What was last said of the next one is past by now, and is to be said anew by the vendor.
        self.budget = replace(self.budget.spent(now), next_at=None)
        self.paid_until = max(self.paid_until or now, now) + self._apart
        self.sent.append(now)

    def answered(self, status: int | None, left: Allowance | None = None) -> None:
        """Take notice of an answer: a vendor that is asked too often is asked half as often.

        One that says that nothing is ``left`` is asked again when its count begins anew.
        """
        now = self.clock()
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self.budget = self.budget.throttled(now, None)
            self.paid_until = now + AT_ONCE * self._apart
        if left is not None:
            self.budget = self.budget.told(now, left)

    def is_over(self, now: datetime) -> bool:
        """Say whether nothing was sent for so long that what was sent bounds nothing any more."""
        return bool(self.sent) and now - self.sent[-1] >= HOUR

    def _wait(self, now: datetime) -> timedelta:
        """Return how long to wait; a clock that was set back delays nothing."""
        if self.sent and now < self.sent[-1]:
            self.sent.clear()
            self.paid_until = None
        while self.sent and now - self.sent[0] >= HOUR:
            self.sent.popleft()
        is_full = len(self.sent) >= self.most_per_hour
        of_the_hour = self.sent[0] + HOUR - now if is_full else timedelta(0)
        of_the_rate = (self.paid_until or now) - now - AT_ONCE * self._apart
        return max(self.budget.wait(now), of_the_hour, of_the_rate)

    @property
    def _apart(self) -> timedelta:
        return timedelta(seconds=1 / self.budget.rate)


@dataclass(slots=True)
class Paces:
    """The paces of all accounts that this process asks, also those that it only tries."""

    most_per_hour: int
    clock: Callable[[], datetime]
    known: dict[str, Pace] = field(default_factory=dict)

    def of(self, upstream: Upstream) -> Pace:
        """Return the pace of this one; the first is what was last found that it bears."""
        now = self.clock()
        self.known = {id_: each for id_, each in self.known.items() if not each.is_over(now)}
        pace = Pace(upstream.budget, self.most_per_hour, self.clock)
        return self.known.setdefault(upstream.id, pace)
