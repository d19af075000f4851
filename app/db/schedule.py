"""The day table read for workers: what each record brings to each of their days."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import String, cast, exists, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.listing import Condition
from app.db.tables import (
    AbsenceDayRow,
    ExternalReferenceRow,
    PersonRow,
    TimeOffEntryRow,
    WorkerRow,
)
from app.domain.conversion import SERVICE_MODEL, SERVICE_NAME, person_day_ref
from app.domain.days import DaySpan
from app.domain.directory import PersonStatus
from app.domain.identifiers import PERSON_PREFIX, USER_PREFIX, person_subject, user_subject
from app.domain.schedule import ClockHours, Contribution, EntryHours
from app.domain.workers import Worker

WorkerDayKey = tuple[str, date]


async def contributions(
    connection: AsyncConnection, workers: Sequence[Worker], window: DaySpan
) -> dict[WorkerDayKey, list[Contribution]]:
    """Return what each record brings to each of the workers' days, in two statements."""
    worker_of = {
        subject: worker
        for worker in workers
        for subject in (
            user_subject(worker.user_id) if worker.user_id is not None else None,
            person_subject(worker.person_id) if worker.person_id is not None else None,
        )
        if subject is not None
    }
    mirrored = await _mirrored_days(connection, workers, window)
    table = AbsenceDayRow
    statement = select(
        col(table.subject),
        col(table.day),
        col(table.record),
        col(table.seconds),
        col(table.starts),
        col(table.ends),
        col(table.is_paid),
    ).where(col(table.subject).in_(worker_of), col(table.day).between(window.first, window.last))
    found: dict[WorkerDayKey, list[Contribution]] = defaultdict(list)
    for subject, day, record, seconds, starts, ends, is_paid in await connection.execute(statement):
        worker = worker_of[subject]
        brought: Contribution
        if starts is None or ends is None:
            ref = person_day_ref(worker.person_id or "", day)
            brought = EntryHours(int(record), seconds, (int(record), ref) in mirrored)
        else:
            brought = ClockHours(record, starts, ends, bool(is_paid))
        found[worker.id, day].append(brought)
    return found


async def _mirrored_days(
    connection: AsyncConnection, workers: Sequence[Worker], window: DaySpan
) -> set[tuple[int, str]]:
    """Return each entry that carries a conversion's reference, with the reference (4.4)."""
    user_ids = [worker.user_id for worker in workers if worker.user_id is not None]
    statement = (
        select(col(TimeOffEntryRow.id), col(ExternalReferenceRow.service_model_ref))
        .join(
            ExternalReferenceRow,
            (col(ExternalReferenceRow.entry_id) == col(TimeOffEntryRow.id))
            & (col(ExternalReferenceRow.service_name) == SERVICE_NAME)
            & (col(ExternalReferenceRow.service_model) == SERVICE_MODEL),
        )
        .where(
            col(TimeOffEntryRow.user_id).in_(user_ids),
            col(TimeOffEntryRow.requested_date).between(window.first, window.last),
        )
    )
    return {(entry_id, ref) for entry_id, ref in await connection.execute(statement)}


def is_absent(window: DaySpan) -> Condition:
    """Return the condition of a worker with at least one contribution in the window."""
    subjects = (
        literal(USER_PREFIX).concat(cast(col(WorkerRow.user_id), String)),
        literal(PERSON_PREFIX).concat(cast(col(WorkerRow.person_id), String)),
    )
    return or_(
        *(
            exists().where(
                col(AbsenceDayRow.subject) == subject,
                col(AbsenceDayRow.day).between(window.first, window.last),
            )
            for subject in subjects
        )
    )


def is_scheduled() -> Condition:
    """Return the condition that leaves out workers without a user whose person left (4.1)."""
    is_active = exists().where(
        col(PersonRow.id) == col(WorkerRow.person_id),
        col(PersonRow.status) == PersonStatus.ACTIVE.value,
    )
    return or_(col(WorkerRow.user_id).is_not(None), is_active)


def is_known_to_both() -> Condition:
    """Return the condition of a worker that both systems know."""
    return col(WorkerRow.user_id).is_not(None) & col(WorkerRow.person_id).is_not(None)


def is_at_or_beyond(name: str, worker_id: str, *, forward: bool) -> Condition:
    """Return the condition of the worker at a place in the order by name, and all beyond."""
    place, here = tuple_(col(WorkerRow.name_key), col(WorkerRow.id)), tuple_(name, worker_id)
    return place >= here if forward else place <= here
