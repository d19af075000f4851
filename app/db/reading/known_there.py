"""Conditions of records by what connected systems have of them, and by what waits of them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    String,
    case,
    cast,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.db.reading.conditions import among
from app.db.reading.lists import Condition
from app.db.reading.prepared import bound_list
from app.db.schema.array_parameters import is_among
from app.db.schema.delivery_tables import DeliveryRow
from app.db.schema.record_keys import DayKey, DayOf, PersonOf, RecordKey, RecordOf, UserOf
from app.db.schema.sync_tables import RemoteRecordRow, UpstreamRow
from app.db.schema.tables import PersonTimeOffRow, TimeOffEntryRow
from app.domain.filters import SyncStates
from app.domain.sync.deliveries import STAYS, DeliveryCode, DeliveryState, SyncState
from app.domain.sync.remote import UNSEEN
from app.domain.sync.upstreams import UpstreamApi


@dataclass(frozen=True, slots=True)
class Kept:
    """A table of what is kept alike with systems of an API; ``key``: as those know its rows.

    ``has_key`` is the same the other way round: whether a row is the one of a key, by its index.
    """

    api: UpstreamApi
    table: type[Any]
    key: ColumnElement[str]
    has_key: Callable[[Any, Any], Condition]


ENTRIES_KEPT: Final = Kept(
    UpstreamApi.KANTATA_OX,
    TimeOffEntryRow,
    DayKey(col(TimeOffEntryRow.user_id), col(TimeOffEntryRow.requested_date)),
    lambda row, key: (row.user_id == UserOf(key)) & (row.requested_date == DayOf(key)),
)
PERSON_TIME_OFF_KEPT: Final = Kept(
    UpstreamApi.PROCORE_REST,
    PersonTimeOffRow,
    RecordKey(col(PersonTimeOffRow.person_id), col(PersonTimeOffRow.id)),
    lambda row, key: (row.id == RecordOf(key)) & (row.person_id == PersonOf(key)),
)


def kept_alike(kept: Kept, remote_ids: Any, wanted: SyncStates | None) -> list[Condition]:  # noqa: ANN401
    """Return the conditions that a system knows a record so, and that it is in a state."""
    conditions: list[Condition] = []
    if remote_ids is not None:
        conditions.append(_is_known_under(kept, remote_ids))
    if wanted is not None:
        conditions.append(_is_in_a_state(kept, wanted))
    return conditions


def _is_known_under(kept: Kept, remote_ids: Any) -> Condition:  # noqa: ANN401
    """Return the condition that a system knows the record under one of these ids.

    Of a record that a system has twice, as on its way to another day, the id counts that is
    shown: the first (``sync_lists.remote_ids``).
    """
    row, other = RemoteRecordRow, aliased(RemoteRecordRow)
    has_an_earlier = exists().where(
        col(other.local_key) == col(row.local_key),
        col(other.remote_id) != UNSEEN,
        col(other.remote_id) < col(row.remote_id),
    )
    of_api = select(col(UpstreamRow.id)).where(col(UpstreamRow.api) == kept.api.value)
    known = select(_own_id(kept)).where(
        col(row.upstream_id).in_(of_api),
        *among(row.remote_id, remote_ids),
        col(row.remote_id) != UNSEEN,
        ~has_an_earlier,
    )
    return col(kept.table.id).in_(known)


def _own_id(kept: Kept) -> Any:  # noqa: ANN401
    """Return the record's own id as its column has it; nothing of rows that are no records.

    PostgreSQL may read a row before it leaves it out: what is no id must not be read as one.
    """
    prefix = "K:" if kept.api is UpstreamApi.KANTATA_OX else "P:"
    key, local_key = col(RemoteRecordRow.key), col(RemoteRecordRow.local_key)
    of_a_record = (func.substr(key, 1, len(prefix)) == prefix) & (local_key != "")
    return cast(case((of_a_record, local_key)), kept.table.id.type)


def _is(state: DeliveryState) -> Condition:
    return col(DeliveryRow.state) == state.value


_IS_A_CONFLICT: Final = col(DeliveryRow.code).is_not_distinct_from(DeliveryCode.CONFLICT.value)
_OF_DELIVERIES: Final[Mapping[SyncState, Condition]] = {
    SyncState.PENDING: _is(DeliveryState.PENDING),
    SyncState.UNCERTAIN: _is(DeliveryState.UNCERTAIN),
    SyncState.BLOCKED: _is(DeliveryState.BLOCKED),
    SyncState.CONFLICT: _is(DeliveryState.HELD) & _IS_A_CONFLICT,
    SyncState.OUTSIDE_WINDOW: _is(DeliveryState.HELD) & ~_IS_A_CONFLICT,
}
"""What is so of the delivery of a record in a state, unless that has changed once more."""


def _is_in_a_state(kept: Kept, wanted: SyncStates) -> Condition:
    """Return the condition that `sync_state` of a record is one of these.

    What has changed since is what it will be when that is taken notice of (`newer`): pending, but
    for an open write and an open question.
    """
    states, has_changed = wanted.states, _has_changed(kept, wanted)
    waits = or_(false(), *(so for state, so in _OF_DELIVERIES.items() if state in states))
    at_rest = states - _OF_DELIVERIES.keys()
    found: list[Condition] = []
    if len(at_rest) < len(states):
        # All records are looked at where some at rest are wanted.
        found.append(_has_one(kept, waits) if at_rest else _is_of_one(kept, waits))
    if at_rest:
        found.append(_is_at_rest(kept, at_rest))
    if has_changed is None:
        return or_(false(), *found)
    changes = ~_has_one(kept, or_(*map(_is, STAYS)))
    if SyncState.PENDING in states:
        return or_(has_changed & changes, *found)
    return or_(false(), *found) & ~(has_changed & changes)


def _has_changed(kept: Kept, wanted: SyncStates) -> Condition | None:
    """Return the condition that a record has changed, of which its outbox does not know yet."""
    if wanted.news is None:
        return None
    id_ = col(kept.table.id)
    found: Condition = is_among(id_, bound_list(wanted.news, kept.table.id.type))
    return found


def _is_of_one(kept: Kept, so: Condition) -> Condition:
    """Return the condition that such a delivery waits for a record's system.

    The records are found by the deliveries.
    """
    row = aliased(kept.table)
    waiting = select(row.id).where(
        row.company_id == col(UpstreamRow.company_id),
        col(UpstreamRow.api) == kept.api.value,
        col(DeliveryRow.upstream_id) == col(UpstreamRow.id),
        kept.has_key(row, col(DeliveryRow.key)),
        so,
    )
    return col(kept.table.id).in_(waiting)


def _has_one(kept: Kept, *so: Condition) -> Condition:
    """Return the same condition; the deliveries are found by the records."""
    return exists().where(
        col(UpstreamRow.company_id) == col(kept.table.company_id),
        col(UpstreamRow.api) == kept.api.value,
        col(DeliveryRow.upstream_id) == col(UpstreamRow.id),
        col(DeliveryRow.key) == kept.key,
        *so,
    )


def _is_at_rest(kept: Kept, states: Collection[SyncState]) -> Condition:
    """Return the condition that nothing waits of a record, and a system has it, or none has."""
    is_known = exists().where(
        col(RemoteRecordRow.local_key) == cast(col(kept.table.id), String),
        col(RemoteRecordRow.remote_id) != UNSEEN,
    )
    waits = _has_one(kept)
    if len(states) > 1:
        return ~waits
    return (is_known if SyncState.IN_SYNC in states else ~is_known) & ~waits
