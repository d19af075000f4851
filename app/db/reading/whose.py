"""Whom the rows of a file name: workers by ids, e-mails and employee numbers, many at a time."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.workers import workers_of_subjects
from app.db.schema.array_parameters import is_among
from app.db.schema.tables import PersonRow, UserRow, table_columns
from app.domain.directory import PersonStatus, UserStatus
from app.domain.identifiers import person_subject, user_subject
from app.domain.workers import Worker


@dataclass(slots=True)
class Named:
    """Workers by what names them; an e-mail as it is compared.

    Of those who share an e-mail or a number, whoever is inactive is left out where somebody is not
    (rule 4.1).
    """

    by_subject: dict[str, Worker] = field(default_factory=dict)
    by_email: dict[str, list[Worker]] = field(default_factory=dict)
    by_number: dict[str, list[Worker]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Match:
    text: str
    subject: str
    is_active: bool


async def find_named(
    connection: AsyncConnection,
    subjects: Collection[str],
    emails: Collection[str],
    numbers: Collection[str],
) -> Named:
    """Return the workers that are named."""
    user, person = table_columns(UserRow), table_columns(PersonRow)
    by_email, by_number = [], []
    if emails:
        users = select(user.id, user.email_key, user.status).where(
            is_among(user.email_key, list(emails))
        )
        by_email = [
            _Match(row.email_key, user_subject(row.id), row.status == UserStatus.ACTIVE.value)
            for row in await connection.execute(users)
        ]
        by_email += await _people(connection, person.email_key, emails)
    if numbers:
        by_number = await _people(connection, person.employee_number, numbers)
    matched = {each.subject for each in (*by_email, *by_number)}
    workers = await workers_of_subjects(connection, {*subjects, *matched})
    return Named(workers, _grouped(by_email, workers), _grouped(by_number, workers))


async def _people(
    connection: AsyncConnection,
    column: Any,  # noqa: ANN401 - one of a table
    texts: Collection[str],
) -> list[_Match]:
    wanted = select(col(PersonRow.id), column.label("text"), col(PersonRow.status)).where(
        is_among(column, list(texts))
    )
    return [
        _Match(row.text, person_subject(row.id), row.status == PersonStatus.ACTIVE.value)
        for row in await connection.execute(wanted)
    ]


def _grouped(matches: Sequence[_Match], workers: dict[str, Worker]) -> dict[str, list[Worker]]:
    """Return the workers of each text, each once, of the active ones if there are any."""
    of_text: dict[str, list[_Match]] = defaultdict(list)
    for match in matches:
        of_text[match.text].append(match)
    grouped = {}
    for text, mine in of_text.items():
        chosen = [each for each in mine if each.is_active] or mine
        found = {
            workers[each.subject].id: workers[each.subject]
            for each in chosen
            if each.subject in workers
        }
        grouped[text] = list(found.values())
    return grouped
