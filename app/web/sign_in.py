"""Signing in with a browser, and out again: a cookie for a token, or for an issuer's word."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import Final, Protocol

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from app.authentication.credentials import TooManyFailures, Unauthenticated
from app.domain.access import CallerKind, Identity, Via
from app.edge.peers import peer_of
from app.edge.same_origin import HOME, is_same_origin, path_of_ours
from app.edge.session_cookies import (
    cookie_header,
    cookie_of,
    cookie_removal,
    may_keep_cookies,
)
from app.http_json import Unreadable
from app.oidc.errors import SignInFailure
from app.places import PLACE, write_in
from app.request_ids import request_id_of
from app.services.access.sessions import SessionService
from app.web.bundles import application_root
from app.web.forms import read_form
from app.web.languages import RETURN_TO, in_language
from app.web.sign_in_markup import (
    ISSUER_PATH,
    PAGE_HEADERS,
    SIGN_IN_PATH,
    SIGN_OUT_PATH,
    complaint_of,
    issuer_link,
    nobody_asked,
    open_page,
    sign_in_page,
    signed_in_page,
    token_form,
)
from app.web.words import Words, words_of

CALLBACK_PATH: Final = "/sign-in/callback"
ISSUER_COOKIE: Final = "timeoff-sign-in"
ISSUER_SECONDS: Final = 600
BY_ISSUER: Final = "oidc"
"""The credential of sessions that an issuer's word began."""

Authenticate = Callable[[str, Scope], Awaitable[Identity]]
"""Returns whom the token of a request stands for, or raises Unauthenticated."""

IsOpen = Callable[[HTTPConnection], Awaitable[bool]]
"""Says whether a request needs no credential."""

WhyOpen = Callable[[Words], str]
"""Returns the markup of why nobody has to sign in, where that is so."""


class _TokenRefused(Exception):
    """No token that signs anybody in."""

    def __init__(self, message: str, status: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})


class SignInRefused(Exception):
    """The issuer's answer signs nobody in: why, as people are told."""

    def __init__(self, failure: SignInFailure, fact: str = "") -> None:
        super().__init__(failure.name)
        self.failure = failure
        self.fact = fact

    def told(self, words: Words) -> str:
        """Return why in words."""
        return words.sign_in.failures[self.failure].format(fact=self.fact)


class Begun(Protocol):
    """A sign-in that the issuer goes on with: where the browser is sent, and what it keeps."""

    @property
    def url(self) -> str:
        """The issuer's page."""

    @property
    def cookie(self) -> str:
        """What proves, when the browser comes back, that it is the same one."""


class IssuerSignIn(Protocol):
    """Signing in with an OpenID Connect issuer."""

    @property
    def label(self) -> str:
        """What the button calls it."""

    async def begin(self, return_to: str, redirect_uri: str) -> Begun:
        """Return where to send the browser. Raises SignInRefused."""

    async def finish(self, query: Mapping[str, str], cookie: str | None) -> tuple[Identity, str]:
        """Return who signed in, and the path to which they return. Raises SignInRefused."""


@dataclass(frozen=True)
class SignInPages:
    """The pages by which people sign in and out; without an issuer, with a token."""

    sessions: SessionService
    authenticate: Authenticate
    is_open: IsOpen
    issuer: IssuerSignIn | None = None
    why_open: WhyOpen = nobody_asked

    def routes(self) -> list[BaseRoute]:
        """Return the routes; they belong at the application's root."""
        with_token = [Route(SIGN_IN_PATH, self._take_token, methods=["POST"])]
        with_issuer = [
            Route(ISSUER_PATH, self._begin_with_issuer),
            Route(CALLBACK_PATH, self._finish_with_issuer),
        ]
        return [
            Route(SIGN_IN_PATH, self._page),
            Route(SIGN_OUT_PATH, self._sign_out, methods=["POST"]),
            *(with_issuer if self.issuer else with_token),
        ]

    async def _page(self, request: Request) -> Response:
        return_to = _return_path(request, request.query_params.get(RETURN_TO))
        secret = cookie_of(request.scope)
        session = await self.sessions.find_session(secret) if secret else None
        if session is not None:
            return signed_in_page(request, words_of(request), session, return_to)
        response = await self._page_of_nobody(request, return_to)
        if secret is not None:
            # It stands for nobody any more, and would be in the way of whoever needs none.
            response.headers.append("Set-Cookie", cookie_removal(request.scope))
        return response

    async def _page_of_nobody(self, request: Request, return_to: str) -> Response:
        if await self.is_open(request):
            words = words_of(request)
            return open_page(request, words, self.why_open(words), return_to)
        if not may_keep_cookies(request.scope):
            return self._refuse_cookies(request)
        return self._form(request, return_to, has_left="left" in request.query_params)

    async def _take_token(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        try:
            form = await read_form(request)
        except Unreadable as error:
            return self._refused(request, error.status, words_of(request).sign_in.not_readable)
        return_to = _return_path(request, form.get(RETURN_TO))
        try:
            identity = await self._identity_of(request, form.get("token", "").strip())
        except _TokenRefused as refused:
            if refused.status != HTTPStatus.BAD_REQUEST:
                self._note_refused(request)
            response = self._form(request, return_to, status=refused.status, complaint=str(refused))
            response.headers.update(refused.headers)
            return response
        return await self._begin_session(request, identity, return_to)

    async def _identity_of(self, request: Request, token: str) -> Identity:
        """Return whom the token stands for, or raise _TokenRefused."""
        said = words_of(request).sign_in
        if not token:
            raise _TokenRefused(said.paste, 400)
        try:
            return await self.authenticate(token, request.scope)
        except TooManyFailures as many:
            message = said.too_many.format(seconds=many.seconds)
            raise _TokenRefused(message, many.status, many.headers) from None
        except Unauthenticated as bad:
            raise _TokenRefused(said.wrong, bad.status, bad.headers) from None

    def _note_refused(self, request: Request) -> None:
        peer, request_id = peer_of(request.scope), request_id_of(request.scope)
        self.sessions.events.note_refused(peer, Via.PAGE, request_id)

    async def _begin_with_issuer(self, request: Request) -> Response:
        if self.issuer is None or not may_keep_cookies(request.scope):
            return self._refuse_cookies(request)
        return_to = _return_path(request, request.query_params.get(RETURN_TO))
        try:
            begun = await self.issuer.begin(return_to, _callback_address(request))
        except SignInRefused as refusal:
            complaint = refusal.told(words_of(request))
            return self._form(request, return_to, status=503, complaint=complaint)
        response = RedirectResponse(begun.url, 303, PAGE_HEADERS)
        response.headers.append(
            "Set-Cookie",
            cookie_header(request.scope, begun.cookie, name=ISSUER_COOKIE, seconds=ISSUER_SECONDS),
        )
        return response

    async def _finish_with_issuer(self, request: Request) -> Response:
        if self.issuer is None or not may_keep_cookies(request.scope):
            return self._refuse_cookies(request)
        cookie = cookie_of(request.scope, ISSUER_COOKIE)
        try:
            identity, return_to = await self.issuer.finish(dict(request.query_params), cookie)
        except SignInRefused as refusal:
            self._note_refused(request)
            complaint, home = refusal.told(words_of(request)), _return_path(request, None)
            response = self._form(request, home, status=403, complaint=complaint)
        else:
            return_to = _return_path(request, return_to)
            response = await self._begin_session(request, identity, return_to)
        response.headers.append("Set-Cookie", cookie_removal(request.scope, name=ISSUER_COOKIE))
        return response

    async def _begin_session(
        self, request: Request, identity: Identity, return_to: str
    ) -> Response:
        await write_in(request.scope.get(PLACE))
        if before := cookie_of(request.scope):
            await self.sessions.end(before, request_id_of(request.scope))
        secret = await self.sessions.begin(
            identity,
            _credential(identity),
            request_id_of(request.scope),
            peer_of(request.scope),
        )
        response = RedirectResponse(return_to, 303, PAGE_HEADERS)
        response.headers.append("Set-Cookie", cookie_header(request.scope, secret))
        return response

    async def _sign_out(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        await write_in(request.scope.get(PLACE))
        if secret := cookie_of(request.scope):
            await self.sessions.end(secret, request_id_of(request.scope))
        address = in_language(request, f"{application_root(request)}{SIGN_IN_PATH}?left")
        response = RedirectResponse(address, 303, PAGE_HEADERS)
        response.headers.append("Set-Cookie", cookie_removal(request.scope))
        return response

    def _refusal(self, request: Request) -> Response | None:
        """Refuse what another site sends, and what comes where no cookie may be kept."""
        if not is_same_origin(request.scope):
            return self._refused(request, 403, words_of(request).sign_in.not_ours)
        if not may_keep_cookies(request.scope):
            return self._refuse_cookies(request)
        return None

    def _refuse_cookies(self, request: Request) -> Response:
        return self._refused(request, 403, words_of(request).sign_in.no_cookies)

    def _refused(self, request: Request, status: int, message: str) -> Response:
        words = words_of(request)
        content = complaint_of(message)
        return sign_in_page(request, words.language, words.sign_in.title, content, status=status)

    def _form(
        self,
        request: Request,
        return_to: str,
        *,
        status: int = 200,
        complaint: str = "",
        has_left: bool = False,
    ) -> Response:
        words = words_of(request)
        said = words.sign_in
        told = f'<p role="status">{escape(said.signed_out)}</p>' if has_left else ""
        if self.issuer is None:
            way = token_form(request, said, return_to, is_wrong=bool(complaint))
        else:
            way = issuer_link(request, said, return_to, self.issuer.label)
        content = f"{told}{complaint_of(complaint) if complaint else ''}{way}"
        return sign_in_page(request, words.language, said.title, content, status=status)


def _return_path(request: Request, wish: str | None) -> str:
    """Return the path to which a person returns; the start page if they wish for none of ours."""
    path, home = path_of_ours(wish), f"{application_root(request)}{HOME}"
    return path if path.startswith(home) and path != home else in_language(request, home)


def _callback_address(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{application_root(request)}{CALLBACK_PATH}"


def _credential(identity: Identity) -> str:
    """Return what a session is begun by: the id of a token, with which the session ends."""
    if identity.kind is CallerKind.TOKEN:
        return identity.name.removeprefix("token:")
    return BY_ISSUER
