"""The numbered changes of a company: in pages, and what they tell of what is gone."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.lists import Scope
from app.db.schema.tables import ChangeRow, table_columns
from app.domain.changes import ChangeOperation, CommittedChange
from app.domain.errors import InvalidValue
from app.domain.identifiers import Key, Kind
from app.domain.paging import Page, PageRequest, write_cursor

_KINDS: Final = {kind.type_name: kind for kind in Kind}


async def page(
    connection: AsyncConnection, company_id: str, request: PageRequest
) -> Page[CommittedChange]:
    """Return the changes after the cursor's number, in order."""
    statement = select(*table_columns(ChangeRow)).where(col(ChangeRow.company_id) == company_id)
    after = _number_of(request)
    if after is not None:
        statement = statement.where(col(ChangeRow.sequence) > after)
    statement = statement.order_by(col(ChangeRow.sequence)).limit(request.size + 1)
    rows = (await connection.execute(statement)).all()
    if not rows and after is not None:
        await _refuse_the_future(connection, company_id, after)
    kept = rows[: request.size]
    return Page(
        [_committed(row) for row in kept],
        [write_cursor(request.order, (row.sequence,)) for row in kept],
        has_next=len(rows) > request.size,
        has_previous=after is not None,
    )


def _committed(row: Row[Any]) -> CommittedChange:
    key = row.subject_key
    return CommittedChange(
        sequence=row.sequence,
        at=row.at,
        operation=ChangeOperation(row.operation),
        kind=_KINDS[row.subject_type],
        key=int(key) if key.isdigit() else key,
        before=row.before,
        after=row.after,
    )


def _number_of(request: PageRequest) -> int | None:
    if request.after is None:
        return None
    number, *more = request.after
    if more or not isinstance(number, int):
        raise InvalidValue("This is not a cursor of this list.", ("after",))
    return min(number, 2**62)


async def _refuse_the_future(connection: AsyncConnection, company_id: str, after: int) -> None:
    """Refuse a number that no change has yet: a reader would miss all up to it unawares."""
    last = select(func.max(col(ChangeRow.sequence))).where(col(ChangeRow.company_id) == company_id)
    if after > (await connection.scalar(last) or 0):
        msg = (
            "This cursor is beyond the company's last change: it is of another company, or the "
            "database was restored from a backup. Begin without it."
        )
        raise InvalidValue(msg, ("after",))


@dataclass(frozen=True, slots=True)
class DeletedObject:
    """A deleted object: its company, and its last fields as the change feed tells them."""

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
