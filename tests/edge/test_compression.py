"""Large answers are compressed for clients that take it; small ones and all others are not."""

import asyncio
import gzip
import http.client
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from app.edge.compression import LEAST_BYTES, CompressionMiddleware
from tests import warm
from tests.server import clean_environment, serving

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

EVERYTHING = "{ users(first: 100) { nodes { id sourceId fullName emailAddress headline } } }"
CSV = "/exports/schedule.csv?from=2023-01-01&to=2023-12-31&all_days=true"
FEED = """
mutation Make($id: ID!) {
  createCalendarFeed(input: {companyId: $id}) { link userErrors { message } }
}
"""


DECODED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "zstd": zstd.decompress,
}


@dataclass(frozen=True)
class Raw:
    """An answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self):
        """The body as a client reads it."""
        decoded = DECODED[self.headers.get("content-encoding", "")]
        return decoded(self.body).decode()


def ask(server, method, path, body=None, **headers):
    """Send a request and nothing that http.client would add."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=300)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", str(len(content)))
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(content)
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Raw(answer.status, told, answer.read())
    finally:
        connection.close()


def graphql(server, document, accept_encoding="gzip", **variables):
    sent = {"query": document, "variables": variables}
    return ask(server, "POST", "/graphql", sent, Accept_Encoding=accept_encoding)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('compression') / 'timeoff.db'}"
    warm.run("migrate", "--database-url", url, env=clean_environment(), check=True)
    return url


@pytest.fixture(scope="module")
def server(database):
    with serving(database, "--demo") as server:
        yield server


@pytest.fixture(scope="module")
def link(server):
    company = json.loads(graphql(server, "{ companies { nodes { id } } }").text)
    (first, *_) = company["data"]["companies"]["nodes"]
    made = json.loads(graphql(server, FEED, id=first["id"]).text)
    return made["data"]["createCalendarFeed"]["link"]


PLACES = {
    "GraphQL": ("POST", "/graphql", {"query": EVERYTHING}),
    "Kantata's entries": ("GET", "/kantata/api/v1/time_off_entries?per_page=200", None),
    "the CSV": ("GET", CSV, None),
    "the schema": ("GET", "/schema.graphql", None),
    "the OpenAPI document": ("GET", "/openapi.json", None),
    "a page": ("GET", "/docs/rest", None),
}


@pytest.mark.parametrize(("method", "path", "body"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize(
    ("wish", "encoding"), [("gzip, deflate, br", "gzip"), ("gzip, deflate, br, zstd", "zstd")]
)
def test_a_large_answer_is_compressed_for_who_takes_it(server, method, path, body, wish, encoding):
    plain = ask(server, method, path, body)
    packed = ask(server, method, path, body, Accept_Encoding=wish)

    assert len(plain.body) >= LEAST_BYTES
    assert packed.status == plain.status
    assert packed.headers["content-encoding"] == encoding
    assert packed.text == plain.text
    assert len(packed.body) < len(plain.body) / 2
    assert "content-encoding" not in plain.headers
    for answer in (plain, packed):
        assert "accept-encoding" in answer.headers["vary"].lower()
        if "content-length" in answer.headers:
            assert int(answer.headers["content-length"]) == len(answer.body)
    other = {"content-encoding", "content-length", "accept-ranges", "etag", "date", "x-request-id"}
    assert {name: value for name, value in packed.headers.items() if name not in other} == {
        name: value for name, value in plain.headers.items() if name not in other
    }


@pytest.mark.parametrize(
    ("wish", "encoding"),
    [
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("*", "gzip"),
        ("br;q=1, gzip;q=0.1", "gzip"),
        ("gzip;q=nan", "gzip"),
        ("", None),
        ("identity", None),
        ("br, deflate", None),
        ("gzip;q=0", None),
        ("gzip; q=0.000, *", None),
        ("xgzip", None),
        ("gzip," * 100, None),
        ("zstd", "zstd"),
        ("gzip, zstd", "zstd"),
        ("gzip;q=0.5, ZSTD;q=0.5", "zstd"),
        ("gzip;q=1, zstd;q=0.9", "gzip"),
        ("gzip, zstd;q=0", "gzip"),
        ("zstd;q=0, *;q=0.5", "gzip"),
        ("zstd;q=0", None),
    ],
)
def test_only_who_says_so_takes_it(server, wish, encoding):
    answer = ask(server, "GET", "/schema.graphql", Accept_Encoding=wish)

    assert answer.headers.get("content-encoding") == encoding
    assert answer.text.startswith('"""')


def test_a_small_answer_is_not_touched(server):
    answer = graphql(server, "{ __typename }")

    assert answer.text == '{"data":{"__typename":"Query"}}'
    assert "content-encoding" not in answer.headers
    assert "accept-encoding" not in answer.headers["vary"].lower()


def test_from_which_size_on(server):
    """An alias makes the answer exactly as long as wanted."""
    frame = len('{"data":{"":"Query"}}')
    sizes = {}
    for size in (LEAST_BYTES - 1, LEAST_BYTES):
        answer = graphql(server, f"{{ {'a' * (size - frame)}: __typename }}")
        assert len(answer.text) == size
        sizes[size] = "content-encoding" in answer.headers

    assert sizes == {LEAST_BYTES - 1: False, LEAST_BYTES: True}


def test_the_tag_of_a_feed_is_weak_where_it_is_compressed_and_known_all_the_same(server, link):
    plain = ask(server, "GET", link)
    packed = ask(server, "GET", link, Accept_Encoding="gzip")

    assert packed.text == plain.text
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    for tag in (plain.headers["etag"], packed.headers["etag"]):
        known = ask(server, "GET", link, Accept_Encoding="gzip", If_None_Match=tag)
        assert (known.status, known.body) == (304, b"")
        assert "content-encoding" not in known.headers
        assert "accept-encoding" in known.headers["vary"].lower()


def test_a_head_says_what_a_get_would(server):
    answer = ask(server, "HEAD", "/openapi.json", Accept_Encoding="gzip")
    got = ask(server, "GET", "/openapi.json", Accept_Encoding="gzip")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(got.body))


def test_a_setting_leaves_it_to_a_proxy(database):
    with serving(database, environment={"TIMEOFF_COMPRESSION": "false"}) as server:
        answer = ask(server, "GET", "/schema.graphql", Accept_Encoding="gzip")

    assert "content-encoding" not in answer.headers
    assert answer.body.startswith(b'"""')


TEXT = b"Time off is time off. " * 1_000


async def through(status, headers, *pieces, wish=b"gzip"):
    """What the middleware makes of an answer in pieces, for a client with this wish."""
    sent = []

    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for number, piece in enumerate(pieces):
            more = number < len(pieces) - 1
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.disconnect"}

    scope = {"type": "http", "headers": [(b"accept-encoding", wish)]}
    await CompressionMiddleware(app)(scope, receive, send)
    return dict(sent[0]["headers"]), b"".join(each["body"] for each in sent[1:])


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        pytest.param(200, {b"content-type": b"image/png"}, id="a picture"),
        pytest.param(200, {}, id="who knows what"),
        pytest.param(
            200, {b"content-type": b"text/css", b"content-encoding": b"br"}, id="encoded already"
        ),
        pytest.param(206, {b"content-type": b"text/css"}, id="a part"),
    ],
)
async def test_what_is_no_plain_text_stays_as_it_is(status, headers):
    for pieces in ([TEXT], [TEXT, TEXT]):
        told, body = await through(status, list(headers.items()), *pieces)

        assert (told, body) == (headers, b"".join(pieces))


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_an_answer_in_pieces_is_one_file_and_has_no_length(encoding):
    length = b"%d" % (len(TEXT) * 3)
    given = [(b"content-type", b"text/csv"), (b"content-length", length), (b"vary", b"Accept")]

    headers, body = await through(200, given, b"", TEXT, TEXT * 2, b"", wish=encoding.encode())

    assert DECODED[encoding](body) == TEXT * 3
    assert headers == {
        b"content-type": b"text/csv",
        b"vary": b"Accept, Accept-Encoding",
        b"content-encoding": encoding.encode(),
    }


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("pieces", [1, 2])
async def test_the_loop_goes_on_while_a_large_answer_is_compressed(pieces, encoding):
    turns = 0

    async def count():
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    large = os.urandom(20_000_000).hex().encode()
    before = turns
    of_text = [(b"content-type", b"text/csv")]
    _, body = await through(200, of_text, *[large] * pieces, wish=encoding.encode())
    counting.cancel()

    assert DECODED[encoding](body) == large * pieces
    assert turns > before + 50
