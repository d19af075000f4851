"""Workers by the ids that name them: of a user, of a person, or of both."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.lists import Scope
from app.db.reading.lists_of_nouns import PEOPLE, USERS, WORKERS, workers_with_ids
from app.db.schema.tables import PersonRow, UserRow
from app.domain.identifiers import person_subject, user_subject
from app.domain.workers import MANY, Worker, email_key


async def find_worker(connection: AsyncConnection, worker_id: str) -> Worker | None:
    """Return the worker that the id names, also by the id a joined person had alone."""
    statement = WORKERS.select(None, workers_with_ids([worker_id]))
    row = (await connection.execute(statement)).one_or_none()
    return WORKERS.to_domain(row) if row else None


async def workers_of_subjects(
    connection: AsyncConnection, subjects: Collection[str]
) -> dict[str, Worker]:
    """Return the worker that each user or person is, by the id of either.

    A worker that is both is there twice, whichever of the two was asked for.
    """
    statement = WORKERS.select(None, workers_with_ids(subjects))
    found: dict[str, Worker] = {}
    for row in await connection.execute(statement):
        worker = WORKERS.to_domain(row)
        if worker.user_id is not None:
            found[user_subject(worker.user_id)] = worker
        if worker.person_id is not None:
            found[person_subject(worker.person_id)] = worker
    return found


async def job_titles(connection: AsyncConnection, scope: Scope, company_id: str | None) -> set[str]:
    """Return the job titles that people have, of one company or of all of the scope."""
    title, company = col(PersonRow.job_title), col(PersonRow.company_id)
    statement = select(title).where(title.is_not(None)).distinct()
    if scope is not None:
        statement = statement.where(company.in_(scope))
    if company_id is not None:
        statement = statement.where(company == company_id)
    found = (await connection.execute(statement)).scalars()
    return {each for each in found if each is not None}


async def worker_with_email(connection: AsyncConnection, scope: Scope, email: str) -> Worker | None:
    """Return the one worker with this e-mail; None where nobody has it, or several do."""
    key = email_key(email)
    if key is None:
        return None
    users = USERS.select(scope, col(UserRow.email_key) == key).limit(MANY)
    people = PEOPLE.select(scope, col(PersonRow.email_key) == key).limit(MANY)
    subjects = [user_subject(row.id) for row in await connection.execute(users)]
    subjects += [person_subject(row.id) for row in await connection.execute(people)]
    found = await workers_of_subjects(connection, subjects)
    workers = {found[subject].id: found[subject] for subject in subjects if subject in found}
    return next(iter(workers.values())) if len(workers) == 1 else None
