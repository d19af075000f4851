"""The schema: Query, Mutation and Subscription, put together from each noun's parts."""

from asyncio import gather
from typing import Annotated

import strawberry
from strawberry.schema.config import StrawberryConfig

from app.domain.errors import TooManyItems
from graphql_schema.access.mutations import AccessMutations
from graphql_schema.access.queries import AccessQueries
from graphql_schema.acknowledgements.mutations import AcknowledgementMutations
from graphql_schema.acknowledgements.types import DiscrepancyAcknowledgement
from graphql_schema.arguments import Id
from graphql_schema.audit.queries import AuditQueries
from graphql_schema.calendar_feeds.mutations import CalendarFeedMutations
from graphql_schema.calendar_feeds.queries import CalendarFeedQueries
from graphql_schema.calendar_feeds.types import CalendarFeed
from graphql_schema.changes.queries import ChangeQueries
from graphql_schema.changes.subscriptions import ChangeSubscriptions
from graphql_schema.context import Info
from graphql_schema.directory.mutations import DirectoryMutations
from graphql_schema.directory.queries import DirectoryQueries
from graphql_schema.directory.types import Company, Holiday, Person, Role, User, Worker
from graphql_schema.directory.workweeks import Workweek
from graphql_schema.errors import (
    ChangedSince,
    DayChangedSince,
    ExternalReferenceConflict,
    InvalidInput,
    ItemChangedSince,
    OccurrenceElsewhere,
    WorkdayHoursExceeded,
)
from graphql_schema.input_values import MAX_IDS, read_node_id
from graphql_schema.mirror.mutations import MirrorMutations
from graphql_schema.node import Node, load_node
from graphql_schema.person_time_off.mutations import PersonTimeOffMutations
from graphql_schema.person_time_off.queries import PersonTimeOffQueries
from graphql_schema.person_time_off.types import PersonTimeOff
from graphql_schema.personal_data.mutations import PersonalDataMutations
from graphql_schema.personal_data.queries import PersonalDataQueries
from graphql_schema.scalars import SCALARS
from graphql_schema.schedule.queries import ScheduleQueries
from graphql_schema.sync.delivery_types import Delivery, SyncConflict
from graphql_schema.sync.mutations import SyncMutations
from graphql_schema.sync.queries import SyncQueries
from graphql_schema.sync.types import SyncProblem, SyncRun, Upstream
from graphql_schema.time_off_entries.mutations import EntryMutations
from graphql_schema.time_off_entries.queries import EntryQueries
from graphql_schema.time_off_entries.types import ExternalReference, TimeOffEntry
from graphql_schema.webhooks.mutations import WebhookMutations
from graphql_schema.webhooks.queries import WebhookQueries
from graphql_schema.webhooks.types import Webhook


@strawberry.type
class NodeQueries:
    @strawberry.field(description="Any object by its node id, or null where there is none.")
    async def node(self, info: Info, id: Id) -> Node | None:
        return await load_node(info, *read_node_id(id, ("id",)))

    @strawberry.field(description="Objects by their node ids, in that order; null where none is.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description=f"At most {MAX_IDS:,} node ids.")
        ],
    ) -> list[Node | None]:
        """Find several, in few statements."""
        if len(ids) > MAX_IDS:
            msg = f"At most {MAX_IDS} ids are taken."
            raise TooManyItems(msg, ("ids",))
        # All are read before any is loaded: loading one by one is a statement for each.
        named = [read_node_id(id_, ("ids", index)) for index, id_ in enumerate(ids)]
        return list(await gather(*(load_node(info, kind, key) for kind, key in named)))


@strawberry.type(description="What can be read.")
class Query(
    NodeQueries,
    EntryQueries,
    PersonTimeOffQueries,
    DirectoryQueries,
    ScheduleQueries,
    ChangeQueries,
    CalendarFeedQueries,
    AccessQueries,
    AuditQueries,
    PersonalDataQueries,
    WebhookQueries,
    SyncQueries,
):
    """All root fields that read; each noun's package brings its own."""


@strawberry.type(
    description="What can be written. Each mutation is one transaction: all of it or nothing. A "
    "refusal that a caller can act on is data: `userErrors`, with nothing stored."
)
class Mutation(
    EntryMutations,
    PersonTimeOffMutations,
    MirrorMutations,
    AcknowledgementMutations,
    DirectoryMutations,
    CalendarFeedMutations,
    AccessMutations,
    PersonalDataMutations,
    WebhookMutations,
    SyncMutations,
):
    """All root fields that write; each noun's package brings its own."""


@strawberry.type(
    description="What can be followed, over WebSocket (graphql-transport-ws) or Server-Sent "
    "Events. A subscription ends after an hour at most, or with the credential: subscribe again "
    "with the last cursor."
)
class Subscription(ChangeSubscriptions):
    """All root fields that go on; each noun's package brings its own."""


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[
        Company,
        Holiday,
        Person,
        Role,
        User,
        Worker,
        Workweek,
        ExternalReference,
        TimeOffEntry,
        PersonTimeOff,
        CalendarFeed,
        DiscrepancyAcknowledgement,
        Webhook,
        Upstream,
        SyncRun,
        SyncProblem,
        Delivery,
        SyncConflict,
        InvalidInput,
        WorkdayHoursExceeded,
        ExternalReferenceConflict,
        ChangedSince,
        DayChangedSince,
        ItemChangedSince,
        OccurrenceElsewhere,
    ],
    config=StrawberryConfig(scalar_map=SCALARS),
)


def sdl() -> str:
    """Return the schema in the schema definition language, as the repository keeps it."""
    return schema.as_str() + "\n"
