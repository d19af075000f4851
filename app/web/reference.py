"""The page on which people read the OpenAPI document, and the document itself.

Written by the server from the document, without a script: it needs no more than a browser
and can do no more than be read.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from app.web.graphiql import PAGES, SECURITY_HEADERS

DOCUMENT_PATH: Final = "/openapi.json"
PAGE_PATH: Final = "/openapi"
_CACHE: Final = {"Cache-Control": "no-cache"}
_REF: Final = "#/components/schemas/"

Schema = Mapping[str, Any]


def reference_routes(document: Mapping[str, Any]) -> list[BaseRoute]:
    """Return the routes to the document and to its page; both are made once."""
    text = json.dumps(document, indent=2)
    style = (PAGES / "reference.css").read_text("utf-8")
    style_hash = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    page = _Page(document).html(style)

    async def answer_document(_: Request) -> Response:
        headers = {"X-Content-Type-Options": "nosniff"} | _CACHE
        return Response(text, headers=headers, media_type="application/json")

    async def answer_page(_: Request) -> Response:
        headers = SECURITY_HEADERS | _CACHE | {"Content-Security-Policy": policy}
        return HTMLResponse(page, headers=headers)

    return [Route(DOCUMENT_PATH, answer_document), Route(PAGE_PATH, answer_page)]
