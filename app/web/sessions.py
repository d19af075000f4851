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
from app.edge.session_cookies import cookie_of
from app.services.access.sessions import SessionService
from app.services.caller import Caller
from app.web.bundles import application_root
from app.web.forms import FormRefused, button_form, take_form
from app.web.languages import in_language
from app.web.sign_in_markup import (
    PAGE_HEADERS,
    SESSIONS_PATH,
    complaint_of,
    sign_in_address,
    sign_in_page,
    sign_out_form,
)
from app.web.words import Words, words_of

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
            address = sign_in_address(request, f"{application_root(request)}{SESSIONS_PATH}")
            return RedirectResponse(address, 303, PAGE_HEADERS)
        return await self._list(request, caller)

    async def _list(self, request: Request, caller: Caller, complaint: str = "") -> Response:
        own = await self.sessions.list_own(caller)
        others: list[AccessSession] = []
        if caller.may(Permission.MANAGE_ACCESS):
            everybody = await self.sessions.list_all(caller)
            others = [each for each in everybody if each.identity.name != caller.name]
        words = words_of(request)
        table = _Sessions(request, words, await self._current(request))
        content = table.content(own, others)
        title, status = words.sign_in.where, 200
        if complaint:
            content, status = complaint_of(complaint) + content, 404
        return sign_in_page(request, words.language, title, content, status=status)

    async def _end(self, request: Request) -> Response:
        caller = await self.find_caller(request)
        said = words_of(request).sign_in
        if caller is None:
            return _refused(request, said.not_ours, 403)
        try:
            wanted = (await take_form(request, said)).get("id", "")
            if wanted == OTHERS:
                await self.sessions.revoke_all(caller, but=await self._current(request))
            else:
                await self.sessions.revoke(caller, wanted)
        except FormRefused as refusal:
            return _refused(request, str(refusal), refusal.status)
        except (NoSuchSession, NotPermitted):
            return await self._list(request, caller, words_of(request).sessions.no_such)
        return RedirectResponse(_address(request), 303, PAGE_HEADERS)

    async def _current(self, request: Request) -> str | None:
        secret = cookie_of(request.scope)
        session = await self.sessions.find_session(secret) if secret else None
        return session.id if session else None


def _address(request: Request) -> str:
    """Return the address of the page, in the language that is asked for."""
    return in_language(request, f"{application_root(request)}{SESSIONS_PATH}")


def _refused(request: Request, message: str, status: int) -> Response:
    words = words_of(request)
    content = complaint_of(message)
    return sign_in_page(request, words.language, words.sign_in.where, content, status=status)


@dataclass(frozen=True, slots=True)
class _Sessions:
    """The markup of sessions, with buttons that end them."""

    request: Request
    words: Words
    current: str | None
    """The id of the session that asks."""

    def content(self, own: Sequence[AccessSession], others: Sequence[AccessSession]) -> str:
        said = self.words.sessions
        own = sorted(own, key=lambda each: each.id != self.current)
        parts = [self._table(own) if own else f"<p>{escape(said.none)}</p>"]
        if sum(each.id != self.current for each in own) > 1:
            parts.append(self._button(OTHERS, said.elsewhere, "actions"))
        if self.current is not None:
            parts.append(sign_out_form(self.request, self.words.sign_in))
        if others:
            parts.append(f"<h2>{escape(said.others)}</h2>{self._table(others)}")
        return "".join(parts)

    def _table(self, sessions: Sequence[AccessSession]) -> str:
        said = self.words.sessions
        names = (said.who, said.signed_in, said.last_used)
        heads = "".join(f"<th>{escape(name)}</th>" for name in names)
        rows = "".join(map(self._row, sessions))
        return f"<table><thead><tr>{heads}<td></td></tr></thead><tbody>{rows}</tbody></table>"

    def _row(self, session: AccessSession) -> str:
        said, sign_in = self.words.sessions, self.words.sign_in
        label, begun = session.identity.label, sign_in.time(session.created_at)
        if session.id == self.current:
            end = escape(said.this_browser)
        else:
            whom = said.sign_out_of.format(whom=f"{label}, {begun}")
            end = self._button(session.id, sign_in.sign_out, "", whom)
        return (
            f'<tr><td data-name="{escape(said.who)}">{escape(label)}</td>'
            f'<td data-name="{escape(said.signed_in)}">{begun}</td>'
            f'<td data-name="{escape(said.last_used)}">{sign_in.time(session.last_used_at)}</td>'
            f"<td>{end}</td></tr>"
        )

    def _button(self, id_: str, text: str, style: str, heard: str = "") -> str:
        return button_form(_address(self.request), {"id": id_}, text, style=style, heard=heard)
