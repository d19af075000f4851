"""An outage is told as one on every face: not as a bug of ours, and without a lie."""

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing

import httpx
import pytest
from sqlalchemy.engine import make_url

from app.domain.identifiers import Kind, node_id
from tests import builders
from tests.applications import create_app
from tests.graphql_http.clients import GRAPHQL_RESPONSE, JSON, open_socket, over_http, served
from tests.proxy import proxied

NOBODY = "postgresql://nobody@127.0.0.1:1/nothing"
"""No server listens there."""

NODE = f'node(id: "{node_id(Kind.USER, 1)}") {{ id }}'
COUNT = "{ companies { totalCount } }"
PUT = """
mutation Put($companies: [CompanyInput!]!) {
  upsertCompanies(input: { companies: $companies }) {
    companies { name } userErrors { code }
  }
}
"""
PUT_ROLES = """
mutation Put($roles: [RoleInput!]!) {
  upsertRoles(input: { roles: $roles }) { roles { company { name } } userErrors { code } }
}
"""
TWICE = """
mutation Twice($companies: [CompanyInput!]!) {
  first: upsertCompanies(input: { companies: $companies }) { userErrors { code } }
  second: upsertCompanies(input: { companies: $companies }) { userErrors { code } }
}
"""
BRICK = {"companies": [builders.company(name="Brick")]}
WOOD = {"companies": [builders.company(name="Wood")]}


@asynccontextmanager
async def client(database_url, **settings):
    # Where nobody is asked who they are: whether a token was made cannot be read in an outage.
    app = create_app(database_url, auth="off", **settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http,
    ):
        yield http


def codes(answer):
    return [error["extensions"]["code"] for error in answer["errors"]]


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
@pytest.mark.parametrize("status_codes", ["audits", "draft-2026"])
@pytest.mark.parametrize(
    "document",
    [COUNT, "{ companies { nodes { name } } }", f"{{ {NODE} }}", PUT],
    ids=["graphql-core", "from rows", "nullable", "mutation"],
)
async def test_graphql_answers_503_and_says_when_to_come_back(document, status_codes, accept):
    async with over_http(NOBODY, status_codes=status_codes) as http:
        variables = BRICK if document is PUT else {}
        response = await http.post(document, variables=variables, headers={"Accept": accept})

    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert response.headers["content-type"].startswith(accept)
    assert codes(response.json()) == ["SERVICE_UNAVAILABLE"]
    assert "data" not in response.json()


async def test_what_can_be_answered_is(http_of_nobody):
    response = await http_of_nobody.post("{ __typename companies { totalCount } }")
    known = await http_of_nobody.post("{ __typename }")

    assert known.json() == {"data": {"__typename": "Query"}}
    assert response.status_code == 503


async def test_of_a_query_the_fields_that_can_be_answered_are(http_of_nobody):
    response = await http_of_nobody.post(f"{{ __typename {NODE} }}")

    assert response.status_code == 200
    assert response.json()["data"] == {"__typename": "Query", "node": None}
    assert codes(response.json()) == ["SERVICE_UNAVAILABLE"]
    assert response.json()["errors"][0]["path"] == ["node"]


@pytest.fixture
async def http_of_nobody():
    async with over_http(NOBODY, auth="off") as http:
        yield http


async def test_a_socket_has_the_code_and_goes_on():
    with served(NOBODY, auth="off") as url:
        async with open_socket(url) as socket:
            (error,) = await socket.ask(COUNT)
            after = await socket.ask("{ __typename }")

    assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfterSeconds": 2}
    assert after == {"data": {"__typename": "Query"}}


ENTRY = {"time_off_entry": {"user_id": 1, "hours": 1, "requested_date": "2026-03-02"}}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/kantata/api/v1/time_off_entries", None),
        ("POST", "/kantata/api/v1/time_off_entries", ENTRY),
        (
            "GET",
            f"/procore/v2/companies/{builders.COMPANY}/people/{builders.PERSON}/time-off?timezone=UTC",
            None,
        ),
        ("GET", "/exports/schedule.csv?from=2026-03-02&to=2026-03-02", None),
        ("GET", f"/feeds/{'a' * 43}.ics", None),
    ],
)
async def test_every_other_face_answers_503(method, path, body):
    async with client(NOBODY) as http:
        response = await http.request(method, path, json=body)

    assert (response.status_code, response.headers["retry-after"]) == (503, "2"), response.text
    (error,) = response.json()["errors"]
    assert error["message"].startswith("The database is not available.")


async def test_readiness_says_so_at_once():
    async with client(NOBODY) as http:
        ready = await http.get("/health/ready")
        live = await http.get("/health/live")

    assert (ready.status_code, ready.json()["database"]) == (503, "unreachable")
    assert live.status_code == 200


async def test_the_log_has_its_frames_once_and_then_a_count(caplog, http_of_nobody, monkeypatch):
    monkeypatch.setattr("app.faults.COUNTED_SECONDS", 0.5)
    monkeypatch.setattr("app.faults._COUNTS", {})
    for _ in range(50):
        await http_of_nobody.post(COUNT)
    lines = [each.getMessage() for each in caplog.records if each.name.startswith("app")]

    assert len(lines) <= 4
    assert "unavailable: ConnectionRefusedError" in lines[0]
    assert "database.py" in lines[0]
    assert sum(len(each) for each in lines) < 20_000


@pytest.mark.only_on("sqlite")
async def test_a_lock_that_does_not_end_is_one_for_who_writes_only(database_url):
    async with over_http(database_url, database_wait_seconds=0.2) as http:
        await http.post(PUT, variables=BRICK)
        with closing(sqlite3.connect(str(make_url(database_url).database))) as other:
            other.execute("BEGIN IMMEDIATE")
            written = await http.post(PUT, variables=BRICK)
            read = await http.post(COUNT)
        after = await http.post(PUT, variables=BRICK)

    assert (written.status_code, written.headers["retry-after"]) == (503, "2")
    assert codes(written.json()) == ["SERVICE_UNAVAILABLE"]
    assert read.json() == {"data": {"companies": {"totalCount": 1}}}
    assert after.status_code == 200


@pytest.mark.only_on("postgresql")
async def test_what_was_stored_is_not_told_as_unavailable(database_url):
    """The connection is cut when the commit is done: the payload cannot be read any more."""
    async with proxied(database_url) as proxy, over_http(proxy.url, auth="off") as http:
        await http.post(PUT, variables=BRICK)
        await proxy.see_commits(
            2
        )  # this one, and that of old keys, which are forgotten at the start
        proxy.cuts_after_commit = True
        response = await http.post(PUT_ROLES, variables={"roles": [builders.role()]})
        proxy.cuts_after_commit = False
        proxy.go_on()
        await asyncio.sleep(1)
        names = (await http.post("{ roles { nodes { name } } }")).json()

    assert names["data"]["roles"]["nodes"] == [{"name": "Carpenter"}]
    assert response.status_code == 200
    assert codes(response.json()) in (["ANSWER_INCOMPLETE"], ["OUTCOME_UNKNOWN"])


@pytest.mark.only_on("postgresql")
async def test_of_two_mutations_the_second_does_not_say_that_nothing_is_stored(database_url):
    async with proxied(database_url) as proxy, over_http(proxy.url, auth="off") as http:
        await http.post(PUT, variables=BRICK)
        await proxy.see_commits(2)
        proxy.cuts_after_commit = True
        response = await http.post(TWICE, variables=WOOD)

    (error,) = response.json()["errors"]
    assert response.status_code == 200
    assert "retry-after" not in response.headers
    assert error["path"] in (["first"], ["second"])
    if error["path"] == ["first"]:
        assert error["extensions"]["code"] == "OUTCOME_UNKNOWN"
    else:
        assert "what stands before it in the document is" in error["message"]
