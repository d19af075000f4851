"""What every answer has, whoever gives it: the request's id, and a word to browsers.

Both are added in one go. A middleware for each would cost every request a microsecond more.
"""

from collections.abc import Awaitable, Collection
from operator import itemgetter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.edge.observer import Observer
from app.edge.probes import goes_first
from app.edge.refusals import SECURITY_HEADERS
from app.edge.request_ids import RAW_HEADER, made_id, sent_id
from app.observed import OBSERVED
from app.request_ids import CURRENT, REQUEST_ID, request_id_of

Header = tuple[bytes, bytes]

RAW_HEADERS: Final = [
    (name.lower().encode("ascii"), value.encode("ascii"))
    for name, value in SECURITY_HEADERS.items()
]
_NAMES: Final = frozenset(name for name, _ in RAW_HEADERS)
_name_of: Final = itemgetter(0)
_HANDSHAKES: Final = ("websocket.accept", "websocket.http.response.start")
_DENIAL: Final = "websocket.http.response"


def name(scope: Scope) -> str:
    """Give a request its id, and return it."""
    id_ = scope[REQUEST_ID] = sent_id(scope["headers"]) or made_id()
    return id_


def complete(headers: Collection[Header], scope: Scope) -> list[Header]:
    """Return an answer's headers with the request's id and those that it has not set itself."""
    more = RAW_HEADERS
    if not _NAMES.isdisjoint(map(_name_of, headers)):
        own = set(map(_name_of, headers))
        more = [each for each in RAW_HEADERS if each[0] not in own]
    return [*headers, _id_header(scope), *more]


def _id_header(scope: Scope) -> Header:
    return RAW_HEADER, request_id_of(scope).encode("ascii")


class EveryAnswerMiddleware:
    """Gives each request its id: in its scope, in its answer, and for the lines that it logs.

    The answer gets the security headers that it has not set itself.
    """

    def __init__(self, app: ASGIApp, observer: Observer | None = None) -> None:
        self._app = app
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its id, and observe it."""
        if self._observer is None or scope["type"] != "http":
            await self._pass_on(scope, receive, send)
            return
        if goes_first(scope):
            await self._pass_on(scope, receive, send)
            return
        observed, token = self._observer.begin()

        def note_and_send(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                observed.status = message["status"]
            else:
                observed.size += len(message.get("body", b""))
            return send(message)

        try:
            await self._pass_on(scope, receive, note_and_send)
        finally:
            id_token = CURRENT.set(request_id_of(scope))
            self._observer.end(observed, scope)
            CURRENT.reset(id_token)
            OBSERVED.reset(token)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        id_ = name(scope)

        def send_with_headers(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = complete(message.get("headers", ()), scope)
            return send(message)

        is_http = scope["type"] == "http"
        token = CURRENT.set(id_)
        try:
            await self._app(
                scope, receive, send_with_headers if is_http else _Handshake(scope, send)
            )
        finally:
            CURRENT.reset(token)


class _Handshake:
    """Answers the handshake of a WebSocket with the request's id.

    One that is closed before it was accepted is answered by the server with a 403 that has no
    headers of ours; here it is the same answer with them.
    """

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._header = _id_header(scope)
        self._is_answered = False
        self._can_deny = _DENIAL in scope.get("extensions", ())

    async def __call__(self, message: Message) -> None:
        was_answered, self._is_answered = self._is_answered, True
        if not was_answered and message["type"] in _HANDSHAKES:
            message["headers"] = [*message.get("headers", ()), self._header]
        elif not was_answered and message["type"] == "websocket.close" and self._can_deny:
            headers = [(b"content-length", b"0"), self._header]
            await self._send({"type": f"{_DENIAL}.start", "status": 403, "headers": headers})
            message = {"type": f"{_DENIAL}.body", "body": b""}
        await self._send(message)
