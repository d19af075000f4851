"""Webhooks, as clients see them."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from app.domain import webhooks as domain
from app.domain.identifiers import Kind, node_id
from app.domain.webhooks import KEPT_FOR, SHOWN_CHARACTERS
from app.services.webhooks.service import MOST_ATTEMPTS
from graphql_schema.context import Info
from graphql_schema.directory.types import Company
from graphql_schema.links import link
from graphql_schema.loading.webhooks import WantedAttempts
from graphql_schema.node import LOADED_BY, LoadedBy, Node
from graphql_schema.webhooks.enums import (
    WebhookDeliveryOutcome,
    WebhookDisabledReason,
    WebhookStatus,
)


@strawberry.type(description="One attempt to deliver a message.")
class WebhookDelivery:
    message_id: str = strawberry.field(
        description="`webhook-id`: the same for each attempt with one message."
    )
    type: str = strawberry.field(description="The type of the event.")
    at: datetime = strawberry.field(description="When it was sent.")
    outcome: WebhookDeliveryOutcome = strawberry.field(description="What became of it.")
    status: int | None = strawberry.field(
        description="The status of the answer; null where there was none."
    )
    milliseconds: int = strawberry.field(description="How long it took.")
    answer: str = strawberry.field(
        description=f"The first {SHOWN_CHARACTERS} characters of the answer, or what went wrong."
    )

    @classmethod
    def from_domain(cls, attempt: domain.Attempt) -> Self:
        answer = attempt.answer
        return cls(
            message_id=attempt.message_id,
            type=attempt.type,
            at=attempt.at,
            outcome=WebhookDeliveryOutcome(answer.outcome),
            status=answer.status,
            milliseconds=answer.milliseconds,
            answer=answer.text,
        )


@strawberry.type(
    description="An address that is told of a company's changes, one after the other "
    "(docs/webhooks.md). Its secret is shown once, when it is made."
)
class Webhook(Node):
    url: str = strawberry.field(description="Where messages are posted.")
    types: list[str] = strawberry.field(description="The types of events that it takes.")
    status: WebhookStatus = strawberry.field(description="How it does.")
    disabled_reason: WebhookDisabledReason | None = strawberry.field(
        description="Why it is disabled; null unless it is."
    )
    disabled_at: datetime | None = strawberry.field(description="Since when it is disabled.")
    failing_since: datetime | None = strawberry.field(
        description="Since when nothing was taken; null if the last message was."
    )
    failures: int = strawberry.field(description="How many attempts have failed since then.")
    next_attempt_at: datetime | None = strawberry.field(
        description="When it is tried again; null if the next message is sent at once."
    )
    last_delivered_at: datetime | None = strawberry.field(
        description="When a message was last taken; null if none was."
    )
    last_sequence: str = strawberry.field(
        description="The number of the last change that it was told of, or that was none of its "
        "types; up to ten seconds old."
    )
    behind: int = strawberry.field(
        description="How many changes have been made since that one, of its types or not."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    secret_rotated_at: datetime | None = strawberry.field(
        description="When it got its present secret; null if that is its first."
    )
    company: Company = link(
        lambda webhook: (Kind.COMPANY, webhook.company_key),
        description="Whose changes it is told of.",
    )
    company_key: strawberry.Private[str]
    key: strawberry.Private[str]

    @classmethod
    def from_domain(cls, webhook: domain.Webhook) -> Self:
        reason = webhook.disabled_reason
        return cls(
            id=strawberry.ID(node_id(Kind.WEBHOOK, webhook.id)),
            url=webhook.url,
            types=list(webhook.types.names),
            status=WebhookStatus(webhook.status),
            disabled_reason=None if reason is None else WebhookDisabledReason(reason),
            disabled_at=webhook.disabled_at,
            failing_since=webhook.failing_since,
            failures=webhook.failures,
            next_attempt_at=webhook.next_attempt_at,
            last_delivered_at=webhook.last_delivered_at,
            last_sequence=str(webhook.passed),
            behind=webhook.behind,
            created_at=webhook.created_at,
            secret_rotated_at=webhook.rotated_at,
            company_key=webhook.company_id,
            key=webhook.id,
        )

    @strawberry.field(description=f"The attempts of the last {KEPT_FOR.days} days, latest first.")
    async def deliveries(
        self,
        info: Info,
        first: Annotated[
            int, strawberry.argument(description=f"At most so many: 1 to {MOST_ATTEMPTS}.")
        ] = 20,
        before: Annotated[
            datetime | None,
            strawberry.argument(description="Only those before: `at` of the last one known."),
        ] = None,
    ) -> list[WebhookDelivery]:
        found = await info.context.webhook_attempts.load(WantedAttempts(self.key, first, before))
        return [WebhookDelivery.from_domain(each) for each in found]


LOADED_BY[Kind.WEBHOOK] = LoadedBy(lambda context: context.webhooks, Webhook.from_domain)
