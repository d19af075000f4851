"""The GraphiQL page in the browser, and the files it loads. Its sources are in graphiql/."""

from __future__ import annotations

import json
import os
import shlex
from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, TypedDict

from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope

ASSETS_PATH = "/graphiql/assets"
PAGES = Path(__file__).with_name("pages")
BUNDLE = Path(__file__).with_name("graphiql") / "dist"

# 'unsafe-inline' for styles and the data: sources are what GraphiQL's editor, Monaco, needs.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# A worker is bound by the policy of its own file, and ours have nothing to load.
ASSET_POLICY = "default-src 'none'; frame-ancestors 'none'"
SECURITY_HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Manifest(TypedDict):
    """The files of the bundle that the page names; they load the others."""

    script: str
    styles: list[str]


def graphiql_page(request: Request) -> Response:
    """Answer a browser that opens the GraphQL endpoint, which is the request's own path.

    Where GraphiQL was not built, the page says so, and how to go on without.
    """
    # Inside a Mount, root_path is the mount's, and app_root_path the application's.
    root = request.scope.get("app_root_path", request.scope.get("root_path", ""))
    endpoint = request.scope["path"]
    texts = {
        "root": root,
        "endpoint": endpoint,
        "curl": _curl(f"{request.url.scheme}://{request.url.netloc}{endpoint}"),
    }
    manifest = _read_manifest()
    if manifest is None:
        return _not_built_page(texts)
    assets = f"{root}{ASSETS_PATH}"
    return _page(
        "graphiql.html",
        PAGE_POLICY,
        texts | {"script": f"{assets}/{manifest['script']}"},
        styles="\n    ".join(
            f'<link rel="stylesheet" href="{escape(f"{assets}/{name}")}">'
            for name in manifest["styles"]
        ),
    )


def graphiql_assets() -> list[BaseRoute]:
    """Return the routes to all that the page loads; they belong at the application's root."""
    return [
        Mount(ASSETS_PATH, app=_Bundle(directory=BUNDLE, check_dir=False), name="graphiql_assets"),
        Route("/favicon.ico", _favicon),
    ]


def _read_manifest() -> Manifest | None:
    """Read it at each visit: GraphiQL may be built, or built anew, while the server runs."""
    try:
        manifest: Manifest = json.loads((BUNDLE / "manifest.json").read_bytes())
    except FileNotFoundError:
        return None
    return manifest


def _not_built_page(texts: dict[str, str]) -> Response:
    style = (PAGES / "graphiql_not_built.css").read_text("utf-8")
    style_hash = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return _page("graphiql_not_built.html", policy, texts, style=style)


def _page(name: str, policy: str, texts: dict[str, str], **markup: str) -> Response:
    """Fill a page with texts, which are escaped, and with markup, which is not."""
    page = Template((PAGES / name).read_text("utf-8"))
    escaped = {key: escape(text) for key, text in texts.items()}
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": policy,
        "Vary": "Accept",  # other clients get JSON from the same address
    }
    return HTMLResponse(page.substitute(escaped | markup), headers=SECURITY_HEADERS | headers)


def _curl(url: str) -> str:
    query = json.dumps({"query": "{ timeOffEntries { totalCount } }"})
    return (
        f"curl {shlex.quote(url)} \\\n"
        f"  --header 'Content-Type: application/json' \\\n"
        f"  --data {shlex.quote(query)}"
    )


def _favicon(_request: Request) -> Response:
    headers = SECURITY_HEADERS | {
        "Cache-Control": "public, max-age=86400",
        "Content-Security-Policy": ASSET_POLICY,
    }
    return FileResponse(PAGES / "favicon.svg", headers=headers)


class _Bundle(StaticFiles):
    """The built files. Their names change with their content, so browsers keep them for ever."""

    async def check_config(self) -> None:
        """Let the folder be missing: every file in it is then not found."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer with the copy that the build compressed, where the client takes it."""
        headers = SECURITY_HEADERS | {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Security-Policy": ASSET_POLICY,
            "Vary": "Accept-Encoding",
        }
        compressed = Path(f"{os.fspath(full_path)}.gz")
        if "gzip" in Headers(scope=scope).get("accept-encoding", "") and compressed.exists():
            full_path, stat_result = compressed, compressed.stat()
            headers["Content-Encoding"] = "gzip"
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(headers)
        return response
