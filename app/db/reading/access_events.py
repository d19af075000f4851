"""Access events, newest first."""

from typing import Any, Final

from sqlalchemy import Row
from sqlmodel import col

from app.db.reading.lists import Condition, Listing
from app.db.schema import conversions
from app.db.schema.tables import AccessEventRow
from app.domain.access import Via
from app.domain.access_events import AccessEvent, AccessEventFilter, AccessEventKind


def _to_event(row: Row[Any]) -> AccessEvent:
    return AccessEvent(
        at=row.at,
        kind=AccessEventKind(row.kind),
        via=Via(row.via),
        request_id=row.request_id,
        company_id=row.company_id,
        actor=None if row.actor is None else conversions.to_origin(row).actor,
        peer=row.peer,
        count=row.times,
        details=row.details or {},
    )


def _conditions(wanted: AccessEventFilter) -> list[Condition]:
    table, at = AccessEventRow, wanted.at
    conditions: list[Condition] = []
    if wanted.company_id is not None:
        conditions.append(col(table.company_id) == wanted.company_id)
    if wanted.actors is not None:
        conditions.append(col(table.actor).in_(wanted.actors))
    if wanted.kinds is not None:
        conditions.append(col(table.kind).in_([kind.value for kind in wanted.kinds]))
    if at is not None and at.since is not None:
        conditions.append(col(table.at) >= at.since)
    if at is not None and at.until is not None:
        conditions.append(col(table.at) < at.until)
    return conditions


_NUMBER: Final[tuple[Any, ...]] = (AccessEventRow.id,)
ACCESS_EVENTS: Final[Listing[AccessEvent, AccessEventFilter]] = Listing(
    AccessEventRow, _to_event, {"NUMBER": _NUMBER}, _conditions
)
