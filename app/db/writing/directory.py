"""The directory's rows within the caller's transaction, and who is one worker."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.lists_of_nouns import WORKERS
from app.db.schema import conversions
from app.db.schema.tables import (
    ChangeCounterRow,
    HolidayRow,
    PersonRow,
    UserRow,
    WorkerLinkRow,
    WorkerRow,
    WorkweekRow,
)
from app.db.writing.changes import new_counter
from app.db.writing.statements import delete_all, insert_all
from app.domain.directory import Company, Person, PersonStatus, User, UserStatus, full_name
from app.domain.identifiers import Key
from app.domain.joining import Joining, joinings
from app.domain.workers import Human, Pair, Sharing, Worker, email_key, join, sharings


async def start_counters(connection: AsyncConnection, companies: Sequence[Company]) -> None:
    """Give each new company the counter of its changes."""
    await insert_all(connection, ChangeCounterRow, [new_counter(each.id) for each in companies])


async def remove_workweeks(connection: AsyncConnection, ids: Collection[Key]) -> None:
    """Delete the workweeks with these ids."""
    await delete_all(connection, WorkweekRow.id, ids)


async def remove_holidays(connection: AsyncConnection, ids: Collection[Key]) -> None:
    """Delete the holidays with these ids."""
    await delete_all(connection, HolidayRow.id, ids)


async def partners(
    connection: AsyncConnection, user_ids: Collection[int], person_ids: Collection[str]
) -> tuple[set[int], set[str]]:
    """Return the users and people with everyone whom a link or a bar ties to them."""
    links = await _links_of(connection, user_ids, person_ids)
    return (
        set(user_ids) | {user_id for user_id, _, _ in links},
        set(person_ids) | {person_id for _, person_id, _ in links},
    )


async def link(connection: AsyncConnection, pair: Pair) -> None:
    """Join the pair, dissolving all earlier links and bars of both (rule 4.1)."""
    user_id, person_id = pair
    await connection.execute(
        delete(WorkerLinkRow).where(
            or_(
                col(WorkerLinkRow.user_id) == user_id,
                col(WorkerLinkRow.person_id) == person_id,
            )
        )
    )
    await insert_all(connection, WorkerLinkRow, [_link_row(pair, is_bar=False)])


async def bar(connection: AsyncConnection, pair: Pair) -> None:
    """Keep the pair apart; other links and bars stay."""
    user_id, person_id = pair
    await connection.execute(
        delete(WorkerLinkRow).where(
            col(WorkerLinkRow.user_id) == user_id, col(WorkerLinkRow.person_id) == person_id
        )
    )
    await insert_all(connection, WorkerLinkRow, [_link_row(pair, is_bar=True)])


async def rejoin(
    connection: AsyncConnection,
    company_id: str,
    user_ids: Collection[int],
    person_ids: Collection[str],
    old_emails: Collection[str] = (),
) -> tuple[list[Worker], list[Worker]]:
    """Join anew everyone whom a change of the named users and people can touch.

    These are they themselves, all who share an e-mail that they have or had, and those
    who are linked to any of them. Returns the workers that were, and those that are now.
    """
    named = await _humans(connection, company_id, user_ids, person_ids)
    emails = {human.email_key for humans in named for human in humans.values()}
    emails |= set(old_emails)
    users, people = await _humans(connection, company_id, user_ids, person_ids, emails)
    links = await _links_of(connection, users, people)
    linked = await _humans(
        connection,
        company_id,
        [user for user, _, is_bar in links if not is_bar],
        [person for _, person, is_bar in links if not is_bar],
    )
    users, people = users | linked[0], people | linked[1]
    now = join(
        company_id,
        users,
        people,
        links=[
            (user, person)
            for user, person, is_bar in links
            if not is_bar and user in users and person in people
        ],
        bars=[(user, person) for user, person, is_bar in links if is_bar],
    )
    touched = or_(col(WorkerRow.user_id).in_(users), col(WorkerRow.person_id).in_(people))
    found = await connection.execute(WORKERS.select(None, touched))
    before = [conversions.to_worker(row) for row in found]
    gone = [worker for worker in before if worker not in now]
    come = [worker for worker in now if worker not in before]
    await connection.execute(
        delete(WorkerRow).where(col(WorkerRow.id).in_([worker.id for worker in gone]))
    )
    await insert_all(connection, WorkerRow, [conversions.from_worker(worker) for worker in come])
    return gone, come


async def shared_emails(
    connection: AsyncConnection, company_id: str, emails: Collection[str]
) -> list[Sharing]:
    """Return which of the e-mails are shared, so that they join nobody, and by whom."""
    users, people = await _humans(connection, company_id, (), (), emails)
    links = await _links_of(connection, users, people)
    linked = [(user_id, person_id) for user_id, person_id, is_bar in links if not is_bar]
    return sharings(users, people, links=linked)


async def joinings_of(
    connection: AsyncConnection, company_id: str, workers: Collection[Worker]
) -> dict[str, Joining]:
    """Return by what each of the company's workers is joined, or why it is apart, by their ids."""
    user_ids = [each.user_id for each in workers if each.user_id is not None]
    person_ids = [each.person_id for each in workers if each.person_id is not None]
    emails = {email_key(each.email) for each in workers}
    users, people = await _humans(connection, company_id, user_ids, person_ids, emails)
    links = await _links_of(connection, users, people)
    linked = {(user_id, person_id) for user_id, person_id, is_bar in links if not is_bar}
    return joinings(workers, users, people, linked)


async def people_with_numbers(
    connection: AsyncConnection, company_id: str, numbers: Collection[str]
) -> dict[str, list[str]]:
    """Return the people of the company with each of the employee numbers, by id."""
    found: dict[str, list[str]] = defaultdict(list)
    if not numbers:
        return found
    table = PersonRow
    statement = (
        select(col(table.employee_number), col(table.id))
        .where(col(table.company_id) == company_id, col(table.employee_number).in_(numbers))
        .order_by(col(table.id))
    )
    for row in await connection.execute(statement):
        found[row.employee_number or ""].append(row.id)
    return found


def emails_of(humans: Collection[User | Person]) -> set[str]:
    """Return the e-mails as they are compared."""
    texts = (each.email_address if isinstance(each, User) else each.email for each in humans)
    return {key for text in texts if (key := email_key(text))}


async def _humans(
    connection: AsyncConnection,
    company_id: str,
    user_ids: Collection[int],
    person_ids: Collection[str],
    emails: Collection[str | None] = (),
) -> tuple[dict[int, Human], dict[str, Human]]:
    users = select(
        col(UserRow.id), col(UserRow.full_name), col(UserRow.email_address), col(UserRow.status)
    ).where(
        col(UserRow.company_id) == company_id,
        or_(col(UserRow.id).in_(user_ids), col(UserRow.email_key).in_(set(emails) - {None})),
    )
    people = select(
        col(PersonRow.id),
        col(PersonRow.first_name),
        col(PersonRow.last_name),
        col(PersonRow.email),
        col(PersonRow.status),
    ).where(
        col(PersonRow.company_id) == company_id,
        or_(col(PersonRow.id).in_(person_ids), col(PersonRow.email_key).in_(set(emails) - {None})),
    )
    return (
        {
            row.id: Human(row.full_name, row.email_address, row.status == UserStatus.ACTIVE.value)
            for row in await connection.execute(users)
        },
        {
            row.id: Human(
                full_name(row.first_name, row.last_name),
                row.email,
                row.status == PersonStatus.ACTIVE.value,
            )
            for row in await connection.execute(people)
        },
    )


async def _links_of(
    connection: AsyncConnection, user_ids: Collection[int], person_ids: Collection[str]
) -> list[tuple[int, str, bool]]:
    statement = select(
        col(WorkerLinkRow.user_id), col(WorkerLinkRow.person_id), col(WorkerLinkRow.is_bar)
    ).where(
        or_(col(WorkerLinkRow.user_id).in_(user_ids), col(WorkerLinkRow.person_id).in_(person_ids))
    )
    return [(row.user_id, row.person_id, row.is_bar) for row in await connection.execute(statement)]


def _link_row(pair: Pair, *, is_bar: bool) -> dict[str, Any]:
    return {"user_id": pair[0], "person_id": pair[1], "is_bar": is_bar}
