"""How long a user can work on a day (rule 2.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from app.domain.days import DaySpan
from app.domain.durations import DAY, HOUR, MINUTE, is_same_amount, rounded_up_to_hundredth

MINUTES_OF_A_DAY: Final = DAY // MINUTE
WEEKDAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
"""In the order of ``date.weekday()``."""

KANTATA_DEFAULT: Final = (8 * HOUR,) * 5 + (0, 0)
"""Kantata's 40-hour default where nobody has a workweek: seconds from Monday on (rule 2.3)."""


@dataclass(frozen=True, slots=True)
class WorkweekPattern:
    """Minutes of work per weekday from Monday on, effective from a day.

    On days that several of the same owner hold, the one that began last counts: dated summer
    hours lie over an open week, which goes on after them.
    """

    effective_from: date
    effective_to: date | None
    minutes: tuple[int, ...]

    def holds(self, day: date) -> bool:
        """Say whether the day lies in the workweek's range."""
        is_over = self.effective_to is not None and self.effective_to < day
        return self.effective_from <= day and not is_over


@dataclass(frozen=True, slots=True)
class Calendar:
    """What decides a user's possible hours: the user's workweeks, the company's, holidays."""

    company: Sequence[WorkweekPattern] = ()
    own: Sequence[WorkweekPattern] = ()
    holidays: Sequence[DaySpan] = field(default=())

    def possible_seconds(self, day: date) -> int:
        """Return the seconds of the workday rounded up to 0.01 h, as they are shown (rule 2.3)."""
        return rounded_up_to_hundredth(self.workday_seconds(day))

    def workday_seconds(self, day: date) -> int:
        """Return the seconds of the workday, exact to the minute, by which a day is full or not."""
        if any(holiday.first <= day <= holiday.last for holiday in self.holidays):
            return 0
        workweek = _effective_on(day, self.own) or _effective_on(day, self.company)
        if workweek is None:
            return KANTATA_DEFAULT[day.weekday()]
        return workweek.minutes[day.weekday()] * MINUTE


def is_filled(workday: int, seconds: int) -> bool:
    """Say whether time off fills a workday; both are seconds, the workday exact to the minute.

    A day that lacks less than 0.01 h is full: hours with two digits come no nearer (rule 2.3).

    >>> from app.domain.durations import HUNDREDTH
    >>> is_filled(440 * MINUTE, 733 * HUNDREDTH), is_filled(440 * MINUTE, 732 * HUNDREDTH)
    (True, False)
    """
    return seconds >= workday or is_same_amount(seconds, workday)


def taken(workday: int, seconds: int) -> int:
    """Return the seconds that time off takes of a workday: all it shows, if it fills it.

    >>> from app.domain.durations import HUNDREDTH
    >>> taken(440 * MINUTE, 733 * HUNDREDTH) == 734 * HUNDREDTH
    True
    """
    return rounded_up_to_hundredth(workday) if is_filled(workday, seconds) else seconds


def _effective_on(day: date, workweeks: Iterable[WorkweekPattern]) -> WorkweekPattern | None:
    latest: WorkweekPattern | None = None
    for workweek in workweeks:
        is_later = latest is None or workweek.effective_from > latest.effective_from
        if is_later and workweek.holds(day):
            latest = workweek
    return latest
