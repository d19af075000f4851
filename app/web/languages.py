"""In which language a page without a script speaks: as the calendar's script chooses its own."""

from collections.abc import Collection
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request

ENGLISH: Final = "en"
PARAMETER: Final = "lang"
RETURN_TO: Final = "return_to"
"""What the sign-in's address calls the path to which it leads back."""
VARY: Final = "Accept-Language"
"""What an answer in the reader's language says of itself, for caches."""


def language_of(request: Request, spoken: Collection[str]) -> str:
    """Return the first that the address or the browser names, of those that the page speaks.

    >>> request = Request({"type": "http", "query_string": b"lang=fr-CA", "headers": []})
    >>> language_of(request, ["en", "fr"]), language_of(request, ["en", "de"])
    ('fr', 'en')
    """
    named = request.headers.get("accept-language", "")
    for tag in (addressed_language(request), *named.split(",")):
        language = tag.partition(";")[0].partition("-")[0].strip().lower()
        if language in spoken:
            return language
    return ENGLISH


def addressed_language(request: Request) -> str:
    """Return the language that the address asks for, as it stands there; or nothing.

    Where it asks for none itself, that is what the page asks for to which it leads back.
    """
    if wish := request.query_params.get(PARAMETER):
        return wish
    return _query_of(request.query_params.get(RETURN_TO, "")).get(PARAMETER, "")


def in_language(request: Request, address: str) -> str:
    """Return an address of ours that asks for the language for which the request's address asks.

    >>> request = Request({"type": "http", "query_string": b"lang=fr-CA", "headers": []})
    >>> in_language(request, "/calendar"), in_language(request, "/sign-in?left")
    ('/calendar?lang=fr-CA', '/sign-in?left&lang=fr-CA')
    """
    wish = addressed_language(request)
    if not wish or PARAMETER in _query_of(address):
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode({PARAMETER: wish})}"


def _query_of(address: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(urlsplit(address).query))
    except ValueError:
        return {}
