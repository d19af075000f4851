"""What browsers are told: what other sites may do with an answer, which is little."""

import re
from collections.abc import Collection

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.edge.refusals import SECURITY_HEADERS

RAW_HEADERS = [
    (name.lower().encode("ascii"), value.encode("ascii"))
    for name, value in SECURITY_HEADERS.items()
]
_NAMES = frozenset(name for name, _ in RAW_HEADERS)

PREFLIGHT_SECONDS = 7200
"""As long as any browser remembers that it may ask."""


_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")


def is_origin(text: str) -> bool:
    """Say whether this is an origin as browsers write it: no path, no usual port.

    >>> [is_origin(text) for text in ("https://hr.example.com", "http://localhost:3000")]
    [True, True]
    >>> [is_origin(text) for text in ("https://hr.example.com/", "https://a.com:443", "*", "null")]
    [False, False, False, False]
    """
    has_usual_port = re.fullmatch(r"https://.*:443|http://.*:80", text) is not None
    return _ORIGIN.fullmatch(text) is not None and not has_usual_port


class SecurityHeadersMiddleware:
    """Adds the security headers that an answer has not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add them where an answer begins; a WebSocket has none."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                own = {name for name, _ in headers}
                missing = (each for each in RAW_HEADERS if each[0] not in own)
                message["headers"] = [
                    *headers,
                    *(RAW_HEADERS if own.isdisjoint(_NAMES) else missing),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def allow_origins(app: ASGIApp, origins: Collection[str], *, with_credentials: bool) -> ASGIApp:
    """Let scripts of other origins, each given exactly, use the API and read its answers."""
    return CORSMiddleware(
        app,
        allow_origins=tuple(origins),
        allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
        allow_headers=("*",),  # whatever a GraphQL client adds; the origin is what counts
        allow_credentials=with_credentials,
        expose_headers=("Retry-After", "TimeOff-Warnings", "TimeOff-Warnings-Left-Out"),
        max_age=PREFLIGHT_SECONDS,
    )
