"""Making, changing, trying and deleting webhooks."""

from typing import Annotated, Self

import strawberry

from app.domain.access import Permission
from app.domain.identifiers import Kind, node_id
from app.services.webhooks.commands import IssuedWebhook
from graphql_schema.access.requires import requires
from graphql_schema.arguments import INPUT
from graphql_schema.context import Info
from graphql_schema.mutation import Refusable, mutation
from graphql_schema.webhooks.inputs import (
    CreateWebhookInput,
    DeleteWebhookInput,
    EnableWebhookInput,
    ReplayWebhookInput,
    RotateWebhookSecretInput,
    TestWebhookInput,
    UpdateWebhookInput,
)
from graphql_schema.webhooks.types import Webhook, WebhookDelivery

_MANAGING = requires(Permission.MANAGE_WEBHOOKS)


@strawberry.type
class WithWebhook(Refusable):
    """A part of the payloads of requests that leave a webhook."""

    webhook: Webhook | None = strawberry.field(
        default=None, description="The webhook as it is now."
    )


@strawberry.type
class WithSigningSecret(WithWebhook):
    """A part of the payloads of requests that set a secret."""

    secret: str | None = strawberry.field(
        default=None,
        description="What signs its messages. It is shown only this once: null where an "
        "idempotency key came before. `rotateWebhookSecret` makes another.",
    )

    @classmethod
    def from_domain(cls, issued: IssuedWebhook) -> Self:
        return cls(webhook=Webhook.from_domain(issued.webhook), secret=issued.secret)


@strawberry.type(description="The webhook that was made, or why it was not.")
class CreateWebhookPayload(WithSigningSecret):
    """The webhook with its secret, which is shown this once."""


@strawberry.type(description="The webhook as it was changed, or why it was not.")
class UpdateWebhookPayload(WithWebhook):
    """The webhook."""


@strawberry.type(description="The webhook with its new secret, or why not.")
class RotateWebhookSecretPayload(WithSigningSecret):
    """The webhook with its secret, which is shown this once."""


@strawberry.type(description="What became of the message, or why none was sent.")
class TestWebhookPayload(WithWebhook):
    __test__ = False  # no test of pytest's

    delivery: WebhookDelivery | None = strawberry.field(
        default=None, description="The attempt, whatever its outcome."
    )


@strawberry.type(description="The webhook at its new place in the feed, or why it has none.")
class ReplayWebhookPayload(WithWebhook):
    """The webhook."""


@strawberry.type(description="The webhook that goes on, or why it does not.")
class EnableWebhookPayload(WithWebhook):
    """The webhook."""


@strawberry.type(description="The webhook that was deleted, or why it was not.")
class DeleteWebhookPayload(Refusable):
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The node id of the deleted webhook."
    )


@strawberry.type
class WebhookMutations:
    @mutation(
        CreateWebhookPayload,
        "Have an address told of a company's changes from now on, by messages signed as Standard "
        "Webhooks has it. It is told what `changes` tells: who makes it needs `READ_CHANGES` too.",
        _MANAGING,
    )
    async def create_webhook(
        self, info: Info, input: Annotated[CreateWebhookInput, INPUT]
    ) -> CreateWebhookPayload:
        issued = await info.context.services.webhooks.create(info.context.caller, input.to_domain())
        return CreateWebhookPayload.from_domain(issued)

    @mutation(
        UpdateWebhookPayload,
        "Give a webhook another address or other types. One that is failing is tried at once; one "
        "that is disabled stays so. Needs `READ_CHANGES` too.",
        _MANAGING,
    )
    async def update_webhook(
        self, info: Info, input: Annotated[UpdateWebhookInput, INPUT]
    ) -> UpdateWebhookPayload:
        webhook = await info.context.services.webhooks.update(
            info.context.caller, input.to_domain()
        )
        return UpdateWebhookPayload(webhook=Webhook.from_domain(webhook))

    @mutation(
        RotateWebhookSecretPayload,
        "Give a webhook a new secret. The one before signs as well for another 24 hours, unless it "
        "is rotated again.",
        _MANAGING,
    )
    async def rotate_webhook_secret(
        self, info: Info, input: Annotated[RotateWebhookSecretInput, INPUT]
    ) -> RotateWebhookSecretPayload:
        issued = await info.context.services.webhooks.rotate(info.context.caller, input.to_domain())
        return RotateWebhookSecretPayload.from_domain(issued)

    @mutation(
        TestWebhookPayload,
        "Send a webhook an event of the type `webhook.test` now, and answer what became of it. It "
        "changes nothing but the list of deliveries.",
        _MANAGING,
    )
    async def test_webhook(
        self, info: Info, input: Annotated[TestWebhookInput, INPUT]
    ) -> TestWebhookPayload:
        tested = await info.context.services.webhooks.test(info.context.caller, input.id)
        return TestWebhookPayload(
            webhook=Webhook.from_domain(tested.webhook),
            delivery=WebhookDelivery.from_domain(tested.attempt),
        )

    @mutation(
        ReplayWebhookPayload,
        "Tell a webhook again of what came after a change; a message that it has had comes under "
        "the same `webhook-id`. Needs `READ_CHANGES` too.",
        _MANAGING,
    )
    async def replay_webhook(
        self, info: Info, input: Annotated[ReplayWebhookInput, INPUT]
    ) -> ReplayWebhookPayload:
        webhook = await info.context.services.webhooks.replay(
            info.context.caller, input.to_domain()
        )
        return ReplayWebhookPayload(webhook=Webhook.from_domain(webhook))

    @mutation(
        EnableWebhookPayload,
        "Let a webhook go on from where it stopped: one that is disabled, or one that is failing, "
        "which is tried at once. Needs `READ_CHANGES` too.",
        _MANAGING,
    )
    async def enable_webhook(
        self, info: Info, input: Annotated[EnableWebhookInput, INPUT]
    ) -> EnableWebhookPayload:
        webhook = await info.context.services.webhooks.enable(
            info.context.caller, input.to_domain()
        )
        return EnableWebhookPayload(webhook=Webhook.from_domain(webhook))

    @mutation(
        DeleteWebhookPayload,
        "Delete a webhook for good, with the list of its deliveries.",
        _MANAGING,
    )
    async def delete_webhook(
        self, info: Info, input: Annotated[DeleteWebhookInput, INPUT]
    ) -> DeleteWebhookPayload:
        gone = await info.context.services.webhooks.delete(info.context.caller, input.to_domain())
        return DeleteWebhookPayload(deleted_id=strawberry.ID(node_id(Kind.WEBHOOK, gone.id)))
