"""How far what is carried from one system into the other has come, in numbers."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.flow_tables import FlowProblemRow, SyncFlowRow
from app.db.schema.tables import ChangeCounterRow
from app.domain.sync.flows import SyncFlow
from app.domain.sync.waiting import FlowBacklog


async def carrying(connection: AsyncConnection) -> Mapping[str, FlowBacklog]:
    """Return how each flow does that any company has, all companies together."""
    flow, counter, problem = SyncFlowRow, ChangeCounterRow, FlowProblemRow
    is_one = col(flow.flow) != SyncFlow.NONE.value
    behind = func.coalesce(col(counter.last_sequence), 0) - col(flow.passed)
    furthest = (
        select(col(flow.flow), func.max(behind).label("lag"))
        .outerjoin(counter, col(counter.company_id) == col(flow.company_id))
        .where(is_one)
        .group_by(col(flow.flow))
    )
    counting = (
        select(col(flow.flow), func.count().label("records"))
        .join(problem, col(problem.company_id) == col(flow.company_id))
        .where(is_one)
        .group_by(col(flow.flow))
    )
    problems = {each.flow: int(each.records) for each in await connection.execute(counting)}
    return {
        each.flow: FlowBacklog(problems.get(each.flow, 0), max(0, int(each.lag)))
        for each in await connection.execute(furthest)
    }
