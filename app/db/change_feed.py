"""The numbered changes of a company, in pages."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.tables import ChangeRow, table_columns
from app.domain.errors import InvalidValue
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
