"""Reading a whole database in pieces, to see whether it is as it should be.

Every piece is small however much there is, and all of them show one moment.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import chain
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Row, Select, func, literal, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.connections.database import Database
from app.db.schema import conversions
from app.db.schema.array_parameters import is_among
from app.db.schema.tables import (
    ExternalReferenceRow,
    PersonDayRow,
    PersonRow,
    PersonTimeOffRow,
    TimeOffEntryRow,
    UserRow,
    table_columns,
)
from app.domain.directory import full_name
from app.domain.errors import TimeOffError
from app.domain.identifiers import Key
from app.domain.person_time_off import PersonTimeOff

ROWS_A_PIECE: Final = 2_000
NARROW_ROWS_A_PIECE: Final = 20_000
"""Of rows with few columns: each piece costs some statements beside its own."""

INTEGRITY: Final = "PRAGMA integrity_check(10)"
"""Has SQLite look through its file; more faults than so many say no more."""
PAGES_ONLY: Final = "PRAGMA quick_check(10)"
"""The same, but whether each index has all rows: that takes most of the time."""

_NO_INSTANT: Final = (
    "(datetime(substr({0}, 1, 19), '+0 days') IS NOT substr({0}, 1, 19) "
    "OR substr({0}, 20) NOT GLOB '.[0-9][0-9][0-9][0-9][0-9][0-9]')"
)
_UNREADABLE_ENTRIES: Final = (
    "SELECT id FROM time_off_entries WHERE date(submission_date, '+0 days') IS NOT submission_date "  # noqa: S608 - names of columns
    f"OR {_NO_INSTANT.format('created_at')} "
    f"OR updated_at <> created_at AND {_NO_INSTANT.format('updated_at')} ORDER BY id LIMIT :most"
)
"""SQLite keeps a day and an instant as text, and whatever else is written there.

A modifier has it count: without one 31 February is returned as it stands.
"""

HoursOfEntry = tuple[int, date, int, int]
"""Whose entry it is, its day, its id, its seconds."""


class Scanned(Enum):
    """The kinds of rows that `timeoff check` goes through one by one."""

    ENTRIES = "entries"
    PERSON_TIME_OFF = "person time off"
    USERS = "users"
    PEOPLE = "people"
    REFERENCES = "references"


_TABLES: Final[dict[Scanned, type[Any]]] = {
    Scanned.ENTRIES: TimeOffEntryRow,
    Scanned.PERSON_TIME_OFF: PersonTimeOffRow,
    Scanned.USERS: UserRow,
    Scanned.PEOPLE: PersonRow,
    Scanned.REFERENCES: ExternalReferenceRow,
}


class DayOfRecord(NamedTuple):
    """A day row of a record: what it takes of the day, in seconds since midnight."""

    day: date
    starts: int
    ends: int
    is_paid: bool


class IdsUnreadable(Exception):
    """A record's list of its instances' ids has none, or something else than ids."""


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


async def faults_of_file(connection: AsyncConnection, *, indexes: bool) -> list[str]:
    """Return what SQLite finds wrong with its file: damaged pages, indexes that lack rows.

    PostgreSQL looks after its files itself.
    """
    if connection.dialect.name != "sqlite":
        return []
    found = await connection.execute(text(INTEGRITY if indexes else PAGES_ONLY))
    return told_faults(found.scalars())


def told_faults(found: Iterable[str]) -> list[str]:
    """Return a line for each fault of what INTEGRITY answers, which is "ok" where there is none."""
    lines = chain.from_iterable(each.splitlines() for each in found)
    return [line for line in lines if line != "ok" and not line.startswith("***")]


async def count(connection: AsyncConnection, what: Scanned) -> int:
    """Return how many rows there are to go through."""
    statement = select(func.count()).select_from(_TABLES[what])
    return int((await connection.execute(statement)).scalar_one())


def hours_of_entries(
    connection: AsyncConnection,
) -> AsyncIterator[Sequence[HoursOfEntry]]:
    """Yield the hours of all entries by user and day, some thousands at a time.

    Only what is compared is read: with whole entries it would take three times as long.
    """
    table = TimeOffEntryRow
    keys = col(table.user_id), col(table.requested_date), col(table.id)
    statement: Any = select(*keys, col(table.seconds))
    pieces = in_pieces(connection, statement, *keys, size=NARROW_ROWS_A_PIECE)
    return cast("AsyncIterator[Sequence[HoursOfEntry]]", pieces)


async def unreadable_entries(connection: AsyncConnection, most: int) -> list[int]:
    """Return the ids of entries with an instant or a day of submission that is none.

    Nothing compares them, so they are not read for it. PostgreSQL admits no such value.
    """
    if connection.dialect.name != "sqlite":
        return []
    found = await connection.execute(text(_UNREADABLE_ENTRIES), {"most": most})
    return list(found.scalars())


async def companies_of(connection: AsyncConnection, user_ids: Collection[int]) -> dict[int, str]:
    """Return the company of each of the users who are there."""
    columns = table_columns(UserRow)
    statement = select(columns.id, columns.company_id).where(is_among(columns.id, user_ids))
    return {row.id: row.company_id for row in await connection.execute(statement)}


async def person_time_off(
    connection: AsyncConnection,
) -> AsyncIterator[list[PersonTimeOff | NoPersonTimeOff]]:
    """Yield all records of person time off by id, some thousands at a time."""
    async for piece in _rows(connection, PersonTimeOffRow, col(PersonTimeOffRow.id)):
        yield [_record(row) for row in piece]


def _record(row: Row[Any]) -> PersonTimeOff | NoPersonTimeOff:
    if not _are_ids(row.instance_ids):
        return NoPersonTimeOff(row.id, IdsUnreadable())
    try:
        return conversions.to_person_time_off(row)
    except (TimeOffError, ValueError, TypeError, ArithmeticError) as error:
        return NoPersonTimeOff(row.id, error)


def _are_ids(stored: object) -> bool:
    """Say whether it is a list of at least one id, written as we write them."""
    if not isinstance(stored, list) or not stored:
        return False
    try:
        return all(each == str(UUID(each)) for each in stored)
    except (ValueError, TypeError, AttributeError):
        return False


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


async def days_of(
    connection: AsyncConnection, records: Collection[PersonTimeOff]
) -> dict[str, list[DayOfRecord]]:
    """Return the day rows of each record, earliest first."""
    found: dict[str, list[DayOfRecord]] = defaultdict(list)
    columns = table_columns(PersonDayRow)
    statement = (
        select(columns.record_id, columns.day, columns.starts, columns.ends, columns.is_paid)
        .where(
            is_among(columns.person_id, {record.person_id for record in records}),
            is_among(columns.record_id, [record.id for record in records]),
        )
        .order_by(columns.day, columns.starts)
    )
    for record_id, *day in await connection.execute(statement):
        found[record_id].append(DayOfRecord(*day))
    return found


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
    size: int | None = None,
) -> AsyncIterator[Sequence[Row[Any]]]:
    """Yield what a statement selects, its keys included, in their order, some thousands at a time.

    Together the keys name one row.
    """
    statement = statement.order_by(*keys).limit(size or ROWS_A_PIECE)
    piece = (await connection.execute(statement)).all()
    while piece:
        yield piece
        # Typed as the columns are: PostgreSQL compares no UUID with text.
        last = [literal(getattr(piece[-1], key.key), key.type) for key in keys]
        rest = statement.where(tuple_(*keys) > tuple_(*last))
        piece = (await connection.execute(rest)).all()
