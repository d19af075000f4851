"""Storing what is carried from one system into the other, and what could not be."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.flow_rows import from_flow
from app.db.schema.flow_tables import FlowProblemRow, SyncFlowRow
from app.db.writing.statements import upserting
from app.domain.sync.flows import Flow, SyncFlow


async def keep_flow(connection: AsyncConnection, flow: Flow) -> None:
    """Store what is carried for a company, in the place of what was before."""
    insert = upserting(connection, SyncFlowRow)
    values = from_flow(flow)
    storing = insert.on_conflict_do_update(
        index_elements=["company_id"],
        set_={name: value for name, value in values.items() if name != "company_id"},
    )
    await connection.execute(storing, [values])


async def go_on(connection: AsyncConnection, before: Flow, after: Flow) -> bool:
    """Store how far it has come; return False where somebody has changed it meanwhile."""
    row = SyncFlowRow
    is_as_it_was = [
        col(getattr(row, name)).is_not_distinct_from(value)
        for name, value in from_flow(before).items()
    ]
    done = await connection.execute(update(row).where(*is_as_it_was).values(from_flow(after)))
    return bool(done.rowcount)


async def is_carried(connection: AsyncConnection, company_id: str) -> bool:
    """Say whether anything is carried for a company, which nobody ends until the transaction is."""
    row = SyncFlowRow
    statement = select(col(row.flow)).where(col(row.company_id) == company_id).with_for_update()
    found = await connection.scalar(statement)
    return found is not None and found != SyncFlow.NONE.value


async def keep_problem(
    connection: AsyncConnection,
    company_id: str,
    record: tuple[str, str],
    told: tuple[str, str],
    at: datetime,
) -> None:
    """Store that a record, of a person, cannot be carried: the code and words of why."""
    insert = upserting(connection, FlowProblemRow)
    seen = {"person_id": record[1], "code": told[0], "message": told[1], "last_seen_at": at}
    storing = insert.on_conflict_do_update(index_elements=["company_id", "record_id"], set_=seen)
    new = {"id": str(uuid4()), "company_id": company_id, "record_id": record[0]}
    await connection.execute(storing, [new | seen | {"first_seen_at": at}])


async def forget_problem(connection: AsyncConnection, company_id: str, record_id: str) -> None:
    """Delete what was told of a record that is carried now."""
    row = FlowProblemRow
    await connection.execute(
        delete(row).where(col(row.company_id) == company_id, col(row.record_id) == record_id)
    )


async def forget_problems(connection: AsyncConnection, company_id: str) -> None:
    """Delete what was told of all records of a company."""
    await connection.execute(
        delete(FlowProblemRow).where(col(FlowProblemRow.company_id) == company_id)
    )
