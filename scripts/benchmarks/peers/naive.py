"""The usual way: Strawberry types, SQLModel entities over aiosqlite, a DataLoader a relation.

Written as a developer who knows these libraries writes it, without a cache of documents,
without looking ahead. The subset of the gateway's schema that the load asks for.
"""

import json
from base64 import b64encode, urlsafe_b64encode
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Annotated
from uuid import uuid4

import strawberry
from caps import WEEKDAYS, Calendar
from naive_rows import (
    IS_POSTGRESQL,
    LOADERS,
    EntryRow,
    HolidayRow,
    InstanceRow,
    PersonRow,
    RecordRow,
    UserRow,
    WorkweekRow,
    sessions,
)
from naive_schedule import WorkerFilter, WorkerScheduleConnection, schedule_page
from sqlalchemy import text
from sqlmodel import col, or_, select
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

# The types.


def node_id(name, key):
    return strawberry.ID(b64encode(f"{name}:{key}".encode()).decode())


@strawberry.enum
class Repeat(Enum):
    NEVER = "never"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"


@strawberry.enum
class ExternalReferenceStatus(Enum):
    SUCCESSFUL = "successful"
    PENDING = "pending"
    FAILED = "failed"


@strawberry.type
class Role:
    id: strawberry.ID
    name: str


@strawberry.type
class User:
    id: strawberry.ID
    full_name: str
    role_id: strawberry.Private[int | None]

    @strawberry.field
    async def role(self, info: strawberry.Info) -> Role | None:
        if self.role_id is None:
            return None
        row = await info.context["roles"].load(self.role_id)
        return Role(id=node_id("Role", row.id), name=row.name)


@strawberry.type
class ExternalReference:
    id: strawberry.ID
    service_name: str
    service_model_ref: str
    status: ExternalReferenceStatus | None


@strawberry.type
class TimeOffEntry:
    id: strawberry.ID
    hours: float
    requested_date: date
    key: strawberry.Private[int]
    user_id: strawberry.Private[int]

    @classmethod
    def from_row(cls, row):
        return cls(
            id=node_id("TimeOffEntry", row.id),
            hours=row.seconds / 3600,
            requested_date=row.requested_date,
            key=row.id,
            user_id=row.user_id,
        )

    @strawberry.field
    async def user(self, info: strawberry.Info) -> User:
        row = await info.context["users"].load(self.user_id)
        return User(id=node_id("User", row.id), full_name=row.full_name, role_id=row.role_id)

    @strawberry.field
    async def external_references(self, info: strawberry.Info) -> list[ExternalReference]:
        return [
            ExternalReference(
                id=node_id("ExternalReference", row.id),
                service_name=row.service_name,
                service_model_ref=row.service_model_ref,
                status=row.status and ExternalReferenceStatus(row.status),
            )
            for row in await info.context["references"].load(self.key)
        ]


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class TimeOffEntryConnection:
    nodes: list[TimeOffEntry]
    page_info: PageInfo


@strawberry.type
class Person:
    id: strawberry.ID
    full_name: str
    job_title: str | None = None


@strawberry.type
class TimeOffInstance:
    id: strawberry.ID
    start_day: date
    end_day: date


@strawberry.type
class PersonTimeOff:
    id: strawberry.ID
    reason: str | None
    is_paid: bool
    repeat: Repeat
    cadence: int | None
    start_day: date
    end_day: date
    repeat_end_day: date | None
    key: strawberry.Private[str]
    person_id: strawberry.Private[str]

    @classmethod
    def from_row(cls, row):
        return cls(
            id=node_id("PersonTimeOff", row.id),
            reason=row.reason,
            is_paid=row.is_paid,
            repeat=Repeat(row.repeat),
            cadence=row.cadence,
            start_day=row.first_day,
            end_day=row.last_day,
            repeat_end_day=row.repeat_end_day,
            key=row.id,
            person_id=row.person_id,
        )

    @strawberry.field
    async def person(self, info: strawberry.Info) -> Person:
        row = await info.context["people"].load(self.person_id)
        return Person(id=node_id("Person", row.id), full_name=f"{row.first_name} {row.last_name}")

    @strawberry.field
    async def instances(self, info: strawberry.Info) -> list[TimeOffInstance]:
        return [
            TimeOffInstance(
                id=node_id("TimeOffInstance", row.id), start_day=row.start_day, end_day=row.end_day
            )
            for row in await info.context["instances"].load(self.key)
        ]


@strawberry.type
class UserError:
    code: str
    message: str
    path: list[str]


@strawberry.type
class CreateTimeOffEntriesPayload:
    time_off_entries: list[TimeOffEntry]
    user_errors: list[UserError]


@strawberry.type
class CreatePersonTimeOffPayload:
    person_time_off: PersonTimeOff | None
    user_errors: list[UserError]


@strawberry.input
class DateRange:
    from_: date = strawberry.field(name="from")
    to: date


@strawberry.input
class TimeOffEntryFilter:
    user_ids: list[strawberry.ID]
    requested_date: DateRange


@strawberry.input
class TimeOffEntryInput:
    user_id: strawberry.ID
    hours: float
    requested_date: date


@strawberry.input
class CreateTimeOffEntriesInput:
    time_off_entries: list[TimeOffEntryInput]


@strawberry.input
class CreatePersonTimeOffInput:
    company_id: strawberry.ID
    person_id: strawberry.ID
    start_day: date
    end_day: date
    batch_start_time: time
    batch_end_time: time
    is_paid: bool
    reason: str
    repeat: Repeat
    cadence: int
    repeat_end_day: date


# What is asked.


@strawberry.type
class Query:
    @strawberry.field
    async def time_off_entries(
        self, filter: TimeOffEntryFilter, first: int = 20
    ) -> TimeOffEntryConnection:
        days = filter.requested_date
        statement = (
            select(EntryRow)
            .where(
                col(EntryRow.user_id).in_([int(id_) for id_ in filter.user_ids]),
                col(EntryRow.requested_date).between(days.from_, days.to),
            )
            .order_by(col(EntryRow.requested_date), col(EntryRow.user_id))
            .limit(first + 1)
        )
        async with sessions() as session:
            rows = (await session.exec(statement)).all()
        page = rows[:first]
        return TimeOffEntryConnection(
            nodes=[TimeOffEntry.from_row(row) for row in page],
            page_info=PageInfo(
                has_next_page=len(rows) > first, end_cursor=cursor(page[-1]) if page else None
            ),
        )

    @strawberry.field
    async def person_time_off(self, id: strawberry.ID) -> PersonTimeOff | None:
        async with sessions() as session:
            row = await session.get(RecordRow, id)
        return row and PersonTimeOff.from_row(row)

    @strawberry.field
    async def schedule(
        self,
        from_: Annotated[date, strawberry.argument(name="from")],
        to: date,
        filter: WorkerFilter | None = None,  # noqa: ARG002 - the load asks for everybody
        first: int = 20,
        after: str | None = None,
    ) -> WorkerScheduleConnection:
        return await schedule_page(from_, to, first, after)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def create_time_off_entries(
        self, input: CreateTimeOffEntriesInput
    ) -> CreateTimeOffEntriesPayload:
        async with Writing() as session:
            rows, errors = await add_entries(session, input.time_off_entries)
        return CreateTimeOffEntriesPayload(
            time_off_entries=[TimeOffEntry.from_row(row) for row in rows], user_errors=errors
        )

    @strawberry.mutation
    async def create_person_time_off(
        self, input: CreatePersonTimeOffInput
    ) -> CreatePersonTimeOffPayload:
        async with Writing() as session:
            row, errors = await add_series(session, input)
        return CreatePersonTimeOffPayload(
            person_time_off=row and PersonTimeOff.from_row(row), user_errors=errors
        )


class Writing:
    """A session that has SQLite's write lock from its start, and commits at its end."""

    async def __aenter__(self):
        self._session = sessions()
        if not IS_POSTGRESQL:
            await self._session.exec(text("BEGIN IMMEDIATE"))
        return self._session

    async def __aexit__(self, kind, *_):
        try:
            if kind is None:
                await self._session.commit()
            else:
                await self._session.rollback()
        finally:
            await self._session.close()


async def add_entries(session, items):
    wanted = defaultdict(int)
    for item in items:
        wanted[int(item.user_id), item.requested_date] += round(item.hours * 3600)
    user_ids, days = {user for user, _ in wanted}, {day for _, day in wanted}
    mine = select(UserRow).where(col(UserRow.id).in_(user_ids)).order_by(col(UserRow.id))
    users = {row.id: row for row in await session.exec(mine.with_for_update())}
    if unknown := user_ids - set(users):
        return [], [UserError(code="NOT_FOUND", message=f"No user {unknown}", path=[])]
    found = select(EntryRow).where(
        col(EntryRow.user_id).in_(user_ids), col(EntryRow.requested_date).in_(days)
    )
    stored = {(row.user_id, row.requested_date): row for row in await session.exec(found)}
    calendars = {
        company_id: await read_calendar(session, company_id, user_ids)
        for company_id in {user.company_id for user in users.values()}
    }
    now = datetime.now(UTC)
    new = [key for key in wanted if key not in stored]
    ids = iter(await next_ids(session, len(new)))
    rows = []
    for (user_id, day), seconds in wanted.items():
        company_id = users[user_id].company_id
        row = stored.get((user_id, day))
        total = seconds + (row.seconds if row else 0)
        if total > calendars[company_id].possible_seconds(user_id, day):
            return [], [UserError(code="WORKDAY_HOURS_EXCEEDED", message=str(day), path=[])]
        if row is None:
            row = EntryRow(
                id=next(ids),
                company_id=company_id,
                user_id=user_id,
                requested_date=day,
                submission_date=now.date(),
                seconds=seconds,
                created_at=now,
                updated_at=now,
            )
            session.add(row)
        else:
            row.seconds, row.updated_at = total, now
        rows.append(row)
    return rows, []


async def read_calendar(session, company_id, user_ids):
    weeks = select(WorkweekRow).where(
        WorkweekRow.company_id == company_id,
        or_(col(WorkweekRow.user_id).is_(None), col(WorkweekRow.user_id).in_(user_ids)),
    )
    calendar = Calendar()
    for row in await session.exec(weeks.order_by(col(WorkweekRow.effective_from))):
        minutes = tuple(getattr(row, name) for name in WEEKDAYS)
        week = row.effective_from, row.effective_to, minutes
        calendar.weeks.setdefault(row.user_id, []).append(week)
    holidays = select(HolidayRow).where(HolidayRow.company_id == company_id)
    for row in await session.exec(holidays):
        calendar.holidays.append((row.start_date, row.end_date))
    return calendar


async def next_ids(session, count):
    if IS_POSTGRESQL:
        statement = "SELECT nextval('time_off_entry_ids') FROM generate_series(1, :count)"
        return (await session.exec(text(statement), params={"count": count})).scalars().all()
    statement = text(
        "INSERT INTO id_counters (name, last_id) VALUES ('time_off_entry_ids', :count) "
        "ON CONFLICT (name) DO UPDATE SET last_id = last_id + :count RETURNING last_id"
    )
    last = (await session.exec(statement, params={"count": count})).scalar_one()
    return range(last - count + 1, last + 1)


async def add_series(session, asked):
    person = await session.get(PersonRow, asked.person_id)
    if person is None or person.company_id != asked.company_id:
        return None, [UserError(code="NOT_FOUND", message="No such person", path=["personId"])]
    step = timedelta(weeks=asked.cadence)
    length = asked.end_day - asked.start_day
    starts = [
        asked.start_day + step * turn
        for turn in range((asked.repeat_end_day - asked.start_day) // step + 1)
    ]
    now = datetime.now(UTC)
    row = RecordRow(
        id=str(uuid4()),
        company_id=asked.company_id,
        person_id=asked.person_id,
        first_day=asked.start_day,
        first_span_end=asked.end_day,
        last_day=starts[-1] + length,
        start_minute=asked.batch_start_time.hour * 60 + asked.batch_start_time.minute,
        end_minute=asked.batch_end_time.hour * 60 + asked.batch_end_time.minute,
        is_paid=asked.is_paid,
        reason=asked.reason,
        repeat=asked.repeat.value,
        cadence=asked.cadence,
        repeat_end_day=asked.repeat_end_day,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    session.add_all(
        InstanceRow(
            id=str(uuid4()), person_time_off_id=row.id, start_day=start, end_day=start + length
        )
        for start in starts
    )
    return row, []


def cursor(row):
    key = ["REQUESTED_DATE", row.requested_date.isoformat(), row.user_id]
    text_ = json.dumps(key, separators=(",", ":"))
    return urlsafe_b64encode(text_.encode()).decode().rstrip("=")


class App(GraphQL):
    async def get_context(self, request, response):  # noqa: ARG002 - Strawberry names them
        return {name: DataLoader(load) for name, load in LOADERS.items()}


schema = strawberry.Schema(Query, Mutation)
app = Starlette(routes=[Route("/graphql", App(schema, graphql_ide=None), methods=["POST"])])
