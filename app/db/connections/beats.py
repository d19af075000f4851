"""Probes of a database: does it answer, and may it be written? On a connection kept for that."""

import asyncio
import errno
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from app.db.availability.outages import sqlstate_of
from app.db.availability.unusable import why_not_writable
from app.db.availability.writability import DISK_FULL, READ_ONLY
from app.db.connections.limits import DatabaseLimits
from app.db.connections.postgresql import create_single_engine
from app.db.connections.watched_file import WatchedFile

_TOO_MANY_CONNECTIONS: Final = "53300"

ROOM_BYTES: Final = 64 * 1024
"""That a disk has to have left: SQLite's log and the index of that grow by so much."""

_NO_ROOM: Final = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EROFS: READ_ONLY,
}


class SqliteBeat:
    """Reads from the file."""

    def __init__(self, url: URL) -> None:
        self._file = WatchedFile(url, "beat")

    async def beat(self) -> str | None:
        """Return why it cannot be written to. Raises the driver's error if it does not answer."""
        return await self._file.read(self._why_unwritable)

    def renew(self) -> None:
        """Do nothing: each look is at the file as it is."""

    async def close(self) -> None:
        """Give the connection back, unless it is kept."""
        await self._file.close()

    def _why_unwritable(self, connection: sqlite3.Connection) -> str | None:
        # The schema's version is in the file: SELECT 1 would not look at it.
        connection.execute("PRAGMA schema_version").fetchone()
        path = Path(self._file.path)
        return READ_ONLY if why_not_writable(path) is not None else _why_no_room(path.parent)


class PostgresBeat:
    """Takes the one connection of a pool, which is looked at, and replaced if it is lost."""

    def __init__(self, url: str, limits: DatabaseLimits) -> None:
        self._engine = create_single_engine(url, limits.connect_seconds)

    async def beat(self) -> str | None:
        """Return why it cannot be written to. Raises the driver's error if it does not answer."""
        try:
            async with self._engine.connect() as connection:
                answer = await connection.execute(text("SHOW transaction_read_only"))
                is_read_only = bool(answer.scalar_one() == "on")
        except DBAPIError as error:
            # It has no place for us, but it answers: who has a connection is served.
            if sqlstate_of(error) != _TOO_MANY_CONNECTIONS:
                raise
            return None
        if is_read_only:
            self.renew()
        return READ_ONLY if is_read_only else None

    def renew(self) -> None:
        """Look by a new connection the next time: a setting may be one of new sessions only."""
        self._engine.pool._invalidate(None)  # type: ignore[arg-type]  # noqa: SLF001 - of all

    async def close(self) -> None:
        """Give the connection back."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._engine.dispose()


def _why_no_room(folder: Path) -> str | None:
    """Return why there is no room for what SQLite writes: some is set aside, and given back.

    What the system says of its free space leaves out a user's quota.
    """
    if not hasattr(os, "posix_fallocate"):  # macOS
        return None
    try:
        with TemporaryFile(dir=folder, buffering=0) as file:  # on Linux without a name
            os.posix_fallocate(file.fileno(), 0, ROOM_BYTES)
    except OSError as error:
        return _NO_ROOM.get(error.errno or 0)
    return None
