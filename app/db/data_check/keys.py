"""What names what in the whole database: rows without the row they name, doubles, gaps.

The database's own constraints prevent most of it; a file that was patched, restored in
parts or written by a program with the constraints off has no such guard.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import exists, func, literal, null, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col

from app.db.schema.tables import (
    ChangeCounterRow,
    ChangeOriginRow,
    ChangeRow,
    CompanyRow,
    DiscrepancyAcknowledgementRow,
    ExternalReferenceRow,
    PersonRow,
    PersonTimeOffRow,
    RoleRow,
    TimeOffEntryRow,
    UserRow,
    WorkweekRow,
)

# A row, the column by which it names another one, and what that is.
_OF_ONE_COMPANY: Final[tuple[tuple[Any, str, Any], ...]] = (
    (TimeOffEntryRow, "user_id", UserRow),
    (DiscrepancyAcknowledgementRow, "user_id", UserRow),
    (DiscrepancyAcknowledgementRow, "person_id", PersonRow),
    (ExternalReferenceRow, "entry_id", TimeOffEntryRow),
    (PersonTimeOffRow, "person_id", PersonRow),
    (UserRow, "role_id", RoleRow),
    (WorkweekRow, "user_id", UserRow),
)


@dataclass(frozen=True, slots=True)
class Naming:
    """A row whose ``column`` names, by ``value``, what is not there or is another company's."""

    table: str
    key: str
    column: str
    value: object


@dataclass(frozen=True, slots=True)
class Numbering:
    """The numbers of a company's changes, and its counter; None where there is none.

    ``forgotten`` is the last number that is kept no more; 0 where all are.
    """

    company_id: str
    changes: int
    first: int | None
    last: int | None
    counter: int | None
    forgotten: int | None


@dataclass(frozen=True, slots=True)
class OriginRange:
    """An origin that does not begin where the one ``before`` it ends.

    Without ``first`` and ``last``: there is none for what was committed after ``before``.
    """

    company_id: str
    before: int | None
    first: int
    last: int | None


async def dangling(connection: AsyncConnection, most: int) -> list[Naming]:
    """Return the rows that name what is not there, by every foreign key of the tables."""
    found: list[Naming] = []
    for table in SQLModel.metadata.sorted_tables:
        for foreign in sorted(
            table.foreign_key_constraints, key=lambda each: tuple(each.column_keys)
        ):
            parent = foreign.referred_table.alias("parent")
            pairs = [(each.parent, parent.c[each.column.name]) for each in foreign.elements]
            is_there = exists().where(*(theirs == mine for mine, theirs in pairs))
            own = [mine.label(f"own_{mine.name}") for mine, _ in pairs]
            statement = (
                select(*table.primary_key.columns, *own)
                .where(*(mine.is_not(None) for mine, _ in pairs), ~is_there)
                .order_by(*table.primary_key.columns)
                .limit(most)
            )
            found += [
                Naming(
                    table.name,
                    "/".join(map(str, row[: -len(own)])),
                    " with ".join(foreign.column_keys),
                    " with ".join(map(str, row[-len(own) :])),
                )
                for row in await connection.execute(statement)
            ]
    return found


async def foreign(connection: AsyncConnection, most: int) -> list[Naming]:
    """Return the rows that name something of another company than their own."""
    found: list[Naming] = []
    for mine, column, theirs in _OF_ONE_COMPANY:
        named = getattr(mine, column)
        statement = (
            select(mine.id, named)
            .join(theirs, theirs.id == named)
            .where(mine.company_id != theirs.company_id)
            .order_by(mine.id)
            .limit(most)
        )
        found += [
            Naming(mine.__tablename__, str(id_), column, value)
            for id_, value in await connection.execute(statement)
        ]
    return found


async def doubled_entries(connection: AsyncConnection, most: int) -> list[tuple[int, date, int]]:
    """Return user, day and number of entries wherever a user has several on a day."""
    return await _doubles(
        connection, col(TimeOffEntryRow.user_id), col(TimeOffEntryRow.requested_date), most
    )


async def doubled_references(connection: AsyncConnection, most: int) -> list[tuple[int, str, int]]:
    """Return entry, service and number of references wherever there are several."""
    return await _doubles(
        connection, col(ExternalReferenceRow.entry_id), col(ExternalReferenceRow.service_name), most
    )


async def _doubles(
    connection: AsyncConnection,
    first: Any,  # noqa: ANN401 - a column
    second: Any,  # noqa: ANN401
    most: int,
) -> list[Any]:
    statement = (
        select(first, second, func.count())
        .group_by(first, second)
        .having(func.count() > 1)
        .order_by(first, second)
        .limit(most)
    )
    return [tuple(row) for row in await connection.execute(statement)]


async def numberings(connection: AsyncConnection) -> list[Numbering]:
    """Return how each company's changes are numbered."""
    sequence = col(ChangeRow.sequence)
    changes = (
        select(
            col(ChangeRow.company_id).label("company_id"),
            func.count().label("changes"),
            func.min(sequence).label("first"),
            func.max(sequence).label("last"),
        )
        .group_by(col(ChangeRow.company_id))
        .subquery()
    )
    company = col(CompanyRow.id)
    statement = (
        select(
            company,
            func.coalesce(changes.c.changes, 0),
            changes.c.first,
            changes.c.last,
            col(ChangeCounterRow.last_sequence),
            col(ChangeCounterRow.last_forgotten),
        )
        .outerjoin(changes, changes.c.company_id == company)
        .outerjoin(ChangeCounterRow, col(ChangeCounterRow.company_id) == company)
        .order_by(company)
    )
    return [Numbering(*row) for row in await connection.execute(statement)]


async def first_gap(connection: AsyncConnection, company_id: str) -> int | None:
    """Return the first number that is lacking between two that are there."""
    following = ChangeRow.__table__.alias("following")  # type: ignore[attr-defined]
    has_next = exists().where(
        following.c.company_id == col(ChangeRow.company_id),
        following.c.sequence == col(ChangeRow.sequence) + 1,
    )
    statement = select(func.min(col(ChangeRow.sequence)) + 1).where(
        col(ChangeRow.company_id) == company_id, ~has_next
    )
    return (await connection.execute(statement)).scalar_one()


async def broken_origins(connection: AsyncConnection, most: int) -> list[OriginRange]:
    """Return where the origins of a company's changes leave a gap, overlap, or end too early."""
    table = ChangeOriginRow
    company, first, last = (
        col(table.company_id),
        col(table.first_sequence),
        col(table.last_sequence),
    )
    before = func.lag(last).over(partition_by=company, order_by=last).label("before")
    ranges = select(company.label("company_id"), before, first, last).subquery()
    broken = select(
        ranges.c.company_id, ranges.c.before, ranges.c.first_sequence, ranges.c.last_sequence
    ).where(
        or_(
            ranges.c.first_sequence > ranges.c.last_sequence,
            ranges.c.first_sequence != ranges.c.before + 1,
        )
    )
    counter = ChangeCounterRow
    ended = (
        select(company, func.max(last), literal(0), null())
        .join(counter, col(counter.company_id) == company)
        .group_by(company, col(counter.last_sequence))
        .having(func.max(last) != col(counter.last_sequence))
    )
    found = await connection.execute(union_all(broken, ended).limit(most))
    return [OriginRange(*row) for row in found]
