"""The project's own guides as pages: docs/*.md, which the wheel carries as app/web/docs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.web.bundles import SECURITY_HEADERS, application_root
from app.web.documentation_search import MOST_LETTERS, GuideIndex, Result, words_of
from app.web.reading_pages import Place, reading_page

if TYPE_CHECKING:
    from app.web.markdown import Guide

FOLDER: Final = Path(__file__).with_name("docs")
PATH: Final = "/docs"
TITLE: Final = "Documentation"
_DECISIONS: Final = "decisions/"
NO_SUCH_GUIDE: Final = "There is no such guide."
_IMAGE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""A drawing has a style of its own, and nothing to load."""

_CONTENTS_DEPTH: Final = 3
"""Headings of the second and third level are in a guide's list of contents."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom some guides are for; what they are called there, and which they are, in order."""

    place: str
    title: str
    words: str
    guides: Sequence[str]


READERS: Final = (
    Reader(
        "people",
        "People who plan and take time off",
        "What the gateway shows of both systems, and how it gets into calendars and spreadsheets.",
        ("schedule", "repeats", "calendar-feeds", "exports", "directory", "rules"),
    ),
    Reader(
        "integrators",
        "Integrators",
        "Programs that read, write and follow time off.",
        ("clients", "importing", "sync", "rest", "events", "webhooks", "names"),
    ),
    Reader(
        "front-ends",
        "Front ends",
        "Pages of your own over the GraphQL API.",
        ("frontend",),
    ),
    Reader(
        "operators",
        "Operators",
        "To run the gateway, let people in, and keep it safe, fast and watched.",
        (
            *(
                "operating",
                "install",
                "upgrading",
                "proxy",
                "access",
                "people",
                "security",
                "audit",
                "backup",
                "reliability",
                "scaling",
                "metrics",
            ),
            "performance",
        ),
    ),
    Reader(
        "contributors",
        "Contributors",
        "How it is built, and why it is built so.",
        ("execution", "day-table"),
    ),
)
"""Decisions are for contributors, and so is a guide that is named by nobody."""


def documentation_routes() -> list[BaseRoute]:
    """Return the routes to the list of the guides, with their search, and to each of them."""
    return [
        Route(PATH, _answer_list),
        Route(f"{PATH}/images/{{name}}", _answer_image),
        Route(f"{PATH}/{{name:path}}", _answer_guide),
    ]


async def _answer_list(request: Request) -> Response:
    asked = _question(request.query_params.get("q", ""))
    if asked:
        return _answer_search(request, asked)
    root = application_root(request)
    parts = [f"<h1>{TITLE}</h1>"]
    for reader, names in by_reader().items():
        parts.append(f'<h2 id="{reader.place}">{escape(reader.title)}</h2>')
        parts.append(f"<p>{escape(reader.words)}</p>{_list_of(root, names)}")
    contents = [Place(each.place, each.title) for each in by_reader()]
    return reading_page(request, TITLE, "".join(parts), contents)


def _question(text: str) -> str:
    r"""Return what is searched for, and shown as that: no more of it, nothing that no page has.

    >>> _question("  idempotency\0  key ")
    'idempotency key'
    """
    return " ".join(text.replace("\0", " ").split())[:MOST_LETTERS].strip()


def _answer_search(request: Request, asked: str) -> Response:
    root = application_root(request)
    found = _index().find(asked)
    words = escape(asked)
    if found:
        count = "One place" if len(found) == 1 else f"{len(found)} places"
        told = f'<p role="status">{count}, the best first.</p>'
        items = "".join(_result(root, each) for each in found)
        text = f'<h1>“{words}”</h1>{told}<ol class="results">{items}</ol>'
    else:
        hint = "Try fewer words, or a part of one." if words_of(asked) else "That is no word."
        text = (
            f'<h1>“{words}”</h1><p role="status">Nothing in the guides has all of it. {hint}</p>'
            f'<p><a href="{escape(root)}{PATH}">All guides</a></p>'
        )
    return reading_page(request, f"“{asked}”", text, asked=asked)


def _result(root: str, found: Result) -> str:
    address = f"{escape(root)}{PATH}/{found.name}#{escape(found.place)}"
    within = f"<small>{escape(found.title)}</small>" if found.heading != found.title else ""
    return f'<li>{within}<a href="{address}">{escape(found.heading)}</a><p>{found.excerpt}</p></li>'


async def _answer_guide(request: Request) -> Response:
    name = request.path_params["name"]
    root = application_root(request)
    if not name:
        return RedirectResponse(f"{root}{PATH}", 308)
    guide = guides().get(name)
    if guide is None:
        raise HTTPException(404, NO_SUCH_GUIDE)
    reader, names = next(each for each in by_reader().items() if name in each[1])
    way = (
        f'<nav class="way" aria-label="Where this is"><a href="{escape(root)}{PATH}">{TITLE}</a> '
        '<span aria-hidden="true">/</span> '
        f'<a href="{escape(root)}{PATH}#{reader.place}">{escape(reader.title)}</a></nav>'
    )
    others = [each for each in names if each != name and not each.startswith(_DECISIONS)]
    more = (
        f'<nav class="more" aria-labelledby="more"><h2 id="more">More for '
        f"{escape(reader.title[0].lower() + reader.title[1:])}</h2>"
        f"{_list_of(root, others)}</nav>"
        if others
        else ""
    )
    contents = [
        Place(each.place, each.heading, each.level)
        for each in guide.sections
        if 1 < each.level <= _CONTENTS_DEPTH
    ]
    text = f"{way}<article>{guide.html}</article>{more}"
    return reading_page(request, guide.title, text, contents)


async def _answer_image(request: Request) -> Response:
    name = request.path_params["name"]
    file = next((each for each in (FOLDER / "images").iterdir() if each.name == name), None)
    if file is None:
        raise HTTPException(404)
    return FileResponse(file, headers=SECURITY_HEADERS | {"Content-Security-Policy": _IMAGE_POLICY})


def _list_of(root: str, names: Iterable[str]) -> str:
    items = "".join(
        f'<li><a href="{escape(root)}{PATH}/{name}">{escape(guides()[name].title)}</a>'
        f"<p>{escape(guides()[name].summary)}</p></li>"
        for name in names
    )
    return f'<ul class="guides">{items}</ul>'


@cache
def by_reader() -> "Mapping[Reader, Sequence[str]]":
    """Return the names of every guide by whom it is for; decisions come last."""
    named = {name for reader in READERS for name in reader.guides}
    for_all_others = [name for name in guides() if name not in named]
    found = {reader: list(reader.guides) for reader in READERS}
    found[READERS[-1]] += for_all_others
    return found


@cache
def _index() -> GuideIndex:
    return GuideIndex(guides())


@cache
def guides() -> "Mapping[str, Guide]":
    """Return every guide by its address, decisions last; read at the first visit."""
    from app.web.markdown import to_guide  # noqa: PLC0415 - a server starts without the library

    files = sorted(FOLDER.rglob("*.md"), key=lambda file: (file.parent != FOLDER, file))
    return {
        str(file.relative_to(FOLDER).with_suffix("")): to_guide(file.read_text("utf-8"))
        for file in files
    }
