"""Tells one webhook what it has not been told yet: one message after the other, until one fails.

The place in the feed moves in the transaction that stores the attempt, after the receiver has
taken the message. Whoever ends in between, a message comes twice, under the same id; none is
left out. That a message stands for many changes is stored before it is sent; where it is not known
whether one of a single change was sent, the next one is of a single change as well.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Final, NamedTuple

from app.db.connections.database import Database, Transaction
from app.db.reading import webhooks as stored
from app.db.reading.webhooks import SigningWebhook
from app.db.writing import webhooks as store
from app.domain.access import Via
from app.domain.access_events import AccessEvent, AccessEventKind
from app.domain.changes import CommittedChange
from app.domain.errors import CursorExpired
from app.domain.identifiers import Kind, node_id
from app.domain.webhook_events import (
    GATHERED_FROM,
    MOST_GATHERED,
    Message,
    Sender,
    begun_alone,
    first_alone,
    told_together,
)
from app.domain.webhook_signatures import signed_headers
from app.domain.webhooks import Answer, Attempt, Outcome, Webhook, WebhookStatus
from app.services.access.events import AccessEvents
from app.services.changes import ChangeFeed
from app.services.webhooks.outgoing import Outgoing

_log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 100
"""Messages of one process that are on their way at a time."""
MOST_OF_A_COMPANY: Final = 20
"""Of these: a company whose receivers do not answer keeps no other waiting."""
STORED_EVERY_SECONDS: Final = 10.0
"""How soon it is stored that changes were passed which a webhook does not take."""
MOST_UNSTORED: Final = 1_000
"""Changes that may be passed without that being stored: after a crash they are read once more."""


class Place(NamedTuple):
    """How far a webhook was looked at, and what it was like then: of another it says nothing."""

    revision: int
    passed: int
    looked_to: int


@dataclass(slots=True)
class Deliveries:
    """What tells webhooks, and what it has counted."""

    database: Database
    feed: ChangeFeed
    outgoing: Outgoing
    events: AccessEvents
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    counted: Counter[Outcome] = field(default_factory=Counter)
    stored_at: dict[str, float] = field(default_factory=dict)
    """When it was last stored how far a webhook is, by a clock that only this process has."""
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))
    _places_of: dict[str, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(MOST_OF_A_COMPANY))
    )

    async def tell(
        self, id_: str, place: Place | None, stopping: asyncio.Event, *, is_sure: bool = True
    ) -> Place | None:
        """Send what is due, and return how far the webhook was looked at; None: it is not due.

        ``place`` is what this returned before; ``is_sure`` whether all that was sent before is
        stored. What is committed meanwhile may be left to the next run. Ends early at a failure,
        when somebody changes the webhook meanwhile, and when ``stopping`` is set: then nobody
        waits for an answer.
        """
        async with self.database.reading() as connection:
            signing = await stored.find_signing(connection, id_)
        if signing is None or not signing.webhook.is_due(self.clock()):
            return None
        await self.database.until_shown()
        webhook, looked_to = signing.webhook, signing.webhook.passed
        if place and place[:2] == (webhook.revision, webhook.passed) and not webhook.gathered_to:
            looked_to = place.looked_to
        telling = _Telling(self, signing, stopping, is_sure=is_sure)
        await telling.all_after(looked_to)
        return telling.place

    async def sent(
        self, signing: SigningWebhook, message: Message, stopping: asyncio.Event
    ) -> Attempt | None:
        """Send a message once; None where the process ends before there is an answer."""
        async with self._places_of[signing.webhook.company_id], self._places:
            now = self.clock()
            headers = signed_headers(message, signing.secrets, now)
            posting = asyncio.create_task(
                self.outgoing.post(signing.webhook.url, headers, message.body)
            )
            answer = await _unless(stopping, posting)
        if answer is None:
            return None
        self.counted[answer.outcome] += 1
        return Attempt(signing.webhook.id, message.id, message.type, now, answer)

    async def disabled(self, connection: Transaction, webhook: Webhook, now: datetime) -> None:
        """Record that a webhook is sent nothing any more."""
        id_, reason = node_id(Kind.WEBHOOK, webhook.id), webhook.disabled_reason
        details = {"webhookId": id_, "reason": reason and reason.value}
        _log.warning("The webhook %s is disabled: %s.", id_, details["reason"])
        event = AccessEvent(
            at=now,
            kind=AccessEventKind.WEBHOOK_DISABLED,
            via=Via.WEBHOOK,
            company_id=webhook.company_id,
            details=details,
        )
        await self.events.record(connection, event)


class _Telling:
    """One run over what a webhook has not been told."""

    def __init__(
        self,
        deliveries: Deliveries,
        signing: SigningWebhook,
        stopping: asyncio.Event,
        *,
        is_sure: bool,
    ) -> None:
        self._deliveries, self._signing, self._stopping = deliveries, signing, stopping
        self._webhook = signing.webhook
        self._is_sure = is_sure
        self._up_to = self._webhook.passed + self._webhook.behind
        self._sender = Sender(self._webhook.id, self._webhook.company_id, signing.generation)
        self.looked_to = self._webhook.passed

    @property
    def place(self) -> Place:
        """How far the webhook was looked at."""
        return Place(self._webhook.revision, self._webhook.passed, self.looked_to)

    async def all_after(self, looked_to: int) -> None:
        """Tell everything after this number that was there when the webhook was read."""
        self.looked_to = looked_to
        while self.looked_to < self._up_to and not self._stopping.is_set():
            try:
                goes_on = await self._tell_next()
            except CursorExpired:
                goes_on = await self._tell_what_is_gone()
            if not goes_on:
                break
            if self.looked_to - self._webhook.passed >= MOST_UNSTORED:
                await self._store_passed()
        else:
            await self._note_passed()

    async def _tell_next(self) -> bool:
        """Tell of the next changes, and say whether to go on."""
        webhook, feed = self._webhook, self._deliveries.feed
        is_many = self._up_to - self.looked_to > GATHERED_FROM
        if is_many and webhook.types.takes_everything and self._is_sure and not webhook.gathered_to:
            # Which they are is nobody's concern: only whether all of them are still kept.
            last = min(self.looked_to + MOST_GATHERED, self._up_to)
            await feed.after(webhook.company_id, self.looked_to, 1)
            found = await feed.after(webhook.company_id, last - 1, 1)
            return bool(found) and await self._tell_together(last, found[0].at)
        changes = await feed.after(webhook.company_id, self.looked_to, MOST_GATHERED)
        return bool(changes) and await self._tell(changes)

    async def _tell(self, changes: Sequence[CommittedChange]) -> bool:
        """Tell of these changes, and say whether to go on."""
        types, begun_to = self._webhook.types, self._webhook.gathered_to
        if begun_alone(types, changes, begun_to):
            changes, begun_to = changes[:1], None
        elif begun_to is None and not self._is_sure:
            changes = first_alone(types, changes)
        self._is_sure = True
        last = told_together(types, changes, begun_to)
        if last is not None:
            at = next((each.at for each in changes if each.sequence >= last), changes[-1].at)
            return await self._tell_together(last, at)
        for change in types.taken(changes):
            if not await self._deliver(self._sender.of_change(change)):
                return False
        self.looked_to = changes[-1].sequence
        return True

    async def _tell_what_is_gone(self) -> bool:
        """Tell, by one message, that there were changes which are no longer kept.

        To every webhook, whatever its types: nobody could tell it of them one by one.
        """
        last = self._webhook.gathered_to
        if last is None or last == self._webhook.passed + 1:  # one that is gone, too
            last = await self._deliveries.feed.last(self._webhook.company_id)
        if last <= self.looked_to:  # the feed was set back, and nothing has come since
            self.looked_to = last
            return await self._store(replace(self._webhook, passed=last))
        return await self._tell_together(last, self._deliveries.clock())

    async def _tell_together(self, last: int, at: datetime) -> bool:
        """Tell of all changes up to this one by one message.

        Where it begins and ends is stored first: tried again, it is the same, whatever has come
        since, and whoever sends it.
        """
        begun = self._webhook.trying(self.looked_to + 1, last)
        if begun != self._webhook and not await self._store(begun):
            return False
        message = self._sender.of_many(self._webhook.passed + 1, last, at)
        return await self._deliver(message)

    async def _deliver(self, message: Message) -> bool:
        """Send a message and store what became of it; say whether the next one may follow."""
        attempt = await self._deliveries.sent(self._signing, message, self._stopping)
        if attempt is None:
            await self._store(self._webhook.trying(message.first, message.last))
            return False
        after = self._after(attempt.answer, message)
        if not await self._store(after, attempt):
            return False
        if attempt.answer.outcome is not Outcome.DELIVERED:
            return False
        self.looked_to = max(self.looked_to, message.last)
        return True

    def _after(self, answer: Answer, message: Message) -> Webhook:
        now = self._deliveries.clock()
        if answer.outcome is Outcome.DELIVERED:
            return self._webhook.heard(message.last, now)
        tried = self._webhook.trying(message.first, message.last)
        return tried.not_heard(answer, now, self._deliveries.chance())

    async def _note_passed(self) -> None:
        """Store, now and then, what was passed without a message."""
        if self.looked_to == self._webhook.passed:
            return
        since = self._deliveries.stored_at.setdefault(self._webhook.id, monotonic())
        if monotonic() - since >= STORED_EVERY_SECONDS:
            await self._store_passed()

    async def _store_passed(self) -> None:
        await self._store(replace(self._webhook, passed=self.looked_to))

    async def _store(self, after: Webhook, attempt: Attempt | None = None) -> bool:
        """Store what the webhook has become; False if somebody has changed it meanwhile.

        Then only the attempt is stored: the next run begins with what the webhook is now.
        """
        before, deliveries = self._webhook, self._deliveries
        async with deliveries.database.writing() as connection:
            await store.lock_webhook(connection, before.id)
            now = (await stored.find_webhooks(connection, None, [before.id])).get(before.id)
            if now is None:
                return False
            if attempt is not None:
                await store.add_attempt(connection, attempt)
            if (now.revision, now.passed) != (before.revision, before.passed):
                if (
                    attempt is not None
                    and attempt.answer.outcome is Outcome.DELIVERED
                    and now.passed == before.passed < after.passed
                ):  # it was told all the same, and need not be told again
                    await store.change_webhook(connection, now.heard(after.passed, attempt.at))
                return False
            await store.change_webhook(connection, after)
            if after.status is WebhookStatus.DISABLED:
                await deliveries.disabled(connection, after, deliveries.clock())
        self._webhook = after
        deliveries.stored_at[after.id] = monotonic()
        return True


async def _unless(stopping: asyncio.Event, posting: "asyncio.Task[Answer]") -> Answer | None:
    """Wait for an answer, or for the end of the process, which waits for none."""
    ending = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({posting, ending}, return_when=asyncio.FIRST_COMPLETED)
        return posting.result() if posting.done() else None
    finally:
        for task in (posting, ending):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
