"""Kantata time off entries and external references, as clients see them."""

from datetime import date, datetime
from typing import Self

import strawberry

from app.domain import time_off_entries as domain
from app.domain.durations import hours_of_seconds
from app.domain.identifiers import Kind, node_id, user_subject
from app.domain.sync.deliveries import day_key, sync_state
from app.services.caller import READERS_OF_REASONS
from graphql_schema.access.requires import OF_REASONS
from graphql_schema.arguments import From, To
from graphql_schema.context import Info
from graphql_schema.directory.types import Role, User, Worker
from graphql_schema.input_values import window
from graphql_schema.links import link
from graphql_schema.node import LOADED_BY, LoadedBy, Node, load_node
from graphql_schema.sync.enums import SyncState
from graphql_schema.time_off import TimeOff, TimeOffDay, TimeOffSource
from graphql_schema.time_off_entries.enums import ExternalReferenceStatus


@strawberry.type(
    description="So many hours of a Kantata OX user on a day. There is one entry per user and "
    "day: hours that are added for the same day are combined."
)
class TimeOffEntry(TimeOff):
    hours: float = strawberry.field(description="The hours of the day.")
    requested_date: date = strawberry.field(description="The day that is taken off.")
    submission_date: date = strawberry.field(
        description="The day on which the entry was created (UTC)."
    )
    worker: Worker = link(
        lambda entry: (Kind.WORKER, user_subject(entry.record.user_id)), description="Who is off."
    )
    user: User = link(
        lambda entry: (Kind.USER, entry.record.user_id), description="The user who is off."
    )
    record: strawberry.Private[domain.TimeOffEntry]

    @strawberry.field(description="The hours of the day.")
    def total_hours(self) -> float:
        return self.hours

    @strawberry.field(
        description="The counted days inside the window (all of them if it is left out)."
    )
    def days(self, from_: From = None, to: To = None) -> list[TimeOffDay]:
        """Return the one day, if the window has it."""
        day = self.record.requested_date
        return [TimeOffDay(date=day, hours=self.hours)] if day in window(from_, to) else []

    @strawberry.field(description="The account role of the user, if any.")
    async def role(self, info: Info) -> Role | None:
        user = await info.context.loaders.users.load(self.record.user_id)
        if user is None or user.role_id is None:
            return None
        return await load_node(info, Kind.ROLE, user.role_id)

    @strawberry.field(description="What ties the entry to other systems, oldest first.")
    async def external_references(self, info: Info) -> list["ExternalReference"]:
        found = await info.context.loaders.references_of.load(self.record.id)
        return [ExternalReference.from_domain(reference) for reference in found]

    @strawberry.field(
        description="The id by which a connected Kantata OX knows it; null if none has it. Of an "
        "entry that came from there it is mostly `sourceId` too."
    )
    async def remote_id(self, info: Info) -> strawberry.ID | None:
        found = await info.context.sync.remote_ids.load(self.record.id)
        return None if found is None else strawberry.ID(found)

    @strawberry.field(
        description="Whether a connected Kantata OX has it as it is here, or what it waits for."
    )
    async def sync_state(self, info: Info) -> SyncState:
        record, sync = self.record, info.context.sync
        found = await sync.remote_ids.load(record.id)
        waiting = await sync.deliveries_of.load(_place(record))
        return SyncState(sync_state(waiting, is_there=found is not None))

    @strawberry.field(
        description="Why a connected Kantata OX does not have it as it is here, in words for "
        "people, the system's own among them where it was refused; null where nobody is needed."
    )
    async def sync_message(self, info: Info) -> str | None:
        waiting = await info.context.sync.deliveries_of.load(_place(self.record))
        return None if waiting is None else waiting.message

    @classmethod
    def from_domain(cls, entry: domain.TimeOffEntry) -> Self:
        hours = hours_of_seconds(entry.seconds)
        return cls(
            id=strawberry.ID(node_id(Kind.ENTRY, entry.id)),
            source_id=strawberry.ID(str(entry.id)),
            source=TimeOffSource.KANTATA_OX,
            created_at=entry.created_at,
            updated_at=entry.updated_at,
            hours=hours,
            requested_date=entry.requested_date,
            submission_date=entry.submission_date,
            record=entry,
        )


@strawberry.type(description="What ties an entry to an object of another system.")
class ExternalReference(Node):
    service_name: str = strawberry.field(
        description="The provider of the integration; unique among an entry's references."
    )
    service_model: str = strawberry.field(description="The type of the external object.")
    service_model_ref: str = strawberry.field(description="The id of the external object.")
    status: ExternalReferenceStatus | None = strawberry.field(
        description="How the integration fared."
    )
    external_message: str | None = strawberry.field(
        description="The message on the external object, which may say a reason. "
        f"{READERS_OF_REASONS}",
        directives=OF_REASONS,
    )
    external_link: str | None = strawberry.field(description="The link to the external object.")
    external_status: str | None = strawberry.field(
        description="The status of the external object in its own system."
    )
    locked: bool = strawberry.field(
        description="Whether the other system says that the entry is locked; not enforced."
    )
    brought_hours: float = strawberry.field(
        description="The hours that it brought to its entry, which a replay of it is compared "
        "with: of a conversion's mark those that came from Procore, which may be none."
    )
    created_at: datetime = strawberry.field(description="When the reference was created.")
    updated_at: datetime = strawberry.field(description="When the reference was last changed.")
    subject: TimeOff = link(
        lambda reference: (Kind.ENTRY, reference.entry_key),
        description="The record that the reference stands on.",
    )
    entry_key: strawberry.Private[int]

    @classmethod
    def from_domain(cls, reference: domain.ExternalReference) -> Self:
        facts = reference.facts
        return cls(
            id=strawberry.ID(node_id(Kind.REFERENCE, reference.id)),
            service_name=facts.service_name,
            service_model=facts.service_model,
            service_model_ref=facts.service_model_ref,
            status=ExternalReferenceStatus(facts.status) if facts.status else None,
            external_message=facts.external_message,
            external_link=facts.external_link,
            external_status=facts.external_status,
            locked=facts.locked,
            brought_hours=hours_of_seconds(reference.brought_seconds),
            created_at=reference.created_at,
            updated_at=reference.updated_at,
            entry_key=reference.entry_id,
        )


LOADED_BY.update(
    {
        Kind.ENTRY: LoadedBy(lambda context: context.loaders.entries, TimeOffEntry.from_domain),
        Kind.REFERENCE: LoadedBy(
            lambda context: context.loaders.references, ExternalReference.from_domain
        ),
    }
)


def _place(entry: domain.TimeOffEntry) -> tuple[str, str]:
    """Return under which company and key the entry waits to be written."""
    return entry.company_id, day_key(entry.user_id, entry.requested_date)
