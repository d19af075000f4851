"""Procore's person time off: create, update and delete, one transaction each (section 3)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import uuid4

from app.db.connections.database import Database
from app.db.writing import deleted_person_time_off as kept
from app.db.writing import person_time_off as store
from app.db.writing.locks import lock_people
from app.domain.errors import Refusals
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
from app.domain.person_time_off_patch import unknown_places
from app.domain.recurrence import Repeat
from app.domain.repeat_changes import Scope
from app.services.caller import Caller
from app.services.changes import change
from app.services.idempotency import KeyedRequest, versions_of
from app.services.person_time_off import revisions
from app.services.person_time_off.commands import (
    CreatePersonTimeOff,
    DeletedPersonTimeOff,
    DeletePersonTimeOff,
    RestoreOccurrence,
    RestorePersonTimeOff,
    RevisedPersonTimeOff,
    StoredPersonTimeOff,
    UpdatePersonTimeOff,
)
from app.services.person_time_off.deleted import AskedAgain, bring_back
from app.services.person_time_off.reasons import Answer, with_reasons, without_reasons
from app.services.person_time_off.revisions import (
    Asked,
    AskedDelete,
    AskedDeleteOf,
    AskedOccurrence,
    AskedPatch,
    AskedPatchOf,
)
from app.services.writes import Parsed, Together, Write, run_write


@dataclass(frozen=True, slots=True)
class _ParsedCreate:
    company_id: str
    person_id: str
    wish: PersonTimeOffWish


@dataclass(frozen=True, slots=True)
class PersonTimeOffService:
    """Write person time off; no record may count more than ``most_days``.

    With ``together``, whoever has the transaction numbers the changes of all writes at its end;
    has locked everything, and seen that those are there whose records are created; and has taken
    what is kept of deleted records with the same ids.
    """

    database: Database
    clock: Callable[[], datetime]
    most_days: int = MAX_COUNTED_DAYS
    together: Together | None = None

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
        create = partial(_create, planned=planned, id_=command.id)
        return await self._run(request, StoredPersonTimeOff, create)

    async def update(self, caller: Caller, command: UpdatePersonTimeOff) -> RevisedPersonTimeOff:
        """Change the given fields, of the occurrences that the scope says, or raise Refused."""
        refusals = Refusals()
        judge_reason(command.patch.reason, refusals)
        id_ = _read_id(caller, command.id, refusals)
        parsed: Asked = AskedPatch(id_, command.patch)
        if command.scope is not Scope.ALL or command.original_day is not None:
            parsed = AskedPatchOf(id_, command.patch, command.scope, command.original_day)
        revise = partial(revisions.update, command=command, most_days=self.most_days)
        request = _keyed(caller, "updatePersonTimeOff", command, parsed)
        return await self._run(request, RevisedPersonTimeOff, revise)

    async def restore(self, caller: Caller, command: RestoreOccurrence) -> RevisedPersonTimeOff:
        """Let an occurrence be as the rule of its record has it, or raise Refused (rule 3.11)."""
        id_ = _read_id(caller, command.id, Refusals())
        revise = partial(revisions.restore, command=command, most_days=self.most_days)
        parsed = AskedOccurrence(id_, command.original_day)
        request = _keyed(caller, "restoreOccurrence", command, parsed)
        return await self._run(request, RevisedPersonTimeOff, revise)

    async def delete(self, caller: Caller, command: DeletePersonTimeOff) -> DeletedPersonTimeOff:
        """Delete the record, or the occurrences that the scope says, or raise Refused."""
        id_ = _read_id(caller, command.id, Refusals())
        parsed: Asked = AskedDelete(id_)
        if command.scope is not Scope.ALL or command.original_day is not None:
            parsed = AskedDeleteOf(id_, command.scope, command.original_day)
        request = _keyed(caller, "deletePersonTimeOff", command, parsed)
        delete = partial(revisions.delete, command=command)
        return await self._run(request, DeletedPersonTimeOff, delete)

    async def bring_back(
        self, caller: Caller, command: RestorePersonTimeOff
    ) -> StoredPersonTimeOff:
        """Store a record that was deleted whole again, or raise Refused (rule 3.13)."""
        request = KeyedRequest(
            caller,
            "restorePersonTimeOff",
            command.idempotency_key,
            AskedAgain(_read_id(caller, command.id, Refusals())),
            dry_run=command.dry_run,
        )
        return await self._run(request, StoredPersonTimeOff, bring_back)

    async def _run(
        self,
        request: KeyedRequest[Parsed],
        answer_type: type[Answer],
        do: Callable[[Write[Parsed]], Awaitable[Answer]],
    ) -> Answer:
        return await run_write(
            self,
            request,
            answer_type,
            do,
            to_keep=without_reasons,
            show=with_reasons,
            together=self.together,
        )


def _keyed(
    caller: Caller,
    operation: str,
    command: UpdatePersonTimeOff | RestoreOccurrence | DeletePersonTimeOff,
    parsed: Asked,
) -> KeyedRequest[Asked]:
    return KeyedRequest(
        caller,
        operation,
        command.idempotency_key,
        parsed,
        dry_run=command.dry_run,
        versions=versions_of(command.if_unchanged_since),
    )


def _read_id(caller: Caller, id_: str, refusals: Refusals) -> str:
    """Return a record's id; with what is wrong already, one that names none is refused."""
    caller.require_writing()
    read = ""
    with refusals.collecting("id"):
        read = read_text_id(Kind.PERSON_TIME_OFF, id_)
    refusals.raise_any()
    return read


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
    write: Write[_ParsedCreate], *, planned: Plan | None, id_: str | None
) -> StoredPersonTimeOff:
    asked = write.asked
    if write.together is None:
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
    if id_:
        record = replace(record, id=id_)
        if write.together is None:
            await kept.take(write.connection, [id_])  # it cannot be brought back any more
    others = await store.overlapping_records(write.connection, record)
    warnings = [
        *planned.warnings,
        *month_end_warnings(planned),
        *overlap_warnings(others, ("start_day",)),
    ]
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
    reason: str | None,
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
