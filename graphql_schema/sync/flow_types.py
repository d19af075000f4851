"""What could not be carried from one source system into the other, as clients see it."""

import datetime as dt  # as in the other modules of types
from typing import Self

import strawberry

from app.domain.identifiers import Kind, node_id
from app.domain.sync import flows
from graphql_schema.directory.types import Company, Person, User
from graphql_schema.links import link
from graphql_schema.node import LOADED_BY, LoadedBy, Node
from graphql_schema.person_time_off.types import PersonTimeOff


@strawberry.type(
    description="A record, or a user's day, that could not be carried to the other source system. "
    f"It is tried again every {flows.TRIED_AGAIN_AFTER.seconds // 60} minutes, and goes when it "
    "could."
)
class SyncFlowProblem(Node):
    code: str = strawberry.field(
        description="Why, for programs: `NOT_CONVERTIBLE`, `READ_ONLY_SYSTEM`, `MIRROR_EDITED` "
        "(somebody has lowered hours in Kantata OX that came from Procore, whose record stays), or "
        "another error code; `FAULT` where the gateway failed itself."
    )
    message: str = strawberry.field(description="Why, for people.")
    first_seen_at: dt.datetime = strawberry.field(description="When it was first tried.")
    last_seen_at: dt.datetime = strawberry.field(description="When it was last tried.")
    date: dt.date | None = strawberry.field(
        default=None, description="The user's day; null for a record."
    )
    company: Company = link(
        lambda problem: (Kind.COMPANY, problem.company_key), description="Whose time off it is."
    )
    person: Person | None = link(
        lambda problem: (Kind.PERSON, problem.person_key),
        description="Whose record it is; null for a user's day.",
    )
    person_time_off: PersonTimeOff | None = link(
        lambda problem: (Kind.PERSON_TIME_OFF, problem.record_key),
        description="The record; null where it was deleted, and for a user's day.",
    )
    user: User | None = link(
        lambda problem: (Kind.USER, problem.user_key),
        description="Whose day it is; null for a record.",
    )
    company_key: strawberry.Private[str]
    person_key: strawberry.Private[str | None]
    record_key: strawberry.Private[str | None]
    user_key: strawberry.Private[int | None]

    @classmethod
    def from_domain(cls, problem: flows.FlowProblem) -> Self:
        person_id, record_id = problem.record or (None, None)
        user_id, day = problem.day or (None, None)
        return cls(
            id=strawberry.ID(node_id(Kind.SYNC_FLOW_PROBLEM, problem.id)),
            code=problem.code,
            message=problem.message,
            first_seen_at=problem.first_seen_at,
            last_seen_at=problem.last_seen_at,
            company_key=problem.company_id,
            date=day,
            person_key=person_id,
            record_key=record_id,
            user_key=user_id,
        )


LOADED_BY[Kind.SYNC_FLOW_PROBLEM] = LoadedBy(
    lambda context: context.sync.flow_problems, SyncFlowProblem.from_domain
)
