"""What changed no record, as clients see it."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from app.domain import access_events
from app.domain.identifiers import Kind
from graphql_schema.audit.actors import Actor
from graphql_schema.audit.enums import AccessEventKind, Via
from graphql_schema.directory.types import Company
from graphql_schema.links import link


@strawberry.type(description="Something that happened and changed no record.")
class AccessEvent:
    at: datetime = strawberry.field(description="When it happened; of several, the first.")
    kind: AccessEventKind = strawberry.field(description="What happened.")
    actor: Actor | None = strawberry.field(description="Who it was; null where nobody was known.")
    via: Via = strawberry.field(description="The door through which it came.")
    request_id: str | None = strawberry.field(
        description="The `X-Request-Id` of the request; of several, the first. Null for a command."
    )
    peer: str | None = strawberry.field(
        description="The address from which it came, of `REFUSED`, `SIGNED_IN` and "
        "`FEED_LINK_FIRST_USED`; `others` for all of a minute together in which there were too "
        "many to tell apart."
    )
    count: int = strawberry.field(description="How often; more than once only if `REFUSED`.")
    details: JSON | None = strawberry.field(
        description="A few facts, such as the days of an export; never a secret or a reason."
    )
    company: Company | None = link(
        lambda event: (Kind.COMPANY, event.company_key),
        description="The company that it is about; null if it is about none, or about all.",
    )
    company_key: strawberry.Private[str | None]

    @classmethod
    def from_domain(cls, event: access_events.AccessEvent) -> Self:
        return cls(
            at=event.at,
            kind=AccessEventKind(event.kind),
            actor=None if event.actor is None else Actor.from_domain(event.actor),
            via=Via(event.via),
            request_id=event.request_id or None,
            peer=event.peer,
            count=event.count,
            details=dict(event.details) or None,  # type: ignore[arg-type] # JSON is a NewType
            company_key=event.company_id,
        )
