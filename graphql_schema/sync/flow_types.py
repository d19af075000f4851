"""What could not be carried from one source system into the other, as clients see it."""

import datetime as dt  # as in the other modules of types
from typing import Self

import strawberry

from app.domain.identifiers import Kind, node_id
from app.domain.sync import flows
from graphql_schema.directory.types import Company, Person
from graphql_schema.links import link
from graphql_schema.node import LOADED_BY, LoadedBy, Node
from graphql_schema.person_time_off.types import PersonTimeOff


@strawberry.type(
    description="A record that could not be carried to the other source system. It is tried again "
    f"every {flows.TRIED_AGAIN_AFTER.seconds // 60} minutes, and goes when it could."
)
class SyncFlowProblem(Node):
    code: str = strawberry.field(
        description="Why, for programs: `NOT_CONVERTIBLE`, `READ_ONLY_SYSTEM`, or another error "
        "code; `FAULT` where the gateway failed itself."
    )
    message: str = strawberry.field(description="Why, for people.")
    first_seen_at: dt.datetime = strawberry.field(description="When it was first tried.")
    last_seen_at: dt.datetime = strawberry.field(description="When it was last tried.")
    company: Company = link(
        lambda problem: (Kind.COMPANY, problem.company_key), description="Whose record it is."
    )
    person: Person | None = link(
        lambda problem: (Kind.PERSON, problem.person_key), description="Who is off."
    )
    person_time_off: PersonTimeOff | None = link(
        lambda problem: (Kind.PERSON_TIME_OFF, problem.record_key),
        description="The record; null where it was deleted.",
    )
    company_key: strawberry.Private[str]
    person_key: strawberry.Private[str]
    record_key: strawberry.Private[str]

    @classmethod
    def from_domain(cls, problem: flows.FlowProblem) -> Self:
        return cls(
            id=strawberry.ID(node_id(Kind.SYNC_FLOW_PROBLEM, problem.id)),
            code=problem.code,
            message=problem.message,
            first_seen_at=problem.first_seen_at,
            last_seen_at=problem.last_seen_at,
            company_key=problem.company_id,
            person_key=problem.person_id,
            record_key=problem.record_id,
        )


LOADED_BY[Kind.SYNC_FLOW_PROBLEM] = LoadedBy(
    lambda context: context.sync.flow_problems, SyncFlowProblem.from_domain
)
