"""What only one of all processes that share a database does at a time.

Whoever is ended, however, is followed by another at once: the lock is a part of a connection, or of
an open file, which the system takes from a process that is gone.
"""

import asyncio
import errno
import fcntl
import logging
import os
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.availability.outages import outage_of, telling_outages
from app.db.connections.files import OWNER_ONLY_FILE
from app.db.connections.limits import DatabaseLimits
from app.db.connections.postgresql import create_single_engine, is_pooled

_log = logging.getLogger(__name__)

SOLE_LOCK: Final = 7_202_611_215_514_378
"""PostgreSQL's advisory lock: any constant will do that no other lock has."""


class Task(Enum):
    """What one process does for all; the value is the end of the name of SQLite's lock file."""

    SENDING = "-sender"
    FORGETTING = "-forgetter"
    DRIVING = "-driver"
    CARRYING = "-carrier"

    @property
    def key(self) -> int:
        """The advisory lock on PostgreSQL."""
        return SOLE_LOCK + list(Task).index(self)

    @property
    def is_sound_at_once(self) -> bool:
        """Whether several may do it at a time: it is one's to spare the others the work."""
        return self is Task.FORGETTING


ANSWER_SECONDS: Final = 3.0
"""A server that says nothing for so long may have given the lock to somebody else."""

_NOTICED_SOON: Final = (
    # A machine that is gone says nothing; by default its connection lives on for two hours.
    "SET tcp_keepalives_idle = 3",
    "SET tcp_keepalives_interval = 2",
    "SET tcp_keepalives_count = 2",
)

_OPEN_FOR_LONG: Final = "SET LOCAL idle_in_transaction_session_timeout = 0"
"""A server that ends transactions which do nothing is to leave this one."""


class Sole(Protocol):
    """A lock that one process has at a time."""

    async def take(self) -> bool:
        """Take the lock if nobody has it, and say whether it is ours now."""

    async def is_held(self) -> bool:
        """Say whether it is still ours, having looked."""

    async def release(self) -> None:
        """Give it back; again does nothing."""


class SqliteSole:
    """A lock on a file beside the database."""

    def __init__(self, database: Path, task: Task) -> None:
        self._path, self._task = database.with_name(database.name + task.value), task
        self._file: int | None = None
        self._is_told = False

    async def take(self) -> bool:
        """Take the lock if nobody has it, and say whether it is ours now.

        Where it cannot be had at all, by nobody's holding it, what is sound at once may be done.
        """
        if self._file is not None:
            return await self.is_held()
        try:
            opened = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, OWNER_ONLY_FILE)
        except OSError as error:
            return self._may_go_without(error)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(opened)
            return False
        except OSError as error:
            os.close(opened)
            return self._may_go_without(error)
        self._file = opened
        return await self.is_held()

    def _may_go_without(self, error: OSError) -> bool:
        """Say whether to go on though there is no lock to be had: another user's file, say."""
        if error.errno == errno.EROFS:
            return False  # nothing is to be done in a folder that is only read
        if not self._is_told:
            self._is_told = True
            goes_on = "goes on without it" if self._task.is_sound_at_once else "is not done here"
            _log.warning(
                "%s cannot be locked (%s): %s %s.",
                *(self._path, error.strerror, self._task.name.lower(), goes_on),
            )
        return self._task.is_sound_at_once

    async def is_held(self) -> bool:
        """Say whether it is still ours: the file may have been removed, and made again."""
        if self._file is None:
            return False
        try:
            is_there = os.path.samestat(os.fstat(self._file), self._path.stat())
        except OSError:
            is_there = False
        if not is_there:
            await self.release()
        return is_there

    async def release(self) -> None:
        """Give it back; again does nothing."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class PostgresSole:
    """An advisory lock of a session that is kept for it, and for nothing else.

    Behind a pooler it is one of a transaction, which stays open.
    """

    def __init__(self, url: str, limits: DatabaseLimits, task: Task) -> None:
        self._url, self._limits, self._key = url, limits, task.key
        self._connection: AsyncConnection | None = None
        self._taking = text("")
        self._is_held = False

    async def take(self) -> bool:
        """Take the lock if nobody has it, and say whether it is ours now.

        Also anew, where it was lost with its session. Raises Unavailable.
        """
        with telling_outages():
            if self._is_held:
                try:
                    return await self.is_held()
                except Exception as error:
                    if outage_of(error) is None:
                        raise
            return await self._take()

    async def _take(self) -> bool:
        try:
            async with asyncio.timeout(self._limits.connect_seconds + ANSWER_SECONDS):
                connection = await self._connected()
                taken = await connection.execute(self._taking, {"key": self._key})
            self._is_held = bool(taken.scalar_one())
        except BaseException:
            await self.release()
            raise
        if not self._is_held and connection.in_transaction():
            await self.release()
        return self._is_held

    async def is_held(self) -> bool:
        """Say whether it is still ours: with its session it is lost."""
        if not self._is_held:
            return False
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await (await self._connected()).execute(text("SELECT 1"))
        except BaseException:
            await self.release()
            raise
        return True

    async def release(self) -> None:
        """Give it back, with the connection; again does nothing."""
        connection, self._connection, self._is_held = self._connection, None, False
        if connection is not None:
            with suppress(SQLAlchemyError, OSError):
                await connection.invalidate()  # the server ends the session, and the lock with it
            with suppress(SQLAlchemyError, OSError):
                await connection.close()
            await connection.engine.dispose()

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            engine = create_single_engine(self._url, self._limits.connect_seconds)
            self._connection = await engine.connect()
            driver = (await self._connection.get_raw_connection()).driver_connection
            if await is_pooled(driver):
                # Only as long as a transaction is open the pooler leaves us one session. It reads
                # nothing, so the server can tidy up meanwhile.
                self._taking = text("SELECT pg_try_advisory_xact_lock(:key)")
                await self._connection.execution_options(isolation_level="READ COMMITTED")
                await self._connection.execute(text(_OPEN_FOR_LONG))
            else:
                self._taking = text("SELECT pg_try_advisory_lock(:key)")
                await self._connection.execution_options(isolation_level="AUTOCOMMIT")
                for setting in _NOTICED_SOON:
                    await self._connection.execute(text(setting))
        return self._connection
