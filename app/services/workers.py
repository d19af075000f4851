"""Joining and separating the two systems' accounts of one human (rule 4.1)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.connections.database import Database, Transaction
from app.db.reading.lists_of_nouns import PEOPLE, USERS
from app.db.reading.workers import find_worker
from app.db.writing import directory as store
from app.db.writing.changes import record_changes
from app.db.writing.locks import lock_calendars, lock_directory
from app.domain.access import Permission
from app.domain.errors import HeldElsewhere, InvalidValue, NotFound, Refusals
from app.domain.identifiers import Kind, person_subject, read_kantata_id, read_text_id, user_subject
from app.domain.joining import Joining
from app.domain.workers import Worker
from app.services.caller import Caller
from app.services.directory.service import worker_changes


@dataclass(frozen=True, slots=True)
class Rejoined:
    """Who was linked or split, and all workers that are others by that, before and after it.

    Of a split ``workers`` are the user's, then the person's; of a link the joined one.
    ``joinings`` tell of all that are now what joins them, or why they are apart.
    """

    workers: Sequence[Worker]
    before: Sequence[Worker]
    after: Sequence[Worker]
    joinings: Mapping[Worker, Joining]


@dataclass(frozen=True, slots=True)
class WorkerService:
    """Link and unlink; both win over e-mails and last."""

    database: Database
    clock: Callable[[], datetime]

    async def joinings(self, workers: Collection[Worker]) -> dict[str, Joining]:
        """Return of workers that the caller has seen what joins them, or why they are apart."""
        of_companies: dict[str, list[Worker]] = defaultdict(list)
        for worker in workers:
            of_companies[worker.company_id].append(worker)
        found: dict[str, Joining] = {}
        async with self.database.reading() as connection:
            for company_id, mine in of_companies.items():
                found |= await store.joinings_of(connection, company_id, mine)
        return found

    async def link(
        self, caller: Caller, user_text: str, person_text: str, *, dry_run: bool = False
    ) -> Rejoined:
        """Make a user and a person one worker, dissolving earlier links and bars of both."""
        caller.require(Permission.WRITE_DIRECTORY)
        refusals = Refusals()
        with refusals.collecting("user_id"):
            user_id = read_kantata_id(Kind.USER, user_text)
        with refusals.collecting("person_id"):
            person_id = read_text_id(Kind.PERSON, person_text)
        refusals.raise_any()
        async with self.database.writing(dry_run=dry_run) as connection:
            await lock_directory(connection, ())  # from here on nobody moves to another company
            user = (await USERS.find_many(connection, caller.companies, [user_id])).get(user_id)
            if user is None:
                raise NotFound(Kind.USER.words, ("user_id",))
            people_seen = await PEOPLE.find_many(connection, caller.companies, [person_id])
            person = people_seen.get(person_id)
            if person is None:
                raise NotFound(Kind.PERSON.words, ("person_id",))
            if person.company_id != user.company_id:
                raise HeldElsewhere(Kind.PERSON.words, ("person_id",), person.company_id)
            await lock_calendars(connection, [user.company_id])
            users, people = await store.partners(connection, [user_id], [person_id])
            await store.link(connection, (user_id, person_id))
            ids = [user_subject(user_id)]
            return await self._rejoin(connection, caller, user.company_id, (users, people), ids)

    async def unlink(self, caller: Caller, worker_text: str, *, dry_run: bool = False) -> Rejoined:
        """Split a worker into its user and its person, and keep the pair apart."""
        caller.require(Permission.WRITE_DIRECTORY)
        refusals = Refusals()
        with refusals.collecting("worker_id"):
            worker_id = read_text_id(Kind.WORKER, worker_text)
        refusals.raise_any()
        async with self.database.writing(dry_run=dry_run) as connection:
            await lock_directory(connection, ())  # from here on nobody moves to another company
            worker = await find_worker(connection, worker_id)
            if worker is None or not caller.sees(worker.company_id):
                raise NotFound(Kind.WORKER.words, ("worker_id",))
            await lock_calendars(connection, [worker.company_id])
            if worker.user_id is None or worker.person_id is None:
                msg = "This worker is known to one system only: there is nothing to split."
                raise InvalidValue(msg, ("worker_id",))
            await store.bar(connection, (worker.user_id, worker.person_id))
            ids = [user_subject(worker.user_id), person_subject(worker.person_id)]
            both = {worker.user_id}, {worker.person_id}
            return await self._rejoin(connection, caller, worker.company_id, both, ids)

    async def _rejoin(
        self,
        connection: Transaction,
        caller: Caller,
        company_id: str,
        named: tuple[Collection[int], Collection[str]],
        ids: Sequence[str],
    ) -> Rejoined:
        """Join anew whom a link or a split touches, record it, and return the workers by id."""
        gone, come = await store.rejoin(connection, company_id, *named)
        changes = worker_changes(gone, come)
        await record_changes(connection, caller.origin, self.clock(), changes)
        workers = [await _get(connection, id_) for id_ in ids]
        now = {*workers, *come}
        found = await store.joinings_of(connection, company_id, now)
        return Rejoined(workers, gone, come, {each: found[each.id] for each in now})


async def _get(connection: Transaction, worker_id: str) -> Worker:
    worker = await find_worker(connection, worker_id)
    if worker is None:
        raise NotFound(Kind.WORKER.words, ("worker_id",))
    return worker
