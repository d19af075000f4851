"""How fast a vendor may be asked: what it says, or what it bears.

Kantata publishes no limit and sends no header, so its bearing is found: fewer requests after
each `429 Too Many Requests`, slowly more again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

FIRST_RATE: Final = 2.0
"""Requests a second."""
LOWEST_RATE: Final = 1 / 60
HIGHEST_RATE: Final = 4.0
GROWTH: Final = 0.1
GROWS_EVERY: Final = timedelta(minutes=1)
LONGEST_APART: Final = timedelta(minutes=15)
"""However long a vendor asks to be left alone: then it is asked whether it still wants that."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a vendor says is left: so many requests until its count begins anew."""

    remaining: int
    resets_in: timedelta


@dataclass(frozen=True, slots=True)
class Budget:
    """Requests a second, since when they have been so many, and when the next may be sent."""

    rate: float = FIRST_RATE
    since: datetime | None = None
    next_at: datetime | None = None

    def wait(self, now: datetime) -> timedelta:
        """Return how long the next request has to wait; nothing where a clock was set back."""
        wait = (self.next_at or now) - now
        return wait if timedelta(0) < wait <= LONGEST_APART else timedelta(0)

    def spent(self, now: datetime) -> Self:
        """Return it after a request was sent now: the next one waits its turn."""
        grown = self._grown(now)
        apart = timedelta(seconds=1 / grown.rate)
        return replace(grown, next_at=now + apart)

    def throttled(self, now: datetime, asked: timedelta | None) -> Self:
        """Return it after the vendor said that it was too much, and perhaps for how long."""
        rate = max(LOWEST_RATE, self.rate / 2)
        apart = max(timedelta(seconds=1 / rate), min(asked or timedelta(0), LONGEST_APART))
        return replace(self, rate=rate, since=now, next_at=now + apart)

    def told(self, now: datetime, left: Allowance) -> Self:
        """Return it after the vendor said what is left: of nothing, the next one waits."""
        if left.remaining > 0 or left.resets_in <= timedelta(0):
            return self
        waits_until = now + min(left.resets_in, LONGEST_APART)
        return replace(self, next_at=max(self.next_at or waits_until, waits_until))

    def _grown(self, now: datetime) -> Self:
        if self.since is None or not timedelta(0) <= now - self.since:
            return replace(self, since=now)
        if now - self.since < GROWS_EVERY:
            return self
        return replace(self, rate=min(HIGHEST_RATE, self.rate * (1 + GROWTH)), since=now)
