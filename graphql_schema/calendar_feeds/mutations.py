"""Making, renewing, revoking and deleting calendar feeds."""

from typing import Annotated, Self

import strawberry

from app.domain.access import Permission
from app.domain.identifiers import Kind, node_id
from app.services.calendar_feeds.service import IssuedFeed
from graphql_schema.access.requires import requires
from graphql_schema.arguments import INPUT
from graphql_schema.calendar_feeds.inputs import (
    CreateCalendarFeedInput,
    DeleteCalendarFeedInput,
    RenewCalendarFeedInput,
    RevokeCalendarFeedInput,
)
from graphql_schema.calendar_feeds.types import CalendarFeed
from graphql_schema.context import Info
from graphql_schema.mutation import Refusable, mutation

_MANAGING = requires(Permission.MANAGE_FEEDS, Permission.READ_TIME_OFF)


@strawberry.type
class WithLink(Refusable):
    """A part of the payloads of requests that make a link."""

    calendar_feed: CalendarFeed | None = strawberry.field(
        default=None, description="The feed as it is now."
    )
    link: str | None = strawberry.field(
        default=None,
        description="`/feeds/….ics`, below the gateway's own address. Whoever has it can read "
        "the feed, and it is shown only this once: null after a dry run, and where an "
        "idempotency key came before. `renewCalendarFeed` makes another.",
    )

    @classmethod
    def from_domain(cls, issued: IssuedFeed) -> Self:
        return cls(
            calendar_feed=CalendarFeed.from_domain(issued.feed),
            link=None if issued.secret is None else f"/feeds/{issued.secret}.ics",
        )


@strawberry.type(description="The feed that was made, or why it was not.")
class CreateCalendarFeedPayload(WithLink):
    """The feed with its link, which is shown this once."""


@strawberry.type(description="The feed with its new link, or why not.")
class RenewCalendarFeedPayload(WithLink):
    """The feed with its link, which is shown this once."""


@strawberry.type(description="The feed that was revoked, or why it was not.")
class RevokeCalendarFeedPayload(Refusable):
    calendar_feed: CalendarFeed | None = strawberry.field(
        default=None, description="The feed as it is now."
    )


@strawberry.type(description="The feed that was deleted, or why it was not.")
class DeleteCalendarFeedPayload(Refusable):
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The node id of the deleted feed."
    )


@strawberry.type
class CalendarFeedMutations:
    @mutation(
        CreateCalendarFeedPayload,
        "Make a feed of time off for the calendars that people have, at a secret link.",
        _MANAGING,
    )
    async def create_calendar_feed(
        self, info: Info, input: Annotated[CreateCalendarFeedInput, INPUT]
    ) -> CreateCalendarFeedPayload:
        issued = await info.context.services.calendar_feeds.create(
            info.context.caller, input.to_domain()
        )
        return CreateCalendarFeedPayload.from_domain(issued)

    @mutation(
        RenewCalendarFeedPayload,
        "Give a feed another link: the one before answers no more. A feed that was revoked "
        "answers again.",
        _MANAGING,
    )
    async def renew_calendar_feed(
        self, info: Info, input: Annotated[RenewCalendarFeedInput, INPUT]
    ) -> RenewCalendarFeedPayload:
        issued = await info.context.services.calendar_feeds.renew(
            info.context.caller, input.to_domain()
        )
        return RenewCalendarFeedPayload.from_domain(issued)

    @mutation(
        RevokeCalendarFeedPayload,
        "Let a feed's link answer no more; again changes nothing.",
        _MANAGING,
    )
    async def revoke_calendar_feed(
        self, info: Info, input: Annotated[RevokeCalendarFeedInput, INPUT]
    ) -> RevokeCalendarFeedPayload:
        feed = await info.context.services.calendar_feeds.revoke(
            info.context.caller, input.to_domain()
        )
        return RevokeCalendarFeedPayload(calendar_feed=CalendarFeed.from_domain(feed))

    @mutation(
        DeleteCalendarFeedPayload,
        "Delete a feed for good: its link answers no more, and `calendarFeeds` does not list it.",
        _MANAGING,
    )
    async def delete_calendar_feed(
        self, info: Info, input: Annotated[DeleteCalendarFeedInput, INPUT]
    ) -> DeleteCalendarFeedPayload:
        gone = await info.context.services.calendar_feeds.delete(
            info.context.caller, input.to_domain()
        )
        deleted = strawberry.ID(node_id(Kind.CALENDAR_FEED, gone.id))
        return DeleteCalendarFeedPayload(deleted_id=deleted)
