"""The upstreams as the command lists them: each with its company's name, and what is the matter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from app.db.connections.database import Database
from app.db.reading import deliveries as outbox
from app.db.reading import sync as known
from app.db.reading.flows import count_problems_of_flows
from app.db.reading.lists_of_nouns import COMPANIES
from app.db.reading.sync_people import count_people
from app.domain.sync.listings import months
from app.domain.sync.refusals import NOUNS
from app.domain.sync.runs import RunKind, RunState
from app.domain.sync.upstreams import ReviewReason, Upstream, UpstreamApi, UpstreamState
from app.domain.sync.waiting import Waiting

_REVIEWS: Final = {
    ReviewReason.MASS_DELETION.value: "much is gone from there; `timeoff sync-problems` lists it "
    "as GONE, and `timeoff resume-upstream` deletes it here",
    ReviewReason.FIRST_WRITE.value: "what is written there for the first time is to be looked at; "
    "`timeoff deliveries` lists it, and `timeoff resume-upstream` has it written",
    ReviewReason.FLAPPING.value: "another program writes the same days; `timeoff deliveries "
    "--blocked` lists them, and `timeoff resume-upstream` goes on",
}


@dataclass(frozen=True, slots=True)
class UpstreamLine:
    """An upstream, whose it is, how many of its records cannot be taken in, and what waits."""

    upstream: Upstream
    company: str
    problems: int
    waiting: Waiting

    def lags(self, now: datetime, most: timedelta | None) -> bool:
        """Say whether it was last read longer ago than that, though it is read at all."""
        upstream = self.upstream
        read_at = upstream.last_read_at or upstream.connected_at
        return most is not None and upstream.is_at_work and now - read_at > most

    def needs(self, now: datetime, most_lag: timedelta | None) -> list[str]:
        """Say what somebody has to do about it, or look at; nothing where nobody has to."""
        upstream, waiting = self.upstream, self.waiting
        reason, found = upstream.state_reason or "", []
        if upstream.state is UpstreamState.NEEDS_CREDENTIALS:
            found.append(f"it needs other credentials ({reason}): `replaceUpstreamCredentials`")
        if upstream.state is UpstreamState.NEEDS_REVIEW:
            found.append(_REVIEWS.get(reason, f"somebody has to look ({reason})"))
        if upstream.is_at_fault:
            found.append("the gateway itself has failed: its log tells how")
        if self.lags(now, most_lag):
            found.append("it was not read for too long")
        if waiting.blocked:
            refused = counted(waiting.blocked, NOUNS[upstream.api])
            found.append(f"refused: {refused}; `timeoff deliveries --blocked` says why")
        if waiting.conflicts:
            conflicts = counted(waiting.conflicts, "conflict")
            found.append(f"to be decided: {conflicts}; `timeoff conflicts` lists and decides")
        return found


def counted(count: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "day"), counted(1_000, "day")
    ('1 day', '1,000 days')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


async def lines_of(database: Database, upstreams: Sequence[Upstream]) -> list[UpstreamLine]:
    """Return a line for each of them, in their order."""
    async with database.reading() as connection:
        companies = await COMPANIES.find_many(
            connection, None, {each.company_id for each in upstreams}
        )
        waiting = await outbox.waiting_of_upstreams(connection)
        return [
            UpstreamLine(
                each,
                companies[each.company_id].name,
                await known.count_problems(connection, each.id),
                waiting.get(each.id, Waiting()),
            )
            for each in upstreams
        ]


async def not_carried(database: Database) -> list[str]:
    """Say for which companies somebody has to look at what could not be carried (flows)."""
    async with database.reading() as connection:
        counts = await count_problems_of_flows(connection)
        companies = await COMPANIES.find_many(connection, None, list(counts))
    return [
        f"Time off of {companies[company_id].name} could not be carried to the other system: "
        f"{counted(count, 'absence')}; `timeoff flows --problems` says why"
        for company_id, count in counts.items()
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
        people = await count_people(connection, [upstream_id])
    if run is None or run.state is not RunState.RUNNING:
        return upstream, None
    if upstream.api is UpstreamApi.PROCORE_REST:
        return upstream, RunProgress(
            "people read", int(run.checkpoint or 0), people.get(upstream_id, 0)
        )
    slices = [each.last.isoformat() for each in months(upstream.window.around(today))]
    done = sum(run.checkpoint is not None and each <= run.checkpoint for each in slices)
    return upstream, RunProgress("months read", done, len(slices))


async def is_writing(database: Database, upstream: Upstream, now: datetime) -> bool:
    """Say whether anything is being written there, or is to be written now."""
    if not upstream.writes:
        return False
    async with database.reading() as connection:
        is_behind = upstream.id in await known.behind(connection)
        return is_behind or await outbox.is_at_work(connection, upstream.id, now)
