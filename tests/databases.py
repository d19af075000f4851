"""Fresh databases for tests: copies of one that was migrated once per test process."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import asyncpg
from anyio.from_thread import start_blocking_portal
from sqlalchemy.engine import URL

from tests.known_types import types_asked_once

KINDS = ("sqlite", "postgresql")

# Chance is asked once, for there are tests that make it the same in every process.
_NAMES = (f"{process}_{number}" for process in (uuid4().hex,) for number in count())


class Databases(Protocol):
    """One kind of database, made and thrown away at will."""

    def create(self, like: str | None = None) -> str:
        """Return the URL of a new database with the current schema and no rows.

        Or with the rows of another, which nobody has open: what many tests begin with is
        stored once and copied.
        """

    def drop(self, url: str) -> None:
        """Remove a database that `create` made."""

    def close(self) -> None:
        """Remove what all of them shared."""


class SqliteDatabases:
    """SQLite files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        migrate(_sqlite_url(self._template))
        _finish_log(self._template)

    def create(self, like: str | None = None) -> str:
        path = self._folder / f"{next(_NAMES)}.db"
        source = self._template
        if like is not None:
            source = self._folder / Path(like).name
            _finish_log(source)
        shutil.copyfile(source, path)
        return _sqlite_url(path)

    def drop(self, url: str) -> None:
        for path in self._folder.glob(Path(url).name + "*"):
            # SQLite removes its own -wal and -shm when the last connection closes, which
            # may be a driver's thread that ends just now.
            path.unlink(missing_ok=True)

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class PostgresDatabases:
    """PostgreSQL databases on one server, through one connection to its superuser."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._exits = ExitStack()
        self._exits.enter_context(types_asked_once())
        # Fixtures are plain functions, for tests with and without an event loop alike;
        # the connection lives in the loop of a thread of its own.
        self._portal = self._exits.enter_context(start_blocking_portal())
        plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = self._portal.call(asyncpg.connect, plain)
        self._template = f"template_{next(_NAMES)}"
        self._execute(f"CREATE DATABASE {self._template}")
        migrate(self._url(self._template))

    def create(self, like: str | None = None) -> str:
        name = f"test_{next(_NAMES)}"
        template = _name(like) if like else self._template
        # Files are copied as they are, which is less work than by way of the log.
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self._url(name)

    def drop(self, url: str) -> None:
        # Forced, because a server killed by its test may still seem connected.
        self._execute(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def close(self) -> None:
        self._execute(f"DROP DATABASE {self._template} WITH (FORCE)")
        self._portal.call(self._connection.close)
        self._exits.close()

    def _execute(self, statement: str) -> None:
        self._portal.call(self._connection.execute, statement)

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)


class Templates:
    """Databases that were filled once, for tests that begin with the same rows."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._filled: dict[Callable[[str], Any], tuple[str, Any]] = {}

    def filled(self, fill: Callable[[str], Any]) -> tuple[str, Any]:
        """Return the URL of a database with the rows that ``fill`` stores in a URL.

        And what that returned, for it runs once. A test gets a copy: `create(like=url)`.
        """
        if fill not in self._filled:
            url = self._databases.create()
            self._filled[fill] = (url, fill(url))
        return self._filled[fill]

    def close(self) -> None:
        """Remove them."""
        for url, _ in self._filled.values():
            self._databases.drop(url)


def migrate(url: str) -> None:
    """Bring an empty database to the current schema, as `timeoff migrate` does."""
    from app.db.connections.migrate import upgrade  # noqa: PLC0415 - only when a database is needed

    upgrade(url)


def _finish_log(path: Path) -> None:
    """Bring to the file what is still in its write-ahead log and would be missing from copies."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _name(url: str) -> str:
    return url.rpartition("/")[2]


def _sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"
