"""Whoever sees one company alone is given and erases nothing of the others (rule 4.7)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import SQLModel

from app.clock import now
from app.db.connections.database import Database
from app.db.schema import tables
from app.db.writing.changes import record_changes
from app.db.writing.statements import insert_all
from app.domain.access import CallerKind, Via
from app.domain.actors import Actor, Origin
from app.domain.changes import Change, ChangeOperation
from app.domain.identifiers import Kind
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.personal_data.service import PersonalDataService
from tests.builders import COMPANY, OTHER_COMPANY, company, node_id, user, uuid
from tests.callers import caller
from tests.graphql.api import api, put, rows_of

NAME, EMAIL = "Ada King", "ada.king@example.com"
WORKER = node_id("Worker", "U1")
AT = datetime(2026, 3, 2, tzinfo=UTC)
HR = caller("hr", frozenset({COMPANY}), reads_reasons=True)


@pytest.fixture
async def service(database_url):
    database = Database(database_url)
    yield PersonalDataService(database, now, AccessEvents(database, now))
    await database.close()


async def _begin(ask, database):
    """Somebody who acted in two companies, and rows that name her: of each, and of none."""
    await put(
        ask,
        companies=[company(), company(sourceId=OTHER_COMPANY, name=f"Firm of {EMAIL}")],
        users=[user(fullName=NAME, emailAddress=EMAIL)],
    )
    webhook = 'createWebhook(input: {companyId: "%s", url: "https://x.io/", types: ["*"]})'
    for each in (COMPANY, OTHER_COMPANY):
        made = await ask(f"mutation {{ {webhook % each} {{ webhook {{ id }} }} }}")
        assert made["data"]["createWebhook"]["webhook"]
    ids = {row["company_id"]: row["id"] for row in await _rows(database, tables.WebhookRow)}
    actor = Actor(CallerKind.OIDC, "oidc:7", NAME)
    async with database.writing() as connection:
        for number, of in enumerate((COMPANY, OTHER_COMPANY, None)):
            if of:
                change = Change(of, ChangeOperation.UPDATED, Kind.ENTRY, 1, None, {"by": EMAIL})
                await record_changes(connection, Origin(actor, Via.GRAPHQL, ""), AT, [change])
                await insert_all(connection, tables.WebhookAttemptRow, [_attempt(number, ids[of])])
                await insert_all(connection, tables.AccessSessionRow, [_session(number, of)])
            await insert_all(connection, tables.AccessEventRow, [_event(number, of)])
        key = {
            "caller": "oidc:7", "operation": "upsertUsers", "key": "k", "fingerprint": "0",
            "created_at": now(), "answer": {"note": NAME},
        }  # fmt: skip
        await insert_all(connection, tables.IdempotencyKeyRow, [key])


def _attempt(number: int, webhook_id: str) -> dict[str, Any]:
    return {
        "id": uuid(number), "webhook_id": webhook_id, "message_id": "m", "type": "t", "at": AT,
        "outcome": "DELIVERED", "status": 200, "milliseconds": 1, "answer": f"for {NAME}",
    }  # fmt: skip


def _session(number: int, company_id: str) -> dict[str, Any]:
    return {
        "id": uuid(number), "secret_hash": str(number), "kind": "OIDC", "label": NAME,
        "name": f"oidc:{number}", "permissions": [], "worker_company_id": company_id,
        "worker_user_id": 404, "credential": "oidc", "created_at": AT, "last_used_at": AT,
    }  # fmt: skip


def _event(number: int, company_id: str | None) -> dict[str, Any]:
    return {
        "id": 1_000 + number, "at": AT, "kind": "SIGNED_IN", "company_id": company_id,
        "actor_kind": "OIDC", "actor": "oidc:7", "actor_label": NAME, "via": "PAGE",
        "request_id": "r", "times": 1,
    }  # fmt: skip


async def _rows(database, table):
    columns = SQLModel.metadata.tables[table.__tablename__].select()
    async with database.reading() as connection:
        return (await connection.execute(columns)).mappings().all()


def _naming(rows, name):
    return [row for row in rows[name] if NAME in str(row) or EMAIL in str(row)]


@pytest.mark.rule("4.7")
async def test_the_actions_of_one_company_are_given_to_who_sees_one(database_url, service):
    async with api(database_url) as ask:
        await _begin(ask, service.database)
        told = await service.of_worker(HR, WORKER)
        of_all = await service.of_worker(LOCAL, WORKER)

    for name in ("changesMade", "accessEvents"):
        assert [each["companyId"] for each in told[name]] == [COMPANY], name
    assert told["idempotencyKeys"] == []
    elsewhere = {each["table"]: each["rows"] for each in told["namedElsewhere"]}
    assert (elsewhere["webhook_attempts"], elsewhere["access_sessions"]) == (1, 1)
    assert "idempotency_keys" not in elsewhere
    assert {each["companyId"] for each in of_all["changesMade"]} == {COMPANY, OTHER_COMPANY}
    assert {each["companyId"] for each in of_all["accessEvents"]} == {COMPANY, OTHER_COMPANY, None}
    assert len(of_all["idempotencyKeys"]) == 1


@pytest.mark.rule("4.7")
async def test_who_sees_one_company_erases_nothing_of_the_other(database_url, service):
    async with api(database_url) as ask:
        await _begin(ask, service.database)
        await service.erase(HR, WORKER)
        left = await rows_of(database_url)

    # What is of no company is erased: afterwards nobody knows any more what to look for.
    counts = {name: len(_naming(left, name)) for name in left if _naming(left, name)}
    one = ("access_events", "access_sessions", "change_origins", "companies", "webhook_attempts")
    # The feed tells of what the company is called, too.
    assert counts == dict.fromkeys(one, 1) | {"changes": 2}


@pytest.mark.rule("4.7")
async def test_who_was_given_whose_data_is_an_event_of_the_company(database_url, service):
    async with api(database_url) as ask:
        await put(ask, companies=[company()], users=[user()])
    assert await service.of_worker(HR, WORKER)
    assert await service.of_worker(HR, node_id("Worker", "U404")) is None
    await service.events.store_noted()

    [event] = await _rows(service.database, tables.AccessEventRow)
    assert (event["kind"], event["actor"], event["company_id"]) == ("EXPORTED", "hr", COMPANY)
    assert event["details"] == {"format": "JSON", "workerId": WORKER}
