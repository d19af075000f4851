"""Webhooks and attempts as rows, and back."""

from typing import Any
from uuid import uuid4

from sqlalchemy import Row

from app.domain.webhook_events import EventTypes
from app.domain.webhook_signatures import SigningSecrets
from app.domain.webhooks import Answer, Attempt, DisabledReason, Outcome, Webhook

Values = dict[str, Any]


def to_webhook(row: Row[Any]) -> Webhook:
    """Return the webhook that a row is; ``behind`` is counted beside its columns."""
    return Webhook(
        id=row.id,
        company_id=row.company_id,
        url=row.url,
        types=EventTypes(tuple(row.types)),
        created_at=row.created_at,
        passed=row.passed,
        revision=row.revision,
        gathered_to=row.gathered_to,
        failures=row.failures,
        failing_since=row.failing_since,
        next_attempt_at=row.next_attempt_at,
        last_delivered_at=row.last_delivered_at,
        disabled_at=row.disabled_at,
        disabled_reason=None
        if row.disabled_reason is None
        else DisabledReason(row.disabled_reason),
        rotated_at=row.rotated_at,
        behind=max(0, row.behind),
    )


def from_webhook(webhook: Webhook) -> Values:
    """Return a webhook's columns, without those of its secrets."""
    reason = webhook.disabled_reason
    return {
        "id": webhook.id,
        "company_id": webhook.company_id,
        "url": webhook.url,
        "types": list(webhook.types.names),
        "created_at": webhook.created_at,
        "passed": webhook.passed,
        "revision": webhook.revision,
        "gathered_to": webhook.gathered_to,
        "failures": webhook.failures,
        "failing_since": webhook.failing_since,
        "next_attempt_at": webhook.next_attempt_at,
        "last_delivered_at": webhook.last_delivered_at,
        "disabled_at": webhook.disabled_at,
        "disabled_reason": reason and reason.value,
        "rotated_at": webhook.rotated_at,
    }


def to_secrets(row: Row[Any]) -> SigningSecrets:
    """Return the secrets that sign."""
    return SigningSecrets(row.secret, row.previous_secret, row.previous_until)


def from_secrets(secrets: SigningSecrets) -> Values:
    """Return the columns of the secrets."""
    return {
        "secret": secrets.current,
        "previous_secret": secrets.previous,
        "previous_until": secrets.previous_until,
    }


def to_attempt(row: Row[Any]) -> Attempt:
    """Return the attempt that a row is."""
    answer = Answer(Outcome(row.outcome), row.milliseconds, row.status, row.answer)
    return Attempt(row.webhook_id, row.message_id, row.type, row.at, answer)


def from_attempt(attempt: Attempt) -> Values:
    """Return an attempt's columns, under a new id."""
    answer = attempt.answer
    return {
        "id": str(uuid4()),
        "webhook_id": attempt.webhook_id,
        "message_id": attempt.message_id,
        "type": attempt.type,
        "at": attempt.at,
        "outcome": answer.outcome.value,
        "status": answer.status,
        "milliseconds": answer.milliseconds,
        "answer": answer.text,
    }
