"""Changing one occurrence of a repeat, one and all that follow, or all (rules 3.8, 3.11, 3.12)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.domain.days import FIRST_DAY, LAST_DAY
from app.domain.errors import InvalidValue, NoDayCounts, NotFound, Refusals
from app.domain.instances import Instance, OccurrenceException, OccurrenceStatus
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
from app.domain.recurrence import RepeatRule
from app.domain.repeat_splits import (
    PLACE,
    begins_before,
    carried,
    counts_before,
    kept_ids,
    month_ends_left,
    settled,
)
from app.domain.warnings import Warning, WarningCode

_DAY: Final = timedelta(days=1)
_NONE_COUNTS: Final = "No day of the record would count any more: delete the whole record."


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
            raise InvalidValue(msg, PLACE)
        return None
    if original_day is None:
        msg = f"The scope {scope} needs the original day of an occurrence."
        raise InvalidValue(msg, PLACE)
    for each in record.occurrences:
        if each.original_day == original_day:
            return each
    raise NotFound("occurrence: the rule starts none on that day", PLACE)


def change(
    before: PersonTimeOff,
    patch: PersonTimeOffPatch,
    scope: Scope,
    original_day: date | None,
    new_id: Callable[[], str],
    refusals: Refusals,
    *,
    is_change: bool = False,
) -> Revision:
    """Return what a patch makes of a record, or refuse it (rules 3.8, 3.11 and 3.12).

    ``is_change`` splits a repeat also by a patch that says what is so already. Moments of
    creation and change are left as they are: the caller knows the time.
    """
    occurrence = find_occurrence(before, scope, original_day)
    patch, moved = _with_length(before, occurrence, scope, patch)
    if scope is Scope.FOLLOWING and occurrence:
        revision = _change_following(
            before, occurrence, patch, new_id, refusals, is_change=is_change
        )
    elif scope is Scope.ONE and occurrence and before.rule:
        revision = _change_one(before, occurrence, patch, refusals)
    else:
        revision = _change_all(before, patch, refusals)
    refusals.raise_any()
    warnings = (*revision.warnings, *moved, *own_overlaps(before, revision.records))
    return replace(revision, warnings=warnings)


def _with_length(
    before: PersonTimeOff,
    occurrence: Instance | None,
    scope: Scope,
    patch: PersonTimeOffPatch,
) -> tuple[PersonTimeOffPatch, list[Warning]]:
    """Let an occurrence keep its length if its first day alone is sent, and tell it (3.11)."""
    first = patch.start_day
    if occurrence is None or first is None or patch.end_day is not None:
        return patch, []
    span = occurrence.span
    if scope is Scope.FOLLOWING:
        span = before.planned_span(occurrence.original_day)
    if first == span.first or not FIRST_DAY <= first <= LAST_DAY:
        return patch, []
    last = first + (span.last - span.first)
    message = (
        f"Only the first day was sent: the length stays as it is, {first} to {last} instead of "
        f"{span.first} to {span.last}. Send the last day as well for another length."
    )
    warning = Warning(WarningCode.LENGTH_KEPT, message, ("end_day",))
    return replace(patch, end_day=last), [warning]


def delete(before: PersonTimeOff, scope: Scope, original_day: date | None) -> Revision:
    """Return what is left of a record, or refuse it.

    ONE skips an occurrence, FOLLOWING ends the repeat before it.
    """
    occurrence = find_occurrence(before, scope, original_day)
    if occurrence is None or (
        scope is Scope.FOLLOWING and not counts_before(before, occurrence.original_day)
    ):
        return Revision(None, dropped=tuple(before.excepted))
    day = occurrence.original_day
    if scope is Scope.FOLLOWING:
        dropped = tuple(each for each in before.excepted if each.original_day >= day)
        return Revision(_ended_before(before, day), dropped=dropped)
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
        uncounted_warning(each.span, PLACE)
        for each in after.instances
        if each.original_day == original_day and not any(each.counted_days())
    ]
    return Revision(after, warnings=(*uncounted, *own_overlaps(before, [after])))


def _with_last_day(record: PersonTimeOff) -> PersonTimeOff:
    """Return the record with the end of its last instance; refused if no day of it counts."""
    if not record.day_count:
        raise NoDayCounts(_NONE_COUNTS, PLACE)
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
    return InvalidValue("This occurrence is skipped: restore it to have it again.", PLACE)


def _with_exception(before: PersonTimeOff, exception: OccurrenceException) -> PersonTimeOff:
    """Return the record with the exception; one that says nothing else than the rule is none."""
    day = exception.original_day
    kept = [each for each in before.exceptions if each.original_day != day]
    if exception != OccurrenceException(day, before.planned_span(day)):
        kept.append(exception)
    kept.sort(key=lambda each: each.original_day)
    return _with_last_day(replace(before, exceptions=tuple(kept)))


# One and all that follow


def _change_following(
    before: PersonTimeOff,
    occurrence: Instance,
    patch: PersonTimeOffPatch,
    new_id: Callable[[], str],
    refusals: Refusals,
    *,
    is_change: bool,
) -> Revision:
    day = occurrence.original_day
    span = before.planned_span(day)
    planned = _plan(laid_over(before, span, patch), refusals)
    going_on = _of_plan(before, planned, patch)
    if going_on == replace(before, span=span) and not is_change:
        return Revision(before, warnings=(*_warnings_of(planned, before), _nothing_changed()))
    kept, dropped = carried(before, going_on, day)
    is_split = counts_before(before, day)
    if is_split:
        going_on = replace(going_on, id=new_id(), instance_ids=(new_id(),), split_from=before.id)
        dropped = tuple(each for each in dropped if each.original_day >= day)
    else:
        going_on = replace(going_on, instance_ids=kept_ids(before, planned.spans, new_id))
    going_on = _with_last_day(settled(replace(going_on, exceptions=kept)))
    warnings = [*_warnings_of(planned, going_on), *month_end_warnings(planned)]
    if day > before.span.first:
        warnings += month_ends_left(before, planned)
    if not is_split:
        return Revision(going_on, dropped=dropped, warnings=tuple(warnings))
    ended = _ended_before(before, day)
    warnings += begins_before(ended, going_on, day)
    return Revision(ended, continued=going_on, dropped=dropped, warnings=tuple(warnings))


def _nothing_changed() -> Warning:
    message = "All that was sent is so already: nothing is changed, and the record is not split."
    return Warning(WarningCode.NOTHING_CHANGED, message, ("scope",))


def _ended_before(before: PersonTimeOff, day: date) -> PersonTimeOff:
    """Return the occurrences before the day, of which one counts."""
    rule = before.rule and RepeatRule(before.rule.repeat, before.rule.cadence, day - _DAY)
    exceptions = tuple(each for each in before.exceptions if each.original_day < day)
    return _with_last_day(replace(before, rule=rule, exceptions=exceptions))
