"""Lists of upstreams, their runs and their problems, page by page; held to the companies.

Runs and problems have no company of their own: they are their upstream's.
"""

from collections.abc import Collection
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.lists import Condition, Listing, Scope
from app.db.schema.array_parameters import is_among
from app.db.schema.sync_rows import to_problem, to_run, to_upstream
from app.db.schema.sync_tables import RemoteRecordRow, SyncProblemRow, SyncRunRow, UpstreamRow
from app.db.schema.tables import table_columns
from app.domain.sync.remote import UNSEEN, SyncProblem, SyncProblemFilter
from app.domain.sync.runs import SyncRun
from app.domain.sync.upstreams import Upstream, UpstreamFilter

T = TypeVar("T")
F = TypeVar("F")


class OfUpstreams(Listing[T, F], Generic[T, F]):
    """What is listed of upstreams."""

    def select(self, scope: Scope, *conditions: Condition) -> Select[Any]:
        """Return the statement for all rows that the caller may see."""
        statement = select(*table_columns(self.table)).where(*conditions)
        return statement if scope is None else statement.where(self._is_of(scope))

    def _is_of(self, companies: Collection[str]) -> Condition:
        mine = select(col(UpstreamRow.id)).where(col(UpstreamRow.company_id).in_(companies))
        found: Condition = self.table.upstream_id.in_(mine)
        return found


def _of_upstreams(wanted: UpstreamFilter) -> list[Condition]:
    table = UpstreamRow
    conditions: list[Condition] = []
    if wanted.company_id is not None:
        conditions.append(col(table.company_id) == wanted.company_id)
    if wanted.states is not None:
        conditions.append(col(table.state).in_([each.value for each in wanted.states]))
    return conditions


def of_upstream(
    column: Any,  # noqa: ANN401 - a column
    company_id: str | None,
    upstream_id: str | None,
) -> list[Condition]:
    """Return the conditions that rows are of an upstream, or of a company's."""
    conditions: list[Condition] = []
    if company_id is not None:
        mine = select(col(UpstreamRow.id)).where(col(UpstreamRow.company_id) == company_id)
        conditions.append(col(column).in_(mine))
    if upstream_id is not None:
        conditions.append(col(column) == upstream_id)
    return conditions


def _of_problems(wanted: SyncProblemFilter) -> list[Condition]:
    table = SyncProblemRow
    conditions = of_upstream(table.upstream_id, wanted.company_id, wanted.upstream_id)
    if wanted.codes is not None:
        conditions.append(col(table.code).in_(wanted.codes))
    return conditions


def _all_of_them(_: None) -> list[Condition]:
    return []


_CONNECTED: Final[tuple[Any, ...]] = (UpstreamRow.connected_at, UpstreamRow.id)
_STARTED: Final[tuple[Any, ...]] = (SyncRunRow.started_at, SyncRunRow.id)
_SEEN: Final[tuple[Any, ...]] = (SyncProblemRow.first_seen_at, SyncProblemRow.id)
UPSTREAMS: Final[Listing[Upstream, UpstreamFilter]] = Listing(
    UpstreamRow, to_upstream, {"CONNECTED_AT": _CONNECTED}, _of_upstreams, UpstreamRow.company_id
)
RUNS: Final[Listing[SyncRun, None]] = OfUpstreams(
    SyncRunRow, to_run, {"STARTED_AT": _STARTED}, _all_of_them, SyncRunRow.upstream_id
)
PROBLEMS: Final[Listing[SyncProblem, SyncProblemFilter]] = OfUpstreams(
    SyncProblemRow, to_problem, {"FIRST_SEEN_AT": _SEEN}, _of_problems, SyncProblemRow.upstream_id
)


async def remote_ids(connection: AsyncConnection, local_keys: Collection[str]) -> dict[str, str]:
    """Return the vendor's id of each record here that a vendor has."""
    row = RemoteRecordRow
    statement = select(col(row.local_key), func.min(col(row.remote_id)).label("remote_id"))
    statement = statement.where(
        is_among(col(row.local_key), list(local_keys)), col(row.remote_id) != UNSEEN
    )
    found = await connection.execute(statement.group_by(col(row.local_key)))
    return {each.local_key: each.remote_id for each in found}
