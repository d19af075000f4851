"""The change feed, as clients see it."""

import datetime as dt  # a field is a date
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

import strawberry
from strawberry.scalars import JSON

from app.domain import changed_days as domain
from app.domain import changes as domain_changes
from app.domain.changes import CommittedChange
from app.domain.days import DayRange
from app.domain.identifiers import Kind, node_id
from graphql_schema.audit.actors import Actor
from graphql_schema.audit.enums import Via
from graphql_schema.changes.enums import ChangeOperation
from graphql_schema.context import Info
from graphql_schema.links import link
from graphql_schema.node import Node, load_nodes
from graphql_schema.pagination import PageInfo

if TYPE_CHECKING:
    from graphql_schema.directory.types import Worker

_OPERATIONS: Final = {each: ChangeOperation(each) for each in domain_changes.ChangeOperation}


@strawberry.type(description="The days from `from` to `to`; an end that is null is open.")
class ChangedDays:
    from_: dt.date | None = strawberry.field(name="from", description="The first day.")
    to: dt.date | None = strawberry.field(description="The last day.")

    @classmethod
    def from_domain(cls, days: DayRange) -> Self:
        return cls(from_=days.first, to=days.last)


def _made(make: Callable[[Any], Any], *, description: str) -> Any:  # noqa: ANN401 - the field
    """Return a field that is made of its object when somebody asks for it."""
    return strawberry.field(resolver=make, description=description)


@strawberry.type(description="One committed change of one object.")
class Change:
    """Its fields are made when they are asked for: an event has few of them, and is one of many."""

    change: strawberry.Private[CommittedChange]
    sequence: str = _made(
        lambda self: str(self.change.sequence),
        description="The change's number: unbroken and increasing per company.",
    )
    at: datetime = _made(lambda self: self.change.at, description="When it was committed.")
    operation: ChangeOperation = _made(
        lambda self: _OPERATIONS[self.change.operation], description="What happened."
    )
    subject_type: str = _made(
        lambda self: self.change.kind.type_name, description="The name of the object's type."
    )
    subject_id: strawberry.ID = _made(
        lambda self: node_id(self.change.kind, self.change.key), description="The object's node id."
    )
    before: JSON | None = _made(
        lambda self: self.change.before,
        description="The object's own fields before, without `reason`; null if it was created.",
    )
    after: JSON | None = _made(
        lambda self: self.change.after,
        description="The object's own fields after, without `reason`; null if it was deleted.",
    )
    days: ChangedDays | None = _made(
        lambda self: (
            None if self.change.days is None else ChangedDays.from_domain(self.change.days)
        ),
        description="The days that it touched, from the first to the last: of an entry its day, of "
        "a repeat those of the occurrences that are otherwise now. Null where the object has no "
        "days, and for what was committed before this was kept.",
    )
    actor: Actor | None = _made(
        lambda self: (
            None if self.change.origin is None else Actor.from_domain(self.change.origin.actor)
        ),
        description="Who made it; null for what was committed before this was kept.",
    )
    via: Via | None = _made(
        lambda self: None if self.change.origin is None else Via(self.change.origin.via),
        description="The door through which it came; null where `actor` is.",
    )
    request_id: str | None = _made(
        lambda self: (self.change.origin and self.change.origin.request_id) or None,
        description="The `X-Request-Id` of the request that made it, as its answer said and the "
        "log says: on a WebSocket the handshake's with the number of the operation, of an import "
        "one for all its changes. Null where `actor` is, and for a command, which has none.",
    )
    subject: Node | None = link(
        lambda shown: (shown.change.kind, shown.change.key),
        description="The object as it is now; null when it has been deleted since.",
    )

    @classmethod
    def from_domain(cls, change: CommittedChange) -> Self:
        return cls(change=change)


@strawberry.type(description="A change, and its place in the feed.")
class ChangeEdge:
    node: Change = strawberry.field(description="The change.")
    cursor: str = strawberry.field(description="For `after`: what a reader remembers.")


@strawberry.type(description="Days that have to be read anew, and whose.")
class DaysChanged:
    days: ChangedDays = strawberry.field(description="Which days, from the first to the last.")
    cursor: str = strawberry.field(
        description="For `after`: all that happened up to here has been told."
    )
    subjects: strawberry.Private[tuple[str, ...] | None]

    @strawberry.field(
        description="Whose days; null: everybody's, as of a holiday, or of workers who are gone. "
        "Empty: nobody's. Such is the first event, whose cursor says where it begins: read again "
        "what you have read before it came."
    )
    async def workers(
        self, info: Info
    ) -> list[Annotated["Worker", strawberry.lazy("graphql_schema.directory.types")]] | None:
        if self.subjects is None:
            return []
        if not self.subjects:
            return None
        found = await load_nodes(info.context, Kind.WORKER, self.subjects)
        return list({each.id: each for each in found.values() if each is not None}.values()) or None

    @classmethod
    def from_domain(cls, changed: domain.ChangedDays | None, cursor: str) -> Self:
        if changed is None:
            return cls(days=ChangedDays.from_domain(domain.ALL_DAYS), cursor=cursor, subjects=None)
        return cls(
            days=ChangedDays.from_domain(changed.days), cursor=cursor, subjects=changed.subjects
        )


@strawberry.type(description="A page of the change feed.")
class ChangeConnection:
    """Relay's Connection; the feed only grows, so nobody counts it."""

    edges: list[ChangeEdge] = strawberry.field(description="The changes, oldest first.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the feed.")

    @strawberry.field(description="The changes without their cursors.")
    def nodes(self) -> list[Change]:
        return [edge.node for edge in self.edges]
