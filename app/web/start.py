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
from app.web.languages import in_language
from app.web.plain_pages import plain_page
from app.web.sign_in_markup import PAGE_HEADERS
from app.web.words import StartWords, Words, fill, words_of

SCHEMA_PATH: Final = "/schema.graphql"
_HEADERS: Final = {"Cache-Control": "no-cache", "Vary": "Accept"}
_PAGE_HEADERS: Final = {**PAGE_HEADERS, "Vary": "Accept"}

Greet = Callable[[Request, Words], Awaitable[str]]
"""Returns the markup that says who somebody is; with a form if they can sign out."""


@dataclass(frozen=True, slots=True)
class Door:
    """Something that is served: its name for programs, by which the pages' words name it too."""

    name: str
    path: str


CALENDAR: Final = Door("calendar", "/calendar")
DIRECTORY: Final = Door("directory", "/directory")
GRAPHIQL: Final = Door("graphiql", "/graphql")
SCHEMA: Final = Door("schema", SCHEMA_PATH)
REFERENCE: Final = Door("rest", "/openapi")
EXPORT: Final = Door("export", "/exports/schedule.csv")
DOCS: Final = Door("docs", "/docs")
_IN_LANGUAGES: Final = (CALENDAR, DIRECTORY)
"""What speaks the reader's language; the others are English, or for programs."""


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
        words = words_of(request)
        said = words.start
        greeting = await greet(request, words)
        endpoint = f"{request.url.scheme}://{request.url.netloc}{root}/graphql"
        markup = {
            "doors": "\n".join(
                _item(said, door, in_language(request, link) if door in _IN_LANGUAGES else link)
                for door, link in links.items()
            ),
            "greeting": greeting,
            "endpoint": fill(said.endpoint, address=f"<code>{escape(endpoint)}</code>"),
        }
        texts = {
            "about": said.about,
            "version": said.version.format(version=version),
            "language": words.language,
        }
        return plain_page(
            request,
            "start.html",
            texts,
            markup,
            _PAGE_HEADERS,
            has_forms="<form" in greeting,
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


def _item(said: StartWords, door: Door, link: str) -> str:
    words = said.doors[door.name]
    return (
        f'<li><a href="{escape(link)}"><strong>{escape(words["title"])}</strong>'
        f"<span>{escape(words['text'])}</span></a></li>"
    )
