"""Writing Procore's person time off."""

from datetime import date
from typing import Annotated, Self

import strawberry

from app.domain.access import Permission
from app.domain.identifiers import Kind, node_id
from app.domain.person_time_off import PersonTimeOff as DomainRecord
from app.services.person_time_off.commands import (
    DeletedPersonTimeOff,
    RevisedPersonTimeOff,
    StoredPersonTimeOff,
)
from graphql_schema.access.requires import requires
from graphql_schema.arguments import INPUT
from graphql_schema.context import Info
from graphql_schema.errors import Warning
from graphql_schema.mutation import Refusable, WithDays, WithWarnings, mutation, show_provisional
from graphql_schema.person_time_off.inputs import (
    CreatePersonTimeOffInput,
    DeletePersonTimeOffInput,
    RestoreOccurrenceInput,
    RestorePersonTimeOffInput,
    UpdatePersonTimeOffInput,
)
from graphql_schema.person_time_off.types import PersonTimeOff, TimeOffInstance

_WRITING = requires(Permission.WRITE_TIME_OFF, Permission.WRITE_OWN_TIME_OFF)


@strawberry.type(description="What became of a create.")
class CreatePersonTimeOffPayload(Refusable, WithWarnings, WithDays):
    person_time_off: PersonTimeOff | None = strawberry.field(
        default=None, description="The record with its instances."
    )

    @classmethod
    def from_domain(cls, stored: StoredPersonTimeOff) -> Self:
        return cls(
            person_time_off=PersonTimeOff.from_domain(stored.record),
            warnings=Warning.list_from_domain(stored.warnings),
            touched=stored.touched,
            days_if_stored=stored.days_if_stored,
        )


@strawberry.type(description="What became of an update.")
class UpdatePersonTimeOffPayload(Refusable, WithWarnings, WithDays):
    person_time_off: PersonTimeOff | None = strawberry.field(
        default=None, description="The record as it is now; with a dry run, as it would be."
    )
    split_off: PersonTimeOff | None = strawberry.field(
        default=None,
        description="The new record that goes on with the changes where this one now ends; null "
        "unless `FOLLOWING` has split it: it does not where no day before the occurrence counts, "
        "or where all that was sent is so already (warning `NOTHING_CHANGED`).",
    )
    removed_days: list[date] = strawberry.field(
        default_factory=list, description="The days that counted and count no more."
    )
    added_days: list[date] = strawberry.field(
        default_factory=list, description="The days that count now and did not."
    )
    kept_days: list[date] = strawberry.field(
        default_factory=list, description="The days that counted and still do."
    )
    kept_exceptions: list[TimeOffInstance] = strawberry.field(
        default_factory=list,
        description="The occurrences that are skipped or otherwise than the rule has them, of "
        "both records.",
    )
    dropped_exceptions: list[TimeOffInstance] = strawberry.field(
        default_factory=list,
        description="The exceptions that are lost, as they were: the new rule does not have "
        "their original days, or the record now begins after them.",
    )

    @classmethod
    def from_domain(cls, revised: RevisedPersonTimeOff) -> Self:
        split_off, days = revised.split_off, revised.days
        return cls(
            person_time_off=PersonTimeOff.from_domain(revised.record),
            split_off=PersonTimeOff.from_domain(split_off) if split_off else None,
            removed_days=list(days.removed),
            added_days=list(days.added),
            kept_days=list(days.kept),
            kept_exceptions=list(map(TimeOffInstance.from_domain, revised.kept_exceptions)),
            dropped_exceptions=list(map(TimeOffInstance.from_domain, revised.dropped_exceptions)),
            warnings=Warning.list_from_domain(revised.warnings),
            touched=revised.touched,
            days_if_stored=revised.days_if_stored,
        )


@strawberry.type(description="What became of a delete.")
class DeletePersonTimeOffPayload(Refusable, WithDays):
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The node id of the record; null where occurrences are left of it.",
    )
    person_time_off: PersonTimeOff | None = strawberry.field(
        default=None, description="What is left of the record; null where it was deleted whole."
    )
    removed_days: list[date] = strawberry.field(
        default_factory=list, description="The days that counted and count no more."
    )
    kept_exceptions: list[TimeOffInstance] = strawberry.field(
        default_factory=list,
        description="The occurrences that are skipped or otherwise than the rule has them, of "
        "what is left.",
    )
    dropped_exceptions: list[TimeOffInstance] = strawberry.field(
        default_factory=list,
        description="Of what was deleted, the occurrences that were otherwise than the rule has "
        "them, as they were.",
    )

    @classmethod
    def from_domain(cls, deleted: DeletedPersonTimeOff) -> Self:
        left = deleted.record
        return cls(
            deleted_id=None if left else strawberry.ID(node_id(Kind.PERSON_TIME_OFF, deleted.id)),
            person_time_off=PersonTimeOff.from_domain(left) if left else None,
            removed_days=list(deleted.removed_days),
            kept_exceptions=list(map(TimeOffInstance.from_domain, deleted.kept_exceptions)),
            dropped_exceptions=list(map(TimeOffInstance.from_domain, deleted.dropped_exceptions)),
            touched=deleted.touched,
            days_if_stored=deleted.days_if_stored,
        )


@strawberry.type
class PersonTimeOffMutations:
    @mutation(
        CreatePersonTimeOffPayload,
        "Create time off for a person of Procore Workforce Planning, with all its instances.",
        _WRITING,
    )
    async def create_person_time_off(
        self, info: Info, input: Annotated[CreatePersonTimeOffInput, INPUT]
    ) -> CreatePersonTimeOffPayload:
        stored = await info.context.services.person_time_off.create(
            info.context.caller, input.to_domain()
        )
        if input.dry_run:
            show_provisional(info, records=[stored.record])
        return CreatePersonTimeOffPayload.from_domain(stored)

    @mutation(
        UpdatePersonTimeOffPayload,
        "Change fields of a person's time off, or of some of its occurrences; the record and the "
        "instances that stay on their days keep their ids.",
        _WRITING,
    )
    async def update_person_time_off(
        self, info: Info, input: Annotated[UpdatePersonTimeOffInput, INPUT]
    ) -> UpdatePersonTimeOffPayload:
        revised = await info.context.services.person_time_off.update(
            info.context.caller, input.to_domain()
        )
        return await _revised(info, revised, dry_run=input.dry_run)

    @mutation(
        UpdatePersonTimeOffPayload,
        "Let an occurrence that was skipped or changed be as its record's rule has it.",
        _WRITING,
    )
    async def restore_occurrence(
        self, info: Info, input: Annotated[RestoreOccurrenceInput, INPUT]
    ) -> UpdatePersonTimeOffPayload:
        revised = await info.context.services.person_time_off.restore(
            info.context.caller, input.to_domain()
        )
        return await _revised(info, revised, dry_run=input.dry_run)

    @mutation(
        CreatePersonTimeOffPayload,
        "Bring back a record that was deleted whole less than an hour ago: as it was, with its "
        "ids, its reason and what was otherwise about some of its occurrences. Another record is "
        "not touched.",
        _WRITING,
    )
    async def restore_person_time_off(
        self, info: Info, input: Annotated[RestorePersonTimeOffInput, INPUT]
    ) -> CreatePersonTimeOffPayload:
        stored = await info.context.services.person_time_off.bring_back(
            info.context.caller, input.to_domain()
        )
        if input.dry_run:
            show_provisional(info, records=[stored.record])
        return CreatePersonTimeOffPayload.from_domain(stored)

    @mutation(
        DeletePersonTimeOffPayload,
        "Delete a person's time off with all its instances, or some of its occurrences.",
        _WRITING,
    )
    async def delete_person_time_off(
        self, info: Info, input: Annotated[DeletePersonTimeOffInput, INPUT]
    ) -> DeletePersonTimeOffPayload:
        deleted = await info.context.services.person_time_off.delete(
            info.context.caller, input.to_domain()
        )
        if input.dry_run and deleted.record:
            show_provisional(info, records=[deleted.record])
        return DeletePersonTimeOffPayload.from_domain(deleted)


async def _revised(
    info: Info, revised: RevisedPersonTimeOff, *, dry_run: bool
) -> UpdatePersonTimeOffPayload:
    if dry_run:
        records = [each for each in (revised.record, revised.split_off) if each]
        show_provisional(info, records=records)
        if revised.split_off:
            await _show_split(info, revised.record.id, revised.split_off)
    return UpdatePersonTimeOffPayload.from_domain(revised)


async def _show_split(info: Info, id_: str, split_off: DomainRecord) -> None:
    """Let ``splitInto`` within a dry run's answer have the record that is not stored."""
    loader = info.context.loaders.split_into
    split_into = [*await loader.load(id_), split_off]
    split_into.sort(key=lambda record: (record.span.first, record.id))
    loader.prime(id_, split_into, force=True)
