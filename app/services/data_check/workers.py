"""Users and people, compared with the workers that they should make (rule 4.1)."""

from collections.abc import AsyncIterator, Collection, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter

from app.db.connections.database import Transaction
from app.db.data_check import scan
from app.db.data_check.scan import Findable
from app.db.data_check.workers import (
    Circle,
    StoredWorker,
    circle,
    emails_of_many,
    workers_of,
    workers_of_nobody,
)
from app.db.writing.directory import shared_emails
from app.domain.identifiers import person_subject, user_subject
from app.domain.workers import Sharing, Worker, email_key, join, name_key
from app.services.data_check.findings import MOST_LISTED, Findings, Step, Topic


async def check_users(connection: Transaction, findings: Findings, step: Step) -> None:
    """Compare each user's worker with the one that the user should be."""
    async for company_id, users in _by_company(scan.users(connection), step):
        _check_keys("user", users, findings)
        ids = [int(user.id) for user in users]
        around = await circle(connection, company_id, ids, [], _emails(users))
        stored = {each.worker.user_id: each for each in await workers_of(connection, ids, [])}
        expected = {each.user_id: each for each in _joined(company_id, around)}
        for id_ in ids:
            _compare(user_subject(id_), expected.get(id_), stored.get(id_), findings)


async def check_people(connection: Transaction, findings: Findings, step: Step) -> None:
    """Compare each person's worker with the one that the person should be."""
    async for company_id, people in _by_company(scan.people(connection), step):
        _check_keys("person", people, findings)
        ids = [str(person.id) for person in people]
        around = await circle(connection, company_id, [], ids, _emails(people))
        stored = {each.worker.person_id: each for each in await workers_of(connection, [], ids)}
        expected = {each.person_id: each for each in _joined(company_id, around)}
        for id_ in ids:
            _compare(person_subject(id_), expected.get(id_), stored.get(id_), findings)


async def _by_company(
    pieces: AsyncIterator[Sequence[Findable]], step: Step
) -> AsyncIterator[tuple[str, list[Findable]]]:
    """Yield those of each piece who are of one company, and tell the step of each piece."""
    async for piece in pieces:
        for company_id, mine in groupby(piece, key=attrgetter("company_id")):
            yield company_id, list(mine)
        step(len(piece))


def _check_keys(noun: str, humans: Collection[Findable], findings: Findings) -> None:
    for human in humans:
        if human.email_key != email_key(human.email):
            findings.add(Topic.EMAIL, f"{noun} {human.id} is found by another e-mail")
        if human.name_key != name_key(human.full_name):
            findings.add(Topic.NAME, f"{noun} {human.id} is found by another name")


async def check_shared_emails(connection: Transaction, findings: Findings) -> None:
    """Look for e-mails that join nobody because several have them; that is allowed."""
    async for piece in emails_of_many(connection):
        for company_id, emails in groupby(piece, key=itemgetter(0)):
            mine = [email for _, email in emails]
            for sharing in await shared_emails(connection, company_id, mine):
                findings.add(
                    Topic.SHARED_EMAIL, f"{_sharers(sharing)} have the same: it joins nobody"
                )


def _sharers(sharing: Sharing) -> str:
    users = ", ".join(map(str, sorted(sharing.user_ids)))
    people = ", ".join(sorted(sharing.person_ids))
    parts = (f"users {users}" if users else "", f"people {people}" if people else "")
    return " and ".join(filter(None, parts))


async def check_nobodies(connection: Transaction, findings: Findings) -> None:
    """Look for workers that are neither a user nor a person."""
    for id_ in await workers_of_nobody(connection, MOST_LISTED + 1):
        findings.add(Topic.WORKER, f"worker {id_} is neither a user nor a person")


def _compare(
    subject: str, expected: Worker | None, stored: StoredWorker | None, findings: Findings
) -> None:
    """Compare the stored worker with the one that the domain makes; each has one."""
    if stored is None:
        findings.add(Topic.WORKER, f"{subject} has no worker")
    elif expected is None or not stored.is_row_of(expected):
        should = _words(expected) if expected else "nobody"
        is_ = _words(stored.worker)
        if should == is_:
            what = f"the worker of {subject} has another id, company, name or e-mail than it should"
        else:
            what = f"the worker of {subject} should be {should}, and is {is_}"
        findings.add(Topic.WORKER, what)


def _joined(company_id: str, around: Circle) -> Sequence[Worker]:
    return join(company_id, around.users, around.people, links=around.links, bars=around.bars)


def _emails(humans: Sequence[Findable]) -> list[str]:
    return [human.email_key for human in humans if human.email_key]


def _words(worker: Worker) -> str:
    parts = [
        f"user {worker.user_id}" if worker.user_id is not None else "",
        f"person {worker.person_id}" if worker.person_id is not None else "",
    ]
    return " with ".join(filter(None, parts))
