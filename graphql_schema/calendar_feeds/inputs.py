"""What clients send about calendar feeds."""

import strawberry

from app.domain import feeds as domain
from app.domain.feeds import MAX_JOB_TITLES, MAX_ROLES
from app.domain.identifiers import Kind
from app.services.calendar_feeds.service import ChangeCalendarFeed, CreateCalendarFeed
from app.services.idempotency import MAX_KEY_LENGTH, PROMISED_HOURS
from graphql_schema.arguments import DRY_RUN
from graphql_schema.directory.inputs import OF_COMPANY
from graphql_schema.input_values import read_filter_company, read_filter_ids

IDEMPOTENCY_KEY = (
    f"1 to {MAX_KEY_LENGTH} printable ASCII characters. The same key with the same input does "
    "nothing again; with another input it is refused. Kept for at least "
    f"{PROMISED_HOURS} hours."
)
ISSUING_KEY = f"{IDEMPOTENCY_KEY} The link is answered the first time only."


@strawberry.input(description="Calendar feeds that match everything given.")
class CalendarFeedFilter:
    company_id: strawberry.ID | None = strawberry.field(default=None, description=OF_COMPANY)
    worker_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Feeds of one of these workers."
    )

    def to_domain(self) -> domain.CalendarFeedFilter:
        return domain.CalendarFeedFilter(
            company_id=read_filter_company(self.company_id),
            worker_ids=read_filter_ids(Kind.WORKER, self.worker_ids, ("filter", "worker_ids")),
        )


@strawberry.input(
    description="A feed of a worker, or of the workers of a company, whom roles, job titles and a "
    "name may narrow down."
)
class CreateCalendarFeedInput:
    worker_id: strawberry.ID | None = strawberry.field(
        default=None, description="The worker; then nothing of the filter is given."
    )
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="Workers of this company."
    )
    role_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description=f"Users with one of these 1 to {MAX_ROLES} roles of the company."
    )
    job_titles: list[str] | None = strawberry.field(
        default=None,
        description=f"People with one of these 1 to {MAX_JOB_TITLES} job titles, as `jobTitles` "
        "has them.",
    )
    name: str | None = strawberry.field(
        default=None, description="Workers with this part of a name, in any form."
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=ISSUING_KEY)

    def to_domain(self) -> CreateCalendarFeed:
        return CreateCalendarFeed(
            worker_id=self.worker_id,
            company_id=self.company_id,
            role_ids=self.role_ids,
            job_titles=self.job_titles,
            name=self.name,
            dry_run=self.dry_run,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="A feed that gets another link; the one before answers no more.")
class RenewCalendarFeedInput:
    id: strawberry.ID = strawberry.field(description="The feed; also one that was revoked.")
    idempotency_key: str | None = strawberry.field(default=None, description=ISSUING_KEY)

    def to_domain(self) -> ChangeCalendarFeed:
        return ChangeCalendarFeed(self.id, self.idempotency_key)


@strawberry.input(description="A feed whose link is to answer no more.")
class RevokeCalendarFeedInput:
    id: strawberry.ID = strawberry.field(description="The feed.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> ChangeCalendarFeed:
        return ChangeCalendarFeed(self.id, self.idempotency_key)


@strawberry.input(description="A feed that is to go; its link answers no more.")
class DeleteCalendarFeedInput:
    id: strawberry.ID = strawberry.field(description="The feed; also one that was revoked.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> ChangeCalendarFeed:
        return ChangeCalendarFeed(self.id, self.idempotency_key)
