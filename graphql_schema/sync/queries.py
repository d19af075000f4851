"""Reading which systems are connected, and what could not be taken in."""

from typing import Annotated, Final

import strawberry

from app.domain.access import Permission
from app.domain.identifiers import Kind
from app.domain.paging import Order, page_request
from app.domain.sync import conflicts, deliveries, flows, remote, upstreams
from graphql_schema.access.requires import requires
from graphql_schema.arguments import FILTER, After, Before, First, Last
from graphql_schema.context import Info
from graphql_schema.input_values import read_query_id
from graphql_schema.pagination import Connection, to_connection
from graphql_schema.sync.delivery_types import Delivery, SyncConflict
from graphql_schema.sync.flow_types import SyncFlowProblem
from graphql_schema.sync.inputs import (
    DeliveryFilter,
    SyncConflictFilter,
    SyncFlowProblemFilter,
    SyncProblemFilter,
    UpstreamFilter,
)
from graphql_schema.sync.types import SyncProblem, Upstream

_MANAGING: Final = requires(Permission.MANAGE_UPSTREAMS)
AS_CONNECTED: Final = Order("CONNECTED_AT")
AS_WANTED: Final = Order("WANTED_AT")
NEWEST_CONFLICT_FIRST: Final = Order("OPENED_AT", descending=True)
NEWEST_FIRST: Final = Order("FIRST_SEEN_AT", descending=True)


@strawberry.type
class SyncQueries:
    @strawberry.field(
        description="A connected system by its node id, or null where there is none.",
        directives=_MANAGING,
    )
    async def upstream(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The node id.")],
    ) -> Upstream | None:
        overview, caller = info.context.services.sync_overview, info.context.caller
        found = await overview.find(caller, read_query_id(Kind.UPSTREAM, id))
        return None if found is None else Upstream.from_domain(found)

    @strawberry.field(
        description="Connected systems in the order in which they were connected.",
        directives=_MANAGING,
    )
    async def upstreams(
        self,
        info: Info,
        filter: Annotated[UpstreamFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Upstream] | None:
        overview, caller = info.context.services.sync_overview, info.context.caller
        wanted = filter.to_domain() if filter else upstreams.UpstreamFilter()
        request = page_request(AS_CONNECTED, first, after, last, before)
        page = await overview.page(caller, wanted, request)
        return to_connection(
            page, request, Upstream.from_domain, lambda: overview.count(caller, wanted)
        )

    @strawberry.field(
        description="Records of connected systems that are to be looked at, those first that were "
        "seen last for the first time.",
        directives=_MANAGING,
    )
    async def sync_problems(
        self,
        info: Info,
        filter: Annotated[SyncProblemFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SyncProblem] | None:
        overview, caller = info.context.services.sync_overview, info.context.caller
        wanted = filter.to_domain() if filter else remote.SyncProblemFilter()
        request = page_request(NEWEST_FIRST, first, after, last, before)
        page = await overview.problems(caller, wanted, request)
        return to_connection(
            page, request, SyncProblem.from_domain, lambda: overview.count_problems(caller, wanted)
        )

    @strawberry.field(
        description="What waits to be written to connected systems, the longest wanted first.",
        directives=_MANAGING,
    )
    async def deliveries(
        self,
        info: Info,
        filter: Annotated[DeliveryFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Delivery] | None:
        outbox, caller = info.context.services.outbox, info.context.caller
        wanted = filter.to_domain() if filter else deliveries.DeliveryFilter()
        request = page_request(AS_WANTED, first, after, last, before)
        page = await outbox.deliveries(caller, wanted, request)
        return to_connection(
            page, request, Delivery.from_domain, lambda: outbox.count_deliveries(caller, wanted)
        )

    @strawberry.field(
        description="What both sides have changed, the newest first: also what a policy decided.",
        directives=_MANAGING,
    )
    async def sync_conflicts(
        self,
        info: Info,
        filter: Annotated[SyncConflictFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SyncConflict] | None:
        outbox, caller = info.context.services.outbox, info.context.caller
        wanted = filter.to_domain() if filter else conflicts.SyncConflictFilter()
        request = page_request(NEWEST_CONFLICT_FIRST, first, after, last, before)
        page = await outbox.conflicts(caller, wanted, request)
        return to_connection(
            page, request, SyncConflict.from_domain, lambda: outbox.count_conflicts(caller, wanted)
        )

    @strawberry.field(
        description="Records that could not be carried from one source system into the other, "
        "those first that were tried last for the first time.",
        directives=_MANAGING,
    )
    async def sync_flow_problems(
        self,
        info: Info,
        filter: Annotated[SyncFlowProblemFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SyncFlowProblem] | None:
        service, caller = info.context.services.flows, info.context.caller
        wanted = filter.to_domain() if filter else flows.FlowProblemFilter()
        request = page_request(NEWEST_FIRST, first, after, last, before)
        page = await service.problems(caller, wanted, request)
        return to_connection(
            page,
            request,
            SyncFlowProblem.from_domain,
            lambda: service.count_problems(caller, wanted),
        )
