"""Which names this server answers to.

A page of another site can have its own name lead to this machine and then read what is
answered here as its own (DNS rebinding). It cannot do so by an address or as localhost.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from app.addresses import is_address, is_loopback
from app.edge.probes import is_probe
from app.edge.refusals import Refusal

ANY_HOST = "*"

NO_HOST = Refusal(HTTPStatus.BAD_REQUEST, "A request names its host, once.")
NOT_OURS = Refusal(
    HTTPStatus.MISDIRECTED_REQUEST,
    "This server does not answer to that host. Its operator can add names to "
    "TIMEOFF_ALLOWED_HOSTS.",
)

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[0-9a-z._-]+)(:[0-9]{1,5})?", re.ASCII)
_NAME = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")


def is_host_pattern(text: str) -> bool:
    """Say whether this can be allowed: a name, ``*.`` before it for all below it, or ``*``.

    >>> [is_host_pattern(text) for text in ("api.example.com", "*.example.com", "*")]
    [True, True, True]
    >>> [is_host_pattern(text) for text in ("https://example.com", "example.com:80", "a*.com")]
    [False, False, False]
    """
    return text == ANY_HOST or bool(_NAME.fullmatch(text))


@lru_cache(maxsize=64)
def is_allowed(host: str, patterns: frozenset[str]) -> bool:
    """Say whether a Host header names this server; addresses and localhost always do.

    >>> is_allowed("api.example.com:8000", frozenset({"*.example.com"}))
    True
    >>> is_allowed("example.com", frozenset({"*.example.com"}))
    False
    >>> [is_allowed(host, frozenset()) for host in ("localhost:80", "10.0.0.7", "evil.com")]
    [True, True, False]
    """
    match = _HOST.fullmatch(host.lower())
    if match is None:
        return False
    name = match["name"].removesuffix(".")
    if name == "localhost" or name.endswith(".localhost") or is_address(name.strip("[]")):
        return True
    return any(_matches(name, pattern) for pattern in patterns)


def is_loopback_name(host: str) -> bool:
    """Say whether a Host header names this machine to itself: localhost, or such an address.

    >>> [is_loopback_name(host) for host in ("localhost:80", "a.localhost", "127.0.0.1", "[::1]:8")]
    [True, True, True, True]
    >>> [is_loopback_name(host) for host in ("10.0.0.7", "localhost.evil.com", "127.0.0.1.nip.io")]
    [False, False, False]
    """
    match = _HOST.fullmatch(host.lower())
    if match is None:
        return False
    name = match["name"].removesuffix(".")
    return is_loopback(name.strip("[]")) or name.endswith(".localhost")


def _matches(name: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return name.endswith(pattern[1:])
    return pattern in {ANY_HOST, name}


class HostMiddleware:
    """Refuses what was sent to another host; health probes come by whatever name."""

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self._app = app
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        refusal = self.find_refusal(scope)
        await (refusal or self._app)(scope, receive, send)

    def find_refusal(self, scope: Scope) -> Refusal | None:
        """Return how a request is refused that was sent to another host."""
        if scope["type"] == "lifespan" or is_probe(scope):
            return None
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if not hosts and scope.get("http_version") == "1.0":
            return None  # no browser speaks it
        if len(hosts) != 1:
            return NO_HOST
        if ANY_HOST in self._allowed or is_allowed(str(hosts[0], "latin-1"), self._allowed):
            return None
        return NOT_OURS
