"""Who did something, as clients see it."""

from typing import Self

import strawberry

from app.domain import actors
from graphql_schema.audit.enums import CallerKind


@strawberry.type(description="Who did something: a caller, as it was called then.")
class Actor:
    """Whoever a change, or an event, names."""

    kind: CallerKind = strawberry.field(description="How it proved who it is.")
    id: strawberry.ID = strawberry.field(
        description="The same for ever, such as `token:ab12cd34`: for `actorIds`. No node id."
    )
    name: str = strawberry.field(description="What people call it.")

    @classmethod
    def from_domain(cls, actor: actors.Actor) -> Self:
        """Show a caller as it was then."""
        return cls(kind=CallerKind(actor.kind), id=strawberry.ID(actor.name), name=actor.label)
