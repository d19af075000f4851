"""What waits to be written to connected systems, and conflicts, as clients see them."""

import datetime as dt  # a field is named date
from typing import Any, Final, Self

import strawberry
from strawberry.scalars import JSON

from app.domain.durations import hours_of_seconds
from app.domain.identifiers import Kind, node_id, person_subject, user_subject
from app.domain.sync import conflicts, deliveries
from app.domain.sync.comparing import Content
from app.domain.sync.deliveries import is_record_key, read_day_key, read_record_key
from app.domain.sync.versions import (
    day_of,
    operation_between,
    version_for_clients,
    version_words,
)
from app.services.sync.overview import Sides
from graphql_schema.context import Info
from graphql_schema.directory.types import Worker
from graphql_schema.links import link
from graphql_schema.node import LOADED_BY, LoadedBy, Node
from graphql_schema.person_time_off.types import PersonTimeOff
from graphql_schema.sync.enums import DeliveryOperation, DeliveryState, SyncConflictKind, SyncSide
from graphql_schema.sync.types import Upstream

_UPSTREAM: Final = "The system that is written to."


@strawberry.type(
    description="A user's day, or a record of person time off, that is to be as it is here in a "
    "connected system, too. It goes when it is; what is written is what is here then, so that "
    "several changes are one delivery."
)
class Delivery(Node):
    state: DeliveryState = strawberry.field(description="Where it is.")
    date: dt.date | None = strawberry.field(
        description="The day of a user of Kantata OX; null for a record of Procore's."
    )
    attempts: int = strawberry.field(
        description="How often the gateway has ended while it wrote it, without a word of why."
    )
    wanted_at: dt.datetime = strawberry.field(description="When it was first wanted.")
    next_attempt_at: dt.datetime | None = strawberry.field(
        description="Before this instant it is not looked at; null: at once, or not by itself."
    )
    code: str | None = strawberry.field(
        description="Why it waits for somebody, for programs: `REFUSED`, `NOT_PERMITTED`, "
        "`POISONED`, `FLAPPING`, `CONFLICT`, `OUTSIDE_WINDOW`, `UNSUPPORTED`; there may be others "
        "some day."
    )
    message: str | None = strawberry.field(description="The same for people.")
    worker: Worker | None = link(
        lambda delivery: (Kind.WORKER, delivery.worker_key), description="Whose it is."
    )
    upstream: Upstream = link(
        lambda delivery: (Kind.UPSTREAM, delivery.upstream_key), description=_UPSTREAM
    )
    person_time_off: PersonTimeOff | None = link(
        lambda delivery: (Kind.PERSON_TIME_OFF, delivery.record_key),
        description="The record of person time off; null where it is a user's day, or was deleted.",
    )
    worker_key: strawberry.Private[str]
    upstream_key: strawberry.Private[str]
    key: strawberry.Private[str]
    record_key: strawberry.Private[str | None]

    @strawberry.field(
        description="How many hours are here now, and are to be there; null: nothing, or it is a "
        "record of Procore's."
    )
    async def hours(self, info: Info) -> float | None:
        return _hours((await self._sides(info)).here)

    @strawberry.field(
        description="How many hours the system had when both were last compared; null: nothing, or "
        "it is a record of Procore's."
    )
    async def vendor_hours(self, info: Info) -> float | None:
        return _hours((await self._sides(info)).there)

    @strawberry.field(
        description="What is to be done there, by what the system had when both were last compared."
    )
    async def operation(self, info: Info) -> DeliveryOperation:
        sides = await self._sides(info)
        return DeliveryOperation(operation_between(sides.here, sides.there))

    @strawberry.field(
        description="What is here now, and is to be there, in words without the reason: `8 h`, or "
        "`2026-03-04, 07:00 to 15:30, paid`, or `nothing`."
    )
    async def summary(self, info: Info) -> str:
        return version_words(self.key, (await self._sides(info)).here)

    @strawberry.field(description="The same of what the system had when both were last compared.")
    async def vendor_summary(self, info: Info) -> str:
        return version_words(self.key, (await self._sides(info)).there)

    async def _sides(self, info: Info) -> Sides:
        return await info.context.sync.sides.load((self.upstream_key, self.key))

    @classmethod
    def from_domain(cls, delivery: deliveries.Delivery) -> Self:
        return cls(
            id=strawberry.ID(node_id(Kind.DELIVERY, delivery.id)),
            state=DeliveryState(delivery.state),
            date=None if is_record_key(delivery.key) else day_of(delivery.key),
            attempts=delivery.attempts,
            wanted_at=delivery.wanted_at,
            next_attempt_at=delivery.not_before,
            code=delivery.code,
            message=delivery.message,
            worker_key=_worker_key(delivery.key),
            upstream_key=delivery.upstream_id,
            key=delivery.key,
            record_key=_record_key(delivery.key),
        )


@strawberry.type(
    description="A user's day, or a record of person time off, that both sides have changed. The "
    "versions of a day have hours, and a digest of each external reference by its service; those "
    "of a record its fields without the reason; null: nothing."
)
class SyncConflict(Node):
    kind: SyncConflictKind = strawberry.field(description="How it came to be.")
    date: dt.date | None = strawberry.field(description="The day; of a record the first one.")
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
        lambda conflict: (Kind.WORKER, conflict.worker_key), description="Whose it is."
    )
    upstream: Upstream = link(
        lambda conflict: (Kind.UPSTREAM, conflict.upstream_key), description=_UPSTREAM
    )
    person_time_off: PersonTimeOff | None = link(
        lambda conflict: (Kind.PERSON_TIME_OFF, conflict.record_key),
        description="The record of person time off; null where it is a user's day, or was deleted.",
    )
    worker_key: strawberry.Private[str]
    upstream_key: strawberry.Private[str]
    record_key: strawberry.Private[str | None]

    @classmethod
    def from_domain(cls, conflict: conflicts.SyncConflict) -> Self:
        return cls(
            id=strawberry.ID(node_id(Kind.SYNC_CONFLICT, conflict.id)),
            kind=SyncConflictKind(conflict.kind),
            date=day_of(conflict.key, conflict.ours, conflict.theirs, conflict.base),
            gateway=_version(conflict.key, conflict.ours),
            vendor=_version(conflict.key, conflict.theirs),
            base=_version(conflict.key, conflict.base),
            opened_at=conflict.opened_at,
            resolved_at=conflict.resolved_at,
            kept=None if conflict.kept is None else SyncSide(conflict.kept),
            is_by_policy=conflict.kept is not None and conflict.decided_by is None,
            worker_key=_worker_key(conflict.key),
            upstream_key=conflict.upstream_id,
            record_key=_record_key(conflict.key),
        )


def _version(key: str, content: Content | None) -> Any:  # noqa: ANN401 - JSON
    return version_for_clients(key, content)


def _hours(content: Content | None) -> float | None:
    """Return the hours of a version; a record's has none of its own."""
    seconds = None if content is None else content.get("seconds")
    return None if seconds is None else hours_of_seconds(seconds)


def _worker_key(key: str) -> str:
    if is_record_key(key):
        return person_subject(read_record_key(key)[0])
    return user_subject(read_day_key(key)[0])


def _record_key(key: str) -> str | None:
    return read_record_key(key)[1] if is_record_key(key) else None


LOADED_BY.update(
    {
        Kind.DELIVERY: LoadedBy(lambda context: context.sync.deliveries, Delivery.from_domain),
        Kind.SYNC_CONFLICT: LoadedBy(
            lambda context: context.sync.conflicts, SyncConflict.from_domain
        ),
    }
)
