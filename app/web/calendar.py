"""The calendar page, and the files it loads. Its sources are in calendar/.

A plain client of the GraphQL endpoint: the server gives it nothing that others do not get.
"""

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.web.bundles import FORM_HEADERS, Bundle, application_root, not_built_page, page

PATH: Final = "/calendar"
BUNDLE = Bundle("calendar", Path(__file__).with_name("calendar") / "dist")
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def calendar_routes() -> list[BaseRoute]:
    """Return the routes to the page and its files; they belong at the application's root."""
    return [Route(PATH, _calendar_page), BUNDLE.route()]


def _calendar_page(request: Request) -> Response:
    root = application_root(request)
    manifest = BUNDLE.find_manifest()
    if manifest is None:
        return not_built_page("calendar_not_built.html", {"root": root})
    return page(
        "calendar.html", PAGE_POLICY, {"root": root}, BUNDLE.links(root, manifest), FORM_HEADERS
    )
