"""GraphQL over WebSocket (graphql-transport-ws), through the same gate as over HTTP."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect, WebSocketState
from starlette.websockets import WebSocketDisconnected as ClosedMeanwhile
from strawberry import Schema
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)

from app.allowances import Allowances
from app.authentication.callers import CallerOf
from app.authentication.credentials import NOT_READABLE, Unauthenticated
from app.domain.access import Via
from app.domain.errors import Unavailable
from app.edge.observer import LEFT, Observer
from app.edge.sockets import SEND_TEXTS, SendTexts
from app.http_json import written
from app.observed import OBSERVED
from app.places import Busy, Entrance
from app.request_ids import CURRENT
from app.services.caller import Caller
from graphql_schema.context import Context, Services
from graphql_schema.http.allowances import spend
from graphql_schema.http.documents import Documents
from graphql_schema.http.errors import BUSY_ERROR, NotAdmitted, NotRun, too_large, unauthenticated
from graphql_schema.http.faults import log_fault, masked
from graphql_schema.http.limits import Limits
from graphql_schema.http.operations import Operations
from graphql_schema.http.parameters import from_json, read_json
from graphql_schema.http.socket_messages import complaint_about
from graphql_schema.http.subscriptions import Stopping, Subscriptions

INIT_SECONDS: Final = 10
ASK_WHO_SECONDS: Final = 2
"""How often an idle socket's credential is looked at: it ends within 5 seconds of its end."""


class SocketCaller:
    """Who is at the other end of a socket: asked anew for each operation."""

    def __init__(self, caller_of: CallerOf, handshake: HTTPConnection) -> None:
        self._caller_of = caller_of
        self._handshake = handshake
        self.connection_params: Mapping[str, object] = {}
        """What the first message says; Strawberry fills it in."""

    @property
    def scope(self) -> Scope:
        """What the handshake said."""
        return self._handshake.scope

    async def caller(self) -> Caller:
        """Return who it is by the first message, else by the handshake; or raise Unauthenticated.

        A browser cannot give a handshake a header, so ``connectionParams.Authorization`` has it.
        """
        given = [
            value
            for name, value in self.connection_params.items()
            if name.lower() == "authorization"
        ]
        if len(given) > 1 or any(not isinstance(value, str) for value in given):
            raise Unauthenticated(NOT_READABLE)
        authorization = str(given[0]) if given else None
        return await self._caller_of(self._handshake, Via.GRAPHQL, authorization)


class _Socket(ASGIWebSocketAdapter):
    """Strawberry's socket, whose end is one thing, whoever finds it first.

    Several operations write to it, and what reads from it answers too: the first to write to a
    client that has left hears another error of Starlette than those that come after it.
    """

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message. Raises WebSocketDisconnected."""
        try:
            await super().send_json(message)
        except ClosedMeanwhile as closed:
            raise WebSocketDisconnected from closed

    async def send_texts(self, texts: Sequence[bytes]) -> None:
        """Send messages that come together. Raises WebSocketDisconnected."""
        together: SendTexts | None = self.ws.scope.get(SEND_TEXTS)
        try:
            if together is not None and self.ws.application_state is WebSocketState.CONNECTED:
                await together(texts)
                return
            for text in texts:
                await self.ws.send_text(text.decode())
        except (OSError, ClosedMeanwhile, WebSocketDisconnect) as closed:
            raise WebSocketDisconnected from closed

    async def close(self, code: int, reason: str) -> None:
        """Close the socket, if it is still open."""
        with suppress(ClosedMeanwhile, WebSocketDisconnect):
            await super().close(code, reason)


class _Handler(BaseGraphQLTransportWSHandler[SocketCaller, None]):
    """Strawberry's protocol, with messages checked first and our pipeline behind it."""

    view: "GraphQLSocket"
    context: "SocketCaller"
    websocket: _Socket
    was_refused = False
    """Whether the client has still to wait until it is heard again."""

    _comes_back = False
    _watching: asyncio.Task[None] | None = None
    _operations_run = 0

    async def handle_message(self, message: Any) -> None:  # noqa: ANN401 - whatever JSON brings
        """Close on what is no message; Strawberry would fall over it."""
        self._comes_back = self.was_refused
        if self.was_refused:
            # What comes meanwhile waits in the socket, and then in the client's own system.
            self.was_refused = False
            await self.view.entrance.turn_of_refused()
        if complaint := complaint_about(message):
            await self.handle_invalid_message(complaint)
            return
        if message["type"] == "subscribe":
            # Carried whole in place of the query: our own reader looks at it.
            message = {**message, "payload": {"query": message["payload"]}}
        await super().handle_message(message)

    async def handle_subscribe(self, message: Any) -> None:  # noqa: ANN401
        """Start an operation, unless as many as are admitted are under way."""
        most = self.max_subscriptions_per_connection
        is_new = self.connection_acknowledged and message["id"] not in self.operations
        if is_new and most is not None and len(self.operations) >= most:
            errors = too_large("Operations under way on a socket", most).answer["errors"]
            payload: Any = {"id": message["id"], "type": "error", "payload": errors}
            await self.send_message(payload)
            return
        if is_new and self.view.entrance.is_full(comes_back=self._comes_back):
            self.was_refused = True
            refusal: Any = {"id": message["id"], "type": "error", "payload": [BUSY_ERROR]}
            await self.send_message(refusal)
            return
        await super().handle_subscribe(message)

    async def run_operation(self, operation: Operation[SocketCaller, None]) -> None:
        """Run an operation, observed if somebody wants to know of it."""
        observer = self.view.observer
        if observer is None:
            await self._run(operation)
            return
        observed, _ = observer.begin()
        observed.status = 200
        try:
            await self._run(operation)
        finally:
            observer.end(observed, self.context.scope)

    async def _run(self, operation: Operation[SocketCaller, None]) -> None:
        """Send an operation's answer, or the errors that end it."""
        try:
            caller = await self._named_caller()
            async with aclosing(
                self.view.answers(operation.query, caller, self.context)
            ) as answers:
                async for piece in answers:
                    await self._send_answers(operation, piece)
        except Busy:
            self.was_refused = True
            _note_status(503)
            await self._send(operation, "error", [BUSY_ERROR])
        except Unauthenticated as nobody:
            _note_status(nobody.status)
            await self._close_as_nobody()
        except WebSocketDisconnected:
            _note_status(LEFT)  # which is no fault
        except Stopping:
            pass  # the server closes the socket, and the client goes on elsewhere
        except NotAdmitted as refusal:
            _note_status(refusal.status)
            await self._send(operation, "error", refusal.without_headers)
        except NotRun as refusal:
            _note_status(400)
            await self._send(operation, "error", refusal.errors)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the client must hear of it
            _note_status(500)
            await self._send(operation, "error", [masked(log_fault(fault))])
        else:
            await self._tell(operation, {"id": operation.id, "type": "complete"})

    async def _named_caller(self) -> Caller:
        """Return who asks, under the next id: the handshake's, and the operation's number on it.

        It is said in all lines of this task, which runs one operation.
        """
        self._operations_run += 1
        number = self._operations_run
        caller = await self.context.caller()
        id_ = f"{caller.request_id}.{number}"
        CURRENT.set(id_)
        return replace(caller, request_id=id_)

    async def handle_connection_init(self, message: Any) -> None:  # noqa: ANN401
        """Greet a client who says who it is, and end the socket when that is true no more."""
        await super().handle_connection_init(message)
        if self.connection_acknowledged and self._watching is None:
            self._watching = asyncio.create_task(self._watch())
            self._watching.add_done_callback(self._task_done)

    async def shutdown(self) -> None:
        """End what is under way."""
        if self._watching:
            self._watching.cancel()
        await super().shutdown()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(ASK_WHO_SECONDS)
            try:
                await self.context.caller()
            except Unauthenticated:
                await self._close_as_nobody()
                return
            except Unavailable:
                continue  # whoever it is learns nothing meanwhile

    async def _close_as_nobody(self) -> None:
        await self.websocket.close(code=4403, reason="Forbidden")

    async def _send_answers(
        self, operation: Operation[SocketCaller, None], answers: Sequence[dict[str, Any]]
    ) -> None:
        """Send answers that come together, unless their client has ended the operation."""
        if answers and self.operations.get(operation.id) is operation:
            id_ = operation.id
            texts = [written({"id": id_, "type": "next", "payload": each}) for each in answers]
            _note_size(sum(map(len, texts)))
            await self.websocket.send_texts(texts)

    async def _send(
        self,
        operation: Operation[SocketCaller, None],
        type_: str,
        payload: Any,  # noqa: ANN401 - errors or an answer
    ) -> None:
        await self._tell(operation, {"id": operation.id, "type": type_, "payload": payload})

    async def _tell(
        self,
        operation: Operation[SocketCaller, None],
        message: Any,  # noqa: ANN401 - of the protocol
    ) -> None:
        """Send a message of an operation, unless its client has ended it.

        Its id may be another operation's by then, which would hear what it is not about.
        """
        if self.operations.get(operation.id) is operation:
            await operation.send_operation_message(message)


class GraphQLSocket(GraphQL[SocketCaller, None]):
    """An ASGI application for WebSockets; pages of other origins are refused."""

    graphql_transport_ws_handler_class = _Handler
    websocket_adapter_class = _Socket

    def __init__(
        self,
        schema: Schema,
        services: Services,
        operations: Operations,
        documents: Documents,
        limits: Limits,
        entrance: Entrance,
        caller_of: CallerOf,
        *,
        subscriptions: Subscriptions,
        allowances: Allowances | None = None,
        allowed_origins: Sequence[str] = (),
        observer: Observer | None = None,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            # The legacy protocol is chosen by clients that then find queries refused on it.
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=timedelta(seconds=INIT_SECONDS),
            max_subscriptions_per_connection=limits.socket_operations,
            allowed_origins=allowed_origins,
        )
        self.entrance = entrance
        self.observer = observer
        self._caller_of = caller_of
        self._allowances = allowances
        self._services = services
        self._operations = operations
        self._subscriptions = subscriptions
        self._documents = documents
        self._limits = limits
        # A request is in the payload of its message, beside the message's type and id.
        self._message_limits = replace(
            limits, json_depth=limits.json_depth + 1, json_values=limits.json_values + 3
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a socket; a credential that opens nothing is refused before that."""
        handshake = HTTPConnection(scope)
        try:
            await self._caller_of(handshake, Via.GRAPHQL)
        except Unauthenticated as nobody:
            if nobody.is_bad:
                refusal = unauthenticated(nobody)
                answer = JSONResponse(refusal.answer, refusal.status, refusal.headers)
                await answer(scope, receive, send)
                return
        await super().__call__(scope, receive, send)

    async def get_context(self, request: HTTPConnection, response: Any) -> SocketCaller:  # noqa: ANN401, ARG002
        """Return who is at the other end; each operation gets a context of its own."""
        return SocketCaller(self._caller_of, request)

    async def on_ws_connect(self, context: SocketCaller) -> Any:  # noqa: ANN401 - Strawberry's UNSET
        """Refuse whoever says neither at the handshake nor in the first message who it is."""
        try:
            await context.caller()
        except (Unauthenticated, Unavailable):
            raise ConnectionRejectionError from None
        return await super().on_ws_connect(context)

    async def answers(
        self,
        payload: Any,  # noqa: ANN401 - JSON
        caller: Caller,
        asked_by: SocketCaller,
    ) -> AsyncGenerator[Sequence[dict[str, Any]]]:
        """Run one operation, and yield its answer; of a subscription those to its events.

        Raises NotAdmitted, NotRun or Busy; of a subscription Unauthenticated when its caller's
        credential has ended.
        """
        async with self.entrance.place() as place:
            parameters, _ = self._documents.find(from_json(payload, self._limits))
            operation = self._operations.prepare(parameters)
            self._documents.remember(parameters)
            if operation.writes:
                await place.write()
            variables = parameters.variables or {}
            spend(self._allowances, caller.name, operation, variables)
            context = Context(self._services, caller)
            if not operation.is_subscription:
                yield [await self._operations.run(operation, parameters, context)]
                return
        # A place is for work: whoever waits for events has none.
        found = self._subscriptions.answers(operation, variables, context, asked_by.caller)
        async with aclosing(found) as events:
            async for piece in events:
                yield [each.answer for each in piece]

    def encode_json(self, data: object) -> str:
        """Write a message, at a fifth of what the standard library takes."""
        text = written(data)
        _note_size(len(text))
        return text.decode()

    def decode_json(self, data: str | bytes) -> object:
        """Read a message; one that is not admitted ends the connection as no JSON does."""
        if len(data if isinstance(data, bytes) else data.encode()) > self._limits.body_bytes:
            raise json.JSONDecodeError("too large", "", 0)
        try:
            return read_json(data, self._message_limits)
        except NotAdmitted as refusal:
            raise json.JSONDecodeError(refusal.message, "", 0) from None


def _note_status(status: int) -> None:
    """Tell whoever observes the operation what it would have been answered over HTTP."""
    if (observed := OBSERVED.get()) is not None:
        observed.status = status


def _note_size(size: int) -> None:
    """Tell whoever observes the operation that so many bytes are sent."""
    if (observed := OBSERVED.get()) is not None:
        observed.size += size
