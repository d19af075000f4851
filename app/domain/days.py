"""Calendar days, runs of days and ranges of days. A day is never an instant (rule 1.4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.domain.errors import DaysReversed, InvalidValue

FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2099, 12, 31)
SATURDAY, SUNDAY = 5, 6
"""As ``date.weekday()`` numbers them."""


def within_calendar(day: date) -> date:
    """Return the day, or refuse one outside 2000-01-01 .. 2099-12-31 (rule 1.5)."""
    if not FIRST_DAY <= day <= LAST_DAY:
        msg = f"A day lies between {FIRST_DAY} and {LAST_DAY}."
        raise InvalidValue(msg)
    return day


@dataclass(frozen=True, slots=True)
class DaySpan:
    """A run of whole days; both ends belong to it.

    >>> len(DaySpan(date(2026, 3, 30), date(2026, 4, 1)))
    3
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse a span that ends before it starts."""
        if self.last < self.first:
            raise DaysReversed(self.first, self.last)

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        return map(date.fromordinal, range(self.first.toordinal(), self.last.toordinal() + 1))

    def overlaps(self, other: "DaySpan") -> bool:
        """Say whether the spans have a day in common."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class DayRange:
    """The days that a caller asks about, both ends included; an end that is None is open.

    What a query finds overlaps its range, and is clipped to it (rule 4.3).
    """

    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        """Refuse a range that ends before it starts."""
        if self.first and self.last and self.last < self.first:
            raise DaysReversed(self.first, self.last)

    def __contains__(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def meets(self, other: "DayRange") -> bool:
        """Say whether the ranges have a day in common."""
        return self._reaches(other.first) and other._reaches(self.first)  # noqa: SLF001 - its own

    def hull(self, other: "DayRange") -> "DayRange":
        """Return the smallest range that has both in it."""
        firsts, lasts = (self.first, other.first), (self.last, other.last)
        return DayRange(
            None if None in firsts else min(filter(None, firsts)),
            None if None in lasts else max(filter(None, lasts)),
        )

    def _reaches(self, day: date | None) -> bool:
        """Say whether the range does not end before the day; None is before all days."""
        return self.last is None or day is None or day <= self.last

    def clip(self, span: DaySpan) -> DaySpan | None:
        """Return the part of the span inside the range, or None where they do not meet."""
        first = max(span.first, self.first or span.first)
        last = min(span.last, self.last or span.last)
        return DaySpan(first, last) if first <= last else None
