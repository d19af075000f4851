"""What is refused to a person who opens an address in a browser: a sentence on a page."""

from collections.abc import Callable, Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from app.web.bundles import application_root
from app.web.sign_in_markup import complaint_of, sign_in_page

WantsPage = Callable[[str | None], bool]
"""Says whether a browser asks for a page, by the request's `Accept`."""


def is_browser(request: Request, wants_page: WantsPage) -> bool:
    """Say whether a person opens this in a browser, which could keep a session's cookie.

    A program that names HTML but sends a token has its own way to say who it is.
    """
    return (
        request.method in {"GET", "HEAD"}
        and "authorization" not in request.headers
        and wants_page(", ".join(request.headers.getlist("accept")))
    )


def refusal_page(
    request: Request,
    title: str,
    message: str,
    status: int,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a page that says why, and leads on."""
    way = f'<p><a href="{escape(application_root(request))}/">To the start page</a></p>'
    response = sign_in_page(request, title, complaint_of(message) + way, status=status)
    response.headers.update(headers or {})
    return response
