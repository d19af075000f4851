"""Probes of a database: does it answer, and may it be written? On a connection kept for that."""

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from app.db.availability.outages import sqlstate_of
from app.db.availability.unusable import why_not_writable
from app.db.connections.limits import DatabaseLimits
from app.db.connections.postgresql import create_single_engine
from app.db.connections.watched_file import WatchedFile

_TOO_MANY_CONNECTIONS: Final = "53300"


class SqliteBeat:
    """Reads from the file."""

    def __init__(self, url: URL) -> None:
        self._file = WatchedFile(url, "beat")

    async def beat(self) -> bool:
        """Return whether it is read-only. Raises the driver's error if it does not answer."""
        return await self._file.read(self._is_read_only)

    async def close(self) -> None:
        """Give the connection back, unless it is kept."""
        await self._file.close()

    def _is_read_only(self, connection: sqlite3.Connection) -> bool:
        # The schema's version is in the file: SELECT 1 would not look at it.
        connection.execute("PRAGMA schema_version").fetchone()
        return why_not_writable(Path(self._file.path)) is not None


class PostgresBeat:
    """Takes the one connection of a pool, which is looked at, and replaced if it is lost."""

    def __init__(self, url: str, limits: DatabaseLimits) -> None:
        self._engine = create_single_engine(url, limits.connect_seconds)

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
