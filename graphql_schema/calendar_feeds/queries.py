"""Reading which calendar feeds there are."""

from typing import Annotated

import strawberry

from app.domain import feeds as domain
from app.domain.access import Permission
from app.domain.paging import Order, page_request
from graphql_schema.access.requires import requires
from graphql_schema.arguments import FILTER, After, Before, First, Last
from graphql_schema.calendar_feeds.inputs import CalendarFeedFilter
from graphql_schema.calendar_feeds.types import CalendarFeed
from graphql_schema.context import Info
from graphql_schema.pagination import Connection, connect


@strawberry.type
class CalendarFeedQueries:
    @strawberry.field(
        description="Calendar feeds in the order in which they were made, also those that were "
        "revoked; never their links. Who may not manage feeds sees those of its own worker.",
        directives=requires(Permission.MANAGE_FEEDS, Permission.READ_TIME_OFF),
    )
    async def calendar_feeds(
        self,
        info: Info,
        filter: Annotated[CalendarFeedFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CalendarFeed] | None:
        feeds = info.context.services.calendar_feeds
        wanted = filter.to_domain() if filter else domain.CalendarFeedFilter()
        return await connect(
            info,
            feeds.shelf,
            feeds.visible(info.context.caller, wanted),
            page_request(Order("CREATED_AT"), first, after, last, before),
            CalendarFeed.from_domain,
        )
