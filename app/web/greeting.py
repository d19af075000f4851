"""Who looks at the start page: one line of it, with the ways to sign in and out."""

from dataclasses import dataclass
from html import escape
from typing import Final

from starlette.requests import Request

from app.authentication.callers import CallerOf
from app.authentication.credentials import Unauthenticated
from app.domain.access import CallerKind, Via
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

NOBODY_ASKED: Final = (
    "Nobody is asked who they are here: whoever reaches this gateway may do everything."
)
THIS_MACHINE: Final = (
    "Nobody has to sign in: this machine alone gets in, until the first token is made "
    "(<code>timeoff token create NAME --role admin</code>)."
)
NOT_KNOWN: Final = "The database does not answer, so nobody can be told who they are."


@dataclass(frozen=True, slots=True)
class Greeter:
    """Finds who looks at a page that is open to everybody."""

    caller_of: CallerOf
    asks_nobody: bool
    """Whether the gateway lets in everybody, as a setting wants it."""

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
            return f"<p>{NOBODY_ASKED if self.asks_nobody else THIS_MACHINE}</p>"
        return _known(root, caller, has_session=cookie_of(request.scope) is not None)


def _known(root: str, caller: Caller, *, has_session: bool) -> str:
    if not has_session:
        return f"<p>You are {in_words(caller.identity)}.</p>"
    told = f"<p>Signed in as {in_words(caller.identity)}.</p>"
    link = f'<a href="{escape(root)}{SESSIONS_PATH}">Where you are signed in</a>'
    return f"{told}{link}{sign_out_form(root)}"
