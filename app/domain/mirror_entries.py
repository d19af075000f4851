"""Entries in a conversion to Procore: which of them it needs, and what it cannot keep (4.4)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from app.domain.errors import NotConvertible
from app.domain.mirror import (
    SERVICE_NAME,
    SpanPlan,
    does_procore_lack,
    end_time,
    mirror_facts,
    person_of_mark,
    seconds_to_clock,
)
from app.domain.mirror_days import service_reference
from app.domain.person_time_off import PersonTimeOffWish, rounded_to_quarter
from app.domain.recurrence import Repeat
from app.domain.time_off_entries import ExternalReference, StoredDay, TimeOffEntry
from app.domain.warnings import Warning, WarningCode
from app.domain.workers import Worker


@dataclass(frozen=True, slots=True)
class NeededEntry:
    """An entry whose day Procore knows nothing of yet, and whom it becomes a record of.

    ``seconds`` are what Procore can record of its hours. ``mark`` is the reference that an
    earlier conversion has left on it.
    """

    entry: TimeOffEntry
    worker: Worker
    person_id: str
    seconds: int
    mark: ExternalReference | None

    def mark_after(self, ids: Iterator[int], now: datetime) -> ExternalReference:
        """Return the reference that says that record and entry are one absence.

        The mirror brought nothing to the entry: what an earlier conversion had brought is the
        entry's own from now on.
        """
        if self.mark:
            return replace(self.mark, brought_seconds=0, updated_at=now)
        return ExternalReference(
            id=next(ids),
            company_id=self.entry.company_id,
            entry_id=self.entry.id,
            facts=mirror_facts(self.person_id, self.entry.requested_date),
            brought_seconds=0,
            created_at=now,
            updated_at=now,
        )


def needed_entry(
    stored: StoredDay,
    worker: Worker,
    *,
    clocked: int,
    workday: int,
    round_to_quarter_hours: bool,
) -> NeededEntry | None:
    """Return what Procore needs of an entry; None where it knows of the day already.

    ``clocked`` are the seconds that records of the worker's person cover on the day, and
    ``workday`` those of the user's workday, exact to the minute. Raises NotConvertible where
    Procore cannot say it: the worker is no person, the hours are no quarters (unless they are
    rounded), or the mirror's service has another reference on the entry.
    """
    entry = stored.entry
    if worker.person_id is None:
        msg = "The user is not known to Procore: link the worker to a person first."
        raise NotConvertible(msg)
    mark, day = service_reference(stored.references), entry.requested_date
    is_marked = bool(mark and person_of_mark(mark.facts, day) == worker.person_id)
    if not does_procore_lack(entry.seconds, clocked, workday, is_marked=is_marked):
        return None
    seconds = seconds_to_clock(entry.seconds, round_to_quarter_hours=round_to_quarter_hours)
    if mark and not is_marked:
        raise _other_reference(mark, day)
    return NeededEntry(
        entry=entry, worker=worker, person_id=worker.person_id, seconds=seconds, mark=mark
    )


def _other_reference(reference: ExternalReference, day: date) -> NotConvertible:
    msg = f"The entry of {day} has another reference of {SERVICE_NAME}."
    if person_id := person_of_mark(reference.facts, day):
        msg += f" It is of person {person_id}: mirror a record of that person first."
    return NotConvertible(msg)


def wish_of_span(
    plan: SpanPlan, *, batch_start_time: time, is_paid: bool, reason: str
) -> PersonTimeOffWish:
    """Return the record to ask for: hours begin at the time given, rounded to a quarter."""
    return PersonTimeOffWish(
        start_day=plan.span.first,
        end_day=plan.span.last,
        batch_start_time=batch_start_time,
        batch_end_time=end_time(rounded_to_quarter(batch_start_time), plan.seconds),
        apply_to_saturday=plan.apply_to_saturday,
        apply_to_sunday=plan.apply_to_sunday,
        is_paid=is_paid,
        reason=reason,
        repeat=plan.rule.repeat if plan.rule else Repeat.NEVER,
        cadence=plan.rule.cadence if plan.rule else None,
        repeat_end_day=plan.rule.until if plan.rule else None,
    )


def warnings_of_window(named: Collection[object], inside: Collection[object]) -> list[Warning]:
    """Tell how many of the entries were left as they are, because of the window."""
    outside = len(named) - len(inside)
    if not outside:
        return []
    lie = f"{outside} of {len(named)} entries {'lies' if outside == 1 else 'lie'}"
    message = f"{lie} outside the window, and nothing of that was mirrored."
    return [Warning(WarningCode.OUTSIDE_WINDOW, message, ("ids",))]
