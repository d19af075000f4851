"""The instances of a record of person time off, their ids and their exceptions (3.3, 3.11)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum
from typing import Final

from app.domain.days import DaySpan
from app.domain.pattern import Pattern

_STEM: Final = 24
"""How many characters of a UUID stay as they are from one instance to the next."""
_NUMBERS: Final = 16**12
"""So many ids have the same ones."""


class OccurrenceStatus(StrEnum):
    """Whether an occurrence is as the rule of its record has it (rule 3.11)."""

    PLANNED = "PLANNED"
    CHANGED = "CHANGED"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class OccurrenceException:
    """What one occurrence of a repeat does otherwise than the record's rule says (rule 3.11).

    ``original_day`` is the day on which the rule starts it: its name, which never changes.
    ``span`` is None of one that is skipped; ``times`` and ``is_paid`` are None where they are
    the record's.
    """

    original_day: date
    span: DaySpan | None
    times: tuple[time, time] | None = None
    is_paid: bool | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """One occurrence of a record, which has an id of its own.

    ``span`` is where it is now; of one that is skipped, where the rule has it.
    """

    id: str
    original_day: date
    span: DaySpan
    pattern: Pattern
    is_paid: bool
    status: OccurrenceStatus = OccurrenceStatus.PLANNED

    def with_exception(self, exception: OccurrenceException) -> "Instance":
        """Return the occurrence as the exception has it."""
        if exception.span is None:
            return replace(self, status=OccurrenceStatus.SKIPPED)
        start, end = exception.times or (self.pattern.start_time, self.pattern.end_time)
        return replace(
            self,
            span=exception.span,
            pattern=replace(self.pattern, start_time=start, end_time=end),
            is_paid=self.is_paid if exception.is_paid is None else exception.is_paid,
            status=OccurrenceStatus.CHANGED,
        )

    def counted_days(self) -> Iterator[date]:
        """Return the days of it that count, earliest first; none of one that is skipped."""
        if self.status is OccurrenceStatus.SKIPPED:
            return iter(())
        return self.pattern.counted_days(self.span)


def with_exceptions(
    planned: Iterable[Instance], exceptions: Iterable[OccurrenceException]
) -> list[Instance]:
    """Return all occurrences of a rule, each as it is now; those that are skipped too."""
    by_day = {each.original_day: each for each in exceptions}
    return [
        each.with_exception(by_day[each.original_day]) if each.original_day in by_day else each
        for each in planned
    ]


def effective(occurrences: Iterable[Instance]) -> list[Instance]:
    """Return those that are not skipped, by where they are now."""
    taken = (each for each in occurrences if each.status is not OccurrenceStatus.SKIPPED)
    return sorted(taken, key=by_day)


def by_day(instance: Instance) -> tuple[date, date]:
    """Return what instances are ordered by: where they are now, then where the rule has them."""
    return instance.span.first, instance.original_day


def ids_of_instances(given: Sequence[str], count: int) -> list[str]:
    """Return the ids of so many instances: those given, then what follows the last of them.

    A record keeps the id of its first instance, and others only where they do not follow by one
    each.

    >>> ids_of_instances(["5d0c3b1e-7f4e-4c35-9d8a-2f6f6c1f0a7f"], 2)
    ['5d0c3b1e-7f4e-4c35-9d8a-2f6f6c1f0a7f', '5d0c3b1e-7f4e-4c35-9d8a-2f6f6c1f0a80']
    """
    stem, last = given[-1][:_STEM], int(given[-1][_STEM:], 16)
    more = range(last + 1, last + 1 + count - len(given))
    return [*given[:count], *(f"{stem}{number % _NUMBERS:012x}" for number in more)]
