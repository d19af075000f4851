"""The project's own guides as pages: docs/*.md, which the wheel carries as app/web/docs."""

from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.web.bundles import application_root
from app.web.plain_pages import plain_page

if TYPE_CHECKING:
    from app.web.markdown import Guide

FOLDER: Final = Path(__file__).with_name("docs")
PATH: Final = "/docs"


def documentation_routes() -> list[BaseRoute]:
    """Return the routes to the list of the guides and to each of them."""
    return [Route(PATH, _answer_list), Route(f"{PATH}/{{name:path}}", _answer_guide)]


async def _answer_list(request: Request) -> Response:
    root = escape(application_root(request))
    items = "".join(
        f'<li><a href="{root}{PATH}/{name}">{escape(guide.title)}</a>'
        f"<p>{escape(guide.summary)}</p></li>"
        for name, guide in guides().items()
    )
    markup = {"text": f'<h1>Documentation</h1><ul class="guides">{items}</ul>'}
    return plain_page(request, "documentation.html", {"title": "Documentation"}, markup)


async def _answer_guide(request: Request) -> Response:
    if not request.path_params["name"]:
        return RedirectResponse(f"{application_root(request)}{PATH}", 308)
    guide = guides().get(request.path_params["name"])
    if guide is None:
        raise HTTPException(404, "There is no such guide.")
    return plain_page(request, "documentation.html", {"title": guide.title}, {"text": guide.html})


@cache
def guides() -> "Mapping[str, Guide]":
    """Return every guide by its address, decisions last; read at the first visit."""
    from app.web.markdown import to_guide  # noqa: PLC0415 - a server starts without the library

    files = sorted(FOLDER.rglob("*.md"), key=lambda file: (file.parent != FOLDER, file))
    return {
        str(file.relative_to(FOLDER).with_suffix("")): to_guide(file.read_text("utf-8"))
        for file in files
    }
