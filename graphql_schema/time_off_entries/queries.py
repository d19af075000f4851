"""Reading Kantata time off entries and external references."""

from typing import Annotated

import strawberry

from app.domain.filters import EntryFilter, ReferencesFilter
from app.domain.identifiers import Kind
from app.domain.paging import Order, page_request
from graphql_schema.arguments import FILTER, ORDER_BY, After, Before, First, Id, Last
from graphql_schema.context import Info
from graphql_schema.node import find_one
from graphql_schema.pagination import Connection, by_default, connect
from graphql_schema.time_off_entries.inputs import (
    ExternalReferencesFilter,
    TimeOffEntryFilter,
    TimeOffEntryOrder,
)
from graphql_schema.time_off_entries.types import ExternalReference, TimeOffEntry


@strawberry.type
class EntryQueries:
    @strawberry.field(description="A time off entry, or null where there is none.")
    async def time_off_entry(self, info: Info, id: Id) -> TimeOffEntry | None:
        return await find_one(info, Kind.ENTRY, id)

    @strawberry.field(description="Time off entries; by requested date, then user, by default.")
    async def time_off_entries(
        self,
        info: Info,
        filter: Annotated[TimeOffEntryFilter | None, FILTER] = None,
        order_by: Annotated[TimeOffEntryOrder | None, ORDER_BY] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[TimeOffEntry]:
        return await connect(
            info,
            info.context.services.catalogue.entries,
            filter.to_domain() if filter else EntryFilter(),
            page_request(by_default(order_by, "REQUESTED_DATE"), first, after, last, before),
            TimeOffEntry.from_domain,
        )

    @strawberry.field(description="External references, oldest first.")
    async def external_references(
        self,
        info: Info,
        filter: Annotated[ExternalReferencesFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ExternalReference]:
        return await connect(
            info,
            info.context.services.catalogue.references,
            filter.to_domain() if filter else ReferencesFilter(),
            page_request(Order("ID"), first, after, last, before),
            ExternalReference.from_domain,
        )
