"""Which days of a span of person time off count, and for how long (rules 3.5 and 3.6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time

from app.domain.days import SATURDAY, SUNDAY, DaySpan
from app.domain.durations import DAY, HOUR, MINUTE


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which days of a span count, and from when to when on each of them.

    An end before the start is a night shift: it crosses midnight, and its hours belong to
    the day on which it starts (rule 3.5).
    """

    start_time: time
    end_time: time
    apply_to_saturday: bool
    apply_to_sunday: bool

    @property
    def interval(self) -> tuple[int, int]:
        """Return start and end in seconds from midnight of the day; a night ends after 24 h.

        >>> Pattern(time(22), time(6), False, False).interval
        (79200, 108000)
        """
        start, end = _seconds(self.start_time), _seconds(self.end_time)
        return start, end + DAY * (end < start)

    @property
    def seconds_a_day(self) -> int:
        """Return the clock difference; wall clocks, also across a change of DST (1.4)."""
        start, end = self.interval
        return end - start

    def counts(self, day: date) -> bool:
        """Say whether the weekend flags let the day count (rule 3.6)."""
        weekday = day.weekday()
        if weekday == SATURDAY:
            return self.apply_to_saturday
        return weekday != SUNDAY or self.apply_to_sunday

    def counted_days(self, span: DaySpan) -> Iterator[date]:
        """Yield the days of the span that count, earliest first."""
        if self.apply_to_saturday and self.apply_to_sunday:
            return iter(span)
        return filter(self.counts, span)

    def seconds_of(self, span: DaySpan) -> int:
        """Return the seconds of the span's counted days."""
        return self.seconds_a_day * sum(1 for _ in self.counted_days(span))


def _seconds(moment: time) -> int:
    return moment.hour * HOUR + moment.minute * MINUTE
