"""New ids, and statements over many rows at once, in the caller's transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    Date,
    Dialect,
    bindparam,
    delete,
    insert,
    text,
    update,
)
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col

from app.db.schema.column_types import Instant
from app.db.schema.tables import (
    IdCounterRow,
    table_columns,
)
from app.db.writing.locks import is_postgresql
from app.domain.identifiers import PROVISIONAL_IDS_FROM, Key

ENTRY_IDS: Final = "time_off_entry_ids"
REFERENCE_IDS: Final = "external_reference_ids"
ACCESS_EVENT_IDS: Final = "access_event_ids"
_COUNT_IDS: Final = (
    (counted := sqlite_insert(IdCounterRow))
    .on_conflict_do_update(
        index_elements=["name"],
        set_={"last_id": IdCounterRow.last_id + counted.excluded.last_id},
    )
    .returning(col(IdCounterRow.last_id))
)


async def next_ids(
    connection: AsyncConnection, name: str, count: int, *, provisional: bool = False
) -> range | list[int]:
    """Hand out new Kantata ids, increasing; provisional ones of a dry run name nothing ever."""
    if provisional:
        return range(PROVISIONAL_IDS_FROM, PROVISIONAL_IDS_FROM + count)
    if not count:
        return []
    if is_postgresql(connection):
        statement = text(f"SELECT nextval('{name}') FROM generate_series(1, :count)")  # noqa: S608 - our own constant
        return sorted((await connection.execute(statement, {"count": count})).scalars())
    counted = await connection.execute(_COUNT_IDS, {"name": name, "last_id": count})
    last = int(counted.scalar_one())
    return range(last - count + 1, last + 1)


async def insert_all(
    connection: AsyncConnection, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert the rows; all must have the same columns as the first."""
    if not rows:
        return
    if is_postgresql(connection):
        await connection.execute(insert(table), list(rows))
        return
    statement, converters = _insertion(table, tuple(rows[0]), connection.dialect)
    columns = [
        [convert(row[name]) for row in rows] if convert else [row[name] for row in rows]
        for name, convert in converters.items()
    ]
    await connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


@lru_cache(maxsize=128)
def _insertion(
    table: type[SQLModel], names: tuple[str, ...], dialect: Dialect
) -> tuple[str, dict[str, Callable[[Any], Any] | None]]:
    """Return SQLite's statement, and how each value is converted for it.

    Column by column this takes a quarter of what SQLAlchemy takes row by row.
    """
    columns = {column.key: column for column in table_columns(table)}
    converters = {}
    for name in names:
        type_ = columns[name].type
        convert = type_.dialect_impl(dialect).bind_processor(dialect)
        if isinstance(type_, Date):
            convert = _iso
        elif convert and isinstance(type_, Instant):
            convert = lru_cache(maxsize=64)(convert)  # many rows are of one moment
        converters[name] = convert
    statement = insert(table.__table__).compile(dialect=dialect, column_keys=names)  # type: ignore[attr-defined]
    return str(statement), converters


async def update_all(
    connection: AsyncConnection, table: type[Any], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Set all columns of the first row in each row, found by its ``id``."""
    if not rows:
        return
    names = [name for name in rows[0] if name != "id"]
    statement = (
        update(table)
        .where(table.id == bindparam("the_id"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    parameters = [
        {"the_id": row["id"]} | {f"new_{name}": row[name] for name in names} for row in rows
    ]
    await connection.execute(statement, parameters)


async def delete_all(connection: AsyncConnection, column: Any, keys: Iterable[Key]) -> None:  # noqa: ANN401
    """Delete the rows of the column's table in which it has one of the keys."""
    if wanted := list(keys):
        await connection.execute(delete(column.class_).where(column.in_(wanted)))
