"""For `timeoff check`: the workers of many users or people, and what decides who they are.

That is everyone with whom they share an e-mail, a link or a bar (rule 4.1).
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, cast, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.data_check import scan
from app.db.schema import conversions
from app.db.schema.tables import PersonRow, UserRow, WorkerLinkRow, WorkerRow, table_columns
from app.domain.directory import PersonStatus, UserStatus, full_name
from app.domain.workers import Human, Worker, name_key

Pair = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Circle:
    """Users and people of one company, and which of them are linked or kept apart."""

    users: dict[int, Human]
    people: dict[str, Human]
    links: list[Pair]
    bars: list[Pair]


@dataclass(frozen=True, slots=True)
class StoredWorker:
    """A worker with what its row derives from it, which may have been derived wrongly."""

    id: str
    name_key: str
    worker: Worker

    def is_row_of(self, expected: Worker) -> bool:
        """Say whether the row is what the worker is stored as."""
        derived = (expected.id, name_key(expected.full_name))
        return self.worker == expected and (self.id, self.name_key) == derived


async def circle(
    connection: AsyncConnection,
    company_id: str,
    user_ids: Collection[int],
    person_ids: Collection[str],
    emails: Collection[str],
) -> Circle:
    """Return the named and whoever decides about them.

    Of those with the same e-mail two are enough on either side: an e-mail that two have
    joins nobody, however many have it.
    """
    users = set(user_ids) | {int(id_) for id_ in await _two_of_each(connection, UserRow, emails)}
    people = set(person_ids) | set(await _two_of_each(connection, PersonRow, emails))
    pairs = await _pairs(connection, users, people)
    linked = [pair for pair, is_bar in pairs if not is_bar]
    users |= {user_id for user_id, _ in linked}
    people |= {person_id for _, person_id in linked}
    found_users = await _users(connection, company_id, users)
    found_people = await _people(connection, company_id, people)
    return Circle(
        found_users,
        found_people,
        [pair for pair in linked if pair[0] in found_users and pair[1] in found_people],
        [pair for pair, is_bar in pairs if is_bar],
    )


async def workers_of(
    connection: AsyncConnection, user_ids: Collection[int], person_ids: Collection[str]
) -> list[StoredWorker]:
    """Return the stored workers of the users and of the people."""
    statement = select(*table_columns(WorkerRow)).where(
        or_(col(WorkerRow.user_id).in_(user_ids), col(WorkerRow.person_id).in_(person_ids))
    )
    return [
        StoredWorker(row.id, row.name_key, conversions.to_worker(row))
        for row in await connection.execute(statement)
    ]


async def emails_of_many(
    connection: AsyncConnection,
) -> AsyncIterator[Sequence[tuple[str, str]]]:
    """Yield company and e-mail wherever several users or several people have it, in order."""
    several = union(*(_of_several(table) for table in (UserRow, PersonRow))).subquery()
    async for piece in scan.in_pieces(connection, select(several), *several.c):
        yield [(row.company_id, row.email_key) for row in piece]


def _of_several(table: type[Any]) -> Select[Any]:
    return (
        select(table.company_id, table.email_key)
        .where(table.email_key.is_not(None))
        .group_by(table.company_id, table.email_key)
        .having(func.count() > 1)
    )


async def workers_of_nobody(connection: AsyncConnection, most: int) -> list[str]:
    """Return the ids of workers that are neither a user nor a person."""
    statement = (
        select(col(WorkerRow.id))
        .where(col(WorkerRow.user_id).is_(None), col(WorkerRow.person_id).is_(None))
        .order_by(col(WorkerRow.id))
        .limit(most)
    )
    return list((await connection.execute(statement)).scalars())


async def _two_of_each(
    connection: AsyncConnection, table: type[Any], emails: Collection[str]
) -> set[str]:
    """Return up to two ids of every e-mail, as text: the least and the greatest."""
    id_ = cast(table.id, Text)
    # The active decide where there are any, else the inactive: two of each are read.
    kind = [table.status] if table is PersonRow else []
    statement = (
        select(func.min(id_), func.max(id_))
        .where(table.email_key.in_(emails))
        .group_by(table.company_id, table.email_key, *kind)
    )
    return {each for row in await connection.execute(statement) for each in row}


async def _pairs(
    connection: AsyncConnection, users: Collection[int], people: Collection[str]
) -> list[tuple[Pair, bool]]:
    table = WorkerLinkRow
    statement = select(col(table.user_id), col(table.person_id), col(table.is_bar)).where(
        or_(col(table.user_id).in_(users), col(table.person_id).in_(people))
    )
    return [
        ((user_id, person_id), is_bar)
        for user_id, person_id, is_bar in await connection.execute(statement)
    ]


async def _users(
    connection: AsyncConnection, company_id: str, ids: Collection[int]
) -> dict[int, Human]:
    table = UserRow
    statement = select(
        col(table.id), col(table.full_name), col(table.email_address), col(table.status)
    ).where(col(table.id).in_(ids), col(table.company_id) == company_id)
    return {
        id_: Human(name, email, status == UserStatus.ACTIVE.value)
        for id_, name, email, status in await connection.execute(statement)
    }


async def _people(
    connection: AsyncConnection, company_id: str, ids: Collection[str]
) -> dict[str, Human]:
    table = PersonRow
    statement = select(
        col(table.id),
        col(table.first_name),
        col(table.last_name),
        col(table.email),
        col(table.status),
    ).where(col(table.id).in_(ids), col(table.company_id) == company_id)
    return {
        id_: Human(full_name(first, last), email, status == PersonStatus.ACTIVE.value)
        for id_, first, last, email, status in await connection.execute(statement)
    }
