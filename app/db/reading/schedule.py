"""What each record of either model brings to each of the workers' days."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import String, cast, exists, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.lists import Condition
from app.db.schema.tables import (
    IS_OF_A_PERSON,
    AbsenceDayRow,
    ExternalReferenceRow,
    PersonRow,
    TimeOffEntryRow,
    WorkerRow,
)
from app.domain.contributions import (
    ClockHours,
    Contribution,
    EntryHours,
    Meeting,
    meetings_across_midnight,
)
from app.domain.days import DaySpan
from app.domain.directory import PersonStatus
from app.domain.identifiers import PERSON_PREFIX, person_subject
from app.domain.mirror import SERVICE_MODEL, SERVICE_NAME, person_day_ref
from app.domain.workers import Worker

WorkerDayKey = tuple[str, date]
PersonDay = tuple[str, date]

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Brought:
    """What records bring, by worker and day, and the night shifts that meet others."""

    contributions: Mapping[str, Mapping[date, Sequence[Contribution]]]
    across_midnight: Mapping[WorkerDayKey, Sequence[Meeting]]


async def contributions(
    connection: AsyncConnection, workers: Sequence[Worker], window: DaySpan
) -> Brought:
    """Return what is brought to the window's days, in two statements.

    People's records are read from a day before the window to a day after it: a night shift
    may meet one of them (rule 3.5).
    """
    of_user = {worker.user_id: worker for worker in workers if worker.user_id is not None}
    of_person = {worker.person_id: worker for worker in workers if worker.person_id is not None}
    found: dict[str, dict[date, list[Contribution]]] = defaultdict(lambda: defaultdict(list))
    for user_id, day, entry_id, seconds, ref in await _entries(connection, of_user, window):
        worker = of_user[user_id]
        is_mirrored = ref is not None and ref == person_day_ref(worker.person_id or "", day)
        found[worker.id][day].append(EntryHours(entry_id, seconds, is_mirrored))
    around = DaySpan(window.first - _ONE_DAY, window.last + _ONE_DAY)
    clocks = await clock_hours(connection, of_person, around)
    for (person_id, day), brought in clocks.items():
        if window.first <= day <= window.last:
            found[of_person[person_id].id][day].extend(brought)
    meetings = meetings_across_midnight(clocks)
    return Brought(found, {(of_person[who].id, day): met for (who, day), met in meetings.items()})


async def clock_hours(
    connection: AsyncConnection, person_ids: Collection[str], window: DaySpan
) -> dict[PersonDay, list[ClockHours]]:
    """Return what the people's records bring to each of their days."""
    people = {person_subject(person_id): person_id for person_id in person_ids}
    table = AbsenceDayRow
    statement = select(
        col(table.subject),
        col(table.day),
        col(table.record),
        col(table.starts),
        col(table.ends),
        col(table.is_paid),
    ).where(
        col(table.subject).in_(people),
        col(table.day).between(window.first, window.last),
        IS_OF_A_PERSON,
    )
    found: dict[PersonDay, list[ClockHours]] = defaultdict(list)
    for row in await connection.execute(statement):
        clock = ClockHours(row.record, row.starts, row.ends, row.is_paid)
        found[people[row.subject], row.day].append(clock)
    return found


async def _entries(
    connection: AsyncConnection, user_ids: Collection[int], window: DaySpan
) -> Sequence[Any]:
    """Return the users' entries, each with its conversion's reference if it has one (rule 4.4)."""
    entry, reference = TimeOffEntryRow, ExternalReferenceRow
    is_conversion = (
        (col(reference.entry_id) == col(entry.id))
        & (col(reference.service_name) == SERVICE_NAME)
        & (col(reference.service_model) == SERVICE_MODEL)
    )
    statement = (
        select(
            col(entry.user_id),
            col(entry.requested_date),
            col(entry.id),
            col(entry.seconds),
            col(reference.service_model_ref),
        )
        .outerjoin(reference, is_conversion)
        .where(
            col(entry.user_id).in_(user_ids),
            col(entry.requested_date).between(window.first, window.last),
        )
    )
    return (await connection.execute(statement)).all()


def is_absent(window: DaySpan) -> Condition:
    """Return the condition of a worker with at least one contribution in the window."""
    days = window.first, window.last
    subject = literal(PERSON_PREFIX).concat(cast(col(WorkerRow.person_id), String))
    return or_(
        exists().where(
            col(TimeOffEntryRow.user_id) == col(WorkerRow.user_id),
            col(TimeOffEntryRow.requested_date).between(*days),
        ),
        exists().where(
            col(AbsenceDayRow.subject) == subject,
            col(AbsenceDayRow.day).between(*days),
            IS_OF_A_PERSON,
        ),
    )


def is_scheduled() -> Condition:
    """Return the condition that leaves out workers without a user whose person left (rule 4.1)."""
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
