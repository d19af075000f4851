"""Waking those who wait for what is committed, by this process or another one.

Nothing is told but that there may be something new: whoever wakes looks into the change feed. So
a wake-up that is lost, or comes too often, costs time and never a change.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, Protocol

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.connections.limits import DatabaseLimits
from app.db.connections.postgresql import create_single_engine, is_pooled
from app.db.connections.watched_file import WatchedFile

CHANNEL: Final = "timeoff_changes"
NOTIFY_SECONDS: Final = 0.025
"""Between two messages to other processes, however many transactions are committed."""

LOOK_SECONDS: Final = 0.2
"""How often SQLite's file is asked whether another connection has written; and how often those who
wait are woken without a reason where a pooler stands before PostgreSQL."""

RETRY_SECONDS: Final = 2.0
"""After which PostgreSQL is asked for a connection again that it did not give."""

NET_SECONDS: Final = 0.5
"""How often those who wait are woken without a reason, as a message of PostgreSQL's may be lost."""


class Bell:
    """Rings when something may have been committed."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake who waits, or who waits next."""
        self._rung.set()

    async def rung(self, seconds: float) -> None:
        """Return when it has rung since the last time, at the latest after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()


class Messages(Protocol):
    """How the processes over one database tell each other that something was committed."""

    async def look(self) -> bool:
        """Wait a moment for word of others; say whether there was any, or may have been."""

    def tell(self) -> None:
        """Let the others know, soon."""

    async def close(self) -> None:
        """Give up what is held."""


class Wakeups:
    """Bells of one process. While there is one, it listens to the other processes."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._bells: set[Bell] = set()
        self._listening: asyncio.Task[None] | None = None

    def committed(self) -> None:
        """Say that this process has committed something."""
        self._ring()
        self._messages.tell()

    @contextmanager
    def bell(self) -> Iterator[Bell]:
        """Return a bell that rings while the block lasts."""
        bell = Bell()
        self._bells.add(bell)
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())
        try:
            yield bell
        finally:
            self._bells.discard(bell)

    async def close(self) -> None:
        """Listen no more."""
        if self._listening:
            self._listening.cancel()
            await asyncio.wait([self._listening])
        await self._messages.close()

    async def _listen(self) -> None:
        while self._bells:
            if await self._messages.look():
                self._ring()

    def _ring(self) -> None:
        for bell in self._bells:
            bell.ring()


class SqliteMessages:
    """The file says itself whether another connection has written: `PRAGMA data_version`."""

    def __init__(self, url: URL) -> None:
        self._file = WatchedFile(url, "wakeups")
        self._version: int | None = None

    async def look(self) -> bool:
        """Wait, then compare the file's version with what it was."""
        await asyncio.sleep(LOOK_SECONDS)
        before = self._version
        try:
            self._version = await self._file.read(_data_version)
        except sqlite3.Error:
            self._version = None
        return self._version is None or self._version != before

    def tell(self) -> None:
        """Do nothing: whoever looks at the file sees it."""

    async def close(self) -> None:
        """Close the connection, unless it is kept."""
        await self._file.close()


def _data_version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version


class PostgresMessages:
    """`LISTEN` and `NOTIFY`, on a connection of their own.

    `NOTIFY` comes after the commit: within the transaction it would take a lock of the whole
    database. The connection is opened when somebody first listens or tells. Behind a pooler
    nobody can listen: there those who wait are woken as often as on SQLite.
    """

    _net_seconds = NET_SECONDS

    def __init__(self, url: str, limits: DatabaseLimits) -> None:
        self._engine = create_single_engine(url, limits.connect_seconds)
        self._heard = asyncio.Event()
        self._connection: AsyncConnection | None = None
        self._connecting: asyncio.Task[Any] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._is_to_tell = False

    async def look(self) -> bool:
        """Wait for a message, for a moment at most: then there may have been one."""
        self._connect()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._net_seconds):
                await self._heard.wait()
        self._heard.clear()
        return True

    def tell(self) -> None:
        """Send a message, at most one in NOTIFY_SECONDS."""
        self._is_to_tell = True
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def close(self) -> None:
        """Send what is to be told, and give the connection back."""
        under_way = [each for each in (self._telling, self._connecting) if each]
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                if under_way:
                    await asyncio.wait(under_way)
                await self._give_up()
                await self._engine.dispose()

    async def _tell(self) -> None:
        while self._is_to_tell:
            self._is_to_tell = False
            driver = await self._connect()
            try:
                if driver is not None:
                    # A server that is gone says nothing: then there is another one to be asked.
                    await driver.execute(f"NOTIFY {CHANNEL}", timeout=RETRY_SECONDS)
            except Exception:  # noqa: BLE001 - asyncpg's: the others look by themselves, soon
                await self._give_up()
            await asyncio.sleep(NOTIFY_SECONDS)

    def _connect(self) -> "asyncio.Task[Any]":
        """Return what ends with the driver's connection, or None where none can be had now."""
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.create_task(self._listening_driver())
        return self._connecting

    async def _listening_driver(self) -> Any:  # noqa: ANN401 - asyncpg has no types
        try:
            if self._connection is not None:
                driver = await _driver_of(self._connection)
                if not driver.is_closed():
                    return driver
                await self._give_up()
            self._connection = await self._engine.connect()
            driver = await _driver_of(self._connection)
            if await is_pooled(driver):
                self._net_seconds = LOOK_SECONDS
                return driver
            await driver.add_listener(CHANNEL, lambda *_: self._heard.set())
            self._net_seconds = NET_SECONDS
        except Exception:  # noqa: BLE001 - an outage, or a replica: who waits is woken anyhow
            await self._give_up()
            await asyncio.sleep(RETRY_SECONDS)
            return None
        return driver

    async def _give_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                await connection.invalidate()
                await connection.close()


async def _driver_of(connection: AsyncConnection) -> Any:  # noqa: ANN401
    return (await connection.get_raw_connection()).driver_connection
