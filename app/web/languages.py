"""In which language a page without a script speaks: as the calendar's script chooses its own."""

from collections.abc import Collection
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request

ENGLISH: Final = "en"
PARAMETER: Final = "lang"
VARY: Final = "Accept-Language"
"""What an answer in the reader's language says of itself, for caches."""


def language_of(request: Request, spoken: Collection[str]) -> str:
    """Return the first that the address or the browser names, of those that the page speaks.

    >>> request = Request({"type": "http", "query_string": b"lang=fr-CA", "headers": []})
    >>> language_of(request, ["en", "fr"]), language_of(request, ["en", "de"])
    ('fr', 'en')
    """
    named = request.headers.get("accept-language", "")
    for tag in (request.query_params.get(PARAMETER, ""), *named.split(",")):
        language = tag.partition(";")[0].partition("-")[0].strip().lower()
        if language in spoken:
            return language
    return ENGLISH


def addressed_language(request: Request) -> str:
    """Return the query by which the address asks for a language, for what leads on; or nothing."""
    wish = request.query_params.get(PARAMETER)
    return f"?{urlencode({PARAMETER: wish})}" if wish else ""
