"""Workweeks, as clients see them."""

from datetime import date
from typing import Any, Self

import strawberry

from app.domain import directory as domain
from app.domain.identifiers import Kind, node_id
from app.domain.workweek import WEEKDAYS
from graphql_schema.directory.types import COMPANY, Company, User, company_of_record, version_field
from graphql_schema.links import link
from graphql_schema.node import LOADED_BY, LoadedBy, Node


@strawberry.type(
    description="Minutes of work per weekday, of a user or of a whole company, effective from a "
    "day on, or until `effectiveTo`. On a day that several of one owner hold, the one that began "
    "last counts: after dated summer hours the open workweek goes on."
)
class Workweek(Node):
    version: str = version_field()
    effective_from: date = strawberry.field(description="The first day on which it holds.")
    effective_to: date | None = strawberry.field(
        description="The last day on which it holds; null: it holds from its first day on."
    )
    sunday: int = strawberry.field(description="Minutes of work on Sundays.")
    monday: int = strawberry.field(description="Minutes of work on Mondays.")
    tuesday: int = strawberry.field(description="Minutes of work on Tuesdays.")
    wednesday: int = strawberry.field(description="Minutes of work on Wednesdays.")
    thursday: int = strawberry.field(description="Minutes of work on Thursdays.")
    friday: int = strawberry.field(description="Minutes of work on Fridays.")
    saturday: int = strawberry.field(description="Minutes of work on Saturdays.")
    company: Company = link(company_of_record, description=COMPANY)
    user: User | None = link(
        lambda workweek: (Kind.USER, workweek.record.user_id),
        description="Whose workweek it is; null: the company's default.",
    )
    record: strawberry.Private[domain.Workweek]

    @classmethod
    def from_domain(cls, workweek: domain.Workweek) -> Self:
        minutes: dict[str, Any] = dict(zip(WEEKDAYS, workweek.minutes, strict=True))
        return cls(
            id=strawberry.ID(node_id(Kind.WORKWEEK, workweek.id)),
            effective_from=workweek.effective_from,
            effective_to=workweek.effective_to,
            record=workweek,
            **minutes,
        )


LOADED_BY[Kind.WORKWEEK] = LoadedBy(lambda context: context.loaders.workweeks, Workweek.from_domain)
