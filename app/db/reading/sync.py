"""Upstreams, what vendors had, runs and problems."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.lists import Scope
from app.db.schema.array_parameters import is_among
from app.db.schema.sync_rows import to_run, to_upstream
from app.db.schema.sync_tables import (
    RemoteRecordRow,
    SyncProblemRow,
    SyncRunRow,
    UpstreamRow,
)
from app.db.schema.tables import ChangeCounterRow, TimeOffEntryRow, table_columns
from app.domain.days import DaySpan
from app.domain.sync.remote import REPLACED, BaseRecord
from app.domain.sync.runs import RunKind, SyncRun
from app.domain.sync.upstreams import SyncDirection, Upstream
from app.domain.time_off_entries import UserDay


async def upstreams_of(connection: AsyncConnection, scope: Scope) -> list[Upstream]:
    """Return the upstreams of the companies in the order in which they were connected."""
    row = UpstreamRow
    statement = select(*table_columns(row)).order_by(col(row.connected_at), col(row.id))
    if scope is not None:
        statement = statement.where(col(row.company_id).in_(scope))
    return [to_upstream(each) for each in await connection.execute(statement)]


async def find_upstream(connection: AsyncConnection, scope: Scope, id_: str) -> Upstream | None:
    """Return an upstream; None where it is unknown, or another tenant's."""
    statement = select(*table_columns(UpstreamRow)).where(col(UpstreamRow.id) == id_)
    if scope is not None:
        statement = statement.where(col(UpstreamRow.company_id).in_(scope))
    found = (await connection.execute(statement)).one_or_none()
    return None if found is None else to_upstream(found)


async def sealed_credentials(connection: AsyncConnection, id_: str) -> str | None:
    """Return what opens an upstream, sealed."""
    statement = select(col(UpstreamRow.credentials)).where(col(UpstreamRow.id) == id_)
    return (await connection.execute(statement)).scalar_one_or_none()


async def followed_to(connection: AsyncConnection, id_: str) -> int | None:
    """Return the number of the last change that an upstream's outbox has taken notice of."""
    statement = select(col(UpstreamRow.followed)).where(col(UpstreamRow.id) == id_)
    return (await connection.execute(statement)).scalar_one_or_none()


async def behind(
    connection: AsyncConnection, company_ids: Collection[str] | None = None
) -> list[str]:
    """Return the upstreams, of these companies if given, whose outboxes lack changes."""
    row, counter = UpstreamRow, ChangeCounterRow
    followed = func.coalesce(col(row.followed), -1)
    statement = (
        select(col(row.id))
        .join(counter, col(counter.company_id) == col(row.company_id))
        .where(
            col(row.direction) == SyncDirection.TWO_WAY.value,
            col(counter.last_sequence) > followed,
        )
        .order_by(col(row.id))
    )
    if company_ids is not None:
        statement = statement.where(is_among(col(row.company_id), list(company_ids)))
    return list((await connection.execute(statement)).scalars())


async def bases(
    connection: AsyncConnection, upstream_id: str, keys: Collection[str]
) -> Mapping[str, BaseRecord]:
    """Return what the vendor had under the keys, when it was last looked at."""
    row = RemoteRecordRow
    statement = select(*table_columns(row)).where(
        col(row.upstream_id) == upstream_id, is_among(col(row.key), list(keys))
    )
    return {each.key: to_base(each) for each in await connection.execute(statement)}


async def bases_of_remote(
    connection: AsyncConnection, upstream_id: str, remote_ids: Collection[str]
) -> list[BaseRecord]:
    """Return where the vendor had these records, when they were last looked at."""
    row = RemoteRecordRow
    statement = select(*table_columns(row)).where(
        col(row.upstream_id) == upstream_id, is_among(col(row.remote_id), list(remote_ids))
    )
    return [to_base(each) for each in await connection.execute(statement)]


async def bases_of_days(
    connection: AsyncConnection, upstream_id: str, days: DaySpan
) -> Mapping[str, BaseRecord]:
    """Return what the vendor had on the days."""
    row = RemoteRecordRow
    statement = select(*table_columns(row)).where(
        col(row.upstream_id) == upstream_id,
        col(row.day).between(days.first, days.last),
        _is_of_an_entry(),
    )
    return {each.key: to_base(each) for each in await connection.execute(statement)}


async def entries_of_days(
    connection: AsyncConnection, company_id: str, days: DaySpan
) -> list[UserDay]:
    """Return on which days of these the company's users have an entry here."""
    row = TimeOffEntryRow
    statement = select(col(row.user_id), col(row.requested_date)).where(
        col(row.company_id) == company_id,
        col(row.requested_date).between(days.first, days.last),
    )
    return [(user, day) for user, day in await connection.execute(statement)]


async def count_bases(connection: AsyncConnection, upstream_id: str, days: DaySpan) -> int:
    """Return how many records of the vendor are known of the days."""
    row = RemoteRecordRow
    counting = select(func.count()).where(
        col(row.upstream_id) == upstream_id,
        col(row.day).between(days.first, days.last),
        _is_of_an_entry(),
    )
    return int((await connection.execute(counting)).scalar_one())


async def directory_keys(connection: AsyncConnection, upstream_id: str) -> set[str]:
    """Return the keys under which the vendor ever had somebody, a workweek or a holiday."""
    row = RemoteRecordRow
    statement = select(col(row.key)).where(
        col(row.upstream_id) == upstream_id,
        not_(_is_of_an_entry()),
        not_(col(row.key).startswith("P:")),
    )
    return set((await connection.execute(statement)).scalars())


def _is_of_an_entry() -> ColumnElement[bool]:
    return col(RemoteRecordRow.key).startswith("K:")


def to_base(row: Any) -> BaseRecord:  # noqa: ANN401 - a row
    """Return what a vendor had, of a row."""
    return BaseRecord(
        key=row.key,
        local_key=row.local_key,
        remote_id=row.remote_id,
        day=row.day,
        content=row.content,
        person_id=row.person_id,
    )


async def last_run(connection: AsyncConnection, upstream_id: str, kind: RunKind) -> SyncRun | None:
    """Return the newest run of a kind."""
    row = SyncRunRow
    statement = (
        select(*table_columns(row))
        .where(
            col(row.upstream_id) == upstream_id,
            col(row.kind) == kind.value,
        )
        .order_by(col(row.started_at).desc(), col(row.id).desc())
        .limit(1)
    )
    found = (await connection.execute(statement)).one_or_none()
    return None if found is None else to_run(found)


async def drift_repaired(
    connection: AsyncConnection, upstream_ids: Collection[str]
) -> dict[str, int]:
    """Return how much drift the runs of each upstream that are kept have repaired, if any."""
    row = SyncRunRow
    counting = (
        select(col(row.upstream_id), func.sum(col(row.drift_repaired)).label("repaired"))
        .where(is_among(col(row.upstream_id), list(upstream_ids)))
        .group_by(col(row.upstream_id))
    )
    return {each.upstream_id: int(each.repaired) for each in await connection.execute(counting)}


async def count_problems(connection: AsyncConnection, upstream_id: str) -> int:
    """Return how many records of an upstream cannot be taken in."""
    counting = select(func.count()).where(col(SyncProblemRow.upstream_id) == upstream_id)
    return int((await connection.execute(counting)).scalar_one())


async def ids_of_problems(connection: AsyncConnection, upstream_id: str, code: str) -> set[str]:
    """Return the vendor's ids of the records with a problem of this code."""
    row = SyncProblemRow
    statement = select(col(row.remote_id)).where(
        col(row.upstream_id) == upstream_id, col(row.code) == code
    )
    return set((await connection.execute(statement)).scalars())


async def problems_of_systems(connection: AsyncConnection) -> dict[str, int]:
    """Return how many records of each system cannot be taken in; 0 where there is an upstream.

    What gave way is taken in: it is only to be looked at.
    """
    upstream, problem = UpstreamRow, SyncProblemRow
    counting = (
        select(col(upstream.api), func.count(col(problem.id)))
        .select_from(upstream)
        .outerjoin(
            problem,
            (col(problem.upstream_id) == col(upstream.id)) & (col(problem.code) != REPLACED),
        )
        .group_by(col(upstream.api))
    )
    return {api: int(count) for api, count in await connection.execute(counting)}


async def oldest_run_at(connection: AsyncConnection) -> datetime | None:
    """Return when the oldest run that is listed began."""
    return (await connection.execute(select(func.min(col(SyncRunRow.started_at))))).scalar_one()
