"""Changing one occurrence of a repeat, one and all that follow, or all (rules 3.8, 3.11, 3.12)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.domain.days import DaySpan
from app.domain.errors import InvalidValue, NoDayCounts, NotFound, Refusals
from app.domain.instances import (
    Instance,
    OccurrenceException,
    OccurrenceStatus,
    ids_of_instances,
)
from app.domain.own_overlaps import own_overlaps
from app.domain.person_time_off import (
    PersonTimeOff,
    PersonTimeOffWish,
    Plan,
    month_end_warnings,
    plan,
    plan_occurrence,
    uncounted_warning,
)
from app.domain.person_time_off_patch import (
    OF_THE_RECORD,
    OF_THE_RULE,
    PersonTimeOffPatch,
    either,
    laid_over,
    patched,
)
from app.domain.recurrence import Repeat, RepeatRule
from app.domain.warnings import Warning, WarningCode

_DAY: Final = timedelta(days=1)
_PLACE: Final = ("original_day",)
_NONE_COUNTS: Final = "No day of the record would count any more: delete it with the scope ALL."


class Scope(StrEnum):
    """How much of a repeat a change is of, in the words of everybody's calendar."""

    ONE = "ONE"
    FOLLOWING = "FOLLOWING"
    ALL = "ALL"


@dataclass(frozen=True, slots=True)
class Revision:
    """What becomes of a record: None where nothing is left of it.

    ``continued`` is the new record that goes on where this one now ends; ``dropped`` are the
    exceptions, as they were, that were deleted or whose day the new rule lacks.
    """

    record: PersonTimeOff | None
    continued: PersonTimeOff | None = None
    dropped: tuple[Instance, ...] = ()
    warnings: tuple[Warning, ...] = ()

    @property
    def records(self) -> list[PersonTimeOff]:
        """The records that stand afterwards."""
        return [each for each in (self.record, self.continued) if each]


def find_occurrence(
    record: PersonTimeOff, scope: Scope, original_day: date | None
) -> Instance | None:
    """Return the occurrence that is named, None of ALL. Raises InvalidValue and NotFound.

    It is named by the day on which the rule starts it, wherever it was moved to.
    """
    if scope is Scope.ALL:
        if original_day is not None:
            msg = "An original day names one occurrence: send it with the scope ONE or FOLLOWING."
            raise InvalidValue(msg, _PLACE)
        return None
    if original_day is None:
        msg = f"The scope {scope} needs the original day of an occurrence."
        raise InvalidValue(msg, _PLACE)
    for each in record.occurrences:
        if each.original_day == original_day:
            return each
    raise NotFound("occurrence: the rule starts none on that day", _PLACE)


def change(
    before: PersonTimeOff,
    patch: PersonTimeOffPatch,
    scope: Scope,
    original_day: date | None,
    new_id: Callable[[], str],
    refusals: Refusals,
) -> Revision:
    """Return what a patch makes of a record, or refuse it (rules 3.8, 3.11 and 3.12).

    Moments of creation and change are left as they are: the caller knows the time.
    """
    occurrence = find_occurrence(before, scope, original_day)
    if scope is Scope.FOLLOWING and occurrence:
        revision = _change_following(before, occurrence, patch, new_id, refusals)
    elif scope is Scope.ONE and occurrence and before.rule:
        revision = _change_one(before, occurrence, patch, refusals)
    else:
        revision = _change_all(before, patch, refusals)
    refusals.raise_any()
    return replace(revision, warnings=(*revision.warnings, *own_overlaps(before, revision.records)))


def delete(before: PersonTimeOff, scope: Scope, original_day: date | None) -> Revision:
    """Return what is left of a record, or refuse it.

    ONE skips an occurrence, FOLLOWING ends the repeat before it.
    """
    occurrence = find_occurrence(before, scope, original_day)
    if occurrence is None or (
        scope is Scope.FOLLOWING and occurrence.original_day == before.span.first
    ):
        return Revision(None, dropped=tuple(before.excepted))
    day = occurrence.original_day
    if scope is Scope.FOLLOWING:
        dropped = tuple(each for each in before.excepted if each.original_day >= day)
        return Revision(_ended_before(before, day, "Delete the record"), dropped=dropped)
    if occurrence.status is OccurrenceStatus.SKIPPED:
        raise _is_skipped()
    dropped = () if occurrence.status is OccurrenceStatus.PLANNED else (occurrence,)
    return Revision(_with_exception(before, OccurrenceException(day, None)), dropped=dropped)


def restore(before: PersonTimeOff, original_day: date) -> Revision:
    """Return the record with the occurrence as the rule has it, or refuse it."""
    find_occurrence(before, Scope.ONE, original_day)
    kept = tuple(each for each in before.exceptions if each.original_day != original_day)
    after = _with_last_day(replace(before, exceptions=kept))
    uncounted = [
        uncounted_warning(each.span, _PLACE)
        for each in after.instances
        if each.original_day == original_day and not any(each.counted_days())
    ]
    return Revision(after, warnings=(*uncounted, *own_overlaps(before, [after])))


def _with_last_day(record: PersonTimeOff, if_none_counts: str = _NONE_COUNTS) -> PersonTimeOff:
    """Return the record with the end of its last instance; refused if no day of it counts."""
    if not record.day_count:
        raise NoDayCounts(if_none_counts, _PLACE)
    last = max(each.span.last for each in record.instances)
    return replace(record, last_day=last)


def _change_all(before: PersonTimeOff, patch: PersonTimeOffPatch, refusals: Refusals) -> Revision:
    planned = _plan(patched(before, patch, refusals), refusals)
    after = _with_last_day(_of_plan(before, planned, patch))
    return Revision(after, warnings=_warnings_of(planned, after))


def _of_plan(before: PersonTimeOff, planned: Plan, patch: PersonTimeOffPatch) -> PersonTimeOff:
    """Return the record as it was planned; its last day is still the one before."""
    return replace(
        before,
        span=planned.spans[0],
        pattern=planned.pattern,
        is_paid=either(patch.is_paid, before.is_paid),
        reason=either(patch.reason, before.reason),
        rule=planned.rule,
    )


def _warnings_of(planned: Plan, record: PersonTimeOff) -> tuple[Warning, ...]:
    """Return what a plan warns of, about the instances as the record's exceptions have them."""
    of_instances = WarningCode.INSTANCE_WITHOUT_COUNTED_DAY
    return (
        *(each for each in planned.warnings if each.code is not of_instances),
        *(
            uncounted_warning(each.span, ("instances", index))
            for index, each in enumerate(record.instances)
            if not any(each.counted_days())
        ),
    )


def _plan(wish: PersonTimeOffWish, refusals: Refusals) -> Plan:
    with refusals.collecting():
        planned = plan(wish)
    refusals.raise_any()
    return planned


# One occurrence


def _change_one(
    before: PersonTimeOff, occurrence: Instance, patch: PersonTimeOffPatch, refusals: Refusals
) -> Revision:
    for name in OF_THE_RECORD:
        if getattr(patch, name) is not None:
            scope = Scope.FOLLOWING if name in OF_THE_RULE else Scope.ALL
            msg = f"All occurrences have this in common: change it with the scope {scope}."
            refusals.add(InvalidValue(msg, (name,)))
    if occurrence.status is OccurrenceStatus.SKIPPED:
        refusals.add(_is_skipped())
    pattern, span, warnings = plan_occurrence(
        PersonTimeOffWish(
            start_day=either(patch.start_day, occurrence.span.first),
            end_day=either(patch.end_day, occurrence.span.last),
            batch_start_time=either(patch.batch_start_time, occurrence.pattern.start_time),
            batch_end_time=either(patch.batch_end_time, occurrence.pattern.end_time),
            apply_to_saturday=before.pattern.apply_to_saturday,
            apply_to_sunday=before.pattern.apply_to_sunday,
            is_paid=either(patch.is_paid, occurrence.is_paid),
            reason="",
        ),
        refusals,
    )
    refusals.raise_any()
    times = (pattern.start_time, pattern.end_time)
    is_paid = either(patch.is_paid, occurrence.is_paid)
    exception = OccurrenceException(
        occurrence.original_day,
        span,
        times=None if pattern == before.pattern else times,
        is_paid=None if is_paid == before.is_paid else is_paid,
    )
    return Revision(_with_exception(before, exception), warnings=tuple(warnings))


def _is_skipped() -> InvalidValue:
    return InvalidValue("This occurrence is skipped: restore it to have it again.", _PLACE)


def _with_exception(before: PersonTimeOff, exception: OccurrenceException) -> PersonTimeOff:
    """Return the record with the exception; one that says nothing else than the rule is none."""
    day = exception.original_day
    kept = [each for each in before.exceptions if each.original_day != day]
    if exception != OccurrenceException(day, _planned_span(before, day)):
        kept.append(exception)
    kept.sort(key=lambda each: each.original_day)
    return _with_last_day(replace(before, exceptions=tuple(kept)))


def _planned_span(record: PersonTimeOff, start: date) -> DaySpan:
    return DaySpan(start, start + (record.span.last - record.span.first))


# One and all that follow


def _change_following(
    before: PersonTimeOff,
    occurrence: Instance,
    patch: PersonTimeOffPatch,
    new_id: Callable[[], str],
    refusals: Refusals,
) -> Revision:
    day = occurrence.original_day
    planned = _plan(laid_over(before, _planned_span(before, day), patch), refusals)
    going_on = _of_plan(before, planned, patch)
    kept, dropped = _carried(before, going_on, day)
    is_first = day == before.span.first
    if is_first:
        ids = _kept_ids(before, planned.spans, new_id)
        going_on = replace(going_on, instance_ids=ids, exceptions=kept)
    else:
        going_on = replace(
            going_on, id=new_id(), instance_ids=(new_id(),), exceptions=kept, split_from=before.id
        )
    going_on = _settled(going_on)
    warnings = (*_warnings_of(planned, going_on), *month_end_warnings(planned))
    if is_first:
        return Revision(going_on, dropped=dropped, warnings=warnings)
    return Revision(
        _ended_before(before, day, "Name the first occurrence"),
        continued=going_on,
        dropped=dropped,
        warnings=(*warnings, *_month_ends_left(before, planned)),
    )


def _ended_before(before: PersonTimeOff, day: date, otherwise: str) -> PersonTimeOff:
    """Return the occurrences before the day; ``otherwise`` says what to do if none counts."""
    rule = before.rule and RepeatRule(before.rule.repeat, before.rule.cadence, day - _DAY)
    exceptions = tuple(each for each in before.exceptions if each.original_day < day)
    ended = replace(before, rule=rule, exceptions=exceptions)
    return _with_last_day(ended, f"No day before this occurrence counts. {otherwise}.")


def _carried(
    before: PersonTimeOff, after: PersonTimeOff, day: date
) -> tuple[tuple[OccurrenceException, ...], tuple[Instance, ...]]:
    """Return the exceptions from the day on whose day the new rule has, and those it lacks."""
    starts = {span.first for span in after.spans}
    kept = tuple(
        _moved_along(each, before, after)
        for each in before.exceptions
        if each.original_day >= day and each.original_day in starts
    )
    dropped = tuple(
        each
        for each in before.excepted
        if each.original_day >= day and each.original_day not in starts
    )
    return kept, dropped


def _moved_along(
    exception: OccurrenceException, before: PersonTimeOff, after: PersonTimeOff
) -> OccurrenceException:
    """Give an exception that lay where its rule had it the length that the new rule has."""
    day = exception.original_day
    if exception.span == _planned_span(before, day):
        return replace(exception, span=_planned_span(after, day))
    return exception


def _settled(record: PersonTimeOff) -> PersonTimeOff:
    """Return the record so that one which never repeats has no exception (rule 3.11)."""
    if record.rule is None and record.exceptions:
        (only,) = record.occurrences
        if only.status is OccurrenceStatus.SKIPPED:
            msg = "The only occurrence is skipped: delete from it on, or restore it."
            raise NoDayCounts(msg, _PLACE)
        record = replace(
            record, span=only.span, pattern=only.pattern, is_paid=only.is_paid, exceptions=()
        )
    return _with_last_day(record)


def _kept_ids(
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


def _month_ends_left(before: PersonTimeOff, planned: Plan) -> list[Warning]:
    """Return a warning where the repeat goes on from a month's end that it had been moved to.

    Days are counted from the new record's first, so that 31 January, 28 February, 31 March
    becomes 28 February, 28 March (rule 3.2).
    """
    usual, day = before.span.first.day, planned.spans[0].first
    is_moved = day in {span.first for span in before.spans} and day.day < usual
    goes_on = len(planned.spans) > 1
    if not (is_moved and goes_on and _by_months(before.rule) and _by_months(planned.rule)):
        return []
    message = f"From {day} on it comes back on day {day.day}, no longer on day {usual}."
    return [Warning(WarningCode.REPEAT_MEETS_MONTH_END, message, _PLACE)]


def _by_months(rule: RepeatRule | None) -> bool:
    return rule is not None and rule.repeat is not Repeat.WEEKLY
