"""Records that were deleted whole, within the caller's transaction (rule 3.13)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.array_parameters import is_among
from app.db.schema.tables import DeletedPersonTimeOffRow
from app.db.writing.statements import delete_all, insert_all

_KEPT: Final = select(
    col(DeletedPersonTimeOffRow.company_id), col(DeletedPersonTimeOffRow.record)
).where(
    col(DeletedPersonTimeOffRow.id) == bindparam("record_id"),
    col(DeletedPersonTimeOffRow.deleted_at) >= bindparam("since"),
)
_OLD: Final = (
    select(col(DeletedPersonTimeOffRow.id))
    .where(col(DeletedPersonTimeOffRow.deleted_at) < bindparam("moment"))
    .limit(1)
)
_FORGET: Final = delete(DeletedPersonTimeOffRow).where(
    col(DeletedPersonTimeOffRow.deleted_at) < bindparam("moment")
)


async def keep(
    connection: AsyncConnection, id_: str, company_id: str, record: Mapping[str, Any], at: datetime
) -> None:
    """Store what the record was, in the transaction that deletes it."""
    row = {"id": id_, "company_id": company_id, "record": record, "deleted_at": at}
    await insert_all(connection, DeletedPersonTimeOffRow, [row])


async def find(
    connection: AsyncConnection, id_: str, since: datetime
) -> tuple[str, dict[str, Any]] | None:
    """Return its company and what it was, if it was deleted at the moment or later."""
    asked = {"record_id": id_, "since": since}
    row = (await connection.execute(_KEPT, asked)).one_or_none()
    return None if row is None else (row.company_id, row.record)


async def take(connection: AsyncConnection, ids: Collection[str]) -> None:
    """Delete what is kept of these: the records are there again."""
    await delete_all(connection, DeletedPersonTimeOffRow.id, ids)


async def take_all(connection: AsyncConnection, company_id: str, ids: Collection[str]) -> None:
    """Delete what is kept of these records of a company: they are there again."""
    row = DeletedPersonTimeOffRow
    await connection.execute(
        delete(row).where(col(row.company_id) == company_id, is_among(col(row.id), list(ids)))
    )


async def is_any_before(connection: AsyncConnection, moment: datetime) -> bool:
    """Say whether anything is to be forgotten, without writing."""
    return (await connection.execute(_OLD, {"moment": moment})).first() is not None


async def forget_before(connection: AsyncConnection, moment: datetime) -> int:
    """Delete what was deleted before the moment; return how many records."""
    return (await connection.execute(_FORGET, {"moment": moment})).rowcount
