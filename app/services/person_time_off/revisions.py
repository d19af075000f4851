"""Changes of stored person time off, or of some of its occurrences (rules 3.8, 3.11 and 3.12)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import uuid4

from app.db.connections.database import Transaction
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS, SPLIT_PERSON_TIME_OFFS
from app.db.writing import person_time_off as store
from app.db.writing.locks import lock_people
from app.domain import repeat_changes
from app.domain.errors import NotFound, OccurrenceElsewhere, Path
from app.domain.identifiers import Kind, person_subject
from app.domain.person_time_off import PersonTimeOff, overlap_warnings, refuse_more_days
from app.domain.person_time_off_patch import PersonTimeOffPatch, Whose
from app.domain.repeat_changes import Revision, Scope
from app.domain.versions import next_version, refuse_changed
from app.domain.warnings import Warning
from app.services.changes import change
from app.services.person_time_off import deleted as deleted_records
from app.services.person_time_off.commands import (
    DaysMoved,
    DeletedPersonTimeOff,
    DeletePersonTimeOff,
    RestoreOccurrence,
    RevisedPersonTimeOff,
    UpdatePersonTimeOff,
    days_of,
)
from app.services.writes import Write


@dataclass(frozen=True, slots=True)
class AskedPatch:
    """An update of a whole record, as requests of one key are compared."""

    id: str
    patch: PersonTimeOffPatch


@dataclass(frozen=True, slots=True)
class AskedPatchOf:
    """An update of some occurrences."""

    id: str
    patch: PersonTimeOffPatch
    scope: Scope
    original_day: date | None


@dataclass(frozen=True, slots=True)
class AskedOccurrence:
    """An occurrence to restore."""

    id: str
    original_day: date


@dataclass(frozen=True, slots=True)
class AskedDelete:
    """A whole record to delete; with the fields that earlier versions compared beside its id."""

    id: str
    touched: tuple[()] = ()
    days_if_stored: None = None


@dataclass(frozen=True, slots=True)
class AskedDeleteOf:
    """Some occurrences to delete."""

    id: str
    scope: Scope
    original_day: date | None


Asked = AskedPatch | AskedPatchOf | AskedOccurrence | AskedDelete | AskedDeleteOf


async def update(
    write: Write[Asked], *, command: UpdatePersonTimeOff, most_days: int
) -> RevisedPersonTimeOff:
    """Lay a patch over a record, or over some of its occurrences."""
    patch, scope, original_day = command.patch, command.scope, command.original_day
    before = await _find(write, command.whose)
    await _refuse_elsewhere(write, before, scope, original_day)
    # A reason that is sent by who may not read the one that stands is a change, whatever stood
    # there: else a guess that is right would show.
    is_guess = patch.reason is not None and not write.caller.reads_reason_of(before.person_id)
    revision = repeat_changes.change(
        before, patch, scope, original_day, _new_id, write.refusals, is_change=is_guess
    )
    _refuse_growth(before, revision, most_days, ("end_day",) if scope is Scope.ONE else None)
    days = _moved(before, revision.records)
    if scope is Scope.ALL:
        days = replace(days, touched=sorted([*days.removed, *days.added, *days.kept]))
    return await _store(write, before, revision, days, is_changed=is_guess)


async def restore(
    write: Write[Asked], *, command: RestoreOccurrence, most_days: int
) -> RevisedPersonTimeOff:
    """Let an occurrence be as the rule has it."""
    before = await _find(write, None)
    await _refuse_elsewhere(write, before, Scope.ONE, command.original_day)
    revision = repeat_changes.restore(before, command.original_day)
    _refuse_growth(before, revision, most_days, ("original_day",))
    return await _store(write, before, revision, _moved(before, revision.records))


async def delete(write: Write[Asked], *, command: DeletePersonTimeOff) -> DeletedPersonTimeOff:
    """Delete a record, skip an occurrence, or end a repeat before one."""
    before = await _find(write, command.whose)
    await _refuse_elsewhere(write, before, command.scope, command.original_day)
    revision = repeat_changes.delete(before, command.scope, command.original_day)
    left = revision.record
    days = _moved(before, revision.records)
    if left:
        left = await _change(write, before, left)
    else:
        await store.remove_record(write.connection, before)
        await deleted_records.keep(write, before)
    await write.record([change(before, left)])
    deleted = DeletedPersonTimeOff(
        before.id,
        days_of(before, days.touched),
        record=left,
        removed_days=days.removed,
        kept_exceptions=left.excepted if left else [],
        dropped_exceptions=list(revision.dropped),
    )
    return await write.with_days(deleted)


def _refuse_growth(
    before: PersonTimeOff, revision: Revision, most_days: int, path: Path | None
) -> None:
    """Refuse more days; a record from before the limit, or of another one, may have as many."""
    for record in revision.records:
        refuse_more_days(record, max(most_days, before.day_count), path)


def _new_id() -> str:
    return str(uuid4())


async def _find(write: Write[Asked], whose: Whose | None) -> PersonTimeOff:
    """Return the record as it is under its person's lock, or raise NotFound or ChangedSince."""
    connection, companies, id_ = write.connection, write.caller.companies, write.asked.id
    records = await PERSON_TIME_OFFS.find_many(connection, companies, [id_])
    await lock_people(connection, [record.person_id for record in records.values()])
    records = await PERSON_TIME_OFFS.find_many(connection, companies, [id_])
    record = records.get(id_)
    if record is None or (whose and not whose.has(record)):
        raise NotFound(Kind.PERSON_TIME_OFF.words, ("id",))
    write.caller.require_writing_of(person_subject(record.person_id), ("id",))
    refuse_changed(Kind.PERSON_TIME_OFF, record, write.request.seen)
    return record


async def _refuse_elsewhere(
    write: Write[Asked], before: PersonTimeOff, scope: Scope, original_day: date | None
) -> None:
    """Raise OccurrenceElsewhere if the occurrence is one of a record that goes on from this one.

    Those are looked through from split to split: there may be some of each.
    """
    if scope is Scope.ALL or original_day is None or _has(before, original_day):
        return
    ids = [before.id]
    while ids:
        found = await SPLIT_PERSON_TIME_OFFS.find_by(
            write.connection, write.caller.companies, ids, "START_DAY"
        )
        going_on = [record for records in found.values() for record in records]
        for record in going_on:
            if _has(record, original_day):
                raise OccurrenceElsewhere(original_day, record.id, ("original_day",))
        ids = [record.id for record in going_on]


def _has(record: PersonTimeOff, original_day: date) -> bool:
    return any(span.first == original_day for span in record.spans)


async def _store(
    write: Write[Asked],
    before: PersonTimeOff,
    revision: Revision,
    days: DaysMoved,
    *,
    is_changed: bool = False,
) -> RevisedPersonTimeOff:
    after, split_off = revision.record or before, revision.continued
    changes = []
    if after != before or is_changed:
        after = await _change(write, before, after)
        changes.append(change(before, after))
    if split_off:
        split_off = replace(split_off, created_at=write.now, updated_at=write.now)
        await store.add_record(write.connection, split_off)
        changes.append(change(None, split_off))
    await write.record(changes)
    records = [after, split_off] if split_off else [after]
    exceptions = [each for record in records for each in record.excepted]
    revised = RevisedPersonTimeOff(
        record=after,
        warnings=[*revision.warnings, *await _overlaps(write.connection, records, days.touched)],
        split_off=split_off,
        days=days,
        kept_exceptions=exceptions,
        dropped_exceptions=list(revision.dropped),
    )
    return await write.with_days(revised)


async def _change(
    write: Write[Asked], before: PersonTimeOff, after: PersonTimeOff
) -> PersonTimeOff:
    after = replace(after, updated_at=next_version(before.updated_at, write.now))
    await store.change_record(write.connection, after)
    return after


def _moved(before: PersonTimeOff, records: list[PersonTimeOff]) -> DaysMoved:
    """Compare the days that counted with those of the records that stand now."""
    then = set(before.clocked_days())
    now = {each for record in records for each in record.clocked_days()}
    days_then, days_now = ({day for day, _ in each} for each in (then, now))
    return DaysMoved(
        removed=sorted(days_then - days_now),
        added=sorted(days_now - days_then),
        kept=sorted(days_then & days_now),
        touched=sorted({day for day, _ in then ^ now}),
    )


async def _overlaps(
    connection: Transaction, records: list[PersonTimeOff], days: Sequence[date]
) -> list[Warning]:
    """Return a warning for each record that one of these meets on one of the days (rule 3.9)."""
    meetings = [
        other
        for record in records
        for other in await store.overlapping_records(connection, record, set(days))
    ]
    first_days: dict[str, date] = {}
    for other_id, day in sorted(meetings, key=lambda met: met[1]):
        first_days.setdefault(other_id, day)
    return overlap_warnings(list(first_days.items()), ("start_day",))
