"""Storing upstreams, what vendors had, runs and problems, within the caller's transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.array_parameters import is_among
from app.db.schema.sync_rows import from_run, from_upstream
from app.db.schema.sync_tables import RemoteRecordRow, SyncProblemRow, SyncRunRow, UpstreamRow
from app.db.schema.tables import CompanyRow
from app.db.writing.locks import lock_rows
from app.db.writing.statements import (
    ENTRY_IDS,
    REFERENCE_IDS,
    delete_all,
    insert_all,
    lift_ids,
    update_all,
    upserting,
)
from app.domain.sync.remote import REPLACED, BaseRecord, RemoteProblem
from app.domain.sync.runs import SyncRun
from app.domain.sync.upstreams import Upstream

OWN_IDS_ABOVE: Final = 4 * 10**15
"""Below 2^53, which is as far as numbers of JSON are exact."""


async def add_upstream(connection: AsyncConnection, upstream: Upstream, sealed: str) -> None:
    """Store a new upstream with what opens it, sealed.

    From now on the ids of entries and references that are made here do not meet the vendor's.
    """
    for name in (ENTRY_IDS, REFERENCE_IDS):
        await lift_ids(connection, name, OWN_IDS_ABOVE)
    await insert_all(connection, UpstreamRow, [from_upstream(upstream) | {"credentials": sealed}])


async def change_upstream(
    connection: AsyncConnection, upstream: Upstream, sealed: str | None = None
) -> None:
    """Store what an upstream has become; without credentials those stay."""
    told = {} if sealed is None else {"credentials": sealed}
    await update_all(connection, UpstreamRow, [from_upstream(upstream) | told])


async def follow_to(connection: AsyncConnection, id_: str, number: int | None) -> None:
    """Store the number of the last change that an upstream's outbox has taken notice of.

    None: of none; it begins with what is changed after it has looked for the first time.
    """
    await connection.execute(
        update(UpstreamRow).where(col(UpstreamRow.id) == id_).values(followed=number)
    )


async def change_credentials(connection: AsyncConnection, id_: str, sealed: str | None) -> None:
    """Store what opens an upstream, sealed; nothing else of it changes."""
    await connection.execute(
        update(UpstreamRow).where(col(UpstreamRow.id) == id_).values(credentials=sealed)
    )


async def lock_upstream(connection: AsyncConnection, id_: str) -> None:
    """Hold the upstream, so that nobody else changes it until the transaction ends."""
    await lock_rows(connection, UpstreamRow, [id_])


async def lock_upstreams_of_company(connection: AsyncConnection, company_id: str) -> None:
    """Let others that connect a system to the company wait, so that there is one of each."""
    await lock_rows(connection, CompanyRow, [company_id])


async def keep_bases(
    connection: AsyncConnection, upstream_id: str, records: Sequence[BaseRecord]
) -> None:
    """Store what the vendor has under each key, in the place of what it had."""
    if not records:
        return
    storing = upserting(connection, RemoteRecordRow)
    kept = ("local_key", "remote_id", "day", "content", "person_id")
    storing = storing.on_conflict_do_update(
        index_elements=["upstream_id", "key"],
        set_={name: storing.excluded[name] for name in kept},
    )
    await connection.execute(
        storing,
        [
            {
                "upstream_id": upstream_id,
                "key": each.key,
                "local_key": each.local_key,
                "remote_id": each.remote_id,
                "day": each.day,
                "content": dict(each.content),
                "person_id": each.person_id,
            }
            for each in records
        ],
    )


async def forget_bases(
    connection: AsyncConnection, upstream_id: str, keys: Collection[str]
) -> None:
    """Forget what the vendor had under the keys."""
    row = RemoteRecordRow
    await connection.execute(
        delete(row).where(col(row.upstream_id) == upstream_id, is_among(col(row.key), list(keys)))
    )


async def add_run(connection: AsyncConnection, run: SyncRun) -> None:
    """Store a run that begins."""
    await insert_all(connection, SyncRunRow, [from_run(run)])


async def change_run(connection: AsyncConnection, run: SyncRun) -> None:
    """Store how far a run has come."""
    await update_all(connection, SyncRunRow, [from_run(run)])


async def forget_runs_before(connection: AsyncConnection, moment: datetime) -> None:
    """Delete the runs from before the moment."""
    await connection.execute(delete(SyncRunRow).where(col(SyncRunRow.started_at) < moment))


async def keep_problems(
    connection: AsyncConnection,
    upstream_id: str,
    problems: Sequence[RemoteProblem],
    at: datetime,
) -> None:
    """Store problems that are new, and that those that are known are still there."""
    row = SyncProblemRow
    ids = {each.remote_id for each in problems}
    found = await connection.execute(
        select(col(row.id), col(row.remote_id), col(row.code)).where(
            col(row.upstream_id) == upstream_id, is_among(col(row.remote_id), list(ids))
        )
    )
    known = {(each.remote_id, each.code): each.id for each in found}
    seen = {(each.remote_id, each.code): each for each in problems}
    await insert_all(
        connection,
        row,
        [
            {
                "id": str(uuid4()),
                "upstream_id": upstream_id,
                "remote_id": each.remote_id,
                "code": each.code,
                "message": each.message,
                "user_id": each.user_id,
                "person_id": each.person_id,
                "day": each.day,
                "first_seen_at": at,
                "last_seen_at": at,
                "times": 1,
            }
            for place, each in seen.items()
            if place not in known
        ],
    )
    again = [known[place] for place in seen if place in known]
    if again:
        await connection.execute(
            update(row)
            .where(is_among(col(row.id), again))
            .values(last_seen_at=bindparam("at"), times=col(row.times) + 1),
            {"at": at},
        )


async def forget_problems(
    connection: AsyncConnection,
    upstream_id: str,
    remote_ids: Collection[str],
    code: str | None = None,
) -> None:
    """Delete the problems of records that could be taken in, or are gone; or those of a code."""
    row = SyncProblemRow
    statement = delete(row).where(
        col(row.upstream_id) == upstream_id,
        is_among(col(row.remote_id), list(remote_ids)),
        col(row.code) != REPLACED,
    )
    if code is not None:
        statement = statement.where(col(row.code) == code)
    await connection.execute(statement)


async def forget_problems_before(
    connection: AsyncConnection, upstream_id: str, moment: datetime
) -> None:
    """Delete the problems that were not seen since the moment; what gave way stays."""
    row = SyncProblemRow
    await connection.execute(
        delete(row).where(
            col(row.upstream_id) == upstream_id,
            col(row.last_seen_at) < moment,
            col(row.code) != REPLACED,
        )
    )


async def keep_replaced(
    connection: AsyncConnection, upstream_id: str, replaced: Sequence[RemoteProblem], at: datetime
) -> None:
    """Store what gave way, in the place of what the same record replaced before."""
    if not replaced:
        return
    row = SyncProblemRow
    ids = [each.remote_id for each in replaced]
    await connection.execute(
        delete(row).where(
            col(row.upstream_id) == upstream_id,
            is_among(col(row.remote_id), ids),
            col(row.code) == REPLACED,
        )
    )
    await keep_problems(connection, upstream_id, replaced, at)


async def forget_replaced_before(
    connection: AsyncConnection, upstream_id: str, moment: datetime
) -> None:
    """Delete what gave way before the moment."""
    row = SyncProblemRow
    await connection.execute(
        delete(row).where(
            col(row.upstream_id) == upstream_id,
            col(row.last_seen_at) < moment,
            col(row.code) == REPLACED,
        )
    )


async def remove_upstream(connection: AsyncConnection, id_: str) -> None:
    """Delete an upstream with all that was known of the vendor; time off stays."""
    await delete_all(connection, UpstreamRow.id, [id_])
