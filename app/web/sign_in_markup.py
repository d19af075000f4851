"""The markup of the sign-in's pages. They have no script."""

from html import escape
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.domain.access import Identity
from app.domain.access_sessions import AccessSession
from app.web.bundles import FORM_HEADERS, application_root
from app.web.languages import RETURN_TO, in_language
from app.web.plain_pages import plain_page
from app.web.words import SignInWords, Words, fill

SIGN_IN_PATH: Final = "/sign-in"
SIGN_OUT_PATH: Final = "/sign-out"
ISSUER_PATH: Final = "/sign-in/issuer"
SESSIONS_PATH: Final = "/sessions"

PAGE_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    **FORM_HEADERS,
}


def sign_in_page(
    request: Request, language: str, title: str, content: str, *, status: int = 200
) -> Response:
    """Return a page in the style of the sign-in; ``content`` is markup."""
    return plain_page(
        request,
        "sign_in.html",
        {"title": title, "language": language},
        {"content": content},
        PAGE_HEADERS,
        status=status,
        has_forms=True,
    )


def nobody_asked(words: Words) -> str:
    """Return the markup of why nobody has to sign in where nobody is asked at all."""
    return fill(words.sign_in.nobody_asked)


def this_machine_alone(words: Words, make_token: str) -> str:
    """Return the markup of why nobody is asked on their own machine; ``make_token`` ends that."""
    return fill(words.sign_in.this_machine_alone, command=f"<code>{escape(make_token)}</code>")


def open_page(request: Request, words: Words, why_open: str, return_to: str) -> Response:
    """Return the page of a gateway that asks nobody who they are; ``why_open`` is markup."""
    root = application_root(request)
    if urlsplit(return_to).path in {f"{root}{SIGN_IN_PATH}", f"{root}{SESSIONS_PATH}"}:
        return_to = f"{root}/"  # those would lead back here
    said = words.sign_in
    content = (
        f"<p>{why_open}</p>"
        f'<div class="actions"><a class="button" href="{escape(return_to)}">'
        f"{escape(said.go_on)}</a></div>"
    )
    return sign_in_page(request, words.language, said.open_title, content)


def signed_in_page(
    request: Request, words: Words, session: AccessSession, return_to: str
) -> Response:
    """Return the page for who is signed in already."""
    root, said = application_root(request), words.sign_in
    content = (
        f"<p>{fill(said.you_are, who=in_words(said, session.identity))}</p>"
        f'<div class="actions"><a class="button" href="{escape(return_to)}">'
        f"{escape(said.go_on)}</a>"
        f'<a href="{escape(in_language(request, f"{root}{SESSIONS_PATH}"))}">'
        f"{escape(said.where)}</a></div>"
        f"{sign_out_form(request, said)}"
    )
    return sign_in_page(request, words.language, said.signed_in_title, content)


def in_words(said: SignInWords, identity: Identity) -> str:
    """Return the markup of who somebody is: the name, and the role if there is one."""
    name = f"<strong>{escape(identity.label)}</strong>"
    if identity.role is None:
        return name
    return f"{name}, {escape(said.roles[identity.role.value])}"


def sign_in_address(request: Request, return_to: str) -> str:
    """Return the address of the sign-in that leads back to a path of ours.

    The path that is given keeps the language that is asked for, and the sign-in is in it.
    """
    back = quote(in_language(request, return_to))
    return f"{application_root(request)}{SIGN_IN_PATH}?{RETURN_TO}={back}"


def sign_out_form(request: Request, said: SignInWords) -> str:
    """Return the markup of a button that signs out."""
    address = in_language(request, f"{application_root(request)}{SIGN_OUT_PATH}")
    return (
        f'<form method="post" action="{escape(address)}" class="actions">'
        f'<button class="quiet">{escape(said.sign_out)}</button></form>'
    )


def token_form(request: Request, said: SignInWords, return_to: str, *, is_wrong: bool) -> str:
    """Return the markup of the form that takes a token."""
    address = in_language(request, f"{application_root(request)}{SIGN_IN_PATH}")
    wrong = ' aria-invalid="true"' if is_wrong else ""
    described = "complaint hint" if is_wrong else "hint"
    return (
        f'<form method="post" action="{escape(address)}">'
        f'<input type="hidden" name="return_to" value="{escape(return_to)}">'
        f'<label for="token">{escape(said.token)}</label>'
        '<input id="token" name="token" type="password" autocomplete="current-password" '
        f'autocapitalize="none" spellcheck="false" required autofocus{wrong} '
        f'aria-describedby="{described}">'
        f'<p class="hint" id="hint">{fill(said.token_hint, prefix="<code>tog_</code>")}</p>'
        f'<div class="actions"><button>{escape(said.act)}</button></div></form>'
    )


def issuer_link(request: Request, said: SignInWords, return_to: str, label: str) -> str:
    """Return the markup of the button that leads to the issuer."""
    root = application_root(request)
    address = in_language(request, f"{root}{ISSUER_PATH}?{RETURN_TO}={quote(return_to, safe='')}")
    return (
        f'<div class="actions"><a class="button" href="{escape(address)}">'
        f"{fill(said.with_issuer, issuer=escape(label))}</a></div>"
    )


def complaint_of(message: str) -> str:
    """Return the markup of what was wrong."""
    return complaint(escape(message))


def complaint(markup: str) -> str:
    """Return the markup of what was wrong, of which ``markup`` says what."""
    return f'<p class="bad" id="complaint" role="alert">{markup}</p>'
