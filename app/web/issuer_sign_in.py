"""The sign-in of people at an OpenID provider, as the sign-in's pages need it."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from app.authentication.issuer import IssuersTokens
from app.domain.access import Identity
from app.oidc.errors import NoRole, SignInFailed, SignInFailure
from app.oidc.sign_in import BegunSignIn, SignIn
from app.web.sign_in import SignInRefused

_log: Final = logging.getLogger(__name__)


class SignInAtIssuer:
    """The sign-in of people, as its pages need it."""

    def __init__(self, sign_in: SignIn, tokens: IssuersTokens, issuer: str) -> None:
        self._sign_in = sign_in
        self._tokens = tokens
        self.label = urlsplit(issuer).hostname or issuer

    async def begin(self, return_to: str, redirect_uri: str) -> BegunSignIn:
        """Return where to send the browser. Raises SignInRefused."""
        try:
            return await self._sign_in.begin(return_to, redirect_uri)
        except SignInFailed as refusal:
            raise _refused(refusal) from None

    async def finish(self, query: Mapping[str, str], cookie: str | None) -> tuple[Identity, str]:
        """Return who signed in, and the path to which they return. Raises SignInRefused."""
        try:
            finished = await self._sign_in.finish(query, cookie)
            identity = await self._tokens.identity_of(finished.token)
            # The ID token ends within minutes; how long a session lasts is set here.
            return replace(identity, expires_at=None), finished.return_to
        except SignInFailed as refusal:
            raise _refused(refusal) from None
        except NoRole:
            raise SignInRefused(SignInFailure.NO_ROLE) from None


def _refused(failure: SignInFailed) -> SignInRefused:
    _log.warning("A sign-in did not succeed: %s", failure.reason)
    return SignInRefused(failure.failure, failure.fact)
