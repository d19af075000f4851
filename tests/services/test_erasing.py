"""Erasing somebody: nothing that names them is left in any column, and their hours stay (4.7)."""

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, select, update
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel, col

from app.clock import now
from app.db.connections.database import Database
from app.db.reading import deliveries as outbox
from app.db.schema import tables
from app.db.writing import deliveries, flows, sync
from app.db.writing.changes import record_changes
from app.db.writing.erasure import text_columns
from app.db.writing.statements import insert_all
from app.db.writing.sync_people import follow_people
from app.domain.access import CallerKind, Via
from app.domain.actors import Actor, Origin
from app.domain.changes import Change, ChangeOperation
from app.domain.days import DaySpan
from app.domain.durations import HOUR
from app.domain.erasure import REMOVED
from app.domain.identifiers import Kind
from app.domain.mirror import SpanPlan
from app.domain.sync.conflicts import SyncConflict, SyncConflictKind
from app.domain.sync.deliveries import (
    DeliveryAttempt,
    DeliveryCode,
    DeliveryOperation,
    record_key,
)
from app.domain.sync.flows import Flow, SyncFlow
from app.domain.sync.mirrored import MirroredRecord
from app.domain.sync.remote import BaseRecord, RemoteProblem
from app.domain.sync.runs import RunKind, SyncRun
from app.domain.sync.upstreams import Upstream, UpstreamApi
from tests.builders import (
    COMPANY,
    FRIDAY,
    MONDAY,
    OTHER_PERSON,
    PERSON,
    THURSDAY,
    TUESDAY,
    company,
    entry,
    holiday,
    node_id,
    person,
    reference,
    role,
    user,
    uuid,
    workweek,
)
from tests.graphql.api import api, put, put_entries, put_person_time_off, rows_of

NAME, EMAIL, SECRET = "Quetzal Canárias", "quetzal.canary@example.com", "appendix"
FORMER_NAME, FORMER_EMAIL = "Quetzal Vireo", "vireo@example.com"
CANARIES = ("canary", "canárias", "vireo", SECRET)
"""No column may hold one, in letters of any case."""

NAMED = f"for {NAME}, once {FORMER_NAME}: {EMAIL.upper()} or {FORMER_EMAIL}"

NO_WORDS = {
    # Ids, hashes, secrets and instants.
    "access_sessions": "secret_hash role permissions companies worker_company_id worker_person_id "
    "credential kind",
    "access_tokens": "id secret_hash previous_hash role added taken companies worker_id",
    "id_counters": "name",
    "idempotency_keys": "fingerprint",
    "access_events": "kind actor_kind via",
    "calendar_feeds": "worker_id role_ids secret_hash",
    "change_counters": "generation",
    "change_origins": "actor_kind via",
    "changes": "operation subject_type subject_key",
    "people": "status",
    "webhooks": "types disabled_reason secret previous_secret",
    "person_time_offs": "repeat instance_ids exceptions",
    "webhook_attempts": "message_id type outcome",
    "discrepancy_acknowledgements": "kind fingerprint actor_kind",
    "workers": "id",
    "external_references": "status",
    "upstreams": "api account_key direction conflict_policy state state_reason wanted "
    "credential_hint credentials cursors budget base_url",
    "remote_records": "key local_key remote_id content",
    "sync_runs": "kind state checkpoint",
    "sync_problems": "remote_id code",
    "swept_people": "digests",
    "sync_flows": "flow settled_after reason batch_start_time",
    "mirrored_records": "plan",
    "flow_problems": "key code",
    "deliveries": "key state code",
    "delivery_attempts": "key operation sent before outcome words",
    "sync_conflicts": "key kind ours theirs base kept",
}
"""Columns in which nobody can be named. Whoever adds one of text adds it here, or erases it."""

DIRECTORY = {"users", "people", "workers"}
"""Rows of theirs are written by the API below; rows of others only have e-mails planted."""
NAMES_OF_OTHERS = {"companies": "name", "roles": "name", "holidays": "name"}

ERASE = """
mutation Erase($input: ErasePersonInput!) {
  erasePerson(input: $input) {
    worker { fullName email user { fullName headline } person { firstName lastName jobTitle } }
    erased { directory reasons messages changes answers sessions tokens feeds texts }
    remains
    userErrors { code path }
  }
}
"""
HOURS = f"""
{{
  schedule(filter: {{companyId: "{COMPANY}"}}, from: "{MONDAY}", to: "{FRIDAY}") {{
    nodes {{ worker {{ id }} days {{ date hoursOff contributions {{ hours }} }} }}
  }}
}}
"""


@pytest.fixture
def beginnings():
    return {}


async def begin(ask, database):
    """Somebody known to both systems, with something in every table, and a colleague."""
    await put(ask, companies=[company()], roles=[role()], holidays=[holiday()])
    await put(
        ask,
        users=[
            user(fullName=FORMER_NAME, emailAddress=FORMER_EMAIL),
            user(sourceId="2", fullName="Ada Lovelace", emailAddress="ada@example.com"),
        ],
    )
    await put(
        ask,
        users=[user(fullName=NAME, emailAddress=EMAIL, headline=f"{SECRET} nurse", roleId="5")],
        people=[
            person(
                firstName="Quetzal", lastName="Canárias", email=EMAIL.title(), jobTitle=SECRET,
                employeeNumber=SECRET,
            ),
            person(sourceId=OTHER_PERSON, firstName="Grace", lastName="Hopper"),
        ],
        workweeks=[workweek(userId="1")],
    )  # fmt: skip
    message = reference(externalMessage=f"{SECRET} of {NAME}", externalLink=f"mailto:{EMAIL}")
    await put_entries(
        ask,
        entry(externalReference=message),
        entry(userId="2", requestedDate=TUESDAY, externalReference=reference()),
    )
    gone = await put_entries(
        ask, entry(requestedDate=FRIDAY, externalReference=message | {"serviceModelRef": "8"})
    )
    await ask(
        f'mutation {{ deleteTimeOffEntries(input: {{ids: ["{gone[0]}"]}}) {{ deletedIds }} }}'
    )
    await put_person_time_off(ask, reason=SECRET, startDay=THURSDAY, endDay=THURSDAY)
    deleted = await put_person_time_off(ask, reason=SECRET, startDay=FRIDAY, endDay=FRIDAY)
    await ask(
        f'mutation {{ deletePersonTimeOff(input: {{id: "{deleted}"}}) {{ days {{ date }} }} }}'
    )
    await put_person_time_off(ask, personId=OTHER_PERSON, reason=f"I stand in {NAMED}")
    worker = node_id("Worker", "U1")
    for document in (
        f'createCalendarFeed(input: {{workerId: "{worker}"}})',
        f'createCalendarFeed(input: {{companyId: "{COMPANY}", name: "feed {NAMED}"}})',
        f'createApiToken(input: {{name: "own", role: EMPLOYEE, workerId: "{worker}"}})',
        f'createApiToken(input: {{name: "script {NAMED}", role: VIEWER}})',
        f'createWebhook(input: {{companyId: "{COMPANY}", url: "https://x.io/", types: ["*"]}})',
        f'acknowledgeDiscrepancy(input: {{days: [{{workerId: "{worker}", date: "{MONDAY}"}}]}})',
    ):
        answer = await ask(f"mutation {{ answer: {document} {{ userErrors {{ code path }} }} }}")
        assert answer["data"]["answer"]["userErrors"] == [], answer
    await _add_rows(database)
    return worker


async def _add_rows(database):
    """What the API has no way to make at will: a session, what its actor did, an attempt."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    actor = Actor(CallerKind.OIDC, f"oidc:https://id.example:{EMAIL}", NAME)
    session: dict[str, Any] = {
        "id": uuid(1), "secret_hash": "0", "kind": "OIDC", "name": "oidc:https://id.example:7",
        "label": "qc", "role": None, "permissions": [], "companies": None,
        "worker_company_id": COMPANY, "worker_user_id": 1, "worker_person_id": PERSON,
        "credential": "oidc", "expires_at": None, "created_at": at, "last_used_at": at,
        "revoked_at": None,
    }  # fmt: skip
    event = {
        "id": 1_000, "at": at, "kind": "SIGNED_IN", "company_id": COMPANY, "actor_kind": "OIDC",
        "actor": "oidc:https://id.example:7", "actor_label": "qc", "peer": "192.0.2.1",
        "via": "PAGE", "request_id": "r", "times": 1, "details": {"of": EMAIL},
    }  # fmt: skip
    key = {
        "caller": "oidc:https://id.example:7", "operation": "mirrorTimeOffEntries",
        "key": f"{EMAIL} 7", "fingerprint": "0", "created_at": now(),
        "answer": {"records": [{"person_id": PERSON, "reason": SECRET}], "note": NAMED},
    }  # fmt: skip
    upstream = Upstream(uuid(4), COMPANY, UpstreamApi.KANTATA_OX, "https://api.example/", at)
    base = BaseRecord(f"K:1:{MONDAY}", "1", "71", at.date(), {"seconds": 14_400, "references": {}})
    problem = RemoteProblem("72", "UNREADABLE", "It has no day.", 1, at.date())
    async with database.writing() as connection:
        await sync.add_upstream(connection, upstream, "sealed")
        await sync.keep_bases(connection, upstream.id, [base])
        await follow_people(connection, upstream.id, COMPANY, [PERSON], has_everybody=True)
        await sync.keep_problems(connection, upstream.id, [problem], at)
        day = {"seconds": 14_400, "references": {}}
        sent = DeliveryAttempt(
            uuid(6), upstream.id, base.key, 1, DeliveryOperation.CREATE, day, None, at, at
        )
        conflict = SyncConflict(
            uuid(7), upstream.id, base.key, SyncConflictKind.BOTH_CHANGED, day, None, day, at
        )
        await deliveries.make_sure(connection, upstream.id, [base.key], at)
        due = (await outbox.deliveries_of(connection, upstream.id, [base.key]))[base.key]
        blocked = due.blocked(DeliveryCode.REFUSED, "It was refused.")
        await deliveries.change_delivery(connection, blocked)
        await deliveries.journal(connection, sent)
        await deliveries.add_conflicts(connection, [replace(conflict, decided_by="somebody")])
        await flows.keep_flow(connection, Flow(COMPANY, SyncFlow.PROCORE_TO_KANTATA, 0))
        told = ("NOT_CONVERTIBLE", "The person is not known to Kantata OX.")
        await flows.keep_problem(connection, COMPANY, record_key(PERSON, uuid(8)), told, at)
        span = SpanPlan(
            DaySpan(at.date(), at.date()),
            rule=None,
            seconds=HOUR,
            apply_to_saturday=False,
            apply_to_sunday=False,
        )
        await flows.keep_mirrored(connection, [MirroredRecord(uuid(8), COMPANY, PERSON, 1, span)])
        run = SyncRun(uuid(5), upstream.id, RunKind.FULL, at, message="It did not answer.")
        await sync.add_run(connection, run)
        change = Change(COMPANY, ChangeOperation.UPDATED, Kind.ENTRY, 1, None, {"by": NAMED})
        await record_changes(connection, Origin(actor, Via.GRAPHQL, NAMED), at, [change])
        await insert_all(connection, tables.AccessSessionRow, [session])
        await insert_all(connection, tables.AccessSessionRow, [
            session | {"id": uuid(2), "secret_hash": "1", "worker_user_id": 2,
                       "worker_person_id": None, "name": "ada", "label": NAMED},
        ])  # fmt: skip
        await insert_all(connection, tables.AccessEventRow, [event])
        alike = key | {"key": f"{EMAIL.upper()} 7", "answer": None}
        await insert_all(connection, tables.IdempotencyKeyRow, [key, alike])
        webhook = (await connection.execute(select(col(tables.WebhookRow.id)))).scalar_one()
        attempt = {
            "id": uuid(3), "webhook_id": webhook, "message_id": "m", "type": "t", "at": at,
            "outcome": "DELIVERED", "status": 200, "milliseconds": 1, "answer": "",
        }  # fmt: skip
        await insert_all(connection, tables.WebhookAttemptRow, [attempt])


async def _plant(database):
    """Write who it is into every column of text that no list excuses; return those columns."""
    planted = set()
    async with database.writing() as connection:
        for table in SQLModel.metadata.sorted_tables:
            excused = NO_WORDS.get(table.name, "").split()
            columns = [each for each in text_columns(table) if each.name not in excused]
            planted |= {(table.name, each.name) for each in columns}
            if table.name in DIRECTORY:
                continue
            for column in columns:
                if isinstance(column.type, JSON):
                    continue
                if column.name != NAMES_OF_OTHERS.get(table.name, column.name):
                    continue
                words = f" {EMAIL}" if table.name in NAMES_OF_OTHERS else f" {NAMED}"
                await connection.execute(update(table).values({column.name: column + words}))
    return planted


def canaries_in(rows):
    return [
        (name, canary)
        for name, of_table in rows.items()
        for row in of_table
        for canary in CANARIES
        if canary in json.dumps(row, default=str, ensure_ascii=False).lower()
        or canary in str(row).lower()
    ]


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


@pytest.mark.rule("4.7")
async def test_no_column_of_any_table_names_them_and_their_hours_stay(database_url, database):
    async with api(database_url) as ask:
        worker = await begin(ask, database)
        before = await hours_of_workers(ask)
        assert len(before) == len(("the erased", "Ada", "Grace"))
        planted = await _plant(database)
        tables_with_canaries = {name for name, _ in canaries_in(await rows_of(database_url))}
        assert tables_with_canaries >= {name for name, _ in planted} - {"workers"}

        tried = await ask(ERASE, input={"workerId": worker, "dryRun": True})
        assert canaries_in(await rows_of(database_url))
        done = await ask(ERASE, input={"workerId": worker})

        assert canaries_in(await rows_of(database_url)) == []
        payload = done["data"]["erasePerson"]
        assert payload["erased"] == tried["data"]["erasePerson"]["erased"]
        assert payload["worker"] == {
            "fullName": "Erased 1",
            "email": None,
            "user": {"fullName": "Erased 1", "headline": None},
            "person": {"firstName": "Erased", "lastName": "1", "jobTitle": None},
        }
        counts = payload["erased"]
        texts = counts.pop("texts")
        assert counts == {
            "directory": 2, "reasons": 2, "messages": 1, "changes": 6, "answers": 1,
            "sessions": 1, "tokens": 1, "feeds": 1,
        }  # fmt: skip
        assert texts > len(tables_with_canaries) / 2
        assert await hours_of_workers(ask) == before

        again = await ask(ERASE, input={"workerId": worker})
        assert set(again["data"]["erasePerson"]["erased"].values()) == {0}
        assert again["data"]["erasePerson"]["remains"] == payload["remains"]


async def hours_of_workers(ask):
    """The days of each worker by its id: the order is that of names, which change."""
    told = await ask(HOURS)
    return {each["worker"]["id"]: each["days"] for each in told["data"]["schedule"]["nodes"]}


async def _events(database) -> list[Any]:
    row = tables.AccessEventRow
    async with database.reading() as connection:
        found = await connection.execute(
            select(col(row.actor), col(row.details)).where(col(row.kind) == "PERSON_ERASED")
        )
        return list(found.all())


@pytest.mark.rule("4.7")
async def test_the_audit_says_who_erased_whom_once_and_without_a_name(database_url, database):
    async with api(database_url) as ask:
        await put(ask, companies=[company()], users=[user(fullName=NAME, emailAddress=EMAIL)])
        for _ in range(2):
            await ask(ERASE, input={"workerId": node_id("Worker", "U1")})

    [(actor, details)] = await _events(database)
    assert (actor, details["workerId"]) == ("local", node_id("Worker", "U1"))
    assert details["directory"] == 1
    assert "uetzal" not in str(details)


@pytest.mark.rule("4.7")
async def test_a_namesake_and_whoever_shares_the_e_mail_keep_theirs(database_url):
    async with api(database_url) as ask:
        spellings = ("Desk@Example.com", "desk@example.com", "DESK@example.com")
        for each in spellings[:2]:
            await put(ask, companies=[company()], users=[user(emailAddress=each)])
        await put(
            ask,
            companies=[company()],
            users=[
                user(fullName="Ada King", emailAddress=spellings[2]),
                user(sourceId="2", fullName="ada KING", emailAddress="desk@example.com"),
            ],
            people=[person()],
        )
        await put_person_time_off(ask, reason="standing in for Ada King, desk@example.com")
        await ask(ERASE, input={"workerId": node_id("Worker", "U1")})
        told = await ask(
            "{ users { nodes { fullName emailAddress } } personTimeOffs { nodes { reason } } }"
        )

    assert told["data"] == {
        "users": {
            "nodes": [
                {"fullName": "ada KING", "emailAddress": "desk@example.com"},
                {"fullName": "Erased 1", "emailAddress": None},
            ]
        },
        "personTimeOffs": {"nodes": [{"reason": "standing in for Ada King, desk@example.com"}]},
    }


@pytest.mark.parametrize(
    ("worker", "code"),
    [("unknown", "INVALID_VALUE"), (node_id("Worker", "U404"), "NOT_FOUND")],
)
async def test_nobody_unknown_is_erased(database_url, worker, code):
    async with api(database_url) as ask:
        answer = await ask(ERASE, input={"workerId": worker})

    assert answer["data"]["erasePerson"]["userErrors"] == [{"code": code, "path": ["workerId"]}]


@pytest.mark.only_on("sqlite")
@pytest.mark.rule("4.7")
async def test_the_bytes_are_neither_in_the_file_nor_in_its_log(database_url, database):
    path = Path(make_url(database_url).database or "")
    async with api(database_url) as ask:
        await put(
            ask,
            companies=[company()],
            users=[user(sourceId=str(each), fullName=f"U {each}") for each in range(2, 200)],
            people=[person(firstName="Quetzal", lastName="Canárias", email=EMAIL)],
        )
        for number in range(20):
            await put_person_time_off(ask, reason=f"{SECRET} {number} {'x' * 1900}")
        files = [*path.parent.glob(path.name + "*")]
        assert any(SECRET.encode() in each.read_bytes() for each in files)

        await ask(ERASE, input={"workerId": node_id("Worker", f"P{PERSON}")})

        # The server goes on: what is looked at is what a thief would copy.
        for file in path.parent.glob(path.name + "*"):
            content = file.read_bytes().lower()
            assert [each for each in CANARIES if each.encode() in content] == [], file
        assert (await ask(f'{{ person(id: "{PERSON}") {{ lastName }} }}'))["data"]["person"]


@pytest.mark.only_on("sqlite")
async def test_a_file_in_use_is_told_and_erased_by_the_next_time(database_url, monkeypatch):
    path = Path(make_url(database_url).database or "")
    monkeypatch.setattr("app.db.connections.overwriting.BUSY_SECONDS", 0)
    async with api(database_url) as ask:
        await put(ask, companies=[company()], users=[user(fullName=NAME)])
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM users").fetchone()
        worker = {"workerId": node_id("Worker", "U1")}
        first = (await ask(ERASE, input=worker))["data"]["erasePerson"]["remains"]
        reader.close()
        second = (await ask(ERASE, input=worker))["data"]["erasePerson"]["remains"]

    assert first[0].startswith("The database's file still has the bytes")
    assert first[1:] == second


@pytest.mark.rule("4.7")
async def test_reasons_read_as_removed_and_the_feed_says_that_something_changed(database_url):
    async with api(database_url) as ask:
        await put(ask, companies=[company()], people=[person()])
        id_ = await put_person_time_off(ask, reason=SECRET)
        record = node_id("PersonTimeOff", id_)
        seen = await ask(f'{{ personTimeOff(id: "{id_}") {{ reason updatedAt }} }}')
        await ask(ERASE, input={"workerId": node_id("Worker", f"P{PERSON}")})
        now_ = await ask(f'{{ personTimeOff(id: "{id_}") {{ reason updatedAt }} }}')
        feed = await ask(
            f'{{ changes(companyId: "{COMPANY}", filter: {{subjectId: "{record}"}}) '
            "{ nodes { operation before after } } }"
        )

    assert seen["data"]["personTimeOff"]["reason"] == SECRET
    assert now_["data"]["personTimeOff"]["reason"] == REMOVED
    assert now_["data"]["personTimeOff"]["updatedAt"] > seen["data"]["personTimeOff"]["updatedAt"]
    created, erased = feed["data"]["changes"]["nodes"]
    assert (created["operation"], erased["operation"]) == ("CREATED", "UPDATED")
    assert erased["before"] == erased["after"] == created["after"]
