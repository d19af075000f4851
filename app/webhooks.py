"""Part of the wiring: what sends the messages of webhooks, beside the requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import random

from app.clock import now
from app.db.connections.database import Database
from app.domain.webhook_urls import ReachRules
from app.faults import log_fault
from app.housekeeping import GRACE
from app.outgoing.client import OutgoingClient
from app.services.access.events import AccessEvents
from app.services.changes import ChangeFeed
from app.services.webhooks.delivering import Deliveries
from app.services.webhooks.outgoing import Silent
from app.services.webhooks.sender import SenderFigures, WebhookSender
from app.services.webhooks.service import WebhookService


class Webhooks:
    """The webhooks of one process: the service for requests, and the sender beside them."""

    def __init__(
        self,
        database: Database,
        feed: ChangeFeed,
        events: AccessEvents,
        *,
        most: int,
        rules: ReachRules,
        sends: bool,
    ) -> None:
        self._client = OutgoingClient(rules)
        woken, outgoing = asyncio.Event(), self._client if sends else Silent()
        self.service = WebhookService(database, now, most, events, rules, outgoing, woken.set)
        deliveries = Deliveries(database, feed, self._client, events, now, random)
        self._sender = WebhookSender(database, deliveries, now, woken, log_fault)

    @property
    def figures(self) -> SenderFigures:
        """What this process has sent, and how the webhooks do if it is the one that sends."""
        return self._sender.figures

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Send until the block is left, if it is this process that does."""
        stopping = asyncio.Event()
        task = asyncio.create_task(self._sender.run(stopping))
        try:
            yield
        finally:
            stopping.set()
            await asyncio.wait([task], timeout=GRACE.total_seconds())
            task.cancel()  # a database that is silent is not waited for
            await asyncio.wait([task])

    async def close(self) -> None:
        """Close the connections to receivers."""
        await self._client.aclose()
