"""Which worker somebody is who comes with a token of an issuer."""

from collections.abc import Callable, Mapping
from typing import Final

from app.db.connections.database import Database
from app.db.reading.workers import find_worker, worker_with_email
from app.domain.access import OwnWorker
from app.domain.errors import InvalidValue, NotFound
from app.domain.identifiers import Key, Kind, person_subject, read_id, user_subject
from app.domain.workers import is_email


async def find_own_worker(
    database: Database, companies: frozenset[str] | None, hint: str
) -> OwnWorker | None:
    """Return the worker that a hint names within the companies, or None.

    The hint is an e-mail that exactly one worker has, the id of a worker, or the source id of a
    user or a person.
    """
    async with database.reading() as connection:
        if is_email(hint):
            worker = await worker_with_email(connection, companies, hint)
        else:
            id_ = worker_id_of(hint)
            worker = await find_worker(connection, id_) if id_ else None
    if worker is None or (companies is not None and worker.company_id not in companies):
        return None
    return OwnWorker(worker.company_id, worker.user_id, worker.person_id)


def worker_id_of(hint: str) -> str | None:
    """Return the worker's id that a text names: its own, or that of a user or a person."""
    for kind, to_subject in _SUBJECTS.items():
        try:
            return to_subject(read_id(kind, hint))
        except (InvalidValue, NotFound):
            continue
    return None


_SUBJECTS: Final[Mapping[Kind, Callable[[Key], str]]] = {
    Kind.WORKER: str,
    Kind.USER: lambda key: user_subject(int(key)),
    Kind.PERSON: lambda key: person_subject(str(key)),
}
