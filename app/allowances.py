"""How much each caller may ask for in a minute, counted in this process.

The unit is that of GraphQL's gate: a field of an answer is 1, a day or item to store 25.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

COST_OF_AN_ITEM: Final = 25
"""What a stored day or item costs, in fields of an answer: a row, its day and its change."""

FIELDS_OF_A_ROW: Final = 10
"""What a record of a REST list and a row of an export count, of which each has about so many."""

CODE: Final = "RATE_LIMITED"
CALLERS: Final = 4_096
"""Callers that are remembered; of more the one that has not asked for longest is forgotten."""
WINDOW_SECONDS: Final = 60
_POLICY: Final = '"cost"'


class AllowanceSpent(Exception):
    """The caller has asked for as much as it may, for now; ``headers`` say when to come back."""

    def __init__(self, seconds: int, headers: Mapping[str, str]) -> None:
        super().__init__(CODE)
        self.message = (
            "This caller has asked for as much as one may in a minute. "
            f"Send it again in {seconds} s."
        )
        self.headers = {**headers, "Retry-After": str(seconds)}


class NeverAllowed(Exception):
    """A request that costs more than a caller may ask for in a whole minute."""

    def __init__(self, cost: int, most: int) -> None:
        super().__init__(f"{cost} of {most}")
        self.message = (
            f"This costs {cost}, and a caller may ask for {most} in a minute. "
            "Ask for smaller pages, or send fewer items at a time."
        )


@dataclass(slots=True)
class _Bucket:
    level: float
    filled_at: float


class Allowances:
    """A leaky bucket for each caller: it holds a minute's cost, and empties evenly in a minute."""

    def __init__(self, cost_per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = cost_per_minute
        self._leak = cost_per_minute / WINDOW_SECONDS
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def spend(self, caller: str, cost: int) -> dict[str, str]:
        """Count a request before it is worked on, and return the headers of its answer.

        Raises AllowanceSpent, and then counts nothing; NeverAllowed for what no waiting helps.
        """
        if cost > self._most:
            raise NeverAllowed(cost, self._most)
        bucket = self._bucket(caller)
        excess = bucket.level + cost - self._most
        if excess > 0:
            seconds = max(1, ceil(excess / self._leak))
            raise AllowanceSpent(seconds, self._headers(bucket, seconds))
        bucket.level += cost
        return self._headers(bucket, ceil(bucket.level / self._leak))

    def owe(self, caller: str, cost: int) -> None:
        """Count what is known only when it is done; it may be more than is left."""
        self._bucket(caller).level += cost

    def _bucket(self, caller: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = _Bucket(0.0, now)
            if len(self._buckets) > CALLERS:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(caller)
        bucket.level = max(0.0, bucket.level - (now - bucket.filled_at) * self._leak)
        bucket.filled_at = now
        return bucket

    def _headers(self, bucket: _Bucket, seconds: int) -> dict[str, str]:
        """Return the fields of draft-ietf-httpapi-ratelimit-headers-11."""
        left = max(0, floor(self._most - bucket.level))
        return {
            "RateLimit-Policy": f"{_POLICY};q={self._most};w={WINDOW_SECONDS}",
            "RateLimit": f"{_POLICY};r={left};t={seconds}",
        }
