"""One statement for many rows, made once for a table and its columns.

On PostgreSQL each column goes to the server as one array, so that a batch is parsed, planned and
run once; SQLite's driver runs its statement row after row, in the same process. Values are
converted column by column, which takes a quarter of what SQLAlchemy takes row by row.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import JSON, Column, Date, Dialect, String
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from app.db.schema.column_types import Instant
from app.db.schema.tables import table_columns
from app.db.writing.locks import is_postgresql

Convert = Callable[[Any], Any]
_MOST_KEPT: Final = 128


class Batch(NamedTuple):
    """A statement, and by the name of each of its parameters how a value becomes the driver's."""

    text: str
    converters: Mapping[str, Convert | None]

    def columns(self, rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
        """Return the driver's values, a list for each parameter."""
        return [
            [convert(row[name]) for row in rows] if convert else [row[name] for row in rows]
            for name, convert in self.converters.items()
        ]


async def run_batch(
    connection: AsyncConnection, batch: Batch, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Run the statement for all rows."""
    columns = batch.columns(rows)
    parameters: Any = (
        tuple(columns) if is_postgresql(connection) else list(zip(*columns, strict=True))
    )
    await connection.exec_driver_sql(batch.text, parameters)


@lru_cache(maxsize=_MOST_KEPT)
def insertion(table: type[SQLModel], names: tuple[str, ...], dialect: Dialect) -> Batch:
    """Return the statement that inserts rows with these columns."""
    columns = _columns(table, names)
    into = f"INSERT INTO {table.__tablename__} ({_listed(columns)})"
    if dialect.name == "postgresql":
        values = f"SELECT {_cast(columns)} FROM {_arrays(columns, dialect)}"  # noqa: S608 - our own names
    else:
        values = f"VALUES ({', '.join('?' * len(columns))})"
    return Batch(f"{into} {values}", _converters(columns, dialect))


@lru_cache(maxsize=_MOST_KEPT)
def updating(table: type[SQLModel], names: tuple[str, ...], dialect: Dialect) -> Batch:
    """Return the statement that sets all columns but the id in the rows that have the ids."""
    values = _columns(table, [name for name in names if name != "id"])
    columns = [*values, *_columns(table, ["id"])]
    name = table.__tablename__
    if dialect.name == "postgresql":
        set_ = ", ".join(f"{each.name} = {_of_row(each)}" for each in values)
        given = _arrays(columns, dialect)
        statement = f"UPDATE {name} SET {set_} FROM {given} WHERE {name}.id = given.id"  # noqa: S608
    else:
        set_ = ", ".join(f"{each.name} = ?" for each in values)
        statement = f"UPDATE {name} SET {set_} WHERE id = ?"  # noqa: S608
    return Batch(statement, _converters(columns, dialect))


def converter(column: Column[Any], dialect: Dialect) -> Convert | None:
    """Return what makes a value of the column the driver's; None where it is that already."""
    type_ = column.type
    convert = type_.dialect_impl(dialect).bind_processor(dialect)
    if isinstance(type_, Instant):
        if dialect.name == "postgresql":
            return None
        return convert and lru_cache(maxsize=64)(convert)  # many rows are of one moment
    return _iso if convert and isinstance(type_, Date) else convert


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _converters(columns: Sequence[Column[Any]], dialect: Dialect) -> dict[str, Convert | None]:
    return {column.key: converter(column, dialect) for column in columns}


def _columns(table: type[SQLModel], names: Sequence[str]) -> list[Column[Any]]:
    of_table = {column.key: column for column in table_columns(table)}
    return [of_table[name] for name in names]


def _listed(columns: Sequence[Column[Any]]) -> str:
    return ", ".join(column.name for column in columns)


def _arrays(columns: Sequence[Column[Any]], dialect: Dialect) -> str:
    """Return PostgreSQL's table of the rows that are given, as ``given``."""
    arrays = ", ".join(
        f"${place}::{_element(column, dialect)}[]" for place, column in enumerate(columns, 1)
    )
    return f"unnest({arrays}) AS given ({_listed(columns)})"


def _element(column: Column[Any], dialect: Dialect) -> str:
    type_ = column.type.dialect_impl(dialect)
    if isinstance(type_, JSON | String):
        return "TEXT"
    return type_.compile(dialect)


def _of_row(column: Column[Any]) -> str:
    """Return a value of the row that is given; JSON goes as text."""
    is_json = isinstance(column.type, JSON)
    return f"CAST(given.{column.name} AS JSONB)" if is_json else f"given.{column.name}"


def _cast(columns: Sequence[Column[Any]]) -> str:
    return ", ".join(map(_of_row, columns))
