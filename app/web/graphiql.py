"""The GraphiQL page in the browser, and the files it loads. Its sources are in graphiql/."""

import json
import shlex
from html import escape
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from app.web.bundles import FORM_HEADERS, Builder, Bundle, application_root, not_built_page, page

BUNDLE = Bundle("graphiql", Path(__file__).with_name("graphiql") / "dist")

_BUILDER: Final = Builder("app/web/graphiql/build", "20")
_INSTEAD: Final = (
    "<p>Any GraphQL client can use the endpoint, and so can curl:</p>"
    '<pre tabindex="0"><code>{}</code></pre>'
)

# 'unsafe-inline' for styles and the data: sources are what GraphiQL's editor, Monaco, needs.
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Other clients get JSON from the same address.
_HEADERS: Final = {**FORM_HEADERS, "Vary": "Accept"}


def graphiql_page(request: Request) -> Response:
    """Answer a browser that opens the GraphQL endpoint, which is the request's own path.

    Where GraphiQL was not built, the page says so, and how to go on without.
    """
    root = application_root(request)
    endpoint = request.scope["path"]
    curl = _curl(f"{request.url.scheme}://{request.url.netloc}{endpoint}")
    manifest = BUNDLE.find_manifest()
    if manifest is None:
        return not_built_page(root, "GraphiQL", _BUILDER, _INSTEAD.format(escape(curl)), _HEADERS)
    texts = {"root": root, "endpoint": endpoint, "curl": curl}
    return page("graphiql.html", PAGE_POLICY, texts, BUNDLE.links(root, manifest), _HEADERS)


def graphiql_assets() -> list[BaseRoute]:
    """Return the route to all that the page loads; it belongs at the application's root."""
    return [BUNDLE.route()]


def _curl(url: str) -> str:
    query = json.dumps({"query": "{ timeOffEntries { totalCount } }"})
    return (
        f"curl {shlex.quote(url)} \\\n"
        f"  --header 'Content-Type: application/json' \\\n"
        f"  --data {shlex.quote(query)}"
    )
