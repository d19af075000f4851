"""Users and people, compared with the workers that they should make (rule 4.1)."""

from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.data_check import scan
from app.db.data_check.workers import (
    Circle,
    circle,
    emails_of_many,
    workers_of,
    workers_of_nobody,
)
from app.db.schema import conversions
from app.db.schema.tables import PersonRow, UserRow
from app.db.writing.directory import shared_emails
from app.domain.directory import full_name
from app.domain.identifiers import Key, person_subject, user_subject
from app.domain.workers import Sharing, Worker, email_key, join, name_key
from app.services.data_check.findings import MOST_LISTED, Findings, Kind

Step = Callable[[int], None]


async def check_users(connection: AsyncConnection, findings: Findings, step: Step) -> None:
    """Compare each user's worker with the one that the user should be."""
    async for piece in scan.pieces(connection, UserRow, col(UserRow.company_id), col(UserRow.id)):
        for company_id, mine in groupby(piece, key=lambda row: row.company_id):
            users = list(mine)
            for user in users:
                if user.email_key != email_key(user.email_address):
                    findings.add(Kind.EMAIL, f"user {user.id} is found by another e-mail")
                if user.name_key != name_key(user.full_name):
                    findings.add(Kind.NAME, f"user {user.id} is found by another name")
            ids = [user.id for user in users]
            around = await circle(connection, company_id, ids, [], _emails(users))
            stored = _by(await workers_of(connection, ids, []), "user_id")
            expected = {each.user_id: each for each in _joined(company_id, around)}
            for id_ in ids:
                _compare(user_subject(id_), expected.get(id_), stored.get(id_), findings)
        step(len(piece))


async def check_people(connection: AsyncConnection, findings: Findings, step: Step) -> None:
    """Compare each person's worker with the one that the person should be."""
    table = PersonRow
    async for piece in scan.pieces(connection, table, col(table.company_id), col(table.id)):
        for company_id, mine in groupby(piece, key=lambda row: row.company_id):
            people = list(mine)
            for person in people:
                if person.email_key != email_key(person.email):
                    findings.add(Kind.EMAIL, f"person {person.id} is found by another e-mail")
                if person.name_key != name_key(full_name(person.first_name, person.last_name)):
                    findings.add(Kind.NAME, f"person {person.id} is found by another name")
            ids = [person.id for person in people]
            around = await circle(connection, company_id, [], ids, _emails(people))
            stored = _by(await workers_of(connection, [], ids), "person_id")
            expected = {each.person_id: each for each in _joined(company_id, around)}
            for id_ in ids:
                _compare(person_subject(id_), expected.get(id_), stored.get(id_), findings)
        step(len(piece))


async def check_shared_emails(connection: AsyncConnection, findings: Findings) -> None:
    """Look for e-mails that join nobody because several have them; that is allowed."""
    async for piece in emails_of_many(connection):
        for company_id, emails in groupby(piece, key=itemgetter(0)):
            mine = [email for _, email in emails]
            for sharing in await shared_emails(connection, company_id, mine):
                findings.add(
                    Kind.SHARED_EMAIL, f"{_sharers(sharing)} have the same: it joins nobody"
                )


def _sharers(sharing: Sharing) -> str:
    users = ", ".join(map(str, sorted(sharing.user_ids)))
    people = ", ".join(sorted(sharing.person_ids))
    parts = (f"users {users}" if users else "", f"people {people}" if people else "")
    return " and ".join(filter(None, parts))


async def check_nobodies(connection: AsyncConnection, findings: Findings) -> None:
    """Look for workers that are neither a user nor a person."""
    for id_ in await workers_of_nobody(connection, MOST_LISTED + 1):
        findings.add(Kind.WORKER, f"worker {id_} is neither a user nor a person")


def _compare(
    subject: str, expected: Worker | None, stored: Row[Any] | None, findings: Findings
) -> None:
    """Compare the stored worker with the one that the domain makes; each has one."""
    if stored is None:
        findings.add(Kind.WORKER, f"{subject} has no worker")
    elif expected is None or conversions.from_worker(expected) != stored._asdict():
        should = _words(expected) if expected else "nobody"
        is_ = _words(conversions.to_worker(stored))
        if should == is_:
            what = f"the worker of {subject} has another id, company, name or e-mail than it should"
        else:
            what = f"the worker of {subject} should be {should}, and is {is_}"
        findings.add(Kind.WORKER, what)


def _joined(company_id: str, around: Circle) -> Sequence[Worker]:
    return join(company_id, around.users, around.people, links=around.links, bars=around.bars)


def _emails(humans: Sequence[Row[Any]]) -> list[str]:
    return [human.email_key for human in humans if human.email_key]


def _by(workers: Sequence[Row[Any]], column: str) -> dict[Key, Row[Any]]:
    return {getattr(worker, column): worker for worker in workers}


def _words(worker: Worker) -> str:
    parts = [
        f"user {worker.user_id}" if worker.user_id is not None else "",
        f"person {worker.person_id}" if worker.person_id is not None else "",
    ]
    return " with ".join(filter(None, parts))
