"""What is carried, and what could not be, as rows and back."""

from typing import Any

from sqlalchemy import Row

from app.domain.sync.flows import Flow, FlowProblem, SyncFlow

Values = dict[str, Any]


def to_flow(row: Row[Any]) -> Flow:
    """Return what a row says is carried."""
    return Flow(row.company_id, SyncFlow(row.flow), row.passed, row.settled_after)


def from_flow(flow: Flow) -> Values:
    """Return the columns of what is carried."""
    return {
        "company_id": flow.company_id,
        "flow": flow.flow.value,
        "passed": flow.passed,
        "settled_after": flow.settled_after,
    }


def to_flow_problem(row: Row[Any]) -> FlowProblem:
    """Return the problem that a row is."""
    return FlowProblem(
        id=row.id,
        company_id=row.company_id,
        record_id=row.record_id,
        person_id=row.person_id,
        code=row.code,
        message=row.message,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
    )
