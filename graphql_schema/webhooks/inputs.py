"""What clients send about webhooks."""

import strawberry

from app.domain.webhook_events import MOST_TYPES
from app.domain.webhook_signatures import FEWEST_SECRET_BYTES, MOST_SECRET_BYTES, SECRET_PREFIX
from app.services.idempotency import MAX_KEY_LENGTH, PROMISED_HOURS
from app.services.webhooks.commands import (
    ChangeWebhook,
    CreateWebhook,
    ReplayWebhook,
    RotateSecret,
    UpdateWebhook,
)
from graphql_schema.arguments import IDEMPOTENCY_KEY

ISSUING_KEY = (
    f"1 to {MAX_KEY_LENGTH} printable ASCII characters. The same key with the same input does "
    "nothing again; with another input it is refused. Kept for at least "
    f"{PROMISED_HOURS} hours. The secret is answered the first time only."
)
URL = (
    "Where messages are posted: https, and an address of the internet, unless the operator admits "
    "others."
)
TYPES = (
    f"1 to {MOST_TYPES} types of events: `<noun>.<created|updated|deleted>` such as "
    "`time_off_entry.updated`, `<noun>.*`, `changes.available`, or `*` for all of them."
)
SECRET = (
    f"`{SECRET_PREFIX}` and the Base64 of {FEWEST_SECRET_BYTES} to {MOST_SECRET_BYTES} random "
    "bytes; left out, one is made."
)


@strawberry.input(description="The webhook that is wished for.")
class CreateWebhookInput:
    company_id: strawberry.ID = strawberry.field(description="Whose changes it is told of.")
    url: str = strawberry.field(description=URL)
    types: list[str] = strawberry.field(description=TYPES)
    secret: str | None = strawberry.field(default=None, description=SECRET)
    idempotency_key: str | None = strawberry.field(default=None, description=ISSUING_KEY)

    def to_domain(self) -> CreateWebhook:
        return CreateWebhook(
            company_id=self.company_id,
            url=self.url,
            types=self.types,
            secret=self.secret,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="A webhook that gets another address, or other types.")
class UpdateWebhookInput:
    id: strawberry.ID = strawberry.field(description="The webhook.")
    url: str | None = strawberry.field(default=None, description=f"{URL} Left out, it stays.")
    types: list[str] | None = strawberry.field(
        default=None, description=f"{TYPES} Left out, they stay."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> UpdateWebhook:
        return UpdateWebhook(self.id, self.url, self.types, self.idempotency_key)


@strawberry.input(description="A webhook that gets a new secret.")
class RotateWebhookSecretInput:
    id: strawberry.ID = strawberry.field(description="The webhook.")
    secret: str | None = strawberry.field(default=None, description=SECRET)
    idempotency_key: str | None = strawberry.field(default=None, description=ISSUING_KEY)

    def to_domain(self) -> RotateSecret:
        return RotateSecret(self.id, self.secret, self.idempotency_key)


@strawberry.input(description="A webhook that is to be tried.")
class TestWebhookInput:
    __test__ = False  # no test of pytest's

    id: strawberry.ID = strawberry.field(description="The webhook; also one that is disabled.")


@strawberry.input(description="A webhook that is to be told again.")
class ReplayWebhookInput:
    id: strawberry.ID = strawberry.field(description="The webhook.")
    after: str = strawberry.field(
        description="The `sequence` or the `cursor` of the last change that need not come again, "
        "as messages and `changes` have them; `0` for everything. A later one than it has reached "
        "passes over what lies between."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> ReplayWebhook:
        return ReplayWebhook(self.id, self.after, self.idempotency_key)


@strawberry.input(description="A webhook that is to go on.")
class EnableWebhookInput:
    id: strawberry.ID = strawberry.field(description="The webhook.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> ChangeWebhook:
        return ChangeWebhook(self.id, self.idempotency_key)


@strawberry.input(description="A webhook that is to go.")
class DeleteWebhookInput:
    id: strawberry.ID = strawberry.field(description="The webhook.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> ChangeWebhook:
        return ChangeWebhook(self.id, self.idempotency_key)
