"""Acknowledging discrepancies, and taking it back."""

from typing import Annotated, Self

import strawberry

from app.domain.access import Permission
from app.domain.identifiers import Kind, node_id
from app.services.acknowledgements.commands import (
    AcknowledgedDiscrepancies,
    DeletedAcknowledgements,
)
from graphql_schema.access.requires import requires
from graphql_schema.acknowledgements.inputs import (
    AcknowledgeDiscrepancyInput,
    DeleteDiscrepancyAcknowledgementInput,
)
from graphql_schema.acknowledgements.types import DiscrepancyAcknowledgement
from graphql_schema.arguments import INPUT
from graphql_schema.context import Info
from graphql_schema.mutation import Refusable, WithDays, mutation

_WRITING = requires(Permission.WRITE_TIME_OFF)


@strawberry.type(description="What is acknowledged now, or why it is not.")
class AcknowledgeDiscrepancyPayload(Refusable, WithDays):
    acknowledgements: list[DiscrepancyAcknowledgement] = strawberry.field(
        default_factory=list,
        description="Each day's once, in the order of first mention; of a dry run with provisional "
        "ids.",
    )

    @classmethod
    def from_domain(cls, made: AcknowledgedDiscrepancies) -> Self:
        return cls(
            acknowledgements=list(
                map(DiscrepancyAcknowledgement.from_domain, made.acknowledgements)
            ),
            touched=made.touched,
            days_if_stored=made.days_if_stored,
        )


@strawberry.type(description="What became of taking acknowledgements back.")
class DeleteDiscrepancyAcknowledgementPayload(Refusable, WithDays):
    deleted_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The node ids of what was deleted."
    )

    @classmethod
    def from_domain(cls, deleted: DeletedAcknowledgements) -> Self:
        return cls(
            deleted_ids=[strawberry.ID(node_id(Kind.ACKNOWLEDGEMENT, id_)) for id_ in deleted.ids],
            touched=deleted.touched,
            days_if_stored=deleted.days_if_stored,
        )


@strawberry.type
class AcknowledgementMutations:
    @mutation(
        AcknowledgeDiscrepancyPayload,
        "Say that the systems may differ about workers' days: they are two absences, or rightly in "
        "one system only. Holds until either system says something else of the day.",
        _WRITING,
    )
    async def acknowledge_discrepancy(
        self, info: Info, input: Annotated[AcknowledgeDiscrepancyInput, INPUT]
    ) -> AcknowledgeDiscrepancyPayload:
        made = await info.context.services.acknowledgements.acknowledge(
            info.context.caller, input.to_domain()
        )
        return AcknowledgeDiscrepancyPayload.from_domain(made)

    @mutation(
        DeleteDiscrepancyAcknowledgementPayload,
        "Take acknowledgements back: the discrepancies are open again.",
        _WRITING,
    )
    async def delete_discrepancy_acknowledgement(
        self, info: Info, input: Annotated[DeleteDiscrepancyAcknowledgementInput, INPUT]
    ) -> DeleteDiscrepancyAcknowledgementPayload:
        deleted = await info.context.services.acknowledgements.delete(
            info.context.caller, input.to_domain()
        )
        return DeleteDiscrepancyAcknowledgementPayload.from_domain(deleted)
