"""How a request is refused before GraphQL sees it: in GraphQL's form of an error, as JSON."""

import json
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.edge.request_ids import RAW_HEADER
from app.places import BUSY_MESSAGE, RETRY_AFTER_SECONDS

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every answer says to browsers, unless it says something else of its own."""


class Refusal:
    """An error that needs no look at the request; made once, and sent as often as it must be.

    >>> Refusal(HTTPStatus.REQUEST_TIMEOUT, "Too slow.").body
    b'{"errors":[{"message":"Too slow.","extensions":{"code":"REQUEST_TIMEOUT"}}]}'
    """

    def __init__(self, status: HTTPStatus, message: str, **headers: str) -> None:
        error = {"message": message, "extensions": {"code": status.name}}
        self.status = status
        self.body = json.dumps({"errors": [error]}, separators=(",", ":")).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        self.response = Response(self.body, status, given, "application/json")
        self._head = self._as_bytes({})
        self._last_head = self._as_bytes({"Connection": "close"})

    def answer(self, request_id: str, *, is_last: bool = False) -> bytes:
        """Return the whole answer, as it is sent without any application."""
        head = self._last_head if is_last else self._head
        return b"%b%b\r\n\r\n%b" % (head, request_id.encode("ascii"), self.body)

    def _as_bytes(self, more: dict[str, str]) -> bytes:
        """Return the answer's head, up to the id of the request."""
        headers = MutableHeaders(raw=list(self.response.raw_headers))
        headers.update({**SECURITY_HEADERS, **more})
        lines = [f"HTTP/1.1 {self.status.value} {self.status.phrase}".encode("ascii")]
        lines += [b"%b: %b" % header for header in headers.raw]
        return b"\r\n".join([*lines, b"%b: " % RAW_HEADER])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as an ASGI application; a WebSocket is refused before it is open."""
        await self.response(scope, receive, send)


BUSY = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, BUSY_MESSAGE, Retry_After=str(RETRY_AFTER_SECONDS))
BUSY_AND_CLOSE = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The server has too many connections. Try again later.",
    Retry_After=str(RETRY_AFTER_SECONDS),
    Connection="close",
)


def answer_http_error(_: Request, error: Exception) -> Response:
    """Answer what no route answers, such as a path that is not there."""
    if not isinstance(error, HTTPException):
        return Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong.").response
    return Refusal(
        HTTPStatus(error.status_code), error.detail, **dict(error.headers or {})
    ).response
