"""What records of both systems have in common."""

import datetime as dt  # a field is named date
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graphql_schema.arguments import From, To
from graphql_schema.context import Info
from graphql_schema.node import Node

if TYPE_CHECKING:
    from graphql_schema.directory.types import Worker


@strawberry.enum(description="The system that a record comes from.")
class TimeOffSource(Enum):
    KANTATA_OX = strawberry.enum_value("KANTATA_OX", description="Kantata OX: time off entries.")
    PROCORE_WORKFORCE_PLANNING = strawberry.enum_value(
        "PROCORE_WORKFORCE_PLANNING",
        description="Procore Workforce Planning: person time off.",
    )


@strawberry.type(description="The hours of one record on one day.")
class TimeOffDay:
    date: dt.date = strawberry.field(description="The day.")
    hours: float = strawberry.field(description="The record's hours on it, uncapped.")


@strawberry.interface(description="A time-off record of either system.")
class TimeOff(Node):
    """What both kinds of record answer."""

    source_id: strawberry.ID = strawberry.field(
        description="The id by which the source system's REST API knows it."
    )
    source: TimeOffSource = strawberry.field(description="The system that the record comes from.")
    created_at: dt.datetime = strawberry.field(description="When the record was created.")
    updated_at: dt.datetime = strawberry.field(
        description="When the record was last changed, in milliseconds: another one after each "
        "change, so that it tells its versions apart (`ifUnchangedSince`). Putting a reference on "
        "an entry by `updateTimeOffEntry` is a change of it too."
    )

    @strawberry.field(
        description="The hours of all counted days, uncapped; holidays are not taken out."
    )
    def total_hours(self) -> float:
        raise NotImplementedError

    @strawberry.field(description="Who is off.")
    async def worker(
        self, info: Info
    ) -> Annotated["Worker", strawberry.lazy("graphql_schema.directory.types")]:
        raise NotImplementedError

    @strawberry.field(
        description="The counted days inside the window (all of them if it is left out)."
    )
    def days(self, from_: From = None, to: To = None) -> list[TimeOffDay]:
        raise NotImplementedError
