"""The numbered changes of a company: in pages, and what they tell of what is gone."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.listing import Scope
from app.db.tables import ChangeRow, table_columns
from app.db.writing import ChangeOperation
from app.domain.errors import InvalidValue
from app.domain.identifiers import Key, Kind
from app.domain.paging import Page, PageRequest, write_cursor


async def page(
    connection: AsyncConnection, company_id: str, request: PageRequest
) -> Page[Row[Any]]:
    """Return the changes after the cursor's number, in order."""
    statement = select(*table_columns(ChangeRow)).where(col(ChangeRow.company_id) == company_id)
    if request.after is not None:
        if len(request.after) != 1 or not isinstance(request.after[0], int):
            raise InvalidValue("This is not a cursor of this list.", ("after",))
        statement = statement.where(col(ChangeRow.sequence) > min(request.after[0], 2**62))
    statement = statement.order_by(col(ChangeRow.sequence)).limit(request.size + 1)
    rows = (await connection.execute(statement)).all()
    kept = rows[: request.size]
    return Page(
        kept,
        [write_cursor(request.order, (row.sequence,)) for row in kept],
        has_next=len(rows) > request.size,
        has_previous=request.after is not None,
    )


@dataclass(frozen=True, slots=True)
class DeletedObject:
    """What the feed tells of an object as it was before it was deleted."""

    company_id: str
    facts: dict[str, Any]


async def deleted_object(
    connection: AsyncConnection, scope: Scope, kind: Kind, key: Key
) -> DeletedObject | None:
    """Return what the deleted object was like; None if none was deleted."""
    statement = (
        select(col(ChangeRow.company_id), col(ChangeRow.before))
        .where(
            col(ChangeRow.subject_type) == kind.type_name,
            col(ChangeRow.subject_key) == str(key),
            col(ChangeRow.operation) == ChangeOperation.DELETED.value,
        )
        .order_by(col(ChangeRow.sequence).desc())
        .limit(1)
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None or (scope is not None and row.company_id not in scope):
        return None
    return DeletedObject(row.company_id, row.before)
