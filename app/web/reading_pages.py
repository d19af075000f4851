"""Pages to read: guides and the REST reference, with one header, contents beside, and a search.

They have one style and one script, which the page's policy allows by their hashes: the script puts
buttons that copy beside code, and "/" into the search. Without it everything can be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from app.web.bundles import PAGES, application_root, hash_of, page

_PAGE: Final = "documentation.html"
_FEW: Final = 2
"""Of fewer places there is no list: all of the page is in sight."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a link within a page leads; ``level`` is that of its heading, of 2 and 3."""

    place: str
    title: str
    level: int = 2


def reading_page(
    request: Request,
    title: str,
    text: str,
    contents: Sequence[Place] = (),
    *,
    asked: str = "",
    sheet: str | None = None,
) -> Response:
    """Return a page; ``text`` is markup, ``asked`` what was searched for.

    ``sheet`` names a style that is added to that of all pages to read.
    """
    style = _read("documentation.css") + (_read(sheet) if sheet else "")
    script = _read("documentation.js")
    policy = (
        f"default-src 'none'; script-src '{hash_of(script)}'; style-src '{hash_of(style)}'; "
        "img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    texts = {"root": application_root(request), "title": title, "asked": asked}
    markup = {"style": style, "script": script, "text": text, "contents": _contents(contents)}
    return page(_PAGE, policy, texts, markup)


@cache
def _read(name: str) -> str:
    return (PAGES / name).read_text("utf-8")


def _contents(places: Sequence[Place]) -> str:
    """Return the list of a page's places twice: beside it, and on a narrow screen folded above."""
    if len(places) < _FEW:
        return ""
    items = "".join(
        f'<li class="level-{each.level}">'
        f'<a href="#{escape(each.place)}">{escape(each.title)}</a></li>'
        for each in places
    )
    return (
        '<nav class="contents beside" aria-labelledby="contents">'
        f'<h2 id="contents">On this page</h2><ul>{items}</ul></nav>'
        '<nav class="contents above" aria-label="On this page"><details>'
        f"<summary>On this page</summary><ul>{items}</ul></details></nav>"
    )
