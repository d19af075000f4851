"""What browsers are told: what other sites may do with an answer, which is little."""

import re
from collections.abc import Collection

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from app.edge.positions import HEADER as POSITION
from app.edge.request_ids import HEADER

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


def allow_origins(app: ASGIApp, origins: Collection[str], *, with_credentials: bool) -> ASGIApp:
    """Let scripts of other origins, each given exactly, use the API and read its answers."""
    return CORSMiddleware(
        app,
        allow_origins=tuple(origins),
        allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
        allow_headers=("*",),  # whatever a GraphQL client adds; the origin is what counts
        allow_credentials=with_credentials,
        expose_headers=(
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "TimeOff-Warnings",
            "TimeOff-Warnings-Left-Out",
            HEADER,
            POSITION,
        ),
        max_age=PREFLIGHT_SECONDS,
    )
