"""The short road of a small request: `POST /graphql` that has come whole is answered in one go.

All other requests pass the layers of ``app.main.guarded`` one by one, on the way in and with each
part of the answer on the way out; for a request that asks for little this costs more than what it
asks for. Here the same functions are called one after the other, and the answer is written at
once. What is only a matter of layers has its line below, in the order of the layers.
``tests/edge/test_short_road.py`` sends the same requests over both roads and compares bytes.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, cast

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from app.edge.admission import Admission, TakenPlace, declares_more
from app.edge.compression import Headers, compressed
from app.edge.every_answer import complete, name
from app.edge.hosts import HostMiddleware
from app.edge.observer import LEFT, Observer
from app.edge.peers import ProxyMiddleware
from app.edge.refusals import BUSY, Refusal
from app.edge.whole_writes import WholeWrites
from app.faults import log_fault
from app.http_json import WHOLE_BODY
from app.places import PLACE, Busy
from app.request_ids import CURRENT

SHORT_ROAD: Final = "timeoff.short_road"
"""In the state that the application leaves for its server: the short road, for connections."""


_EVENTS: Final = b"event-stream"

Whole = tuple[int, Headers, bytes]
"""An answer that is there as a whole: status, headers, body."""


class Endpoint(Protocol):
    """What is at the end of the road."""

    async def answer(self, request: Request) -> Whole:
        """Return the answer, to a fault as well. Raises ClientDisconnect."""


@dataclass(frozen=True, slots=True)
class ShortRoad:
    """What stands on it: the layers that can be asked by a call, and the endpoint."""

    paths: frozenset[str]
    """Where GraphQL is: with the prefix of a proxy, and without."""
    endpoint: Endpoint
    admission: Admission
    hosts: HostMiddleware
    proxies: ProxyMiddleware | None
    most_body_bytes: int
    compresses: bool
    observer: Observer | None = None

    def app_for(self, cycle: RequestResponseCycle, app: ASGIApp) -> ASGIApp:
        """Return the application that answers a request: ``app``, unless it may come this way."""
        scope = cycle.scope
        is_for_it = scope["method"] == "POST" and scope["path"] in self.paths
        if not is_for_it or scope["root_path"] or cycle.waiting_for_100_continue:
            return app
        if any(key == b"accept" and _EVENTS in value.lower() for key, value in scope["headers"]):
            return app  # what comes event by event is never there as a whole
        return partial(self._take, cycle, app)

    async def _take(
        self,
        cycle: RequestResponseCycle,
        app: ASGIApp,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        # By now all is read that has come together with the headers: often the whole request.
        if cycle.more_body and not self._is_refused_unread(scope):
            await self._wait_for_body(cycle)
        if cycle.more_body or cycle.disconnected or len(cycle.body) > self.most_body_bytes:
            await app(scope, receive, send)
            return
        cycle.flow.resume_reading()
        if self.proxies is not None:
            self.proxies.look(scope)
        CURRENT.set(name(scope))
        observed = None if self.observer is None else self.observer.begin()[0]
        status, body = LEFT, b""
        try:
            status, headers, body = await self._answer(cycle, scope)
        except ClientDisconnect:
            pass
        except Exception as fault:  # noqa: BLE001 - uvicorn would log its message
            log_fault(fault)
        else:
            if cycle.flow.write_paused:
                await cycle.flow.drain()
            if not cycle.disconnected:
                _write(cycle, status, complete(headers, scope), body)
        if observed is not None and self.observer is not None:
            observed.status, observed.size = status, len(body)
            self.observer.end(observed, scope)

    def _is_refused_unread(self, scope: Scope) -> bool:
        """Say whether it is refused without a look at its body, which may never come."""
        return (
            self.admission.is_full()
            or self.hosts.find_refusal(scope) is not None
            or declares_more(scope, self.most_body_bytes)
        )

    async def _wait_for_body(self, cycle: RequestResponseCycle) -> None:
        """Wait until the body is there, or its client has left, or it is too large."""
        most = self.most_body_bytes
        while cycle.more_body and not cycle.disconnected and len(cycle.body) <= most:
            cycle.message_event.clear()
            cycle.flow.resume_reading()
            await cycle.message_event.wait()

    async def _answer(self, cycle: RequestResponseCycle, scope: Scope) -> Whole:
        if refusal := self.hosts.find_refusal(scope):
            return _whole(refusal)
        try:
            await self.admission.reads.enter()
        except Busy:
            self.admission.note_refusal(scope)
            return _whole(BUSY)
        place = scope[PLACE] = TakenPlace(self.admission, scope)
        scope[WHOLE_BODY], cycle.body = bytes(cycle.body), bytearray()
        try:
            status, headers, body = await self.endpoint.answer(Request(scope))
            if self.compresses:
                headers, body = await compressed(scope, status, headers, body)
            return status, headers, body
        finally:
            place.leave()


def _whole(refusal: Refusal) -> Whole:
    return refusal.status, list(refusal.response.raw_headers), refusal.body


def _write(cycle: RequestResponseCycle, status: int, headers: Headers, body: bytes) -> None:
    """Do what uvicorn does with the head and the body of an answer, in one write."""
    headers = cycle.default_headers + headers
    if not cycle.keep_alive:
        headers.append((b"connection", b"close"))
    head = b"\r\n".join(map(b": ".join, headers))
    transport = cast("WholeWrites", cycle.transport)
    transport.write_at_once(b"".join((STATUS_LINE[status], head, b"\r\n\r\n", body)))
    cycle.response_started = cycle.response_complete = True
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
