"""All rows of a database, as values that are the same of either kind.

Which tables there are the metadata says, so that none is forgotten.
"""

import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from asyncpg import exceptions as postgres
from sqlalchemy import JSON, Boolean, Column, Date, Integer, func, null, select, text
from sqlalchemy import Table as Table  # noqa: PLC0414 - for who goes through them
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col

from app.db.availability.unusable import driver_error
from app.db.data_check.scan import in_pieces
from app.db.schema.column_types import Instant, UuidText
from app.db.schema.sync_tables import UpstreamRow
from app.db.schema.tables import IdCounterRow
from app.db.writing.batches import insertion
from app.db.writing.bulk_load import continue_ids
from app.db.writing.locks import is_postgresql
from app.db.writing.statements import COUNTED_IDS

LEFT_OUT: Final = {
    IdCounterRow.__tablename__: "PostgreSQL has sequences instead: `last_ids` reads either.",
}
"""The tables that are not copied row by row, and why."""

WITHHELD: Final = {
    (UpstreamRow.__tablename__, "credentials"): "What opens a vendor's account stays here.",
    (UpstreamRow.__tablename__, "credential_hint"): "A hint of what is not there.",
}
"""Columns that are copied as if they had no value, and why."""

Values = Sequence[Any]
Read = Callable[[Any], Any]
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_REFUSED: Final = (
    OverflowError,
    postgres.DataError,
    postgres.IntegrityConstraintViolationError,
    sqlite3.IntegrityError,
)


class BadValue(Exception):
    """A value that its column cannot have: which row of those given, and the column's name."""

    def __init__(self, row: int, column: str) -> None:
        super().__init__(row, column)
        self.row, self.column = row, column


class RowsRefused(Exception):
    """The database takes some rows not, and says in these words by which constraint."""


def tables() -> list[Table]:
    """Return the tables in an order in which each comes after those that it names."""
    return [each for each in SQLModel.metadata.sorted_tables if each.name not in LEFT_OUT]


async def first_that_is_filled(connection: AsyncConnection) -> str | None:
    """Return the name of a table that has rows, or None of an empty database."""
    for table in SQLModel.metadata.sorted_tables:
        if (await connection.execute(select(*table.primary_key).limit(1))).first() is not None:
            return table.name
    return None


async def count(connection: AsyncConnection, table: Table) -> int:
    """Return how many rows a table has."""
    return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


def read(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Any]]:
    """Yield all rows of a table in the order of its key, some thousands at a time."""
    columns = [
        null().label(each.name) if (table.name, each.name) in WITHHELD else each
        for each in table.columns
    ]
    return in_pieces(connection, select(*columns), *table.primary_key.columns)


async def last_ids(connection: AsyncConnection) -> dict[str, int]:
    """Return by the name of each count of ids the last one that was handed out, if any was."""
    if not is_postgresql(connection):
        counters = select(col(IdCounterRow.name), col(IdCounterRow.last_id))
        found = {row.name: row.last_id for row in await connection.execute(counters)}
        return dict(sorted(found.items()))
    found = {}
    for name in COUNTED_IDS:
        row = (await connection.execute(text(f"SELECT last_value, is_called FROM {name}"))).one()  # noqa: S608 - our own constant
        if row.is_called:
            found[name] = row.last_value
    return dict(sorted(found.items()))


async def go_on_from(connection: AsyncConnection, last: dict[str, int]) -> None:
    """Hand out the ids after these from now on; raises KeyError for a name that none has."""
    if unknown := set(last) - set(COUNTED_IDS):
        raise KeyError(*unknown)
    for name, last_id in last.items():
        await continue_ids(connection, name, last_id)


class Filling:
    """Puts rows into a table, given as JSON has them."""

    def __init__(self, connection: AsyncConnection, table: Table, names: Sequence[str]) -> None:
        self._connection, self._table, self._names = connection, table, tuple(names)
        made = insertion(_CLASSES[table.name], self._names, connection.dialect)
        self._statement = made.text
        self._columns = [
            (table.columns[name], _reader(table.columns[name]), made.converters[name])
            for name in names
        ]

    async def add(self, rows: Sequence[Values]) -> None:
        """Insert some thousands of rows; raises BadValue, or RowsRefused for all of them."""
        records = list(zip(*self._read(rows), strict=True))
        try:
            if is_postgresql(self._connection):
                driver: Any = (await self._connection.get_raw_connection()).driver_connection
                await driver.copy_records_to_table(
                    self._table.name, records=records, columns=self._names
                )
            else:
                await self._connection.exec_driver_sql(self._statement, records)
        except Exception as error:
            if (words := constraint_of(error)) is None:
                raise
            raise RowsRefused(words) from None

    def _read(self, rows: Sequence[Values]) -> list[list[Any]]:
        """Return the driver's values, a list for each column."""
        columns = []
        for place, (column, read_, convert) in enumerate(self._columns):
            try:
                values = [_of(column, read_, row[place]) for row in rows]
            except (ValueError, TypeError):
                raise self._bad_value(rows, place) from None
            columns.append([convert(each) for each in values] if convert else values)
        return columns

    def _bad_value(self, rows: Sequence[Values], place: int) -> BadValue:
        column, read_, _ = self._columns[place]
        for number, row in enumerate(rows):
            try:
                _of(column, read_, row[place])
            except (ValueError, TypeError):
                return BadValue(number, column.name)
        raise AssertionError


def constraint_of(error: BaseException) -> str | None:
    """Return by which constraint rows were refused, without a value; None for another error."""
    cause = driver_error(error)
    if not isinstance(cause, _REFUSED):
        return None
    if isinstance(cause, sqlite3.Error):
        return str(cause)
    return getattr(cause, "constraint_name", None) or type(cause).__name__


_CLASSES: Final[dict[str, type[SQLModel]]] = {
    str(mapper.local_table.name): mapper.class_  # type: ignore[attr-defined]
    for mapper in SQLModel._sa_registry.mappers  # noqa: SLF001 - it has no other list
}


def _of(column: Column[Any], read_: Read, value: object) -> object:
    """Return a value as the column has it; raises ValueError or TypeError if it cannot."""
    if value is None:
        if not column.nullable:
            raise ValueError
        return None
    return read_(value)


def _reader(column: Column[Any]) -> Read:
    """Return what makes of JSON what the column has."""
    type_ = column.type
    if isinstance(type_, Instant):
        return _instant
    if isinstance(type_, Date):
        return date.fromisoformat
    if isinstance(type_, UuidText):
        return _uuid
    if isinstance(type_, JSON):
        return _json
    if isinstance(type_, Boolean):
        return _exactly(bool)
    return _exactly(int if isinstance(type_, Integer) else str)


def _exactly(kind: type) -> Read:
    def read_(value: object) -> object:
        if type(value) is not kind:
            raise TypeError
        return value

    return read_


def _instant(value: str) -> datetime:
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError
    return instant.astimezone(UTC)


def _uuid(value: str) -> str:
    if not _UUID.fullmatch(value):
        raise ValueError
    return value


def _json(value: object) -> object:
    if not isinstance(value, dict | list):
        raise TypeError
    return value
