"""SQLite's one writer: what many transactions wrote is made durable by one commit.

Writers take turns, first come first served. A turn is a part of the group's transaction: a
savepoint, so that it can be taken back by itself. The group is committed when nobody waits
for a turn, or when it is full, and only then does any of its writers go on.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from sqlalchemy import RootTransaction
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.availability.outages import TransactionLost, telling_outages
from app.db.connections.noted_statements import note_statements
from app.db.connections.sqlite import BUSY_SECONDS, InlineConnection, create_writing_engine
from app.observed import OBSERVED

POLL_SECONDS: Final = 0.002
"""How often a writer looks whether another process's transaction has ended."""
PARTS_OF_A_GROUP: Final = 64
SECONDS_OF_A_GROUP: Final = 0.05
"""Whoever came first waits no longer for those who come after."""


@dataclass(slots=True)
class _Group:
    """One SQLite transaction that several writers fill in turn, a savepoint each."""

    connection: InlineConnection
    transaction: RootTransaction
    opened: float
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    """Those whose turn is over: they go on when it is committed."""

    def is_full(self, now: float) -> bool:
        """Say whether who came first has waited long enough for those who came after."""
        return len(self.waiting) >= PARTS_OF_A_GROUP or now > self.opened + SECONDS_OF_A_GROUP

    def join(self) -> asyncio.Future[None]:
        """Return a future: done when the group's COMMIT is durable, failed if that was lost."""
        ended = asyncio.get_running_loop().create_future()
        self.waiting.append(ended)
        return ended

    def refuse_loss(self) -> None:
        """Raise where SQLite has ended the transaction by itself: the disk was full, say."""
        if not self.connection.driver.in_transaction:
            raise TransactionLost

    def commit(self) -> None:
        """COMMIT, which waits for the disk. Raises Unavailable, with the outcome unknown."""
        self.refuse_loss()
        with telling_outages(may_be_stored=True):
            self.transaction.commit()

    def end(self, error: BaseException | None = None) -> None:
        """Resolve the futures of all who wait for the commit, with the error if there is one."""
        for each in self.waiting:
            if each.done():
                continue  # cancelled meanwhile
            if error is None:
                each.set_result(None)
            else:
                each.set_exception(error)
                each.exception()  # told, also where its writer was cancelled


class GroupCommit:
    """Gives writers their turns, one at a time, and commits what several wrote at once."""

    def __init__(
        self, engine: AsyncEngine, lock_seconds: float = BUSY_SECONDS, *, fills: bool = False
    ) -> None:
        self._engine = engine
        self._lock_seconds = lock_seconds
        self._writing_engine = create_writing_engine(engine.url, fills=fills)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._connection: InlineConnection | None = None
        self._group: _Group | None = None
        self._committing: asyncio.Task[None] | None = None
        self._is_taken = False
        self._is_old = False
        self._queue: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def writing(self, *, dry_run: bool) -> AsyncIterator[AsyncConnection]:
        """Open a savepoint when it is our turn; leaving it waits until the group is committed.

        Any exception, and a dry run, takes back this part alone.
        """
        ended: asyncio.Future[None] | None = None
        # Counted from here: whoever waits behind others has waited for the same lock.
        until = asyncio.get_running_loop().time() + self._lock_seconds
        try:
            await self._take_turn()
            try:
                group = self._group = self._group or await self._begin(until)
                with self._part(group, dry_run=dry_run):
                    yield group.connection
            finally:
                if self._group is not None:
                    ended = self._group.join()
                self._end_turn()
        except Exception:
            # It has read what others had just written: its refusal is as certain as that.
            if ended is not None:
                await ended
            raise
        if ended is not None:
            began = perf_counter()
            await ended
            if (observed := OBSERVED.get()) is not None:
                observed.note_commit(began)

    def renew(self) -> None:
        """Have the next group opened on a new connection.

        One that was opened when the file was read-only is so for its whole life.
        """
        self._is_old = True

    def note_statements(self) -> None:
        """Have requests told of their statements."""
        note_statements(self._writing_engine)

    @property
    def load(self) -> tuple[int, int]:
        """How many write at this moment, one or none, and how many wait for their turn."""
        return int(self._is_taken), sum(not each.done() for each in self._queue)

    async def close(self) -> None:
        """Wait for the commit that is under way, then close the connection."""
        if self._committing:
            await asyncio.wait([self._committing])
        if not self._is_taken:
            self._discard_connection()
        self._thread.shutdown(wait=False)

    # A part

    @contextmanager
    def _part(self, group: _Group, *, dry_run: bool) -> Iterator[None]:
        is_first = not group.waiting
        driver = group.connection.driver
        try:
            if not is_first:
                driver.execute("SAVEPOINT part")
            yield
            group.refuse_loss()
            if dry_run:
                self._take_back(group, is_first=is_first)
            elif not is_first:
                driver.execute("RELEASE part")
        except BaseException:
            self._take_back(group, is_first=is_first)
            raise

    def _take_back(self, group: _Group, *, is_first: bool) -> None:
        """Roll back to the savepoint; the whole group if that fails or nobody else wrote."""
        try:
            if is_first:
                group.transaction.rollback()
            else:
                group.refuse_loss()
                group.connection.driver.execute("ROLLBACK TO part")
                group.connection.driver.execute("RELEASE part")
                return
        except (SQLAlchemyError, sqlite3.Error, TransactionLost) as error:
            self._discard_connection()
            group.end(error)
        self._group = None

    # Turns

    async def _take_turn(self) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        place = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # the turn had just been passed on to it
                self._end_turn()
            raise

    def _end_turn(self) -> None:
        """Pass the turn on to the next writer, or to the commit of the group."""
        while self._queue and self._queue[0].done():
            self._queue.popleft()  # cancelled while it waited
        loop = asyncio.get_running_loop()
        if self._group and (not self._queue or self._group.is_full(loop.time())):
            self._committing = loop.create_task(self._commit(self._group))
            self._group = None
        elif self._queue:
            self._queue.popleft().set_result(None)
        else:
            self._is_taken = False

    # A group

    async def _begin(self, until: float) -> _Group:
        if self._is_old:
            self._discard_connection()
        if self._connection is None:
            sync = self._writing_engine.connect()
            self._connection = InlineConnection(self._engine, sync)
        connection = self._connection
        try:
            await self._begin_when_free(connection.driver, until)
            return _Group(connection, connection.begun(), asyncio.get_running_loop().time())
        except (SQLAlchemyError, sqlite3.Error):
            self._discard_connection()
            raise

    async def _begin_when_free(self, driver: sqlite3.Connection, until: float) -> None:
        """BEGIN IMMEDIATE, which takes the write lock: what is read stays true until the end."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not is_busy or loop.time() > until:
                    raise
            else:
                return
            # Processes take their chances: what follows a commit gives each of them one.
            await asyncio.sleep(POLL_SECONDS)

    async def _commit(self, group: _Group) -> None:
        """Commit in a thread: others are read to meanwhile, and queue for the next group.

        A task of its own, which no writer's deadline ends.
        """
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, group.commit)
        except BaseException as error:
            self._discard_connection()
            group.end(error)
            if not isinstance(error, Exception):
                raise
        else:
            group.end()
        finally:
            self._end_turn()

    def _discard_connection(self) -> None:
        """Close the connection; the next group gets a new one."""
        self._is_old = False
        connection, self._connection = self._connection, None
        if connection:
            with suppress(SQLAlchemyError, sqlite3.Error):
                connection.end()
