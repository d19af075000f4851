"""The cookie of a browser's session: over https, or over http on this very machine."""

from operator import itemgetter
from typing import Final

from starlette.types import Scope

from app.edge.same_origin import is_loopback, scheme_of

NAME: Final = "timeoff"
_COOKIE: Final = b"cookie"
_name_of: Final = itemgetter(0)
PREFIX: Final = "__Host-"
"""Browsers take a cookie of such a name over https only, for this host alone and all its paths."""


def may_keep_cookies(scope: Scope) -> bool:
    """Say whether a browser may be given a secret: not over http that others can read."""
    return scheme_of(scope) == "https" or is_loopback(scope)


def cookie_name(scope: Scope, name: str = NAME) -> str:
    """Return what the cookie is called on the way that the request came."""
    return f"{PREFIX}{name}" if scheme_of(scope) == "https" else name


def cookie_of(scope: Scope, name: str = NAME) -> str | None:
    """Return the session's secret, if the request has exactly one and came on a fitting way."""
    found = cookies_of(scope, name) if may_keep_cookies(scope) else set()
    return found.pop() or None if len(found) == 1 else None


def cookies_of(scope: Scope, name: str) -> set[str]:
    """Return all different values of a cookie, on whatever way they came: of what is no secret."""
    if _COOKIE not in map(_name_of, scope["headers"]):
        return set()
    wanted = cookie_name(scope, name)
    return {
        value.strip(" ")
        for each, line in scope["headers"]
        if each == _COOKIE
        for key, _, value in (part.partition("=") for part in str(line, "latin-1").split(";"))
        if key.strip(" ") == wanted
    }


def cookie_header(scope: Scope, value: str, *, name: str = NAME, seconds: int | None = None) -> str:
    """Return the ``Set-Cookie`` that gives a browser the cookie.

    Without ``seconds`` it goes when the browser is closed. ``Lax``: a link from another site may
    lead a person here signed in, but nothing that another site sends by itself brings the cookie.
    """
    attributes = ["Path=/", "HttpOnly", "SameSite=Lax"]
    if seconds is not None:
        attributes.append(f"Max-Age={seconds}")
    if scheme_of(scope) == "https":
        attributes.append("Secure")
    return "; ".join([f"{cookie_name(scope, name)}={value}", *attributes])


def cookie_removal(scope: Scope, *, name: str = NAME) -> str:
    """Return the ``Set-Cookie`` that takes the cookie away."""
    return cookie_header(scope, "", name=name, seconds=0)
