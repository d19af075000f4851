"""Workers by the ids that name them: of a user, of a person, or of both."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.reading.lists_of_nouns import WORKERS, workers_with_ids
from app.domain.identifiers import person_subject, user_subject
from app.domain.workers import Worker


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
