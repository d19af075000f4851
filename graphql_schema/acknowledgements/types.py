"""Acknowledged discrepancies, as clients see them."""

import datetime as dt  # a field is named date
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from app.domain import acknowledgements as domain
from app.domain.durations import hours_of_seconds
from app.domain.identifiers import Kind, node_id, user_subject
from graphql_schema.audit.actors import Actor
from graphql_schema.links import link
from graphql_schema.node import LOADED_BY, LoadedBy, Node
from graphql_schema.schedule.enums import DiscrepancyKind

if TYPE_CHECKING:
    from graphql_schema.directory.types import Worker


@strawberry.type(
    description="Somebody has said that the systems may differ about a worker's day: it is two "
    "absences, or rightly in one system only. Null everywhere once either system says something "
    "else of that day; if it says again what it said, it is there again."
)
class DiscrepancyAcknowledgement(Node):
    date: dt.date = strawberry.field(description="The day.")
    kind: DiscrepancyKind = strawberry.field(description="How they differ.")
    kantata_hours: float = strawberry.field(description="What Kantata has, up to the workday.")
    procore_hours: float = strawberry.field(description="What Procore has, up to the workday.")
    acknowledged_at: dt.datetime = strawberry.field(description="When it was said.")
    acknowledged_by: Actor = strawberry.field(description="Who said it.")
    worker: Annotated["Worker", strawberry.lazy("graphql_schema.directory.types")] = link(
        lambda said: (Kind.WORKER, said.worker_key), description="Whose day it is."
    )
    worker_key: strawberry.Private[str]

    @classmethod
    def from_domain(cls, said: domain.DiscrepancyAcknowledgement) -> Self:
        return cls(
            id=strawberry.ID(node_id(Kind.ACKNOWLEDGEMENT, said.id)),
            date=said.day,
            kind=DiscrepancyKind(said.kind),
            kantata_hours=hours_of_seconds(said.kantata),
            procore_hours=hours_of_seconds(said.procore),
            acknowledged_at=said.acknowledged_at,
            acknowledged_by=Actor.from_domain(said.acknowledged_by),
            worker_key=user_subject(said.user_id),
        )


LOADED_BY[Kind.ACKNOWLEDGEMENT] = LoadedBy(
    lambda context: context.acknowledgements, DiscrepancyAcknowledgement.from_domain
)
