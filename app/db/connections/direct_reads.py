"""Reading by the database's own driver, for statements that were compiled before.

On SQLite they run in the event loop: handing one to a thread costs more than most of them.
Each may only take so long; what needs more is read in a thread.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.availability.outages import telling_outages
from app.db.connections.sqlite import PRAGMAS_TO_READ
from app.db.reading.chosen_columns import Statement
from app.db.reading.prepared import Values
from app.domain.paging import Row
from app.observed import OBSERVED

_LOG: Final = logging.getLogger(__name__)
"""Tells each statement, and never its parameters: a reason may be among them."""

STEPS_BETWEEN_LOOKS: Final = 10_000
"""Of SQLite's machine, between two looks at the clock."""

MOST_SECONDS: Final = 0.02
"""For which the event loop may be kept."""

MOST_CACHED: Final = 512
"""Prepared statements that the connection keeps."""

LONG_LIST: Final = 100
"""Values. A plan that is made once for all lists takes each for one of ten values: of many users'
entries it would read all, where those of the page are found sooner by their day."""

_PRAGMAS: Final = (
    "PRAGMA query_only = ON",
    *PRAGMAS_TO_READ,
    "PRAGMA busy_timeout = 0",
)


class Ready(NamedTuple):
    """A compiled statement with its parameters in the order of the driver."""

    statement: Statement
    parameters: list[Any]

    @classmethod
    def of(cls, statement: Statement, values: Values) -> "Ready":
        """Pair a compiled statement with its parameters, made of a request's values."""
        return cls(statement, statement.parameters(values))

    @property
    def has_long_list(self) -> bool:
        """Whether a list of values is longer than PostgreSQL's plan for any list is good for."""
        return any(isinstance(each, list) and len(each) > LONG_LIST for each in self.parameters)


Rows = Sequence[Row]
Follow = Callable[[Rows], Mapping[str, Ready]]
"""What is to be read as well, now that these rows are known."""


class DirectReads:
    """Runs compiled statements on the database's own driver, past SQLAlchemy."""

    def __init__(self, engine: AsyncEngine, refuse_if_lost: Callable[[], None]) -> None:
        self._engine = engine
        self._refuse_if_lost = refuse_if_lost
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._file = engine.url.database if self._is_sqlite else None
        self._sqlite: sqlite3.Cursor | None = None
        self._until = inf
        self.dialect = engine.dialect

    async def read(self, first: Ready, follow: Follow) -> tuple[Rows, dict[str, Rows]] | None:
        """Return the rows of ``first``, and by name those of what ``follow`` asks for next.

        On SQLite both are read in one transaction; on PostgreSQL each is one by itself.

        None where that is not to be had directly: it must be read in the usual way.
        """
        if not self._is_sqlite:
            self._refuse_if_lost()
            with telling_outages():
                return await self._read_postgresql(first, follow)
        if self._file in {None, "", ":memory:"}:
            return None
        with telling_outages():
            return self._read_sqlite(first, follow)

    def close(self) -> None:
        """Close SQLite's own connection for these reads; PostgreSQL has none of its own."""
        if self._sqlite:
            self._sqlite.connection.close()
            self._sqlite = None

    def _read_sqlite(self, first: Ready, follow: Follow) -> tuple[Rows, dict[str, Rows]] | None:
        cursor = self._sqlite or self._open()
        try:
            cursor.execute("BEGIN")
            try:
                self._until = time.perf_counter() + MOST_SECONDS
                rows = self._fetch(cursor, first)
                return rows, {
                    name: self._fetch(cursor, each) for name, each in follow(rows).items()
                }
            finally:
                # A look at the time may fall into this one; cut off, it would leave all open.
                self._until = inf
                cursor.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode in {sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY}:
                return None
            raise

    def _fetch(self, cursor: sqlite3.Cursor, ready: Ready) -> Rows:
        _LOG.debug(ready.statement.text)
        observed = OBSERVED.get()
        if observed is None:
            return cursor.execute(ready.statement.text, ready.parameters).fetchall()
        began = time.perf_counter()
        rows = cursor.execute(ready.statement.text, ready.parameters).fetchall()
        observed.note_statement(ready.statement.text, began)
        return rows

    def _open(self) -> sqlite3.Cursor:
        connection = sqlite3.connect(
            str(self._file), isolation_level=None, cached_statements=MOST_CACHED
        )
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        connection.set_progress_handler(self._is_too_much, STEPS_BETWEEN_LOOKS)
        self._sqlite = connection.cursor()
        return self._sqlite

    def _is_too_much(self) -> bool:
        return time.perf_counter() > self._until

    async def _read_postgresql(self, first: Ready, follow: Follow) -> tuple[Rows, dict[str, Rows]]:
        async with self._engine.connect() as connection:
            return await self.read_on(connection, first, follow)

    async def read_on(
        self, connection: AsyncConnection, first: Ready, follow: Follow
    ) -> tuple[Rows, dict[str, Rows]]:
        """Read as ``read`` does, on a connection to a PostgreSQL."""
        driver: Any = (await connection.get_raw_connection()).driver_connection
        try:
            rows = await _fetch(driver, first, is_planned_anew=first.has_long_list)
            below = {name: await _fetch(driver, each) for name, each in follow(rows).items()}
        except BaseException:
            # SQLAlchemy has not seen it: what the next one got would be in doubt.
            await connection.invalidate()
            raise
        return rows, below


async def _fetch(driver: Any, ready: Ready, *, is_planned_anew: bool = False) -> Rows:  # noqa: ANN401 - asyncpg has no types
    """Run a statement on PostgreSQL, by the plan for any values or by one for these."""
    _LOG.debug(ready.statement.text)
    rows: Rows
    began = time.perf_counter()
    if is_planned_anew:
        unnamed = await driver.prepare(ready.statement.text, name="")
        rows = await unnamed.fetch(*ready.parameters)
    else:
        rows = await driver.fetch(ready.statement.text, *ready.parameters)
    if (observed := OBSERVED.get()) is not None:
        observed.note_statement(ready.statement.text, began)
    return rows
