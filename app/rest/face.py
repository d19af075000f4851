"""A vendor's endpoints as routes: read the request, call the endpoint, answer in its words."""

from collections import defaultdict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from app.allowances import (
    COST_OF_AN_ITEM,
    FIELDS_OF_A_ROW,
    Allowances,
    AllowanceSpent,
    NeverAllowed,
)
from app.authentication.callers import CallerOf
from app.authentication.credentials import Unauthenticated
from app.deadline import departure_of, stopped, within
from app.domain.access import Via
from app.domain.errors import NotFound, NotPermitted, Refused, TimeOffError, Unavailable
from app.domain.identifiers import Kind, read_id
from app.domain.wire_formats import is_kantata_id, is_uuid
from app.edge.positions import position_headers, sent_position
from app.faults import RETRY_AFTER, log_fault
from app.http_json import JSON, JsonLimits, Unreadable, read_body, read_json, refuse_unreadable
from app.http_warnings import Ignored, warning_headers
from app.places import PLACE, RETRY_AFTER_SECONDS, Busy, write_in
from app.rest.endpoint import Call, Endpoint, Reply
from app.rest.errors import (
    IDEMPOTENCY_KEY,
    Complaint,
    ErrorStyle,
    complaints_of,
    errors_of,
    is_unknown,
    unreadable_parts,
)
from app.rest.ignored import ignored_fields, ignored_values
from app.rest.query_strings import QueryString, read_query_string
from app.rest.wire import Sent
from app.services.caller import Caller
from app.services.own_writes import OwnWrites

_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
UUID_KINDS: Final = {Kind.COMPANY, Kind.PERSON, Kind.PERSON_TIME_OFF}


class RequestLimits(JsonLimits, Protocol):
    """How large a request may be, and how long it may take."""

    @property
    def query_seconds(self) -> float:
        """The time that a request which only reads may take, in seconds."""

    @property
    def mutation_seconds(self) -> float:
        """The time that a request which writes may take, in seconds."""


@dataclass(frozen=True)
class Face:
    """All endpoints of one vendor, below one prefix; paths may end in one of ``suffixes``."""

    title: str
    description: str
    prefix: str
    endpoints: Sequence[Endpoint]
    errors: ErrorStyle
    via: Via
    suffixes: Sequence[str] = ("",)

    def routes(
        self,
        limits: RequestLimits,
        caller_of: CallerOf,
        allowances: Allowances | None = None,
        own_writes: OwnWrites | None = None,
    ) -> list[BaseRoute]:
        """Return the routes, and one for all that is left below the prefix."""
        by_path: dict[str, list[Endpoint]] = defaultdict(list)
        for endpoint in self.endpoints:
            by_path[endpoint.path].append(endpoint)
        routes: list[BaseRoute] = [
            Route(
                f"{self.prefix}{path}{suffix}",
                _Resource(self, mine, limits, caller_of, allowances, own_writes),
            )
            for suffix in sorted(self.suffixes, reverse=True)  # "{id}" would also take ".json"
            for path, mine in by_path.items()
        ]
        return [
            *routes,
            Route(f"{self.prefix}/{{path:path}}", _Resource(self, [], limits, caller_of)),
        ]


class _Resource:
    """An ASGI application: one path with its methods; without any, there is no such path."""

    def __init__(
        self,
        face: Face,
        endpoints: Iterable[Endpoint],
        limits: RequestLimits,
        caller_of: CallerOf,
        allowances: Allowances | None = None,
        own_writes: OwnWrites | None = None,
    ) -> None:
        self._face = face
        self._own_writes = own_writes
        self._endpoints = {endpoint.method: endpoint for endpoint in endpoints}
        if "GET" in self._endpoints:
            self._endpoints["HEAD"] = self._endpoints["GET"]
        self._limits = limits
        self._caller_of = caller_of
        self._allowances = allowances

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI: read the request, call the endpoint, or say what is wrong with it."""
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        except Unauthenticated as nobody:
            response = self._refuse(nobody.status, nobody.message, nobody.headers, of_sender=True)
        except Unavailable as outage:
            response = self._tell(outage)
        except Exception as fault:  # noqa: BLE001 - never a stack trace, always JSON
            response = self._refuse(500, f"Unexpected error {log_fault(fault)}.")
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        caller = await self._caller_of(request, self._face.via)
        if not self._endpoints:
            return self._refuse(404, "There is nothing at this address.")
        endpoint = self._endpoints.get(request.method)
        if endpoint is None:
            allowed = ", ".join(sorted(self._endpoints))
            return self._refuse(405, f"This address takes {allowed}.", {"Allow": allowed})
        query = read_query_string(endpoint.query, request.query_params.multi_items())
        spent: dict[str, str] = {}
        try:
            reply, ignored = await self._run(endpoint, request, query, caller, spent)
            return _answered(reply, ignored, spent)
        except AllowanceSpent as refusal:
            response = self._refuse(429, refusal.message, refusal.headers)
        except NeverAllowed as refusal:
            response = self._refuse(400, refusal.message)
        except Busy as busy:
            response = self._refuse(503, busy.message, {"Retry-After": str(RETRY_AFTER_SECONDS)})
        except Unreadable as refusal:
            response = self._refuse(refusal.status, refusal.message)
        except (TimeOffError, Refused) as refusal:
            response = self._turned_down(endpoint, errors_of(refusal))
        except Unavailable as outage:  # which may be of a write that is stored
            response = self._tell(outage)
        response.headers.update(warning_headers((), query.ignored) | spent)
        return response

    async def _run(
        self,
        endpoint: Endpoint,
        request: Request,
        query: QueryString,
        caller: Caller,
        spent: dict[str, str],
    ) -> tuple[Reply, list[Ignored]]:
        call, ignored = await self._read(endpoint, request, query, caller)
        if endpoint.writes:
            await write_in(request.scope.get(PLACE))
        if self._allowances is not None:
            spent.update(self._allowances.spend(call.caller.name, _cost(endpoint, call)))
        limits = self._limits
        seconds = limits.mutation_seconds if endpoint.writes else limits.query_seconds
        try:
            departure = None if endpoint.writes else departure_of(request.scope)
            work = self._done(endpoint, call, request.scope, spent)
            return await within(seconds, work, departure), ignored
        except TimeoutError:
            message = stopped("request", seconds, writes=endpoint.writes)
            raise Unreadable(message, 503) from None

    def _done(
        self, endpoint: Endpoint, call: Call[Any, Any], scope: Scope, headers: dict[str, str]
    ) -> Coroutine[Any, Any, Reply]:
        """Return the work, which notes what it writes, or reads from a replica if there is one."""
        own, name = self._own_writes, call.caller.name
        if own is None:
            return endpoint.handle(call)

        async def writing() -> Reply:
            writes = own.writes_of(name)
            try:
                return await own.writing(writes, endpoint.handle(call))
            finally:
                headers.update(position_headers(writes, scope, own.seconds))

        if endpoint.writes:
            return writing()
        return own.reading(name, sent_position(scope), lambda: endpoint.handle(call))

    async def _read(
        self, endpoint: Endpoint, request: Request, query: QueryString, caller: Caller
    ) -> tuple[Call[Any, Any], list[Ignored]]:
        path = _read_path(endpoint, request.path_params)
        wanted = _fit(endpoint.query, query.values)
        ignored = [*query.ignored, *ignored_values(wanted)]
        body = None
        if endpoint.body:
            data = await read_body(request, self._limits.body_bytes)
            if data or endpoint.needs_body:
                content_type = request.headers.get("content-type")
                encoding = request.headers.get("content-encoding")
                refuse_unreadable(content_type, encoding, request.method)
                given = read_json(data, self._limits)
                if not isinstance(given, dict):
                    raise Unreadable("A request is a JSON object.")
                body = _fit(endpoint.body, given)
                ignored += ignored_fields(body, given)
        key = _idempotency_key(request) if endpoint.writes else None
        call = Call(
            caller=caller,
            path=path,
            query=wanted,
            body=body,
            idempotency_key=key,
        )
        return call, ignored

    def _turned_down(self, endpoint: Endpoint, errors: Sequence[TimeOffError]) -> Response:
        if forbidden := next((each for each in errors if isinstance(each, NotPermitted)), None):
            return self._refuse(403, forbidden.message, of_sender=True)
        status = endpoint.refuses_unknown_with if is_unknown(errors) else 400
        return self._complain(status, complaints_of(errors))

    def _tell(self, outage: Unavailable) -> Response:
        log_fault(outage)
        if outage.is_without_effect:
            return self._refuse(503, outage.message, RETRY_AFTER)
        # Not 503, after which many clients send the same again by themselves.
        return self._refuse(500, outage.message)

    def _refuse(
        self,
        status: int,
        message: str,
        headers: Mapping[str, str] | None = None,
        *,
        of_sender: bool = False,
    ) -> Response:
        return self._complain(status, [Complaint(message, is_of_sender=of_sender)], headers)

    def _complain(
        self,
        status: int,
        complaints: Sequence[Complaint],
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        return _json(self._face.errors.body(complaints), status, headers)


def _read_path(endpoint: Endpoint, parts: Mapping[str, str]) -> dict[str, str]:
    """Return what the path names; what cannot name anything is as unknown as the rest."""
    return {name: _read_id(name, kind, parts[name]) for name, kind in endpoint.places.items()}


def _read_id(name: str, kind: Kind, text: str) -> str:
    """Return the vendor's own id; a node id of GraphQL is none."""
    is_one = is_uuid if kind in UUID_KINDS else is_kantata_id
    if not is_one(text):
        raise NotFound(kind.words, (name,))
    return str(read_id(kind, text))


def _idempotency_key(request: Request) -> str | None:
    """Return the one key of a request; which of several counts, nobody can say."""
    keys = set(request.headers.getlist(IDEMPOTENCY_KEY))
    if len(keys) > 1:
        raise Unreadable(f"{IDEMPOTENCY_KEY} is given more than once, with different keys.")
    return keys.pop() if keys else None


def _fit(model: type[Sent], value: object) -> Sent:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise unreadable_parts(error) from None


def _cost(endpoint: Endpoint, call: Call[Any, Any]) -> int:
    """Return what the request costs: what it may answer, and what it would store."""
    query: Sent = call.query
    body: Sent | None = call.body
    cost = 1 + FIELDS_OF_A_ROW * query.asked_rows
    if not endpoint.writes:
        return cost
    return cost + COST_OF_AN_ITEM * max(1, query.stored_items, body.stored_items if body else 0)


def _answered(reply: Reply, ignored: Sequence[Ignored], spent: Mapping[str, str]) -> Response:
    headers = warning_headers(reply.warnings, ignored) | dict(spent)
    if reply.body is None:
        return Response(status_code=204, headers=_HEADERS | headers)
    return _json(reply.body, 200, headers)


def _json(body: BaseModel, status: int, headers: Mapping[str, str] | None = None) -> Response:
    text = body.model_dump_json(exclude_unset=True)
    return Response(text, status, _HEADERS | dict(headers or {}), f"{JSON}; charset=utf-8")
