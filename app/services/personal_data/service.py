"""What people may ask of who keeps their data: all of it, and its erasure (rule 4.7)."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from app.db.connections.database import Database, Transaction
from app.db.connections.overwriting import note_more
from app.db.reading.personal_data import Reach
from app.db.reading.workers import find_worker
from app.domain.access import Permission
from app.domain.access_events import AccessEventKind
from app.domain.erasure import REMAINS, Erasure
from app.domain.errors import NotFound, TimeOffError, Unavailable
from app.domain.identifiers import Kind, node_id, read_text_id
from app.domain.workers import Worker
from app.services.access.events import AccessEvents
from app.services.access.once import is_told
from app.services.caller import Caller
from app.services.personal_data import erasing
from app.services.personal_data.gathering import gather

_PATH: Final = ("worker_id",)
_IN_POSTGRESQL: Final = (
    "PostgreSQL's files have the rows as they were until they are overwritten: run VACUUM FULL in "
    "a quiet hour. Its log, its archives and its replicas have them for as long as they are kept."
)
_IN_SQLITE: Final = (
    "The database's file still has the bytes: it was in use for too long, or the disk is full. "
    "Erase once more when that is over."
)
_NOT_LOOKED_OVER: Final = (
    "The database was lost before what is kept could be looked through once more, for who was "
    "named meanwhile. Erase once more when it is back."
)
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ErasedWorker:
    """The worker as it was and as it stays, how much has gone, and what is out of reach."""

    was: Worker
    worker: Worker
    erased: Erasure
    remains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonalDataService:
    """Give somebody all that is kept about them; erase them."""

    database: Database
    clock: Callable[[], datetime]
    events: AccessEvents

    async def of_worker(self, caller: Caller, worker_text: str) -> dict[str, Any] | None:
        """Return all that is kept about the worker as JSON; None where there is no such worker.

        Who asked is an access event.
        """
        caller.require(Permission.MANAGE_PERSONAL_DATA)
        try:
            worker_id = _read_worker(worker_text)
            async with self.database.reading() as connection:
                worker = await _get(connection, caller, worker_id)
                reach = Reach(caller.companies, of_none=False)
                named = await erasing.find_named(connection, worker, reach)
                told = await gather(connection, named)
        except NotFound:
            return None
        self._note_given(caller, worker)
        return told

    async def erase(
        self, caller: Caller, worker_text: str, *, dry_run: bool = False
    ) -> ErasedWorker:
        """Erase the worker: its names, e-mails and reasons; its hours stay. Again changes nothing.

        Of a dry run it is how much would go. Raises NotFound, or NotPermitted.
        """
        caller.require(Permission.MANAGE_PERSONAL_DATA)
        worker_id = _read_worker(worker_text)
        reach = Reach(caller.companies, of_none=True)
        for rounds_left in reversed(range(erasing.MOST_ROUNDS)):
            # Where somebody is named is looked for before the lock is taken: that takes long.
            async with self.database.reading() as connection:
                worker = await _get(connection, caller, worker_id)
                named = await erasing.find_erasable(connection, worker, reach)
            async with self.database.writing(dry_run=dry_run) as connection:
                await erasing.lock_worker(connection, named.worker)
                worker = await _get(connection, caller, worker_id)
                if not await erasing.is_as_found(connection, worker, named):
                    if rounds_left:
                        continue
                    named = await erasing.find_erasable(connection, worker, reach)
                stays, erased = await erasing.erase(connection, caller, named, self.clock())
                if not erased.is_nothing:
                    await self._record(connection, caller, stays, erased)
            break
        if dry_run:
            return ErasedWorker(named.worker, stays, erased, REMAINS)
        missed: tuple[str, ...] = ()
        try:
            erased = await self._erase_rest(named, erased)
        except Unavailable as outage:  # what was asked for is stored already
            _log.warning("An erasure is stored, and was not looked over: %s.", outage.cause)
            missed = (_NOT_LOOKED_OVER,)
        remains = (*missed, *await self._in_files(), *REMAINS)
        return ErasedWorker(named.worker, stays, erased, remains)

    async def _erase_rest(self, named: erasing.Named, erased: Erasure) -> Erasure:
        """Look once more: somebody may have been named while the tables were read."""
        for _ in range(erasing.MOST_ROUNDS):
            async with self.database.reading() as connection:
                rest = await erasing.find_rest(connection, named)
            if not rest.places and not rest.messages and not rest.answers:
                break
            async with self.database.writing() as connection:
                more = await erasing.erase_rest(connection, rest)
            if more.is_nothing:  # parts of longer words
                break
            erased = replace(
                erased,
                texts=erased.texts + more.texts,
                changes=erased.changes + more.changes,
                answers=erased.answers + more.answers,
            )
            note_more()
        return erased

    async def _in_files(self) -> tuple[str, ...]:
        """Overwrite the bytes; return what is to be done where they stay."""
        match await self.database.overwrite_freed():
            case None:
                return (_IN_POSTGRESQL,)
            case False:
                return (_IN_SQLITE,)
            case True:
                return ()

    def _note_given(self, caller: Caller, worker: Worker) -> None:
        """Have it stored who was given whose data: it is read where nothing can be written, too."""
        if is_told((AccessEventKind.EXPORTED, worker.id)):
            return
        event = self.events.event_of(
            caller,
            AccessEventKind.EXPORTED,
            company_id=worker.company_id,
            details={"format": "JSON", "workerId": node_id(Kind.WORKER, worker.id)},
        )
        self.events.note(event)

    async def _record(
        self, connection: Transaction, caller: Caller, worker: Worker, erased: Erasure
    ) -> None:
        """Store who has erased whom: by an id, and without a name."""
        event = self.events.event_of(
            caller,
            AccessEventKind.PERSON_ERASED,
            company_id=worker.company_id,
            details={"workerId": node_id(Kind.WORKER, worker.id), **asdict(erased)},
        )
        await self.events.record(connection, event)


def _read_worker(text: str) -> str:
    try:
        return read_text_id(Kind.WORKER, text)
    except TimeOffError as refusal:
        raise refusal.below(*_PATH) from None


async def _get(connection: Transaction, caller: Caller, worker_id: str) -> Worker:
    worker = await find_worker(connection, worker_id)
    if worker is None or not caller.sees(worker.company_id):
        raise NotFound(Kind.WORKER.words, _PATH)
    return worker
