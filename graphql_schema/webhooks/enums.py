"""How webhooks do, and what became of what was sent."""

from enum import Enum

import strawberry

from app.domain import webhooks as domain
from app.domain.webhooks import GIVEN_UP_AFTER


@strawberry.enum(description="How a webhook does.")
class WebhookStatus(Enum):
    ACTIVE = strawberry.enum_value(
        domain.WebhookStatus.ACTIVE, description="What was sent last was taken."
    )
    FAILING = strawberry.enum_value(
        domain.WebhookStatus.FAILING,
        description="What was sent last was not taken; it is sent again at `nextAttemptAt`.",
    )
    DISABLED = strawberry.enum_value(
        domain.WebhookStatus.DISABLED,
        description="Nothing is sent until `enableWebhook`; nothing is lost meanwhile.",
    )


@strawberry.enum(description="Why a webhook is disabled.")
class WebhookDisabledReason(Enum):
    GONE = strawberry.enum_value(
        domain.DisabledReason.GONE, description="The receiver answered 410 (Gone)."
    )
    FAILED = strawberry.enum_value(
        domain.DisabledReason.FAILED,
        description=f"Nothing was taken for {GIVEN_UP_AFTER.days} days.",
    )


@strawberry.enum(description="What became of one attempt to deliver a message.")
class WebhookDeliveryOutcome(Enum):
    DELIVERED = strawberry.enum_value(
        domain.Outcome.DELIVERED, description="It was answered with a status of 200 to 299."
    )
    REFUSED = strawberry.enum_value(
        domain.Outcome.REFUSED,
        description="It was answered with another status. Redirects are not followed.",
    )
    GONE = strawberry.enum_value(
        domain.Outcome.GONE, description="It was answered with 410, which disables the webhook."
    )
    TIMED_OUT = strawberry.enum_value(
        domain.Outcome.TIMED_OUT, description="It was not answered in time."
    )
    UNREACHABLE = strawberry.enum_value(
        domain.Outcome.UNREACHABLE,
        description="There was no connection, none that can be trusted, or no HTTP on it.",
    )
    FORBIDDEN_ADDRESS = strawberry.enum_value(
        domain.Outcome.FORBIDDEN_ADDRESS,
        description="The address leads to where the operator lets no message go.",
    )
