"""One HTTP connection with a bound on all that its client may do to the server.

uvicorn's httptools protocol is the fastest there is, and trusts its clients: it takes
headers of any size, waits for them and for a body without end, and cannot be told not
to. This one adds the bounds and leaves the parsing where it is.
"""

import asyncio
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app.deadline import DEPARTURE, Departure
from app.edge.last_answers import closing_unless_continued, first_ones_only
from app.edge.limits import ConnectionLimits
from app.edge.refusals import BUSY_AND_CLOSE, Refusal
from app.edge.request_ids import made_id, sent_id
from app.edge.root_path import ROOT_PATH
from app.edge.unread_answers import UnreadAnswer
from app.edge.whole_writes import WholeWrites

SPARE_CONNECTIONS = 32
"""Beyond the bound, for probes and scrapes; whatever else comes on them is told to try later."""

MAX_PIPELINED = 32
"""Requests that a client may send ahead of the answer it waits for."""

MALFORMED = Refusal(HTTPStatus.BAD_REQUEST, "This is not HTTP as it should be.")
TOO_LARGE = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers or the URL are too long."
)
TOO_SLOW = Refusal(HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time.")


class _Part(Enum):
    """What the client has begun to send and not finished."""

    NOTHING = auto()
    HEADERS = auto()
    BODY = auto()


class _TooMuch(Exception):
    """More than a bound admits. httptools makes it the context of an error of its own."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Takes requests as httptools does, within limits.

    Sizes are counted where a request is parsed, exactly, and also as it arrives: a
    part without an end never reaches the parser's callbacks. Time is only kept for a
    request that comes in more than one piece, so the usual request pays for no timer.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: ConnectionLimits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._is_spare = False
        # Nothing more is taken from this client; what it still sends is dropped, and counted.
        self._is_refused = False
        self._is_lingering = False
        self._dropped_bytes = 0
        # The part that the client is at, and the timer for it.
        self._part = _Part.NOTHING
        self._part_is_new = False
        self._part_timer: asyncio.TimerHandle | None = None
        self._request_has_begun = False
        # What was counted: by the parser, and of reads from which it gave nothing back.
        self._parsed_bytes = 0
        self._held_bytes = 0
        self._has_advanced = False
        # The request that is being answered; self.cycle is the one that was read last.
        self._answering: RequestResponseCycle | None = None
        self._unread = UnreadAnswer(self.loop, limits.unread_answer_seconds)
        self._departure: Departure | None = None

    # From the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Count the connection in, or refuse it."""
        whole = WholeWrites(transport, self.loop, self._lingers)
        super().connection_made(whole)  # type: ignore[arg-type]  # as good as one
        excess = len(self.connections) - self._limits.connections
        if excess > SPARE_CONNECTIONS:
            self._is_refused = True
            self.transport.write(BUSY_AND_CLOSE.answer(made_id(), is_last=True))
            self.transport.close()
            return
        if excess > 0:
            self._is_spare = True
            self.app = first_ones_only(self.app, self.app_state.get(ROOT_PATH, ""))
        self._begin(_Part.HEADERS)
        self._keep_time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers with the connection, and tell the request that is answered."""
        self._begin(_Part.NOTHING)
        self._keep_time()
        self._unread.forget()
        self.pipeline.clear()
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()
            if self._departure is not None:
                self._departure.tell()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless the client was refused."""
        if self._is_refused:
            self._drop(len(data))
            return
        self._unset_keepalive_if_required()
        if self._part is _Part.NOTHING:
            self._begin(_Part.HEADERS)
        self._has_advanced = False
        rest: bytes | None = data
        try:
            while rest is not None:
                rest = self._parse(rest)
        except httptools.HttpParserError as error:
            is_too_much = isinstance(error.__context__, _TooMuch)
            self._refuse(TOO_LARGE if is_too_much else MALFORMED)
            return
        if not self._has_advanced:
            # All of it lies in headers, in a chunk's first line or in trailers.
            self._held_bytes += len(data)
            if self._held_bytes > self._limits.header_bytes:
                self._refuse(TOO_LARGE)
                return
        self._keep_time()

    def pause_writing(self) -> None:
        """Keep the application from writing, and the client from leaving it at that."""
        super().pause_writing()
        self._unread.watch(self.transport)

    def resume_writing(self) -> None:
        """Let the application write."""
        super().resume_writing()
        self._unread.forget()

    # From the parser

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._request_has_begun = True
        self._dropped_bytes = 0
        if self._part is not _Part.HEADERS:
            self._begin(_Part.HEADERS)
        self._advance()
        self._parsed_bytes = len(b"  HTTP/1.1\r\n\r\n")

    def on_url(self, url: bytes) -> None:
        """Take a piece of the URL."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. Trailers are counted and dropped: nobody asks for them."""
        self._parsed_bytes += len(name) + len(value) + 4  # b": \r\n"; no call: there are many
        if self._parsed_bytes > self._limits.header_bytes:
            raise _TooMuch
        if self._part is _Part.HEADERS:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start answering, unless the parser is to read the request again."""
        self._count(len(self.parser.get_method()))
        if self._is_foreign_upgrade():
            return
        if len(self.pipeline) >= MAX_PIPELINED:
            raise _TooMuch
        super().on_headers_complete()
        self._expect_body()

    def _expect_body(self) -> None:
        self._begin(_Part.BODY)
        self._advance()

    def on_chunk_header(self) -> None:
        """Note that a chunk begins."""
        self._advance()

    def on_body(self, body: bytes) -> None:
        """Pass on a piece of the body; drop it, where the answer did not wait for it."""
        self._advance()
        if self.cycle.response_complete:
            self._drop(len(body))
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request."""
        if self._is_foreign_upgrade():
            return
        super().on_message_complete()
        self._request_has_begun = False
        self._begin(_Part.NOTHING)
        self._advance()

    # From the answers

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - uvicorn's ASGI type
        self._answering = cycle
        self._departure = cycle.scope[DEPARTURE] = Departure()  # type: ignore[typeddict-unknown-key]  # ours
        if cycle.waiting_for_100_continue:
            app = closing_unless_continued(app, cycle)
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Go on with the next request, or see that the last answer is taken."""
        super().on_response_complete()
        if self.transport.is_closing() and not self._is_lingering:
            self._unread.watch(self.transport)

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection."""
        super().timeout_keep_alive_handler()
        self._unread.watch(self.transport)

    # Parsing

    def _parse(self, data: bytes) -> bytes | None:
        """Feed the parser, and return what it has to be fed once more, if anything."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
                return None
            if self._is_foreign_upgrade():
                return self._without_upgrade() + data[upgrade.args[0] :]
            raise httptools.HttpParserError from None  # CONNECT
        return None

    def _is_foreign_upgrade(self) -> bool:
        """Say whether the client offers to go on in a protocol that is not ours.

        Java's HttpClient asks for HTTP/2 so, with the first request on a connection.
        The parser then takes the body for the other protocol's and drops it.
        """
        return bool(
            self.parser.should_upgrade()
            and self._get_upgrade() is not None
            and not self._should_upgrade()
        )

    def _without_upgrade(self) -> bytes:
        """Return the request's head without the offer, for a parser that begins anew."""
        version = self.parser.get_http_version().encode("ascii")
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over, with none of our timers left on it."""
        if self._is_spare:
            self._refuse(BUSY_AND_CLOSE)
            return
        if self._answering is not None and not self._answering.response_complete:
            self._refuse(MALFORMED)  # a socket cannot begin inside of another answer
            return
        self._begin(_Part.NOTHING)
        self._keep_time()
        self._unread.forget()
        if isinstance(self.transport, WholeWrites):
            self.transport = self.transport.bare
        super().handle_websocket_upgrade()

    def _count(self, size: int) -> None:
        self._parsed_bytes += size
        if self._parsed_bytes > self._limits.header_bytes:
            raise _TooMuch

    # Time

    def _begin(self, part: _Part) -> None:
        self._part = part
        self._part_is_new = True
        self._parsed_bytes = 0

    def _advance(self) -> None:
        self._has_advanced = True
        self._held_bytes = 0

    def _keep_time(self) -> None:
        """Start the clock for a part that a read has left unfinished."""
        if not self._part_is_new:
            return
        self._part_is_new = False
        if self._part_timer is not None:
            self._part_timer.cancel()
            self._part_timer = None
        if self._part is not _Part.NOTHING:
            is_body = self._part is _Part.BODY
            seconds = self._limits.body_seconds if is_body else self._limits.header_seconds
            self._part_timer = self.loop.call_later(seconds, self._time_is_over)

    def _time_is_over(self) -> None:
        self._part_timer = None
        if self.flow.read_paused:
            # It is we who do not read; the client has its time when we do.
            self._part_is_new = True
            self._keep_time()
        elif self._request_has_begun:
            self._refuse(TOO_SLOW)
        else:
            self.transport.close()

    # Refusing

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature
        """Refuse what uvicorn itself finds malformed."""
        self._refuse(MALFORMED)

    def _refuse(self, refusal: Refusal) -> None:
        """Take no more from this client; tell it why, if that is now its turn to hear."""
        own = self.cycle if self._part is _Part.BODY else None
        self._is_refused = True
        self._begin(_Part.NOTHING)
        self._keep_time()
        answering = self._answering
        if answering is not None and not answering.response_complete and answering is not own:
            # An earlier request has its answer still to come, and that is the last one.
            self.pipeline.clear()
            answering.keep_alive = False
            return
        if own is None or not own.response_started:
            headers = self.headers if self._request_has_begun else ()
            id_ = sent_id(headers) or made_id()
            self.transport.write(refusal.answer(id_, is_last=True))
        if own is not None and not own.response_complete:
            own.disconnected = True
            own.message_event.set()
        self._linger()

    # Lingering

    def shutdown(self) -> None:
        """End the connection once its answer is there; nobody is waited for who had his."""
        if self._is_lingering:
            self.transport.abort()
        else:
            super().shutdown()

    def _lingers(self) -> bool:
        """See to the end of a connection whose client has not sent all of its request.

        Closing it with bytes unread would reset it, and a client that is still sending would
        see that instead of the answer (RFC 9112, 9.6).
        """
        if not self._is_lingering and (self._request_has_begun or self.flow.read_paused):
            self._linger()
        return self._is_lingering

    def _linger(self) -> None:
        """Send the end of our half, and drop the client's until it closes, or for a while."""
        self._is_refused = self._is_lingering = True
        self._begin(_Part.NOTHING)
        self._keep_time()
        self._unread.forget()
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._unread.abort_after(self._limits.dropped_seconds, self.transport)

    def _drop(self, size: int) -> None:
        self._dropped_bytes += size
        if self._dropped_bytes > self._limits.dropped_bytes:
            self._is_refused = True
            self.transport.abort()
