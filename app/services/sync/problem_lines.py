"""Records of connected systems that are to be looked at, as the command lists them."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.db.connections.database import Database
from app.db.reading import sync as known
from app.domain.identifiers import Key
from app.domain.sync.remote import SyncProblem
from app.domain.sync.upstreams import Upstream
from app.services.sync.delivery_lines import named


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """A problem, where the record is, and whose; nothing where nobody is known."""

    problem: SyncProblem
    upstream: Upstream
    whose: str


async def problem_lines(database: Database, problems: Sequence[SyncProblem]) -> list[ProblemLine]:
    """Return a line for each of them, in their order."""
    owners: list[Key | None] = [
        each.problem.user_id if each.problem.person_id is None else each.problem.person_id
        for each in problems
    ]
    async with database.reading() as connection:
        upstreams = {each.id: each for each in await known.upstreams_of(connection, None)}
        names = await named(connection, [each for each in owners if each is not None])
    return [
        ProblemLine(each, upstreams[each.upstream_id], "" if owner is None else names[owner])
        for each, owner in zip(problems, owners, strict=True)
        if each.upstream_id in upstreams
    ]
