"""Moving somebody to another company, with all that is theirs: one transaction (rule 4.10)."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

from app.db.connections.database import Database, Transaction
from app.db.reading.calendars import calendars
from app.db.reading.lists_of_nouns import COMPANIES, ENTRIES, PERSON_TIME_OFFS, REFERENCES
from app.db.reading.workers import find_worker
from app.db.writing import directory, erasure, flows
from app.db.writing import moving as store
from app.db.writing.acknowledgements import replace_acknowledgements
from app.db.writing.changes import record_changes
from app.db.writing.locks import lock_calendars, lock_directory, lock_people
from app.db.writing.mirror import marked_days
from app.db.writing.objects import add_objects, change_objects
from app.db.writing.time_off_entries import lock_users
from app.domain.access import Permission
from app.domain.access_events import AccessEventKind
from app.domain.acknowledgements import DiscrepancyAcknowledgement
from app.domain.changes import Change
from app.domain.days import DaySpan
from app.domain.directory import Person, User, Workweek
from app.domain.errors import AlreadyInCompany, NotFound, Refusals
from app.domain.identifiers import Kind, node_id, read_text_id
from app.domain.moving import Move, marks_of_others, moved_human, overfull_days
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import ExternalReference, TimeOffEntry
from app.domain.versions import next_version
from app.domain.warnings import Warning
from app.domain.workers import Worker
from app.services.access.events import AccessEvents
from app.services.caller import Caller
from app.services.changes import change
from app.services.directory.items import workweek_id
from app.services.directory.service import worker_changes
from app.services.directory.warnings import warnings_of
from app.services.personal_data.erasing import humans_of

_WORKER: Final = ("worker_id",)
_COMPANY: Final = ("company_id",)


@dataclass(frozen=True, slots=True)
class MovedWorker:
    """The worker as it was and as it is, how much went along or did not, and what to look at."""

    was: Worker
    worker: Worker
    move: Move
    warnings: Sequence[Warning]


@dataclass(frozen=True, slots=True)
class MovingService:
    """Move workers between the companies of a caller."""

    database: Database
    clock: Callable[[], datetime]
    events: AccessEvents

    async def move(
        self, caller: Caller, worker_text: str, company_text: str, *, dry_run: bool = False
    ) -> MovedWorker:
        """Move the worker with its time off to the company; its ways in end.

        Raises NotPermitted, NotFound for what is none of the caller's, or AlreadyInCompany.
        """
        caller.require(Permission.MANAGE_PERSONAL_DATA)
        refusals = Refusals()
        with refusals.collecting(*_WORKER):
            worker_id = read_text_id(Kind.WORKER, worker_text)
        with refusals.collecting(*_COMPANY):
            company_id = read_text_id(Kind.COMPANY, company_text)
        refusals.raise_any()
        async with self.database.writing(dry_run=dry_run) as connection:
            was = await _locked(connection, caller, worker_id, company_id)
            at = self.clock()
            move, changes = await _move_all(connection, was, company_id, at)
            humans = await humans_of(connection, was)
            found = await warnings_of(connection, humans)
            await record_changes(connection, caller.origin, at, changes)
            await self._record(connection, caller, was, company_id, move)
            now = await find_worker(connection, worker_id)
        if now is None:
            raise AssertionError
        warnings = [
            replace(each, path=_WORKER) for human in humans for each in found.get(human.id, ())
        ]
        return MovedWorker(was, now, move, warnings)

    async def _record(
        self, connection: Transaction, caller: Caller, was: Worker, company_id: str, move: Move
    ) -> None:
        """Tell both companies who has moved whom; neither which the other one is."""
        counts = asdict(move)
        overfull, unsettled = counts.pop("overfull_days"), counts.pop("unsettled_days")
        counts |= {"overfullDays": overfull, "unsettledDays": unsettled}
        for company, direction in ((was.company_id, "AWAY"), (company_id, "HERE")):
            event = self.events.event_of(
                caller,
                AccessEventKind.PERSON_MOVED,
                company_id=company,
                details={
                    "workerId": node_id(Kind.WORKER, was.id),
                    "direction": direction,
                    **counts,
                },
            )
            await self.events.record(connection, event)


async def _locked(
    connection: Transaction, caller: Caller, worker_id: str, company_id: str
) -> Worker:
    """Return the worker, both of whose companies nobody else writes until this is over."""
    await lock_directory(connection, ())  # from here on nobody joins, parts or moves anybody
    refusals = Refusals()
    worker = await find_worker(connection, worker_id)
    if worker is None or not caller.sees(worker.company_id):
        refusals.add(NotFound(Kind.WORKER.words, _WORKER))
    if company_id not in await COMPANIES.find_many(connection, caller.companies, [company_id]):
        refusals.add(NotFound(Kind.COMPANY.words, _COMPANY))
    refusals.raise_any()
    if worker is None:
        raise AssertionError
    if worker.company_id == company_id:
        raise AlreadyInCompany(_COMPANY)
    await lock_calendars(connection, [worker.company_id, company_id])
    await lock_users(connection, None, [worker.user_id] if worker.user_id is not None else [])
    await lock_people(connection, [worker.person_id] if worker.person_id is not None else [])
    return worker


@dataclass(frozen=True, slots=True)
class _Belongings:
    """What names a user or a person, and therefore is of the same company."""

    workweeks: Sequence[Workweek]
    entries: Sequence[TimeOffEntry]
    references: Sequence[ExternalReference]
    records: Sequence[PersonTimeOff]
    acknowledgements: Sequence[DiscrepancyAcknowledgement]

    def changes(self, *, is_gone: bool) -> list[Change]:
        """Return what a feed tells of them: that all are gone, or that all have come."""
        kinds = (
            self.workweeks, self.entries, self.references, self.records, self.acknowledgements
        )  # fmt: skip
        if is_gone:
            return [change(each, None) for kind in reversed(kinds) for each in kind]
        return [change(None, each) for kind in kinds for each in kind]


async def _belongings(connection: Transaction, worker: Worker) -> _Belongings:
    user_id, person_id = worker.user_id, worker.person_id
    workweeks: list[Workweek] = []
    entries: list[TimeOffEntry] = []
    references: list[ExternalReference] = []
    records: list[PersonTimeOff] = []
    if user_id is not None:
        workweeks = await store.own_workweeks(connection, user_id)
        by_user = await ENTRIES.find_by(connection, None, [user_id], "REQUESTED_DATE")
        entries = by_user.get(user_id, [])
        on = await REFERENCES.find_by(connection, None, [each.id for each in entries], "ID")
        references = [each for entry in entries for each in on.get(entry.id, ())]
    if person_id is not None:
        by_person = await PERSON_TIME_OFFS.find_by(connection, None, [person_id], "START_DAY")
        records = by_person.get(person_id, [])
    said = await store.acknowledgements_about(connection, worker)
    return _Belongings(workweeks, entries, references, records, said)


def _moved(belongings: _Belongings, worker: Worker, to: str, at: datetime) -> _Belongings:
    """Return what the worker has in the other company, in new versions: all of it is news there.

    A workweek's id is made of its company. What was acknowledged of the user with another person,
    or the other way round, is of nobody there.
    """
    return _Belongings(
        [
            replace(
                each,
                id=workweek_id(to, each.user_id, each.effective_from),
                company_id=to,
            )
            for each in belongings.workweeks
        ],
        [
            replace(each, company_id=to, updated_at=next_version(each.updated_at, at))
            for each in belongings.entries
        ],
        [
            replace(each, company_id=to, updated_at=max(each.updated_at, at))
            for each in belongings.references
        ],
        [
            replace(each, company_id=to, updated_at=next_version(each.updated_at, at))
            for each in belongings.records
        ],
        [
            replace(each, company_id=to)
            for each in belongings.acknowledgements
            if (each.user_id, each.person_id) == worker.pair
        ],
    )


async def _move_all(
    connection: Transaction, worker: Worker, to: str, at: datetime
) -> tuple[Move, list[Change]]:
    """Store everything in the other company; return how much it was, and what the feeds tell."""
    before = await _belongings(connection, worker)
    after = _moved(before, worker, to, at)
    unsettled = await _unsettled(connection, worker, before)
    humans = await humans_of(connection, worker)
    moved = [moved_human(each, to) for each in humans]
    for noun in (User, Person):
        await change_objects(connection, [each for each in moved if isinstance(each, noun)])
    await directory.remove_workweeks(connection, [each.id for each in before.workweeks])
    await add_objects(connection, after.workweeks)
    for objects in (after.entries, after.references, after.records):
        await change_objects(connection, objects)
    await replace_acknowledgements(connection, before.acknowledgements, after.acknowledgements)
    deleted = 0
    if worker.person_id is not None:
        deleted = await store.move_deleted_records(
            connection, worker.company_id, worker.person_id, to
        )
    if worker.pair:
        await flows.move_mirrored(connection, *worker.pair, to)
    splits = await store.dissolve_splits(connection, worker)
    ended = await erasure.end_access(connection, worker, at)
    of_workers = await _rejoin(connection, worker, moved, to)
    changes = [
        *before.changes(is_gone=True),
        *(each for each in of_workers if each.company_id != to),
        *(change(each, None) for each in humans),
        *(change(None, each) for each in moved),
        *(each for each in of_workers if each.company_id == to),
        *after.changes(is_gone=False),
    ]
    return Move(
        entries=len(after.entries),
        references=len(after.references),
        records=len(after.records) + deleted,
        workweeks=len(after.workweeks),
        acknowledgements=len(after.acknowledgements),
        roles=sum(isinstance(each, User) and each.role_id is not None for each in humans),
        splits=splits,
        sessions=ended.sessions,
        tokens=ended.tokens,
        feeds=ended.feeds,
        overfull_days=await _overfull(connection, after.entries, to),
        unsettled_days=unsettled,
    ), changes


async def _rejoin(
    connection: Transaction, worker: Worker, moved: Sequence[User | Person], to: str
) -> list[Change]:
    """Join anew whoever has their e-mails in either company; who moves as one worker stays one."""
    users = [worker.user_id] if worker.user_id is not None else []
    people = [worker.person_id] if worker.person_id is not None else []
    emails = directory.emails_of(moved)
    gone, come = await directory.rejoin(connection, to, users, people)
    if worker.pair and worker.pair not in {each.pair for each in come}:
        await directory.link(connection, worker.pair)
        parted, joined = await directory.rejoin(connection, to, users, people)
        gone += [each for each in parted if each not in come]
        come = [each for each in come if each not in parted] + joined
    left, stay = await directory.rejoin(connection, worker.company_id, (), (), emails)
    return [
        change(worker, None),
        *worker_changes(left, stay),
        *worker_changes([each for each in gone if each.company_id == to], come),
    ]


async def _overfull(connection: Transaction, entries: Sequence[TimeOffEntry], to: str) -> int:
    if not entries:
        return 0
    user_id, days = entries[0].user_id, [each.requested_date for each in entries]
    found = await calendars(connection, {user_id: to}, DaySpan(min(days), max(days)))
    return overfull_days(entries, found[user_id])


async def _unsettled(connection: Transaction, worker: Worker, before: _Belongings) -> int:
    """Return on how many days hours were mirrored between who moves and who does not."""
    on: dict[int, list[ExternalReference]] = {}
    for each in before.references:
        on.setdefault(each.entry_id, []).append(each)
    unsettled = marks_of_others(worker, before.entries, on)
    if worker.person_id is not None:
        marked = await marked_days(connection, worker.company_id, worker.person_id)
        unsettled += sum(user_id != worker.user_id for user_id, _ in marked)
    return unsettled
