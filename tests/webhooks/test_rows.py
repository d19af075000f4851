"""Each attribute of a webhook, of its secrets and of an attempt has a column, and is read back."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from app.db.schema import webhook_rows as rows
from app.db.schema.tables import WebhookAttemptRow, WebhookRow, table_columns
from app.domain.webhook_events import EventTypes
from app.domain.webhook_signatures import SigningSecrets
from app.domain.webhooks import Answer, Attempt, DisabledReason, Outcome, Webhook
from tests.builders import COMPANY, OTHER_COMPANY, uuid

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
LATER = AT + timedelta(days=1)
HOOK = Webhook(
    id=uuid(1),
    company_id=COMPANY,
    url="https://x.example/",
    types=EventTypes(("*",)),
    created_at=AT,
    passed=1,
)
OTHERS: dict[str, Any] = {
    "id": uuid(2),
    "company_id": OTHER_COMPANY,
    "url": "https://y.example/",
    "types": EventTypes(("user.*", "role.*")),
    "created_at": LATER,
    "passed": 2**40,
    "revision": 3,
    "gathered_to": 2**41,
    "failures": 4,
    "failing_since": LATER,
    "next_attempt_at": LATER,
    "last_delivered_at": LATER,
    "disabled_at": LATER,
    "disabled_reason": DisabledReason.GONE,
    "rotated_at": LATER,
}


def row_of(values: dict[str, Any], **counted: int) -> Any:
    """A row as the database answers it."""
    return SimpleNamespace(**values, **counted)


def test_every_attribute_is_looked_at():
    assert {each.name for each in fields(Webhook)} == {*OTHERS, "behind"}
    columns = {each.name for each in table_columns(WebhookRow)}
    assert columns == rows.from_webhook(HOOK).keys() | rows.from_secrets(SigningSecrets("s")).keys()


@pytest.mark.parametrize("name", OTHERS)
def test_a_webhook_is_stored_and_read_back(name):
    changed = replace(HOOK, **{name: OTHERS[name]})

    row = rows.from_webhook(changed)

    assert row != rows.from_webhook(HOOK)
    assert rows.to_webhook(row_of(row, behind=0)) == changed


def test_what_is_behind_is_counted_and_never_below_nothing():
    row = rows.from_webhook(HOOK)

    behind = [rows.to_webhook(row_of(row, behind=n)).behind for n in (-3, 0, 5)]

    assert behind == [0, 0, 5]


@pytest.mark.parametrize("secrets", [SigningSecrets("a"), SigningSecrets("a", "b", AT)])
def test_secrets_are_stored_and_read_back(secrets):
    assert rows.to_secrets(row_of(rows.from_secrets(secrets))) == secrets


@pytest.mark.parametrize("outcome", Outcome)
def test_an_attempt_is_stored_and_read_back(outcome):
    attempt = Attempt(uuid(1), "msg_1", "role.created", AT, Answer(outcome, 12, 500, "no"))

    row = rows.from_attempt(attempt)

    assert row.keys() == {each.name for each in table_columns(WebhookAttemptRow)}
    assert rows.to_attempt(row_of(row)) == attempt
