"""Discrepancies that are to stay: acknowledged, looked up, taken back (rule 4.5)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import uuid4

from app.db.connections.database import Database
from app.db.reading.acknowledgements import ACKNOWLEDGEMENTS, acknowledged_of
from app.db.writing.acknowledgements import lock_workers, replace_acknowledgements
from app.db.writing.time_off_entries import lock_users
from app.domain.access import Permission
from app.domain.acknowledgements import (
    MAX_ACKNOWLEDGEMENTS,
    DiscrepancyAcknowledgement,
    PairDay,
    differing,
    fingerprint,
)
from app.domain.days import DaySpan, within_calendar
from app.domain.errors import NotFound, Refusals
from app.domain.identifiers import Key, Kind, read_text_id, user_subject
from app.domain.schedule import WorkerDay
from app.domain.time_off_entries import refuse_count
from app.services.acknowledgements.commands import (
    AcknowledgedDiscrepancies,
    AcknowledgeDiscrepancy,
    DeleteAcknowledgements,
    DeletedAcknowledgements,
)
from app.services.caller import Caller
from app.services.changes import change
from app.services.idempotency import KeyedRequest
from app.services.merged_days import SubjectDay, subject_days
from app.services.seen_days import read_seen_days, refuse_changed_days
from app.services.writes import Write, run_write

_Named = tuple[str, date]
"""A worker by the key of an id, and a day."""


@dataclass(frozen=True, slots=True)
class _Asked:
    days: Sequence[_Named]


@dataclass(frozen=True, slots=True)
class AcknowledgementService:
    """Write and read them. Whether one is in force is asked of its day, whenever it is read."""

    database: Database
    clock: Callable[[], datetime]

    async def acknowledge(
        self, caller: Caller, command: AcknowledgeDiscrepancy
    ) -> AcknowledgedDiscrepancies:
        """Let the systems differ about these days, or raise Refused naming each bad one."""
        caller.require(Permission.WRITE_TIME_OFF)
        refuse_count(len(command.days), MAX_ACKNOWLEDGEMENTS, ("days",))
        refusals = Refusals()
        places: dict[_Named, int] = {}
        for index, item in enumerate(command.days):
            with refusals.collecting("days", index):
                places.setdefault(_read(item.worker_id, item.date), index)
        request = KeyedRequest(
            caller,
            "acknowledgeDiscrepancy",
            command.idempotency_key,
            _Asked(list(places)),
            dry_run=command.dry_run,
            refusals=refusals,
            seen_days=read_seen_days(command.if_unchanged, refusals),
        )
        return await run_write(
            self, request, AcknowledgedDiscrepancies, partial(_acknowledge, places=places)
        )

    async def delete(
        self, caller: Caller, command: DeleteAcknowledgements
    ) -> DeletedAcknowledgements:
        """Take acknowledgements back, in force or not, or raise Refused naming each bad id."""
        caller.require(Permission.WRITE_TIME_OFF)
        refuse_count(len(command.ids), MAX_ACKNOWLEDGEMENTS, ("ids",))
        refusals = Refusals()
        places: dict[str, int] = {}
        for index, text in enumerate(command.ids):
            with refusals.collecting("ids", index):
                places.setdefault(read_text_id(Kind.ACKNOWLEDGEMENT, text), index)
        request = KeyedRequest(
            caller,
            "deleteDiscrepancyAcknowledgement",
            command.idempotency_key,
            DeletedAcknowledgements(list(places)),
            dry_run=command.dry_run,
            refusals=refusals,
        )
        return await run_write(
            self, request, DeletedAcknowledgements, partial(_delete, places=places)
        )

    async def of_days(
        self, caller: Caller, places: Collection[PairDay]
    ) -> dict[PairDay, DiscrepancyAcknowledgement]:
        """Return what was acknowledged of these days: the caller asks the days if it is in force.

        One statement, however many there are.
        """
        caller.require(Permission.READ_TIME_OFF)
        days = [day for _, day in places]
        async with self.database.reading() as connection:
            return await acknowledged_of(
                connection,
                caller.companies,
                {pair for pair, _ in places},
                DaySpan(min(days), max(days)),
            )

    async def find_many(
        self, caller: Caller, ids: Collection[Key]
    ) -> dict[Key, DiscrepancyAcknowledgement]:
        """Return those by id that are in force and of the caller's companies."""
        caller.require(Permission.READ_TIME_OFF)
        async with self.database.reading() as connection:
            found = await ACKNOWLEDGEMENTS.find_many(connection, caller.companies, ids)
            days = await subject_days(connection, {_subject_day(each) for each in found.values()})
        merged = {(day.merged.pair, day.merged.date): day.merged for day in days}
        return {
            id_: each
            for id_, each in found.items()
            if (day := merged.get(each.place)) and each.is_about(day)
        }


def _read(worker_id: str, day: date) -> _Named:
    refusals = Refusals()
    with refusals.collecting("worker_id"):
        subject = read_text_id(Kind.WORKER, worker_id)
    with refusals.collecting("date"):
        within_calendar(day)
    refusals.raise_any()
    return subject, day


def _subject_day(each: DiscrepancyAcknowledgement) -> SubjectDay:
    return user_subject(each.user_id), each.day


async def _acknowledge(
    write: Write[_Asked], places: dict[_Named, int]
) -> AcknowledgedDiscrepancies:
    asked = await _asked_for(write, places)
    write.refusals.raise_any()
    days = [each.day for each in asked]
    stored = await acknowledged_of(
        write.connection, None, {each.place[0] for each in asked}, DaySpan(min(days), max(days))
    )
    before = [stored.get(each.place) for each in asked]
    # What is acknowledged already stays as it was: who did it, and when.
    now = [
        old if old is not None and old.fingerprint == new.fingerprint else new
        for old, new in zip(before, asked, strict=True)
    ]
    gone = [old for old in before if old is not None and old not in now]
    made = [each for each in now if each not in before]
    await replace_acknowledgements(write.connection, gone, made)
    await write.record([*(change(old, None) for old in gone), *(change(None, new) for new in made)])
    return await write.with_days(AcknowledgedDiscrepancies(now, list(map(_subject_day, now))))


async def _asked_for(
    write: Write[_Asked], places: dict[_Named, int]
) -> list[DiscrepancyAcknowledgement]:
    """Return a new acknowledgement of each day, under the lock of its user.

    A day on which nothing differs, and a worker whom the caller does not see, is refused.
    """
    connection = write.connection
    subjects = {subject for subject, _ in places}
    seen = await lock_workers(connection, write.caller.companies, subjects)
    await refuse_changed_days(write, {worker.id for worker in seen.values()})
    days = await subject_days(connection, [each for each in places if each[0] in seen])
    by_place = {(day.worker.id, day.merged.date): day for day in days}
    made: dict[PairDay, DiscrepancyAcknowledgement] = {}
    for (subject, date_), index in places.items():
        with write.refusals.collecting("days", index):
            if subject not in seen:
                raise NotFound(Kind.WORKER.words, ("worker_id",))
            new = _new(write, by_place[seen[subject].id, date_])
            made.setdefault(new.place, new)
    return list(made.values())


def _new(write: Write[_Asked], day: WorkerDay) -> DiscrepancyAcknowledgement:
    merged = day.merged
    kind, pair = differing(day)
    return DiscrepancyAcknowledgement(
        id=str(uuid4()),
        company_id=day.worker.company_id,
        user_id=pair[0],
        person_id=pair[1],
        day=merged.date,
        kind=kind,
        kantata=merged.kantata,
        procore=merged.procore,
        fingerprint=fingerprint(merged),
        acknowledged_at=write.now,
        acknowledged_by=write.caller.origin.actor,
    )


async def _delete(
    write: Write[DeletedAcknowledgements], places: dict[str, int]
) -> DeletedAcknowledgements:
    connection, companies = write.connection, write.caller.companies
    seen = await ACKNOWLEDGEMENTS.find_many(connection, companies, list(places))
    await lock_users(connection, companies, {each.user_id for each in seen.values()})
    found = await ACKNOWLEDGEMENTS.find_many(connection, companies, list(places))
    for id_, index in places.items():
        if id_ not in found:
            write.refusals.add(NotFound(Kind.ACKNOWLEDGEMENT.words, ("ids", index)))
    write.refusals.raise_any()
    gone = [found[id_] for id_ in places]
    await replace_acknowledgements(connection, gone)
    await write.record([change(each, None) for each in gone])
    touched = list(dict.fromkeys(map(_subject_day, gone)))
    return await write.with_days(DeletedAcknowledgements(list(places), touched))
