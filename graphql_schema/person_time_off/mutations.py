"""Writing Procore's person time off."""

from typing import Annotated, Self

import strawberry

from app.domain.access import Permission
from app.domain.identifiers import Kind, node_id
from app.services.person_time_off import DeletedPersonTimeOff, StoredPersonTimeOff
from graphql_schema.access.requires import requires
from graphql_schema.arguments import INPUT
from graphql_schema.context import Info
from graphql_schema.errors import Warning
from graphql_schema.mutation import Refusable, WithDays, WithWarnings, mutation, show_provisional
from graphql_schema.person_time_off.inputs import (
    CreatePersonTimeOffInput,
    DeletePersonTimeOffInput,
    UpdatePersonTimeOffInput,
)
from graphql_schema.person_time_off.types import PersonTimeOff

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

    @classmethod
    def from_domain(cls, stored: StoredPersonTimeOff) -> Self:
        return cls(
            person_time_off=PersonTimeOff.from_domain(stored.record),
            warnings=Warning.list_from_domain(stored.warnings),
            touched=stored.touched,
            days_if_stored=stored.days_if_stored,
        )


@strawberry.type(description="What became of a delete.")
class DeletePersonTimeOffPayload(Refusable, WithDays):
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The node id of what was deleted."
    )

    @classmethod
    def from_domain(cls, deleted: DeletedPersonTimeOff) -> Self:
        return cls(
            deleted_id=strawberry.ID(node_id(Kind.PERSON_TIME_OFF, deleted.id)),
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
        "Change fields of a person's time off; the record and its instances keep their ids.",
        _WRITING,
    )
    async def update_person_time_off(
        self, info: Info, input: Annotated[UpdatePersonTimeOffInput, INPUT]
    ) -> UpdatePersonTimeOffPayload:
        stored = await info.context.services.person_time_off.update(
            info.context.caller, input.to_domain()
        )
        if input.dry_run:
            show_provisional(info, records=[stored.record])
        return UpdatePersonTimeOffPayload.from_domain(stored)

    @mutation(
        DeletePersonTimeOffPayload, "Delete a person's time off with all its instances.", _WRITING
    )
    async def delete_person_time_off(
        self, info: Info, input: Annotated[DeletePersonTimeOffInput, INPUT]
    ) -> DeletePersonTimeOffPayload:
        deleted = await info.context.services.person_time_off.delete(
            info.context.caller, input.to_domain()
        )
        return DeletePersonTimeOffPayload.from_domain(deleted)
