"""Deliveries, their journal and conflicts as rows, and back."""

from typing import Any

from sqlalchemy import Row

from app.domain.sync.conflicts import SyncConflict, SyncConflictKind, SyncSide
from app.domain.sync.deliveries import (
    AttemptOutcome,
    Delivery,
    DeliveryAttempt,
    DeliveryOperation,
    DeliveryState,
)

Values = dict[str, Any]


def to_delivery(row: Row[Any]) -> Delivery:
    """Return the delivery that a row is."""
    return Delivery(
        id=row.id,
        upstream_id=row.upstream_id,
        key=row.key,
        wanted_at=row.wanted_at,
        generation=row.generation,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        not_before=row.not_before,
        code=row.code,
        message=row.message,
    )


def from_delivery(delivery: Delivery) -> Values:
    """Return a delivery's columns."""
    return {
        "id": delivery.id,
        "upstream_id": delivery.upstream_id,
        "key": delivery.key,
        "generation": delivery.generation,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "wanted_at": delivery.wanted_at,
        "not_before": delivery.not_before,
        "code": delivery.code,
        "message": delivery.message,
    }


def to_attempt(row: Row[Any]) -> DeliveryAttempt:
    """Return the attempt that a row is."""
    return DeliveryAttempt(
        id=row.id,
        upstream_id=row.upstream_id,
        key=row.key,
        generation=row.generation,
        operation=DeliveryOperation(row.operation),
        sent=row.sent,
        before=row.before,
        sent_at=row.sent_at,
        settles_at=row.settles_at,
        outcome=AttemptOutcome(row.outcome),
        words=row.words,
    )


def from_attempt(attempt: DeliveryAttempt) -> Values:
    """Return an attempt's columns."""
    return {
        "id": attempt.id,
        "upstream_id": attempt.upstream_id,
        "key": attempt.key,
        "generation": attempt.generation,
        "operation": attempt.operation.value,
        "sent": None if attempt.sent is None else dict(attempt.sent),
        "before": None if attempt.before is None else dict(attempt.before),
        "sent_at": attempt.sent_at,
        "settles_at": attempt.settles_at,
        "outcome": attempt.outcome.value,
        "words": attempt.words,
    }


def to_conflict(row: Row[Any]) -> SyncConflict:
    """Return the conflict that a row is."""
    return SyncConflict(
        id=row.id,
        upstream_id=row.upstream_id,
        key=row.key,
        kind=SyncConflictKind(row.kind),
        ours=row.ours,
        theirs=row.theirs,
        base=row.base,
        opened_at=row.opened_at,
        resolved_at=row.resolved_at,
        kept=None if row.kept is None else SyncSide(row.kept),
        decided_by=row.decided_by,
    )


def from_conflict(conflict: SyncConflict) -> Values:
    """Return a conflict's columns."""

    def version(content: Any) -> Any:  # noqa: ANN401 - JSON
        return None if content is None else dict(content)

    return {
        "id": conflict.id,
        "upstream_id": conflict.upstream_id,
        "key": conflict.key,
        "kind": conflict.kind.value,
        "ours": version(conflict.ours),
        "theirs": version(conflict.theirs),
        "base": version(conflict.base),
        "opened_at": conflict.opened_at,
        "resolved_at": conflict.resolved_at,
        "kept": conflict.kept and conflict.kept.value,
        "decided_by": conflict.decided_by,
    }
