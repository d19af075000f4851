"""Storing webhooks and what was sent, within the caller's transaction."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.tables import CompanyRow, WebhookAttemptRow, WebhookRow
from app.db.schema.webhook_rows import from_attempt, from_secrets, from_webhook
from app.db.writing.locks import lock_rows
from app.db.writing.statements import delete_all, insert_all, update_all
from app.domain.webhook_signatures import SigningSecrets
from app.domain.webhooks import Attempt, Webhook

ATTEMPTS_A_STATEMENT: Final = 1_000


async def add_webhook(
    connection: AsyncConnection, webhook: Webhook, secrets: SigningSecrets
) -> None:
    """Store a new webhook, and its secret as it is: it signs."""
    await insert_all(connection, WebhookRow, [from_webhook(webhook) | from_secrets(secrets)])


async def change_webhook(
    connection: AsyncConnection, webhook: Webhook, secrets: SigningSecrets | None = None
) -> None:
    """Store what a webhook has become; without secrets those stay."""
    told = {} if secrets is None else from_secrets(secrets)
    await update_all(connection, WebhookRow, [from_webhook(webhook) | told])


async def remove_webhook(connection: AsyncConnection, id_: str) -> None:
    """Delete a webhook, and the list of what was sent with it."""
    await delete_all(connection, WebhookRow.id, [id_])


async def lock_webhook(connection: AsyncConnection, id_: str) -> None:
    """Hold the webhook, so that nobody else changes it until the transaction ends."""
    await lock_rows(connection, WebhookRow, [id_])


async def lock_webhooks_of_company(connection: AsyncConnection, company_id: str) -> None:
    """Let others that add webhooks to the company wait, so that a count of them stays true."""
    await lock_rows(connection, CompanyRow, [company_id])


async def add_attempt(connection: AsyncConnection, attempt: Attempt) -> None:
    """Store that a message was sent, and what became of it."""
    await insert_all(connection, WebhookAttemptRow, [from_attempt(attempt)])


async def forget_attempts_before(connection: AsyncConnection, moment: datetime) -> int:
    """Delete the oldest attempts before the moment, some thousand of them; return how many."""
    table = WebhookAttemptRow
    oldest = (
        select(col(table.id))
        .where(col(table.at) < moment)
        .order_by(col(table.at))
        .limit(ATTEMPTS_A_STATEMENT)
    )
    gone = delete(table).where(col(table.id).in_(oldest.scalar_subquery()))
    return (await connection.execute(gone)).rowcount
