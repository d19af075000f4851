"""What each record of either model brings to each of the workers' days."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    String,
    bindparam,
    cast,
    exists,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.lists import Condition, Listing
from app.db.reading.lists_of_nouns import KNOWN_TO, WORKERS, is_scheduled
from app.db.reading.prepared import bound
from app.db.schema.array_parameters import ArrayOf, is_among
from app.db.schema.column_types import UuidText
from app.db.schema.tables import (
    ExternalReferenceRow,
    PersonDayRow,
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
from app.domain.durations import DAY
from app.domain.filters import KnownTo, ScheduleFilter
from app.domain.mirror import SERVICE_MODEL, SERVICE_NAME, person_day_ref
from app.domain.workers import Worker

WorkerDayKey = tuple[str, date]
PersonDay = tuple[str, date]

_ONE_DAY: Final = timedelta(days=1)


_ByDay = defaultdict[date, list[Contribution]]


@dataclass(frozen=True, slots=True)
class Brought:
    """What records bring to each of the workers, by day, and the night shifts that meet others."""

    contributions: Mapping[str, Mapping[date, Sequence[Contribution]]]
    across_midnight: Mapping[WorkerDayKey, Sequence[Meeting]]


_ENTRY, _REFERENCE, _DAY = TimeOffEntryRow, ExternalReferenceRow, PersonDayRow
ENTRIES_OF_USERS: Final = (
    select(
        col(_ENTRY.user_id),
        col(_ENTRY.requested_date),
        col(_ENTRY.id),
        col(_ENTRY.seconds),
        col(_REFERENCE.service_model_ref),
    )
    .outerjoin(
        _REFERENCE,
        (col(_REFERENCE.entry_id) == col(_ENTRY.id))
        & (col(_REFERENCE.service_name) == SERVICE_NAME)
        & (col(_REFERENCE.service_model) == SERVICE_MODEL),
    )
    .where(
        is_among(_ENTRY.user_id, bindparam("users", type_=ArrayOf(BigInteger()))),
        col(_ENTRY.requested_date).between(bindparam("first"), bindparam("last")),
    )
)
"""Entries, each with its conversion's reference if it has one (rule 4.4).

Takes ``users``, ``first`` and ``last``.
"""
DAYS_OF_PEOPLE: Final = select(
    cast(_DAY.person_id, String),
    col(_DAY.day),
    cast(_DAY.record_id, String),
    col(_DAY.starts),
    col(_DAY.ends),
    col(_DAY.is_paid),
).where(
    is_among(_DAY.person_id, bindparam("people", type_=ArrayOf(UuidText()))),
    col(_DAY.day).between(bindparam("day_before"), bindparam("day_after")),
)
"""What records of person time off bring to days.

Takes ``people``, ``day_before`` and ``day_after``: a night shift of the day before a window may
meet a record of its first day (rule 3.5).
"""


def asked_of(workers: Sequence[Worker], window: DaySpan) -> dict[str, Any]:
    """Return what the statements take, to read everything of the workers' days."""
    around = _around(window)
    return {
        "users": [worker.user_id for worker in workers if worker.user_id is not None],
        "people": [worker.person_id for worker in workers if worker.person_id is not None],
        "companies": list({worker.company_id for worker in workers}),
        "first": window.first,
        "last": window.last,
        "day_before": around.first,
        "day_after": around.last,
    }


def brought_by_rows(
    workers: Sequence[Worker], window: DaySpan, entries: Iterable[Any], days: Iterable[Any]
) -> Brought:
    """Return what the rows of both statements bring to the window's days.

    Their days are dates, or text as in ISO 8601.
    """
    found: dict[str, _ByDay] = {}
    of_user: dict[int, tuple[_ByDay, str]] = {}
    of_person: dict[str, _ByDay] = {}
    for worker in workers:
        mine = found[worker.id] = defaultdict(list)
        if worker.user_id is not None:
            of_user[worker.user_id] = mine, worker.person_id or ""
        if worker.person_id is not None:
            of_person[worker.person_id] = mine
    date_of = _dates(_around(window))
    for user_id, text, entry_id, seconds, ref in entries:
        mine, person_id = of_user[user_id]
        day = date_of[text]
        is_mirrored = ref is not None and ref == person_day_ref(person_id, day)
        mine[day].append(EntryHours(entry_id, seconds, is_mirrored))
    days = list(days)
    has_nights = False
    first, last = window.first, window.last
    for person_id, text, record, starts, ends, is_paid in days:
        has_nights = has_nights or ends > DAY
        day = date_of[text]
        if first <= day <= last:
            of_person[person_id][day].append(ClockHours(record, starts, ends, bool(is_paid)))
    across = _across_midnight(workers, date_of, days) if has_nights else {}
    return Brought(found, across)


def _across_midnight(
    workers: Sequence[Worker], date_of: Mapping[Any, date], rows: Iterable[Any]
) -> dict[WorkerDayKey, list[Meeting]]:
    of_person = {worker.person_id: worker.id for worker in workers if worker.person_id is not None}
    meetings = meetings_across_midnight(_clock_hours(date_of, rows))
    return {(of_person[person_id], day): met for (person_id, day), met in meetings.items()}


async def clock_hours(
    connection: AsyncConnection, person_ids: Collection[str], window: DaySpan
) -> dict[PersonDay, list[ClockHours]]:
    """Return what the people's records bring to each of their days."""
    asked = {
        "people": list(person_ids),
        "day_before": window.first,
        "day_after": window.last,
    }
    rows = await connection.execute(DAYS_OF_PEOPLE, asked)
    return _clock_hours(_dates(window), rows)


def _clock_hours(
    date_of: Mapping[Any, date], rows: Iterable[Any]
) -> dict[PersonDay, list[ClockHours]]:
    found: dict[PersonDay, list[ClockHours]] = defaultdict(list)
    for person_id, day, record, starts, ends, is_paid in rows:
        clock = ClockHours(record, starts, ends, bool(is_paid))
        found[person_id, date_of[day]].append(clock)
    return found


def _around(window: DaySpan) -> DaySpan:
    """Return the window and a day to each side, as far as there are days."""
    first = window.first - _ONE_DAY if window.first > date.min else date.min
    last = window.last + _ONE_DAY if window.last < date.max else date.max
    return DaySpan(first, last)


def _dates(span: DaySpan) -> dict[Any, date]:
    """Return each day by what a driver may call it: itself, or its text."""
    return {name: day for day in span for name in (day, day.isoformat())}


def _conditions(wanted: ScheduleFilter) -> list[Condition]:
    """Return who is found; it runs with placeholders too, as those of lists_of_nouns.py."""
    conditions = WORKERS.conditions(wanted.workers)
    if not wanted.is_named:
        conditions.append(is_scheduled())
    if wanted.absent_in is not None:
        conditions.append(is_absent(wanted.absent_in))
    if wanted.is_known_to_both:
        conditions.append(KNOWN_TO[KnownTo.BOTH])
    return conditions


def is_absent(window: DaySpan) -> Condition:
    """Return the condition of a worker with at least one contribution in the window."""
    return or_(
        exists().where(
            col(TimeOffEntryRow.user_id) == col(WorkerRow.user_id),
            _is_within(TimeOffEntryRow.requested_date, window),
        ),
        exists().where(
            col(PersonDayRow.person_id) == col(WorkerRow.person_id),
            _is_within(PersonDayRow.day, window),
        ),
    )


def _is_within(column: Any, window: DaySpan) -> Condition:  # noqa: ANN401
    condition: Condition = column.between(
        bound(window.first, column.type), bound(window.last, column.type)
    )
    return condition


SCHEDULED: Final[Listing[Worker, ScheduleFilter]] = Listing(
    WORKERS.table, WORKERS.to_domain, WORKERS.orders, _conditions
)
"""Workers who have a schedule."""


def is_at_or_beyond(name: str, worker_id: str, *, forward: bool) -> Condition:
    """Return the condition of the worker at a place in the order by name, and all beyond."""
    place, here = tuple_(col(WorkerRow.name_key), col(WorkerRow.id)), tuple_(name, worker_id)
    return place >= here if forward else place <= here
