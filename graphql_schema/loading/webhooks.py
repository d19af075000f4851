"""Webhooks by id, and what was sent to each, fetched together."""

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from app.domain.identifiers import Key
from app.domain.webhooks import Attempt, Webhook
from app.services.caller import Caller
from app.services.webhooks.service import WebhookService
from graphql_schema.loading.shared_loader import SharedLoader


class WantedAttempts(NamedTuple):
    """The last attempts of a webhook that are asked for."""

    webhook_id: str
    most: int
    before: datetime | None


def webhook_loader(webhooks: WebhookService, caller: Caller) -> SharedLoader[Key, Webhook | None]:
    """Return the loader of one operation."""

    async def load(keys: list[Key]) -> list[Webhook | None]:
        found = await webhooks.find_many(caller, [str(key) for key in keys])
        return [found.get(str(key)) for key in keys]

    return SharedLoader(load)


def attempt_loader(
    webhooks: WebhookService, caller: Caller
) -> SharedLoader[WantedAttempts, list[Attempt]]:
    """Return the loader of one operation: a statement for all that ask alike."""

    async def load(keys: list[WantedAttempts]) -> list[list[Attempt]]:
        ids_of: dict[tuple[int, datetime | None], list[str]] = defaultdict(list)
        for key in keys:
            ids_of[key.most, key.before].append(key.webhook_id)
        found = {
            wanted: await webhooks.last_attempts(caller, ids, *wanted)
            for wanted, ids in ids_of.items()
        }
        return [found[key.most, key.before].get(key.webhook_id, []) for key in keys]

    return SharedLoader(load)
