"""What waits to be written to an upstream, was refused, is to be decided or carried: in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from app.domain.sync.deliveries import IN_LINE, DeliveryState


@dataclass(frozen=True, slots=True)
class FlowBacklog:
    """How many records could not be carried, and how many changes are not passed at most.

    Of the company that is furthest behind.
    """

    problems: int = 0
    lag: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Deliveries by state, since when the oldest that is in line was wanted, open conflicts."""

    deliveries: Mapping[DeliveryState, int] = field(default_factory=dict)
    oldest_at: datetime | None = None
    conflicts: int = 0

    def with_pending(self, count: int, oldest_at: datetime) -> Self:
        """Return it with so many more that are to be written, the oldest of them since then."""
        pending = self.deliveries.get(DeliveryState.PENDING, 0) + count
        return replace(
            self,
            deliveries={**self.deliveries, DeliveryState.PENDING: pending},
            oldest_at=min(self.oldest_at or oldest_at, oldest_at),
        )

    @property
    def in_line(self) -> int:
        """How many days wait for nobody."""
        return sum(self.deliveries.get(each, 0) for each in IN_LINE)

    @property
    def blocked(self) -> int:
        """How many days the vendor has refused, or nobody tries any more."""
        return self.deliveries.get(DeliveryState.BLOCKED, 0)
