"""What a real server tells of each request: its line, its slowness, its trace."""

import asyncio
import hashlib
import json
import sqlite3
import time
from contextlib import closing

import httpx
import pytest
from sqlalchemy.engine import make_url
from websockets.asyncio.client import connect

from tests import builders
from tests.graphql_http.clients import PROTOCOL
from tests.server import serving
from tests.web.guarded import make_token

pytestmark = pytest.mark.process

RENAME = """
mutation Rename($companies: [CompanyInput!]!) {
  upsertCompanies(input: { companies: $companies }) { userErrors { code } }
}
"""
LINES = {"TIMEOFF_LOG_REQUESTS": "true", "TIMEOFF_LOG_FORMAT": "json"}


def digest(document):
    return hashlib.sha256(document.encode()).hexdigest()[:16]


def post(url, query, headers=None, **variables):
    body = {"query": query, "variables": variables}
    return httpx.post(f"{url}/graphql", json=body, headers=headers or {}, timeout=300)


def until(is_so):
    deadline = time.monotonic() + 60
    while not (found := is_so()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def lines(server, logger):
    """What the log has of a logger; every line of it is JSON."""
    told = [json.loads(line) for line in server.log().splitlines(keepends=True) if "\n" in line]
    assert all({"time", "level", "logger", "message"} <= each.keys() for each in told)
    return [each for each in told if each["logger"] == logger]


def line_of(server, logger, request):
    (line,) = until(
        lambda: [each for each in lines(server, logger) if each.get("request") == request]
    )
    return line


@pytest.mark.rule("4.6")
def test_every_request_has_a_line_without_a_value(database_url):
    asked = [
        ("GET", "/feeds/S3CRET.ics", 404, {"path": "/feeds/{secret}.ics", "kind": "page"}),
        ("GET", "/people/ada@example.com?q=Sesame", 404, {"kind": "page"}),
        ("GET", "/kantata/api/v1/time_off_entries/17.json", 405, {"kind": "rest"}),
    ]
    with serving(database_url, environment=LINES) as server:
        post(server.url, RENAME, companies=[builders.company()]).raise_for_status()
        token = make_token(database_url, "sync", "--role", "ADMIN", "--company", builders.COMPANY)
        known = {"Authorization": f"Bearer {token}"}
        renamed = post(
            server.url,
            RENAME,
            known | {"X-Request-Id": "order:17"},
            companies=[builders.company(name="Sesame")],
        )
        refused = post(server.url, "{ sesame }", known)
        told = line_of(server, "app.requests", "order:17")
        unknown = line_of(server, "app.requests", refused.headers["X-Request-Id"])
        for method, path, status, fields in asked:
            answer = httpx.request(method, server.url + path, headers=known)
            assert answer.status_code == status
            line = line_of(server, "app.requests", answer.headers["X-Request-Id"])
            assert line | fields == line, line
        log = server.log()

    assert renamed.json() == {"data": {"upsertCompanies": {"userErrors": []}}}
    milliseconds = told.pop("ms")
    assert 0 < milliseconds < 30_000
    del told["time"]
    assert told == {
        "level": "info",
        "logger": "app.requests",
        "message": "POST /graphql 200",
        "request": "order:17",
        "bytes": len(renamed.content),
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "kind": "mutation",
        "operation": "Rename",
        "document": digest(RENAME),
        "caller": f"token:{token[4:12]}",
        "company": builders.COMPANY,
    }
    assert (unknown["kind"], unknown["status"]) == ("graphql", 200)
    for secret in ("esame", "S3CRET", "ada@", token[13:]):
        assert secret not in log


def test_an_operation_of_a_socket_has_one_too_and_as_text(database_url):
    environment = {"TIMEOFF_LOG_REQUESTS": "true"}

    async def ask(url):
        async with connect(url, subprotocols=[PROTOCOL]) as socket:
            await socket.send('{"type": "connection_init"}')
            await socket.recv()
            await socket.send(
                json.dumps({"type": "subscribe", "id": "1", "payload": {"query": "query Q { x }"}})
            )
            assert json.loads(await socket.recv())["type"] == "error"

    with serving(database_url, environment=environment) as server:
        asyncio.run(ask(f"{server.url.replace('http:', 'ws:')}/graphql"))
        post(server.url, "query Named { __typename }")
        log = until(lambda: server.log() if "Named" in server.log() else "")

    socket, named = (line for line in log.splitlines() if "/graphql " in line and " bytes " in line)
    assert " INFO:     SOCKET /graphql 400 " in socket
    assert " bytes kind=graphql caller=local request=" in socket
    assert " INFO:     POST /graphql 200 " in named
    assert " bytes kind=query operation=Named document=" in named


@pytest.mark.only_on("sqlite")
def test_a_fault_is_one_line_of_json_with_its_frames(database_url):
    with serving(database_url, environment=LINES) as server:
        with closing(sqlite3.connect(str(make_url(database_url).database))) as other:
            other.execute("ALTER TABLE holidays RENAME TO gone")
        answer = post(server.url, "{ holidays(first: 1) { totalCount } }").json()
        (line,) = until(lambda: lines(server, "graphql_schema"))

    error_id = answer["errors"][0]["extensions"]["errorId"]
    assert line["message"] == f"error {error_id}: OperationalError: SQLITE_ERROR"
    assert line["level"] == "error"
    assert any("in " in each for each in line["stack"])


def test_what_is_slow_says_where_its_time_went(database_url):
    environment = {"TIMEOFF_SLOW_OPERATION_MS": "1", "TIMEOFF_LOG_FORMAT": "json"}
    companies = [
        builders.company(sourceId=builders.uuid(number), name="Sesame") for number in range(50)
    ]
    with serving(database_url, environment=environment) as server:
        renamed = post(server.url, RENAME, companies=companies)
        written = line_of(server, "app.slow", renamed.headers["X-Request-Id"])
        # Twice: the direct read is made ready by the first.
        for _ in range(2):
            read = post(server.url, "query Read { companies(first: 50) { nodes { name } } }")
        post(server.url, RENAME, companies=companies)
        log = server.log()

    assert read.json()["data"]
    assert (written["kind"], written["operation"]) == ("mutation", "Rename")
    assert written["document"] == digest(RENAME)
    assert written["statements"] > 2
    assert written["statements_ms"] > 0
    assert written["commit_ms"] > 0
    assert written["statements_ms"] + written["commit_ms"] <= written["ms"]
    assert written["cost"] > 50
    assert written["message"].startswith("slow: kind=mutation operation=Rename document=")
    assert "esame" not in log


@pytest.mark.parametrize("setting", [{}, {"TIMEOFF_SLOW_OPERATION_MS": "60000"}])
def test_unless_it_is_asked_for_nobody_is_told(database_url, setting):
    with serving(database_url, environment=setting) as server:
        post(server.url, RENAME, companies=[builders.company()])
        log = server.log()

    assert "Rename" not in log
    assert "slow" not in log
