"""Pages without a script: each has one style, which its policy allows by its hash."""

from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from app.web.bundles import PAGES, application_root, hash_of, page
from app.web.languages import VARY, in_language


def plain_page(
    request: Request,
    name: str,
    texts: Mapping[str, str],
    markup: Mapping[str, str],
    headers: Mapping[str, str],
    *,
    status: int = 200,
    has_forms: bool = False,
) -> Response:
    """Fill the page of this name, and put in the style of the same name.

    The text ``language`` names that of the others; the answer says that it depends on the reader's.
    """
    style = Path(PAGES, name).with_suffix(".css").read_text("utf-8")
    form_action = "'self'" if has_forms else "'none'"
    policy = (
        f"default-src 'none'; style-src '{hash_of(style)}'; img-src 'self'; "
        f"base-uri 'none'; form-action {form_action}; frame-ancestors 'none'"
    )
    root = application_root(request)
    texts = {"root": root, "home": in_language(request, f"{root}/"), **texts}
    told = {
        **headers,
        "Content-Language": texts["language"],
        "Vary": ", ".join(filter(None, [headers.get("Vary"), VARY])),
    }
    response = page(name, policy, texts, {"style": style, **markup}, told)
    response.status_code = status
    return response
