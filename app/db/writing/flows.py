"""Storing what is carried between the systems, what was made by it, and what could not be."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.array_parameters import is_among
from app.db.schema.flow_rows import from_flow, from_mirrored
from app.db.schema.flow_tables import FlowProblemRow, MirroredRecordRow, SyncFlowRow
from app.db.writing.statements import delete_all, upserting
from app.domain.sync.flows import Flow
from app.domain.sync.mirrored import MirroredRecord


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


async def is_carried(connection: AsyncConnection, flow: Flow) -> bool:
    """Say whether it is still carried so, which nobody changes until the transaction ends."""
    row = SyncFlowRow
    mine = col(row.company_id) == flow.company_id
    found = await connection.scalar(select(col(row.flow)).where(mine).with_for_update())
    return found is not None and found == flow.flow.value


async def keep_problem(
    connection: AsyncConnection, company_id: str, key: str, told: tuple[str, str], at: datetime
) -> None:
    """Store that a record or a user's day cannot be carried: the code and words of why."""
    insert = upserting(connection, FlowProblemRow)
    seen = {"code": told[0], "message": told[1], "last_seen_at": at}
    storing = insert.on_conflict_do_update(index_elements=["company_id", "key"], set_=seen)
    new = {"id": str(uuid4()), "company_id": company_id, "key": key}
    await connection.execute(storing, [new | seen | {"first_seen_at": at}])


async def forget_problems_of(
    connection: AsyncConnection, company_id: str, keys: Collection[str]
) -> None:
    """Delete what was told of what is carried now."""
    row = FlowProblemRow
    mine = col(row.company_id) == company_id
    await connection.execute(delete(row).where(mine, is_among(col(row.key), list(keys))))


async def keep_mirrored(connection: AsyncConnection, records: Sequence[MirroredRecord]) -> None:
    """Store what records were made of entries, in the place of what they were before."""
    insert = upserting(connection, MirroredRecordRow)
    storing = insert.on_conflict_do_update(
        index_elements=["record_id"],
        set_={name: getattr(insert.excluded, name) for name in ("person_id", "user_id", "plan")},
    )
    if records:
        await connection.execute(storing, list(map(from_mirrored, records)))


async def move_mirrored(
    connection: AsyncConnection, user_id: int, person_id: str, company_id: str
) -> None:
    """Have a worker's records be of another company, into which entries and records were moved."""
    row = MirroredRecordRow
    theirs = (
        col(row.company_id) != company_id,
        col(row.user_id) == user_id,
        col(row.person_id) == person_id,
    )
    await connection.execute(update(row).where(*theirs).values(company_id=company_id))


async def forget_mirrored(connection: AsyncConnection, record_ids: Collection[str]) -> None:
    """Have these records be like any other: they follow no entries any more."""
    await delete_all(connection, MirroredRecordRow.record_id, record_ids)


async def forget_problems(connection: AsyncConnection, flow: Flow) -> None:
    """Delete what was told of what is carried no more: records, days, or both."""
    row = FlowProblemRow
    kinds = {"P:": flow.flow.is_into_kantata, "K:": flow.flow.is_into_procore}
    over = [col(row.key).startswith(kind) for kind, is_carried in kinds.items() if not is_carried]
    if over:
        mine = col(row.company_id) == flow.company_id
        await connection.execute(delete(row).where(mine, or_(*over)))
