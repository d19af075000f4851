"""What is carried, what was made by it, and what could not be, as rows and back."""

from datetime import time
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Row

from app.domain.mirror import SpanPlan
from app.domain.sync.flows import Flow, FlowProblem, Standing, SyncFlow
from app.domain.sync.mirrored import MirroredRecord, Terms

Values = dict[str, Any]
_PLAN: Final = TypeAdapter(SpanPlan)


def to_flow(row: Row[Any]) -> Flow:
    """Return what a row says is carried."""
    return Flow(
        row.company_id,
        SyncFlow(row.flow),
        row.passed,
        None if row.settled_after is None else Standing.read(row.settled_after),
        Terms(
            row.reason,
            row.is_paid,
            time.fromisoformat(row.batch_start_time),
            row.round_to_quarter_hours,
        ),
    )


def from_flow(flow: Flow) -> Values:
    """Return the columns of what is carried."""
    return {
        "company_id": flow.company_id,
        "flow": flow.flow.value,
        "passed": flow.passed,
        "settled_after": None if flow.settled is None else flow.settled.text(),
        "reason": flow.terms.reason,
        "is_paid": flow.terms.is_paid,
        "batch_start_time": flow.terms.batch_start_time.isoformat(),
        "round_to_quarter_hours": flow.terms.round_to_quarter_hours,
    }


def to_mirrored(row: Row[Any]) -> MirroredRecord:
    """Return the mirrored record that a row is."""
    return MirroredRecord(
        record_id=row.record_id,
        company_id=row.company_id,
        person_id=row.person_id,
        user_id=row.user_id,
        plan=_PLAN.validate_python(row.plan),
    )


def from_mirrored(record: MirroredRecord) -> Values:
    """Return the columns of a mirrored record."""
    return {
        "record_id": record.record_id,
        "company_id": record.company_id,
        "person_id": record.person_id,
        "user_id": record.user_id,
        "plan": _PLAN.dump_python(record.plan, mode="json"),
    }


def to_flow_problem(row: Row[Any]) -> FlowProblem:
    """Return the problem that a row is."""
    return FlowProblem(
        id=row.id,
        company_id=row.company_id,
        key=row.key,
        code=row.code,
        message=row.message,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
    )
