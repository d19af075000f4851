"""Locks that a writing transaction takes, and the queues before them on PostgreSQL."""

from collections.abc import Collection, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.availability.lock_queues import LOCK_QUEUES, LockQueues
from app.db.schema.array_parameters import is_among
from app.db.schema.tables import CompanyRow, PersonRow
from app.domain.identifiers import Key

DIRECTORY_LOCK: Final = 7_202_611_215_514_377
"""PostgreSQL's advisory lock that serialises writes of the directory: any constant will do."""


def is_postgresql(connection: AsyncConnection) -> bool:
    """Say which database this is: SQLite's one writer needs no row locks."""
    return connection.dialect.name == "postgresql"


async def lock_rows(
    connection: AsyncConnection,
    table: type[Any],
    ids: Collection[Key],
    *,
    shared: bool = False,
    nowait: bool = False,
    columns: Sequence[Any] = (),
) -> Sequence[Row[Any]]:
    """Hold the rows until the transaction ends; in the order of their ids, so that no two
    transactions wait for each other. Inserts that refer to the rows may go on.

    Return their ids and these columns as they are under the lock; nothing on SQLite, where
    nobody else has written since the transaction began. With ``nowait`` one that somebody else
    holds is an outage.
    """  # noqa: D205 - one sentence
    if not ids or not is_postgresql(connection):
        return ()
    statement = select(table.id, *columns).where(is_among(table.id, ids)).order_by(table.id)
    lock = statement.with_for_update(read=shared, key_share=not shared, nowait=nowait)
    async with waiting_for(connection, [(table, id_) for id_ in sorted(ids)]):
        return (await connection.execute(lock)).all()


def waiting_for(
    connection: AsyncConnection, locks: Sequence[Hashable]
) -> AbstractAsyncContextManager[None]:
    """Wait for these locks of PostgreSQL inside of the block, unless too many do."""
    sync: Any = connection.sync_connection
    queues: LockQueues = sync.get_execution_options()[LOCK_QUEUES]
    return queues.waiting(locks)


async def lock_companies(
    connection: AsyncConnection, company_ids: Collection[str], *, nowait: bool = False
) -> None:
    """Keep calendars as they are while days are judged by them (rule 2.2)."""
    await lock_rows(connection, CompanyRow, company_ids, shared=True, nowait=nowait)


async def lock_people(connection: AsyncConnection, person_ids: Collection[str]) -> None:
    """Hold the people, so that nobody else writes their time off until the transaction ends."""
    await lock_rows(connection, PersonRow, person_ids)


async def lock_directory(connection: AsyncConnection, company_ids: Collection[str]) -> None:
    """Let one directory write in at a time, and no judging of days beside it.

    Once in a transaction: whoever has it would wait behind those who wait for it.
    """
    if is_postgresql(connection):
        async with waiting_for(connection, [DIRECTORY_LOCK]):
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": DIRECTORY_LOCK}
            )
        await lock_calendars(connection, company_ids)


async def lock_calendars(connection: AsyncConnection, company_ids: Collection[str]) -> None:
    """Let nobody judge days of the companies; the directory is held already."""
    await lock_rows(connection, CompanyRow, company_ids)


async def lock_everything(connection: AsyncConnection) -> None:
    """Let nobody write the directory or time off until the transaction ends.

    For a write that goes on over many people: whoever waits for one of them holds none of what it
    takes later, so that no two wait for each other.
    """
    if is_postgresql(connection):
        companies = (await connection.execute(select(col(CompanyRow.id)))).scalars().all()
        await lock_directory(connection, companies)
        people = select(col(PersonRow.id)).order_by(col(PersonRow.id))
        (await connection.execute(people.with_for_update(key_share=True))).all()
