"""What is to be written to a vendor, what was, and which versions conflict."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.array_parameters import is_among
from app.db.schema.delivery_rows import to_attempt, to_delivery
from app.db.schema.delivery_tables import DeliveryAttemptRow, DeliveryRow, SyncConflictRow
from app.db.schema.sync_tables import UpstreamRow
from app.db.schema.tables import TimeOffEntryRow, table_columns
from app.domain.changes import CommittedChange
from app.domain.identifiers import Kind
from app.domain.sync.deliveries import (
    IN_LINE,
    LONGEST_SETTLE,
    AttemptOutcome,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    day_key,
    record_key,
)
from app.domain.sync.upstreams import UpstreamApi
from app.domain.sync.waiting import Waiting

_IN_LINE = tuple(each.value for each in IN_LINE)


def _has_waited(now: datetime) -> ColumnElement[bool]:
    """Say of which `Delivery.waits` is not so."""
    until = col(DeliveryRow.not_before)
    return or_(until.is_(None), until <= now, until > now + LONGEST_SETTLE)


async def due(
    connection: AsyncConnection, upstream_id: str, now: datetime, most: int
) -> list[Delivery]:
    """Return what is to be looked at now, the longest wanted first."""
    row = DeliveryRow
    statement = (
        select(*table_columns(row))
        .where(
            col(row.upstream_id) == upstream_id,
            col(row.state).in_(_IN_LINE),
            _has_waited(now),
        )
        .order_by(col(row.wanted_at), col(row.key))
        .limit(most)
    )
    return [to_delivery(each) for each in await connection.execute(statement)]


async def with_deliveries(connection: AsyncConnection, now: datetime) -> set[str]:
    """Return which upstreams have anything that is to be looked at now."""
    row = DeliveryRow
    statement = (
        select(col(row.upstream_id))
        .where(
            col(row.state).in_(_IN_LINE),
            _has_waited(now),
        )
        .distinct()
    )
    return set((await connection.execute(statement)).scalars())


async def changed_keys(
    connection: AsyncConnection, api: UpstreamApi, changes: Sequence[CommittedChange]
) -> set[str]:
    """Return the keys of what has changed and this system has to be told of."""
    if api is UpstreamApi.KANTATA_OX:
        return await _changed_days(connection, changes)
    return {
        record_key(facts["personId"], str(each.key))
        for each in changes
        for facts in filter(None, (each.before, each.after))
        if each.kind is Kind.PERSON_TIME_OFF
    }


async def _changed_days(
    connection: AsyncConnection, changes: Sequence[CommittedChange]
) -> set[str]:
    """Return the users' days whose entries, or external references, have changed."""
    keys, of_entries = set[str](), set[int]()
    for each in changes:
        for facts in filter(None, (each.before, each.after)):
            if each.kind is Kind.ENTRY:
                keys.add(day_key(int(facts["userId"]), facts["requestedDate"]))
            elif each.kind is Kind.REFERENCE:
                of_entries.add(int(facts["timeOffEntryId"]))
    told = {int(each.key) for each in changes if each.kind is Kind.ENTRY}
    if others := of_entries - told:  # of those that were deleted with their entry, it tells all
        row = TimeOffEntryRow
        places = select(col(row.user_id), col(row.requested_date)).where(
            is_among(col(row.id), list(others))
        )
        keys |= {day_key(user, day) for user, day in await connection.execute(places)}
    return keys


async def deliveries_of(
    connection: AsyncConnection, upstream_id: str, keys: Collection[str]
) -> Mapping[str, Delivery]:
    """Return the deliveries of these keys."""
    row = DeliveryRow
    statement = select(*table_columns(row)).where(
        col(row.upstream_id) == upstream_id, is_among(col(row.key), list(keys))
    )
    return {each.key: to_delivery(each) for each in await connection.execute(statement)}


async def deliveries_of_companies(
    connection: AsyncConnection, places: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], Delivery]:
    """Return what waits of these keys, each of one company's."""
    row, companies = DeliveryRow, {company for company, _ in places}
    statement = (
        select(col(UpstreamRow.company_id), *table_columns(row))
        .join(UpstreamRow, col(UpstreamRow.id) == col(row.upstream_id))
        .where(
            col(UpstreamRow.company_id).in_(companies),
            is_among(col(row.key), [key for _, key in places]),
        )
    )
    found = await connection.execute(statement)
    return {(each.company_id, each.key): to_delivery(each) for each in found}


async def attempts_of(
    connection: AsyncConnection, upstream_id: str, keys: Collection[str], since: datetime
) -> Mapping[str, Sequence[DeliveryAttempt]]:
    """Return the writes of these keys since the moment, and all whose outcome is unknown."""
    among = is_among(col(DeliveryAttemptRow.key), list(keys))
    found: dict[str, list[DeliveryAttempt]] = defaultdict(list)
    for each in await _attempts(connection, upstream_id, among, since):
        found[each.key].append(each)
    return found


async def attempts_below(
    connection: AsyncConnection, upstream_id: str, prefix: str, since: datetime
) -> list[DeliveryAttempt]:
    """Return the same of all keys that begin so."""
    begins = col(DeliveryAttemptRow.key).startswith(prefix, autoescape=True)
    return await _attempts(connection, upstream_id, begins, since)


async def _attempts(
    connection: AsyncConnection, upstream_id: str, which: ColumnElement[bool], since: datetime
) -> list[DeliveryAttempt]:
    row = DeliveryAttemptRow
    statement = (
        select(*table_columns(row))
        .where(
            col(row.upstream_id) == upstream_id,
            which,
            or_(col(row.settles_at) >= since, col(row.outcome) == AttemptOutcome.UNKNOWN.value),
        )
        .order_by(col(row.sent_at), col(row.id))
    )
    return [to_attempt(each) for each in await connection.execute(statement)]


async def count_deliveries(connection: AsyncConnection, upstream_id: str, code: str) -> int:
    """Return how many deliveries an upstream has for a reason."""
    row = DeliveryRow
    counting = select(func.count()).where(
        col(row.upstream_id) == upstream_id, col(row.code) == code
    )
    return int((await connection.execute(counting)).scalar_one())


async def keys_of(connection: AsyncConnection, upstream_id: str) -> list[str]:
    """Return all keys that wait to be written, or for somebody."""
    row = DeliveryRow
    return [
        *(await connection.scalars(select(col(row.key)).where(col(row.upstream_id) == upstream_id)))
    ]


async def oldest_attempt_at(connection: AsyncConnection) -> datetime | None:
    """Return when the oldest write that is listed was sent."""
    return (
        await connection.execute(select(func.min(col(DeliveryAttemptRow.sent_at))))
    ).scalar_one()


async def waiting_of_upstreams(
    connection: AsyncConnection, upstream_ids: Collection[str] | None = None
) -> dict[str, Waiting]:
    """Return what waits of each upstream of which anything does, or of these alone."""
    delivery, conflict = DeliveryRow, SyncConflictRow
    by_state = select(
        col(delivery.upstream_id),
        col(delivery.state),
        func.count().label("count"),
        func.min(col(delivery.wanted_at)).label("oldest_at"),
    ).group_by(col(delivery.upstream_id), col(delivery.state))
    is_open = (
        select(col(conflict.upstream_id), func.count().label("count"))
        .where(col(conflict.resolved_at).is_(None))
        .group_by(col(conflict.upstream_id))
    )
    if upstream_ids is not None:
        by_state = by_state.where(is_among(col(delivery.upstream_id), list(upstream_ids)))
        is_open = is_open.where(is_among(col(conflict.upstream_id), list(upstream_ids)))
    counts: dict[str, dict[DeliveryState, int]] = defaultdict(dict)
    oldest: dict[str, datetime] = {}
    for each in await connection.execute(by_state):
        state = DeliveryState(each.state)
        counts[each.upstream_id][state] = each[2]
        if state in IN_LINE:
            before = oldest.get(each.upstream_id, each.oldest_at)
            oldest[each.upstream_id] = min(before, each.oldest_at)
    conflicts = {each.upstream_id: int(each[1]) for each in await connection.execute(is_open)}
    return {
        id_: Waiting(counts.get(id_, {}), oldest.get(id_), conflicts.get(id_, 0))
        for id_ in {*counts, *conflicts}
    }


async def count_writes(connection: AsyncConnection, ids: Collection[str]) -> dict[str, int]:
    """Return how often each of these deliveries was written since it is wanted."""
    delivery, attempt = DeliveryRow, DeliveryAttemptRow
    counting = (
        select(col(delivery.id), func.count())
        .join(
            attempt,
            (col(attempt.upstream_id) == col(delivery.upstream_id))
            & (col(attempt.key) == col(delivery.key))
            & (col(attempt.sent_at) >= col(delivery.wanted_at)),
        )
        .where(is_among(col(delivery.id), list(ids)))
        .group_by(col(delivery.id))
    )
    return {id_: int(count) for id_, count in await connection.execute(counting)}


async def is_at_work(connection: AsyncConnection, upstream_id: str, now: datetime) -> bool:
    """Say whether anything of an upstream is being written, or to be looked at now.

    What was sent without an answer that can be read waits; it is at work when its time has come.
    """
    row = DeliveryRow
    is_sent = (col(row.state) == DeliveryState.UNCERTAIN.value) & (col(row.attempts) > 0)
    finding = (
        select(col(row.id))
        .where(
            col(row.upstream_id) == upstream_id,
            col(row.state).in_(_IN_LINE),
            or_(is_sent, _has_waited(now)),
        )
        .limit(1)
    )
    return (await connection.execute(finding)).first() is not None
