"""Who looks at the start page: one line of it, with the ways to sign in and out."""

from dataclasses import dataclass
from html import escape
from typing import Final

from starlette.requests import Request

from app.authentication.callers import CallerOf
from app.authentication.credentials import Unauthenticated
from app.domain.access import CallerKind, Permission, Via
from app.domain.errors import Unavailable
from app.edge.session_cookies import cookie_of
from app.services.caller import Caller
from app.web.bundles import application_root
from app.web.sign_in_markup import (
    SESSIONS_PATH,
    SIGN_IN_PATH,
    in_words,
    sign_out_form,
)
from app.web.webhooks import WEBHOOKS_PATH

NOT_KNOWN: Final = "The database does not answer, so nobody can be told who they are."


@dataclass(frozen=True, slots=True)
class Greeter:
    """Finds who looks at a page that is open to everybody."""

    caller_of: CallerOf
    why_open: str
    """The markup of why nobody is asked, where that is so."""

    async def greet(self, request: Request) -> str:
        """Return the markup that says who somebody is; it has a form if they can sign out."""
        root = application_root(request)
        try:
            caller = await self.caller_of(request, Via.PAGE)
        except Unauthenticated:
            link = f'<a href="{escape(root)}{SIGN_IN_PATH}">Sign in</a>'
            return f"<p>You are not signed in.</p>{link}"
        except Unavailable:
            return f"<p>{NOT_KNOWN}</p>"
        if caller.identity.kind is CallerKind.LOCAL:
            return f"<p>{self.why_open}</p>{_webhooks(root, caller)}"
        return _known(root, caller, has_session=cookie_of(request.scope) is not None)


def _known(root: str, caller: Caller, *, has_session: bool) -> str:
    if not has_session:
        return f"<p>You are {in_words(caller.identity)}.</p>{_webhooks(root, caller)}"
    told = f"<p>Signed in as {in_words(caller.identity)}.</p>"
    link = f'<a href="{escape(root)}{SESSIONS_PATH}">Where you are signed in</a>'
    return f"{told}{_webhooks(root, caller)}{link}{sign_out_form(root)}"


def _webhooks(root: str, caller: Caller) -> str:
    """Return the link to the page of the webhooks for who may open it."""
    if not caller.may(Permission.MANAGE_WEBHOOKS):
        return ""
    return f'<a href="{escape(root)}{WEBHOOKS_PATH}">Webhooks</a>'
