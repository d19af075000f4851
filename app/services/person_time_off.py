"""Procore's person time off: create, update and delete, one transaction each (section 3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TypeVar
from uuid import uuid4

from app.db.connections.database import Connection, Database
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS, instances_of_records
from app.db.writing import person_time_off as store
from app.db.writing.changes import record_changes
from app.db.writing.locks import lock_people
from app.domain.errors import NotFound, Refusals, RepeatingDaysFixed
from app.domain.identifiers import Kind, person_subject, read_text_id
from app.domain.person_time_off import (
    MAX_COUNTED_DAYS,
    Instance,
    PersonTimeOff,
    PersonTimeOffWish,
    Plan,
    judge_reason,
    month_end_warnings,
    overlap_warnings,
    plan,
    refuse_many_days,
    refuse_other_series,
)
from app.domain.recurrence import Repeat
from app.domain.schedule import WorkerDay
from app.domain.warnings import Warning
from app.services.caller import Caller
from app.services.changes import change
from app.services.idempotency import KeyedRequest
from app.services.schedule import SubjectDay, subject_days

T = TypeVar("T")


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
    """The record as it is now, with its instances."""

    record: PersonTimeOff
    instances: Sequence[Instance]
    warnings: Sequence[Warning]
    days_if_stored: Sequence[WorkerDay] | None = None
    """Of a dry run: the touched days as they would become (rule 6.5)."""

    @property
    def touched(self) -> list[SubjectDay]:
        """The days that it is about."""
        return _days_of(self.record)


@dataclass(frozen=True, slots=True)
class PersonTimeOffPatch:
    """The fields to change; None leaves a field as it is (rules 3.8 and 6.3).

    The last three, and the days of a record that repeats, can only be what they are.
    """

    start_day: date | None = None
    end_day: date | None = None
    batch_start_time: time | None = None
    batch_end_time: time | None = None
    apply_to_saturday: bool | None = None
    apply_to_sunday: bool | None = None
    is_paid: bool | None = None
    reason: str | None = None
    repeat: Repeat | None = None
    cadence: int | None = None
    repeat_end_day: date | None = None


@dataclass(frozen=True, slots=True)
class Whose:
    """The person in whose list a record is looked for, as Procore's addresses name it."""

    company_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class UpdatePersonTimeOff:
    """A patch of one record; of another person than ``whose`` it is not found."""

    id: str
    patch: PersonTimeOffPatch
    idempotency_key: str | None = None
    whose: Whose | None = None


@dataclass(frozen=True, slots=True)
class DeletePersonTimeOff:
    """One record to delete, with its instances; of another than ``whose`` it is not found."""

    id: str
    dry_run: bool = False
    idempotency_key: str | None = None
    whose: Whose | None = None


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
        refusals = Refusals()
        parsed = _read_create(command, refusals)
        planned = _plan(parsed.wish, refusals)
        if planned:
            with refusals.collecting():
                refuse_many_days(planned, self.most_days)
        request = KeyedRequest(caller, "createPersonTimeOff", command.idempotency_key, parsed)
        with refusals.collecting():
            request.refuse_bad_key()
        async with self.database.writing(dry_run=command.dry_run) as connection:
            now = self.clock()
            created = await request.once(
                connection,
                now,
                StoredPersonTimeOff,
                lambda: _create(connection, caller, parsed, planned, refusals, now),
                dry_run=command.dry_run or bool(refusals.errors),
                to_keep=_without_reason,
            )
            if command.dry_run:
                days = await subject_days(connection, created.touched)
                created = replace(created, days_if_stored=days)
            return await _with_reason(connection, caller, created)

    async def update(self, caller: Caller, command: UpdatePersonTimeOff) -> StoredPersonTimeOff:
        """Change the given fields; record and instances keep their ids, or raise Refused."""
        refusals = Refusals()
        with refusals.collecting("id"):
            id_ = read_text_id(Kind.PERSON_TIME_OFF, command.id)
        judge_reason(command.patch.reason, refusals)
        refusals.raise_any()
        parsed = _ParsedUpdate(id_, command.patch)
        request = KeyedRequest(caller, "updatePersonTimeOff", command.idempotency_key, parsed)
        request.refuse_bad_key()
        async with self.database.writing() as connection:
            now = self.clock()
            updated = await request.once(
                connection,
                now,
                StoredPersonTimeOff,
                lambda: _update(
                    connection, caller, parsed, command.whose, now, most_days=self.most_days
                ),
                to_keep=_without_reason,
            )
            return await _with_reason(connection, caller, updated)

    async def delete(self, caller: Caller, command: DeletePersonTimeOff) -> DeletedPersonTimeOff:
        """Delete the record with its instances, or raise Refused."""
        refusals = Refusals()
        with refusals.collecting("id"):
            id_ = read_text_id(Kind.PERSON_TIME_OFF, command.id)
        refusals.raise_any()
        parsed = DeletedPersonTimeOff(id_)
        request = KeyedRequest(caller, "deletePersonTimeOff", command.idempotency_key, parsed)
        request.refuse_bad_key()
        async with self.database.writing(dry_run=command.dry_run) as connection:
            now = self.clock()
            deleted = await request.once(
                connection,
                now,
                DeletedPersonTimeOff,
                lambda: _delete(connection, caller, parsed, command.whose, now),
                dry_run=command.dry_run,
            )
            if command.dry_run:
                days = await subject_days(connection, deleted.touched)
                deleted = replace(deleted, days_if_stored=days)
            return deleted


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


async def _create(
    connection: Connection,
    caller: Caller,
    parsed: _ParsedCreate,
    planned: Plan | None,
    refusals: Refusals,
    now: datetime,
) -> StoredPersonTimeOff:
    await _refuse_unknown(connection, caller, parsed, refusals)
    planned = _get(planned, refusals)
    record, instances = new_record(
        parsed.company_id,
        parsed.person_id,
        planned,
        now,
        is_paid=parsed.wish.is_paid,
        reason=parsed.wish.reason,
    )
    warnings = await _warnings(
        connection, record, [*planned.warnings, *month_end_warnings(planned)]
    )
    await store.add_record(connection, record, instances)
    await record_changes(connection, now, [change(None, record)])
    return StoredPersonTimeOff(record, instances, warnings)


def new_record(
    company_id: str,
    person_id: str,
    planned: Plan,
    now: datetime,
    *,
    is_paid: bool,
    reason: str,
) -> tuple[PersonTimeOff, list[Instance]]:
    """Return a record of what was planned, with an instance for each span; nothing is stored."""
    record = PersonTimeOff(
        str(uuid4()),
        company_id,
        person_id,
        planned.spans[0],
        planned.spans[-1].last,
        planned.pattern,
        is_paid,
        reason,
        planned.rule,
        now,
        now,
    )
    # Ids that follow each other lie on one page of their index, others on a page each.
    common = str(uuid4())[:-4]
    return record, [
        Instance(f"{common}{number:04x}", record.id, span)
        for number, span in enumerate(planned.spans)
    ]


async def _refuse_unknown(
    connection: Connection, caller: Caller, parsed: _ParsedCreate, refusals: Refusals
) -> None:
    """Refuse an unknown company or person; another company's person is unknown too (3.10)."""
    bad_fields = {error.path for error in refusals.errors}
    if ("company_id",) in bad_fields:
        return
    person_id = None if ("person_id",) in bad_fields else parsed.person_id
    await lock_people(connection, [person_id] if person_id else [])
    company, company_of_person = await store.find_places(connection, parsed.company_id, person_id)
    if company is None or not caller.sees(company):
        company = None
        refusals.add(NotFound(Kind.COMPANY.words, ("company_id",)))
    if person_id and (company is None or company_of_person != company):
        refusals.add(NotFound(Kind.PERSON.words, ("person_id",)))


def _or(given: T | None, kept: T) -> T:
    return kept if given is None else given


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
    connection: Connection, record: PersonTimeOff, of_plan: Sequence[Warning]
) -> list[Warning]:
    others = await store.overlapping_records(connection, record)
    return [*of_plan, *overlap_warnings(others, ("start_day",))]


async def _find(
    connection: Connection, caller: Caller, id_: str, whose: Whose | None
) -> PersonTimeOff:
    """Return the record as it is under its person's lock, or raise NotFound."""
    records = await PERSON_TIME_OFFS.find_many(connection, caller.companies, [id_])
    await lock_people(connection, [record.person_id for record in records.values()])
    records = await PERSON_TIME_OFFS.find_many(connection, caller.companies, [id_])
    record = records.get(id_)
    if record is None or (whose and whose != Whose(record.company_id, record.person_id)):
        raise NotFound(Kind.PERSON_TIME_OFF.words, ("id",))
    return record


async def _update(
    connection: Connection,
    caller: Caller,
    parsed: _ParsedUpdate,
    whose: Whose | None,
    now: datetime,
    *,
    most_days: int,
) -> StoredPersonTimeOff:
    before = await _find(connection, caller, parsed.id, whose)
    refusals = Refusals()
    planned = _get(_plan(_patched(before, parsed.patch, refusals), refusals), refusals)
    # A record from before the limit, or from another one, may be changed but not grow.
    refuse_many_days(planned, max(most_days, before.day_count))
    after = replace(
        before,
        span=planned.spans[0],
        last_day=planned.spans[-1].last,
        pattern=planned.pattern,
        is_paid=_or(parsed.patch.is_paid, before.is_paid),
        reason=_or(parsed.patch.reason, before.reason),
    )
    old = await instances_of_records(connection, [before.id])
    instances = [
        replace(instance, span=span)
        for instance, span in zip(old[before.id], planned.spans, strict=True)
    ]
    if after != before:
        after = replace(after, updated_at=now)
        await store.change_record(connection, after, instances)
        await record_changes(connection, now, [change(before, after)])
    warnings = await _warnings(connection, after, planned.warnings)
    return StoredPersonTimeOff(after, instances, warnings)


def _patched(
    before: PersonTimeOff, patch: PersonTimeOffPatch, refusals: Refusals
) -> PersonTimeOffWish:
    """Return the record as a wish with the patch laid over it."""
    rule, pattern = before.rule, before.pattern
    # The end is answered as the last instance's (3.3), and was sent as the first one's.
    unchanged = {
        "start_day": {before.span.first},
        "end_day": {before.span.last, before.last_day},
    }
    for name, days in unchanged.items():
        given = getattr(patch, name)
        if rule and given is not None and given not in days:
            msg = "The days of a repeating record are fixed: delete it and create another."
            refusals.add(RepeatingDaysFixed(msg, (name,)))
    refuse_other_series(rule, patch.repeat, patch.cadence, patch.repeat_end_day, refusals)
    return PersonTimeOffWish(
        start_day=_or(None if rule else patch.start_day, before.span.first),
        end_day=_or(None if rule else patch.end_day, before.span.last),
        batch_start_time=_or(patch.batch_start_time, pattern.start_time),
        batch_end_time=_or(patch.batch_end_time, pattern.end_time),
        apply_to_saturday=_or(patch.apply_to_saturday, pattern.apply_to_saturday),
        apply_to_sunday=_or(patch.apply_to_sunday, pattern.apply_to_sunday),
        is_paid=_or(patch.is_paid, before.is_paid),
        reason=_or(patch.reason, before.reason) or "",  # stored records always have one
        repeat=rule.repeat if rule else Repeat.NEVER,
        cadence=rule.cadence if rule else None,
        repeat_end_day=rule.until if rule else None,
    )


async def _delete(
    connection: Connection,
    caller: Caller,
    parsed: DeletedPersonTimeOff,
    whose: Whose | None,
    now: datetime,
) -> DeletedPersonTimeOff:
    record = await _find(connection, caller, parsed.id, whose)
    await store.remove_record(connection, record)
    await record_changes(connection, now, [change(record, None)])
    return replace(parsed, touched=_days_of(record))


def _days_of(record: PersonTimeOff) -> list[SubjectDay]:
    subject = person_subject(record.person_id)
    return [(subject, day) for day in record.counted_days()]


def _without_reason(stored: StoredPersonTimeOff) -> StoredPersonTimeOff:
    """Leave the reason out of what is kept beside an idempotency key (rule 5.1)."""
    return replace(stored, record=replace(stored.record, reason=None))


async def _with_reason(
    connection: Connection, caller: Caller, stored: StoredPersonTimeOff
) -> StoredPersonTimeOff:
    """Let only a caller who may see the reason; give it back to an answer that was kept.

    A record that was deleted since has none.
    """
    if not caller.may_read_reasons:
        return _without_reason(stored)
    if stored.record.reason is not None:
        return stored
    found = await PERSON_TIME_OFFS.find_many(connection, caller.companies, [stored.record.id])
    reason = found[stored.record.id].reason if found else None
    return replace(stored, record=replace(stored.record, reason=reason))
