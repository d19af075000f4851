"""Connected systems, how they were read, and what could not be taken in, as clients see them."""

import datetime as dt  # a field is named date
from typing import Final, Self

import strawberry

from app.domain.identifiers import Kind, node_id, person_subject, user_subject
from app.domain.paging import Order, page_request
from app.domain.sync import remote, runs, upstreams
from app.domain.sync.runs import LISTED_FOR
from graphql_schema.arguments import After, Before, First, Last
from graphql_schema.context import Info
from graphql_schema.directory.types import Company, Worker
from graphql_schema.links import link
from graphql_schema.node import LOADED_BY, LoadedBy, Node
from graphql_schema.pagination import Connection, to_connection
from graphql_schema.sync.enums import (
    ConflictPolicy,
    SyncDirection,
    SyncRunKind,
    SyncRunState,
    UpstreamApi,
    UpstreamState,
)

LATEST_FIRST: Final = Order("STARTED_AT", descending=True)


@strawberry.type(description="How far a pass over everything is.")
class SyncProgress:
    what: str = strawberry.field(
        description="What is counted: `months read` of Kantata OX, `people read` of Procore."
    )
    done: int = strawberry.field(description="How many were read.")
    total: int = strawberry.field(description="How many there are.")


@strawberry.type(description="One pass of reading a connected system, and what it did here.")
class SyncRun(Node):
    kind: SyncRunKind = strawberry.field(description="What it reads.")
    state: SyncRunState = strawberry.field(description="What became of it.")
    started_at: dt.datetime = strawberry.field(description="When it began.")
    ended_at: dt.datetime | None = strawberry.field(
        description="When it ended; null while it is under way."
    )
    requests: int = strawberry.field(description="How many requests the system was sent.")
    read: int = strawberry.field(description="How many records it was shown.")
    created: int = strawberry.field(description="How many of them are new here.")
    updated: int = strawberry.field(description="How many were changed here.")
    deleted: int = strawberry.field(description="How many were deleted here, as they are there.")
    drift_repaired: int = strawberry.field(
        description="How many of all these had come to differ although the system had not changed "
        "them."
    )
    message: str | None = strawberry.field(
        description="Why it ended before its end; null if it did not, or nobody knows."
    )
    upstream: "Upstream" = link(
        lambda run: (Kind.UPSTREAM, run.upstream_key), description="The system that was read."
    )
    upstream_key: strawberry.Private[str]

    @classmethod
    def from_domain(cls, run: runs.SyncRun) -> Self:
        counts = run.counts
        return cls(
            id=strawberry.ID(node_id(Kind.SYNC_RUN, run.id)),
            kind=SyncRunKind(run.kind),
            state=SyncRunState(run.state),
            started_at=run.started_at,
            ended_at=run.ended_at,
            requests=counts.requests,
            read=counts.read,
            created=counts.created,
            updated=counts.updated,
            deleted=counts.deleted,
            drift_repaired=counts.drift_repaired,
            message=run.message,
            upstream_key=run.upstream_id,
        )


@strawberry.type(
    description="A record of a connected system that cannot be taken in as it is. It goes when it "
    "can be, or is gone there. With the code `REPLACED`, hours that were otherwise here and gave "
    f"way to the system's; that is told for {LISTED_FOR.days} days."
)
class SyncProblem(Node):
    remote_id: strawberry.ID = strawberry.field(description="The record's id in the system.")
    code: str = strawberry.field(description="What is the matter, for programs.")
    message: str = strawberry.field(description="What is the matter, for people.")
    date: dt.date | None = strawberry.field(description="The day that it is about, if known.")
    first_seen_at: dt.datetime = strawberry.field(description="When it was first seen.")
    last_seen_at: dt.datetime = strawberry.field(description="When it was last seen.")
    worker: Worker | None = link(
        lambda problem: (Kind.WORKER, problem.worker_key),
        description="Who is off; null where nobody here is known by the id of the user or person.",
    )
    upstream: "Upstream" = link(
        lambda problem: (Kind.UPSTREAM, problem.upstream_key),
        description="The system that has the record.",
    )
    worker_key: strawberry.Private[str | None]
    upstream_key: strawberry.Private[str]

    @classmethod
    def from_domain(cls, found: remote.SyncProblem) -> Self:
        problem = found.problem
        return cls(
            id=strawberry.ID(node_id(Kind.SYNC_PROBLEM, found.id)),
            remote_id=strawberry.ID(problem.remote_id),
            code=problem.code,
            message=problem.message,
            date=problem.day,
            first_seen_at=found.first_seen_at,
            last_seen_at=found.last_seen_at,
            worker_key=_subject_of(problem),
            upstream_key=found.upstream_id,
        )


def _subject_of(problem: remote.RemoteProblem) -> str | None:
    if problem.user_id is not None:
        return user_subject(problem.user_id)
    return None if problem.person_id is None else person_subject(problem.person_id)


@strawberry.type(
    description="A connected system: one account of a company at a vendor, whose time off is read "
    "again and again (docs/sync.md). Its credentials are never shown."
)
class Upstream(Node):
    api: UpstreamApi = strawberry.field(description="Which API is spoken.")
    base_url: str = strawberry.field(description="The address below which the API is.")
    account_key: strawberry.ID | None = strawberry.field(
        description="The account's id at the vendor; null until the vendor has said it."
    )
    direction: SyncDirection = strawberry.field(description="Who may change its records.")
    conflict_policy: ConflictPolicy = strawberry.field(
        description="Whose version holds where both sides have changed the same."
    )
    state: UpstreamState = strawberry.field(description="How it does.")
    state_reason: str | None = strawberry.field(
        description="Why it waits or needs somebody, in a word for programs: `UNREACHABLE`, "
        "`THROTTLED`, `UNREADABLE`, `REFUSED`, `NOT_THERE`, `CREDENTIALS_REFUSED`, "
        "`NOT_PERMITTED`, `OTHER_ACCOUNT`, `SYNC_KEY_MISSING`, `MASS_DELETION`, `FIRST_WRITE`, "
        "`FLAPPING`, or `FAULT` where "
        "the gateway failed itself; there may be others some day."
    )
    next_try_at: dt.datetime | None = strawberry.field(
        description="Before this instant it is not asked, because it failed or wants to be left "
        "alone."
    )
    connected_at: dt.datetime = strawberry.field(description="When it was connected.")
    days_back: int = strawberry.field(
        description="The window of days that are read begins so many days before today, in UTC."
    )
    days_ahead: int = strawberry.field(description="It ends so many days after today.")
    credential_hint: str | None = strawberry.field(
        description="The last characters of its credentials, by which people tell which they are; "
        "null of short ones."
    )
    last_read_at: dt.datetime | None = strawberry.field(
        description="When a pass last came to its end."
    )
    last_full_read_at: dt.datetime | None = strawberry.field(
        description="When a pass over the whole window last came to its end."
    )
    company: Company = link(
        lambda upstream: (Kind.COMPANY, upstream.company_key), description="Whose account it is."
    )
    company_key: strawberry.Private[str]
    key: strawberry.Private[str]
    record: strawberry.Private[upstreams.Upstream]

    @strawberry.field(
        description="After how many seconds at most a change there is here, as long as all is "
        "well; what is deleted in Kantata OX by the next pass over everything. Null until it is "
        "known how many people are read one by one."
    )
    async def seen_within_seconds(self, info: Info) -> int | None:
        people = await info.context.sync.people_counts.load(self.key)
        longest = info.context.services.sync_overview.seen_within(self.record, people)
        return None if longest is None else int(longest.total_seconds())

    @strawberry.field(description="How many of its records are to be looked at: `syncProblems`.")
    async def problem_count(self, info: Info) -> int:
        return await info.context.sync.problem_counts.load(self.key)

    @strawberry.field(
        description="How many days are to be written to it, or were while nobody knows what became "
        "of that: `deliveries`."
    )
    async def pending_count(self, info: Info) -> int:
        return (await info.context.sync.waiting.load(self.key)).in_line

    @strawberry.field(
        description="For how many seconds the oldest of these has waited; null where nothing does."
    )
    async def lag_seconds(self, info: Info) -> int | None:
        waiting = await info.context.sync.waiting.load(self.key)
        lag = info.context.services.sync_overview.lag(waiting)
        return None if lag is None else int(lag.total_seconds())

    @strawberry.field(
        description=f"How many records passes of the last {LISTED_FOR.days} days have found to "
        "differ although neither side had changed them, and set right."
    )
    async def drift_repaired_count(self, info: Info) -> int:
        return await info.context.sync.drift_repaired.load(self.key)

    @strawberry.field(
        description="How far the pass over everything is; null where none is under way."
    )
    async def progress(self, info: Info) -> SyncProgress | None:
        found = await info.context.sync.progress.load(self.key)
        return (
            None
            if found is None
            else SyncProgress(what=found.what, done=found.done, total=found.total)
        )

    @strawberry.field(
        description="How many days it refuses, so that somebody has to look: `deliveries`."
    )
    async def blocked_count(self, info: Info) -> int:
        return (await info.context.sync.waiting.load(self.key)).blocked

    @strawberry.field(
        description="In how many conflicts somebody has to decide whose version holds: "
        "`syncConflicts`."
    )
    async def open_conflict_count(self, info: Info) -> int:
        return (await info.context.sync.waiting.load(self.key)).conflicts

    @strawberry.field(
        description=f"The passes of the last {LISTED_FOR.days} days, the latest first."
    )
    async def runs(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SyncRun]:
        """Load a page; all upstreams of a level share one statement."""
        loaders, key = info.context.sync, self.key
        request = page_request(LATEST_FIRST, first, after, last, before)
        page = await loaders.run_pages(request).load(key)
        return to_connection(
            page, request, SyncRun.from_domain, lambda: loaders.run_counts.load(key)
        )

    @classmethod
    def from_domain(cls, upstream: upstreams.Upstream) -> Self:
        key = upstream.account_key
        return cls(
            id=strawberry.ID(node_id(Kind.UPSTREAM, upstream.id)),
            api=UpstreamApi(upstream.api),
            base_url=upstream.base_url,
            account_key=None if key is None else strawberry.ID(key),
            direction=SyncDirection(upstream.direction),
            conflict_policy=ConflictPolicy(upstream.conflict_policy),
            state=UpstreamState(upstream.state),
            state_reason=upstream.state_reason,
            next_try_at=upstream.next_try_at,
            connected_at=upstream.connected_at,
            days_back=upstream.window.days_back,
            days_ahead=upstream.window.days_ahead,
            credential_hint=upstream.credential_hint or None,
            last_read_at=upstream.last_read_at,
            last_full_read_at=upstream.last_full_read_at,
            company_key=upstream.company_id,
            key=upstream.id,
            record=upstream,
        )


LOADED_BY.update(
    {
        Kind.UPSTREAM: LoadedBy(lambda context: context.sync.upstreams, Upstream.from_domain),
        Kind.SYNC_RUN: LoadedBy(lambda context: context.sync.runs, SyncRun.from_domain),
        Kind.SYNC_PROBLEM: LoadedBy(lambda context: context.sync.problems, SyncProblem.from_domain),
    }
)
