"""Procore's person time off: create, update and delete, one transaction each (section 3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from app.db.connections.database import Database, Transaction
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.db.writing import person_time_off as store
from app.db.writing.locks import lock_people
from app.domain.errors import NotFound, Refusals
from app.domain.identifiers import Kind, person_subject, read_text_id
from app.domain.person_time_off import (
    MAX_COUNTED_DAYS,
    PersonTimeOff,
    PersonTimeOffWish,
    Plan,
    judge_reason,
    month_end_warnings,
    overlap_warnings,
    plan,
    refuse_many_days,
)
from app.domain.person_time_off_patch import (
    PersonTimeOffPatch,
    Whose,
    patched,
    unknown_places,
)
from app.domain.recurrence import Repeat
from app.domain.schedule import WorkerDay
from app.domain.versions import next_version, refuse_changed
from app.domain.warnings import Warning
from app.services.caller import Caller
from app.services.changes import change
from app.services.idempotency import KeyedRequest, versions_of
from app.services.merged_days import SubjectDay
from app.services.writes import Write, run_write


@dataclass(frozen=True, slots=True)
class CreatePersonTimeOff:
    """A wish for a person of a company; ids are source ids or node ids."""

    company_id: str
    person_id: str
    wish: PersonTimeOffWish
    dry_run: bool = False
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class StoredPersonTimeOff:
    """The record as it is now; ``days_left`` are those that it was on before, and is no more."""

    record: PersonTimeOff
    warnings: Sequence[Warning]
    days_if_stored: Sequence[WorkerDay] | None = None
    """Of a dry run: the touched days as they would become (rule 6.5)."""
    days_left: Sequence[date] = ()

    @property
    def touched(self) -> list[SubjectDay]:
        """The days that it is about, earliest first."""
        subject = person_subject(self.record.person_id)
        days = sorted([*self.days_left, *self.record.counted_days()])
        return [(subject, day) for day in days]


@dataclass(frozen=True, slots=True)
class UpdatePersonTimeOff:
    """A patch of one record; of another person than ``whose`` it is not found.

    ``if_unchanged_since`` is its ``updated_at`` as the caller has seen it (rule 5.4).
    """

    id: str
    patch: PersonTimeOffPatch
    idempotency_key: str | None = None
    whose: Whose | None = None
    dry_run: bool = False
    if_unchanged_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeletePersonTimeOff:
    """One record to delete, with its instances; of another than ``whose`` it is not found."""

    id: str
    dry_run: bool = False
    idempotency_key: str | None = None
    whose: Whose | None = None
    if_unchanged_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeletedPersonTimeOff:
    """What was deleted, and the days that it was on."""

    id: str
    touched: Sequence[SubjectDay] = ()
    days_if_stored: Sequence[WorkerDay] | None = None


@dataclass(frozen=True, slots=True)
class _ParsedCreate:
    company_id: str
    person_id: str
    wish: PersonTimeOffWish


@dataclass(frozen=True, slots=True)
class _ParsedUpdate:
    id: str
    patch: PersonTimeOffPatch


@dataclass(frozen=True, slots=True)
class PersonTimeOffService:
    """Write person time off; no record may count more than ``most_days``."""

    database: Database
    clock: Callable[[], datetime]
    most_days: int = MAX_COUNTED_DAYS

    async def create(self, caller: Caller, command: CreatePersonTimeOff) -> StoredPersonTimeOff:
        """Store the record with its instances, or raise Refused."""
        caller.require_writing()
        refusals = Refusals()
        parsed = _read_create(command, refusals)
        if parsed.person_id:
            with refusals.collecting("person_id"):
                caller.require_writing_of(person_subject(parsed.person_id))
        planned = _plan(parsed.wish, refusals)
        if planned:
            with refusals.collecting():
                refuse_many_days(planned, self.most_days)
        request = KeyedRequest(
            caller,
            "createPersonTimeOff",
            command.idempotency_key,
            parsed,
            dry_run=command.dry_run,
            refusals=refusals,
        )
        create = partial(_create, planned=planned)
        return await run_write(
            self, request, StoredPersonTimeOff, create, to_keep=_without_reason, show=_with_reason
        )

    async def update(self, caller: Caller, command: UpdatePersonTimeOff) -> StoredPersonTimeOff:
        """Change the given fields; record and instances keep their ids, or raise Refused."""
        caller.require_writing()
        refusals = Refusals()
        with refusals.collecting("id"):
            id_ = read_text_id(Kind.PERSON_TIME_OFF, command.id)
        judge_reason(command.patch.reason, refusals)
        refusals.raise_any()
        parsed = _ParsedUpdate(id_, command.patch)
        request = KeyedRequest(
            caller,
            "updatePersonTimeOff",
            command.idempotency_key,
            parsed,
            dry_run=command.dry_run,
            versions=versions_of(command.if_unchanged_since),
        )
        update = partial(_update, whose=command.whose, most_days=self.most_days)
        return await run_write(
            self, request, StoredPersonTimeOff, update, to_keep=_without_reason, show=_with_reason
        )

    async def delete(self, caller: Caller, command: DeletePersonTimeOff) -> DeletedPersonTimeOff:
        """Delete the record with its instances, or raise Refused."""
        caller.require_writing()
        refusals = Refusals()
        with refusals.collecting("id"):
            id_ = read_text_id(Kind.PERSON_TIME_OFF, command.id)
        refusals.raise_any()
        request = KeyedRequest(
            caller,
            "deletePersonTimeOff",
            command.idempotency_key,
            DeletedPersonTimeOff(id_),
            dry_run=command.dry_run,
            versions=versions_of(command.if_unchanged_since),
        )
        delete = partial(_delete, whose=command.whose)
        return await run_write(self, request, DeletedPersonTimeOff, delete)


def _read_create(command: CreatePersonTimeOff, refusals: Refusals) -> _ParsedCreate:
    company_id = person_id = ""
    with refusals.collecting("company_id"):
        company_id = read_text_id(Kind.COMPANY, command.company_id)
    with refusals.collecting("person_id"):
        person_id = read_text_id(Kind.PERSON, command.person_id)
    wish = command.wish
    if wish.repeat is Repeat.NEVER:
        wish = replace(wish, cadence=None, repeat_end_day=None)  # rule 3.1: they are ignored
    return _ParsedCreate(company_id, person_id, wish)


async def _create(write: Write[_ParsedCreate], *, planned: Plan | None) -> StoredPersonTimeOff:
    asked = write.asked
    await _refuse_unknown(write)
    planned = _get(planned, write.refusals)
    record = new_record(
        asked.company_id,
        asked.person_id,
        planned,
        write.now,
        is_paid=asked.wish.is_paid,
        reason=asked.wish.reason,
    )
    of_plan = [*planned.warnings, *month_end_warnings(planned)]
    warnings = await _warnings(write.connection, record, of_plan)
    await store.add_record(write.connection, record)
    await write.record([change(None, record)])
    return await write.with_days(StoredPersonTimeOff(record, warnings))


def new_record(
    company_id: str,
    person_id: str,
    planned: Plan,
    now: datetime,
    *,
    is_paid: bool,
    reason: str,
) -> PersonTimeOff:
    """Return a record of what was planned; nothing is stored."""
    return PersonTimeOff(
        id=str(uuid4()),
        company_id=company_id,
        person_id=person_id,
        span=planned.spans[0],
        last_day=planned.spans[-1].last,
        pattern=planned.pattern,
        is_paid=is_paid,
        reason=reason,
        rule=planned.rule,
        instance_ids=(str(uuid4()),),
        created_at=now,
        updated_at=now,
    )


async def _refuse_unknown(write: Write[_ParsedCreate]) -> None:
    """Refuse an unknown company or person, as far as their ids could be read (rule 3.10)."""
    bad_fields = {error.path for error in write.refusals.errors}
    if ("company_id",) in bad_fields:
        return
    asked = write.asked
    person_id = None if ("person_id",) in bad_fields else asked.person_id
    await lock_people(write.connection, [person_id] if person_id else [])
    company, company_of_person = await store.find_places(
        write.connection, asked.company_id, person_id
    )
    if company and not write.caller.sees(company):
        company = None
    for unknown in unknown_places(
        company, company_of_person, is_person_asked=person_id is not None
    ):
        write.refusals.add(unknown)


def _plan(wish: PersonTimeOffWish, refusals: Refusals) -> Plan | None:
    with refusals.collecting():
        return plan(wish)
    return None


def _get(planned: Plan | None, refusals: Refusals) -> Plan:
    refusals.raise_any()
    if planned is None:
        raise AssertionError
    return planned


async def _warnings(
    connection: Transaction, record: PersonTimeOff, of_plan: Sequence[Warning]
) -> list[Warning]:
    others = await store.overlapping_records(connection, record)
    return [*of_plan, *overlap_warnings(others, ("start_day",))]


async def _find(write: Write[Any], id_: str, whose: Whose | None) -> PersonTimeOff:
    """Return the record as it is under its person's lock, or raise NotFound or ChangedSince."""
    connection, companies = write.connection, write.caller.companies
    records = await PERSON_TIME_OFFS.find_many(connection, companies, [id_])
    await lock_people(connection, [record.person_id for record in records.values()])
    records = await PERSON_TIME_OFFS.find_many(connection, companies, [id_])
    record = records.get(id_)
    if record is None or (whose and not whose.has(record)):
        raise NotFound(Kind.PERSON_TIME_OFF.words, ("id",))
    write.caller.require_writing_of(person_subject(record.person_id), ("id",))
    refuse_changed(Kind.PERSON_TIME_OFF, record, write.request.seen)
    return record


async def _update(
    write: Write[_ParsedUpdate], *, whose: Whose | None, most_days: int
) -> StoredPersonTimeOff:
    before = await _find(write, write.asked.id, whose)
    wish = patched(before, write.asked.patch, write.refusals)
    planned = _get(_plan(wish, write.refusals), write.refusals)
    # A record from before the limit, or from another one, may be changed but not grow.
    refuse_many_days(planned, max(most_days, before.day_count))
    after = replace(
        before,
        span=planned.spans[0],
        last_day=planned.spans[-1].last,
        pattern=planned.pattern,
        is_paid=wish.is_paid,
        reason=wish.reason,
    )
    if after != before or _is_guess(write, before):
        after = replace(after, updated_at=next_version(before.updated_at, write.now))
        await store.change_record(write.connection, after)
        await write.record([change(before, after)])
    warnings = await _warnings(write.connection, after, planned.warnings)
    days_left = sorted({*before.counted_days()} - {*after.counted_days()})
    return await write.with_days(StoredPersonTimeOff(after, warnings, days_left=days_left))


def _is_guess(write: Write[_ParsedUpdate], before: PersonTimeOff) -> bool:
    """Say whether a reason is sent by who may not read the one that stands.

    It is a change, whatever stood there: else a guess that is right would show.
    """
    is_sent = write.asked.patch.reason is not None
    return is_sent and not write.caller.reads_reason_of(before.person_id)


async def _delete(
    write: Write[DeletedPersonTimeOff], *, whose: Whose | None
) -> DeletedPersonTimeOff:
    record = await _find(write, write.asked.id, whose)
    await store.remove_record(write.connection, record)
    await write.record([change(record, None)])
    return await write.with_days(replace(write.asked, touched=_days_of(record)))


def _days_of(record: PersonTimeOff) -> list[SubjectDay]:
    subject = person_subject(record.person_id)
    return [(subject, day) for day in record.counted_days()]


def _without_reason(stored: StoredPersonTimeOff) -> StoredPersonTimeOff:
    """Leave the reason out of what is kept beside an idempotency key (rule 5.1)."""
    return replace(stored, record=replace(stored.record, reason=None))


async def _with_reason(write: Write[Any], stored: StoredPersonTimeOff) -> StoredPersonTimeOff:
    """Let only a caller who may see the reason; give it back to an answer that was kept.

    A record that was deleted since has none.
    """
    caller = write.caller
    if not caller.reads_reason_of(stored.record.person_id):
        return _without_reason(stored)
    if stored.record.reason is not None:
        return stored
    found = await PERSON_TIME_OFFS.find_many(write.connection, caller.companies, [stored.record.id])
    reason = found[stored.record.id].reason if found else None
    return replace(stored, record=replace(stored.record, reason=reason))
