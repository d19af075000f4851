"""Reading which calendar feeds there are."""

from typing import Annotated

import strawberry

from app.domain import calendar_feeds as domain
from app.domain.paging import Order, page_request
from graphql_schema.arguments import FILTER, After, Before, First, Last
from graphql_schema.calendar_feeds.inputs import CalendarFeedFilter
from graphql_schema.calendar_feeds.types import CalendarFeed
from graphql_schema.context import Info
from graphql_schema.pagination import Connection, connect


@strawberry.type
class CalendarFeedQueries:
    @strawberry.field(
        description="Calendar feeds in the order in which they were made, also those that were "
        "revoked; never their links."
    )
    async def calendar_feeds(
        self,
        info: Info,
        filter: Annotated[CalendarFeedFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CalendarFeed]:
        return await connect(
            info,
            info.context.services.calendar_feeds.shelf,
            filter.to_domain() if filter else domain.CalendarFeedFilter(),
            page_request(Order("CREATED_AT"), first, after, last, before),
            CalendarFeed.from_domain,
        )
