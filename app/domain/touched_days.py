"""Which days a change of an object touches: what a calendar has to read anew (rule 5.3)."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, Final

from app.domain.acknowledgements import DiscrepancyAcknowledgement
from app.domain.days import DayRange, DaySpan
from app.domain.directory import Holiday, Workweek
from app.domain.instances import Instance
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import TimeOffEntry


def touched_days(before: object, after: object) -> DayRange | None:
    """Return the range of days from the first to the last that the change may have altered.

    ``before`` and ``after`` are an object's states; one is None where it was created or deleted.
    None where objects of its type have no days. An end that is None is open.
    """
    if isinstance(before, PersonTimeOff) and isinstance(after, PersonTimeOff):
        return _of_changed_record(before, after)
    ranges = [_DAYS[type(each)](each) for each in (before, after) if type(each) in _DAYS]
    return reduce(DayRange.hull, ranges) if ranges else None


def _of_changed_record(before: PersonTimeOff, after: PersonTimeOff) -> DayRange:
    """Return the days of the occurrences that differ; of all where none does.

    So a reason that was changed is told with the days on which it is shown.
    """
    was, is_ = _places(before), _places(after)
    differing = was ^ is_ or was | is_
    return DayRange(
        min(span.first for span, *_ in differing), max(span.last for span, *_ in differing)
    )


def _places(record: PersonTimeOff) -> set[tuple[Any, ...]]:
    return set(map(_place, record.instances))


def _place(instance: Instance) -> tuple[DaySpan, Any, bool]:
    return instance.span, instance.pattern, instance.is_paid


def _of_record(record: PersonTimeOff) -> DayRange:
    if not record.exceptions:
        return DayRange(record.span.first, record.last_day)
    spans = [each.span for each in record.instances]
    return DayRange(min(each.first for each in spans), max(each.last for each in spans))


_DAYS: Final[Mapping[type, Callable[[Any], DayRange]]] = {
    TimeOffEntry: lambda entry: DayRange(entry.requested_date, entry.requested_date),
    PersonTimeOff: _of_record,
    Holiday: lambda holiday: DayRange(holiday.start_date, holiday.end_date),
    Workweek: lambda workweek: DayRange(workweek.effective_from, workweek.effective_to),
    DiscrepancyAcknowledgement: lambda said: DayRange(said.day, said.day),
}
