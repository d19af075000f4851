"""What people call the companies and workers of tokens, who know no ids by heart."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from app.db.connections.database import Database
from app.db.reading.lists_of_nouns import COMPANIES
from app.db.reading.workers import worker_with_email, workers_of_subjects
from app.domain.access_tokens import AccessToken
from app.domain.errors import InvalidValue
from app.domain.identifiers import Kind, node_id, read_text_id


@dataclass(frozen=True, slots=True)
class TokenWords:
    """The names of companies and workers, by their ids as they are kept."""

    companies: Mapping[str, str]
    workers: Mapping[str, str]

    def companies_of(self, token: AccessToken) -> str:
        """Return where the token reaches."""
        if token.companies is None:
            return "all companies"
        return ", ".join(sorted(_called(self.companies.get(id_), id_) for id_ in token.companies))

    def worker_of(self, token: AccessToken) -> str | None:
        """Return whose own time off the token is for; the id is as ``createApiToken`` takes it."""
        if token.worker_id is None:
            return None
        name = self.workers.get(token.worker_id)
        return f"for {_called(name, node_id(Kind.WORKER, token.worker_id))}"


async def words_of(database: Database, tokens: Iterable[AccessToken]) -> TokenWords:
    """Return the names of all that the tokens are for."""
    company_ids: set[str] = set()
    worker_ids: set[str] = set()
    for token in tokens:
        company_ids |= token.companies or set()
        worker_ids |= {token.worker_id} if token.worker_id else set()
    async with database.reading() as connection:
        companies = await COMPANIES.find_many(connection, None, company_ids)
        workers = await workers_of_subjects(connection, worker_ids)
    return TokenWords(
        {str(id_): company.name for id_, company in companies.items()},
        {id_: worker.full_name for id_, worker in workers.items()},
    )


async def worker_of_email(
    database: Database, companies: Collection[str] | None, email: str
) -> str | None:
    """Return the id of the one worker with this e-mail; None where none has it, or several do.

    One of the companies, whose ids are as sent, goes before those of others: whether it may be
    of those is not judged here.
    """
    named = frozenset(filter(None, map(_company, companies or ())))
    async with database.reading() as connection:
        for scope in (named, None):
            if worker := await worker_with_email(connection, scope, email):
                return node_id(Kind.WORKER, worker.id)
    return None


def _company(text: str) -> str | None:
    try:
        return read_text_id(Kind.COMPANY, text)
    except InvalidValue:
        return None


def _called(name: str | None, id_: str) -> str:
    return f"{name} ({id_})" if name else id_
