"""GraphQL over HTTP: https://graphql.github.io/graphql-over-http/draft/ and its audits."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.allowances import Allowances
from app.authentication.callers import CallerOf
from app.authentication.credentials import Unauthenticated
from app.deadline import departure_of
from app.domain.access import Via
from app.domain.errors import Unavailable
from app.http_json import Unreadable, read_body, written
from app.places import PLACE, Busy, write_in
from app.services.caller import Caller
from graphql_schema.context import Context, Services
from graphql_schema.http import media_types
from graphql_schema.http.allowances import spend
from graphql_schema.http.documents import Documents
from graphql_schema.http.errors import (
    FORBIDDEN,
    Answer,
    NotAdmitted,
    NotRun,
    busy,
    not_admitted,
    not_available,
    unauthenticated,
)
from graphql_schema.http.event_stream import EventStream, one_answer
from graphql_schema.http.faults import log_fault, masked
from graphql_schema.http.idempotency_header import HEADER
from graphql_schema.http.limits import Limits, StatusCodes
from graphql_schema.http.operations import Operations
from graphql_schema.http.own_writes import headers_of_writes, note_position
from graphql_schema.http.parameters import Parameters, from_body, from_query_string
from graphql_schema.http.subscriptions import Subscriptions

PARTIAL_SUCCESS: Final = 294
Headers = Mapping[bytes, bytes]
_IDEMPOTENCY_KEY: Final = HEADER.lower().encode()
_HOW_TO_SUBSCRIBE: Final = (
    f"A subscription is answered as {media_types.EVENT_STREAM}, which Accept has to name, or over "
    "WebSocket (graphql-transport-ws)."
)
_READING: Final = ("GET", "HEAD")
"""The server sends no body to a HEAD."""


class WholeAnswer(NamedTuple):
    """An answer that is there as a whole; as an ASGI application it is sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Send it."""
        start = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


class GraphQLEndpoint:
    """An ASGI application: one request in, one answer out."""

    def __init__(
        self,
        services: Services,
        operations: Operations,
        documents: Documents,
        limits: Limits,
        caller_of: CallerOf,
        *,
        subscriptions: Subscriptions,
        allowances: Allowances | None = None,
        status_codes: StatusCodes = StatusCodes.AUDITS,
        graphiql: Callable[[Request], Awaitable[Response]] | None = None,
        gets_named_only: bool = False,
    ) -> None:
        self._services = services
        self._operations = operations
        self._documents = documents
        self._limits = limits
        self._caller_of = caller_of
        self.subscriptions = subscriptions
        self._allowances = allowances
        self._draft = status_codes is StatusCodes.DRAFT_2026
        self._graphiql = graphiql
        self._gets_named_only = gets_named_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; whatever is raised becomes JSON, never a stack trace."""
        request = Request(scope, receive)
        response: Response | WholeAnswer | EventStream
        try:
            if self._graphiql and _asks_for_page(request):
                response = await self._graphiql(request)
            else:
                response = await self._respond(request)
        except ClientDisconnect:
            return
        except Exception as fault:  # noqa: BLE001 - never a stack trace, always JSON
            response = _answer_to_fault(fault)
        await response(scope, receive, send)

    async def answer(self, request: Request) -> WholeAnswer:
        """Return the answer to a request that asks neither for a page nor for events.

        Raises ClientDisconnect where nobody waits for it, and nothing else.
        """
        response = await self._respond(request)
        if isinstance(response, EventStream):
            raise TypeError(media_types.EVENT_STREAM)  # whoever calls has not looked at Accept
        return response

    async def _respond(self, request: Request) -> WholeAnswer | EventStream:
        media_type = media_types.JSON
        try:
            headers = _headers(request)
            accept = _accept(request)
            media_type = media_types.choose_answer_type(accept)
            takes_events = media_types.takes_events(accept)
            return await self._answer(request, headers, media_type, takes_events=takes_events)
        except NotAdmitted as refusal:
            return _whole(refusal.answer, refusal.status, media_type, refusal.headers)
        except NotRun as refusal:
            return _whole(refusal.answer, self._refused_status(refusal, media_type), media_type)
        except ClientDisconnect:
            raise
        except Exception as fault:  # noqa: BLE001 - never a stack trace, always JSON
            return _answer_to_fault(fault)

    async def _answer(
        self, request: Request, headers: Headers, media_type: str, *, takes_events: bool
    ) -> WholeAnswer | EventStream:
        caller = await self._caller(request)
        parameters, named = self._documents.find(await self._parameters(request, headers))
        operation = self._operations.prepare(parameters)
        if request.method in _READING:
            if operation.writes:
                raise NotAdmitted("A mutation is sent by POST.", 405, headers={"Allow": "POST"})
            if self._gets_named_only and not named:
                message = "By GET only persisted and trusted documents are run."
                raise NotAdmitted(message, 403, FORBIDDEN)
        if operation.writes:
            await self._go_on_as_writer(request)
        context = Context(self._services, caller)
        if _IDEMPOTENCY_KEY in headers:
            key = _idempotency_key(request)
            context.idempotency_key = self._operations.key_for(operation, key)
        self._documents.remember(parameters)
        variables = parameters.variables or {}
        spent = spend(self._allowances, context.caller.name, operation, variables)
        departure = departure_of(request.scope)
        if operation.is_subscription:
            if not takes_events or request.method == "HEAD":
                raise NotAdmitted(_HOW_TO_SUBSCRIBE, 406)
            self.subscriptions.refuse_more(caller)
            context.resume_after = _text(headers, b"last-event-id") or None
            again = partial(self._caller_of, request, Via.GRAPHQL)
            answers = self.subscriptions.answers(operation, variables, context, again)
            return EventStream(answers, departure, spent)
        note_position(context, request.scope)
        answer = await self._operations.run(operation, parameters, context, departure)
        spent |= headers_of_writes(context, request.scope)
        if media_type == media_types.EVENT_STREAM:
            return EventStream(one_answer(answer), departure, spent)
        return _whole(answer, self._answered_status(answer, media_type), media_type, spent)

    async def _caller(self, request: Request) -> Caller:
        try:
            return await self._caller_of(request, Via.GRAPHQL)
        except Unauthenticated as nobody:
            raise unauthenticated(nobody) from None
        except Unavailable as outage:
            raise not_available(outage) from None

    async def _go_on_as_writer(self, request: Request) -> None:
        try:
            await write_in(request.scope.get(PLACE))
        except Busy:
            raise busy() from None

    async def _parameters(self, request: Request, headers: Headers) -> Parameters:
        if request.method in _READING:
            return from_query_string(request.query_params, self._limits)
        if request.method != "POST":
            raise NotAdmitted(
                "GraphQL is sent by GET or POST.", 405, headers={"Allow": "GET, HEAD, POST"}
            )
        media_types.refuse_unreadable(
            _text(headers, b"content-type"), _text(headers, b"content-encoding")
        )
        return from_body(await self._body(request), self._limits)

    async def _body(self, request: Request) -> bytes:
        try:
            return await read_body(request, self._limits.body_bytes)
        except Unreadable as refusal:
            raise not_admitted(refusal) from None

    def _refused_status(self, refusal: NotRun, media_type: str) -> int:
        """Return the status of a document or variables that the specification refuses."""
        if self._draft:
            return 400 if refusal.is_syntax else 422
        return 200 if media_type == media_types.JSON else 400

    def _answered_status(self, answer: Answer, media_type: str) -> int:
        is_partial = "errors" in answer and self._draft
        return PARTIAL_SUCCESS if is_partial and media_type != media_types.JSON else 200


def _asks_for_page(request: Request) -> bool:
    is_page = request.method in _READING and not request.query_params
    return is_page and media_types.wants_page(_accept(request))


def _idempotency_key(request: Request) -> str:
    key, *others = set(request.headers.getlist(HEADER))
    if others:
        raise NotAdmitted(f"{HEADER} is given more than once, with different keys.")
    return key


def _headers(request: Request) -> Headers:
    """Return the headers by name; of one that is given more than once, the first."""
    return dict(reversed(request.scope["headers"]))


def _accept(request: Request) -> str | None:
    """Return what is accepted, which may be said in several lines (RFC 9110, 5.3)."""
    lines = [value for name, value in request.scope["headers"] if name == b"accept"]
    return str(b", ".join(lines), "latin-1") or None


def _text(headers: Headers, name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else str(value, "latin-1")


def _whole(
    answer: Answer, status: int, media_type: str, headers: dict[str, str] | None = None
) -> WholeAnswer:
    body = written(answer)
    if media_type == media_types.EVENT_STREAM:
        media_type = media_types.GRAPHQL_RESPONSE  # of what is refused before a stream begins
    length = b"content-length", b"%d" % len(body)
    own = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return WholeAnswer(status, [length, *own, *_HEADERS[media_type]], body)


def _answer_to_fault(fault: Exception) -> WholeAnswer:
    return _whole({"errors": [masked(log_fault(fault))]}, 500, media_types.JSON)


_HEADERS: Final = {
    each: [
        (b"content-type", f"{each}; charset=utf-8".encode("latin-1")),
        (b"vary", b"Accept"),
        (b"cache-control", b"no-store"),
    ]
    for each in (media_types.JSON, media_types.GRAPHQL_RESPONSE)
}
