"""Rows of acknowledged discrepancies as objects of the domain, and back."""

from typing import Any

from sqlalchemy import Row

from app.db.schema.conversions import to_actor
from app.domain.acknowledgements import DiscrepancyAcknowledgement
from app.domain.schedule import DiscrepancyKind

Values = dict[str, Any]


def to_acknowledgement(row: Row[Any]) -> DiscrepancyAcknowledgement:
    """Return the acknowledgement that a row is, in force or not."""
    return DiscrepancyAcknowledgement(
        id=row.id,
        company_id=row.company_id,
        user_id=row.user_id,
        person_id=row.person_id,
        day=row.day,
        kind=DiscrepancyKind(row.kind),
        kantata=row.kantata,
        procore=row.procore,
        fingerprint=row.fingerprint,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=to_actor(row),
    )


def from_acknowledgement(said: DiscrepancyAcknowledgement) -> Values:
    """Return an acknowledgement's columns."""
    actor = said.acknowledged_by
    return {
        "id": said.id,
        "company_id": said.company_id,
        "user_id": said.user_id,
        "person_id": said.person_id,
        "day": said.day,
        "kind": said.kind.value,
        "kantata": said.kantata,
        "procore": said.procore,
        "fingerprint": said.fingerprint,
        "acknowledged_at": said.acknowledged_at,
        "actor_kind": actor.kind.value,
        "actor": actor.name,
        "actor_label": actor.label,
    }
