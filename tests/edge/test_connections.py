"""What one connection may do to the server: bytes, seconds, and malformed requests."""

import re
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from app.edge.connections import MAX_PIPELINED, SPARE_CONNECTIONS
from tests.edge.wire import LIVE, LONGEST_WAIT, graphql, head, wire
from tests.server import serving

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

HEADER_BYTES = 2048
LIMITS = {
    "TIMEOFF_LIMIT_HEADER_BYTES": str(HEADER_BYTES),
    "TIMEOFF_LIMIT_HEADER_SECONDS": "0.6",
    "TIMEOFF_LIMIT_BODY_SECONDS": "0.7",
    "TIMEOFF_LIMIT_IDLE_SECONDS": "1",
    "TIMEOFF_LIMIT_UNREAD_ANSWER_SECONDS": "0.5",
}
MEGABYTES = 1_000_000


@pytest.fixture(scope="module")
def server(module_database_url):
    with serving(module_database_url, environment=LIMITS) as server:
        yield server


def chunked(*pieces):
    headers = ("Content-Type: application/json", "Transfer-Encoding: chunked")
    return head("POST /graphql HTTP/1.1", *headers) + b"".join(pieces)


# Bytes


def one_header(size):
    request = head("GET /health/live HTTP/1.1", "X: ")
    return request.replace(b"X: ", b"X: " + b"a" * (size - len(request)))


def many_headers(size):
    filler = ["X: aaaa"] * ((size - 200) // 9)
    request = head("GET /health/live HTTP/1.1", *filler, "Y: ")
    return request.replace(b"Y: ", b"Y: " + b"a" * (size - len(request)))


def long_url(size):
    request = head("GET /health/live?a HTTP/1.1")
    return request.replace(b"?a", b"?a" + b"a" * (size - len(request)))


@pytest.mark.parametrize("request_of", [one_header, many_headers, long_url])
@pytest.mark.parametrize("piece", [10**6, 100], ids=["whole", "in pieces"])
def test_headers_of_the_limit_are_taken_and_one_byte_more_is_refused(server, request_of, piece):
    def ask(size):
        request = request_of(size)
        assert len(request) == size
        with wire(server) as client:
            client.send(*(request[at : at + piece] for at in range(0, size, piece)))
            return client.answer()

    assert ask(HEADER_BYTES).status == 200
    refused = ask(HEADER_BYTES + 1)
    assert (refused.status, refused.code) == (431, "REQUEST_HEADER_FIELDS_TOO_LARGE")
    assert refused.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("begin", "endless"),
    [
        pytest.param(head("GET / HTTP/1.1", "X: ")[:-4], b"a", id="one header"),
        pytest.param(head("GET / HTTP/1.1")[:-2], b"X: a\r\n", id="many headers"),
        pytest.param(head("GET / HTTP/1.1", "X:")[:-4], b" ", id="blanks in a header"),
        pytest.param(b"GET /", b"a", id="a URL"),
        pytest.param(b"", b"\r\n", id="blank lines"),
        pytest.param(chunked(b"2\r\n{}\r\n0\r\nX: "), b"a", id="one trailer"),
        pytest.param(chunked(b"2\r\n{}\r\n0\r\n"), b"X: a\r\n", id="many trailers"),
        pytest.param(chunked(b"2;x="), b"a", id="a chunk's extension"),
    ],
)
def test_headers_without_an_end_cost_nothing_and_get_an_answer(server, begin, endless):
    before = peak_memory(server)
    with wire(server) as client:
        client.send(begin, endless * (20 * MEGABYTES // len(endless)))
        answer = client.answer()
        assert client.is_cut()

    assert (answer.status, answer.code) == (431, "REQUEST_HEADER_FIELDS_TOO_LARGE")
    assert peak_memory(server) - before < 8 * MEGABYTES


def peak_memory(server):
    status = Path(f"/proc/{server.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def test_trailers_are_no_headers(server):
    with wire(server) as client:
        client.send(chunked(b"2\r\n{}\r\n0\r\nHost: elsewhere\r\nX: y\r\n\r\n"), LIVE)

        assert client.answer().status == 400  # {} has no query
        assert client.answer().status == 200


# Seconds


@pytest.mark.parametrize(
    "before", [b"", LIVE], ids=["the first request", "a later request of the connection"]
)
def test_headers_that_do_not_arrive_in_time_are_cut(server, before):
    with wire(server) as client:
        if before:
            client.send(before)
            assert client.answer().status == 200
        client.send(b"GET /health/live HTTP/1.1\r\nHost: loc")
        answer = client.answer()

        assert (answer.status, answer.code) == (408, "REQUEST_TIMEOUT")
        assert client.is_cut()


def test_headers_that_drip_are_cut(server):
    with wire(server) as client:
        client.send(b"GET /health/live HTTP/1.1\r\n")
        drip_until_cut(client, b"X: y\r\n")

        assert client.answer().status == 408


@pytest.mark.parametrize("nothing", [b"", b"\r\n"], ids=["nothing", "blank lines"])
def test_a_client_that_asks_nothing_is_cut_without_a_word(server, nothing):
    with wire(server) as client:
        drip_until_cut(client, nothing)

        assert client.is_cut()


def test_a_kept_connection_cannot_be_held_by_blank_lines(server):
    with wire(server) as client:
        client.send(LIVE)
        assert client.answer().status == 200
        drip_until_cut(client, b"\r\n")

        assert client.is_cut()


def test_an_idle_connection_is_closed(server):
    with wire(server) as client:
        client.send(LIVE)

        assert client.answer().status == 200
        assert client.is_cut()


@pytest.mark.parametrize(
    ("begin", "drop"),
    [
        pytest.param(head("POST /graphql HTTP/1.1", "Content-Length: 99") + b"{", b"", id="stalls"),
        pytest.param(head("POST /graphql HTTP/1.1", "Content-Length: 99"), b" ", id="drips"),
        pytest.param(chunked(), b"1\r\n \r\n", id="drips in chunks"),
    ],
)
def test_a_body_that_does_not_arrive_in_time_is_cut(server, begin, drop):
    begin = begin.replace(b"Content-Length", b"Content-Type: application/json\r\nContent-Length")
    with wire(server) as client:
        client.send(begin)
        drip_until_cut(client, drop)
        answer = client.answer()

        assert (answer.status, answer.code) == (408, "REQUEST_TIMEOUT")
        assert client.is_cut()
    assert "Traceback" not in server.log()


def test_a_body_that_was_answered_already_is_not_waited_for(server):
    too_large = head(
        "POST /graphql HTTP/1.1", "Content-Type: application/json", "Content-Length: 99999999"
    )
    with wire(server) as client:
        client.send(too_large)
        assert client.answer().status == 413
        drip_until_cut(client, b" ")

        assert client.is_cut()


def drip(client, drop, seconds=1.5):
    """Send a drop now and then, for longer than any limit here."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        client.send(drop)
        time.sleep(0.02)


def drip_until_cut(client, drop):
    with suppress(ConnectionError):
        drip(client, drop)


def test_a_client_that_takes_no_answer_is_cut(server):
    introspection = "{ __schema { types { name description fields { name description } } } }"
    with wire(server, receive_buffer=4096) as client, pytest.raises(ConnectionError):
        drip(client, graphql(introspection), seconds=LONGEST_WAIT)


def test_a_client_that_takes_its_answer_slowly_gets_it(server):
    introspection = "{ __schema { types { name description fields { name description } } } }"
    with wire(server, receive_buffer=4096) as client:
        client.send(graphql(introspection))
        time.sleep(1)

        assert client.answer().data["__schema"]["types"]


# Malformed requests


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(b"nonsense\r\n\r\n", id="no HTTP"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
        pytest.param(head("GET health HTTP/1.1"), id="a path without its slash"),
        pytest.param(head("CONNECT localhost:1 HTTP/1.1"), id="CONNECT"),
        pytest.param(head("GET / HTTP/1.1", "No colon"), id="a header without a colon"),
        pytest.param(head("POST / HTTP/1.1", "Content-Length: -1"), id="a negative length"),
        pytest.param(
            head("POST / HTTP/1.1", "Content-Length: 1", "Content-Length: 2"), id="two lengths"
        ),
        pytest.param(
            head("POST / HTTP/1.1", "Content-Length: 1", "Transfer-Encoding: chunked"),
            id="a length and chunks",
        ),
        pytest.param(chunked(b"zz\r\n"), id="a chunk without a size"),
        pytest.param(chunked(b"1\r\n{}\r\n"), id="a chunk of another size"),
    ],
)
def test_malformed_http_is_answered_in_json(server, request_bytes):
    with wire(server) as client:
        client.send(request_bytes)
        answer = client.answer()

        assert (answer.status, answer.code) == (400, "BAD_REQUEST")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert client.is_cut()
    assert "Traceback" not in server.log()


def test_what_follows_a_request_does_not_answer_it(server):
    with wire(server) as client:
        client.send(LIVE + b"nonsense\r\n\r\n")
        answer = client.answer()

        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert client.is_cut()


def test_requests_sent_ahead_are_answered_in_order(server):
    with wire(server) as client:
        client.send((graphql() + LIVE) * (MAX_PIPELINED // 2))

        statuses = [client.answer().body[:7] for _ in range(MAX_PIPELINED)]
    assert statuses == [b'{"data"', b'{"statu'] * (MAX_PIPELINED // 2)


def test_a_client_cannot_send_any_number_of_requests_ahead(server):
    with wire(server) as client:
        client.send(LIVE * 5000)

        assert client.answer().status == 200
        assert client.is_cut()


# Upgrades


@pytest.mark.parametrize("piece", [10**6, 7], ids=["whole", "in pieces"])
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_client_that_offers_http_2_is_answered_in_its_own(server, framing, piece):
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    request = graphql("{ __typename }", *offer)
    if framing == "chunks":
        first, _, body = request.partition(b"\r\n\r\n")
        first = re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", first)
        request = b"%b\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (first, len(body), body)
    with wire(server) as client:
        for _ in range(2):
            client.send(*(request[at : at + piece] for at in range(0, len(request), piece)))

            assert client.answer().data == {"__typename": "Query"}


# How many


@pytest.fixture
def small_server(module_database_url):
    environment = {"TIMEOFF_LIMIT_CONNECTIONS": "3"}
    with serving(module_database_url, environment=environment) as server:
        yield server


def test_beyond_the_limit_of_connections_only_probes_are_answered(small_server):
    with ExitStack() as clients:
        kept = [clients.enter_context(wire(small_server)) for _ in range(3)]
        for client in kept:
            client.send(graphql())
            assert client.answer().status == 200
        with wire(small_server) as probe:
            probe.send(LIVE)
            assert probe.answer().status == 200
        with wire(small_server) as late:
            late.send(graphql())
            answer = late.answer()
            assert (answer.status, answer.code) == (503, "SERVICE_UNAVAILABLE")
            assert int(answer.headers["retry-after"]) > 0
            assert late.is_cut()

        kept[0].close()
        time.sleep(0.2)
        with wire(small_server) as client:
            client.send(graphql())
            assert client.answer().status == 200


def test_beyond_the_spare_connections_none_is_kept(small_server):
    with ExitStack() as clients:
        for _ in range(3 + SPARE_CONNECTIONS):
            clients.enter_context(wire(small_server))
        with wire(small_server) as client:
            answer = client.answer()

            assert (answer.status, answer.code) == (503, "SERVICE_UNAVAILABLE")
            assert client.is_cut()
