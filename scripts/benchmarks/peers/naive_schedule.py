"""The schedule in the usual way: rows into objects, a day at a time, every day its own."""

import json
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from datetime import date, timedelta
from enum import Enum
from itertools import combinations
from typing import TYPE_CHECKING, Annotated

import strawberry
from caps import DEFAULT_MINUTES, WEEKDAYS
from naive_rows import (
    AcknowledgementRow,
    EntryRow,
    HolidayRow,
    PersonDayRow,
    PersonRow,
    ReferenceRow,
    WorkerRow,
    WorkweekRow,
    sessions,
)
from sqlmodel import and_, col, func, or_, select, tuple_

if TYPE_CHECKING:
    from naive import Person, User

DAY = 86_400
HUNDREDTH = 36


@strawberry.enum
class DayNoteCode(Enum):
    POSSIBLE_DUPLICATE = "POSSIBLE_DUPLICATE"
    OVERLAP = "OVERLAP"
    OVER_WORKDAY = "OVER_WORKDAY"
    PAID_UNPAID_OVERLAP = "PAID_UNPAID_OVERLAP"


@strawberry.enum
class DiscrepancyKind(Enum):
    ONLY_IN_KANTATA_OX = "ONLY_IN_KANTATA_OX"
    ONLY_IN_PROCORE_WORKFORCE_PLANNING = "ONLY_IN_PROCORE_WORKFORCE_PLANNING"
    HOURS_DIFFER = "HOURS_DIFFER"


@strawberry.type
class Company:
    id: strawberry.ID
    name: str


@strawberry.type
class Worker:
    id: strawberry.ID
    full_name: str
    row: strawberry.Private[WorkerRow]

    @strawberry.field
    async def company(self, info: strawberry.Info) -> Company:
        row = await info.context["companies"].load(self.row.company_id)
        return Company(id=node_id("Company", row.id), name=row.name)

    @strawberry.field
    async def user(
        self, info: strawberry.Info
    ) -> Annotated["User", strawberry.lazy("naive")] | None:
        from naive import User  # noqa: PLC0415 - they need each other

        if self.row.user_id is None:
            return None
        row = await info.context["users"].load(self.row.user_id)
        return User(id=node_id("User", row.id), full_name=row.full_name, role_id=row.role_id)

    @strawberry.field
    async def person(
        self, info: strawberry.Info
    ) -> Annotated["Person", strawberry.lazy("naive")] | None:
        from naive import Person  # noqa: PLC0415

        if self.row.person_id is None:
            return None
        row = await info.context["people"].load(self.row.person_id)
        name = f"{row.first_name} {row.last_name}"
        return Person(id=node_id("Person", row.id), full_name=name, job_title=row.job_title)


@strawberry.type
class Holiday:
    name: str


@strawberry.type
class Contribution:
    hours: float
    start_time: str | None = None
    end_time: str | None = None
    is_paid: bool | None = None


@strawberry.type
class DayNote:
    code: DayNoteCode
    message: str


@strawberry.type
class DiscrepancyAcknowledgement:
    id: strawberry.ID


@strawberry.type
class WorkerDay:
    date: date
    workday_hours: float
    hours_off: float
    available_hours: float
    paid_hours: float
    unpaid_hours: float
    unknown_paid_hours: float
    holiday: Holiday | None
    discrepancy: DiscrepancyKind | None
    acknowledgement: DiscrepancyAcknowledgement | None
    contributions: list[Contribution]
    notes: list[DayNote]


@strawberry.type
class WorkerSchedule:
    worker: Worker
    days: list[WorkerDay]

    @strawberry.field
    def hours_off(self) -> float:
        return round(sum(day.hours_off for day in self.days) * 3600) / 3600

    @strawberry.field
    def available_hours(self) -> float:
        return round(sum(day.available_hours for day in self.days) * 3600) / 3600


@strawberry.type
class SchedulePageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class WorkerScheduleConnection:
    nodes: list[WorkerSchedule]
    page_info: SchedulePageInfo

    @strawberry.field
    async def total_count(self) -> int:
        statement = select(func.count()).select_from(WorkerRow).where(is_scheduled())
        async with sessions() as session:
            return (await session.exec(statement)).one()


@strawberry.input
class WorkerFilter:
    company_id: strawberry.ID | None = None


def node_id(name, key):
    return strawberry.ID(b64encode(f"{name}:{key}".encode()).decode())


def is_scheduled():
    is_active = (
        select(PersonRow.id)
        .where(PersonRow.id == WorkerRow.person_id, PersonRow.status == "active")
        .exists()
    )
    return or_(col(WorkerRow.user_id).is_not(None), is_active)


async def schedule_page(first_day, last_day, first, after):
    statement = select(WorkerRow).where(is_scheduled())
    if after is not None:
        place = json.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))[1:]
        statement = statement.where(
            tuple_(col(WorkerRow.name_key), col(WorkerRow.id)) > tuple_(*place)
        )
    statement = statement.order_by(col(WorkerRow.name_key), col(WorkerRow.id)).limit(first + 1)
    async with sessions() as session:
        found = (await session.exec(statement)).all()
        workers = found[:first]
        days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
        entries, marks = await read_entries(session, workers, days)
        clocks = await read_clocks(session, workers, days)
        weeks, holidays = await read_calendars(session, workers, days)
        acknowledged = await read_acknowledged(session, workers, days)
    nodes = []
    for worker in workers:
        mine = []
        for day in days:
            holiday = next(
                (
                    each
                    for each in holidays[worker.company_id]
                    if each.start_date <= day <= each.end_date
                ),
                None,
            )
            minutes = 0 if holiday else workday_minutes(weeks, worker, day)
            entry = entries.get((worker.user_id, day))
            is_same = marks.get((worker.user_id, day)) == f"{worker.person_id}:{day}"
            around = [clocks[worker.person_id, day + timedelta(days=n)] for n in (-1, 0, 1)]
            stays = acknowledged.get((worker.user_id, worker.person_id, day))
            merged = merge(worker, day, minutes * 60, holiday, entry, around, is_same)
            merged.acknowledgement = stays
            mine.append(merged)
        id_ = node_id("Worker", worker.id)
        shown = Worker(id=id_, full_name=worker.full_name, row=worker)
        nodes.append(WorkerSchedule(worker=shown, days=mine))
    end = cursor(workers[-1]) if workers else after
    info = SchedulePageInfo(has_next_page=len(found) > first, end_cursor=end)
    return WorkerScheduleConnection(nodes=nodes, page_info=info)


async def read_entries(session, workers, days):
    is_mark = and_(
        ReferenceRow.entry_id == EntryRow.id,
        ReferenceRow.service_name == "procore_workforce_planning",
        ReferenceRow.service_model == "PersonDay",
    )
    statement = (
        select(EntryRow, ReferenceRow.service_model_ref)
        .join(ReferenceRow, is_mark, isouter=True)
        .where(
            col(EntryRow.user_id).in_([each.user_id for each in workers if each.user_id]),
            col(EntryRow.requested_date).between(days[0], days[-1]),
        )
    )
    entries, marks = {}, {}
    for entry, mark in await session.exec(statement):
        entries[entry.user_id, entry.requested_date] = entry
        marks[entry.user_id, entry.requested_date] = mark
    return entries, marks


async def read_clocks(session, workers, days):
    people = [each.person_id for each in workers if each.person_id]
    statement = select(PersonDayRow).where(
        col(PersonDayRow.person_id).in_(people),
        col(PersonDayRow.day).between(days[0] - timedelta(days=1), days[-1] + timedelta(days=1)),
    )
    clocks = defaultdict(list)
    for row in await session.exec(statement):
        clocks[row.person_id, row.day].append(row)
    return clocks


async def read_acknowledged(session, workers, days):
    statement = select(AcknowledgementRow).where(
        col(AcknowledgementRow.user_id).in_([each.user_id for each in workers if each.user_id]),
        col(AcknowledgementRow.day).between(days[0], days[-1]),
    )
    return {
        (row.user_id, row.person_id, row.day): DiscrepancyAcknowledgement(
            id=node_id("DiscrepancyAcknowledgement", row.id)
        )
        for row in await session.exec(statement)
    }


async def read_calendars(session, workers, days):
    companies = {worker.company_id for worker in workers}
    statement = select(WorkweekRow).where(col(WorkweekRow.company_id).in_(companies))
    weeks = defaultdict(list)
    for week in await session.exec(statement.order_by(col(WorkweekRow.effective_from))):
        weeks[week.company_id, week.user_id].append(week)
    statement = select(HolidayRow).where(
        col(HolidayRow.company_id).in_(companies),
        HolidayRow.start_date <= days[-1],
        HolidayRow.end_date >= days[0],
    )
    holidays = defaultdict(list)
    for row in await session.exec(statement.order_by(HolidayRow.start_date, HolidayRow.id)):
        holidays[row.company_id].append(row)
    return weeks, holidays


def workday_minutes(weeks, worker, day):
    for owner in {worker.user_id: None, None: None}:
        holding = [
            week
            for week in weeks.get((worker.company_id, owner), ())
            if week.effective_from <= day and not (week.effective_to and week.effective_to < day)
        ]
        if holding:
            return getattr(holding[-1], WEEKDAYS[day.weekday()])
    return DEFAULT_MINUTES[day.weekday()]


def merge(worker, day, workday, holiday, entry, around, is_same):
    before, clocks, after = around
    clocks = sorted(clocks, key=lambda clock: (clock.starts, clock.record_id))
    shown = -(-workday // HUNDREDTH) * HUNDREDTH

    def taken(seconds):
        return shown if seconds > workday - HUNDREDTH else seconds

    entered, clocked = entry.seconds if entry else 0, union(clocks)
    kantata, procore = taken(entered), taken(clocked)
    paid = taken(union([clock for clock in clocks if clock.is_paid]))
    if not clocks and not entry:
        kantata = procore = paid = 0
    low = max(kantata, procore)
    is_compared = worker.user_id is not None and worker.person_id is not None
    return WorkerDay(
        date=day,
        workday_hours=shown / 3600,
        hours_off=low / 3600,
        available_hours=(shown - low) / 3600,
        paid_hours=paid / 3600,
        unpaid_hours=(procore - paid) / 3600,
        unknown_paid_hours=(low - procore) / 3600,
        holiday=holiday and Holiday(name=holiday.name),
        discrepancy=discrepancy(kantata, procore) if is_compared else None,
        acknowledgement=None,
        contributions=contributions(entry, clocks),
        notes=notes(
            has_both=bool(entry and clocks and not is_same),
            met=[pair for pair in combinations(clocks, 2) if meets(*pair)],
            at_midnight=[
                *((night, clock) for night in before for clock in clocks if meets(night, clock, 1)),
                *((night, other) for night in clocks for other in after if meets(night, other, 1)),
            ],
            is_over=max(entered, clocked) > shown,
        ),
    )


def union(clocks):
    total = covered = 0
    for clock in sorted(clocks, key=lambda clock: clock.starts):
        total += max(0, clock.ends - max(clock.starts, covered))
        covered = max(covered, clock.ends)
    return total


def meets(one, other, days_later=0):
    later = days_later * DAY
    if days_later and one.record_id == other.record_id:
        return False
    return one.starts < other.ends + later and other.starts + later < one.ends


def notes(*, has_both, met, at_midnight, is_over):
    found = []
    if has_both:
        message = "Both systems have time off on this day: most often the same absence, entered "
        found.append((DayNoteCode.POSSIBLE_DUPLICATE, [f"{message}twice."]))
    overlaps = []
    if met:
        overlaps.append(
            "Procore records of the same person overlap; their common time counts once."
        )
    if at_midnight:
        overlaps.append(
            "A night shift and a record of the next day overlap; each keeps its hours on its day."
        )
    found.append((DayNoteCode.OVERLAP, overlaps))
    if is_over:
        message = "More time off than the workday has hours; what is above counts nothing."
        found.append((DayNoteCode.OVER_WORKDAY, [message]))
    mixed = []
    if any(one.is_paid != other.is_paid for one, other in met):
        mixed.append("A paid and an unpaid record overlap; their common time counts as paid.")
    if any(one.is_paid != other.is_paid for one, other in at_midnight):
        mixed.append(
            "A night shift and a record of the next day overlap, and only one of them is paid."
        )
    found.append((DayNoteCode.PAID_UNPAID_OVERLAP, mixed))
    return [DayNote(code=code, message=" ".join(said)) for code, said in found if said]


def discrepancy(kantata, procore):
    if abs(kantata - procore) < HUNDREDTH:
        return None
    if not procore:
        return DiscrepancyKind.ONLY_IN_KANTATA_OX
    if not kantata:
        return DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING
    return DiscrepancyKind.HOURS_DIFFER


def contributions(entry, clocks):
    shown = [Contribution(hours=entry.seconds / 3600)] if entry else []
    shown += [
        Contribution(
            hours=(clock.ends - clock.starts) / 3600,
            start_time=clock_time(clock.starts),
            end_time=clock_time(clock.ends),
            is_paid=clock.is_paid,
        )
        for clock in clocks
    ]
    return shown


def clock_time(seconds):
    minutes = seconds % DAY // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"


def cursor(worker):
    text = json.dumps(
        ["FULL_NAME", worker.name_key, worker.id], separators=(",", ":"), ensure_ascii=False
    )
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")
