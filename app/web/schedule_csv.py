"""The schedule as a CSV file behind a link: `GET /exports/schedule.csv?from=…&to=…`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from app.allowances import CODE, FIELDS_OF_A_ROW, Allowances, AllowanceSpent
from app.authentication.callers import CallerOf
from app.deadline import departure_of, within
from app.domain.access import Via
from app.domain.errors import Refused, TimeOffError
from app.domain.schedule import schedule_window
from app.edge.positions import sent_position
from app.services.exporting.request import ExportWish
from app.services.exporting.schedule_csv import Portion, ScheduleExport
from app.services.own_writes import OwnWrites
from app.web.refusal_pages import WantsPage, is_browser, refusal_page

PATH: Final = "/exports/schedule.csv"
MEDIA_TYPE: Final = "text/csv; charset=utf-8; header=present"
EXPORTS_AT_A_TIME: Final = 2
"""Whose next portion is being made; the others wait, and clients that read slowly hold none."""


def schedule_csv_route(
    export: ScheduleExport,
    seconds: float,
    caller_of: CallerOf,
    allowances: Allowances | None = None,
    wants_page: WantsPage = lambda _: False,
    own_writes: OwnWrites | None = None,
) -> BaseRoute:
    """Return the route; a portion of the file that takes more than ``seconds`` ends it.

    What is refused is told to browsers on a page, and as JSON to everybody else.
    """
    places = asyncio.Semaphore(EXPORTS_AT_A_TIME)

    async def answer(request: Request) -> Response:
        caller = await caller_of(request, Via.PAGE)
        refused = _page_of(request) if is_browser(request, wants_page) else _refused
        try:
            wish = _read(request)
        except (TimeOffError, Refused) as refusal:
            errors = refusal.errors if isinstance(refusal, Refused) else [refusal]
            return refused(400, [_told(each) for each in errors])
        if request.method == "HEAD":
            return StreamingResponse((), headers=_headers(wish))  # says no length
        spent: dict[str, str] = {}
        if own_writes is not None:
            await own_writes.begin_reading(caller.name, sent_position(request.scope))
        portions = export.portions(caller, wish)
        if allowances is not None:
            try:
                spent = allowances.spend(caller.name, 1)
            except AllowanceSpent as refusal:
                told = {"code": CODE}
                error = {"message": refusal.message, "extensions": told}
                return refused(429, [error], refusal.headers)
            portions = _counted(portions, allowances, caller.name)
        texts = _paced(portions, places, seconds)
        try:
            # Made before the answer begins, while it can still be another one.
            begin = await within(None, _first_two(texts), departure_of(request.scope))
        except TimeoutError:
            told = {"code": "OPERATION_TIMED_OUT"}
            return refused(503, [{"message": "This took too long.", "extensions": told}])
        return StreamingResponse(_joined(begin, texts), headers=_headers(wish) | spent)

    return Route(PATH, answer)


def _read(request: Request) -> ExportWish:
    query = request.query_params
    wish = ExportWish.read({name: query.getlist(name) for name in query})
    schedule_window(wish.window.first, wish.window.last)
    return wish


def _headers(wish: ExportWish) -> dict[str, str]:
    name = f"schedule-{wish.window.first}-to-{wish.window.last}.csv"
    return {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Type": MEDIA_TYPE,
    }


async def _counted(
    portions: AsyncIterator[Portion], allowances: Allowances, caller: str
) -> AsyncIterator[Portion]:
    """Count the rows when they are made: how many there will be is not known before."""
    async for portion in portions:
        allowances.owe(caller, FIELDS_OF_A_ROW * portion.rows)
        yield portion


async def _paced(
    portions: AsyncIterator[Portion], places: asyncio.Semaphore, seconds: float
) -> AsyncIterator[str]:
    """Yield each portion's text, with a place and a deadline while it is made."""
    while True:
        async with asyncio.timeout(seconds), places:
            portion = await anext(portions, None)
        if portion is None:
            return
        yield portion.text


async def _first_two(portions: AsyncIterator[str]) -> list[str]:
    return [await anext(portions), await anext(portions, "")]


async def _joined(begin: Iterable[str], rest: AsyncIterator[str]) -> AsyncIterator[str]:
    try:
        for text in begin:
            yield text
        async for text in rest:
            yield text
    finally:
        OwnWrites.end_reading()


def _told(error: TimeOffError) -> dict[str, Any]:
    """Return a refusal with its code, and with the parameter that it is about."""
    extensions = {"code": error.code, "path": list(error.path)}
    return {"message": error.message, "extensions": extensions}


def _page_of(request: Request) -> Callable[..., Response]:
    """Return what refuses the request as `_refused` does, but on a page for people."""

    def refused(
        status: int, errors: Iterable[dict[str, Any]], headers: Mapping[str, str] | None = None
    ) -> Response:
        message = " ".join(map(_in_words, errors))
        return refusal_page(request, lambda said: said.no_file, message, status, headers)

    return refused


def _in_words(error: Mapping[str, Any]) -> str:
    """Return what is wrong, after the name of the parameter that it is about."""
    path = error["extensions"].get("path")
    return f"{path[0]}: {error['message']}" if path else str(error["message"])


def _refused(
    status: int, errors: Iterable[dict[str, Any]], headers: Mapping[str, str] | None = None
) -> Response:
    own = {"Cache-Control": "no-store", **(headers or {})}
    return JSONResponse({"errors": list(errors)}, status, own)
