"""Who a request comes from: the one place where the callers of requests are made."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Final, Protocol

from starlette.requests import HTTPConnection
from starlette.types import Scope

from app.addresses import is_loopback
from app.authentication.credentials import (
    AUTHORIZATION,
    BEARER,
    Credential,
    CredentialKind,
    NotLetIn,
    TooManyFailures,
    Unauthenticated,
    bearer_of,
    credential_of,
    digest_of,
)
from app.authentication.remembered import Find, RememberedIdentities
from app.domain.access import Identity, Via
from app.domain.errors import Unavailable
from app.edge.failed_credentials import FailedCredentials
from app.edge.peers import peer_of
from app.edge.same_origin import is_same_origin
from app.observed import OBSERVED
from app.request_ids import request_id_of
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL, Caller

NOBODY: Final = "Send a token: Authorization: Bearer <token>."
"""What a request without a credential is told."""


class CallerOf(Protocol):
    """Returns who asks by a request or handshake, or raises Unauthenticated."""

    async def __call__(
        self, connection: HTTPConnection, via: Via, authorization: str | None = None
    ) -> Caller:
        """``authorization`` is what a WebSocket's first message says instead of a header."""


Finder = Callable[[str], Awaitable[Identity | None]]
"""Returns who has a credential of this text; None where it opens nothing."""

ASK_AGAIN_SECONDS: Final = 2.0
"""How often it is asked whether a token was made since, where nobody had to prove anything."""
_SAFE: Final = {"GET", "HEAD", "OPTIONS"}
"""Of a WebSocket there is no method: its handshake is asked like what writes."""


class Doorkeeper(Protocol):
    """Decides when nobody has to prove who they are."""

    async def is_open(self, connection: HTTPConnection) -> bool:
        """Say whether a request without a credential is the local caller's."""


@dataclass(frozen=True, slots=True)
class AlwaysOpen:
    """Whoever asks is the local caller: `TIMEOFF_AUTH=off`."""

    async def is_open(self, connection: HTTPConnection) -> bool:  # noqa: ARG002
        """Return True."""
        return True


@dataclass(frozen=True, slots=True)
class AlwaysShut:
    """Nobody comes in without a credential."""

    async def is_open(self, connection: HTTPConnection) -> bool:  # noqa: ARG002
        """Return False."""
        return False


class OpenUntilFirstToken:
    """Open to this machine until the first token is made, and then never again.

    A connection counts as this machine's by the address that it came *to*: where it came from
    proves nothing, as a proxy beside the gateway is a peer on loopback too.
    """

    def __init__(self, is_any_token: Callable[[], Awaitable[bool]]) -> None:
        self._is_any_token = is_any_token
        self._open_until = 0.0
        self._was_open = False
        self._is_shut = False

    async def is_open(self, connection: HTTPConnection) -> bool:
        """Say whether it is this machine that asks, and no token was made yet."""
        if self._is_shut or not _is_to_loopback(connection):
            return False
        if monotonic() < self._open_until:
            return True
        try:
            self._is_shut = await self._is_any_token()
        except Unavailable:
            if not self._was_open:
                raise
            return True  # nothing can be read of a database that does not answer
        self._was_open = True
        self._open_until = monotonic() + ASK_AGAIN_SECONDS
        return not self._is_shut


class Callers:
    """Makes callers of requests. ``bearers`` are asked in their order for a bearer token."""

    def __init__(
        self,
        door: Doorkeeper,
        bearers: Sequence[Finder],
        sessions: Finder,
        failed: FailedCredentials,
        events: AccessEvents,
    ) -> None:
        self._door = door
        self._bearers = bearers
        self._sessions = sessions
        self._failed = failed
        self._events = events
        self._remembered = RememberedIdentities()

    async def caller_of(
        self, connection: HTTPConnection, via: Via, authorization: str | None = None
    ) -> Caller:
        """Return who asks, or raise Unauthenticated.

        A credential that opens nothing is never made up for: neither by another one, nor by
        being on this machine.
        """
        if authorization is None:
            known = self._known_at_once(connection.scope)
            if known is not None:
                return _noted(Caller(known, via, request_id_of(connection.scope)))
        request_id = request_id_of(connection.scope)
        try:
            identity = await self._identity(connection, authorization)
        except Unauthenticated as nobody:
            if nobody.is_bad:
                self._events.note_refused(peer_of(connection.scope), via, request_id)
            raise
        return _noted(Caller(identity, via, request_id))

    async def _identity(self, connection: HTTPConnection, authorization: str | None) -> Identity:
        given = None if authorization is None else bearer_of(authorization)
        credential = given or credential_of(connection)
        if credential is None:
            return await self._without(connection)
        if credential.kind is CredentialKind.SESSION:
            _refuse_other_sites(connection)
        return await self._identity_of(credential, connection.scope)

    def _known_at_once(self, scope: Scope) -> Identity | None:
        """Return whose bearer token it is, where that was found a moment ago: nearly always."""
        given = [value for name, value in scope["headers"] if name == AUTHORIZATION]
        if len(given) != 1 or not given[0].startswith(BEARER):
            return None
        return self._remembered.fresh(digest_of(CredentialKind.BEARER, given[0][len(BEARER) :]))

    async def authenticate(self, token: str, scope: Scope) -> Identity:
        """Return who has the bearer token as of now, or raise Unauthenticated."""
        credential = Credential(CredentialKind.BEARER, token)
        return await self._look_up(credential, scope, partial(self._find, credential))

    async def _identity_of(self, credential: Credential, scope: Scope) -> Identity:
        """Return whose credential it is, or raise Unauthenticated."""
        digest, find = credential.digest, partial(self._find, credential)
        known = self._remembered.known(digest, find)
        if known is not None:
            return known
        find_once = partial(self._remembered.find, digest, find)
        return await self._look_up(credential, scope, find_once)

    async def _look_up(self, credential: Credential, scope: Scope, find: Find) -> Identity:
        """Return what is found, or raise Unauthenticated.

        Bad bearer tokens count against the peer (TooManyFailures). Cookies do not: one that is
        over is nobody's guess, and a browser sends it with every request of a page.
        """
        if credential.kind is CredentialKind.BEARER:
            find = partial(self._unless_failed, peer_of(scope), credential.digest, find)
        found = await find()
        if found is None:
            raise Unauthenticated("This credential is unknown, expired or revoked.")
        return found

    async def _unless_failed(self, peer: str, digest: bytes, find: Find) -> Identity | None:
        """Return what is found of a bearer token; nothing is looked for if it was bad just now."""
        if seconds := self._failed.is_blocked(peer, digest):
            raise TooManyFailures(seconds)
        if self._failed.was_just_bad(peer, digest):
            return None
        found = await find()
        if found is None:
            self._failed.count(peer, digest)
        else:
            self._failed.remember_good(digest)
        return found

    async def is_open(self, connection: HTTPConnection) -> bool:
        """Say whether a request without a credential has a caller."""
        return await self._door.is_open(connection)

    async def close(self) -> None:
        """End what is under way."""
        await self._remembered.close()

    async def _without(self, connection: HTTPConnection) -> Identity:
        if await self.is_open(connection):
            return LOCAL.identity
        raise Unauthenticated(NOBODY, is_bad=False)

    async def _find(self, credential: Credential) -> Identity | None:
        if credential.kind is CredentialKind.SESSION:
            return await self._sessions(credential.text)
        for find in self._bearers:
            if identity := await find(credential.text):
                return identity
        return None


def _refuse_other_sites(connection: HTTPConnection) -> None:
    """Refuse what a page of another site has a browser send along with its cookie."""
    is_safe = connection.scope.get("method") in _SAFE
    if not is_safe and not is_same_origin(connection.scope):
        raise NotLetIn("With a browser's session only pages of this gateway may send this.")


def _is_to_loopback(connection: HTTPConnection) -> bool:
    host, _ = connection.scope.get("server") or ("", None)
    return is_loopback(host)


def _noted(caller: Caller) -> Caller:
    """Return the caller, once whoever observes the request knows of it."""
    observed = OBSERVED.get()
    if observed is not None:
        observed.caller, observed.companies = caller.identity.name, caller.identity.companies
    return caller
