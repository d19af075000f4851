"""Webhooks: made, changed, tried and deleted by those who may. What sends them is sender.py."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeVar
from uuid import uuid4

from app.db.connections.database import Database, Transaction
from app.db.reading import webhooks as stored
from app.db.reading.changes import feed_state, last_number
from app.db.reading.lists_of_nouns import COMPANIES
from app.db.writing import webhooks as store
from app.domain.access import Permission
from app.domain.access_events import AccessEventKind
from app.domain.changes import FeedPosition
from app.domain.directory import Company
from app.domain.errors import InvalidValue, NotFound, Refusals, TooManyItems
from app.domain.identifiers import Kind, node_id, read_text_id
from app.domain.webhook_events import EventTypes, Sender, read_place, refuse_place_unless_in
from app.domain.webhook_signatures import (
    SigningSecrets,
    new_secret,
    read_secret,
    signed_headers,
)
from app.domain.webhook_urls import ReachRules, read_webhook_url
from app.domain.webhooks import Attempt, Webhook
from app.services.access.events import AccessEvents
from app.services.caller import Caller
from app.services.idempotency import KeyedRequest
from app.services.webhooks.commands import (
    ChangeWebhook,
    CreateWebhook,
    DeletedWebhook,
    IssuedWebhook,
    ReplayWebhook,
    RotateSecret,
    TestedWebhook,
    UpdateWebhook,
)
from app.services.webhooks.outgoing import Outgoing
from app.services.webhooks.tries import Tries
from app.services.writes import Write, run_write

Parsed = TypeVar("Parsed")
Answer = TypeVar("Answer")

MOST_ATTEMPTS: Final = 500


@dataclass(frozen=True, slots=True)
class _ParsedCreate:
    company_id: str
    url: str = field(repr=False)
    types: EventTypes
    given_secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class _ParsedUpdate:
    id: str
    url: str | None = field(repr=False)
    types: EventTypes | None


@dataclass(frozen=True, slots=True)
class _ParsedRotation:
    id: str
    given_secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class _ParsedReplay:
    id: str
    after: FeedPosition


@dataclass(frozen=True, slots=True)
class WebhookService:
    """Write and read webhooks. Whoever sets where changes are sent must be able to read them.

    ``woken`` is called after each write: the sender of this process need not wait for its next
    look. A secret is stored, for it signs, and answered only to who has just made or brought it.
    """

    database: Database
    clock: Callable[[], datetime]
    most_webhooks: int
    events: AccessEvents
    rules: ReachRules
    outgoing: Outgoing
    woken: Callable[[], None]
    tries: Tries = field(default_factory=Tries)

    async def list_of(self, caller: Caller, company_id: str) -> list[Webhook]:
        """Return the webhooks of a company, oldest first; none of a foreign company."""
        caller.require(Permission.MANAGE_WEBHOOKS)
        if not caller.sees(company_id):
            return []
        async with self.database.reading() as connection:
            return await stored.webhooks_of(connection, frozenset([company_id]))

    async def by_company(self, caller: Caller) -> list[tuple[Company, list[Webhook]]]:
        """Return the webhooks of each of the caller's companies that has any, by its name."""
        caller.require(Permission.MANAGE_WEBHOOKS)
        async with self.database.reading() as connection:
            found = await stored.webhooks_of(connection, caller.companies)
            ids = {each.company_id for each in found}
            companies = await COMPANIES.find_many(connection, caller.companies, ids)
        by_name = sorted(companies.values(), key=lambda each: (each.name, each.id))
        return [
            (company, [each for each in found if each.company_id == company.id])
            for company in by_name
        ]

    async def find_many(self, caller: Caller, ids: Collection[str]) -> dict[str, Webhook]:
        """Return the webhooks by id, as far as the caller manages them."""
        if not caller.may(Permission.MANAGE_WEBHOOKS):
            return {}
        async with self.database.reading() as connection:
            return await stored.find_webhooks(connection, caller.companies, ids)

    async def last_attempts(
        self, caller: Caller, ids: Collection[str], most: int, before: datetime | None
    ) -> dict[str, list[Attempt]]:
        """Return the last attempts of webhooks that the caller was shown, latest first."""
        caller.require(Permission.MANAGE_WEBHOOKS)
        if not 1 <= most <= MOST_ATTEMPTS:
            msg = f"A list of attempts has 1 to {MOST_ATTEMPTS} of them."
            raise InvalidValue(msg, ("first",))
        async with self.database.reading() as connection:
            return await stored.last_attempts(connection, ids, most, before)

    async def create(self, caller: Caller, command: CreateWebhook) -> IssuedWebhook:
        """Make a webhook that is told of what comes from now on, or raise Refused."""
        _require_reading(caller)
        request = KeyedRequest(
            caller, "createWebhook", command.idempotency_key, self._read_create(command)
        )

        async def create(write: Write[_ParsedCreate], secret: str) -> Webhook:
            connection, asked = write.connection, write.asked
            if not await COMPANIES.find_many(connection, caller.companies, [asked.company_id]):
                raise NotFound(Kind.COMPANY.words, ("company_id",))
            await self._refuse_more(connection, asked.company_id)
            webhook = Webhook(
                id=str(uuid4()),
                company_id=asked.company_id,
                url=asked.url,
                types=asked.types,
                created_at=write.now,
                passed=await last_number(connection, asked.company_id),
            )
            await store.add_webhook(connection, webhook, SigningSecrets(secret))
            await self._record(connection, caller, AccessEventKind.WEBHOOK_CREATED, webhook)
            return webhook

        return await self._issue(request, request.parsed.given_secret, create)

    async def update(self, caller: Caller, command: UpdateWebhook) -> Webhook:
        """Give a webhook another address or other types; it is tried anew, at once."""
        _require_reading(caller)
        request = KeyedRequest(
            caller, "updateWebhook", command.idempotency_key, self._read_update(command)
        )

        async def update(write: Write[_ParsedUpdate]) -> Webhook:
            asked, before = write.asked, await _get(write, write.asked.id)
            url = before.url if asked.url is None else asked.url
            after = before.changed(url=url, types=asked.types or before.types)
            return await self._store(write, AccessEventKind.WEBHOOK_UPDATED, after)

        return await self._write(request, Webhook, update)

    async def rotate(self, caller: Caller, command: RotateSecret) -> IssuedWebhook:
        """Give a webhook a new secret; the one before signs as well for another day."""
        caller.require(Permission.MANAGE_WEBHOOKS)
        refusals = Refusals()
        id_ = _read_id(command.id, refusals)
        secret = _read_given(command.secret, refusals)
        refusals.raise_any()
        request = KeyedRequest(
            caller,
            "rotateWebhookSecret",
            command.idempotency_key,
            _ParsedRotation(id_, secret),
        )

        async def rotate(write: Write[_ParsedRotation], secret: str) -> Webhook:
            before = await _get(write, write.asked.id)
            signing = await stored.find_signing(write.connection, before.id)
            if signing is None:
                raise NotFound(Kind.WEBHOOK.words, ("id",))
            secrets = signing.secrets.rotated(secret, write.now)
            after = replace(before, revision=before.revision + 1, rotated_at=write.now)
            return await self._store(write, AccessEventKind.WEBHOOK_ROTATED, after, secrets)

        return await self._issue(request, secret, rotate)

    async def replay(self, caller: Caller, command: ReplayWebhook) -> Webhook:
        """Have a webhook told again of what came after a change, under the same ids."""
        _require_reading(caller)
        refusals = Refusals()
        id_ = _read_id(command.id, refusals)
        after = FeedPosition(0)
        with refusals.collecting():
            after = read_place(command.after)
        refusals.raise_any()

        async def replay(write: Write[_ParsedReplay]) -> Webhook:
            before, after = await _get(write, write.asked.id), write.asked.after
            state = await feed_state(write.connection, before.company_id)
            refuse_place_unless_in(after, state)
            behind = before.passed + before.behind - after.sequence
            webhook = replace(before.changed(passed=after.sequence), behind=behind)
            return await self._store(write, AccessEventKind.WEBHOOK_REPLAYED, webhook)

        parsed = _ParsedReplay(id_, after)
        request = KeyedRequest(caller, "replayWebhook", command.idempotency_key, parsed)
        return await self._write(request, Webhook, replay)

    async def enable(self, caller: Caller, command: ChangeWebhook) -> Webhook:
        """Let a disabled webhook go on from where it stopped, or a failing one try at once."""
        _require_reading(caller)

        async def enable(write: Write[str]) -> Webhook:
            after = (await _get(write, write.asked)).enabled()
            return await self._store(write, AccessEventKind.WEBHOOK_ENABLED, after)

        request = _read_change(caller, "enableWebhook", command)
        return await self._write(request, Webhook, enable)

    async def delete(self, caller: Caller, command: ChangeWebhook) -> DeletedWebhook:
        """Delete a webhook, and the list of what was sent."""
        caller.require(Permission.MANAGE_WEBHOOKS)

        async def delete(write: Write[str]) -> DeletedWebhook:
            webhook = await _get(write, write.asked)
            await store.remove_webhook(write.connection, webhook.id)
            kind = AccessEventKind.WEBHOOK_DELETED
            await self._record(write.connection, caller, kind, webhook)
            return DeletedWebhook(webhook.id)

        request = _read_change(caller, "deleteWebhook", command)
        return await self._write(request, DeletedWebhook, delete)

    async def test(self, caller: Caller, id_text: str) -> TestedWebhook:
        """Send a message that tells of nothing, at once, and return what became of it.

        Also to a webhook that is disabled. It changes nothing but the list of attempts. Raises Busy
        while the company tries another one, or many companies do.
        """
        caller.require(Permission.MANAGE_WEBHOOKS)
        refusals = Refusals()
        id_ = _read_id(id_text, refusals)
        refusals.raise_any()
        async with self.database.reading() as connection:
            signing = await stored.find_signing(connection, id_)
        if signing is None or not caller.sees(signing.webhook.company_id):
            raise NotFound(Kind.WEBHOOK.words, ("id",))
        webhook, now = signing.webhook, self.clock()
        sender = Sender(webhook.id, webhook.company_id, signing.generation)
        message = sender.of_test(uuid4().hex, now)
        headers = signed_headers(message, signing.secrets, now)
        with self.tries.one_of(webhook.company_id):
            answer = await self.outgoing.post(webhook.url, headers, message.body)
        attempt = Attempt(webhook.id, message.id, message.type, now, answer)
        async with self.database.writing() as connection:
            await store.lock_webhook(connection, id_)
            if await stored.find_webhooks(connection, None, [id_]):
                await store.add_attempt(connection, attempt)
        return TestedWebhook(webhook, attempt)

    def _read_create(self, command: CreateWebhook) -> _ParsedCreate:
        refusals = Refusals()
        company_id, types = "", EventTypes(())
        with refusals.collecting("company_id"):
            company_id = read_text_id(Kind.COMPANY, command.company_id)
        with refusals.collecting("url"):
            read_webhook_url(command.url, self.rules)
        with refusals.collecting():
            types = EventTypes.read(command.types)
        secret = _read_given(command.secret, refusals)
        refusals.raise_any()
        return _ParsedCreate(company_id, command.url, types, secret)

    def _read_update(self, command: UpdateWebhook) -> _ParsedUpdate:
        refusals, types = Refusals(), None
        id_ = _read_id(command.id, refusals)
        if command.url is not None:
            with refusals.collecting("url"):
                read_webhook_url(command.url, self.rules)
        if command.types is not None:
            with refusals.collecting():
                types = EventTypes.read(command.types)
        refusals.raise_any()
        return _ParsedUpdate(id_, command.url, types)

    async def _refuse_more(self, connection: Transaction, company_id: str) -> None:
        """Refuse a webhook beyond those that its company may have."""
        await store.lock_webhooks_of_company(connection, company_id)
        if await stored.count_webhooks(connection, company_id) >= self.most_webhooks:
            msg = (
                f"The company has {self.most_webhooks} webhooks, as many as it may have: delete "
                "those that nobody needs."
            )
            raise TooManyItems(msg, ("company_id",))

    async def _store(
        self,
        write: Write[Parsed],
        kind: AccessEventKind,
        webhook: Webhook,
        secrets: SigningSecrets | None = None,
    ) -> Webhook:
        await store.change_webhook(write.connection, webhook, secrets)
        await self._record(write.connection, write.caller, kind, webhook)
        return webhook

    async def _record(
        self, connection: Transaction, caller: Caller, kind: AccessEventKind, webhook: Webhook
    ) -> None:
        details = {"webhookId": node_id(Kind.WEBHOOK, webhook.id), "host": self._host(webhook)}
        event = self.events.event_of(caller, kind, company_id=webhook.company_id, details=details)
        await self.events.record(connection, event)

    def _host(self, webhook: Webhook) -> str | None:
        """Return where messages go; no more of the URL, in which there may be a secret."""
        try:
            return read_webhook_url(webhook.url, self.rules).host
        except InvalidValue:  # as the operator has it now
            return None

    async def _issue(
        self,
        request: KeyedRequest[Parsed],
        given: str | None,
        do: Callable[[Write[Parsed], str], Awaitable[Webhook]],
    ) -> IssuedWebhook:
        """Do it once with a secret, which is answered this once: a key that came has none."""
        issued: list[str] = []

        async def do_with_secret(write: Write[Parsed]) -> Webhook:
            secret = given or new_secret()
            webhook = await do(write, secret)
            issued.append(secret)
            return webhook

        webhook = await self._write(request, Webhook, do_with_secret)
        return IssuedWebhook(webhook, issued[0] if issued else None)

    async def _write(
        self,
        request: KeyedRequest[Parsed],
        answer_type: type[Answer],
        do: Callable[[Write[Parsed]], Awaitable[Answer]],
    ) -> Answer:
        answer = await run_write(self, request, answer_type, do)
        self.woken()
        return answer


def _require_reading(caller: Caller) -> None:
    """Raise NotPermitted unless the caller manages webhooks and may read what they tell."""
    caller.require(Permission.MANAGE_WEBHOOKS)
    caller.require(Permission.READ_CHANGES)


def _read_id(text: str, refusals: Refusals) -> str:
    with refusals.collecting("id"):
        return read_text_id(Kind.WEBHOOK, text)
    return ""


def _read_given(text: str | None, refusals: Refusals) -> str | None:
    if text is None:
        return None
    with refusals.collecting("secret"):
        return read_secret(text)
    return None


def _read_change(caller: Caller, operation: str, command: ChangeWebhook) -> KeyedRequest[str]:
    refusals = Refusals()
    id_ = _read_id(command.id, refusals)
    refusals.raise_any()
    return KeyedRequest(caller, operation, command.idempotency_key, id_)


async def _get(write: Write[Parsed], id_: str) -> Webhook:
    """Return the webhook as it is while nobody else writes it, or raise NotFound."""
    await store.lock_webhook(write.connection, id_)
    found = await stored.find_webhooks(write.connection, write.caller.companies, [id_])
    if id_ not in found:
        raise NotFound(Kind.WEBHOOK.words, ("id",))
    return found[id_]
