"""What waits to be written to connected systems, and conflicts, as clients see them."""

import datetime as dt  # a field is named date
from typing import Any, Final, Self

import strawberry
from strawberry.scalars import JSON

from app.domain.durations import hours_of_seconds
from app.domain.identifiers import Kind, node_id, user_subject
from app.domain.sync import conflicts, deliveries
from app.domain.sync.deliveries import read_day_key
from graphql_schema.context import Info
from graphql_schema.directory.types import Worker
from graphql_schema.links import link
from graphql_schema.node import LOADED_BY, LoadedBy, Node
from graphql_schema.sync.enums import DeliveryState, SyncConflictKind, SyncSide
from graphql_schema.sync.types import Upstream

_UPSTREAM: Final = "The system that is written to."


@strawberry.type(
    description="A day that is to be as it is here in a connected system, too. It goes when it is; "
    "what is written is what is here then, so that several changes are one delivery."
)
class Delivery(Node):
    state: DeliveryState = strawberry.field(description="Where it is.")
    date: dt.date = strawberry.field(description="The day.")
    attempts: int = strawberry.field(
        description="How often the gateway has ended while it wrote it, without a word of why."
    )
    wanted_at: dt.datetime = strawberry.field(description="When it was first wanted.")
    next_attempt_at: dt.datetime | None = strawberry.field(
        description="Before this instant it is not looked at; null: at once, or not by itself."
    )
    code: str | None = strawberry.field(
        description="Why it waits for somebody, for programs: `REFUSED`, `NOT_PERMITTED`, "
        "`POISONED`, `FLAPPING`, `CONFLICT`, `OUTSIDE_WINDOW`; there may be others some day."
    )
    message: str | None = strawberry.field(description="The same for people.")
    worker: Worker | None = link(
        lambda delivery: (Kind.WORKER, delivery.worker_key), description="Whose day it is."
    )
    upstream: Upstream = link(
        lambda delivery: (Kind.UPSTREAM, delivery.upstream_key), description=_UPSTREAM
    )
    worker_key: strawberry.Private[str]
    upstream_key: strawberry.Private[str]
    key: strawberry.Private[str]

    @strawberry.field(description="What is here now, and is to be there; null: nothing.")
    async def hours(self, info: Info) -> float | None:
        here = (await info.context.sync.sides.load((self.upstream_key, self.key))).here
        return None if here is None else hours_of_seconds(here)

    @strawberry.field(
        description="What the system had when both were last compared; null: nothing."
    )
    async def vendor_hours(self, info: Info) -> float | None:
        there = (await info.context.sync.sides.load((self.upstream_key, self.key))).there
        return None if there is None else hours_of_seconds(there)

    @classmethod
    def from_domain(cls, delivery: deliveries.Delivery) -> Self:
        user_id, day = read_day_key(delivery.key)
        return cls(
            id=strawberry.ID(node_id(Kind.DELIVERY, delivery.id)),
            state=DeliveryState(delivery.state),
            date=day,
            attempts=delivery.attempts,
            wanted_at=delivery.wanted_at,
            next_attempt_at=delivery.not_before,
            code=delivery.code,
            message=delivery.message,
            worker_key=user_subject(user_id),
            upstream_key=delivery.upstream_id,
            key=delivery.key,
        )


@strawberry.type(
    description="A day that both sides have changed. The versions have hours, and a digest of each "
    "external reference by its service; null: no entry."
)
class SyncConflict(Node):
    kind: SyncConflictKind = strawberry.field(description="How it came to be.")
    date: dt.date = strawberry.field(description="The day.")
    gateway: JSON | None = strawberry.field(description="What was here.")
    vendor: JSON | None = strawberry.field(description="What was there.")
    base: JSON | None = strawberry.field(description="What both had last agreed on.")
    opened_at: dt.datetime = strawberry.field(description="When it was found.")
    resolved_at: dt.datetime | None = strawberry.field(
        description="When it was decided; null: it is open."
    )
    kept: SyncSide | None = strawberry.field(description="Whose version holds.")
    is_by_policy: bool = strawberry.field(
        description="Whether the system's `conflictPolicy` has decided it, and nobody else."
    )
    worker: Worker | None = link(
        lambda conflict: (Kind.WORKER, conflict.worker_key), description="Whose day it is."
    )
    upstream: Upstream = link(
        lambda conflict: (Kind.UPSTREAM, conflict.upstream_key), description=_UPSTREAM
    )
    worker_key: strawberry.Private[str]
    upstream_key: strawberry.Private[str]

    @classmethod
    def from_domain(cls, conflict: conflicts.SyncConflict) -> Self:
        user_id, day = read_day_key(conflict.key)
        return cls(
            id=strawberry.ID(node_id(Kind.SYNC_CONFLICT, conflict.id)),
            kind=SyncConflictKind(conflict.kind),
            date=day,
            gateway=_version(conflict.ours),
            vendor=_version(conflict.theirs),
            base=_version(conflict.base),
            opened_at=conflict.opened_at,
            resolved_at=conflict.resolved_at,
            kept=None if conflict.kept is None else SyncSide(conflict.kept),
            is_by_policy=conflict.kept is not None and conflict.decided_by is None,
            worker_key=user_subject(user_id),
            upstream_key=conflict.upstream_id,
        )


def _version(content: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a version as clients read it: hours, and the services of its references."""
    if content is None:
        return None
    return {"hours": content["seconds"] / 3_600, "references": dict(content["references"])}


LOADED_BY.update(
    {
        Kind.DELIVERY: LoadedBy(lambda context: context.sync.deliveries, Delivery.from_domain),
        Kind.SYNC_CONFLICT: LoadedBy(
            lambda context: context.sync.conflicts, SyncConflict.from_domain
        ),
    }
)
