"""The markup of the sign-in's pages. They have no script."""

from datetime import datetime
from html import escape
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.domain.access import AccessRole, Identity
from app.domain.access_sessions import AccessSession
from app.web.bundles import FORM_HEADERS, application_root
from app.web.plain_pages import plain_page

SIGN_IN_PATH: Final = "/sign-in"
SIGN_OUT_PATH: Final = "/sign-out"
ISSUER_PATH: Final = "/sign-in/issuer"
SESSIONS_PATH: Final = "/sessions"

NOT_OURS: Final = "This was not sent by a page of this gateway. Open the page again and try there."

NOBODY_ASKED: Final = (
    "Nobody is asked who they are here: whoever reaches this gateway may do everything."
)

PAGE_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    **FORM_HEADERS,
}


def sign_in_page(request: Request, title: str, content: str, *, status: int = 200) -> Response:
    """Return a page in the style of the sign-in; ``content`` is markup."""
    return plain_page(
        request,
        "sign_in.html",
        {"title": title},
        {"content": content},
        PAGE_HEADERS,
        status=status,
        has_forms=True,
    )


def moment_text(moment: datetime) -> str:
    """Write a moment for people, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def this_machine_alone(make_token: str) -> str:
    """Return the markup of why nobody is asked on their own machine; ``make_token`` ends that."""
    return (
        "Nobody has to sign in: this machine alone gets in, until the first token is made "
        f"(<code>{escape(make_token)}</code>)."
    )


def open_page(request: Request, why_open: str, return_to: str) -> Response:
    """Return the page of a gateway that asks nobody who they are; ``why_open`` is markup."""
    root = application_root(request)
    if urlsplit(return_to).path in {f"{root}{SIGN_IN_PATH}", f"{root}{SESSIONS_PATH}"}:
        return_to = f"{root}/"  # those would lead back here
    content = (
        f"<p>{why_open}</p>"
        f'<div class="actions"><a class="button" href="{escape(return_to)}">Continue</a></div>'
    )
    return sign_in_page(request, "Nobody has to sign in", content)


def signed_in_page(request: Request, session: AccessSession, return_to: str) -> Response:
    """Return the page for who is signed in already."""
    root = application_root(request)
    content = (
        f"<p>You are {in_words(session.identity)}.</p>"
        f'<div class="actions"><a class="button" href="{escape(return_to)}">Continue</a>'
        f'<a href="{escape(root)}{SESSIONS_PATH}">Where you are signed in</a></div>'
        f"{sign_out_form(root)}"
    )
    return sign_in_page(request, "You are signed in", content)


def in_words(identity: Identity) -> str:
    """Return the markup of who somebody is: the name, and the role if there is one."""
    name = f"<strong>{escape(identity.label)}</strong>"
    if identity.role is None:
        return name
    role = identity.role.value
    return f"{name}, {role if identity.role is AccessRole.HR else role.lower()}"


def sign_in_address(root: str, return_to: str) -> str:
    """Return the address of the sign-in that leads back to a path of ours."""
    return f"{root}{SIGN_IN_PATH}?return_to={quote(return_to)}"


def sign_out_form(root: str) -> str:
    """Return the markup of a button that signs out."""
    return (
        f'<form method="post" action="{escape(root)}{SIGN_OUT_PATH}" class="actions">'
        '<button class="quiet">Sign out</button></form>'
    )


def token_form(root: str, return_to: str, *, is_wrong: bool) -> str:
    """Return the markup of the form that takes a token."""
    wrong = ' aria-invalid="true"' if is_wrong else ""
    described = "complaint hint" if is_wrong else "hint"
    return (
        f'<form method="post" action="{escape(root)}{SIGN_IN_PATH}">'
        f'<input type="hidden" name="return_to" value="{escape(return_to)}">'
        '<label for="token">Access token</label>'
        '<input id="token" name="token" type="password" autocomplete="current-password" '
        f'autocapitalize="none" spellcheck="false" required autofocus{wrong} '
        f'aria-describedby="{described}">'
        '<p class="hint" id="hint">Whoever runs this gateway gives you one. It begins with '
        "<code>tog_</code>. It is sent once; from then on this browser keeps a cookie.</p>"
        '<div class="actions"><button>Sign in</button></div></form>'
    )


def issuer_link(root: str, return_to: str, label: str) -> str:
    """Return the markup of the button that leads to the issuer."""
    address = f"{root}{ISSUER_PATH}?return_to={quote(return_to, safe='')}"
    return (
        f'<div class="actions"><a class="button" href="{escape(address)}">'
        f"Sign in with {escape(label)}</a></div>"
    )


def complaint_of(message: str) -> str:
    """Return the markup of what was wrong."""
    return f'<p class="bad" id="complaint" role="alert">{escape(message)}</p>'
