"""Following the change feed: what was committed since a cursor, then what is committed."""

import datetime as dt
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, TypeAlias

import strawberry

from app.domain.access import Permission
from app.domain.changed_days import ChangedDaysFilter
from app.domain.changes import EVERY_CHANGE
from app.domain.identifiers import Kind
from graphql_schema.access.requires import requires
from graphql_schema.arguments import FILTER
from graphql_schema.changes.inputs import ChangeFilter
from graphql_schema.changes.types import Change, ChangeEdge, DaysChanged
from graphql_schema.context import Info
from graphql_schema.input_values import read_company, read_filter_ids, window

Events: TypeAlias = Any
"""What a subscription here yields: a list of its events, which come together. It is empty where
nothing has happened for a while. Strawberry and clients know of the single events only
(graphql_schema/http/subscriptions.py)."""

_ID = Annotated[strawberry.ID, strawberry.argument(description="Whose changes: the company's id.")]
_After = Annotated[
    str | None,
    strawberry.argument(
        description="The last cursor that was seen, of `changes` or of either subscription: "
        "nothing after it is missed. Left out or null: from now on."
    ),
]


@strawberry.type
class ChangeSubscriptions:
    @strawberry.subscription(
        description="The changes of a company, each once and in order, within a second of their "
        "commit: after `sequence` 41 comes 42, where no `filter` leaves it out. To go on after a "
        "connection has ended, give the last cursor as `after`. One that would make a reader miss "
        "something is refused: CURSOR_EXPIRED, as of `changes`.",
        directives=requires(Permission.READ_CHANGES),
    )
    async def changes(
        self,
        info: Info,
        company_id: _ID,
        after: _After = None,
        filter: Annotated[ChangeFilter | None, FILTER] = None,
    ) -> AsyncGenerator[ChangeEdge]:
        context = info.context
        stream = context.services.change_streams.changes(
            context.caller,
            read_company(company_id),
            filter.to_domain() if filter else EVERY_CHANGE,
            context.resume_after or after,
        )
        async with aclosing(stream) as events:
            async for found in events:
                told: Events = [
                    ChangeEdge(node=Change(change=change), cursor=cursor)
                    for change, cursor in found
                ]
                yield told

    @strawberry.subscription(
        description="Whose days have changed, and which: what a calendar that is shown reads anew. "
        "What happened to neighbouring changes of the same workers is told at once.",
    )
    async def days_changed(
        self,
        info: Info,
        company_id: _ID,
        worker_ids: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(description="Only days of these workers, and everybody's."),
        ] = None,
        from_: Annotated[
            dt.date | None,
            strawberry.argument(name="from", description="Only from this day on, itself included."),
        ] = None,
        to: Annotated[
            dt.date | None,
            strawberry.argument(description="Only up to this day, itself included."),
        ] = None,
        after: _After = None,
    ) -> AsyncGenerator[DaysChanged]:
        context = info.context
        subjects = read_filter_ids(Kind.WORKER, worker_ids, ("worker_ids",))
        stream = context.services.change_streams.changed_days(
            context.caller,
            read_company(company_id),
            ChangedDaysFilter(None if subjects is None else frozenset(subjects), window(from_, to)),
            context.resume_after or after,
        )
        async with aclosing(stream) as events:
            async for found in events:
                told: Events = [DaysChanged.from_domain(*each) for each in found]
                yield told
