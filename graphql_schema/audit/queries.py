"""Reading who did what that changes no record."""

from typing import Annotated, Final

import strawberry

from app.domain import access_events as domain
from app.domain.access import Permission
from app.domain.paging import Order, page_request
from graphql_schema.access.requires import requires
from graphql_schema.arguments import FILTER, After, Before, First, Last
from graphql_schema.audit.inputs import AccessEventFilter
from graphql_schema.audit.types import AccessEvent
from graphql_schema.context import Info
from graphql_schema.pagination import Connection, to_connection

NEWEST_FIRST: Final = Order("NUMBER", descending=True)
NO_FILTER: Final = domain.AccessEventFilter()


@strawberry.type
class AuditQueries:
    @strawberry.field(
        description="What happened that changes no record, newest first: signing in, refusals, "
        "tokens, exports. It is stored within a second or two, and kept for "
        f"{domain.KEPT_DAYS} days unless the operator says otherwise.",
        directives=requires(Permission.READ_AUDIT),
    )
    async def access_events(
        self,
        info: Info,
        filter: Annotated[AccessEventFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AccessEvent] | None:
        events, caller = info.context.services.access_events, info.context.caller
        wanted = filter.to_domain() if filter else NO_FILTER
        request = page_request(NEWEST_FIRST, first, after, last, before)
        page = await events.page(caller, wanted, request)
        return to_connection(
            page, request, AccessEvent.from_domain, lambda: events.count(caller, wanted)
        )
