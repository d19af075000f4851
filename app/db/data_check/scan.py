"""Reading a whole database in pieces, to see whether it is as it should be.

Every piece is small however much there is, and all of them show one moment.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import Row, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col

from app.db.connections.database import Database
from app.db.schema.tables import AbsenceDayRow, TimeOffInstanceRow, table_columns

ROWS_A_PIECE: Final = 2_000


@asynccontextmanager
async def one_moment(database: Database) -> AsyncIterator[AsyncConnection]:
    """Open a transaction in which every statement sees the same state of the database."""
    async with database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execution_options(isolation_level="REPEATABLE READ")
        async with connection.begin():
            yield connection


async def count(connection: AsyncConnection, table: type[SQLModel]) -> int:
    """Return how many rows a table has."""
    return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def pieces(
    connection: AsyncConnection,
    table: type[Any],
    *keys: Any,  # noqa: ANN401 - columns
) -> AsyncIterator[Sequence[Row[Any]]]:
    """Yield all rows of a table in the order of its keys, some thousands at a time."""
    statement = select(*table_columns(table)).order_by(*keys).limit(ROWS_A_PIECE)
    piece = (await connection.execute(statement)).all()
    while piece:
        yield piece
        # Typed as the columns are: PostgreSQL compares no UUID with text.
        last = [literal(getattr(piece[-1], key.key), key.type) for key in keys]
        rest = statement.where(tuple_(*keys) > tuple_(*last))
        piece = (await connection.execute(rest)).all()


async def records_of_days(connection: AsyncConnection) -> AsyncIterator[list[str]]:
    """Yield the ids of the records that the day rows name, each once, some at a time."""
    record = col(AbsenceDayRow.record)
    statement = select(record).distinct().order_by(record).limit(ROWS_A_PIECE)
    piece = list((await connection.execute(statement)).scalars())
    while piece:
        yield piece
        rest = statement.where(record > piece[-1])
        piece = list((await connection.execute(rest)).scalars())


async def days_of(
    connection: AsyncConnection, records: Collection[str]
) -> dict[str, list[Row[Any]]]:
    """Return the day rows of each record."""
    return await _rows_by(connection, AbsenceDayRow, AbsenceDayRow.record, records)


async def instances_of(
    connection: AsyncConnection, records: Collection[str]
) -> dict[str, list[Row[Any]]]:
    """Return the instances of each record."""
    parent = TimeOffInstanceRow.person_time_off_id
    return await _rows_by(connection, TimeOffInstanceRow, parent, records)


async def known(connection: AsyncConnection, table: type[Any], ids: Collection[Any]) -> set[Any]:
    """Return those of the ids that the table has."""
    return set((await connection.execute(select(table.id).where(table.id.in_(ids)))).scalars())


async def _rows_by(
    connection: AsyncConnection,
    table: type[Any],
    parent: Any,  # noqa: ANN401 - a column, which SQLModel types as its value
    keys: Collection[Any],
) -> dict[Any, list[Row[Any]]]:
    found: dict[Any, list[Row[Any]]] = defaultdict(list)
    statement = select(*table_columns(table)).where(parent.in_(keys))
    for row in await connection.execute(statement):
        found[getattr(row, parent.key)].append(row)
    return found
