"""Connected systems in GraphQL: a real server reads a second one that stands in for Kantata."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.db.connections.database import Database
from app.db.writing import sync as kept
from app.domain.access import PERMISSIONS_OF, AccessRole
from app.domain.sync.remote import BaseRecord, RemoteProblem
from app.domain.sync.runs import RunCounts, RunKind, RunState, SyncRun
from app.domain.sync.upstreams import Upstream, UpstreamApi, UpstreamState
from app.services.sync.sealing import new_key
from app.vendors.words import LONGEST, words_of
from tests.access.samples import MUTATIONS
from tests.builders import (
    COMPANY,
    MONDAY,
    OTHER_COMPANY,
    PERSON,
    TUESDAY,
    company,
    entry,
    node_id,
    person,
    role,
    user,
    uuid,
)
from tests.callers import caller
from tests.graphql.api import api, put, put_entries, put_person_time_off
from tests.graphql.test_tenants import answering
from tests.server import serving
from tests.standins.kantata import ACCOUNT, TOKEN
from tests.sync.conftest import fill

SECONDS = 120
WRONG = "marked-token-that-opens-nothing-0815"
UPSTREAM = """
fragment Shown on Upstream {
  id api accountKey baseUrl direction state stateReason nextTryAt connectedAt daysBack daysAhead
  credentialHint lastReadAt lastFullReadAt problemCount company { sourceId }
}
"""
CONNECT = """
mutation Connect($input: ConnectUpstreamInput!) {
  connectUpstream(input: $input) {
    upstream { ...Shown } userErrors { code path message }
  }
}
"""
CHANGE = """
mutation Change($id: ID!) {
  answer: %s(input: {id: $id%s}) { upstream { ...Shown } userErrors { code path message } }
}
"""
ENTRIES = """
{ timeOffEntries { totalCount nodes { id sourceId remoteId syncState requestedDate hours } } }
"""
ABSENCES = "{ personTimeOffs { nodes { sourceId remoteId syncState startDay } } }"
LOOK = """
query Look($id: ID!) {
  upstream(id: $id) {
    ...Shown
    runs(first: 10) { totalCount nodes { id kind state read created message upstream { id } } }
  }
}
"""
EVENTS = "{ accessEvents { nodes { kind details company { sourceId } } } }"


def days_to_come():
    """The next four days on which people work."""
    days = (datetime.now(UTC).date() + timedelta(days=each) for each in range(1, 10))
    return [day for day in days if day.weekday() < 5][:4]


class Client:
    """Asks a server; remembers all that it has answered."""

    def __init__(self, server):
        self.server = server
        self.answers = []

    def ask(self, document, **variables):
        whole = document + (UPSTREAM if "...Shown" in document else "")
        answer = httpx.post(
            f"{self.server.url}/graphql",
            json={"query": whole, "variables": variables},
            timeout=SECONDS,
        )
        self.answers.append(answer.text)
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    def connect(self, account, token=TOKEN, **given):
        asked = {
            "companyId": COMPANY,
            "api": "KANTATA_OX",
            "baseUrl": account.vendor.base_url,
            "credentials": {"accessToken": token},
            **given,
        }
        return self.ask(CONNECT, input=asked)["connectUpstream"]

    def change(self, field, id_, more=""):
        answer = self.ask(CHANGE % (field, more), id=id_)["answer"]
        assert answer["userErrors"] == []
        return answer["upstream"]

    def wait(self, id_, is_so):
        deadline = time.monotonic() + SECONDS
        while True:
            found = self.ask(LOOK, id=id_)["upstream"]
            if is_so(found):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.1)


@pytest.fixture
def client(database_url):
    """A server that reads what is connected to it."""
    environment = {"TIMEOFF_SYNC_EXTRA_HOSTS": "127.0.0.1", "TIMEOFF_SYNC_KEYS": new_key()}
    with serving(database_url, "--no-demo", environment=environment) as server:
        yield Client(server)
        assert TOKEN not in server.log()
        assert WRONG not in server.log()


def test_from_a_wrong_token_to_a_system_that_is_connected_no_more(client, account):
    fill(client.server.url, range(1, 2))
    *first, last = days_to_come()
    account.create(first, range(1, 4))

    refused = client.connect(account, WRONG)
    assert refused == {
        "upstream": None,
        "userErrors": [
            {
                "code": "CONNECTION_REFUSED",
                "path": ["credentials"],
                "message": 'It answered 401. It says: "Not you."',
            }
        ],
    }
    tried = client.connect(account, dryRun=True)["upstream"]
    assert (tried["accountKey"], tried["problemCount"]) == (ACCOUNT, 0)
    assert client.ask("{ upstreams { totalCount } }") == {"upstreams": {"totalCount": 0}}

    upstream = client.connect(account, daysBack=1, daysAhead=12)["upstream"]
    assert upstream["credentialHint"] == TOKEN[-4:]
    assert upstream["company"] == {"sourceId": COMPANY}
    again = client.connect(account)["userErrors"]
    assert [(each["code"], each["path"]) for each in again] == [("ALREADY_CONNECTED", ["api"])]

    id_ = upstream["id"]
    read = client.wait(id_, lambda found: found["lastFullReadAt"] is not None)
    assert (read["state"], read["problemCount"]) == ("RUNNING", 0)
    runs = {each["kind"]: each for each in read["runs"]["nodes"]}
    assert (runs["FULL"]["state"], runs["FULL"]["created"]) == ("SUCCEEDED", 9)
    assert runs["DIRECTORY"]["upstream"] == {"id": id_}
    seen = client.ask(ENTRIES)["timeOffEntries"]
    assert seen["totalCount"] == 9
    assert {each["syncState"] for each in seen["nodes"]} == {"IN_SYNC"}
    assert {each["remoteId"] for each in seen["nodes"]} == set(account.entries())

    paused = client.change("pauseUpstream", id_)
    assert paused["state"] == "PAUSED"
    account.create([last], range(1, 4))
    answer = client.ask(CHANGE % ("syncUpstream", ""), id=id_)["answer"]
    assert [(each["code"], each["path"]) for each in answer["userErrors"]] == [
        ("INVALID_VALUE", ["id"])
    ]
    client.change("resumeUpstream", id_)
    client.change("syncUpstream", id_)
    client.wait(id_, lambda found: found["lastReadAt"] > paused["lastReadAt"])
    assert client.ask("{ timeOffEntries { totalCount } }")["timeOffEntries"]["totalCount"] == 12

    gone = client.change("disconnectUpstream", id_)
    assert gone["state"] == "DISCONNECTED"
    assert client.ask(LOOK, id=id_) == {"upstream": None}
    left = client.ask(ENTRIES)["timeOffEntries"]
    assert left["totalCount"] == 12
    assert {(each["remoteId"], each["syncState"]) for each in left["nodes"]} == {(None, "LOCAL")}

    events = client.ask(EVENTS)["accessEvents"]["nodes"]
    assert [each["kind"] for each in events if each["kind"].startswith("UPSTREAM")] == [
        "UPSTREAM_DISCONNECTED",
        "UPSTREAM_RESUMED",
        "UPSTREAM_PAUSED",
        "UPSTREAM_CONNECTED",
    ]
    told = {"details": {"upstreamId": id_, "api": "KANTATA_OX"}, "company": {"sourceId": COMPANY}}
    assert {"kind": "UPSTREAM_PAUSED", **told} in events
    assert not any(TOKEN in each or WRONG in each for each in client.answers)


NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ID = node_id("Upstream", uuid(7))
MANAGING = sorted(name for name in MUTATIONS if name.endswith(("Upstream", "UpstreamCredentials")))


@pytest.fixture
async def connected(database_url):
    """An upstream of the company with 3 runs and 2 problems, one of them of a user here."""
    async with api(database_url) as ask:
        await put(
            ask,
            companies=[company(), company(sourceId=OTHER_COMPANY)],
            roles=[role()],
            users=[user()],
        )
        local = await put_entries(ask, entry(), entry(requestedDate="2026-03-03"))
    upstream = Upstream(
        uuid(7), COMPANY, UpstreamApi.KANTATA_OX, "https://api.mavenlink.com/api/v1/", NOW
    )
    database = Database(database_url)
    async with database.writing() as connection:
        paused = upstream.checked("4001").ended(UpstreamState.PAUSED)
        await kept.add_upstream(connection, paused, "sealed")
        for number in range(3):
            at = NOW + timedelta(hours=number)
            run = SyncRun(uuid(20 + number), upstream.id, RunKind.FULL, at)
            run = replace(run, counts=RunCounts(requests=3, read=number))
            await kept.add_run(connection, run.ended(RunState.SUCCEEDED, at))
        problems = [
            RemoteProblem("91", "UNKNOWN_USER", "Nobody.", 404, date(2026, 3, 2)),
            RemoteProblem("92", "INVALID_VALUE", "Hours.", 1, date(2026, 3, 3)),
        ]
        for number, problem in enumerate(problems):
            at = NOW + timedelta(hours=number)
            await kept.keep_problems(connection, upstream.id, [problem], at)
        base = BaseRecord("K:1:2026-03-02", str(local[0]), "5551", date(2026, 3, 2), {})
        await kept.keep_bases(connection, upstream.id, [base])
    await database.close()


ALL_OF_IT = """
query All($id: ID!, $company: ID!) {
  upstream(id: $id) { id state problemCount runs(first: 2) { totalCount nodes { read } } }
  upstreams(filter: {companyId: $company, states: [PAUSED]}) { totalCount nodes { id } }
  others: upstreams(filter: {states: [RUNNING]}) { totalCount nodes { id } }
  syncProblems(filter: {upstreamId: $id}) {
    totalCount nodes { id remoteId code date worker { id } upstream { id } }
  }
  some: syncProblems(filter: {codes: ["UNKNOWN_USER"]}) { nodes { code } }
  node(id: $id) { id }
  company(id: $company) { upstreams { id runs(first: 1) { nodes { id } } problemCount } }
}
"""


async def test_who_manages_them_sees_all_of_them(database_url, connected):
    async with answering(database_url, caller("admin", frozenset([COMPANY]))) as ask:
        answer = await ask(ALL_OF_IT, id=ID, company=COMPANY)
        found = answer["data"]
        assert "errors" not in answer
        assert found["upstream"] == {
            "id": ID,
            "state": "PAUSED",
            "problemCount": 2,
            "runs": {"totalCount": 3, "nodes": [{"read": 2}, {"read": 1}]},
        }
        assert found["upstreams"] == {"totalCount": 1, "nodes": [{"id": ID}]}
        assert found["others"] == {"totalCount": 0, "nodes": []}
        problems = found["syncProblems"]["nodes"]
        assert [(each["remoteId"], each["worker"]) for each in problems] == [
            ("92", {"id": node_id("Worker", "U1")}),
            ("91", None),
        ]
        assert found["some"] == {"nodes": [{"code": "UNKNOWN_USER"}]}
        run = node_id("SyncRun", uuid(22))
        assert found["company"] == {
            "upstreams": [{"id": ID, "runs": {"nodes": [{"id": run}]}, "problemCount": 2}]
        }
        ids = [run, problems[0]["id"], node_id("SyncRun", uuid(404))]
        nodes = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
        assert nodes["data"]["nodes"] == [{"id": ids[0]}, {"id": ids[1]}, None]


NOTHING: Any = {
    "upstream": None,
    "upstreams": {"totalCount": 0, "nodes": []},
    "others": {"totalCount": 0, "nodes": []},
    "syncProblems": {"totalCount": 0, "nodes": []},
    "some": {"nodes": []},
    "node": None,
    "company": None,
}


async def test_another_tenants_is_not_there(database_url, connected):
    async with answering(database_url, caller("theirs", frozenset([OTHER_COMPANY]))) as ask:
        answer = await ask(ALL_OF_IT, id=ID, company=COMPANY)
        assert answer == {"data": NOTHING}
        nodes = [node_id("SyncRun", uuid(20))]
        found = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=nodes)
        assert found["data"]["nodes"] == [None]
        for field in MANAGING:
            refused = await ask(_call(field))
            assert [each["code"] for each in refused["data"]["answer"]["userErrors"]] == [
                "NOT_FOUND"
            ], field


ONE = "query One($id: ID!) { upstream(id: $id) { id } }"


@pytest.mark.parametrize("role_", [AccessRole.HR, AccessRole.INTEGRATION, AccessRole.EMPLOYEE])
async def test_lesser_roles_see_and_change_nothing_of_them(database_url, connected, role_):
    lesser = caller("lesser", frozenset([COMPANY]), permissions=PERMISSIONS_OF[role_])
    async with answering(database_url, lesser) as ask:
        lists = ("upstreams", "syncProblems", "deliveries", "syncConflicts", "syncFlowProblems")
        for field in (*(f"{{ {each} {{ totalCount }} }}" for each in lists), ONE):
            answer = await ask(field, **({"id": ID} if field is ONE else {}))
            assert [each["extensions"]["code"] for each in answer["errors"]] == ["FORBIDDEN"]
        seen = await ask(
            "query($id: ID!) { node(id: $id) { id } companies { nodes { upstreams { id } } } }",
            id=ID,
        )
        assert seen == {"data": {"node": None, "companies": {"nodes": [{"upstreams": None}]}}}
        for field in MANAGING:
            refused = await ask(_call(field))
            assert [each["code"] for each in refused["data"]["answer"]["userErrors"]] == [
                "NOT_PERMITTED"
            ], field


async def test_whoever_reads_entries_reads_which_of_them_a_system_has(database_url, connected):
    reader = caller("r", frozenset([COMPANY]), permissions=PERMISSIONS_OF[AccessRole.VIEWER])
    async with answering(database_url, reader) as ask:
        found = (await ask(ENTRIES))["data"]["timeOffEntries"]["nodes"]

    assert sorted(
        (each["requestedDate"], each["remoteId"], each["syncState"]) for each in found
    ) == [
        ("2026-03-02", "5551", "IN_SYNC"),
        ("2026-03-03", None, "LOCAL"),
    ]


async def test_whoever_reads_absences_reads_which_of_them_procore_has(database_url, database):
    async with api(database_url) as ask:
        await put(ask, companies=[company()], people=[person()])
        first = await put_person_time_off(ask, startDay=MONDAY, endDay=MONDAY)
        await put_person_time_off(ask, startDay=TUESDAY, endDay=TUESDAY)
        upstream = Upstream(uuid(7), COMPANY, UpstreamApi.PROCORE_REST, "https://x.example/", NOW)
        base = BaseRecord(f"P:{first}", first, uuid(8), NOW.date(), {}, PERSON)
        async with database.writing() as connection:
            await kept.add_upstream(connection, upstream, "sealed")
            await kept.keep_bases(connection, upstream.id, [base])
        found = (await ask(ABSENCES))["data"]["personTimeOffs"]["nodes"]

    assert sorted((each["startDay"], each["remoteId"], each["syncState"]) for each in found) == [
        (MONDAY, uuid(8), "IN_SYNC"),
        (TUESDAY, None, "LOCAL"),
    ]


async def test_what_cannot_be_connected_is_refused_before_anybody_is_asked(database_url, connected):
    """No vendor runs here: whoever asked one would be told that it cannot be reached."""
    asked = {
        "companyId": COMPANY,
        "api": "KANTATA_OX",
        "credentials": {"accessToken": "two words"},
        "baseUrl": "https://elsewhere.example/",
        "daysBack": 4_000,
    }
    async with answering(database_url, caller("admin", frozenset([COMPANY]))) as ask:
        refused = (await ask(CONNECT + UPSTREAM, input=asked))["data"]["connectUpstream"]
        window = await ask(_call("updateUpstream", ", daysBack: 3000, daysAhead: 3000"))
        held = await ask(_call("replaceUpstreamCredentials"))

    assert {(each["code"], *each["path"]) for each in refused["userErrors"]} == {
        ("INVALID_VALUE", "baseUrl"),
        ("INVALID_VALUE", "credentials", "accessToken"),
        ("INVALID_VALUE", "daysBack"),
    }
    assert window["data"]["answer"]["userErrors"] == [{"code": "INVALID_VALUE", "path": []}]
    path = ["credentials", "accessToken"]
    assert held["data"]["answer"]["userErrors"] == [{"code": "INVALID_VALUE", "path": path}]


def _call(field, more=""):
    """A call of a mutation, which would be one of the vendor's own host if anybody were asked."""
    sample = MUTATIONS[field].replace("<upstream>", ID).replace("<company>", COMPANY)
    sample = sample.replace(', baseUrl: "http://127.0.0.1:9/"', "")
    if more:
        sample = f'id: "{ID}"{more}'
    return f"mutation {{ answer: {field}(input: {{{sample}}}) {{ userErrors {{ code path }} }} }}"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"errors": [{"message": "One\\n  two"}, {"message": "three"}]}', "One two three"),
        (b'{"error": "invalid_token", "error_description": "Expired."}', "Expired."),
        (b'{"errors": "no list", "message": "Said."}', "Said."),
        (b'{"errors": [1, {"message": 2}, "Plain."]}', "Plain."),
        (b'{"message": "' + b"x" * 400 + b'"}', "x" * LONGEST),
        (b'{"message": "\\u202e\\u0007"}', None),
        (b"[1]", None),
        (b"<html>", None),
        (b'{"mess', None),
    ],
)
def test_a_vendors_words_are_one_line_of_text_or_none(body, words):
    assert words_of(body) == words
