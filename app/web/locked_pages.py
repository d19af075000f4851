"""Pages that only callers see: browsers are led to the sign-in, everybody else gets a 401."""

from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from inspect import isawaitable
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.authentication.callers import CallerOf
from app.authentication.credentials import Unauthenticated
from app.domain.access import Via
from app.domain.errors import NotPermitted
from app.web.refusal_pages import WantsPage, is_browser, refusal_page
from app.web.sign_in_markup import PAGE_HEADERS, sign_in_address
from app.web.words import RefusalWords

Page = Callable[[Request], Response | Awaitable[Response]]

PRIVATE: Final = "private, no-store"


class Lock:
    """Shows pages to callers only."""

    def __init__(self, caller_of: CallerOf, wants_page: WantsPage) -> None:
        self._caller_of = caller_of
        self._wants_page = wants_page

    def page(self, show: Page) -> Callable[[Request], Awaitable[Response]]:
        """Return the page, which is shown to callers only and kept by no cache."""

        async def answer(request: Request) -> Response:
            try:
                await self._caller_of(request, Via.PAGE)
            except Unauthenticated as nobody:
                return self.answer_nobody_known(request, nobody)
            shown = show(request)
            response = await shown if isawaitable(shown) else shown
            response.headers["Cache-Control"] = PRIVATE
            return response

        return answer

    def routes(self, routes: Iterable[BaseRoute]) -> list[BaseRoute]:
        """Return the routes, with each page for callers only; files stay as they are."""
        return [
            Route(each.path, self.page(each.endpoint), methods=each.methods or ["GET"])
            if isinstance(each, Route)
            else each
            for each in routes
        ]

    def answer_nobody_known(self, request: Request, error: Exception) -> Response:
        """Answer a request that says nothing, or nothing true, of who sends it.

        A browser that opens a page is led to the sign-in, and from there back to the page.
        """
        if not isinstance(error, Unauthenticated):
            raise TypeError
        if is_browser(request, self._wants_page):
            if type(error) is not Unauthenticated:
                message, status = error.message, error.status
                return refusal_page(request, _not_now, message, status, error.headers)
            address = sign_in_address(request, _address(request))
            return RedirectResponse(address, 303, PAGE_HEADERS)
        told = {"message": error.message, "extensions": {"code": error.code}}
        headers = error.headers | {"Cache-Control": PRIVATE}
        return JSONResponse({"errors": [told]}, error.status, headers)

    def answer_not_permitted(self, request: Request, error: Exception) -> Response:
        """Answer a caller who is known, but may not have this."""
        if not isinstance(error, NotPermitted):
            raise TypeError
        if is_browser(request, self._wants_page):
            permission = error.permission.value
            return refusal_page(
                request,
                lambda said: said.title(403),
                lambda said: said.permission.format(permission=permission),
                403,
            )
        told = {
            "message": error.message,
            "extensions": {"code": "FORBIDDEN", "permission": error.permission.value},
        }
        return JSONResponse({"errors": [told]}, 403, {"Cache-Control": PRIVATE})


def _not_now(said: RefusalWords) -> str:
    return said.title(HTTPStatus.SERVICE_UNAVAILABLE)


def _address(request: Request) -> str:
    """Return the path and query that were asked for."""
    query = request.scope["query_string"].decode("latin-1")
    return quote(request.scope["path"]) + (f"?{query}" if query else "")
