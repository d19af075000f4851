"""Lists of what is to be written to vendors, and of conflicts, page by page."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import or_
from sqlmodel import col

from app.db.reading.lists import Condition, Listing
from app.db.reading.sync_lists import OfUpstreams, of_upstream
from app.db.schema.array_parameters import is_among
from app.db.schema.delivery_rows import to_conflict, to_delivery
from app.db.schema.delivery_tables import DeliveryRow, SyncConflictRow
from app.db.schema.record_keys import PersonOf, UserOf
from app.domain.identifiers import PERSON_PREFIX, USER_PREFIX
from app.domain.sync.conflicts import SyncConflict, SyncConflictFilter
from app.domain.sync.deliveries import Delivery, DeliveryFilter


def _of_deliveries(wanted: DeliveryFilter) -> list[Condition]:
    table = DeliveryRow
    conditions = of_upstream(table.upstream_id, wanted.company_id, wanted.upstream_id)
    if wanted.states is not None:
        conditions.append(col(table.state).in_([each.value for each in wanted.states]))
    if wanted.subjects is not None:
        conditions.append(_is_of(wanted.subjects))
    return conditions


def _is_of(subjects: Collection[str]) -> Condition:
    """Return the condition that a delivery's key is of one of these users or people."""
    users, people = (
        [each[1:] for each in subjects if each.startswith(prefix)]
        for prefix in (USER_PREFIX, PERSON_PREFIX)
    )
    key = col(DeliveryRow.key)
    of_a_user = is_among(UserOf(key), map(int, users)) & key.startswith("K:")
    return or_(of_a_user, is_among(PersonOf(key), people) & key.startswith("P:"))


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
