"""Calendar feeds, as clients see them."""

from datetime import datetime
from typing import Self

import strawberry

from app.domain import feeds as domain
from app.domain.identifiers import Kind, node_id
from graphql_schema.context import Info
from graphql_schema.directory.types import Company, Role, Worker
from graphql_schema.links import link
from graphql_schema.node import LOADED_BY, LoadedBy, Node


@strawberry.type(
    description="Time off for the calendars that people have (iCalendar), at a link that is a "
    "secret: of one worker, or of a company's workers that a filter finds."
)
class CalendarFeed(Node):
    name: str | None = strawberry.field(
        description="A part of the name of whom it shows, in any form; null: of any name."
    )
    job_titles: list[str] = strawberry.field(
        description="The job titles of whom it shows; none: of any job title."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    renewed_at: datetime | None = strawberry.field(
        description="When it last got another link; null if it still has its first."
    )
    revoked_at: datetime | None = strawberry.field(
        description="Since when its link answers no more; null while it does."
    )
    company: Company = link(
        lambda feed: (Kind.COMPANY, feed.company_key), description="The tenant that it belongs to."
    )
    worker: Worker | None = link(
        lambda feed: (Kind.WORKER, feed.worker_key),
        description="Whom it shows; null if that is whom its filter finds.",
    )
    company_key: strawberry.Private[str]
    worker_key: strawberry.Private[str | None]
    role_keys: strawberry.Private[tuple[int, ...]]

    @classmethod
    def from_domain(cls, feed: domain.CalendarFeed) -> Self:
        return cls(
            id=strawberry.ID(node_id(Kind.CALENDAR_FEED, feed.id)),
            name=feed.name,
            job_titles=list(feed.job_titles),
            created_at=feed.created_at,
            renewed_at=feed.renewed_at,
            revoked_at=feed.revoked_at,
            company_key=feed.company_id,
            worker_key=feed.worker_id,
            role_keys=feed.role_ids,
        )

    @strawberry.field(description="The roles of whom it shows; none: of any role.")
    async def roles(self, info: Info) -> list[Role]:
        found = await info.context.loaders.roles.load_many(list(self.role_keys))
        return [Role.from_domain(role) for role in found if role is not None]


LOADED_BY[Kind.CALENDAR_FEED] = LoadedBy(
    lambda context: context.calendar_feeds, CalendarFeed.from_domain
)
