"""The page that shows where one is signed in, and ends sessions there."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.domain.access import Permission
from app.domain.access_sessions import AccessSession, NoSuchSession
from app.domain.errors import NotPermitted
from app.edge.same_origin import is_same_origin
from app.edge.session_cookies import cookie_of
from app.http_json import Unreadable
from app.places import PLACE, write_in
from app.services.access.sessions import SessionService
from app.services.caller import Caller
from app.web.bundles import application_root
from app.web.forms import read_form
from app.web.sign_in_markup import (
    NOT_OURS,
    PAGE_HEADERS,
    SESSIONS_PATH,
    complaint_of,
    moment_text,
    sign_in_address,
    sign_in_page,
    sign_out_form,
)

TITLE: Final = "Where you are signed in"
NO_SUCH: Final = "This session has ended already, or is not yours to end."
OTHERS: Final = "others"
"""In the place of an id: all of one's own sessions but the one that asks."""

FindCaller = Callable[[HTTPConnection], Awaitable[Caller | None]]
"""Returns who asks; None if nobody is signed in."""


@dataclass(frozen=True)
class SessionsPage:
    """One's own sessions, and those of others for who manages access."""

    sessions: SessionService
    find_caller: FindCaller

    def routes(self) -> list[BaseRoute]:
        """Return the routes; they belong at the application's root."""
        return [
            Route(SESSIONS_PATH, self._page),
            Route(SESSIONS_PATH, self._end, methods=["POST"]),
        ]

    async def _page(self, request: Request) -> Response:
        caller = await self.find_caller(request)
        if caller is None:
            root = application_root(request)
            address = sign_in_address(root, f"{root}{SESSIONS_PATH}")
            return RedirectResponse(address, 303, PAGE_HEADERS)
        return await self._list(request, caller)

    async def _list(self, request: Request, caller: Caller, complaint: str = "") -> Response:
        own = await self.sessions.list_own(caller)
        others: list[AccessSession] = []
        if caller.may(Permission.MANAGE_ACCESS):
            everybody = await self.sessions.list_all(caller)
            others = [each for each in everybody if each.identity.name != caller.name]
        content = _content(application_root(request), own, others, await self._current(request))
        if complaint:
            return sign_in_page(request, TITLE, complaint_of(complaint) + content, status=404)
        return sign_in_page(request, TITLE, content)

    async def _end(self, request: Request) -> Response:
        caller = await self.find_caller(request)
        if caller is None or not is_same_origin(request.scope):
            return sign_in_page(request, TITLE, complaint_of(NOT_OURS), status=403)
        try:
            wanted = (await read_form(request)).get("id", "")
            await write_in(request.scope.get(PLACE))
            if wanted == OTHERS:
                await self.sessions.revoke_all(caller, but=await self._current(request))
            else:
                await self.sessions.revoke(caller, wanted)
        except Unreadable as error:
            return sign_in_page(request, TITLE, complaint_of(error.message), status=error.status)
        except (NoSuchSession, NotPermitted):
            return await self._list(request, caller, NO_SUCH)
        address = f"{application_root(request)}{SESSIONS_PATH}"
        return RedirectResponse(address, 303, PAGE_HEADERS)

    async def _current(self, request: Request) -> str | None:
        secret = cookie_of(request.scope)
        session = await self.sessions.find_session(secret) if secret else None
        return session.id if session else None


def _content(
    root: str,
    own: Sequence[AccessSession],
    others: Sequence[AccessSession],
    current: str | None,
) -> str:
    own = sorted(own, key=lambda each: each.id != current)
    parts = [_table(root, own, current) if own else "<p>You are signed in in no browser.</p>"]
    if sum(each.id != current for each in own) > 1:
        parts.append(_button(root, OTHERS, "Sign out everywhere else", "actions"))
    if current is not None:
        parts.append(sign_out_form(root))
    if others:
        parts.append(f"<h2>Everybody else</h2>{_table(root, others, None)}")
    return "".join(parts)


def _table(root: str, sessions: Sequence[AccessSession], current: str | None) -> str:
    rows = "".join(_row(root, each, is_current=each.id == current) for each in sessions)
    return (
        "<table><thead><tr><th>Who</th><th>Signed in</th><th>Last used</th><th></th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _row(root: str, session: AccessSession, *, is_current: bool) -> str:
    label = escape(session.identity.label)
    button = _button(
        root, session.id, "Sign out", "", of=f"{label}, {moment_text(session.created_at)}"
    )
    return (
        f'<tr><td data-name="Who">{label}</td>'
        f'<td data-name="Signed in">{moment_text(session.created_at)}</td>'
        f'<td data-name="Last used">{moment_text(session.last_used_at)}</td>'
        f"<td>{'This browser' if is_current else button}</td></tr>"
    )


def _button(root: str, id_: str, text: str, style: str, *, of: str = "") -> str:
    label = f' aria-label="{text}: {of}"' if of else ""
    return (
        f'<form method="post" action="{escape(root)}{SESSIONS_PATH}" class="{style}">'
        f'<input type="hidden" name="id" value="{id_}">'
        f'<button class="quiet"{label}>{text}</button></form>'
    )
