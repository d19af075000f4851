"""The HTTP endpoint: Strawberry's view, with our context, our errors and our GraphiQL."""

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from app.services.caller import LOCAL
from graphql_schema.context import Context, Services
from graphql_schema.errors import to_answer
from graphql_schema.schema import schema


class GraphQLView(GraphQL[Context, None]):
    """Answers GraphQL over HTTP and WebSocket; browsers that ask for a page get GraphiQL."""

    def __init__(self, services: Services, graphiql: Callable[[Request], Response] | None) -> None:
        super().__init__(
            schema,
            graphql_ide="graphiql" if graphiql else None,
            # The legacy protocol is chosen by clients that then find queries refused on it.
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
        )
        self._services = services
        self._graphiql = graphiql

    async def get_context(
        self,
        request: Request | WebSocket,  # noqa: ARG002 - fixed by Strawberry
        response: Response | WebSocket,  # noqa: ARG002
    ) -> Context:
        """Return a context of its own for each request: loaders are never shared."""
        return Context(self._services, LOCAL)

    def should_render_graphql_ide(self, request: Any) -> bool:  # noqa: ANN401
        """Say whether a browser asks for the page; ``*/*`` is no such wish."""
        accepts = request.headers.get("accept", "")
        return request.method == "GET" and not request.query_params and "text/html" in accepts

    async def render_graphql_ide(self, request: Request) -> Response:
        """Return the page."""
        if self._graphiql is None:
            raise LookupError
        return self._graphiql(request)

    async def process_result(
        self,
        request: Request | WebSocket,  # noqa: ARG002
        result: Any,  # noqa: ANN401 - an ExecutionResult by graphql-core or by Strawberry
    ) -> GraphQLHTTPResponse:
        """Answer what came of an operation, each error coded and our faults masked."""
        errors = [told for error in result.errors or () for told in to_answer(error)]
        if errors and result.data is None and not any("path" in error for error in errors):
            return {"errors": errors}  # nothing ran: the specification wants no data then
        if errors:
            return {"data": result.data, "errors": errors}
        return {"data": result.data}

    def decode_json(self, data: str | bytes) -> object:
        """Read a body; whatever cannot be read is the client's mistake, not our fault."""
        try:
            return super().decode_json(data)
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from None
