"""Clients that are refused while they still send: each gets to read why (RFC 9112, 9.6)."""

import json
import time
import urllib.error
import urllib.request
from contextlib import suppress

import pytest

from tests.edge.wire import LIVE, graphql, head, wire
from tests.server import serving

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

MEGABYTE = 1_000_000
DROPPED = 8 * MEGABYTE


@pytest.fixture(scope="module")
def server(module_database_url):
    environment = {
        "TIMEOFF_LIMIT_DROPPED_BYTES": str(DROPPED),
        "TIMEOFF_LIMIT_DROPPED_SECONDS": "1.5",
        "TIMEOFF_LIMIT_BODY_SECONDS": "2",
    }
    with serving(module_database_url, environment=environment) as server:
        yield server


def by_urllib(server, path, size, method="POST", **headers):
    """Ask as Python's own client does: it closes, and sends all before it reads anything."""
    asked = urllib.request.Request(
        server.url + path,
        data=b" " * size,
        headers={"Content-Type": "application/json", **headers},
        method=method,
    )
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(asked, timeout=300)
    return refusal.value.code, json.loads(refusal.value.read())


@pytest.mark.parametrize("megabytes", [1, 4, 7])
@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [
        pytest.param("/graphql", "POST", {}, 413, id="a body above the limit"),
        pytest.param("/graphql", "PUT", {}, 405, id="a method that is not there"),
        pytest.param("/nowhere", "POST", {}, 404, id="a path that is not there"),
        pytest.param("/graphql", "POST", {"Host": "evil.example"}, 421, id="a foreign host"),
        pytest.param("/kantata/api/v1/time_off_entries", "POST", {}, 413, id="REST"),
        pytest.param("/graphql", "POST", {"Content-Type": "text/plain"}, 415, id="another type"),
    ],
)
def test_a_client_that_sends_all_before_it_reads_gets_its_answer(
    server, path, method, headers, status, megabytes
):
    given, answer = by_urllib(server, path, megabytes * MEGABYTE + 100_000, method, **headers)

    assert given == status
    assert answer["errors"]


def in_chunks(size):
    first = head(
        "POST /graphql HTTP/1.1",
        "Content-Type: application/json",
        "Transfer-Encoding: chunked",
        "Connection: close",
    )
    chunk = b"%x\r\n%b\r\n" % (65_536, b" " * 65_536)
    return first + chunk * (size // 65_536) + b"0\r\n\r\n"


def test_so_does_one_that_sends_chunks(server):
    with wire(server) as client:
        client.send(in_chunks(6 * MEGABYTE))
        answer = client.answer()

        assert (answer.status, answer.code) == (413, "REQUEST_TOO_LARGE")
        assert client.is_cut()


def declared(size, *headers):
    return head(
        "POST /graphql HTTP/1.1",
        "Content-Type: application/json",
        f"Content-Length: {size}",
        *headers,
    )


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "closed"])
def test_as_many_bytes_as_the_limit_are_dropped_and_one_more_cuts(server, kept):
    headers = () if kept else ("Connection: close",)

    def send(size):
        with wire(server) as client:
            client.send(declared(size, *headers))
            assert client.answer().status == 413
            client.send(b" " * size)
            if kept:
                client.send(LIVE)
                assert client.answer().status == 200
            for _ in range(2):  # a connection that is closed is reset by what is sent to it
                time.sleep(0.3)
                client.send(b"\r\n")

    send(DROPPED)
    with pytest.raises((ConnectionError, EOFError)):
        send(DROPPED + 1)


def drip(client, until):
    while time.monotonic() < until:
        client.send(b" ")
        time.sleep(0.05)


def test_nobody_is_read_from_for_longer_than_the_limit(server):
    began = time.monotonic()
    with wire(server) as client:
        client.send(declared(7 * MEGABYTE, "Connection: close"))
        assert client.answer().status == 413
        assert client.is_cut()  # our half of it
        with pytest.raises(ConnectionError):
            drip(client, until=began + 60)

    assert 1.4 < time.monotonic() - began < 50


def test_a_body_that_was_not_asked_for_ends_the_connection(server):
    with wire(server) as client:
        client.send(declared(7 * MEGABYTE, "Expect: 100-continue"))
        answer = client.answer()

        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert client.is_cut()


def test_one_that_was_asked_for_does_not(server):
    request = graphql("{ __typename }", "Expect: 100-continue")
    first, _, body = request.partition(b"\r\n\r\n")
    with wire(server) as client:
        for _ in range(2):
            client.send(first + b"\r\n\r\n")
            assert client.answer().status == 100
            client.send(body)
            assert client.answer().data == {"__typename": "Query"}


def test_a_client_that_closes_is_not_waited_for(server):
    with wire(server) as client:
        client.send(declared(5 * MEGABYTE, "Connection: close"))
        assert client.answer().status == 413
    with wire(server) as other, suppress(EOFError):
        other.send(LIVE)
        assert other.answer().status == 200
