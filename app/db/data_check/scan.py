"""Reading a whole database in pieces, to see whether it is as it should be.

Every piece is small however much there is, and all of them show one moment.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Final

from sqlalchemy import Row, Select, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.connections.database import Database
from app.db.schema import conversions
from app.db.schema.tables import (
    AbsenceDayRow,
    ExternalReferenceRow,
    PersonRow,
    PersonTimeOffRow,
    TimeOffEntryRow,
    TimeOffInstanceRow,
    UserRow,
    table_columns,
)
from app.domain.directory import full_name
from app.domain.errors import TimeOffError
from app.domain.identifiers import Key
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import TimeOffEntry

ROWS_A_PIECE: Final = 2_000


class Scanned(Enum):
    """The kinds of rows that `timeoff check` goes through one by one."""

    ENTRIES = "entries"
    PERSON_TIME_OFF = "person time off"
    DAYS = "days"
    USERS = "users"
    PEOPLE = "people"
    REFERENCES = "references"


_TABLES: Final[dict[Scanned, type[Any]]] = {
    Scanned.ENTRIES: TimeOffEntryRow,
    Scanned.PERSON_TIME_OFF: PersonTimeOffRow,
    Scanned.DAYS: AbsenceDayRow,
    Scanned.USERS: UserRow,
    Scanned.PEOPLE: PersonRow,
    Scanned.REFERENCES: ExternalReferenceRow,
}


@dataclass(frozen=True, slots=True)
class DayOfRecord:
    """A row of the day table: what a record takes of one day, in seconds.

    ``starts`` and ``ends`` are seconds since midnight; they and ``is_paid`` are None for an
    entry's day.
    """

    company_id: str
    day: date
    subject: str
    seconds: int
    starts: int | None = None
    ends: int | None = None
    is_paid: bool | None = None


@dataclass(frozen=True, slots=True)
class NoPersonTimeOff:
    """A stored record whose fields no rule admits, and the error that says so."""

    id: str
    error: Exception


@dataclass(frozen=True, slots=True)
class Findable:
    """A user or a person, with the keys by which their row is searched and joined."""

    id: Key
    company_id: str
    full_name: str
    email: str | None
    name_key: str
    email_key: str | None


@asynccontextmanager
async def one_moment(database: Database) -> AsyncIterator[AsyncConnection]:
    """Open a transaction in which every statement sees the same state of the database."""
    async with database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execution_options(isolation_level="REPEATABLE READ")
        async with connection.begin():
            yield connection


async def count(connection: AsyncConnection, what: Scanned) -> int:
    """Return how many rows there are to go through."""
    statement = select(func.count()).select_from(_TABLES[what])
    return int((await connection.execute(statement)).scalar_one())


async def entries(connection: AsyncConnection) -> AsyncIterator[list[TimeOffEntry]]:
    """Yield all entries by user and day, some thousands at a time."""
    table = TimeOffEntryRow
    async for piece in _rows(
        connection, table, col(table.user_id), col(table.requested_date), col(table.id)
    ):
        yield [conversions.to_entry(row) for row in piece]


async def person_time_off(
    connection: AsyncConnection,
) -> AsyncIterator[list[PersonTimeOff | NoPersonTimeOff]]:
    """Yield all records of person time off by id, some thousands at a time."""
    async for piece in _rows(connection, PersonTimeOffRow, col(PersonTimeOffRow.id)):
        yield [_record(row) for row in piece]


def _record(row: Row[Any]) -> PersonTimeOff | NoPersonTimeOff:
    try:
        return conversions.to_person_time_off(row)
    except (TimeOffError, ValueError, TypeError, ArithmeticError) as error:
        return NoPersonTimeOff(row.id, error)


async def users(connection: AsyncConnection) -> AsyncIterator[list[Findable]]:
    """Yield all users by company and id, some thousands at a time."""
    table = UserRow
    async for piece in _rows(connection, table, col(table.company_id), col(table.id)):
        yield [_findable(row, row.full_name, row.email_address) for row in piece]


async def people(connection: AsyncConnection) -> AsyncIterator[list[Findable]]:
    """Yield all people by company and id, some thousands at a time."""
    table = PersonRow
    async for piece in _rows(connection, table, col(table.company_id), col(table.id)):
        yield [_findable(row, full_name(row.first_name, row.last_name), row.email) for row in piece]


def _findable(row: Row[Any], name: str, email: str | None) -> Findable:
    return Findable(
        id=row.id,
        company_id=row.company_id,
        full_name=name,
        email=email,
        name_key=row.name_key,
        email_key=row.email_key,
    )


async def records_of_days(connection: AsyncConnection) -> AsyncIterator[list[str]]:
    """Yield the ids of the records that the day rows name, each once, some at a time."""
    record = col(AbsenceDayRow.record)
    async for piece in in_pieces(connection, select(record).distinct(), record):
        yield [row.record for row in piece]


async def days_of(
    connection: AsyncConnection, records: Collection[str]
) -> dict[str, list[DayOfRecord]]:
    """Return what the day table has of each record, in no order."""
    found: dict[str, list[DayOfRecord]] = defaultdict(list)
    statement = select(*table_columns(AbsenceDayRow)).where(col(AbsenceDayRow.record).in_(records))
    for row in await connection.execute(statement):
        day = DayOfRecord(
            company_id=row.company_id,
            day=row.day,
            subject=row.subject,
            seconds=row.seconds,
            starts=row.starts,
            ends=row.ends,
            is_paid=row.is_paid,
        )
        found[row.record].append(day)
    return found


async def instances_of(
    connection: AsyncConnection, records: Collection[str]
) -> dict[str, list[tuple[date, date]]]:
    """Return first and last day of each record's instances, in no order.

    No spans: what is stored may end before it begins.
    """
    table = TimeOffInstanceRow
    found: dict[str, list[tuple[date, date]]] = defaultdict(list)
    statement = select(
        col(table.person_time_off_id), col(table.start_day), col(table.end_day)
    ).where(col(table.person_time_off_id).in_(records))
    for record_id, first, last in await connection.execute(statement):
        found[record_id].append((first, last))
    return found


async def known_entries(connection: AsyncConnection, ids: Collection[int]) -> set[int]:
    """Return those of the ids that entries have."""
    id_ = col(TimeOffEntryRow.id)
    return set((await connection.execute(select(id_).where(id_.in_(ids)))).scalars())


async def known_person_time_off(connection: AsyncConnection, ids: Collection[str]) -> set[str]:
    """Return those of the ids that records of person time off have."""
    id_ = col(PersonTimeOffRow.id)
    return set((await connection.execute(select(id_).where(id_.in_(ids)))).scalars())


def _rows(
    connection: AsyncConnection,
    table: type[Any],
    *keys: Any,  # noqa: ANN401 - columns
) -> AsyncIterator[Sequence[Row[Any]]]:
    """Yield all rows of a table in the order of its keys, some thousands at a time."""
    return in_pieces(connection, select(*table_columns(table)), *keys)


async def in_pieces(
    connection: AsyncConnection,
    statement: Select[Any],
    *keys: Any,  # noqa: ANN401 - columns
) -> AsyncIterator[Sequence[Row[Any]]]:
    """Yield what a statement selects, its keys included, in their order, some thousands at a time.

    Together the keys name one row.
    """
    statement = statement.order_by(*keys).limit(ROWS_A_PIECE)
    piece = (await connection.execute(statement)).all()
    while piece:
        yield piece
        # Typed as the columns are: PostgreSQL compares no UUID with text.
        last = [literal(getattr(piece[-1], key.key), key.type) for key in keys]
        rest = statement.where(tuple_(*keys) > tuple_(*last))
        piece = (await connection.execute(rest)).all()
