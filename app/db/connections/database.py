"""Transactions: the only place that knows the engine, for either database."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from pathlib import Path
from time import perf_counter
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncTransaction,
)

from app.db.availability.lock_queues import LOCK_QUEUES, LockQueues
from app.db.availability.outages import note_outage, telling_outages
from app.db.availability.patience import NO_ANSWER, Patience
from app.db.availability.pulse import Pulse
from app.db.availability.writability import READ_ONLY, Writability
from app.db.connections.beats import PostgresBeat, SqliteBeat
from app.db.connections.direct_reads import DirectReads
from app.db.connections.engines import create_engine
from app.db.connections.group_commit import GroupCommit
from app.db.connections.limits import DatabaseLimits
from app.db.connections.noted_statements import note_statements
from app.db.connections.overwriting import overwrite_freed
from app.db.connections.postgresql import parted
from app.db.connections.replica import Replica, ReplicaFirst, noting_position
from app.db.connections.sole import PostgresSole, Sole, SqliteSole, Task
from app.db.connections.wakeups import Bell, PostgresMessages, SqliteMessages, Wakeups
from app.domain.errors import Unavailable
from app.observed import OBSERVED

_log = logging.getLogger(__name__)

Transaction: TypeAlias = AsyncConnection
"""An open transaction. Services take it from here and hand it to what reads and writes."""

CLOSING_SECONDS: Final = 3.0
"""For the connections to be closed politely at the end."""


class Connections(NamedTuple):
    """How many connections are in use, and how many ask for one or wait for their turn to write."""

    in_use: int
    waiting: int


class Database:
    """Hand out one transaction at a time; commit on success, roll back on error.

    An outage is raised as Unavailable. While PostgreSQL is known to be silent nobody waits
    for it: that is so from the moment on in which ``watch`` has found it out.
    """

    replica: Replica | None = None
    """From which requests that only read are answered, if there is one."""

    def __init__(
        self,
        url: str,
        *,
        limits: DatabaseLimits | None = None,
        notes_statements: bool = False,
        fills: bool = False,
        read_url: str | None = None,
    ) -> None:
        limits = limits or DatabaseLimits()
        self._url, self._limits = url, limits
        self._engine = create_engine(url, limits)
        self.is_sqlite = self._engine.dialect.name == "sqlite"
        # SQLite has one writer: here writers queue for it, and are committed together.
        self._writer = (
            GroupCommit(self._engine, limits.wait_seconds, fills=fills) if self.is_sqlite else None
        )
        self.direct = DirectReads(self._engine, self._refuse_if_lost)
        self._beat = SqliteBeat(self._engine.url) if self.is_sqlite else PostgresBeat(url, limits)
        self._wakeups = Wakeups(
            SqliteMessages(self._engine.url) if self.is_sqlite else PostgresMessages(url, limits)
        )
        self._pulse = Pulse(self._look, limits.probe_seconds)
        self._patience = Patience()
        # PostgreSQL's writers wait on their connections for each other, and leave some to readers.
        writers = max(1, limits.pool_size - limits.pool_for_reads)
        self._writers = asyncio.Semaphore(writers)
        self._waiting_writers = 0
        self._writability = Writability()
        self._wait_seconds = limits.wait_seconds
        if notes_statements:
            note_statements(self._engine.sync_engine)
            if self._writer:
                self._writer.note_statements()
        if not self.is_sqlite:
            queues = LockQueues(writers, limits.wait_seconds)
            self._engine.sync_engine.update_execution_options(**{LOCK_QUEUES: queues})
        if read_url is not None:
            engine = create_engine(read_url, limits)
            if notes_statements:
                note_statements(engine.sync_engine)
            self.replica = Replica(read_url, url, engine, limits)
            self.direct = ReplicaFirst(self.direct, self.replica)

    @property
    def engine(self) -> AsyncEngine:
        """For migrations, checks and tests; services open transactions instead."""
        return self._engine

    @property
    def file(self) -> Path | None:
        """The file of an embedded database; None for PostgreSQL."""
        return Path(self._engine.url.database or "") if self.is_sqlite else None

    def sole(self, task: Task = Task.SENDING) -> Sole:
        """Return the lock that one of all processes of this database has at a time."""
        file = self.file
        return SqliteSole(file, task) if file else PostgresSole(self._url, self._limits, task)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads, on the replica if the request may be read there."""
        if self.replica is not None:
            with self.replica.noting_outage():
                async with AsyncExitStack() as stack:
                    connection = await self.replica.enter(stack)
                    if connection is not None:
                        yield connection
                        return
        self._refuse_if_lost()
        with telling_outages(), self._telling_loss(reads=True):
            async with (
                self._patience.bounded(),
                self._engine.connect() as connection,
                connection.begin(),
            ):
                yield connection

    @asynccontextmanager
    async def writing(self, *, dry_run: bool = False) -> AsyncIterator[AsyncConnection]:
        """Open a transaction; leaving it commits, any exception (or ``dry_run``) rolls back.

        A check made here still holds when the write lands: SQLite takes its write lock at
        BEGIN IMMEDIATE; on PostgreSQL services lock the rows that they judge by.
        """
        if self._writer:
            with self._noting_refusals(), telling_outages():
                async with self._writer.writing(dry_run=dry_run) as connection:
                    yield connection
            if not dry_run:
                self._writability.note_stored()
                self._wakeups.committed()
            return
        self._refuse_if_lost()
        with self._noting_refusals(), telling_outages(), self._telling_loss():
            async with (
                self._place_of_writer(),
                self._patience.bounded(),
                self._engine.connect() as connection,
            ):
                transaction = await connection.begin()
                async with undone_unless_left(transaction, dry_run=dry_run):
                    yield connection
                if transaction.is_active:
                    began = perf_counter()
                    with telling_outages(may_be_stored=True), self._telling_loss(commits=True):
                        async with noting_position(connection):
                            await transaction.commit()
                    if (observed := OBSERVED.get()) is not None:
                        observed.note_commit(began)
                    self._writability.note_stored()
                    self._wakeups.committed()

    @asynccontextmanager
    async def _place_of_writer(self) -> AsyncIterator[None]:
        """Wait for one of the connections that writers may have."""
        self._waiting_writers += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._writers.acquire()
        except TimeoutError:
            raise Unavailable("no free connection") from None
        finally:
            self._waiting_writers -= 1
        try:
            yield
        finally:
            self._writers.release()

    async def until_shown(self) -> None:
        """Wait until what is committed is also on the replica, if that is read.

        For whoever is about to tell of it: who hears of a change reads what has changed.
        """
        if self.replica is not None:
            await self.replica.until_there()

    def bell(self) -> AbstractContextManager[Bell]:
        """Return what rings when something may have been committed, by whatever process."""
        return self._wakeups.bell()

    async def ping(self) -> bool:
        """Say whether the database answers, within ``probe_seconds``; all who ask share it."""
        return await self._pulse.answers()

    async def _look(self) -> str | None:
        """Return why it cannot be written to; for the pulse."""
        was_read_only = self.is_read_only
        why = await self._beat.beat()
        self._writability.note_look(why)
        if was_read_only and why is None and not self.is_sqlite:
            # A session is as read-only as the server was when it began.
            self._expire_connections()
        return why

    async def overwrite_freed(self) -> bool | None:
        """Have the file forget the bytes of what is gone; say whether it has.

        None on PostgreSQL, where that is for its operator to do. What hinders it is logged.
        """
        file = self.file
        if file is None:
            return None
        try:
            return await asyncio.to_thread(overwrite_freed, file)
        except sqlite3.Error as error:
            _log.warning("What was erased is still in the database's file: %s.", error)
            return False

    @property
    def is_read_only(self) -> bool:
        """Whether it only reads, as of the last ping: a replica, or a guarded file."""
        return self._pulse.why_unwritable == READ_ONLY

    @property
    def why_unwritable(self) -> str | None:
        """Why nothing can be written, as of the last ping and the last writes; None if it can."""
        return self._writability.why_not(self._pulse.why_unwritable)

    @property
    def was_writable(self) -> bool:
        """Whether it could ever be written to: a replica that is meant for reading never could."""
        return self.is_sqlite or self._writability.was_had

    @property
    def connections(self) -> Connections:
        """How many connections this process uses at this moment, and how many it lacks."""
        pool: Any = self._engine.pool
        writing, waiting = self._writer.load if self._writer else (0, self._waiting_writers)
        return Connections(pool.checkedout() + writing, pool.waiting + waiting)

    @property
    def kind(self) -> str:
        """What it is: `sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @property
    def is_unreachable(self) -> bool:
        """Whether it did not answer the last ping."""
        return self._pulse.is_lost

    @property
    def is_lost(self) -> bool:
        """Whether PostgreSQL is known not to answer."""
        return self._pulse.is_lost and not self.is_sqlite

    async def watch(self) -> None:
        """Notice when PostgreSQL falls silent and when it is back; ends when cancelled."""
        if not self.is_sqlite:
            pool: Any = self._engine.pool
            await self._pulse.keep(
                lambda: pool.checkedout() > 0, self._patience.end_when_silent, self._found_again
            )

    async def close(self) -> None:
        """Close the pool, waiting no longer than CLOSING_SECONDS for a server that is silent."""
        await self._pulse.close()
        await self._wakeups.close()
        if self._writer:
            await self._writer.close()
        self.direct.close()
        await self._beat.close()
        if self.replica is not None:
            await self.replica.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._engine.dispose()
        await parted()

    def was_lost(self, seconds: float) -> bool:
        """Say whether PostgreSQL has been silent at any time in the last seconds."""
        since = asyncio.get_running_loop().time() - seconds
        return self._pulse.was_lost_since(since) and not self.is_sqlite

    def _refuse_if_lost(self) -> None:
        if self.is_lost:
            raise Unavailable(NO_ANSWER)

    @contextmanager
    def _telling_loss(self, *, reads: bool = False, commits: bool = False) -> Iterator[None]:
        """Note for whoever gave up waiting for a silent database that this is why.

        What cancels must not be replaced by an error: somebody might catch it, and go on.
        """
        started = asyncio.get_running_loop().time()
        try:
            yield
        except asyncio.CancelledError as cancelled:
            if self._pulse.was_lost_since(started) and not self.is_sqlite:
                outage = Unavailable(NO_ANSWER, stored=None if commits else False)
                note_outage(cancelled, outage, reads=reads)
            raise

    @contextmanager
    def _noting_refusals(self) -> Iterator[None]:
        """Note an outage that a write has met, for readiness."""
        try:
            yield
        except Unavailable as outage:
            is_refusal = self._writability.note_outage(outage.cause)
            if is_refusal and self._writer:
                self._writer.renew()
            elif is_refusal and self.was_writable:
                # Their sessions may read only although the server has gone back to writing.
                self._expire_connections()
                self._beat.renew()
            raise

    def _found_again(self) -> None:
        self._expire_connections()
        self._patience.end_when_back()

    def _expire_connections(self) -> None:
        """Have the pool replace every connection from before the outage when it is next used."""
        self._engine.pool._invalidate(None)  # type: ignore[arg-type]  # noqa: SLF001 - of all


@asynccontextmanager
async def undone_unless_left(
    transaction: AsyncTransaction, *, dry_run: bool
) -> AsyncIterator[None]:
    """Roll back on any exception, and at the end of a dry run."""
    try:
        yield
        if dry_run:
            await transaction.rollback()
    except BaseException:
        await transaction.rollback()
        raise
