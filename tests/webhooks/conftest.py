"""A company with a webhook whose receiver is on loopback, and what sends to it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db.connections.database import Database
from app.domain.webhook_urls import ReachRules, read_reach
from app.outgoing.client import OutgoingClient
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.changes import ChangeFeed
from app.services.webhooks.commands import CreateWebhook
from app.services.webhooks.delivering import Deliveries
from app.services.webhooks.service import WebhookService
from tests.builders import COMPANY
from tests.graphql.api import api, put_everyone
from tests.webhooks.receiver import Receiver, receiving

LOOPBACK = "127.0.0.1"
RULES = ReachRules(*read_reach([LOOPBACK]), frozenset({LOOPBACK}))
SETTINGS = {"TIMEOFF_WEBHOOK_HOSTS": LOOPBACK, "TIMEOFF_WEBHOOK_HTTP_HOSTS": LOOPBACK}
"""For servers in processes of their own."""


@dataclass
class Clock:
    """A clock that a test sets on."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 8, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Sending:
    """The service and the sender's inner part over one database, on one clock."""

    database: Database
    service: WebhookService
    deliveries: Deliveries
    clock: Clock
    client: OutgoingClient
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def create(self, url: str, *types: str, **given: Any) -> Any:
        """Make a webhook; return it with its secret."""
        wish = CreateWebhook(COMPANY, url, types or ("*",), **given)
        return await self.service.create(LOCAL, wish)

    async def tell(self, webhook: Any) -> Any:
        """Send what is due, and return the webhook as it is then."""
        await self.deliveries.tell(webhook.id, None, self.stopping)
        return await self.now(webhook)

    async def now(self, webhook: Any) -> Any:
        return (await self.service.find_many(LOCAL, [webhook.id])).get(webhook.id)

    async def attempts(self, webhook: Any) -> list[Any]:
        """Return the attempts, the first one first."""
        found = await self.service.last_attempts(LOCAL, [webhook.id], 100, None)
        return found.get(webhook.id, [])[::-1]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def beginnings():
    return {"ask": _everyone}


def _everyone(database_url):
    async def fill():
        async with api(database_url) as ask:
            await put_everyone(ask)

    asyncio.run(fill())


@pytest.fixture
async def ask(database_url):
    async with api(database_url) as ask:
        yield ask


@pytest.fixture
async def sending(database_url, ask):
    database, clock = Database(database_url), Clock()
    feed, events = ChangeFeed(database), AccessEvents(database, clock)
    client = OutgoingClient(RULES, seconds=600)
    service = WebhookService(database, clock, 50, events, RULES, client, lambda: None)
    deliveries = Deliveries(database, feed, client, events, clock, lambda: 0.0)
    yield Sending(database, service, deliveries, clock, client)
    await client.aclose()
    await database.close()
