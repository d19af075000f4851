"""Who looks at the start page: one line of it, with the ways to sign in and out."""

from dataclasses import dataclass
from html import escape

from starlette.requests import Request

from app.authentication.callers import CallerOf
from app.authentication.credentials import Unauthenticated
from app.domain.access import CallerKind, Permission, Via
from app.domain.errors import Unavailable
from app.edge.session_cookies import cookie_of
from app.services.caller import Caller
from app.web.bundles import application_root
from app.web.connected_systems import SYNC_PATH
from app.web.languages import in_language
from app.web.sign_in import WhyOpen
from app.web.sign_in_markup import (
    SESSIONS_PATH,
    SIGN_IN_PATH,
    in_words,
    sign_out_form,
)
from app.web.webhooks import WEBHOOKS_PATH
from app.web.words import Words, fill


@dataclass(frozen=True, slots=True)
class Greeter:
    """Finds who looks at a page that is open to everybody."""

    caller_of: CallerOf
    why_open: WhyOpen

    async def greet(self, request: Request, words: Words) -> str:
        """Return the markup that says who somebody is; it has a form if they can sign out."""
        root = application_root(request)
        try:
            caller = await self.caller_of(request, Via.PAGE)
        except Unauthenticated:
            act = escape(words.sign_in.act)
            link = f'<a href="{escape(in_language(request, f"{root}{SIGN_IN_PATH}"))}">{act}</a>'
            return f"<p>{escape(words.start.nobody)}</p>{link}"
        except Unavailable:
            return f"<p>{escape(words.start.not_known)}</p>"
        if caller.identity.kind is CallerKind.LOCAL:
            return f"<p>{self.why_open(words)}</p>{_for_administrators(root, words, caller)}"
        return _known(request, words, caller)


def _known(request: Request, words: Words, caller: Caller) -> str:
    root = application_root(request)
    said, who = words.sign_in, in_words(words.sign_in, caller.identity)
    if cookie_of(request.scope) is None:
        return f"<p>{fill(said.you_are, who=who)}</p>{_for_administrators(root, words, caller)}"
    told = f"<p>{fill(words.start.signed_in_as, who=who)}</p>"
    sessions = in_language(request, f"{root}{SESSIONS_PATH}")
    link = f'<a href="{escape(sessions)}">{escape(said.where)}</a>'
    return f"{told}{_for_administrators(root, words, caller)}{link}{sign_out_form(request, said)}"


def _for_administrators(root: str, words: Words, caller: Caller) -> str:
    """Return the links to the pages of webhooks and of connected systems for who may open them."""
    links = (
        (Permission.MANAGE_WEBHOOKS, WEBHOOKS_PATH, words.start.webhooks),
        (Permission.MANAGE_UPSTREAMS, SYNC_PATH, words.start.connected_systems),
    )
    return "".join(
        f'<a href="{escape(root)}{path}">{escape(name)}</a>'
        for permission, path, name in links
        if caller.may(permission)
    )
