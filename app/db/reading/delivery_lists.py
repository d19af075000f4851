"""Lists of what is to be written to vendors, and of conflicts, page by page."""

from typing import Any, Final

from sqlmodel import col

from app.db.reading.lists import Condition, Listing
from app.db.reading.sync_lists import OfUpstreams, of_upstream
from app.db.schema.delivery_rows import to_conflict, to_delivery
from app.db.schema.delivery_tables import DeliveryRow, SyncConflictRow
from app.domain.sync.conflicts import SyncConflict, SyncConflictFilter
from app.domain.sync.deliveries import Delivery, DeliveryFilter


def _of_deliveries(wanted: DeliveryFilter) -> list[Condition]:
    table = DeliveryRow
    conditions = of_upstream(table.upstream_id, wanted.company_id, wanted.upstream_id)
    if wanted.states is not None:
        conditions.append(col(table.state).in_([each.value for each in wanted.states]))
    return conditions


def _of_conflicts(wanted: SyncConflictFilter) -> list[Condition]:
    table = SyncConflictRow
    conditions = of_upstream(table.upstream_id, wanted.company_id, wanted.upstream_id)
    if wanted.is_open is not None:
        is_open = col(table.resolved_at).is_(None)
        conditions.append(is_open if wanted.is_open else ~is_open)
    return conditions


_WANTED: Final[tuple[Any, ...]] = (DeliveryRow.wanted_at, DeliveryRow.id)
_OPENED: Final[tuple[Any, ...]] = (SyncConflictRow.opened_at, SyncConflictRow.id)
DELIVERIES: Final[Listing[Delivery, DeliveryFilter]] = OfUpstreams(
    DeliveryRow, to_delivery, {"WANTED_AT": _WANTED}, _of_deliveries, DeliveryRow.upstream_id
)
CONFLICTS: Final[Listing[SyncConflict, SyncConflictFilter]] = OfUpstreams(
    SyncConflictRow,
    to_conflict,
    {"OPENED_AT": _OPENED},
    _of_conflicts,
    SyncConflictRow.upstream_id,
)
