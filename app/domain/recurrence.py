"""When a repeating time off comes back (rules 3.2 and 3.4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from dateutil.relativedelta import relativedelta

from app.domain.days import LAST_DAY, DaySpan
from app.domain.errors import InvalidValue, RepeatOverlapsItself, TooManyInstances

MAX_INSTANCES = 1_000
DAYS_OF_A_WEEK = 7
MONTHS_OF_A_YEAR = 12


class Repeat(StrEnum):
    """Procore's repeat intervals, by the words of its REST API."""

    NEVER = "never"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"


@dataclass(frozen=True, slots=True)
class RepeatRule:
    """Come back every ``cadence`` weeks, months or years; starts on or before ``until``."""

    repeat: Repeat
    cadence: int
    until: date

    def __post_init__(self) -> None:
        """Refuse a rule that never comes back, or that would stand still."""
        if self.repeat is Repeat.NEVER or self.cadence < 1:
            msg = "A repeat has an interval, and a cadence that is a whole number from 1 on."
            raise InvalidValue(msg, ("cadence",))

    def starts(self, first: date) -> Iterator[date]:
        """Yield the first day, then each day on which the rule comes back, earliest first.

        Months and years are measured from the first day, never from the previous
        occurrence; a day that the month lacks becomes the month's last day.

        >>> rule = RepeatRule(Repeat.MONTHLY, cadence=1, until=date(2026, 3, 31))
        >>> [str(day) for day in rule.starts(date(2026, 1, 31))]
        ['2026-01-31', '2026-02-28', '2026-03-31']
        """
        if self.repeat is Repeat.WEEKLY:
            step = DAYS_OF_A_WEEK * self.cadence
            ordinals = range(first.toordinal(), self.until.toordinal() + 1, step)
            return map(date.fromordinal, ordinals)
        return (self._start(first, turn) for turn in range(self.count(first)))

    def count(self, first: date) -> int:
        """Return how many occurrences exist, by arithmetic: nothing is expanded.

        >>> weekly = RepeatRule(Repeat.WEEKLY, cadence=1, until=date(2099, 12, 31))
        >>> weekly.count(date(2023, 11, 1))
        3975
        """
        if first > self.until:
            return 0
        turns = _steps_between(self.repeat, first, self.until) // self.cadence
        # Inside the last month the step may lead past the last day.
        return turns + (self._start(first, turns) <= self.until)

    def _start(self, first: date, turn: int) -> date:
        steps = self.cadence * turn
        if self.repeat is Repeat.WEEKLY:
            return first + timedelta(weeks=steps)
        if self.repeat is Repeat.MONTHLY:
            return first + relativedelta(months=steps)
        return first + relativedelta(years=steps)


def days_asked_for(span: DaySpan, repeat: Repeat, cadence: int | None, until: date | None) -> int:
    """Return how many days a record and its returns lie on, weekends counted, nothing expanded.

    An estimate of what storing it costs, before any rule has judged it: what no rule admits
    counts as one day.

    >>> days_asked_for(DaySpan(date(2026, 1, 5), date(2026, 1, 6)), Repeat.NEVER, None, None)
    2
    """
    if repeat is Repeat.NEVER:
        return len(span)
    if cadence is None or until is None:
        return 1
    try:
        return max(1, len(span) * RepeatRule(repeat, cadence, until).count(span.first))
    except (InvalidValue, ArithmeticError):
        return 1


# One write asks for the same spans several times.
@lru_cache(maxsize=16)
def occurrences(span: DaySpan, rule: RepeatRule | None) -> tuple[DaySpan, ...]:
    """Return the span and each return of it, all of the span's length, earliest first.

    Refused (rule 3.4): more than MAX_INSTANCES, which are counted before anything is expanded;
    an occurrence that overlaps the next one; one that ends after the calendar's last day.
    """
    if rule is None:
        return (span,)
    if (count := rule.count(span.first)) > MAX_INSTANCES:
        msg = f"The repeat has {count} instances; a record has at most {MAX_INSTANCES}."
        raise TooManyInstances(msg, ("repeat_end_day",))
    length = span.last - span.first
    starts = tuple(rule.starts(span.first))
    if starts and starts[-1] > LAST_DAY - length:
        msg = f"The last instance would end after {LAST_DAY}."
        raise InvalidValue(msg, ("repeat_end_day",))
    if any(following <= start + length for start, following in pairwise(starts)):
        msg = "An instance overlaps the next one: shorten the span or raise the cadence."
        raise RepeatOverlapsItself(msg, ("cadence",))
    return tuple(DaySpan(start, start + length) for start in starts)


def _steps_between(repeat: Repeat, first: date, last: date) -> int:
    """Return how many calendar weeks, months or years lie between the days, rounded up."""
    if repeat is Repeat.WEEKLY:
        return (last - first).days // DAYS_OF_A_WEEK
    years = last.year - first.year
    if repeat is Repeat.YEARLY:
        return years
    return years * MONTHS_OF_A_YEAR + last.month - first.month
