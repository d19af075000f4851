"""Pages that only callers see: everybody else is asked who they are."""

from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from inspect import isawaitable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.authentication.callers import CallerOf
from app.authentication.credentials import Unauthenticated
from app.domain.access import Via
from app.domain.errors import NotPermitted
from app.web.bundles import application_root
from app.web.sign_in_markup import SIGN_IN_PATH

Page = Callable[[Request], Response | Awaitable[Response]]


class Lock:
    """Shows pages to callers only."""

    def __init__(self, caller_of: CallerOf) -> None:
        self._caller_of = caller_of

    def page(self, show: Page) -> Callable[[Request], Awaitable[Response]]:
        """Return the page, which is shown to callers only."""

        async def answer(request: Request) -> Response:
            try:
                await self._caller_of(request, Via.PAGE)
            except Unauthenticated as nobody:
                if nobody.status == HTTPStatus.UNAUTHORIZED and _is_visit(request):
                    return _to_sign_in(request)
                return answer_nobody_known(request, nobody)
            shown = show(request)
            return await shown if isawaitable(shown) else shown

        return answer

    def routes(self, routes: Iterable[BaseRoute]) -> list[BaseRoute]:
        """Return the routes, with each page shown to callers only; files stay as they are."""
        return [
            Route(each.path, self.page(each.endpoint), methods=["GET"])
            if isinstance(each, Route)
            else each
            for each in routes
        ]


def _is_visit(request: Request) -> bool:
    """Say whether a person's browser asks for a page, and has no header to say who it is."""
    wishes = request.headers.get("accept", "").lower()
    has_token = "authorization" in request.headers
    return request.method == "GET" and "text/html" in wishes and not has_token


def _to_sign_in(request: Request) -> Response:
    root = application_root(request)
    asked = f"?{request.url.query}" if request.url.query else ""
    back = quote(f"{root}{request.scope['path'].removeprefix(root)}{asked}", safe="")
    headers = {"Cache-Control": "private, no-store", "Vary": "Accept"}
    return RedirectResponse(f"{root}{SIGN_IN_PATH}?return_to={back}", 303, headers)


def answer_not_permitted(_: Request, error: Exception) -> Response:
    """Answer a caller who is known, but may not have this."""
    if not isinstance(error, NotPermitted):
        raise TypeError
    told = {
        "message": error.message,
        "extensions": {"code": "FORBIDDEN", "permission": error.permission.value},
    }
    return JSONResponse({"errors": [told]}, 403, {"Cache-Control": "private, no-store"})


def answer_nobody_known(_: Request, error: Exception) -> Response:
    """Answer a request that says nothing, or nothing true, of who sends it."""
    if not isinstance(error, Unauthenticated):
        raise TypeError
    told = {"message": error.message, "extensions": {"code": error.code}}
    headers = error.headers | {"Cache-Control": "private, no-store"}
    return JSONResponse({"errors": [told]}, error.status, headers)
