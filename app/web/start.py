"""The start page: it leads to whatever this gateway serves, and to nothing else."""

from calendar import monthrange
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from app.web.bundles import application_root
from app.web.plain_pages import plain_page
from app.web.sign_in_markup import PAGE_HEADERS

SCHEMA_PATH: Final = "/schema.graphql"
_HEADERS: Final = {"Cache-Control": "no-cache", "Vary": "Accept"}
_PAGE_HEADERS: Final = {**PAGE_HEADERS, "Vary": "Accept"}

Greet = Callable[[Request], Awaitable[str]]
"""Returns the markup that says who somebody is; with a form if they can sign out."""


@dataclass(frozen=True, slots=True)
class Door:
    """Something that is served: its name for programs, and words for people."""

    name: str
    path: str
    title: str
    text: str


CALENDAR: Final = Door(
    "calendar",
    "/calendar",
    "Calendar",
    "Who is off, and who is free: workers down, days across. Preview and create time off.",
)
DIRECTORY: Final = Door(
    "directory",
    "/directory",
    "Directory",
    "Who is who in the two systems, workweeks and holidays: list, link, split and edit.",
)
GRAPHIQL: Final = Door(
    "graphiql",
    "/graphql",
    "GraphiQL",
    "Write GraphQL and run it, with examples in tabs and the schema beside them.",
)
SCHEMA: Final = Door(
    "schema",
    SCHEMA_PATH,
    "GraphQL schema",
    "Every type and field with its description, as text for people and code generators.",
)
REFERENCE: Final = Door(
    "rest",
    "/openapi",
    "REST reference",
    "Kantata OX's and Procore Workforce Planning's own endpoints, wire-exact.",
)
EXPORT: Final = Door(
    "export",
    "/exports/schedule.csv",
    "This month as CSV",
    "A row for each worker and day with time off, for a spreadsheet.",
)
DOCS: Final = Door(
    "docs",
    "/docs",
    "Documentation",
    "Guides for clients and front ends, the rules, imports and exports, security.",
)


def start_route(
    doors: Sequence[Door],
    version: str,
    clock: Callable[[], datetime],
    wants_page: Callable[[str | None], bool],
    greet: Greet,
) -> BaseRoute:
    """Return the route to a page for browsers, which is JSON for everybody else."""

    async def answer(request: Request) -> Response:
        root = application_root(request)
        links = {door: f"{root}{_address(door, clock())}" for door in doors}
        if not wants_page(", ".join(request.headers.getlist("accept"))):
            named = {"graphql": f"{root}/graphql", **{each.name: links[each] for each in doors}}
            index = {"name": "timeoff-gateway", "version": version, "links": named}
            return JSONResponse(index, headers=_HEADERS)
        greeting = await greet(request)
        markup = {
            "doors": "\n".join(_item(door, link) for door, link in links.items()),
            "greeting": greeting,
        }
        texts = {
            "version": version,
            "endpoint": f"{request.url.scheme}://{request.url.netloc}{root}/graphql",
        }
        return plain_page(
            request, "start.html", texts, markup, _PAGE_HEADERS, has_forms="<form" in greeting
        )

    return Route("/", answer)


def schema_route(sdl: Callable[[], str]) -> BaseRoute:
    """Return the route to the schema as text, which is written once."""
    text = cache(sdl)

    async def answer(_: Request) -> Response:
        return PlainTextResponse(text(), headers={"Cache-Control": "no-cache"})

    return Route(SCHEMA_PATH, answer)


def _address(door: Door, now: datetime) -> str:
    if door is not EXPORT:
        return door.path
    _, days = monthrange(now.year, now.month)
    month = f"{now:%Y-%m}"
    return f"{door.path}?from={month}-01&to={month}-{days}"


def _item(door: Door, link: str) -> str:
    return (
        f'<li><a href="{escape(link)}"><strong>{escape(door.title)}</strong>'
        f"<span>{escape(door.text)}</span></a></li>"
    )
