"""What is refused to a person who opens an address in a browser: a sentence on a page."""

from collections.abc import Callable, Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from app.web.bundles import application_root
from app.web.forms import FORM
from app.web.languages import ENGLISH
from app.web.sign_in_markup import complaint, sign_in_page
from app.web.words import RefusalWords, Words, fill, words_of

Say = Callable[[RefusalWords], str]
"""Returns a text in the reader's language."""

WantsPage = Callable[[str | None], bool]
"""Says whether a browser asks for a page, by the request's `Accept`."""


def is_browser(request: Request, wants_page: WantsPage) -> bool:
    """Say whether a person opens this in a browser, which could keep a session's cookie.

    Or that a form of ours is sent by one. A program that names HTML but sends a token has its own
    way to say who it is.
    """
    is_form = request.headers.get("content-type", "").partition(";")[0] == FORM
    return (
        (request.method in {"GET", "HEAD"} or (request.method == "POST" and is_form))
        and "authorization" not in request.headers
        and wants_page(", ".join(request.headers.getlist("accept")))
    )


def in_english(words: Words, message: str) -> str:
    """Return the markup of what only the API says, in English: marked as such in other languages.

    Such texts are about what somebody typed into an address, and name its parts.
    """
    if words.language == ENGLISH:
        return escape(message)
    quoted = f'<span lang="{ENGLISH}">{escape(message)}</span>'
    return fill(words.refusals.in_english, message=quoted)


def refusal_page(
    request: Request,
    title: Say,
    message: Say | str,
    status: int,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a page that says why, and leads on; a ``message`` that is a text is the API's own."""
    words = words_of(request)
    said = words.refusals
    told = in_english(words, message) if isinstance(message, str) else escape(message(said))
    root = escape(application_root(request))
    content = f'{complaint(told)}<p><a href="{root}/">{escape(said.to_start)}</a></p>'
    response = sign_in_page(request, words.language, title(said), content, status=status)
    response.headers.update(headers or {})
    return response
