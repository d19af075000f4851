"""The upstreams as the command lists them: each with its company's name, and what is the matter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.db.connections.database import Database
from app.db.reading import sync as known
from app.db.reading.lists_of_nouns import COMPANIES
from app.db.reading.sync_people import count_people
from app.domain.sync.listings import months
from app.domain.sync.runs import RunKind, RunState
from app.domain.sync.upstreams import Upstream, UpstreamApi, UpstreamState

NEEDS_SOMEBODY = frozenset({UpstreamState.NEEDS_CREDENTIALS, UpstreamState.NEEDS_REVIEW})


@dataclass(frozen=True, slots=True)
class UpstreamLine:
    """An upstream, whose it is, and how many of its records cannot be taken in."""

    upstream: Upstream
    company: str
    problems: int

    def lags(self, now: datetime, most: timedelta | None) -> bool:
        """Say whether it was last read longer ago than that, though it is read at all."""
        upstream = self.upstream
        read_at = upstream.last_read_at or upstream.connected_at
        return most is not None and upstream.is_at_work and now - read_at > most

    def is_wrong(self, now: datetime, most: timedelta | None) -> bool:
        """Say whether somebody has to look after it."""
        upstream = self.upstream
        return upstream.state in NEEDS_SOMEBODY or upstream.is_at_fault or self.lags(now, most)


async def lines_of(database: Database, upstreams: Sequence[Upstream]) -> list[UpstreamLine]:
    """Return a line for each of them, in their order."""
    async with database.reading() as connection:
        companies = await COMPANIES.find_many(
            connection, None, {each.company_id for each in upstreams}
        )
        return [
            UpstreamLine(
                each,
                companies[each.company_id].name,
                await known.count_problems(connection, each.id),
            )
            for each in upstreams
        ]


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How much a whole pass has read: months of Kantata's window, or people of Procore's."""

    what: str
    done: int = 0
    total: int = 0


async def progress_of(
    database: Database, upstream_id: str, today: date
) -> tuple[Upstream | None, RunProgress | None]:
    """Return an upstream as it is now, and the pass that it is in."""
    async with database.reading() as connection:
        upstream = await known.find_upstream(connection, None, upstream_id)
        if upstream is None:
            return None, None
        run = await known.last_run(connection, upstream_id, RunKind.FULL)
        people = await count_people(connection, upstream_id)
    if run is None or run.state is not RunState.RUNNING:
        return upstream, None
    if upstream.api is UpstreamApi.PROCORE_REST:
        return upstream, RunProgress("people read", int(run.checkpoint or 0), people)
    slices = [each.last.isoformat() for each in months(upstream.window.around(today))]
    done = sum(run.checkpoint is not None and each <= run.checkpoint for each in slices)
    return upstream, RunProgress("months read", done, len(slices))
