"""What the demo's workers have in the month of the day on which it is loaded.

The year around it is left to chance, which leaves some months nearly empty; this one is what
everybody sees first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import Enum
from typing import Final

from app.domain.days import DaySpan

_FIRST_WEEK: Final = timedelta(days=6)
_WEEK: Final = timedelta(weeks=1)
Times = tuple[time, time]
_WORKDAY: Final = (time(8), time(16))
_MORNING: Final = (time(8), time(12))


class Entered(Enum):
    """Where, and how, one absence was entered."""

    ALIKE = "in both, alike"
    OTHER_HOURS = "in both, with half the hours in Kantata"
    ONE_DAY_LESS = "in both, a day shorter in Procore"
    ONLY_KANTATA = "only in Kantata"
    ONLY_PROCORE = "only in Procore"


@dataclass(frozen=True, slots=True)
class Absence:
    """Days from a Monday of the month on, and how they were entered."""

    weeks: int
    """After the first Monday of the month."""
    days: int
    entered: Entered
    reason: str = "vacation"
    first_weekday: int = 0
    hours: float | None = None
    """In Kantata, of each day; all of the day where left out."""
    times: Times = _WORKDAY
    is_paid: bool = True
    weekend: bool = False
    """Whether Saturdays and Sundays count in Procore."""

    def span_in(self, month: date) -> DaySpan:
        """Return its days in the month of the day; with the third week they end before it does."""
        first = first_monday(month) + self.weeks * _WEEK + timedelta(days=self.first_weekday)
        return DaySpan(first, first + timedelta(days=self.days - 1))


ABSENCES: Final[dict[int, Absence]] = {
    3: Absence(1, 4, Entered.ALIKE),
    4: Absence(1, 12, Entered.ALIKE),
    6: Absence(2, 3, Entered.OTHER_HOURS, "family"),
    7: Absence(0, 2, Entered.ALIKE, "training", first_weekday=3),
    8: Absence(0, 5, Entered.ONLY_KANTATA),
    9: Absence(2, 5, Entered.ONLY_PROCORE),
    12: Absence(1, 5, Entered.ONE_DAY_LESS),
    14: Absence(0, 12, Entered.ALIKE),
    18: Absence(2, 2, Entered.OTHER_HOURS, "medical", first_weekday=2),
    22: Absence(1, 5, Entered.ONLY_KANTATA),
    26: Absence(2, 5, Entered.ONLY_KANTATA),
    28: Absence(0, 3, Entered.ONLY_KANTATA, first_weekday=1),
    29: Absence(1, 3, Entered.ONLY_KANTATA, hours=4),
    30: Absence(0, 4, Entered.ONLY_PROCORE, "moving house", is_paid=False),
    32: Absence(1, 5, Entered.ONLY_PROCORE, "family", first_weekday=3, weekend=True),
    34: Absence(2, 4, Entered.ONLY_PROCORE, "training", times=_MORNING),
    36: Absence(1, 2, Entered.ONLY_PROCORE, "medical", first_weekday=1, is_paid=False),
}
"""By the number of the worker: of those known to both systems, to Kantata, to Procore."""


def first_monday(month: date) -> date:
    """Return the first Monday of the month that the day lies in."""
    last_of_first_week = month.replace(day=1) + _FIRST_WEEK
    return last_of_first_week - timedelta(days=last_of_first_week.weekday())


def company_day(month: date) -> date:
    """Return the day of the month that is a holiday of the company's own: a Wednesday."""
    return first_monday(month) + timedelta(days=9)


def absences_of(number: int) -> Iterator[Absence]:
    """Yield what the worker has in the month."""
    if number in ABSENCES:
        yield ABSENCES[number]
