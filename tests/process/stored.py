"""What a database holds, read past the servers that write it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Row, select, text
from sqlmodel import SQLModel

from app.db.connections.database import Database
from app.db.schema.tables import ExternalReferenceRow, table_columns

RowsOf = Callable[[type[SQLModel]], Awaitable[Sequence[Row[Any]]]]


@asynccontextmanager
async def one_moment(database_url: str) -> AsyncIterator[RowsOf]:
    """Read whole tables as they are at one moment."""
    database = Database(database_url)
    try:
        async with database.reading() as connection:
            if not database.is_sqlite:
                await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))

            async def rows_of(table: type[SQLModel]) -> Sequence[Row[Any]]:
                return (await connection.execute(select(*table_columns(table)))).all()

            yield rows_of
    finally:
        await database.close()


async def stored_references(database_url: str) -> set[str]:
    """Return the services of all external references."""
    async with one_moment(database_url) as rows_of:
        return {row.service_name for row in await rows_of(ExternalReferenceRow)}


async def refuse_violations(database_url: str) -> None:
    """Hold that `timeoff check` would find nothing wrong."""
    from app.services.data_check.check import find_violations  # noqa: PLC0415

    violations = await asyncio.to_thread(find_violations, database_url, lambda *_: None)
    assert [str(each) for each in violations] == []
