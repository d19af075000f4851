"""New ids, and statements over many rows at once, in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import delete, func, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col

from app.db.schema.array_parameters import is_among
from app.db.schema.tables import IdCounterRow
from app.db.writing.batches import insertion, run_batch, updating
from app.db.writing.locks import is_postgresql
from app.domain.identifiers import PROVISIONAL_IDS_FROM, Key

ENTRY_IDS: Final = "time_off_entry_ids"
REFERENCE_IDS: Final = "external_reference_ids"
ACCESS_EVENT_IDS: Final = "access_event_ids"
COUNTED_IDS: Final = (ENTRY_IDS, REFERENCE_IDS, ACCESS_EVENT_IDS)
"""All of them: sequences of PostgreSQL, rows of SQLite."""
_COUNT_IDS: Final = (
    (counted := sqlite.insert(IdCounterRow))
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


async def lift_ids(connection: AsyncConnection, name: str, above: int) -> None:
    """Have the next ids be above this number, unless they are already.

    What others take meanwhile is never handed out again: a sequence that is above stays alone.
    Needs USAGE and UPDATE on sequences of PostgreSQL, and not SELECT.
    """
    if is_postgresql(connection):
        lifting = (
            f"SELECT setval('{name}', :above) "
            f"WHERE coalesce(pg_sequence_last_value('{name}'), 0) < :above"
        )
        await connection.execute(text(lifting), {"above": above})
        return
    counter = sqlite.insert(IdCounterRow)
    lifting_row = counter.on_conflict_do_update(
        index_elements=["name"],
        set_={"last_id": func.max(IdCounterRow.last_id, counter.excluded.last_id)},
    )
    await connection.execute(lifting_row, {"name": name, "last_id": above})


def upserting(connection: AsyncConnection, table: type[SQLModel]) -> Any:  # noqa: ANN401
    """Return an insertion that may say what becomes of a row that is there (ON CONFLICT)."""
    return (postgresql if is_postgresql(connection) else sqlite).insert(table)


async def insert_all(
    connection: AsyncConnection, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert the rows; all must have the same columns as the first."""
    if rows:
        await run_batch(connection, insertion(table, tuple(rows[0]), connection.dialect), rows)


async def update_all(
    connection: AsyncConnection, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Set all columns of the first row in each row, found by its id; of several the last stays."""
    if rows:
        change = updating(table, tuple(rows[0]), connection.dialect)
        found = {row["id"]: row for row in rows}
        await run_batch(connection, change, list(found.values()))


async def delete_all(connection: AsyncConnection, column: Any, keys: Iterable[Key]) -> None:  # noqa: ANN401
    """Delete the rows of the column's table in which it has one of the keys."""
    if wanted := list(keys):
        await connection.execute(delete(column.class_).where(is_among(column, wanted)))
