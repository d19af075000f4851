"""The only place that knows the engine, and how a transaction opens."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from app.db.direct import DirectReads
from app.db.group_commit import GroupCommit
from app.db.sqlite import BUSY_SECONDS, open_sqlite


class Database:
    """Hand out one transaction at a time; commit on success, roll back on error."""

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self._engine = create_engine(url, pool_size=pool_size)
        self.is_sqlite = self._engine.dialect.name == "sqlite"
        # SQLite has one writer: here writers queue for it, and are committed together.
        self._writer = GroupCommit(self._engine) if self.is_sqlite else None
        self.direct = DirectReads(self._engine)

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
        if self._writer:
            async with self._writer.writing(dry_run=dry_run) as connection:
                yield connection
            return
        async with self._engine.connect() as connection, connection.begin() as transaction:
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
        if self._writer:
            await self._writer.close()
        self.direct.close()
        await self._engine.dispose()


def create_engine(url: str, *, pool_size: int = 5) -> AsyncEngine:
    """Return the engine of either database, with our way to connect and to begin.

    Its errors never name parameters: a reason may be among them.
    """
    if url.startswith("sqlite"):
        engine = create_async_engine(url, pool_size=pool_size, hide_parameters=True)
        event.listen(engine.sync_engine, "connect", open_sqlite)
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
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            await_only(asyncio.sleep(0))  # where a cancelled task ends
        else:
            return
