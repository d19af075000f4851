"""Who comes in: tokens, an issuer, browsers' sessions. A part of the wiring of app.main."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final

from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute

from app.allowances import Allowances
from app.authentication.admin_token_file import ADMIN_FILE, AdminTokenFile
from app.authentication.callers import (
    AlwaysOpen,
    AlwaysShut,
    Callers,
    Doorkeeper,
    Finder,
    OpenUntilFirstToken,
)
from app.authentication.credentials import Unauthenticated
from app.db.connections.database import Database
from app.domain.access import CallerKind, Identity, Via
from app.edge.failed_credentials import FailedCredentials
from app.housekeeping import Chore
from app.oidc.settings import OidcSettings
from app.services.access.last_uses import STORED_EVERY
from app.services.access.sessions import SessionService
from app.services.caller import Caller
from app.settings import Auth, Settings
from app.this_command import FIRST_TOKEN, command_for
from app.web.greeting import Greeter
from app.web.locked_pages import Lock
from app.web.refusal_pages import WantsPage
from app.web.sessions import SessionsPage
from app.web.sign_in import IssuerSignIn, SignInPages
from app.web.sign_in_markup import nobody_asked, this_machine_alone
from app.web.words import Words
from graphql_schema.context import Services

if TYPE_CHECKING:
    from app.oidc.relying_party import RelyingParty

_log: Final = logging.getLogger(__name__)

FORGET_SESSIONS_EVERY: Final = timedelta(hours=1)
LOOK_AT_FILE_EVERY: Final = timedelta(seconds=10)


class Access:
    """Everything of one process that tells callers apart."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        services: Services,
        now: Callable[[], datetime],
        wants_page: WantsPage,
    ) -> None:
        self._settings = settings
        self._tokens = services.tokens
        self._admin_file: AdminTokenFile | None = None
        self._party: RelyingParty | None = None
        self._sign_in: IssuerSignIn | None = None
        self._events = services.access_events
        self.sessions = SessionService(database, now, self._events, settings.session_limits)
        self.callers = Callers(
            self._door(),
            self._bearers(database),
            self._find_session,
            FailedCredentials(settings.limit_failed_credentials_per_minute),
            self._events,
        )
        self.lock = Lock(self.callers.caller_of, wants_page)
        self.greeter = Greeter(self.callers.caller_of, self._why_open)
        most = settings.limit_cost_per_minute
        self.allowances = Allowances(most) if most else None

    @property
    def chores(self) -> list[Chore]:
        """What is to be done beside the requests."""
        looks = [Chore(LOOK_AT_FILE_EVERY, self._admin_file.check)] if self._admin_file else []
        return [
            *looks,
            Chore(STORED_EVERY, self._tokens.store_uses, at_the_end=True),
            Chore(STORED_EVERY, self.sessions.store_uses, at_the_end=True),
            Chore(FORGET_SESSIONS_EVERY, self.sessions.forget_ended, at_the_start=False),
        ]

    @property
    def pages(self) -> list[BaseRoute]:
        """The pages by which people sign in, and see where they are signed in."""
        callers = self.callers
        pages = SignInPages(
            self.sessions, callers.authenticate, callers.is_open, self._sign_in, self._why_open
        )
        return [*pages.routes(), *SessionsPage(self.sessions, self._find_caller).routes()]

    def start(self) -> None:
        """Begin to ask the issuer for its keys, without waiting; say so if nobody is asked."""
        if self._settings.auth is Auth.OFF:
            _log.warning("TIMEOFF_AUTH=off: whoever reaches this gateway may do everything.")
        if self._party:
            self._party.start()

    async def close(self) -> None:
        """End what is under way."""
        await self.callers.close()
        if self._party:
            await self._party.aclose()

    def _why_open(self, words: Words) -> str:
        if self._settings.auth is Auth.OFF:
            return nobody_asked(words)
        return this_machine_alone(words, command_for(self._settings, FIRST_TOKEN))

    def _door(self) -> Doorkeeper:
        if self._settings.auth is Auth.OFF:
            return AlwaysOpen()
        if self._settings.may_be_open:
            return OpenUntilFirstToken(self._tokens.is_any)
        return AlwaysShut()

    def _bearers(self, database: Database) -> list[Finder]:
        bearers: list[Finder] = [self._tokens.find]
        if self._settings.admin_token_file:
            self._admin_file = AdminTokenFile(self._settings.admin_token_file)
            bearers.append(self._admin_file.find)
        if oidc := self._settings.oidc:
            bearers.append(self._trust_issuer(oidc, database))
        return bearers

    def _trust_issuer(self, oidc: OidcSettings, database: Database) -> Finder:
        """Take the issuer's tokens; its libraries are loaded by whoever has one."""
        from app.authentication.issuer import IssuersTokens  # noqa: PLC0415
        from app.oidc.relying_party import RelyingParty  # noqa: PLC0415
        from app.web.issuer_sign_in import SignInAtIssuer  # noqa: PLC0415

        self._party = RelyingParty(oidc, _sign_in_secret(oidc.client_secret))
        tokens = IssuersTokens(self._party, database)
        if self._party.sign_in:
            self._sign_in = SignInAtIssuer(self._party.sign_in, tokens, oidc.issuer)
        return tokens.find

    async def _find_session(self, secret: str) -> Identity | None:
        identity = await self.sessions.find(secret)
        if identity is None or not identity.name.startswith(ADMIN_FILE):
            return identity
        # Another secret in the file ends the sessions that the one before began.
        is_current = self._admin_file is not None and self._admin_file.has(identity.name)
        return identity if is_current else None

    async def find_page_caller(self, connection: HTTPConnection) -> Caller:
        """Return who opens a page. Raises Unauthenticated."""
        return await self.callers.caller_of(connection, Via.PAGE)

    async def _find_caller(self, connection: HTTPConnection) -> Caller | None:
        try:
            caller = await self.find_page_caller(connection)
        except Unauthenticated:
            return None
        return None if caller.identity.kind is CallerKind.LOCAL else caller


def _sign_in_secret(client_secret: str | None) -> str:
    """Return what signs the cookies of sign-ins: the same in every process that has the secret.

    A client without a secret works with one process only; the settings say so.
    """
    if client_secret is None:
        return token_urlsafe(32)
    return sha256(f"cookies of sign-ins {client_secret}".encode()).hexdigest()
