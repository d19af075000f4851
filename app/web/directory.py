"""The pages for administrators, and the files they load. Their sources are in calendar/.

They share modules with the calendar, and are a plain client of the GraphQL endpoint as it is.
"""

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.web.bundles import FORM_HEADERS, Bundle, application_root, not_built_page, page
from app.web.calendar import PAGE_POLICY

PATH: Final = "/directory"
BUNDLE = Bundle("directory", Path(__file__).with_name("calendar") / "dist" / "directory")


def directory_routes() -> list[BaseRoute]:
    """Return the routes to the page and its files; they belong at the application's root."""
    return [Route(PATH, _directory_page), BUNDLE.route()]


def _directory_page(request: Request) -> Response:
    root = application_root(request)
    manifest = BUNDLE.find_manifest()
    if manifest is None:
        return not_built_page("directory_not_built.html", {"root": root})
    return page(
        "directory.html", PAGE_POLICY, {"root": root}, BUNDLE.links(root, manifest), FORM_HEADERS
    )
