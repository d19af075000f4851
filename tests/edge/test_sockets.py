"""WebSockets on a server whose connections are bounded."""

import json
import time
from socket import create_connection

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.server import serving

PROTOCOL = Subprotocol("graphql-transport-ws")

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]


@pytest.fixture(scope="module")
def server(module_database_url):
    environment = {
        "TIMEOFF_LIMIT_HEADER_SECONDS": "0.3",
        "TIMEOFF_LIMIT_BODY_SECONDS": "0.3",
        "TIMEOFF_LIMIT_IDLE_SECONDS": "1",
        "TIMEOFF_LIMIT_CONNECTIONS": "2",
    }
    with serving(module_database_url, environment=environment) as server:
        yield server


def socket(server, **options):
    url = server.url.replace("http://", "ws://") + "/graphql"
    return connect(url, subprotocols=[PROTOCOL], proxy=None, **options)


def ask(client, document):
    client.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": document}}))
    answer = json.loads(client.recv(timeout=300))
    assert json.loads(client.recv(timeout=300))["type"] == "complete"
    return answer["payload"]


@pytest.mark.parametrize("compression", [None, "deflate"])
@pytest.mark.parametrize(
    ("document", "least", "most"),
    [
        ("{ __typename }", 0, 125),
        ("{ __schema { types { name } } }", 126, 65_535),
        ("{ __schema { types { name description fields { name description } } } }", 65_536, 10**6),
    ],
)
def test_answers_of_every_size_come_whole(server, document, least, most, compression):
    """RFC 6455 writes the size of a message in three ways."""
    with socket(server, compression=compression, max_size=None) as client:
        client.send('{"type": "connection_init"}')
        client.recv(timeout=300)
        answer = ask(client, document)

    expected = httpx.post(f"{server.url}/graphql", json={"query": document}).json()
    assert answer == expected
    told = {"id": "1", "type": "next", "payload": answer}
    assert (
        least <= len(json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()) <= most
    )


def test_a_socket_stays_for_longer_than_a_request_may_take(server):
    with socket(server) as client:
        client.send('{"type": "connection_init"}')
        assert json.loads(client.recv(timeout=300))["type"] == "connection_ack"
        time.sleep(1.5)

        assert ask(client, "{ __typename }") == {"data": {"__typename": "Query"}}


def test_sockets_count_as_connections(server):
    with socket(server), socket(server), pytest.raises(InvalidStatus) as refusal:
        socket(server)

    assert refusal.value.response.status_code == 503


def test_a_socket_to_a_foreign_host_is_refused(server):
    host, port = server.url.removeprefix("http://").split(":")
    here = create_connection((host, int(port)))

    with pytest.raises(InvalidStatus) as refusal:
        connect(f"ws://rebound.example:{port}/graphql", sock=here, proxy=None)

    assert refusal.value.response.status_code == 421
