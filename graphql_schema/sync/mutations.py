"""Connecting systems, and what becomes of the connection."""

from collections.abc import Sequence
from typing import Annotated, Final, Self

import strawberry

from app.domain.access import Permission
from app.domain.identifiers import Kind
from app.domain.sync import deliveries as domain
from app.domain.sync import upstreams
from app.domain.sync.flows import DAYS_BACK
from graphql_schema.access.requires import requires
from graphql_schema.arguments import INPUT
from graphql_schema.context import Info
from graphql_schema.directory.types import Company
from graphql_schema.input_values import domain_value
from graphql_schema.mutation import Refusable, mutation
from graphql_schema.node import load_node
from graphql_schema.sync.delivery_types import Delivery, SyncConflict
from graphql_schema.sync.inputs import (
    ConnectUpstreamInput,
    DisconnectUpstreamInput,
    GiveUpDeliveriesInput,
    PauseUpstreamInput,
    ReplaceUpstreamCredentialsInput,
    ResolveSyncConflictInput,
    ResumeUpstreamInput,
    RetryDeliveriesInput,
    SetSyncFlowInput,
    SyncUpstreamInput,
    UpdateUpstreamInput,
)
from graphql_schema.sync.types import Upstream

_MANAGING: Final = requires(Permission.MANAGE_UPSTREAMS)


@strawberry.type
class WithUpstream(Refusable):
    """A part of the payloads of requests that leave a connected system."""

    upstream: Upstream | None = strawberry.field(
        default=None, description="The connected system as it is now."
    )

    @classmethod
    def from_domain(cls, upstream: upstreams.Upstream) -> Self:
        return cls(upstream=Upstream.from_domain(upstream))


@strawberry.type(description="The system that was connected, or why it was not.")
class ConnectUpstreamPayload(WithUpstream):
    """The upstream."""


@strawberry.type(description="The connected system as it was changed, or why it was not.")
class UpdateUpstreamPayload(WithUpstream):
    """The upstream."""


@strawberry.type(description="The connected system with its new credentials, or why not.")
class ReplaceUpstreamCredentialsPayload(WithUpstream):
    """The upstream."""


@strawberry.type(description="The connected system that is left alone, or why it is not.")
class PauseUpstreamPayload(WithUpstream):
    """The upstream."""


@strawberry.type(description="The connected system that goes on, or why it does not.")
class ResumeUpstreamPayload(WithUpstream):
    """The upstream."""


@strawberry.type(description="The system that was disconnected, as it was last, or why not.")
class DisconnectUpstreamPayload(WithUpstream):
    """The upstream."""


@strawberry.type(description="The connected system that is read soon, or why it is not.")
class SyncUpstreamPayload(WithUpstream):
    """The upstream."""


@strawberry.type
class WithDeliveries(Refusable):
    """A part of the payloads of decisions about deliveries."""

    deliveries: list[Delivery] | None = strawberry.field(
        default=None, description="The deliveries as they are now, each once."
    )

    @classmethod
    def from_domain(cls, found: Sequence[domain.Delivery]) -> Self:
        return cls(deliveries=[Delivery.from_domain(each) for each in found])


@strawberry.type(description="The deliveries that are tried once more, or why none is.")
class RetryDeliveriesPayload(WithDeliveries):
    """The deliveries."""


@strawberry.type(description="The deliveries that are given up, or why none is.")
class GiveUpDeliveriesPayload(WithDeliveries):
    """The deliveries."""


@strawberry.type(description="The conflict as it was decided, or why it was not.")
class ResolveSyncConflictPayload(Refusable):
    sync_conflict: SyncConflict | None = strawberry.field(
        default=None, description="The conflict as it is now."
    )


@strawberry.type(description="The company as it is now, or why nothing was set.")
class SetSyncFlowPayload(Refusable):
    company: Company | None = strawberry.field(default=None, description="The company.")


@strawberry.type
class SyncMutations:
    @mutation(
        ConnectUpstreamPayload,
        "Connect an account of a source system to a company, once its credentials were tried. "
        "What it has is read from then on: people, workweeks, holidays and time off of the window; "
        "what was here before stays, except that what the system has under the same id, or of the "
        "same user and day, becomes as it is there. What the system had and has no more goes here, "
        "too. While it is connected its records are refused to be written here "
        "(`READ_ONLY_SYSTEM`). Waits for the system's answer.",
        _MANAGING,
    )
    async def connect_upstream(
        self, info: Info, input: Annotated[ConnectUpstreamInput, INPUT]
    ) -> ConnectUpstreamPayload:
        service, caller = info.context.services.upstreams, info.context.caller
        return ConnectUpstreamPayload.from_domain(await service.connect(caller, input.to_domain()))

    @mutation(
        UpdateUpstreamPayload,
        "Change the window of days that are kept alike, who may change records, or whose version "
        "holds in a conflict. What is outside of the window stays as it is. Before anything is "
        "written to a system for the first time everything is compared, and somebody has to look "
        "(`NEEDS_REVIEW`, `resumeUpstream`).",
        _MANAGING,
    )
    async def update_upstream(
        self, info: Info, input: Annotated[UpdateUpstreamInput, INPUT]
    ) -> UpdateUpstreamPayload:
        service, caller = info.context.services.upstreams, info.context.caller
        return UpdateUpstreamPayload.from_domain(await service.update(caller, input.to_domain()))

    @mutation(
        ReplaceUpstreamCredentialsPayload,
        "Give a connected system other credentials, once they were tried: they have to open the "
        "same account. It goes on at once.",
        _MANAGING,
    )
    async def replace_upstream_credentials(
        self, info: Info, input: Annotated[ReplaceUpstreamCredentialsInput, INPUT]
    ) -> ReplaceUpstreamCredentialsPayload:
        service, caller = info.context.services.upstreams, info.context.caller
        replaced = await service.replace_credentials(caller, input.to_domain())
        return ReplaceUpstreamCredentialsPayload.from_domain(replaced)

    @mutation(
        PauseUpstreamPayload, "Ask a connected system nothing until it is resumed.", _MANAGING
    )
    async def pause_upstream(
        self, info: Info, input: Annotated[PauseUpstreamInput, INPUT]
    ) -> PauseUpstreamPayload:
        service, caller = info.context.services.upstreams, info.context.caller
        return PauseUpstreamPayload.from_domain(await service.pause(caller, input.id))

    @mutation(
        ResumeUpstreamPayload,
        "Go on with a connected system that was paused, that waits, or that was held back for "
        "somebody to look (`NEEDS_REVIEW`): what `syncProblems` lists as `GONE` is then deleted "
        "here by the next pass over everything, and nothing that nobody could look at. Pausing it "
        "before takes that back.",
        _MANAGING,
    )
    async def resume_upstream(
        self, info: Info, input: Annotated[ResumeUpstreamInput, INPUT]
    ) -> ResumeUpstreamPayload:
        service, caller = info.context.services.upstreams, info.context.caller
        return ResumeUpstreamPayload.from_domain(await service.resume(caller, input.id))

    @mutation(
        DisconnectUpstreamPayload,
        "Forget a connected system: its credentials, its runs and problems, and what it last had. "
        "Time off, people and all else that came from it stays, and can be written here again.",
        _MANAGING,
    )
    async def disconnect_upstream(
        self, info: Info, input: Annotated[DisconnectUpstreamInput, INPUT]
    ) -> DisconnectUpstreamPayload:
        service, caller = info.context.services.upstreams, info.context.caller
        return DisconnectUpstreamPayload.from_domain(await service.disconnect(caller, input.id))

    @mutation(
        SyncUpstreamPayload,
        "Read a connected system as soon as it may be asked. It does not wait for that: "
        "`lastReadAt` and `runs` tell.",
        _MANAGING,
    )
    async def sync_upstream(
        self, info: Info, input: Annotated[SyncUpstreamInput, INPUT]
    ) -> SyncUpstreamPayload:
        service, caller = info.context.services.upstreams, info.context.caller
        upstream = await service.read_soon(caller, input.id, whole=input.is_full)
        return SyncUpstreamPayload.from_domain(upstream)

    @mutation(
        RetryDeliveriesPayload,
        "Have days that a connected system refused be compared and written once more.",
        _MANAGING,
    )
    async def retry_deliveries(
        self, info: Info, input: Annotated[RetryDeliveriesInput, INPUT]
    ) -> RetryDeliveriesPayload:
        outbox, caller = info.context.services.outbox, info.context.caller
        return RetryDeliveriesPayload.from_domain(await outbox.retry(caller, input.ids))

    @mutation(
        GiveUpDeliveriesPayload,
        "Have what a connected system has be taken here, of days that it refused.",
        _MANAGING,
    )
    async def give_up_deliveries(
        self, info: Info, input: Annotated[GiveUpDeliveriesInput, INPUT]
    ) -> GiveUpDeliveriesPayload:
        outbox, caller = info.context.services.outbox, info.context.caller
        return GiveUpDeliveriesPayload.from_domain(await outbox.give_up(caller, input.ids))

    @mutation(
        ResolveSyncConflictPayload,
        "Decide whose version holds of a day that both sides have changed.",
        _MANAGING,
    )
    async def resolve_sync_conflict(
        self, info: Info, input: Annotated[ResolveSyncConflictInput, INPUT]
    ) -> ResolveSyncConflictPayload:
        outbox, caller = info.context.services.outbox, info.context.caller
        decided = await outbox.resolve(caller, input.id, domain_value(input.keep))
        return ResolveSyncConflictPayload(sync_conflict=SyncConflict.from_domain(decided))

    @mutation(
        SetSyncFlowPayload,
        "Have time off be carried by itself from one source system into the other, or no more. "
        f"Days of the last {DAYS_BACK} days and all to come are carried, each a second after its "
        "record or entry has changed; what cannot be is in `syncFlowProblems`. What was carried "
        "stays when it ends. Refused with `READ_ONLY_SYSTEM` where the system that it goes to is "
        "only read.",
        _MANAGING,
    )
    async def set_sync_flow(
        self, info: Info, input: Annotated[SetSyncFlowInput, INPUT]
    ) -> SetSyncFlowPayload:
        context = info.context
        company_id = await context.services.flows.set(context.caller, input.to_domain())
        found = await load_node(info, Kind.COMPANY, company_id)
        return SetSyncFlowPayload(company=found)
