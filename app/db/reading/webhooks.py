"""Webhooks: those of a company, those with something to be told, and what was sent."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Dialect, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.by_key import typed_rows
from app.db.reading.chosen_columns import Statement
from app.db.reading.lists import Scope, has_one_of
from app.db.schema.tables import (
    ChangeCounterRow,
    WebhookAttemptRow,
    WebhookRow,
    table_columns,
)
from app.db.schema.webhook_rows import to_attempt, to_secrets, to_webhook
from app.domain.paging import Row
from app.domain.webhook_signatures import SigningSecrets
from app.domain.webhooks import Attempt, Webhook

_LAST: Final = func.coalesce(col(ChangeCounterRow.last_sequence), 0)
_BEHIND: Final = _LAST - col(WebhookRow.passed)
_ROWS: Final[Select[Any]] = select(*table_columns(WebhookRow), _BEHIND.label("behind")).outerjoin(
    ChangeCounterRow, col(ChangeCounterRow.company_id) == col(WebhookRow.company_id)
)
_OLDEST_FIRST: Final = (col(WebhookRow.created_at), col(WebhookRow.id))


@dataclass(frozen=True, slots=True)
class SigningWebhook:
    """A webhook with what signs its messages, and the feed's generation."""

    webhook: Webhook
    secrets: SigningSecrets
    generation: str


@dataclass(frozen=True, slots=True)
class Overview:
    """How the webhooks of all companies do: what decides their status, and how far behind."""

    webhooks: int
    disabled: int
    failing: int
    furthest_behind: int


async def webhooks_of(connection: AsyncConnection, scope: Scope) -> list[Webhook]:
    """Return the webhooks of the companies in the order in which they were made."""
    statement = _ROWS.order_by(*_OLDEST_FIRST)
    if scope is not None:
        statement = statement.where(col(WebhookRow.company_id).in_(scope))
    return [to_webhook(row) for row in await connection.execute(statement)]


async def count_webhooks(connection: AsyncConnection, company_id: str) -> int:
    """Return how many webhooks a company has, disabled ones included."""
    counting = select(func.count(col(WebhookRow.id)))
    counting = counting.where(col(WebhookRow.company_id) == company_id)
    return (await connection.execute(counting)).scalar_one()


async def find_webhooks(
    connection: AsyncConnection, scope: Scope, ids: Collection[str]
) -> dict[str, Webhook]:
    """Return the webhooks by id; what is unknown or another tenant's is left out."""
    statement = _ROWS.where(has_one_of(connection, WebhookRow.id, list(ids)))
    if scope is not None:
        statement = statement.where(col(WebhookRow.company_id).in_(scope))
    found = map(to_webhook, await connection.execute(statement))
    return {each.id: each for each in found}


async def find_signing(connection: AsyncConnection, id_: str) -> SigningWebhook | None:
    """Return a webhook with its secrets, or None where there is none."""
    statement = _ROWS.add_columns(col(ChangeCounterRow.generation)).where(col(WebhookRow.id) == id_)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    return SigningWebhook(to_webhook(row), to_secrets(row), row.generation or "")


_WITH_CHANGES_TO_PASS: Final = _ROWS.where(col(WebhookRow.disabled_at).is_(None), _BEHIND > 0)


async def webhooks_behind(connection: AsyncConnection) -> list[Webhook]:
    """Return the webhooks that are not disabled and have changes to pass yet."""
    return [to_webhook(row) for row in await connection.execute(_WITH_CHANGES_TO_PASS)]


@dataclass(frozen=True)
class WebhooksBehind:
    """What reads the same by the database's own driver, as it is read again and again."""

    statement: Statement
    _typed: Callable[[Iterable[Row]], Iterator[Any]]

    @staticmethod
    @lru_cache(maxsize=4)
    def of(dialect: Dialect) -> "WebhooksBehind":
        """Return the statement, compiled once for a database."""
        statement = _WITH_CHANGES_TO_PASS
        return WebhooksBehind(Statement.of(statement, dialect), typed_rows(statement, dialect))

    def webhooks(self, rows: Iterable[Row]) -> list[Webhook]:
        """Return the webhooks that the rows are."""
        return [to_webhook(row) for row in self._typed(rows)]


async def is_any_webhook(connection: AsyncConnection) -> bool:
    """Say whether there is a webhook that is not disabled."""
    enabled = col(WebhookRow.disabled_at).is_(None)
    statement = select(col(WebhookRow.id)).where(enabled).limit(1)
    return (await connection.execute(statement)).first() is not None


async def overview(connection: AsyncConnection) -> Overview:
    """Return how the webhooks of all companies do."""
    enabled = col(WebhookRow.disabled_at).is_(None)
    statement = select(
        func.count(col(WebhookRow.id)).label("webhooks"),
        func.count(col(WebhookRow.disabled_at)).label("disabled"),
        func.count(col(WebhookRow.failing_since)).filter(enabled).label("failing"),
        func.max(_BEHIND).filter(enabled).label("behind"),
    ).outerjoin_from(
        WebhookRow,
        ChangeCounterRow,
        col(ChangeCounterRow.company_id) == col(WebhookRow.company_id),
    )
    row = (await connection.execute(statement)).one()
    return Overview(row.webhooks, row.disabled, row.failing, max(0, row.behind or 0))


async def last_attempts(
    connection: AsyncConnection, ids: Collection[str], most: int, before: datetime | None
) -> dict[str, list[Attempt]]:
    """Return the last attempts of each webhook, latest first, all in one statement."""
    table = WebhookAttemptRow
    latest_first = (col(table.at).desc(), col(table.id).desc())
    place = func.row_number().over(partition_by=col(table.webhook_id), order_by=latest_first)
    numbered = select(*table_columns(table), place.label("place"))
    numbered = numbered.where(has_one_of(connection, table.webhook_id, list(ids)))
    if before is not None:
        numbered = numbered.where(col(table.at) < before)
    rows = numbered.subquery()
    statement = select(rows).where(rows.c.place <= most).order_by(rows.c.webhook_id, rows.c.place)
    found: dict[str, list[Attempt]] = defaultdict(list)
    for row in await connection.execute(statement):
        found[row.webhook_id].append(to_attempt(row))
    return found


async def is_any_attempt_before(connection: AsyncConnection, moment: datetime) -> bool:
    """Say whether an attempt was made before the moment."""
    statement = select(col(WebhookAttemptRow.id)).where(col(WebhookAttemptRow.at) < moment)
    return (await connection.execute(statement.limit(1))).first() is not None
