"""The pages whose script draws them whole: the calendar and the directory.

Until it does, and where it cannot, the page says so in the reader's language, as the script would.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.web.bundles import FORM_HEADERS, Builder, Bundle, application_root, not_built_page, page
from app.web.languages import VARY, language_of

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_BUILDER: Final = Builder("app/web/calendar/build", "20.19")
"""Builds all of these pages."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says without its script."""

    title: str
    loading: str
    needs_script: str


@dataclass(frozen=True, slots=True)
class BundledPage:
    """A page at the path of its bundle's name, and what it says by language."""

    bundle: Bundle
    words: Mapping[str, Words]
    """English is among them."""
    instead: str
    """What does the same where the page is not built: markup."""

    def routes(self) -> list[BaseRoute]:
        """Return the routes to the page and its files; they belong at the application's root."""
        return [Route(f"/{self.bundle.name}", self._answer), self.bundle.route()]

    def _answer(self, request: Request) -> Response:
        root = application_root(request)
        name = self.bundle.name
        manifest = self.bundle.find_manifest()
        if manifest is None:
            endpoint = f'<a href="{escape(root)}/graphql">To the GraphQL endpoint</a>'
            instead = f"<p>{self.instead} {endpoint}</p>"
            return not_built_page(root, f"The {name}", _BUILDER, instead)
        language = language_of(request, self.words)
        words = self.words[language]
        texts = {
            "root": root,
            "name": name,
            "language": language,
            "title": words.title,
            "loading": words.loading,
            "needs": words.needs_script,
        }
        headers = {**FORM_HEADERS, "Content-Language": language, "Vary": VARY}
        return page("bundled.html", PAGE_POLICY, texts, self.bundle.links(root, manifest), headers)
