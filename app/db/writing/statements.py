"""What every writing repository needs: row locks, new ids, bulk statements, changes."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Date,
    Dialect,
    bindparam,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col

from app.db.availability.lock_queues import LOCK_QUEUES, LockQueues
from app.db.schema.column_types import Instant
from app.db.schema.tables import (
    ChangeCounterRow,
    ChangeRow,
    CompanyRow,
    IdCounterRow,
    table_columns,
)
from app.domain.identifiers import PROVISIONAL_IDS_FROM, Key, Kind

ENTRY_IDS: Final = "time_off_entry_ids"
REFERENCE_IDS: Final = "external_reference_ids"
DIRECTORY_LOCK: Final = 7_202_611_215_514_377
"""PostgreSQL's advisory lock that serialises writes of the directory: any constant will do."""


class ChangeOperation(StrEnum):
    """What happened to an object."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one object; its own fields before and after, without reasons (5.3)."""

    company_id: str
    operation: ChangeOperation
    kind: Kind
    key: Key
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def is_postgresql(connection: AsyncConnection) -> bool:
    """Say which database this is: SQLite's one writer needs no row locks."""
    return connection.dialect.name == "postgresql"


async def lock_rows(
    connection: AsyncConnection, table: type[Any], ids: Collection[Key], *, shared: bool = False
) -> None:
    """Hold the rows until the transaction ends; in the order of their ids, so that no two
    transactions wait for each other. Inserts that refer to the rows may go on.
    """  # noqa: D205 - one sentence
    if ids and is_postgresql(connection):
        statement = select(table.id).where(table.id.in_(ids)).order_by(table.id)
        lock = statement.with_for_update(read=shared, key_share=not shared)
        async with _waiting(connection, [(table, id_) for id_ in sorted(ids)]):
            (await connection.execute(lock)).all()


def _waiting(
    connection: AsyncConnection, locks: Sequence[Hashable]
) -> AbstractAsyncContextManager[None]:
    """Wait for these locks of PostgreSQL inside of the block, unless too many do."""
    sync: Any = connection.sync_connection
    queues: LockQueues = sync.get_execution_options()[LOCK_QUEUES]
    return queues.waiting(locks)


async def lock_companies(connection: AsyncConnection, company_ids: Collection[str]) -> None:
    """Keep calendars as they are while days are judged by them (rule 2.2)."""
    await lock_rows(connection, CompanyRow, company_ids, shared=True)


async def lock_directory(connection: AsyncConnection, company_ids: Collection[str]) -> None:
    """Let one directory write in at a time, and no judging of days beside it."""
    if is_postgresql(connection):
        async with _waiting(connection, [DIRECTORY_LOCK]):
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": DIRECTORY_LOCK}
            )
        await lock_rows(connection, CompanyRow, company_ids)


_COUNT_IDS: Final = (
    (counted := sqlite_insert(IdCounterRow))
    .on_conflict_do_update(
        index_elements=["name"],
        set_={"last_id": IdCounterRow.last_id + counted.excluded.last_id},
    )
    .returning(col(IdCounterRow.last_id))
)
_COUNT_CHANGES: Final = (
    update(ChangeCounterRow)
    .where(col(ChangeCounterRow.company_id) == bindparam("company"))
    .values(
        last_sequence=col(ChangeCounterRow.last_sequence) + bindparam("count", type_=BigInteger)
    )
    .returning(col(ChangeCounterRow.last_sequence))
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
    """Insert the rows, all with the same keys."""
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
    """Overwrite the rows, each found by its ``id``."""
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
    """Delete the rows whose column has one of the keys."""
    if wanted := list(keys):
        await connection.execute(delete(column.class_).where(column.in_(wanted)))


async def record_changes(
    connection: AsyncConnection, at: datetime, changes: Sequence[Change]
) -> None:
    """Number and store the changes; the last step of a transaction (rule 5.3).

    The counter's row is held from here to the commit, so that numbers become visible in
    their order and without a gap.
    """
    changes_of: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        changes_of[change.company_id].append(change)
    for company_id in sorted(changes_of):
        mine = changes_of[company_id]
        last = await _count_changes(connection, company_id, len(mine))
        first = last - len(mine) + 1
        await insert_all(
            connection,
            ChangeRow,
            [change_row(change, first + offset, at) for offset, change in enumerate(mine)],
        )


async def _count_changes(connection: AsyncConnection, company_id: str, count: int) -> int:
    """Take the company's counter, and return it with so many changes more."""
    numbers = {"company": company_id, "count": count}
    if not is_postgresql(connection):
        return int((await connection.execute(_COUNT_CHANGES, numbers)).scalar_one())
    async with _waiting(connection, [(ChangeCounterRow, company_id)]):
        return int((await connection.execute(_COUNT_CHANGES, numbers)).scalar_one())


def change_row(change: Change, sequence: int, at: datetime) -> dict[str, Any]:
    """Write a change under its number."""
    return {
        "company_id": change.company_id,
        "sequence": sequence,
        "at": at,
        "operation": change.operation.value,
        "subject_type": change.kind.type_name,
        "subject_key": str(change.key),
        "before": change.before,
        "after": change.after,
    }
