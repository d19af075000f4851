"""Which access events clients ask for."""

import strawberry

from app.domain import access_events as domain
from graphql_schema.audit.enums import AccessEventKind
from graphql_schema.input_values import (
    DateTimeRange,
    domain_value,
    read_filter_company,
    read_filter_texts,
)


@strawberry.input(description="Access events that match everything given.")
class AccessEventFilter:
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="About this company."
    )
    actor_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of one of these actors, by `Actor.id`."
    )
    kinds: list[AccessEventKind] | None = strawberry.field(
        default=None, description="One of these happened."
    )
    at: DateTimeRange | None = strawberry.field(
        default=None, description="It happened in this range of instants."
    )

    def to_domain(self) -> domain.AccessEventFilter:
        ids: list[str] | None = None if self.actor_ids is None else [*self.actor_ids]
        kinds = None if self.kinds is None else [domain_value(each) for each in self.kinds]
        return domain.AccessEventFilter(
            company_id=read_filter_company(self.company_id),
            actors=read_filter_texts(ids, ("filter", "actor_ids")),
            kinds=kinds,
            at=self.at.to_domain(("filter", "at")) if self.at else None,
        )
