"""Reading Procore's person time off."""

from typing import Annotated

import strawberry

from app.domain.filters import PersonTimeOffFilter as DomainFilter
from app.domain.identifiers import Kind
from app.domain.paging import page_request
from graphql_schema.arguments import FILTER, ORDER_BY, After, Before, First, Id, Last
from graphql_schema.context import Info
from graphql_schema.node import find_one
from graphql_schema.pagination import Connection, by_default, connect
from graphql_schema.person_time_off.inputs import PersonTimeOffFilter, PersonTimeOffOrder
from graphql_schema.person_time_off.types import PersonTimeOff


@strawberry.type
class PersonTimeOffQueries:
    @strawberry.field(description="A record of person time off, or null where there is none.")
    async def person_time_off(self, info: Info, id: Id) -> PersonTimeOff | None:
        return await find_one(info, Kind.PERSON_TIME_OFF, id)

    @strawberry.field(description="Person time off; by start day by default.")
    async def person_time_offs(
        self,
        info: Info,
        filter: Annotated[PersonTimeOffFilter | None, FILTER] = None,
        order_by: Annotated[PersonTimeOffOrder | None, ORDER_BY] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PersonTimeOff]:
        return await connect(
            info,
            info.context.services.catalogue.person_time_offs,
            filter.to_domain() if filter else DomainFilter(),
            page_request(by_default(order_by, "START_DAY"), first, after, last, before),
            PersonTimeOff.from_domain,
        )
