"""Where the servers' data is: one SQLite file, or one database of PostgreSQL, and copies of it."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg

from scripts.benchmarks import postgraphile
from scripts.benchmarks.data import copy_of, remove, seed
from tests.postgres import PostgresServer

SEEDED: Final = "bench"


class Databases(Protocol):
    """The seeded data: one for all who read, and a copy for each who writes."""

    @property
    def backend(self) -> int | None:
        """The main process of the database server, if there is one."""

    @property
    def shared(self) -> str:
        """The data that servers read together: a path, or a URL."""

    def copy(self, name: str) -> Any:  # noqa: ANN401 - a context manager of a text
        """Return a copy of it until the block is left."""


class Files:
    """A SQLite file."""

    backend = None

    def __init__(self, path: Path, folder: Path) -> None:
        self._path, self._folder = path, folder

    @property
    def shared(self) -> str:
        """The file."""
        return str(self._path)

    @contextmanager
    def copy(self, name: str) -> Iterator[str]:
        """Copy the file until the block is left."""
        path = copy_of(self._path, self._folder, name)
        try:
            yield str(path)
        finally:
            remove(path)


class Postgres:
    """A PostgreSQL of its own, set as the tests', with the same data as the files."""

    def __init__(self, entries: int) -> None:
        self._server = PostgresServer()
        try:
            # It would fall on whoever is visited just then; seed is followed by one of its own.
            self._run("ALTER SYSTEM SET autovacuum = off")
            self._run("SELECT pg_reload_conf()")
            self._run(f"CREATE DATABASE {SEEDED}")
            seed(self.shared, entries)
            for statement in (*postgraphile.FUNCTIONS, "VACUUM ANALYZE", "CHECKPOINT"):
                self._run(statement, SEEDED)
        except BaseException:
            self.stop()
            raise

    @property
    def backend(self) -> int:
        """The server's main process."""
        return self._server.pid

    @property
    def shared(self) -> str:
        """The seeded database."""
        return self._url(SEEDED)

    @contextmanager
    def copy(self, name: str) -> Iterator[str]:
        """Copy the database until the block is left; nobody may be connected to it."""
        own = f"copy_{name.replace('-', '_')}"
        self._run(f"CREATE DATABASE {own} TEMPLATE {SEEDED} STRATEGY FILE_COPY")
        try:
            yield self._url(own)
        finally:
            self._run(f"DROP DATABASE {own} WITH (FORCE)")

    def stop(self) -> None:
        """End the server and remove its data."""
        self._server.stop()

    def _url(self, database: str) -> str:
        url = self._server.url.set(drivername="postgresql", database=database)
        return url.render_as_string(hide_password=False)

    def _run(self, statement: str, database: str = "postgres") -> None:
        rows_of(self._url(database), statement)


def rows_of(database: str, statement: str) -> Sequence[tuple[Any, ...]]:
    """Return what a statement finds in a file, or in the database of a URL."""
    if "://" in database:
        return asyncio.run(_fetched(database, statement))
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(statement).fetchall()


async def _fetched(url: str, statement: str) -> Sequence[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()
