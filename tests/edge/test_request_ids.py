"""Every answer and every line of a request say what the request is called."""

import asyncio
import json
import os
import re
import sqlite3
from collections import defaultdict
from contextlib import ExitStack
from socket import create_connection

import httpx
import pytest
from sqlalchemy.engine import make_url
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from app import faults
from app.edge.logs import WithRequestId
from app.edge.request_ids import made_id, sent_id
from app.request_ids import CURRENT
from tests.edge.wire import LIVE, graphql, head, wire
from tests.server import serving


def process(test):
    return pytest.mark.process(pytest.mark.only_on("sqlite")(test))


SLOW = '{ schedule(from: "2026-01-01", to: "2026-12-31", first: 20) { nodes { id } } }'
"""Long enough for others to come meanwhile."""

SENT = "X-Request-Id: order:17"
MADE = re.compile(r"[0-9a-f]{12}-[0-9a-f]+")
PROTOCOL = Subprotocol("graphql-transport-ws")


@pytest.fixture(scope="module")
def server(module_database_url):
    environment = {"TIMEOFF_LOG_LEVEL": "debug", "TIMEOFF_LIMIT_CONNECTIONS": "4"}
    with serving(module_database_url, environment=environment) as server:
        yield server


def ask(server, request):
    with wire(server) as client:
        client.send(request)
        return client.answer()


def request(first_line, *headers, host="localhost"):
    return lambda *more: head(first_line, *headers, *more, host=host)


EVERY_KIND = [
    pytest.param(lambda *more: graphql("{ __typename }", *more), 200, id="an answer"),
    pytest.param(lambda *more: graphql("{ nothing }", *more), 200, id="an error of GraphQL"),
    pytest.param(request("GET /health/live HTTP/1.1"), 200, id="a probe"),
    pytest.param(request("GET / HTTP/1.1", "Accept: text/html"), 200, id="a page"),
    pytest.param(request("GET /nowhere HTTP/1.1"), 404, id="a path that is not there"),
    pytest.param(request("GET /feeds/nobodys.ics HTTP/1.1"), 404, id="a feed that is not there"),
    pytest.param(request("GET /procore/nowhere HTTP/1.1"), 404, id="nothing of a vendor's"),
    pytest.param(request("GET /exports/schedule.csv HTTP/1.1"), 400, id="a CSV without a window"),
    pytest.param(request("DELETE /graphql HTTP/1.1"), 405, id="a method that is not there"),
    pytest.param(request("GET / HTTP/1.1", host="evil.example"), 421, id="a foreign host"),
    pytest.param(
        request(
            "POST /graphql HTTP/1.1", "Content-Type: application/json", "Content-Length: 99999999"
        ),
        413,
        id="too large a body",
    ),
]


@process
@pytest.mark.parametrize(("made", "status"), EVERY_KIND)
def test_every_answer_says_the_id_that_was_sent_or_one_that_was_made(server, made, status):
    sent, unsafe, none = (
        ask(server, made(SENT)),
        ask(server, made(SENT + '"x')),
        ask(server, made()),
    )

    assert [sent.status, unsafe.status, none.status] == [status] * 3
    assert sent.headers["x-request-id"] == "order:17"
    ids = [unsafe.headers["x-request-id"], none.headers["x-request-id"]]
    assert all(map(MADE.fullmatch, ids))
    assert len(set(ids)) == 2


@process
def test_what_is_no_http_is_answered_with_an_id_too(server):
    malformed = ask(server, head("GET /health/live HTTP/1.1", SENT, "Accept: */*", "broken"))
    too_long = ask(server, head("GET /health/live HTTP/1.1", SENT, "X: " + "x" * 70_000))
    with wire(server) as client:
        client.send(head("GET /health/live HTTP/1.1", SENT))
        first = client.answer()
        client.send(b"\x00\r\n\r\n")
        nothing = client.answer()

    assert (malformed.status, malformed.headers["x-request-id"]) == (400, "order:17")
    assert (too_long.status, too_long.headers["x-request-id"]) == (431, "order:17")
    assert first.headers["x-request-id"] == "order:17"
    assert nothing.status == 400
    assert MADE.fullmatch(nothing.headers["x-request-id"]), "the id of the request before"


@process
def test_one_connection_too_many_is_refused_with_an_id(server):
    with wire(server) as one, wire(server) as two, wire(server) as three, wire(server) as four:
        for client in (one, two, three, four):
            client.send(LIVE)
            client.answer()
        refused = ask(server, head("GET / HTTP/1.1", SENT))

    assert (refused.status, refused.headers["x-request-id"]) == (503, "order:17")
    assert "content-security-policy" in refused.headers


@process
def test_in_a_crowd_everyone_reads_the_id_that_he_sent_or_a_new_one(module_database_url):
    environment = {"TIMEOFF_LIMIT_RUNNING": "1", "TIMEOFF_LIMIT_WAITING": "1"}
    seen = defaultdict(list)
    with (
        serving(module_database_url, "--demo", environment=environment) as server,
        ExitStack() as stack,
    ):
        clients = [stack.enter_context(wire(server)) for _ in range(20)]
        # Half of them say who they are; the same bytes again and again, for those are refused
        # without being parsed.
        requests = [
            graphql(SLOW, *([f"X-Request-Id: client-{number}"] if number % 2 else []))
            for number in range(len(clients))
        ]
        for _ in range(20):
            for client, request in zip(clients, requests, strict=True):
                client.send(request)
            for number, client in enumerate(clients):
                answer = client.answer()
                seen[number].append((answer.status, answer.headers["x-request-id"]))

    assert {status for answers in seen.values() for status, _ in answers} == {200, 503}
    named = {id_ for number in seen if number % 2 for _, id_ in seen[number]}
    assert named == {f"client-{number}" for number in seen if number % 2}
    made = [id_ for number in seen if not number % 2 for _, id_ in seen[number]]
    assert all(map(MADE.fullmatch, made))
    assert len(set(made)) == len(made)


@process
def test_a_line_of_the_access_log_says_the_id(server):
    ask(server, head("GET /nowhere HTTP/1.1", "X-Request-Id: a-line-of-the-log"))

    (line,) = [each for each in server.log().splitlines() if "a-line-of-the-log" in each]
    assert line.endswith('"GET /nowhere HTTP/1.1" 404 Not Found request=a-line-of-the-log')


# WebSockets


def socket(server, **options):
    url = server.url.replace("http://", "ws://") + "/graphql"
    return connect(url, subprotocols=[PROTOCOL], proxy=None, **options)


@process
def test_a_handshake_is_answered_with_its_id(server):
    with socket(server, additional_headers={"X-Request-Id": "socket-1"}) as client:
        assert client.response
        assert client.response.headers["X-Request-Id"] == "socket-1"
    with socket(server) as client:
        assert client.response
        assert MADE.fullmatch(client.response.headers["X-Request-Id"])


@process
def test_so_is_one_that_is_refused(server):
    with pytest.raises(InvalidStatus) as foreign:
        socket(
            server, origin="https://evil.example", additional_headers={"X-Request-Id": "socket-2"}
        )
    response = foreign.value.response
    assert (response.status_code, response.headers["X-Request-Id"]) == (403, "socket-2")

    host, port = server.url.removeprefix("http://").split(":")
    with pytest.raises(InvalidStatus) as elsewhere:
        connect(
            f"ws://evil.example:{port}/graphql",
            subprotocols=[PROTOCOL],
            proxy=None,
            sock=create_connection((host, int(port))),
            additional_headers={"X-Request-Id": "socket-3"},
        )
    response = elsewhere.value.response
    assert (response.status_code, response.headers["X-Request-Id"]) == (421, "socket-3")


# Faults


@process
def test_a_fault_says_in_its_first_line_whose_it_is_on_every_face(database_url):
    delete = 'mutation { deleteTimeOffEntries(input: {ids: ["1"]}) { deletedIds } }'
    with serving(database_url, "--demo") as server:
        with sqlite3.connect(make_url(database_url).database or "") as connection:
            connection.execute("DROP TABLE external_references")
        headers = {"X-Request-Id": "over-http"}
        httpx.post(f"{server.url}/graphql", json={"query": delete}, headers=headers)
        entry = f"{server.url}/kantata/api/v1/time_off_entries/1"
        httpx.delete(entry, headers={"X-Request-Id": "over-rest"})
        with socket(server, additional_headers={"X-Request-Id": "over-ws"}) as client:
            client.send('{"type": "connection_init"}')
            client.recv(timeout=300)
            for id_ in ("a", "b"):
                payload = {"query": delete}
                client.send(json.dumps({"id": id_, "type": "subscribe", "payload": payload}))
                while json.loads(client.recv(timeout=300))["type"] not in ("complete", "error"):
                    pass
        log = server.log()

    first_lines = re.findall(r"error [0-9a-f]{32}: .*", log)
    said = [each.rpartition(" request=")[2] for each in first_lines]
    assert said == ["over-http", "over-rest", "over-ws.1", "over-ws.2"]


async def test_the_count_of_what_was_met_again_and_again_is_no_requests(monkeypatch, caplog):
    monkeypatch.setattr(faults, "COUNTED_SECONDS", 0.02)
    caplog.handler.addFilter(said := WithRequestId())

    async def fail(id_):
        CURRENT.set(id_)
        try:
            dict[str, int]()["nothing"]
        except KeyError as fault:
            faults.log_fault(fault)

    try:
        for number in range(3):
            await asyncio.create_task(fail(f"request-{number}"))
        await asyncio.sleep(0.1)
    finally:
        caplog.handler.removeFilter(said)

    lines = [record.getMessage().split("\n")[0] for record in caplog.records]
    assert [line.rpartition(" request=")[2] for line in lines[:3]] == [
        "request-0",
        "request-1",
        "request-2",
    ]
    assert "KeyError: 2 more" in lines[3]
    assert not any("request=" in line for line in lines[3:])


# What an id is


@pytest.mark.parametrize("id_", ["a", "0", "A.b_c~d+e/f=g:h@i-j", "x" * 128])
def test_safe_ids_are_taken_as_they_are(id_):
    assert sent_id([(b"host", b"x"), (b"x-request-id", id_.encode())]) == id_


@pytest.mark.parametrize(
    "value",
    [b"", b"x" * 129, b"a b", b"a\tb", b'"', b"a,b", b"a;b", b"%41", b"a\x00", b"\xff", b"<a>"],
)
def test_others_are_not(value):
    assert sent_id([(b"x-request-id", value)]) is None


def test_two_ids_are_none():
    assert sent_id([(b"x-request-id", b"a"), (b"x-request-id", b"b")]) is None


def test_a_process_that_was_split_makes_other_ids():
    before = made_id()
    read, write = os.pipe()
    if not (child := os.fork()):
        os.write(write, made_id().encode())
        os._exit(0)
    os.waitpid(child, 0)

    theirs = os.read(read, 100).decode()
    assert theirs.partition("-")[0] != before.partition("-")[0]
    assert made_id().partition("-")[0] == before.partition("-")[0]
