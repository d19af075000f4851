"""docs/audit.md names every kind of access event, and what the events really say."""

import re
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date

import pytest
from cryptography.fernet import Fernet

from app.clock import now
from app.db.connections.database import Database
from app.db.reading.deliveries import deliveries_of
from app.db.writing.deliveries import add_conflicts, change_delivery, make_sure
from app.domain.access import AccessRole, Via
from app.domain.access_events import AccessEventFilter, AccessEventKind
from app.domain.days import DaySpan
from app.domain.paging import Order, PageRequest
from app.domain.sync.conflicts import SyncConflict, SyncConflictKind, SyncSide
from app.domain.sync.credentials import Credentials
from app.domain.sync.deliveries import DeliveryCode
from app.domain.sync.flows import SyncFlow
from app.domain.sync.upstreams import SyncDirection, UpstreamApi
from app.domain.webhooks import Answer, Outcome
from app.main import build_services
from app.services.access.sessions import SessionService
from app.services.access.tokens import CreateToken
from app.services.calendar_feeds.service import CreateCalendarFeed
from app.services.caller import LOCAL, Caller
from app.services.directory.items import UpsertItem
from app.services.exporting.request import ExportWish
from app.services.exporting.schedule_csv import ScheduleExport
from app.services.sync.commands import ConnectUpstream, ReplaceCredentials, UpdateUpstream
from app.services.sync.flow_service import SetSyncFlow
from app.services.sync.keys import SyncKeys
from app.services.sync.sealing import Seal
from app.services.webhooks.commands import (
    ChangeWebhook,
    CreateWebhook,
    ReplayWebhook,
    RotateSecret,
    UpdateWebhook,
)
from app.services.webhooks.delivering import Deliveries
from tests.builders import COMPANY, OTHER_COMPANY, node_id, uuid
from tests.guides import DOCS
from tests.services.test_access_sessions import EMPLOYEE

SECTION = re.compile(r"^## What changes no record$(.+?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `([A-Z_]+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
NAME = re.compile(r"`([A-Za-z]+)`")
ALL = PageRequest(Order("NUMBER", descending=True), 500)


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


async def sign_in_and_out(sessions):
    secret = await sessions.begin(EMPLOYEE, "oidc")
    await sessions.end(secret)
    for _ in range(2):
        await sessions.begin(EMPLOYEE, "oidc")
    who = Caller(EMPLOYEE, Via.PAGE)
    one, _ = await sessions.list_own(who)
    await sessions.revoke(who, one.id)
    await sessions.revoke_all(who)


async def make_rotate_revoke(tokens):
    issued = await tokens.create(LOCAL, CreateToken("sync", AccessRole.INTEGRATION))
    await tokens.rotate(LOCAL, issued.token.id)
    await tokens.revoke(LOCAL, issued.token.id)


async def read_feed(services):
    await services.directory.upsert_companies(
        LOCAL, [UpsertItem({"source_id": COMPANY, "name": "Ours"})]
    )
    feed = await services.calendar_feeds.create(LOCAL, CreateCalendarFeed(company_id=COMPANY))
    await services.calendar_feeds.read(feed.secret)


async def use_webhook(services, database):
    webhooks = services.webhooks
    wish = CreateWebhook(COMPANY, "https://hooks.example.com/", ["*"])
    webhook = (await webhooks.create(LOCAL, wish)).webhook
    id_ = node_id("Webhook", webhook.id)
    await webhooks.update(LOCAL, UpdateWebhook(id_, types=["user.*"]))
    await webhooks.rotate(LOCAL, RotateSecret(id_))
    await webhooks.replay(LOCAL, ReplayWebhook(id_, "0"))
    await webhooks.enable(LOCAL, ChangeWebhook(id_))
    await webhooks.delete(LOCAL, ChangeWebhook(id_))
    gone = webhook.not_heard(Answer(Outcome.GONE, 1, 410), now(), 0)
    client, feed, events = webhooks.outgoing, services.changes, services.access_events
    deliveries = Deliveries(database, feed, client, events, now, lambda: 0.0)
    async with database.writing() as connection:
        await deliveries.disabled(connection, gone, now())


class Account:
    """An account of a vendor, which opens for everybody."""

    @asynccontextmanager
    async def open(self, _upstream, _credentials):
        yield self

    async def account(self):
        return "1"


async def connect_and_disconnect(services):
    seal = Seal(SyncKeys([Fernet.generate_key().decode()]))
    upstreams = replace(services.upstreams, vendors=Account(), seal=seal)
    token = Credentials("token")
    wish = ConnectUpstream(COMPANY, UpstreamApi.KANTATA_OX, token)
    connected = await upstreams.connect(LOCAL, wish)
    id_ = node_id("Upstream", connected.id)
    await upstreams.update(LOCAL, UpdateUpstream(id_, days_back=30))
    await upstreams.replace_credentials(LOCAL, ReplaceCredentials(id_, token))
    await decide(services, connected.id)
    await upstreams.update(LOCAL, UpdateUpstream(id_, direction=SyncDirection.TWO_WAY))
    await services.flows.set(LOCAL, SetSyncFlow(COMPANY, SyncFlow.PROCORE_TO_KANTATA))
    await upstreams.pause(LOCAL, id_)
    await upstreams.resume(LOCAL, id_)
    await upstreams.disconnect(LOCAL, id_)


async def decide(services, upstream_id):
    outbox, key, four = services.outbox, "K:1:2026-03-02", {"seconds": 14_400, "references": {}}
    conflict = SyncConflict(
        uuid(8), upstream_id, key, SyncConflictKind.BOTH_CHANGED, four, four, four, now()
    )
    async with outbox.database.writing() as connection:
        await make_sure(connection, upstream_id, [key], now())
        await add_conflicts(connection, [conflict])
    for decision in (outbox.retry, outbox.give_up):
        async with outbox.database.writing() as connection:
            waiting = (await deliveries_of(connection, upstream_id, [key]))[key]
            await change_delivery(connection, waiting.blocked(DeliveryCode.REFUSED, "No."))
        await decision(LOCAL, [node_id("Delivery", waiting.id)])
    await outbox.resolve(LOCAL, node_id("SyncConflict", conflict.id), SyncSide.VENDOR)


async def export(services):
    exporting = ScheduleExport(services.schedule, services.catalogue, services.access_events)
    day = date(2026, 11, 2)
    async for _ in exporting.portions(LOCAL, ExportWish(DaySpan(day, day))):
        pass


def said_of(event):
    who = frozenset(name for name in ("actor", "peer") if getattr(event, name) is not None)
    return who, frozenset(event.details)


async def test_the_table_of_events_is_what_the_code_records(database):
    services = build_services(database)
    events = services.access_events
    await sign_in_and_out(SessionService(database, now, events))
    await make_rotate_revoke(services.tokens)
    await read_feed(services)
    await use_webhook(services, database)
    await connect_and_disconnect(services)
    await export(services)
    ada = UpsertItem({"source_id": "1", "company_id": COMPANY, "full_name": "Ada"})
    await services.directory.upsert_users(LOCAL, [ada])
    await services.personal_data.of_worker(LOCAL, node_id("Worker", "U1"))
    other = UpsertItem({"source_id": OTHER_COMPANY, "name": "Theirs"})
    await services.directory.upsert_companies(LOCAL, [other])
    await services.moving.move(LOCAL, node_id("Worker", "U1"), OTHER_COMPANY)
    await services.personal_data.erase(LOCAL, node_id("Worker", "U1"))
    events.note_refused("192.0.2.7", Via.GRAPHQL, "")
    await events.store_noted()
    recorded = (await events.page(LOCAL, AccessEventFilter(), ALL)).items

    (section,) = SECTION.findall((DOCS / "audit.md").read_text("utf-8"))
    told = {
        (kind, frozenset(NAME.findall(who)), frozenset(NAME.findall(details)))
        for kind, who, details in ROW.findall(section)
    }

    assert {kind for kind, *_ in told} == {kind.value for kind in AccessEventKind}
    restored = {each for each in told if each[0] == AccessEventKind.RESTORED.value}
    assert restored == {("RESTORED", frozenset({"actor"}), frozenset({"asOf"}))}  # tests/copying
    assert {(each.kind.value, *said_of(each)) for each in recorded} == told - restored
