"""Probes of a database: does it answer, and may it be written? On a connection kept for that."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from app.db.availability.outages import sqlstate_of
from app.db.availability.unusable import why_not_writable
from app.db.connections.limits import DatabaseLimits
from app.db.connections.postgresql import create_postgres_engine

_TOO_MANY_CONNECTIONS: Final = "53300"


class SqliteBeat:
    """Reads from the file, in a thread of its own: a file system may keep one for ever."""

    def __init__(self, url: URL) -> None:
        self._file = url.database or ""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="beat")
        self._connection: sqlite3.Connection | None = None

    async def beat(self) -> bool:
        """Return whether it is read-only. Raises the driver's error if it does not answer."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read)

    async def close(self) -> None:
        """Give the connection back, unless it is kept."""
        with suppress(RuntimeError):  # closed before
            self._thread.submit(self._close)
        self._thread.shutdown(wait=False)

    def _read(self) -> bool:
        if self._connection is None:
            self._connection = sqlite3.connect(f"file:{self._file}?mode=rw", uri=True, timeout=0)
        try:
            # The schema's version is in the file: SELECT 1 would not look at it.
            self._connection.execute("PRAGMA schema_version").fetchone()
        except sqlite3.Error:
            self._close()
            raise
        return why_not_writable(Path(self._file)) is not None

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresBeat:
    """Takes the one connection of a pool, which is looked at, and replaced if it is lost."""

    def __init__(self, url: str, limits: DatabaseLimits) -> None:
        self._engine = create_postgres_engine(
            url, limits.connect_seconds, pool_size=1, max_overflow=0, hide_parameters=True
        )

    async def beat(self) -> bool:
        """Return whether it is read-only. Raises the driver's error if it does not answer."""
        try:
            async with self._engine.connect() as connection:
                answer = await connection.execute(text("SHOW transaction_read_only"))
                return bool(answer.scalar_one() == "on")
        except DBAPIError as error:
            # It has no place for us, but it answers: who has a connection is served.
            if sqlstate_of(error) != _TOO_MANY_CONNECTIONS:
                raise
            return False

    async def close(self) -> None:
        """Give the connection back."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._engine.dispose()
