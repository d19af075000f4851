"""What goes along with somebody who moves to another company, within the caller's transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, false, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.acknowledgements import ACKNOWLEDGEMENTS
from app.db.reading.lists_of_nouns import WORKWEEKS
from app.db.schema.tables import (
    DeletedPersonTimeOffRow,
    DiscrepancyAcknowledgementRow,
    WorkerLinkRow,
    WorkweekRow,
)
from app.domain.acknowledgements import DiscrepancyAcknowledgement
from app.domain.directory import Workweek
from app.domain.workers import Worker


async def own_workweeks(connection: AsyncConnection, user_id: int) -> list[Workweek]:
    """Return the user's own workweeks, in the order of their ids."""
    statement = WORKWEEKS.select(None, col(WorkweekRow.user_id) == user_id)
    rows = await connection.execute(statement.order_by(col(WorkweekRow.id)))
    return list(map(WORKWEEKS.to_domain, rows))


async def acknowledgements_about(
    connection: AsyncConnection, worker: Worker
) -> list[DiscrepancyAcknowledgement]:
    """Return what was acknowledged of the user or the person, whoever the other one was."""
    table = DiscrepancyAcknowledgementRow
    statement = ACKNOWLEDGEMENTS.select(None, _names(worker, table.user_id, table.person_id))
    rows = await connection.execute(statement.order_by(col(table.id)))
    return list(map(ACKNOWLEDGEMENTS.to_domain, rows))


async def move_deleted_records(
    connection: AsyncConnection, company_id: str, person_id: str, to: str
) -> int:
    """Let the person's records that can still be brought back be of the other company."""
    table = DeletedPersonTimeOffRow
    found = await connection.execute(
        select(col(table.id), col(table.record)).where(col(table.company_id) == company_id)
    )
    theirs = [row for row in found if row.record["person_id"] == person_id]
    for row in theirs:
        now = {"company_id": to, "record": row.record | {"company_id": to}}
        await connection.execute(update(table).where(col(table.id) == row.id).values(now))
    return len(theirs)


async def dissolve_splits(connection: AsyncConnection, worker: Worker) -> int:
    """Forget from whom the user and the person are kept apart; return from how many."""
    table = WorkerLinkRow
    is_theirs = _names(worker, table.user_id, table.person_id)
    done = await connection.execute(delete(table).where(col(table.is_bar), is_theirs))
    return done.rowcount


def _names(worker: Worker, user: int, person: str) -> Any:  # noqa: ANN401 - a condition
    """Return the condition that a row names the user in one column, or the person in the other."""
    ids: Sequence[tuple[Any, Any]] = ((user, worker.user_id), (person, worker.person_id))
    return or_(false(), *(col(column) == id_ for column, id_ in ids if id_ is not None))
