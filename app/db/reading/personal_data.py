"""All rows that are about one worker, or that say what it did; nothing that opens anything."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.tables import (
    AccessEventRow,
    AccessSessionRow,
    AccessTokenRow,
    CalendarFeedRow,
    ChangeOriginRow,
    ChangeRow,
    DeletedPersonTimeOffRow,
    DiscrepancyAcknowledgementRow,
    IdempotencyKeyRow,
    WorkerLinkRow,
    WorkweekRow,
    table_columns,
)
from app.domain.identifiers import Kind
from app.domain.workers import Worker

SECRETS: Final = frozenset({"secret_hash", "previous_hash", "fingerprint"})
"""Columns that are given to nobody."""

Rows = list[dict[str, Any]]


async def rows_about(connection: AsyncConnection, worker: Worker) -> dict[str, Rows]:
    """Return what is kept about the worker beside its directory objects, entries and records."""
    acknowledged, session = DiscrepancyAcknowledgementRow, AccessSessionRow
    feed, token, link = CalendarFeedRow, AccessTokenRow, WorkerLinkRow
    conditions: Mapping[str, tuple[type[Any], Any]] = {
        "workweeks": (WorkweekRow, _is_theirs(worker, user=WorkweekRow.user_id)),
        "workerLinks": (link, _is_theirs(worker, user=link.user_id, person=link.person_id)),
        "discrepancyAcknowledgements": (
            acknowledged,
            _is_theirs(worker, user=acknowledged.user_id, person=acknowledged.person_id),
        ),
        "calendarFeeds": (feed, col(feed.worker_id).in_(worker.subjects)),
        "apiTokens": (token, col(token.worker_id).in_(worker.subjects)),
        "sessions": (
            session,
            and_(
                col(session.worker_company_id) == worker.company_id,
                _is_theirs(worker, user=session.worker_user_id, person=session.worker_person_id),
            ),
        ),
    }
    return {name: await _rows(connection, *each) for name, each in conditions.items()}


def _is_theirs(worker: Worker, *, user: int | None, person: str | None = None) -> Any:  # noqa: ANN401
    """Return the condition that a row has the id of the worker's user or person in its column.

    Rows without an id are nobody's: an id that the worker lacks is compared with none of them.
    """
    ids = ((user, worker.user_id), (person, worker.person_id))
    said = [col(column) == id_ for column, id_ in ids if column is not None and id_ is not None]
    return or_(false(), *said)


async def rows_by(connection: AsyncConnection, actors: Collection[str]) -> dict[str, Rows]:
    """Return what these actors did, and the requests that can still be answered alike."""
    key = IdempotencyKeyRow
    return {
        "changesMade": await _rows(
            connection, ChangeOriginRow, col(ChangeOriginRow.actor).in_(actors)
        ),
        "accessEvents": await _rows(
            connection, AccessEventRow, col(AccessEventRow.actor).in_(actors)
        ),
        "idempotencyKeys": await _rows(connection, key, col(key.caller).in_(actors)),
    }


async def changes_of(
    connection: AsyncConnection,
    worker: Worker,
    entry_ids: Collection[int],
    record_ids: Collection[str],
) -> Rows:
    """Return what the feed tells of the worker, its user and person, its entries and records."""
    table = ChangeRow
    keys = {
        Kind.USER: [] if worker.user_id is None else [str(worker.user_id)],
        Kind.PERSON: [] if worker.person_id is None else [worker.person_id],
        Kind.WORKER: list(worker.subjects),
        Kind.ENTRY: [str(each) for each in entry_ids],
        Kind.PERSON_TIME_OFF: list(record_ids),
    }
    about = [
        and_(col(table.subject_type) == kind.type_name, col(table.subject_key).in_(some))
        for kind, of_kind in keys.items()
        for some in _pieces(of_kind)
    ]
    found: Rows = []
    for each in about:
        found += await _rows(
            connection, table, and_(col(table.company_id) == worker.company_id, each)
        )
    return sorted(found, key=lambda row: row["sequence"])


async def deleted_records_of(connection: AsyncConnection, worker: Worker) -> Rows:
    """Return the person's records that can still be brought back."""
    table = DeletedPersonTimeOffRow
    rows = await _rows(connection, table, col(table.company_id) == worker.company_id)
    return [each for each in rows if each["record"]["person_id"] == worker.person_id]


def _pieces(keys: list[str], size: int = 5_000) -> list[list[str]]:
    """Return the keys in lists that a statement has room for."""
    return [keys[start : start + size] for start in range(0, len(keys), size)]


async def _rows(connection: AsyncConnection, table: type[Any], condition: Any) -> Rows:  # noqa: ANN401
    columns = [each for each in table_columns(table) if each.name not in SECRETS]
    rows = await connection.execute(select(*columns).where(condition))
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it
