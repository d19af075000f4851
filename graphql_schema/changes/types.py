"""The change feed, as clients see it."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from app.domain.changes import CommittedChange
from app.domain.identifiers import Kind, node_id
from graphql_schema.audit.enums import Via
from graphql_schema.audit.types import Actor
from graphql_schema.changes.enums import ChangeOperation
from graphql_schema.links import link
from graphql_schema.node import Node
from graphql_schema.pagination import PageInfo


@strawberry.type(description="One committed change of one object.")
class Change:
    sequence: str = strawberry.field(
        description="The change's number: unbroken and increasing per company."
    )
    at: datetime = strawberry.field(description="When it was committed.")
    operation: ChangeOperation = strawberry.field(description="What happened.")
    subject_type: str = strawberry.field(description="The name of the object's type.")
    subject_id: strawberry.ID = strawberry.field(description="The object's node id.")
    before: JSON | None = strawberry.field(
        description="The object's own fields before, without `reason`; null if it was created."
    )
    after: JSON | None = strawberry.field(
        description="The object's own fields after, without `reason`; null if it was deleted."
    )
    actor: Actor | None = strawberry.field(
        description="Who made it; null for what was committed before this was kept."
    )
    via: Via | None = strawberry.field(
        description="The door through which it came; null where `actor` is."
    )
    request_id: str | None = strawberry.field(
        description="The `X-Request-Id` of the request that made it, as its answer said and the "
        "log says: on a WebSocket the handshake's with the number of the operation, of an import "
        "one for all its changes. Null where `actor` is, and for a command, which has none."
    )
    subject: Node | None = link(
        lambda change: (change.kind, change.key),
        description="The object as it is now; null when it has been deleted since.",
    )
    kind: strawberry.Private[Kind]
    key: strawberry.Private[int | str]

    @classmethod
    def from_domain(cls, change: CommittedChange) -> Self:
        origin = change.origin
        return cls(
            sequence=str(change.sequence),
            at=change.at,
            operation=ChangeOperation(change.operation),
            subject_type=change.kind.type_name,
            subject_id=strawberry.ID(node_id(change.kind, change.key)),
            before=change.before,  # type: ignore[arg-type] # JSON is a NewType of Strawberry's
            after=change.after,  # type: ignore[arg-type]
            actor=None if origin is None else Actor.from_domain(origin.actor),
            via=None if origin is None else Via(origin.via),
            request_id=(origin and origin.request_id) or None,
            kind=change.kind,
            key=change.key,
        )


@strawberry.type(description="A change, and its place in the feed.")
class ChangeEdge:
    node: Change = strawberry.field(description="The change.")
    cursor: str = strawberry.field(description="For `after`: what a reader remembers.")


@strawberry.type(description="A page of the change feed.")
class ChangeConnection:
    """Relay's Connection; the feed only grows, so nobody counts it."""

    edges: list[ChangeEdge] = strawberry.field(description="The changes, oldest first.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the feed.")

    @strawberry.field(description="The changes without their cursors.")
    def nodes(self) -> list[Change]:
        return [edge.node for edge in self.edges]
