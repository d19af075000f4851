"""All rows that are about one worker, or that say what it did; nothing that opens anything."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Text, and_, cast, false, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.lists import Scope
from app.db.schema.delivery_tables import DeliveryAttemptRow, DeliveryRow, SyncConflictRow
from app.db.schema.flow_tables import FlowProblemRow, MirroredRecordRow
from app.db.schema.sync_tables import RemoteRecordRow, SweptPersonRow, SyncProblemRow
from app.db.schema.tables import (
    AccessEventRow,
    AccessSessionRow,
    AccessTokenRow,
    CalendarFeedRow,
    ChangeOriginRow,
    ChangeRow,
    CompanyRow,
    DeletedPersonTimeOffRow,
    DiscrepancyAcknowledgementRow,
    IdempotencyKeyRow,
    TimeOffEntryRow,
    WebhookRow,
    WorkerLinkRow,
    WorkweekRow,
    table_columns,
)
from app.domain.identifiers import Kind
from app.domain.workers import Worker

SECRETS: Final = frozenset({"secret_hash", "previous_hash", "fingerprint"})
"""Columns that are given to nobody."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Reach:
    """The companies whose rows are looked at, None: all; and whether rows of no company are, too.

    Of no company are some events, names of tokens and idempotency keys. Whoever sees all companies
    is given them. Whoever sees some erases in them, as afterwards nobody knows the name any more.
    """

    companies: Scope
    of_none: bool

    def covers(self, companies: Collection[str] | None) -> bool:
        """Say whether these companies, None being all, are all looked at."""
        if self.companies is None:
            return True
        return companies is not None and self.companies.issuperset(companies)


async def rows_about(connection: AsyncConnection, worker: Worker) -> dict[str, Rows]:
    """Return what is kept about the worker beside its directory objects, entries and records."""
    acknowledged, session = DiscrepancyAcknowledgementRow, AccessSessionRow
    feed, token, link = CalendarFeedRow, AccessTokenRow, WorkerLinkRow
    conditions: dict[str, tuple[type[Any], Any]] = {
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
    conditions |= _of_vendors(worker)
    return {name: await _rows(connection, *each) for name, each in conditions.items()}


def _of_vendors(worker: Worker) -> dict[str, tuple[type[Any], Any]]:
    """Return where it is kept what connected systems have of the worker."""
    record, problem, swept = RemoteRecordRow, SyncProblemRow, SweptPersonRow
    is_of_user = false() if worker.user_id is None else _is_known_of(worker.user_id)
    delivery, attempt, conflict = DeliveryRow, DeliveryAttemptRow, SyncConflictRow
    mirrored = MirroredRecordRow
    is_of_person = _is_theirs(worker, user=None, person=record.person_id)
    return {
        "remoteRecords": (record, or_(is_of_user, is_of_person)),
        "syncProblems": (
            problem,
            _is_theirs(worker, user=problem.user_id, person=problem.person_id),
        ),
        "sweptPeople": (swept, _is_theirs(worker, user=None, person=swept.person_id)),
        "flowProblems": (FlowProblemRow, _is_key_of(worker, FlowProblemRow.key)),
        "mirroredRecords": (
            mirrored,
            _is_theirs(worker, user=mirrored.user_id, person=mirrored.person_id),
        ),
        "deliveries": (delivery, _is_key_of(worker, delivery.key)),
        "deliveryAttempts": (attempt, _is_key_of(worker, attempt.key)),
        "syncConflicts": (conflict, _is_key_of(worker, conflict.key)),
    }


def _is_key_of(worker: Worker, key: str) -> Any:  # noqa: ANN401
    """Return the condition that a key is a day of the worker's user, or a record of the person."""
    days, records = f"K:{worker.user_id}:", f"P:{worker.person_id}:"
    is_day = false() if worker.user_id is None else col(key).startswith(days)
    is_record = false() if worker.person_id is None else col(key).startswith(records)
    return or_(is_day, is_record)


def _is_known_of(user_id: int) -> Any:  # noqa: ANN401
    """Return the condition that a vendor had the user, or a day or a workweek of theirs."""
    key = col(RemoteRecordRow.key)
    return or_(
        key == f"U:{user_id}", key.startswith(f"K:{user_id}:"), key.startswith(f"W:{user_id}:")
    )


def _is_theirs(worker: Worker, *, user: int | None, person: str | None = None) -> Any:  # noqa: ANN401
    """Return the condition that a row has the id of the worker's user or person in its column.

    Rows without an id are nobody's: an id that the worker lacks is compared with none of them.
    """
    ids = ((user, worker.user_id), (person, worker.person_id))
    said = [col(column) == id_ for column, id_ in ids if column is not None and id_ is not None]
    return or_(false(), *said)


async def rows_by(
    connection: AsyncConnection, actors: Collection[str], reach: Reach
) -> dict[str, Rows]:
    """Return what these actors did within reach, and requests still answered alike."""
    found: dict[str, Rows] = {}
    for name, table, actor in (
        ("changesMade", ChangeOriginRow, col(ChangeOriginRow.actor)),
        ("accessEvents", AccessEventRow, col(AccessEventRow.actor)),
        ("idempotencyKeys", IdempotencyKeyRow, col(IdempotencyKeyRow.caller)),
    ):
        is_theirs = and_(actor.in_(actors), within(table_columns(table), reach))
        found[name] = await _rows(connection, table, is_theirs)
    return found


def within(columns: Any, reach: Reach) -> Any:  # noqa: ANN401 - of any table
    """Return the condition that a row of these columns is within reach."""
    if reach.companies is None:
        return true()
    if columns is table_columns(CompanyRow):
        return columns.id.in_(reach.companies)
    of_none = true() if reach.of_none else false()
    if "webhook_id" in columns:
        ours = select(col(WebhookRow.id)).where(col(WebhookRow.company_id).in_(reach.companies))
        return columns.webhook_id.in_(ours)
    for name in ("company_id", "worker_company_id"):
        if name in columns:
            company = columns[name]
            return or_(company.in_(reach.companies), and_(company.is_(None), of_none))
    return of_none


async def changes_of(
    connection: AsyncConnection, worker: Worker, companies: Collection[str]
) -> Rows:
    """Return what these feeds tell of the worker and of its days, in their order.

    Of what is deleted by now, too: by what the changes say, not by what there is.
    """
    table = ChangeRow
    own = {Kind.USER: worker.user_id, Kind.PERSON: worker.person_id}
    is_own = [
        and_(col(table.subject_type) == kind.type_name, col(table.subject_key) == str(key))
        for kind, key in own.items()
        if key is not None
    ]
    is_worker = and_(
        col(table.subject_type) == Kind.WORKER.type_name,
        col(table.subject_key).in_(worker.subjects),
    )
    says = [
        _says(name, key) for name, key in zip(("userId", "personId"), own.values(), strict=True)
    ]
    is_theirs = or_(*is_own, is_worker, *says, _is_of_entries(worker, companies))
    found = await _rows(connection, table, and_(col(table.company_id).in_(companies), is_theirs))
    return sorted(found, key=lambda row: (row["at"], row["company_id"], row["sequence"]))


def _says(name: str, key: int | str | None) -> Any:  # noqa: ANN401 - a condition
    """Return the condition that a change says this id, before or after."""
    if key is None:
        return false()
    told = (col(ChangeRow.before), col(ChangeRow.after))
    return or_(*(each[name].as_string() == str(key) for each in told))


def _is_of_entries(worker: Worker, companies: Collection[str]) -> Any:  # noqa: ANN401 - a condition
    """Return the condition that a change is of a reference of the user's entries, now or before."""
    if worker.user_id is None:
        return false()
    table, entry = ChangeRow, TimeOffEntryRow
    told = select(col(table.subject_key)).where(
        col(table.company_id).in_(companies),
        col(table.subject_type) == Kind.ENTRY.type_name,
        _says("userId", worker.user_id),
    )
    there = select(cast(col(entry.id), Text)).where(col(entry.user_id) == worker.user_id)
    entries = told.union(there)
    is_of_one = (
        each["timeOffEntryId"].as_string().in_(entries)
        for each in (col(table.before), col(table.after))
    )
    return and_(col(table.subject_type) == Kind.REFERENCE.type_name, or_(*is_of_one))


async def deleted_records_of(connection: AsyncConnection, worker: Worker) -> Rows:
    """Return the person's records that can still be brought back."""
    table = DeletedPersonTimeOffRow
    rows = await _rows(connection, table, col(table.company_id) == worker.company_id)
    return [each for each in rows if each["record"]["person_id"] == worker.person_id]


async def _rows(connection: AsyncConnection, table: type[Any], condition: Any) -> Rows:  # noqa: ANN401
    columns = [each for each in table_columns(table) if each.name not in SECRETS]
    rows = await connection.execute(select(*columns).where(condition))
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it
