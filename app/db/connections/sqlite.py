"""SQLite's connections: what each is set to, and one that computes in the event loop."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, Final
from weakref import WeakSet

import aiosqlite
import orjson
from sqlalchemy import (
    Connection,
    CursorResult,
    Engine,
    Executable,
    NullPool,
    RootTransaction,
    event,
)
from sqlalchemy import create_engine as create_sync_engine
from sqlalchemy.engine import URL
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import await_only

BUSY_SECONDS: Final = 30
"""How long a writer waits for another process's transaction."""

OPENING_MS: Final = 250
"""How long a statement waits where nobody holds a lock for long, such as in opening."""

SECONDS_AT_A_TIME: Final = 0.01
"""A write that takes longer lets others go on between its statements."""

PRAGMAS_TO_READ: Final = (
    # 16 MiB a connection, where 2 would be the default.
    "PRAGMA cache_size = -16384",
    # What is read beyond is the system's own copy, not one more of ours; of no larger part
    # of a file than SQLite is usually built for.
    "PRAGMA mmap_size = 0x7fff0000",
)
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {OPENING_MS}",
    "PRAGMA journal_mode = WAL",
    # An acknowledged write survives the loss of power, not only the end of the process.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    *PRAGMAS_TO_READ,
)
_PRAGMAS_OF_THE_WRITER: Final = (
    # The log is written back every 32 MiB: a page that many commits changed, only once.
    "PRAGMA wal_autocheckpoint = 8192",
    # What a savepoint may have to restore is kept in memory, not in a file.
    "PRAGMA temp_store = MEMORY",
    # Nobody can stop who waits inside SQLite, so a writer waits outside.
    "PRAGMA busy_timeout = 0",
)


def json_text(value: object) -> str:
    """Return a value of a JSON column as text."""
    return orjson.dumps(value).decode()


def open_sqlite(driver: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Set a new connection's pragmas; listens for an engine's ``connect``."""
    # The driver's own transactions start too late (at the first write); ours are explicit.
    driver.isolation_level = None
    _set(driver, _PRAGMAS)


class KeptCursors(sqlite3.Connection):
    """A connection that knows its open cursors: what must be closed before it can roll back."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - of sqlite3
        super().__init__(*args, **options)
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    # The overloads that it stands for say the same at length.
    def cursor(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        """Return a new cursor, as ``sqlite3.Connection.cursor`` does."""
        cursor = super().cursor(*args, **options)
        self._cursors.add(cursor)
        return cursor

    def give_up(self) -> None:
        """End what is open and roll back.

        A statement that still has rows to give holds SQLite's interrupt, by which the rollback
        itself would fail: "any new SQL statements that are started after the sqlite3_interrupt()
        call and before the running statement count reaches zero are interrupted".
        """
        for cursor in tuple(self._cursors):
            cursor.close()
        self.rollback()


def roll_back_sqlite(driver: DBAPIConnection, *_: object) -> None:
    """Take back what a task did that was cancelled in a statement; for ``invalidate``.

    SQLite keeps a closed connection, and its write lock, until the last of its statements is
    collected. The statement itself goes on in its thread until it is interrupted.
    """
    waited = driver.driver_connection
    running: KeptCursors | None = waited._connection  # noqa: SLF001
    if running is None:
        return
    running.interrupt()
    # The connection is closed next, and with no cursor open that too lets go of what it holds:
    # who is here has an error to raise, or is cancelled, and must hear of that.
    with suppress(ValueError, sqlite3.Error):  # closed already; the file cannot be read
        await_only(waited._execute(running.give_up))  # noqa: SLF001


class StoppedOnce(aiosqlite.Connection):
    """A connection whose thread is told once to stop.

    A task that is cancelled in a statement, and again while that is cleared up, tells it twice.
    The thread hears only the first, and the driver would wait for the second for ever.
    """

    _is_stopped = False

    def stop(self) -> asyncio.Future[Any] | None:
        """Stop the thread; return what is there when it has, or None if that is under way."""
        if self._is_stopped:
            return None
        self._is_stopped = True
        return super().stop()


def new_connection(path: str, **options: Any) -> StoppedOnce:  # noqa: ANN401 - of sqlite3
    """Return a connection to await: as ``aiosqlite.connect``, of our class."""
    connection = StoppedOnce(
        lambda: sqlite3.connect(path, factory=KeptCursors, **options), iter_chunk_size=64
    )
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy sets it
    return connection


def create_writing_engine(url: URL, *, fills: bool = False) -> Engine:
    """Return the engine of the one connection that writes: it waits for nothing.

    One that ``fills`` a database sorts in files beside it, not in memory: it may be of any size.
    """
    engine = create_sync_engine(
        url.set(drivername="sqlite+pysqlite"),
        poolclass=NullPool,
        hide_parameters=True,
        json_serializer=json_text,
        json_deserializer=orjson.loads,
        connect_args={"check_same_thread": False, "cached_statements": 512},
    )
    event.listen(engine, "connect", open_sqlite)
    event.listen(engine, "connect", lambda driver, _: _set(driver, _PRAGMAS_OF_THE_WRITER))
    if fills:
        folder = str(Path(url.database or "").absolute().parent).replace("'", "''")
        in_files = ("PRAGMA temp_store = FILE", f"PRAGMA temp_store_directory = '{folder}'")
        event.listen(engine, "connect", lambda driver, _: _set(driver, in_files))
    return engine


def _set(driver: DBAPIConnection, pragmas: Sequence[str]) -> None:
    cursor = driver.cursor()
    for pragma in pragmas:
        cursor.execute(pragma)
    cursor.close()


class InlineConnection(AsyncConnection):
    """A connection whose statements are carried out at once, in the event loop.

    For statements of bounded cost: handing one to a thread costs more than most of them.
    None is ever cut in the middle by a cancelled task; between two of them others go on
    when that is due.
    """

    def __init__(self, engine: AsyncEngine, connection: Connection) -> None:
        super().__init__(engine, connection)
        self._connection = connection
        driver = connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise TypeError(driver)
        self.driver = driver
        self._others_went_on = monotonic()

    # The overloads that it stands for say the same at length.
    async def execute(
        self,
        statement: Executable,
        parameters: Any = None,  # noqa: ANN401
        **options: Any,  # noqa: ANN401
    ) -> CursorResult[Any]:
        """Run a statement and fetch all its rows at once, so that no cursor stays open."""
        result = self._connection.execute(statement, parameters, **options)
        if result.returns_rows:
            result.cursor_strategy = FullyBufferedCursorFetchStrategy(result.cursor)
        await self._let_others_go_on()
        return result

    async def exec_driver_sql(
        self,
        statement: str,
        parameters: Any = None,  # noqa: ANN401
        execution_options: Any = None,  # noqa: ANN401
    ) -> CursorResult[Any]:
        """Run SQL text with parameters as sqlite3 takes them, past SQLAlchemy's compiler."""
        result = self._connection.exec_driver_sql(statement, parameters, execution_options)
        await self._let_others_go_on()
        return result

    async def _let_others_go_on(self) -> None:
        if monotonic() > self._others_went_on + SECONDS_AT_A_TIME:
            await asyncio.sleep(0)
            self._others_went_on = monotonic()

    def begun(self) -> RootTransaction:
        """Return the transaction that the driver has begun."""
        self._others_went_on = monotonic()
        return self._connection.begin()

    def end(self) -> None:
        """Close the connection; SQLite rolls back what is open."""
        self._connection.invalidate()
        self._connection.close()
