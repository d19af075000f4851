"""Writing Kantata time off entries."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Self

import strawberry

from app.domain.access import Permission
from app.domain.identifiers import Kind, node_id
from app.domain.time_off_entries import EntryOutcome as DomainOutcome
from app.services.time_off_entries.commands import (
    CreatedEntries,
    DeletedEntries,
    ItemResult,
    MovedEntry,
    UpdatedEntry,
)
from graphql_schema.access.requires import requires
from graphql_schema.arguments import INPUT
from graphql_schema.context import Info
from graphql_schema.errors import Warning
from graphql_schema.mutation import Refusable, WithDays, WithWarnings, mutation, show_provisional
from graphql_schema.time_off_entries.inputs import (
    CreateTimeOffEntriesInput,
    DeleteTimeOffEntriesInput,
    MoveTimeOffEntryInput,
    UpdateTimeOffEntryInput,
)
from graphql_schema.time_off_entries.types import TimeOffEntry

_WRITING = requires(Permission.WRITE_TIME_OFF, Permission.WRITE_OWN_TIME_OFF)


@strawberry.enum(description="What became of an item of a create.")
class EntryOutcome(Enum):
    CREATED = strawberry.enum_value(
        DomainOutcome.CREATED, description="The user's day had no entry: a new one."
    )
    COMBINED = strawberry.enum_value(
        DomainOutcome.COMBINED, description="The hours were added to the day's entry."
    )
    UNCHANGED = strawberry.enum_value(
        DomainOutcome.UNCHANGED,
        description="The external reference had brought these hours before: nothing was added.",
    )


@strawberry.type(description="What became of one item of the input.")
class TimeOffEntryResult:
    index: int = strawberry.field(description="The item's place in the input, from 0.")
    outcome: EntryOutcome = strawberry.field(description="What became of it.")
    time_off_entry: TimeOffEntry = strawberry.field(description="The entry of its day.")


@strawberry.type(description="What became of a create.")
class CreateTimeOffEntriesPayload(Refusable, WithWarnings, WithDays):
    time_off_entries: list[TimeOffEntry] = strawberry.field(
        default_factory=list,
        description="Each resulting entry once, in the order of first mention.",
    )
    of_items: strawberry.Private[Sequence[ItemResult]] = ()

    @strawberry.field(description="What became of each item of the input, in its order.")
    def results(self) -> list[TimeOffEntryResult]:
        """Show each item's outcome with the entry of its day."""
        entries = {entry.record.id: entry for entry in self.time_off_entries}
        return [
            TimeOffEntryResult(
                index=result.index,
                outcome=EntryOutcome(result.outcome),
                time_off_entry=entries[result.entry_id],
            )
            for result in self.of_items
        ]

    @classmethod
    def from_domain(cls, created: CreatedEntries) -> Self:
        return cls(
            time_off_entries=[TimeOffEntry.from_domain(entry) for entry in created.entries],
            of_items=created.results,
            warnings=Warning.list_from_domain(created.warnings),
            touched=created.touched,
            days_if_stored=created.days_if_stored,
        )


@strawberry.type(description="What became of an update.")
class UpdateTimeOffEntryPayload(Refusable, WithWarnings, WithDays):
    time_off_entry: TimeOffEntry | None = strawberry.field(
        default=None, description="The entry as it is now; with a dry run, as it would be."
    )

    @classmethod
    def from_domain(cls, updated: UpdatedEntry) -> Self:
        return cls(
            time_off_entry=TimeOffEntry.from_domain(updated.entry),
            warnings=Warning.list_from_domain(updated.warnings),
            touched=updated.touched,
            days_if_stored=updated.days_if_stored,
        )


@strawberry.type(description="What became of a move.")
class MoveTimeOffEntryPayload(Refusable, WithWarnings, WithDays):
    time_off_entry: TimeOffEntry | None = strawberry.field(
        default=None,
        description="The entry on its new day, under an id of its own; with a dry run, as it "
        "would be.",
    )
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The node id that it had on the old day."
    )

    @classmethod
    def from_domain(cls, moved: MovedEntry) -> Self:
        return cls(
            time_off_entry=TimeOffEntry.from_domain(moved.entry),
            deleted_id=strawberry.ID(node_id(Kind.ENTRY, moved.deleted_id)),
            warnings=Warning.list_from_domain(moved.warnings),
            touched=moved.touched,
            days_if_stored=moved.days_if_stored,
        )


@strawberry.type(description="What became of a delete.")
class DeleteTimeOffEntriesPayload(Refusable, WithDays):
    deleted_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The node ids of what was deleted."
    )

    @classmethod
    def from_domain(cls, deleted: DeletedEntries) -> Self:
        return cls(
            deleted_ids=[strawberry.ID(node_id(Kind.ENTRY, id_)) for id_ in deleted.ids],
            touched=deleted.touched,
            days_if_stored=deleted.days_if_stored,
        )


@strawberry.type
class EntryMutations:
    @mutation(
        CreateTimeOffEntriesPayload,
        "Create Kantata OX time off entries, all or nothing. Hours for a user's day that has an "
        "entry are combined with it; a day never exceeds the user's possible workday hours.",
        _WRITING,
    )
    async def create_time_off_entries(
        self, info: Info, input: Annotated[CreateTimeOffEntriesInput, INPUT]
    ) -> CreateTimeOffEntriesPayload:
        created = await info.context.services.entries.create(info.context.caller, input.to_domain())
        if input.dry_run:
            show_provisional(info, entries=created.entries)
        return CreateTimeOffEntriesPayload.from_domain(created)

    @mutation(
        UpdateTimeOffEntryPayload,
        "Set the hours of a Kantata OX time off entry, and put an external reference on it.",
        _WRITING,
    )
    async def update_time_off_entry(
        self, info: Info, input: Annotated[UpdateTimeOffEntryInput, INPUT]
    ) -> UpdateTimeOffEntryPayload:
        updated = await info.context.services.entries.update(info.context.caller, input.to_domain())
        if input.dry_run:
            show_provisional(info, entries=[updated.entry])
        return UpdateTimeOffEntryPayload.from_domain(updated)

    @mutation(
        MoveTimeOffEntryPayload,
        "Take a Kantata OX time off entry to another day, with its external references. Kantata "
        "OX keeps an entry on its day, so it is deleted there and made anew, both or neither: the "
        "change feed tells of a deleted and of a created entry. What marks the old day as one of "
        "Procore's stays behind, with a warning.",
        _WRITING,
    )
    async def move_time_off_entry(
        self, info: Info, input: Annotated[MoveTimeOffEntryInput, INPUT]
    ) -> MoveTimeOffEntryPayload:
        moved = await info.context.services.entries.move(info.context.caller, input.to_domain())
        if input.dry_run:
            show_provisional(info, entries=[moved.entry])
        return MoveTimeOffEntryPayload.from_domain(moved)

    @mutation(
        DeleteTimeOffEntriesPayload,
        "Delete Kantata OX time off entries with their external references, all or nothing.",
        _WRITING,
    )
    async def delete_time_off_entries(
        self, info: Info, input: Annotated[DeleteTimeOffEntriesInput, INPUT]
    ) -> DeleteTimeOffEntriesPayload:
        deleted = await info.context.services.entries.delete(info.context.caller, input.to_domain())
        return DeleteTimeOffEntriesPayload.from_domain(deleted)
