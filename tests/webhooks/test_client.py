"""What posts to receivers: bounded in time and bytes, and only to addresses that were looked at."""

import asyncio
import contextlib
import datetime as dt
import socket
import ssl
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.domain.webhook_urls import ReachRules
from app.domain.webhooks import Outcome
from app.outgoing.client import OutgoingClient
from app.outgoing.names import resolve
from tests.domain.test_webhook_urls import INSIDE
from tests.webhooks.conftest import RULES
from tests.webhooks.receiver import Reply, receiving

NAMED = ReachRules(frozenset({"hooks.test"}), (), frozenset({"hooks.test"}))


@pytest.fixture
async def client():
    client = OutgoingClient(RULES, seconds=60)
    yield client
    await client.aclose()


@pytest.fixture
async def impatient():
    client = OutgoingClient(RULES, seconds=1)
    yield client
    await client.aclose()


def leading_to(*answers):
    """A resolver that answers otherwise each time, as in DNS rebinding, and counts."""
    asked = []

    async def resolve(host, port):
        asked.append(host)
        return [ip_address(each) for each in answers[min(len(asked), len(answers)) - 1]]

    return resolve, asked


async def post(client, url, body=b"{}"):
    return await client.post(url, {"webhook-id": "msg_1"}, body)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_every_status_from_200_to_299_is_taken_for_yes(client, receiver, status):
    receiver.answer = lambda _: Reply(status)

    answer = await post(client, receiver.url + "?a=b", b'{"a":1}')

    (got,) = receiver.got
    assert (answer.outcome, answer.status) == (Outcome.DELIVERED, status)
    assert (got.body, got.path) == (b'{"a":1}', "/hook?a=b")
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["webhook-id"] == "msg_1"
    assert got.headers["accept-encoding"] == "identity"
    assert 0 <= answer.milliseconds < 60_000


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        (410, Outcome.GONE),
        (429, Outcome.REFUSED),
        (500, Outcome.REFUSED),
        (503, Outcome.REFUSED),
    ],
)
async def test_another_status_is_no(client, receiver, status, outcome):
    receiver.answer = lambda _: Reply(status, {"Retry-After": "120"}, b"busy\x00 now")

    answer = await post(client, receiver.url)

    assert (answer.outcome, answer.status, answer.text) == (outcome, status, "busy now")
    assert answer.retry_after == dt.timedelta(minutes=2)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(client, receiver, status):
    with receiving() as other:
        receiver.answer = lambda _: Reply(status, {"Location": other.url})

        answer = await post(client, receiver.url)

    assert (answer.outcome, answer.status) == (Outcome.REFUSED, status)
    assert len(receiver.got) == 1
    assert other.got == []


async def test_of_a_huge_answer_little_is_read(client, receiver):
    receiver.answer = lambda _: Reply(200, body=b"x" * 50_000_000)

    answer = await post(client, receiver.url)

    assert (answer.outcome, answer.text) == (Outcome.DELIVERED, "x" * 200)
    sent = receiver.sent_bytes
    while sent != receiver.sent_bytes:
        sent = receiver.sent_bytes
        await asyncio.sleep(0.1)
    assert sent < 20_000_000  # what the system's buffers hold


@pytest.mark.parametrize(
    "reply",
    [Reply(seconds=600), Reply(200, body=b"x" * 4_000, trickles=True)],
    ids=["no answer", "an answer byte by byte"],
)
async def test_a_slow_receiver_is_left_in_time(impatient, receiver, reply):
    receiver.answer = lambda _: reply

    async with asyncio.timeout(60):
        answer = await post(impatient, receiver.url)

    assert (answer.outcome, answer.status) == (Outcome.TIMED_OUT, None)


async def test_where_nobody_listens_is_no_receiver(client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    answer = await post(client, f"http://127.0.0.1:{port}/")

    assert (answer.outcome, answer.status) == (Outcome.UNREACHABLE, None)
    assert answer.text


@pytest.mark.parametrize(
    "said", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
async def test_what_speaks_no_http_is_no_receiver(client, said):
    async def serve(reader, writer):
        await reader.read(10)
        writer.write(said)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        answer = await post(client, f"http://127.0.0.1:{port}/")

    assert answer.outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize(
    ("first", "without_end"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000),
        (b"", b"HTTP/1.1 103 Early Hints\r\n" + b"Link: x\r\n" * 1_000 + b"\r\n"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1;" + b"x" * 10_000 + b"\r\na\r\n",
        ),
    ],
    ids=["100", "103", "chunks that have more name than content"],
)
async def test_what_stands_around_an_answer_has_an_end_too(client, first, without_end):
    """Else one receiver keeps the process busy for as long as it may take to answer."""
    sent = 0

    async def serve(reader, writer):
        nonlocal sent
        await reader.read(10)
        writer.write(first)
        with contextlib.suppress(ConnectionError):
            while sent < 100_000_000:
                writer.write(without_end)
                await writer.drain()
                sent += len(without_end)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        answer = await post(client, f"http://127.0.0.1:{port}/")

    assert (answer.outcome, answer.status) == (Outcome.UNREACHABLE, None)
    assert "65,536 bytes" in answer.text
    assert sent < 20_000_000  # what the system's buffers hold


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, Outcome.DELIVERED), (410, Outcome.GONE), (503, Outcome.REFUSED)]
)
async def test_a_retry_after_that_is_no_date_changes_no_outcome(client, receiver, status, outcome):
    junk = "Mon, 02 Mar 2026 08:02:00 +99999999999999999999"
    receiver.answer = lambda _: Reply(status, {"Retry-After": junk}, b"ok")

    answer = await post(client, receiver.url)

    assert (answer.outcome, answer.status, answer.retry_after) == (outcome, status, None)


async def test_headers_without_end_are_not_read(client):
    async def serve(reader, writer):
        await reader.read(10)
        writer.write(b"HTTP/1.1 200 OK\r\nX-A: " + b"x" * 3_000_000)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        answer = await post(client, f"http://127.0.0.1:{port}/")

    assert answer.outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
async def test_no_proxy_of_the_environment_is_used(client, receiver, monkeypatch, name):
    """Nobody here sees where a proxy leads."""
    with receiving() as proxy:
        for each in (name, name.lower()):
            monkeypatch.setenv(each, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)

        plain = await post(client, receiver.url)
        secure = await post(client, receiver.url.replace("http:", "https:"))

    assert (plain.outcome, secure.outcome) == (Outcome.DELIVERED, Outcome.UNREACHABLE)
    assert (len(receiver.got), proxy.connections) == (1, 0)


async def test_messages_to_one_receiver_share_a_connection(client, receiver):
    for _ in range(5):
        await post(client, receiver.url)

    assert (len(receiver.got), receiver.connections) == (5, 1)


@pytest.mark.parametrize("address", INSIDE)
async def test_no_name_leads_inside(address):
    """Nobody listens there: what was tried would be UNREACHABLE or TIMED_OUT."""
    resolver, asked = leading_to([address])
    client = OutgoingClient(ReachRules(), resolve=resolver, seconds=1)

    answer = await post(client, "https://hooks.example.com/")

    assert answer.outcome is Outcome.FORBIDDEN_ADDRESS
    assert asked == ["hooks.example.com"]
    assert address not in answer.text
    await client.aclose()


async def test_one_address_inside_among_others_is_enough():
    resolver, _ = leading_to(["8.8.8.8", "10.0.0.1"])
    client = OutgoingClient(ReachRules(), resolve=resolver, seconds=1)

    assert (await post(client, "https://hooks.example.com/")).outcome is Outcome.FORBIDDEN_ADDRESS
    await client.aclose()


async def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to(receiver):
    """Of a name that leads elsewhere at a second look: there is none."""
    rules = ReachRules(frozenset(), RULES.networks, frozenset({"hooks.example.com"}))
    resolver, asked = leading_to(["127.0.0.1"], ["10.0.0.1"])
    client = OutgoingClient(rules, resolve=resolver, seconds=1)

    url = f"http://hooks.example.com:{receiver.port}/"
    first = await post(client, url)
    await client.aclose()
    second = await post(client, url)

    assert first.outcome is Outcome.DELIVERED
    assert receiver.got[0].headers["host"] == f"hooks.example.com:{receiver.port}"
    assert second.outcome is Outcome.FORBIDDEN_ADDRESS
    assert asked == ["hooks.example.com"] * 2
    await client.aclose()


async def test_the_next_address_of_a_name_is_tried(receiver):
    resolver, _ = leading_to(["127.0.0.2", "127.0.0.1"])
    client = OutgoingClient(NAMED, resolve=resolver, seconds=2)

    answer = await post(client, f"http://hooks.test:{receiver.port}/")

    assert answer.outcome is Outcome.DELIVERED
    await client.aclose()


async def test_a_name_that_leads_nowhere_is_unreachable():
    async def nowhere(host, port):
        raise OSError(-2, "no such name")

    for resolver in (nowhere, leading_to([])[0]):
        client = OutgoingClient(NAMED, resolve=resolver, seconds=1)
        answer = await post(client, "http://hooks.test/")
        assert (answer.outcome, answer.status) == (Outcome.UNREACHABLE, None)
        assert answer.text in {"The name leads nowhere: no such name", "The name leads nowhere."}
        await client.aclose()


async def test_plain_http_where_tls_is_expected_is_unreachable(client, receiver):
    answer = await post(client, receiver.url.replace("http:", "https:"))

    assert (answer.outcome, answer.status) == (Outcome.UNREACHABLE, None)
    assert receiver.got == []


async def test_a_fault_of_ours_counts_as_a_failure_too():
    async def resolve(host, port):
        raise KeyError("a fault")

    client = OutgoingClient(NAMED, resolve=resolve, seconds=1)

    answer = await post(client, "http://hooks.test/")

    assert (answer.outcome, answer.text) == (Outcome.UNREACHABLE, "KeyError")
    await client.aclose()


async def test_what_the_operator_no_longer_admits_is_sent_nothing(receiver):
    client = OutgoingClient(ReachRules(), seconds=1)

    answer = await post(client, receiver.url)

    assert answer.outcome is Outcome.FORBIDDEN_ADDRESS
    assert receiver.got == []
    await client.aclose()


async def test_the_system_says_where_a_name_leads():
    assert ip_address("127.0.0.1") in await resolve("localhost", 443)
    assert await resolve("192.0.2.7", 443) == [ip_address("192.0.2.7")]
    with pytest.raises(OSError, match="."):
        await resolve("no such name", 443)


def certificate(folder, name):
    """Return contexts of a receiver with this name, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of one's own")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "receiver.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(file)
    return theirs, ssl.create_default_context(cafile=file)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("hooks.test", Outcome.DELIVERED), ("other.test", Outcome.UNREACHABLE)],
)
async def test_a_certificate_is_for_the_name_and_not_for_the_address(tmp_path, name, outcome):
    theirs, ours = certificate(tmp_path, name)
    resolver, _ = leading_to(["127.0.0.1"])
    with receiving(tls=theirs) as receiver:
        client = OutgoingClient(NAMED, resolve=resolver, seconds=2, tls=ours)
        answer = await post(client, f"https://hooks.test:{receiver.port}/")
        await client.aclose()

    assert answer.outcome is outcome
    assert len(receiver.got) == (outcome is Outcome.DELIVERED)


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path):
    theirs, _ = certificate(tmp_path, "hooks.test")
    resolver, _ = leading_to(["127.0.0.1"])
    with receiving(tls=theirs) as receiver:
        client = OutgoingClient(NAMED, resolve=resolver, seconds=2)
        answer = await post(client, f"https://hooks.test:{receiver.port}/")
        await client.aclose()

    assert answer.outcome is Outcome.UNREACHABLE
    assert "certificate" in answer.text.lower()
    assert receiver.got == []
