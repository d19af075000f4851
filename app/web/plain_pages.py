"""Pages without a script: each has one style, which its policy allows by its hash."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from app.web.bundles import PAGES, application_root, page


def plain_page(
    request: Request,
    name: str,
    texts: Mapping[str, str],
    markup: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Fill the page of this name, and put in the style of the same name."""
    style = Path(PAGES, name).with_suffix(".css").read_text("utf-8")
    style_hash = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    texts = {"root": application_root(request), **texts}
    return page(name, policy, texts, {"style": style, **markup}, headers)
