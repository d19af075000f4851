"""GraphQL over WebSocket: what is no message ends the connection, and nothing is shared."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import websockets
from websockets.asyncio.client import connect

from tests import builders
from tests.graphql_http.clients import PROTOCOL, open_socket, served

pytestmark = pytest.mark.only_on("sqlite")

QUERY = {"query": "{ __typename }"}
ANSWER = {"data": {"__typename": "Query"}}
NOT_A_MESSAGE = {
    "a list": [],
    "a number": 5,
    "null": None,
    "text": '"x"',
    "no JSON": "{",
    "no type": {},
    "a type that is a number": {"type": 1},
    "an unknown type": {"type": "start", "id": "1", "payload": QUERY},
    "a very long unknown type": {"type": "x" * 1_000},
    "an unknown type that is not ASCII": {"type": "\ud83d" * 50},
    "no payload": {"type": "subscribe", "id": "1"},
    "a payload that is null": {"type": "subscribe", "id": "1", "payload": None},
    "a payload that is a list": {"type": "subscribe", "id": "1", "payload": []},
    "no id": {"type": "subscribe", "payload": QUERY},
    "an id that is a number": {"type": "subscribe", "id": 1, "payload": QUERY},
    "an empty id": {"type": "subscribe", "id": "", "payload": QUERY},
    "a long id": {"type": "subscribe", "id": "1" * 65, "payload": QUERY},
    "an id that is not ASCII": {"type": "subscribe", "id": "\ud800", "payload": QUERY},
    "a complete without an id": {"type": "complete"},
    "bytes": b'{"type":"ping"}',
    "a key twice": '{"type":"ping","type":"ping"}',
    "deep JSON": '{"type":"ping","payload":' + "[" * 100_000 + "]" * 100_000 + "}",
    "an integer of 5,000 digits": '{"type":"ping","payload":{"a":' + "1" * 5_000 + "}}",
    "invalid Unicode in a name": '{"type":"\\ud800"}',
}


@pytest.fixture(scope="module")
def url(module_database_url):
    with served(module_database_url) as url:
        yield url


async def test_an_empty_operation_name_is_none(url):
    async with open_socket(url) as socket:
        assert await socket.ask("query A { __typename }", operationName="") == ANSWER


@pytest.mark.parametrize("message", NOT_A_MESSAGE.values(), ids=NOT_A_MESSAGE)
async def test_what_is_no_message_closes_the_connection(url, message):
    raw = message if isinstance(message, str | bytes) else json.dumps(message)
    async with open_socket(url) as socket:
        await socket.send(raw)
        code, _ = await socket.closed()

    assert code == 4400


async def test_the_gateway_is_well_after_all_of_them(url):
    async with open_socket(url) as socket:
        assert await socket.ask("{ __typename }") == ANSWER


async def test_a_message_above_a_mebibyte_closes_the_connection(url):
    async with open_socket(url) as socket:
        await socket.send({"type": "ping", "payload": {"a": "x" * 1_100_000}})

        assert (await socket.closed())[0] in (1009, 4400)


async def test_an_operation_before_the_introduction_is_refused(url):
    async with connect(url, subprotocols=[PROTOCOL]) as connection:
        await connection.send(json.dumps({"type": "subscribe", "id": "1", "payload": QUERY}))
        with pytest.raises(websockets.ConnectionClosed):
            await connection.recv()

    assert connection.close_code == 4401


async def test_a_second_introduction_is_refused(url):
    async with open_socket(url) as socket:
        await socket.send({"type": "connection_init"})

        assert (await socket.closed())[0] == 4429


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"]
)
async def test_a_page_of_another_origin_is_refused(url, origin):
    with pytest.raises(websockets.InvalidStatus) as refusal:
        async with connect(url, subprotocols=[PROTOCOL], origin=origin):
            pass

    assert refusal.value.response.status_code == 403


async def test_a_page_of_our_own_is_not(url):
    origin = url.replace("ws://", "http://").removesuffix("/graphql")
    async with open_socket(url, origin=origin) as socket:
        assert await socket.ask("{ __typename }") == ANSWER


@pytest.mark.parametrize("offered", [["graphql-ws"], ["nonsense"], None])
async def test_no_other_protocol_is_spoken(url, offered):
    async with connect(url, subprotocols=offered) as connection:
        assert connection.subprotocol is None
        with pytest.raises(websockets.ConnectionClosed):
            await connection.recv()

    assert connection.close_code == 4406


async def test_of_two_protocols_ours_is_chosen(url):
    async with open_socket(url, subprotocols=["graphql-ws", PROTOCOL]) as socket:
        assert socket.connection.subprotocol == PROTOCOL


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nope }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A{__typename} query B{__typename}"}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": 5}, "BAD_REQUEST"),
        ({}, "BAD_REQUEST"),
        ({"query": "{__typename}", "variables": []}, "BAD_REQUEST"),
        (
            {"query": "query($v:Int!){users(first:$v){totalCount}}", "variables": {"v": "x"}},
            "BAD_USER_INPUT",
        ),
    ],
    ids=str,
)
async def test_an_operation_that_cannot_run_ends_alone(url, payload, code):
    async with open_socket(url) as socket:
        errors = await socket.ask(**payload)
        after = await socket.ask("{ __typename }")

    assert {error["extensions"]["code"] for error in errors} == {code}
    assert after == ANSWER


RENAME = """
mutation Rename($name: String!, $id: ID!) {
  upsertCompanies(input: { companies: [{ sourceId: $id, name: $name }] }) {
    userErrors { code }
  }
}
"""
PUT_USER = """
mutation ($users: [UserInput!]!) { upsertUsers(input: { users: $users }) { userErrors { code } } }
"""
READ = "{ users { nodes { company { name } } } }"


async def test_an_operation_sees_what_happened_since_the_one_before(serving):
    async def company_name(socket):
        answer = await socket.ask(READ)
        return answer["data"]["users"]["nodes"][0]["company"]["name"]

    with serving() as url:
        async with open_socket(url) as one, open_socket(url) as another:
            await one.ask(RENAME, variables={"id": builders.COMPANY, "name": "Before"})
            await one.ask(PUT_USER, variables={"users": [builders.user()]})
            before = await company_name(one)
            await another.ask(RENAME, variables={"id": builders.COMPANY, "name": "After"})
            after = await company_name(one)

    assert (before, after) == ("Before", "After")


async def test_only_so_many_operations_are_under_way(serving, database_url):
    file = Path(database_url.partition(":///")[2])
    with serving(limit_socket_operations=3) as url, closing(sqlite3.connect(file)) as other:
        async with open_socket(url) as socket:
            other.execute("BEGIN IMMEDIATE")  # so that mutations wait
            payload = {
                "query": RENAME,
                "variables": {"id": builders.COMPANY, "name": "Brick"},
            }
            for each in range(4):
                await socket.send({"type": "subscribe", "id": f"{each}", "payload": payload})
            refused = await socket.receive()
            other.rollback()
            ended = [await socket.receive() for _ in range(6)]
            again = await socket.ask("{ __typename }")

    assert (refused["id"], refused["type"]) == ("3", "error")
    assert refused["payload"][0]["extensions"] == {"code": "REQUEST_TOO_LARGE"}
    assert sorted(each["id"] for each in ended if each["type"] == "complete") == ["0", "1", "2"]
    assert again == ANSWER


async def test_a_client_may_end_what_it_began(serving, database_url):
    file = Path(database_url.partition(":///")[2])
    with serving() as url, closing(sqlite3.connect(file)) as other:
        async with open_socket(url) as socket:
            other.execute("BEGIN IMMEDIATE")
            variables = {"id": builders.COMPANY, "name": "Brick"}
            payload = {"query": RENAME, "variables": variables}
            await socket.send({"type": "subscribe", "id": "1", "payload": payload})
            await asyncio.sleep(0.2)
            await socket.send({"type": "complete", "id": "1"})
            await asyncio.sleep(0.2)
            other.rollback()
            answer = await socket.ask("{ companies { totalCount } }", id_="2")

    assert answer == {"data": {"companies": {"totalCount": 0}}}
