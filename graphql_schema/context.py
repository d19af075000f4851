"""What a resolver may reach: the services, the caller, and this operation's loaders."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol, Self

import strawberry

from app.domain.acknowledgements import DiscrepancyAcknowledgement, PairDay
from app.domain.feeds import CalendarFeed
from app.domain.identifiers import Key
from app.domain.paging import PageRequest
from app.domain.webhooks import Attempt, Webhook
from app.positions import Writes
from app.services.access.events import AccessEvents
from app.services.access.tokens import TokenService
from app.services.acknowledgements.service import AcknowledgementService
from app.services.calendar_feeds.service import CalendarFeedService
from app.services.caller import Caller
from app.services.catalogue import Catalogue, Shelf
from app.services.change_streams import ChangeStreams
from app.services.changes import ChangeFeed
from app.services.directory.service import DirectoryService
from app.services.mirror.service import MirrorService
from app.services.own_writes import NOTHING_SENT, OwnWrites
from app.services.person_time_off.service import PersonTimeOffService
from app.services.personal_data.moving import MovingService
from app.services.personal_data.service import PersonalDataService
from app.services.schedule import ScheduleService
from app.services.sync.flow_service import FlowService
from app.services.sync.outbox import Outbox
from app.services.sync.overview import SyncOverview
from app.services.sync.service import UpstreamService
from app.services.time_off_entries.service import TimeOffEntryService
from app.services.webhooks.service import WebhookService
from app.services.workers import WorkerService
from graphql_schema.answer_size import AnswerSize
from graphql_schema.loading.acknowledgements import (
    acknowledged_day_loader,
    acknowledgement_loader,
)
from graphql_schema.loading.calendar_feeds import feed_loader
from graphql_schema.loading.loaders import Loaders
from graphql_schema.loading.shared_loader import SharedLoader
from graphql_schema.loading.sync import SyncLoaders
from graphql_schema.loading.webhooks import WantedAttempts, attempt_loader, webhook_loader

_LOADERS: Final = frozenset(
    {
        "calendar_feeds",
        "webhooks",
        "webhook_attempts",
        "acknowledgements",
        "acknowledged_days",
        "sync",
    }
)
"""Of the context, each made when it is first asked for."""


@dataclass(frozen=True)
class Services:
    """Everything that the API does, built once per application."""

    catalogue: Catalogue
    entries: TimeOffEntryService
    person_time_off: PersonTimeOffService
    directory: DirectoryService
    workers: WorkerService
    changes: ChangeFeed
    change_streams: ChangeStreams
    schedule: ScheduleService
    mirror: MirrorService
    acknowledgements: AcknowledgementService
    calendar_feeds: CalendarFeedService
    tokens: TokenService
    access_events: AccessEvents
    personal_data: PersonalDataService
    moving: MovingService
    webhooks: WebhookService
    upstreams: UpstreamService
    sync_overview: SyncOverview
    outbox: Outbox
    flows: FlowService
    was_database_lost: Callable[[float], bool]
    """Whether the database was known not to answer in the last so many seconds."""
    own_writes: OwnWrites | None = None
    """What has queries read from a replica; None where there is none."""


class FromRows(Protocol):
    """Answers a root field from rows; None where this request needs objects after all."""

    async def connection(
        self, context: "Context", shelf: Shelf[Any, Any], wanted: object, request: PageRequest
    ) -> Any:  # noqa: ANN401 - an answer
        """Return a page of a list."""

    async def one(self, context: "Context", shelf: Shelf[Any, Any], key: Key) -> Any:  # noqa: ANN401
        """Return an object."""


class Context:
    """What one operation's resolvers reach.

    Loaders cache what they read, so they are never shared between operations.
    """

    def __init__(self, services: Services, caller: Caller) -> None:
        self.services = services
        self.caller = caller
        self.from_rows: FromRows | None = None
        self.idempotency_key: str | None = None
        """Given beside the document, for its one mutation."""
        self.resume_after: str | None = None
        """Given beside the document, for its one subscription: the last cursor that was seen."""
        self.sent_position: int | None = NOTHING_SENT
        """Brought by the request: how far a replica has to be that it is read from."""
        self.writes: Writes | None = None
        """How far the operation has written, where anybody asks."""
        self.answer_size = AnswerSize()
        self.renew_loaders()

    def projecting(self, from_rows: "FromRows") -> Self:
        """Return the context of one root field that can be answered from rows."""
        context = object.__new__(type(self))  # a fifth of what copy() takes
        context.__dict__ = self.__dict__ | {"from_rows": from_rows}
        return context

    @cached_property
    def calendar_feeds(self) -> SharedLoader[Key, CalendarFeed | None]:
        """Calendar feeds by id."""
        return feed_loader(self.services.calendar_feeds, self.caller)

    @cached_property
    def webhooks(self) -> SharedLoader[Key, Webhook | None]:
        """Webhooks by id."""
        return webhook_loader(self.services.webhooks, self.caller)

    @cached_property
    def webhook_attempts(self) -> SharedLoader[WantedAttempts, list[Attempt]]:
        """What was sent to webhooks."""
        return attempt_loader(self.services.webhooks, self.caller)

    @cached_property
    def acknowledgements(self) -> SharedLoader[Key, DiscrepancyAcknowledgement | None]:
        """Acknowledgements in force, by id."""
        return acknowledgement_loader(self.services.acknowledgements, self.caller)

    @cached_property
    def acknowledged_days(self) -> SharedLoader[PairDay, DiscrepancyAcknowledgement | None]:
        """What was acknowledged of days, in force or not."""
        return acknowledged_day_loader(self.services.acknowledgements, self.caller)

    @cached_property
    def sync(self) -> SyncLoaders:
        """Upstreams, and what there is of them."""
        services = self.services
        return SyncLoaders(services.sync_overview, services.outbox, services.flows, self.caller)

    async def settle(self) -> None:
        """Wait for what fields that were cancelled have asked for."""
        await self.loaders.settle()
        for name in _LOADERS & self.__dict__.keys():
            await self.__dict__[name].settle()

    def renew_loaders(self) -> None:
        """Forget what was loaded: a mutation is about to change it."""
        self.loaders = Loaders(
            self.services.catalogue, self.services.schedule, self.services.workers, self.caller
        )
        for name in _LOADERS:
            self.__dict__.pop(name, None)


Info = strawberry.Info[Context, None]
