"""How long requests took: counted by kind and status, for the histogram of /metrics."""

from bisect import bisect_left
from typing import Final

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds: the upper ends of the buckets, but for the last one, which has none."""

Label = tuple[str, int]
"""Kind and status."""


class Durations:
    """Counts of requests for each bucket, and the seconds that they took together."""

    def __init__(self) -> None:
        self._rows: dict[Label, list[float]] = {}

    def add(self, kind: str, status: int, seconds: float) -> None:
        """Count a request."""
        row = self._rows.get((kind, status))
        if row is None:
            row = self._rows[kind, status] = [0.0] * (len(BOUNDS) + 2)
        row[bisect_left(BOUNDS, seconds)] += 1
        row[-1] += seconds

    @property
    def now(self) -> list[tuple[str, int, list[int], float]]:
        """By kind and status the requests in each bucket, and the seconds of all."""
        return [
            (kind, status, list(map(int, counts)), seconds)
            for (kind, status), (*counts, seconds) in self._rows.items()
        ]
