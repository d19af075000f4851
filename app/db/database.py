"""The only place that knows the engine, and how a transaction opens."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from sqlalchemy import Connection, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import await_only

SQLITE_BUSY_SECONDS: Final = 30
"""How long a writer waits for another process's transaction."""

SQLITE_UNINTERRUPTED_MS: Final = 250
"""How much of it at a time: inside SQLite nobody can stop waiting."""

_SQLITE_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    # An acknowledged write survives the loss of power, not only the end of the process.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # 16 MiB a connection, where 2 would be the default.
    "PRAGMA cache_size = -16384",
    f"PRAGMA busy_timeout = {SQLITE_UNINTERRUPTED_MS}",
)


class Database:
    """Hand out one transaction at a time; commit on success, roll back on error."""

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self._engine = create_engine(url, pool_size=pool_size)
        self.is_sqlite = self._engine.dialect.name == "sqlite"
        # SQLite has one writer. Waiting here is fair and costs nothing; waiting in SQLite
        # is a poll, so only other processes are met there.
        self._writer = asyncio.Lock() if self.is_sqlite else None

    @property
    def engine(self) -> AsyncEngine:
        """For migrations, checks and tests; services open transactions instead."""
        return self._engine

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads."""
        async with self._engine.connect() as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def writing(self, *, dry_run: bool = False) -> AsyncIterator[AsyncConnection]:
        """Open a transaction; leaving it commits, any exception (or ``dry_run``) rolls back.

        A check made here still holds when the write lands: SQLite takes its write lock at
        BEGIN IMMEDIATE; on PostgreSQL services lock the rows that they judge by.
        """
        async with AsyncExitStack() as stack:
            if self._writer:
                await stack.enter_async_context(self._writer)
            connection = await stack.enter_async_context(self._engine.connect())
            await connection.execution_options(begin="BEGIN IMMEDIATE")
            transaction = await stack.enter_async_context(connection.begin())
            yield connection
            if dry_run:
                await transaction.rollback()

    async def ping(self) -> bool:
        """Say whether the database answers."""
        try:
            async with self.reading() as connection:
                await connection.execute(text("SELECT 1"))
        except (DBAPIError, OSError):
            return False
        return True

    async def close(self) -> None:
        """Give every connection back."""
        await self._engine.dispose()


def create_engine(url: str, *, pool_size: int = 5) -> AsyncEngine:
    """Return the engine of either database, with our way to connect and to begin.

    Its errors never name parameters: a reason may be among them.
    """
    if url.startswith("sqlite"):
        engine = create_async_engine(url, pool_size=pool_size, hide_parameters=True)
        event.listen(engine.sync_engine, "connect", _open_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        event.listen(engine.sync_engine, "invalidate", _roll_back_sqlite)
        return engine
    return create_async_engine(
        url,
        pool_size=pool_size,
        hide_parameters=True,
        # A connection that the server closed meanwhile is replaced, not handed to a caller.
        pool_pre_ping=True,
    )


def _open_sqlite(driver: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver's own transactions start too late (at the first write); ours are explicit.
    driver.isolation_level = None
    cursor = driver.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options: dict[str, Any] = dict(connection.get_execution_options())
    cursor = connection.connection.cursor()
    try:
        _execute_when_free(cursor, options.get("begin", "BEGIN"))
    finally:
        cursor.close()


def _roll_back_sqlite(driver: DBAPIConnection, *_: object) -> None:
    # Of a task that was cancelled in the middle of a statement. SQLite keeps a closed
    # connection, and its write lock, until the last of its statements is collected.
    driver.rollback()


def _execute_when_free(cursor: DBAPICursor, statement: str) -> None:
    """Wait for another process's transaction, so that a deadline can end the waiting."""
    until = time.monotonic() + SQLITE_BUSY_SECONDS
    while True:
        try:
            cursor.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            await_only(asyncio.sleep(0))  # where a cancelled task ends
        else:
            return
