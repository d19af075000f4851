"""The usual way: the tables as SQLModel entities, and a DataLoader for each relation."""

import os
from collections import defaultdict
from datetime import date, datetime

from sqlalchemy import JSON, DateTime, String, Uuid, event
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # As the gateway sets them.
    "PRAGMA cache_size = -16384",
    "PRAGMA mmap_size = 0x7fff0000",
    "PRAGMA wal_autocheckpoint = 8192",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA busy_timeout = 30000",
)

DATABASE = os.environ["DATABASE"]
IS_POSTGRESQL = "://" in DATABASE
if IS_POSTGRESQL:
    URL = DATABASE.replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(URL, pool_size=10)
else:
    engine = create_async_engine(f"sqlite+aiosqlite:///{DATABASE}")
sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)


# A UUID on PostgreSQL, its text on SQLite.
UUID_TEXT = String(36).with_variant(Uuid(as_uuid=False), "postgresql")


@event.listens_for(engine.sync_engine, "connect")
def open_connection(connection, _):
    if IS_POSTGRESQL:
        return
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


# The tables.


class RoleRow(SQLModel, table=True):
    __tablename__ = "roles"
    id: int = Field(primary_key=True)
    company_id: str = Field(sa_type=UUID_TEXT)
    name: str


class CompanyRow(SQLModel, table=True):
    __tablename__ = "companies"
    id: str = Field(primary_key=True, sa_type=UUID_TEXT)
    name: str


class UserRow(SQLModel, table=True):
    __tablename__ = "users"
    id: int = Field(primary_key=True)
    company_id: str = Field(sa_type=UUID_TEXT)
    full_name: str
    role_id: int | None = Field(foreign_key="roles.id")


class PersonRow(SQLModel, table=True):
    __tablename__ = "people"
    id: str = Field(primary_key=True, sa_type=UUID_TEXT)
    company_id: str = Field(sa_type=UUID_TEXT)
    first_name: str
    last_name: str
    status: str
    job_title: str | None


class WorkerRow(SQLModel, table=True):
    __tablename__ = "workers"
    id: str = Field(primary_key=True)
    company_id: str = Field(foreign_key="companies.id", sa_type=UUID_TEXT)
    user_id: int | None = Field(foreign_key="users.id")
    person_id: str | None = Field(foreign_key="people.id", sa_type=UUID_TEXT)
    full_name: str
    name_key: str


class WorkweekRow(SQLModel, table=True):
    __tablename__ = "workweeks"
    id: str = Field(primary_key=True, sa_type=UUID_TEXT)
    company_id: str = Field(sa_type=UUID_TEXT)
    user_id: int | None
    effective_from: date
    effective_to: date | None
    monday: int
    tuesday: int
    wednesday: int
    thursday: int
    friday: int
    saturday: int
    sunday: int


class HolidayRow(SQLModel, table=True):
    __tablename__ = "holidays"
    id: int = Field(primary_key=True)
    company_id: str = Field(sa_type=UUID_TEXT)
    name: str
    start_date: date
    end_date: date


class EntryRow(SQLModel, table=True):
    __tablename__ = "time_off_entries"
    id: int = Field(primary_key=True)
    company_id: str = Field(sa_type=UUID_TEXT)
    user_id: int = Field(foreign_key="users.id")
    requested_date: date
    submission_date: date
    seconds: int
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class ReferenceRow(SQLModel, table=True):
    __tablename__ = "external_references"
    id: int = Field(primary_key=True)
    entry_id: int = Field(foreign_key="time_off_entries.id")
    service_name: str
    service_model: str
    service_model_ref: str
    status: str | None


class RecordRow(SQLModel, table=True):
    __tablename__ = "person_time_offs"
    id: str = Field(primary_key=True, sa_type=UUID_TEXT)
    company_id: str = Field(sa_type=UUID_TEXT)
    person_id: str = Field(foreign_key="people.id", sa_type=UUID_TEXT)
    first_day: date
    first_span_end: date
    last_day: date
    start_minute: int
    end_minute: int
    apply_to_saturday: bool = False
    apply_to_sunday: bool = False
    is_paid: bool
    reason: str
    repeat: str
    cadence: int | None
    repeat_end_day: date | None
    instance_ids: list = Field(default_factory=list, sa_type=JSON)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class InstanceRow(SQLModel, table=True):
    __tablename__ = "time_off_instances"
    id: str = Field(primary_key=True, sa_type=UUID_TEXT)
    person_time_off_id: str = Field(foreign_key="person_time_offs.id", sa_type=UUID_TEXT)
    start_day: date
    end_day: date


class PersonDayRow(SQLModel, table=True):
    __tablename__ = "person_days"
    person_id: str = Field(primary_key=True, sa_type=UUID_TEXT)
    day: date = Field(primary_key=True)
    record_id: str = Field(primary_key=True, sa_type=UUID_TEXT)
    starts: int
    ends: int
    is_paid: bool


class AcknowledgementRow(SQLModel, table=True):
    __tablename__ = "discrepancy_acknowledgements"
    id: str = Field(primary_key=True, sa_type=UUID_TEXT)
    user_id: int
    person_id: str = Field(sa_type=UUID_TEXT)
    day: date


# The loaders: each relation of one request in one statement.


def one_of(table):
    async def load(keys):
        async with sessions() as session:
            found = await session.exec(select(table).where(col(table.id).in_(keys)))
            by_key = {row.id: row for row in found}
        return [by_key.get(key) for key in keys]

    return load


def many_of(table, parent, order):
    async def load(keys):
        statement = select(table).where(col(parent).in_(keys)).order_by(col(order))
        by_parent = defaultdict(list)
        async with sessions() as session:
            for row in await session.exec(statement):
                by_parent[getattr(row, parent.key)].append(row)
        return [by_parent[key] for key in keys]

    return load


LOADERS = {
    "users": one_of(UserRow),
    "roles": one_of(RoleRow),
    "people": one_of(PersonRow),
    "companies": one_of(CompanyRow),
    "references": many_of(ReferenceRow, ReferenceRow.entry_id, ReferenceRow.id),
    "instances": many_of(InstanceRow, InstanceRow.person_time_off_id, InstanceRow.start_day),
}
