"""The same requests over the short road and over the long one: the same answers to the byte."""

import asyncio
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, Final

import pytest
import uvicorn
from starlette.requests import ClientDisconnect, Request

from app.deadline import DEPARTURE
from app.edge.admission import Admission
from app.edge.crowds import CrowdedHttpProtocol
from app.edge.limits import AdmissionLimits
from app.edge.short_road import Endpoint
from app.main import create_app, guarded
from app.settings import Settings
from tests import warm
from tests.edge.small_requests import (
    BODIES,
    BODY_BYTES,
    FIRST,
    FIRST_LINES,
    FRAMINGS,
    HEADERS,
    HOST,
    JSON,
    pieces,
)
from tests.edge.wire import LONGEST_WAIT, Wire, wire
from tests.server import clean_environment
from tests.web.guarded import make_token
from tests.web.sign_in import listening

A_MOMENT: Final = 0.005
"""In which a server reads what was sent, before more is."""
_OF_THE_MOMENT: Final = re.compile(
    rb"(?<=\r\ndate: )[^\r]+|(?<=\r\nx-request-id: )[0-9a-f]{12}-[0-9a-f]+(?=\r)|(?<=;t=)\d+"
)
"""The date, ids that a server has made, and the seconds to the next minute of an allowance."""
_DATE: Final = re.compile(rb"\r\ndate: [^\r]+")


# The two roads


class Counted:
    """The endpoint at the end of the short road, which says how often it was come to."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.answers = 0

    async def answer(self, request):
        self.answers += 1
        return await self._endpoint.answer(request)


@dataclass
class Served:
    url: str
    short: Counted | None = None
    admission: Any = None


@contextmanager
def serving_by(
    settings: Settings,
    limits: AdmissionLimits | None = None,
    endpoint: Any = None,
    *,
    short: bool,
) -> Iterator[Served]:
    """Serve from a thread, by the protocol and the layers that `timeoff serve` has."""
    gateway = create_app(settings)
    if limits:
        gateway.admission = Admission(limits)
    if endpoint:
        gateway.graphql = endpoint
    app = guarded(gateway, settings, has_short_road=short)
    counted = None
    if short and gateway.short_road:
        counted = Counted(gateway.short_road.endpoint)
        gateway.short_road = replace(gateway.short_road, endpoint=counted)
    config = uvicorn.Config(
        app,
        http=partial(CrowdedHttpProtocol, limits=settings.connection_limits),  # type: ignore[arg-type]
        loop="uvloop",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    with listening(config) as address:
        yield Served(f"http://{address}", counted, gateway.admission)


@dataclass
class Roads:
    short: Served
    long: Served
    token: str
    cookie: str

    @property
    def taken(self) -> int:
        """How many requests the endpoint has had over the short road."""
        assert self.short.short
        return self.short.short.answers


@pytest.fixture(scope="module")
def company(module_database_url):
    """A database with the demo, a token and a session."""
    for command in ("migrate", "seed"):
        warm.run(
            command, "--database-url", module_database_url, env=clean_environment(), check=True
        )
    return module_database_url, make_token(module_database_url, "roads", "--role", "admin")


@contextmanager
def both(
    company, limits: AdmissionLimits | None = None, endpoint: Any = None, **given: Any
) -> Iterator[Roads]:
    url, token = company
    settings = Settings(
        database_url=url,
        mode="production",
        limit_body_bytes=BODY_BYTES,
        limit_failed_credentials_per_minute=1_000,
        **given,
    )
    with ExitStack() as stack:
        short, long = (
            stack.enter_context(serving_by(settings, limits, endpoint, short=each))
            for each in (True, False)
        )
        cookie = "" if limits or endpoint else sign_in(long.url, token)
        yield Roads(short, long, token, cookie)


def sign_in(url: str, token: str) -> str:
    """Return the cookie of a new session."""
    form = f"token={token}".encode()
    head = (
        "POST /sign-in HTTP/1.1",
        HOST,
        "Sec-Fetch-Site: same-origin",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(form)}",
    )
    with wire(Served(url)) as connection:
        connection.send("\r\n".join([*head, "", ""]).encode() + form)
        cookie: str = connection.answer().headers["set-cookie"]
    return cookie.partition(";")[0]


# Comparing


def answers(served: Served, sent, *, count: int = 1) -> list[bytes]:
    """Return what is answered, to the byte, and to a plain request after it if that is taken."""
    found = []
    with wire(served) as connection:
        for number, piece in enumerate(sent):
            if number and len(piece) > 1:
                time.sleep(A_MOMENT)
            try:
                connection.send(piece)
            except (BrokenPipeError, ConnectionResetError):
                break
        try:
            found += [connection.raw_answer() for _ in range(count)]
            connection.send(pieces(BODIES["typename"], (HOST, JSON))[0])
            found.append(connection.raw_answer())
        except (EOFError, ConnectionError):
            found.append(b"closed")
    return [_OF_THE_MOMENT.sub(b"...", each) for each in found]


def compare(
    roads: Roads, body, headers, first=FIRST, framing="whole", *, undated: bool = False
) -> list[bytes]:
    filled = [each.format(token=roads.token, cookie=roads.cookie) for each in headers]
    sent = pieces(body, filled, first, framing)
    short, long = (answers(each, sent) for each in (roads.short, roads.long))
    if undated:
        short, long = ([without_date(each) for each in found] for found in (short, long))
    assert short == long, (first, headers, framing, body[:200])
    return short


def without_date(answer: bytes) -> bytes:
    """Leave out the date, and the order of headers: which layer refuses depends on the moment."""
    head, blank, body = _DATE.sub(b"", answer).partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    return b"\r\n".join([status, *sorted(lines)]) + blank + body


SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "open": {"auth": "off"},
    "shut": {"auth": "required", "trusted_proxies": ["127.0.0.1"], "limit_cost_per_minute": 10**8},
    "draft": {"auth": "off", "status_codes": "draft-2026", "compression": False},
}


@pytest.fixture(scope="module", params=SETTINGS)
def roads(request, company):
    with both(company, **SETTINGS[request.param]) as served:
        yield served


@pytest.mark.parametrize("headers", ["plain", "accepts graphql", "token", "gzip", "cookie"])
def test_whatever_is_asked(roads, headers):
    before = roads.taken

    for body in BODIES.values():
        compare(roads, body, HEADERS[headers])

    # All but the one that is too large, and each time the plain one after it.
    assert roads.taken - before == 2 * len(BODIES) - 1


@pytest.mark.parametrize("body", ["typename", "long", "no json", "mutation refused", "viewer"])
def test_by_whatever_headers(roads, body):
    for headers in HEADERS.values():
        compare(roads, BODIES[body], headers)


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("framing", FRAMINGS)
def test_however_it_is_sent(roads, framing):
    names = ("typename", "long", "no json", "empty", "largest", "too large")
    for first, name in product(FIRST_LINES, names):
        if framing != "byte by byte" or len(BODIES[name]) < BODY_BYTES:
            compare(roads, BODIES[name], HEADERS["token"], first, framing)


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("headers", ["continue", "close", "upgrade", "other host", "keys"])
def test_in_whatever_pieces_with_unusual_headers(roads, headers):
    for framing in FRAMINGS:
        compare(roads, BODIES["list"], HEADERS[headers], framing=framing)


def test_one_after_the_other_on_one_connection(roads):
    names = ("list", "no json", "typename", "long", "mutation refused")
    sent = [b"".join(pieces(BODIES[name], HEADERS["plain"])[0] for name in names)]
    short, long = (answers(each, sent, count=len(names)) for each in (roads.short, roads.long))

    assert short == long
    assert len(short) == len(names) + 1


BUSY: Final[Mapping[str, AdmissionLimits]] = {
    "none is let in": AdmissionLimits(running=0, waiting=0),
    "some wait in vain": AdmissionLimits(running=0, waiting=1, wait_seconds=0.05),
    "none may write": AdmissionLimits(writing=0, waiting=0),
}


@pytest.mark.parametrize("limits", BUSY)
def test_when_all_is_busy(company, limits):
    with both(company, BUSY[limits], auth="off") as roads:
        for headers, framing, body in product(
            ("plain", "stranger", "named", "close", "other host"),
            ("whole", "apart", "in chunks apart"),
            ("typename", "mutation refused", "too large"),
        ):
            # What is refused before it is a request has no date.
            compare(roads, BODIES[body], HEADERS[headers], framing=framing, undated=True)

        # They are also told in the figures, and hear what comes next when it is their turn.
        short, long = (each.admission.refused for each in (roads.short, roads.long))
        assert 0 < short == long


SENT: Final = "what a client has sent"


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    "headers", ["other host", "no host", "hosts", "bad host", "too large", "busy"]
)
def test_who_is_refused_need_not_send_a_body(company, headers):
    limits = BUSY["none is let in"] if headers == "busy" else None
    body = BODIES["too large" if headers == "too large" else "typename"]
    sent = pieces(body, HEADERS.get(headers, HEADERS["stranger"]), framing="apart")
    with both(company, limits, auth="off") as roads:
        short, long = (answer_to(each, sent[0]) for each in (roads.short, roads.long))

    assert short == long
    assert short.split()[1] in {b"400", b"413", b"421", b"503"}


@pytest.mark.only_on("sqlite")
def test_who_sends_too_much_hears_it_before_the_end(company):
    head, *_ = pieces(b"", HEADERS["plain"], framing="in chunks apart")
    endless = b"%x\r\n%b\r\n" % (BODY_BYTES + 1, b" " * (BODY_BYTES + 1))
    with both(company, auth="off") as roads:
        short, long = (answer_to(each, head, endless) for each in (roads.short, roads.long))

    assert short == long
    assert short.split()[1] == b"413"


def answer_to(served: Served, *sent: bytes) -> bytes:
    began = time.monotonic()
    with wire(served) as connection:
        for piece in sent:
            connection.send(piece)
            time.sleep(A_MOMENT)
        answer = connection.raw_answer()
    assert time.monotonic() - began < LONGEST_WAIT
    return _OF_THE_MOMENT.sub(b"...", answer)


class Broken:
    """An endpoint that fails in what nobody has thought of."""

    async def answer(self, _):
        raise RuntimeError(SENT)

    async def __call__(self, scope, receive, _):
        await self.answer(Request(scope, receive))


def test_what_fails_is_not_told(company, caplog):
    with both(company, endpoint=Broken(), auth="off") as roads:
        found = compare(roads, BODIES["typename"], HEADERS["plain"])

    assert found[0].startswith(b"HTTP/1.1 500 ")
    assert SENT not in caplog.text


def test_where_other_origins_are_let_in_there_is_no_short_road(company):
    settings = Settings(database_url=company[0], cors_origins=["https://friend.example"])
    with serving_by(settings, short=True) as served:
        assert served.short is None


class Slow:
    """An endpoint that is not done before its client has left, or for a moment."""

    def __init__(self, seconds: float) -> None:
        self.begun, self.left = threading.Event(), threading.Event()
        self._seconds = seconds

    async def answer(self, request):
        until = time.monotonic() + self._seconds
        self.begun.set()
        while time.monotonic() < until:
            await asyncio.sleep(0.01)
            if request.scope[DEPARTURE].has_left:
                self.left.set()
                raise ClientDisconnect
        return 200, [(b"content-length", b"2")], b"{}"

    async def __call__(self, scope, receive, send):
        try:
            status, headers, body = await self.answer(Request(scope, receive))
        except ClientDisconnect:
            return
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@contextmanager
def under_way(company, slow: Slow, body: str = "typename", *, short: bool) -> Iterator[Wire]:
    """Serve, and have begun with a request, until the block is left: then the server ends."""
    settings = Settings(database_url=company[0], auth="off")
    with ExitStack() as client:
        with serving_by(settings, endpoint=slow, short=short) as served:
            connection = client.enter_context(wire(served))
            connection.send(*pieces(BODIES[body], HEADERS["plain"]))
            assert slow.begun.wait(LONGEST_WAIT)
            yield connection
        if not slow.left.is_set():
            answer = connection.answer()
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert connection.is_cut()


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("short", [True, False])
def test_a_server_that_ends_answers_what_is_under_way(company, short):
    with under_way(company, Slow(0.3), short=short):
        pass


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("body", ["typename", "largest"])
@pytest.mark.parametrize("short", [True, False])
def test_a_client_that_leaves_is_worked_for_no_more(company, caplog, short, body):
    slow = Slow(LONGEST_WAIT)
    with under_way(company, slow, body, short=short) as connection:
        connection.close()
        assert slow.left.wait(LONGEST_WAIT / 2)
    assert ClientDisconnect.__name__ not in caplog.text
