"""What a change of one occurrence and all that follow does to exceptions, ids and days (3.12)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from app.domain.days import DaySpan
from app.domain.errors import NoDayCounts
from app.domain.instances import (
    Instance,
    OccurrenceException,
    OccurrenceStatus,
    ids_of_instances,
)
from app.domain.person_time_off import PersonTimeOff, Plan, first_few
from app.domain.recurrence import Repeat, RepeatRule
from app.domain.warnings import Warning, WarningCode

PLACE: Final = ("original_day",)


def counts_before(record: PersonTimeOff, day: date) -> bool:
    """Say whether a day counts of the occurrences before this one.

    Where none does, because those are skipped, nothing is left to split the record from.
    """
    earlier = (each for each in record.occurrences if each.original_day < day)
    return any(any(each.counted_days()) for each in earlier)


def carried(
    before: PersonTimeOff, after: PersonTimeOff, day: date
) -> tuple[tuple[OccurrenceException, ...], tuple[Instance, ...]]:
    """Return the exceptions from the day on whose day the new rule has, and all others."""
    starts = {span.first for span in after.spans}
    kept = tuple(
        _moved_along(each, before, after)
        for each in before.exceptions
        if each.original_day >= day and each.original_day in starts
    )
    kept_days = {each.original_day for each in kept}
    return kept, tuple(each for each in before.excepted if each.original_day not in kept_days)


def _moved_along(
    exception: OccurrenceException, before: PersonTimeOff, after: PersonTimeOff
) -> OccurrenceException:
    """Give an exception that lay where its rule had it the length that the new rule has."""
    day = exception.original_day
    if exception.span == before.planned_span(day):
        return replace(exception, span=after.planned_span(day))
    return exception


def settled(record: PersonTimeOff) -> PersonTimeOff:
    """Return the record so that one which never repeats has no exception (rule 3.11)."""
    if record.rule or not record.exceptions:
        return record
    (only,) = record.occurrences
    if only.status is OccurrenceStatus.SKIPPED:
        msg = "The only occurrence is skipped: delete from it on, or restore it."
        raise NoDayCounts(msg, PLACE)
    return replace(
        record, span=only.span, pattern=only.pattern, is_paid=only.is_paid, exceptions=()
    )


def kept_ids(
    before: PersonTimeOff, spans: Sequence[DaySpan], new_id: Callable[[], str]
) -> tuple[str, ...]:
    """Return ids for a changed rule: an occurrence that stays on its day keeps its own."""
    known = {each.original_day: each.id for each in before.occurrences}
    as_they_are = ids_of_instances(before.instance_ids, len(spans))
    taken = set(known.values())
    if all(
        id_ == known[span.first] if span.first in known else id_ not in taken
        for id_, span in zip(as_they_are, spans, strict=True)
    ):
        return before.instance_ids
    return tuple(known.get(span.first) or new_id() for span in spans)


def month_ends_left(before: PersonTimeOff, planned: Plan) -> list[Warning]:
    """Return a warning where the repeat goes on from a month's end that it had been moved to.

    Days are counted from the new first one, so that 31 January, 28 February, 31 March becomes
    28 February, 28 March (rule 3.2).
    """
    usual, day = before.span.first.day, planned.spans[0].first
    is_moved = day in {span.first for span in before.spans} and day.day < usual
    goes_on = len(planned.spans) > 1
    if not (is_moved and goes_on and _by_months(before.rule) and _by_months(planned.rule)):
        return []
    message = f"From {day} on it comes back on day {day.day}, no longer on day {usual}."
    return [Warning(WarningCode.REPEAT_MEETS_MONTH_END, message, PLACE)]


def _by_months(rule: RepeatRule | None) -> bool:
    return rule is not None and rule.repeat is not Repeat.WEEKLY


def begins_before(ended: PersonTimeOff, continued: PersonTimeOff, day: date) -> list[Warning]:
    """Return a warning where what goes on begins before the occurrence of the day.

    Its days then lie beside or among those that stay, which are named.
    """
    first = continued.span.first
    if first >= day:
        return []
    message = f"What goes on begins on {first}, before the occurrence of {day} that was named."
    beside = [
        str(each.span.first)
        for each in ended.instances
        if each.span.last >= first and each.span.first < day
    ]
    if beside:
        message += f" Occurrences that stay lie there as well: {first_few(beside)}."
    return [Warning(WarningCode.BEGINS_BEFORE_OCCURRENCE, message, ("start_day",))]
