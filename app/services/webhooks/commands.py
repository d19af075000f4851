"""What is asked of webhooks, as it was sent, and what is answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.webhooks import Attempt, Webhook


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    """A webhook that is wished for; without ``secret`` one is made."""

    company_id: str
    url: str = field(repr=False)
    types: Sequence[str]
    secret: str | None = field(default=None, repr=False)
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateWebhook:
    """Another address, or other types; what is None stays."""

    id: str
    url: str | None = field(default=None, repr=False)
    types: Sequence[str] | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class RotateSecret:
    """A webhook that gets a new secret; without ``secret`` one is made."""

    id: str
    secret: str | None = field(default=None, repr=False)
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class ReplayWebhook:
    """A webhook that is told again what came after a change: its number, or its cursor."""

    id: str
    after: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeWebhook:
    """A webhook that is enabled or deleted."""

    id: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedWebhook:
    """A webhook with its secret; None where a key came again."""

    webhook: Webhook
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class TestedWebhook:
    """A webhook, and what became of the message that was to try it."""

    __test__ = False  # no test of pytest's

    webhook: Webhook
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class DeletedWebhook:
    """A webhook that is no more, by its id."""

    id: str
