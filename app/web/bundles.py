"""What a built page needs of the server: its bundle of files, its markup, its headers.

A bundle is built at set-up from npm packages, into the folder dist/ beside its sources.
"""

import json
import os
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Final, TypedDict

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.http_encodings import accepts_gzip

PAGES: Final = Path(__file__).with_name("pages")

# A worker is bound by the policy of its own file, and ours have nothing to load.
ASSET_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
SECURITY_HEADERS: Final = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

# With "no-referrer" browsers would send "Origin: null" with our own forms, as those that sign out.
FORM_HEADERS: Final = {"Referrer-Policy": "same-origin"}


class Manifest(TypedDict):
    """The files of the bundle that the page names; they load the others."""

    script: str
    styles: list[str]


@dataclass(frozen=True, slots=True)
class Builder:
    """What builds a bundle: the command, and the oldest Node.js with which it does."""

    command: str
    node: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one page, and the path below the application's root that they have."""

    name: str
    folder: Path

    @property
    def path(self) -> str:
        """Where the files are, below the application's root."""
        return f"/{self.name}/assets"

    def route(self) -> Mount:
        """Return the route to the files."""
        files = _BuiltFiles(directory=self.folder, check_dir=False)
        return Mount(self.path, app=files, name=f"{self.name}_assets")

    def find_manifest(self) -> Manifest | None:
        """Read it at each visit: a page may be built, or built anew, while the server runs."""
        try:
            manifest: Manifest = json.loads((self.folder / "manifest.json").read_bytes())
        except FileNotFoundError:
            return None
        return manifest

    def links(self, root: str, manifest: Manifest) -> dict[str, str]:
        """Return the markup by which a page loads what the manifest names."""
        names = [escape(f"{root}{self.path}/{name}") for name in manifest["styles"]]
        script = escape(f"{root}{self.path}/{manifest['script']}")
        return {
            "styles": "\n    ".join(f'<link rel="stylesheet" href="{name}">' for name in names),
            "script": f'<script type="module" src="{script}"></script>',
        }


def application_root(request: Request) -> str:
    """Return the prefix of a proxy before all of the application's paths, or nothing."""
    # Inside a Mount, root_path is the mount's, and app_root_path the application's.
    return str(request.scope.get("app_root_path", request.scope.get("root_path", "")))


def hash_of(text: str) -> str:
    """Return how a policy names a style or a script that stands within its page."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def page(
    name: str,
    policy: str,
    texts: Mapping[str, str],
    markup: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Fill a page with texts, which are escaped, and with markup, which is not."""
    template = Template((PAGES / name).read_text("utf-8"))
    escaped = {key: escape(text) for key, text in texts.items()}
    return HTMLResponse(
        template.substitute({**escaped, **markup}),
        headers={
            **SECURITY_HEADERS,
            "Cache-Control": "no-cache",
            "Content-Security-Policy": policy,
            **(headers or {}),
        },
    )


def not_built_page(
    root: str,
    what: str,
    builder: Builder,
    instead: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the page that says how to build what is missing. It has one style and no script.

    ``what`` is missing begins a sentence; ``instead`` is markup: what does the same meanwhile.
    """
    style = (PAGES / "not_built.css").read_text("utf-8")
    policy = (
        f"default-src 'none'; style-src '{hash_of(style)}'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    texts = {"root": root, "what": what, "node": builder.node, "build": builder.command}
    return page("not_built.html", policy, texts, {"style": style, "instead": instead}, headers)


class _BuiltFiles(StaticFiles):
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
        wish = Headers(scope=scope).get("accept-encoding", "").encode("latin-1")
        if accepts_gzip(wish) and compressed.exists():
            full_path, stat_result = compressed, compressed.stat()
            headers["Content-Encoding"] = "gzip"
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(headers)
        return response


def favicon(_request: Request) -> Response:
    """Answer with the icon of all pages."""
    headers = SECURITY_HEADERS | {
        "Cache-Control": "public, max-age=86400",
        "Content-Security-Policy": ASSET_POLICY,
    }
    return FileResponse(PAGES / "favicon.svg", headers=headers)
