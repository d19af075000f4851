"""Large answers are compressed by zstd or gzip for clients that take it (RFC 9110, 8.4).

Starlette's own middleware compresses in the event loop, in one piece: 8 MB would keep all
others waiting for 0.1 s at its level 9. It also gives what it changes the strong ETag of
what it was, and takes ``gzip;q=0`` for a wish.
"""

import asyncio
import sys
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http_encodings import Encoding, encoding_for

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEAST_BYTES: Final = 2_048
"""Smaller answers fit into a packet or two as they are, and are not made to wait."""

LEVEL: Final = 3
"""Of either. Measured for gzip: 400 MB/s; 24 times smaller for the CSV, 14 times for JSON. Level 6
takes two and a half times as long for a fifth less. zstd takes a quarter of gzip's time for JSON of
1.7 MB, and makes it a fifth smaller."""

BYTES_AT_ONCE: Final = 64 * 1024
"""Compressed within 0.2 ms; more goes to a thread, beside which the event loop goes on."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_WHOLE: Final[Mapping[Encoding, Callable[[bytes], bytes]]] = {
    "gzip": lambda data: zlib.compress(data, LEVEL, _GZIP),
    "zstd": lambda data: zstd.compress(data, LEVEL),
}
_COMPRESSOR: Final[Mapping[Encoding, Callable[[], Any]]] = {
    "gzip": lambda: zlib.compressobj(LEVEL, wbits=_GZIP),
    "zstd": lambda: zstd.ZstdCompressor(LEVEL),
}
_TYPES: Final = (b"text/", b"application/json", b"image/svg+xml", b"application/javascript")
_EVENTS: Final = b"text/event-stream"
_JSON_SUFFIX: Final = b"+json"
_WITHOUT_A_WHOLE_BODY: Final = frozenset({204, 206, 304})

Headers = list[tuple[bytes, bytes]]


class CompressionMiddleware:
    """Compresses what is large and text; all else goes through as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and look at the answer on its way back."""
        if scope["type"] == "http":
            send = _Answer(scope, send)
        await self._app(scope, receive, send)


class _Answer:
    """The answer to one request: its head waits for its body, which says how large it is."""

    __slots__ = ("_compressor", "_scope", "_send", "_start")

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._start: Message | None = None
        self._compressor: Any = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        start = self._start
        if start is None:
            await (self._send_more(message) if self._compressor else self._send(message))
            return
        self._start = None
        is_whole = not message.get("more_body")
        if is_whole and len(message.get("body", b"")) < LEAST_BYTES:
            await self._send(start)
            await self._send(message)
        else:
            await self._begin(start, message, is_whole=is_whole)

    async def _begin(self, start: Message, message: Message, *, is_whole: bool) -> None:
        status: int = start["status"]
        headers: Headers = list(start["headers"])
        if is_whole:
            headers, body = await compressed(self._scope, status, headers, message["body"])
            await self._send({**start, "headers": headers})
            await self._send({**message, "body": body})
            return
        headers, encoding = _encoded(self._scope, status, headers)
        await self._send({**start, "headers": headers})
        if encoding is None:
            await self._send(message)
            return
        self._compressor = _COMPRESSOR[encoding]()
        await self._send_more(message)

    async def _send_more(self, message: Message) -> None:
        """Send a piece of an answer that comes in pieces."""
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        body = await _beside(self._compressor.compress, message.get("body", b""))
        if not message.get("more_body"):
            body += self._compressor.flush()
        await self._send({**message, "body": body})


async def compressed(
    scope: Scope, status: int, headers: Headers, body: bytes
) -> tuple[Headers, bytes]:
    """Return the headers and the body of an answer that is there as a whole, as they are sent."""
    if len(body) < LEAST_BYTES:
        return headers, body
    headers, encoding = _encoded(scope, status, headers)
    if encoding is not None:
        body = await _beside(_WHOLE[encoding], body)
        headers.append((b"content-length", b"%d" % len(body)))
    return headers, body


def _encoded(scope: Scope, status: int, headers: Headers) -> tuple[Headers, Encoding | None]:
    """Return the headers of an answer by how it is sent, and how: None is as it is."""
    if not _is_fit(status, headers):
        return headers, None
    headers = _varying(headers)
    encoding = encoding_for(_header(scope["headers"], b"accept-encoding") or b"")
    return (headers if encoding is None else _of_compressed(headers, encoding)), encoding


async def _beside(compress: Callable[[bytes], bytes], data: bytes) -> bytes:
    """Compress a little here, and much in a thread: it leaves the interpreter's lock."""
    if len(data) <= BYTES_AT_ONCE:
        return compress(data)
    return await asyncio.to_thread(compress, data)


def _is_fit(status: int, headers: Headers) -> bool:
    """Say whether it is a whole text that nobody has encoded, and is not known to be short."""
    if status in _WITHOUT_A_WHOLE_BODY or _header(headers, b"content-encoding") is not None:
        return False
    type_ = (_header(headers, b"content-type") or b"").partition(b";")[0].strip().lower()
    length = _header(headers, b"content-length")
    is_short = length is not None and int(length) < LEAST_BYTES
    if type_ == _EVENTS:
        return False  # what is compressed would wait for what comes after it
    return (type_.startswith(_TYPES) or type_.endswith(_JSON_SUFFIX)) and not is_short


def _varying(headers: Headers) -> Headers:
    """Return the headers of an answer that depends on what encodings a client takes."""
    varies = _header(headers, b"vary")
    if varies is None:
        return [*headers, (b"vary", b"Accept-Encoding")]
    if b"accept-encoding" in varies.lower() or varies.strip() == b"*":
        return headers
    return [
        (name, value + b", Accept-Encoding" if name.lower() == b"vary" else value)
        for name, value in headers
    ]


def _of_compressed(headers: Headers, encoding: Encoding) -> Headers:
    """Return the headers of the compressed answer: its own length comes, its tag is weak."""
    kept = [
        (name, b"W/" + value if name.lower() == b"etag" and value.startswith(b'"') else value)
        for name, value in headers
        if name.lower() not in (b"content-length", b"accept-ranges")
    ]
    return [*kept, (b"content-encoding", encoding.encode())]


def _header(headers: Headers, name: bytes) -> bytes | None:
    return next((value for each, value in headers if each.lower() == name), None)
