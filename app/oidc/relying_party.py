"""The gateway as a relying party of one issuer: what a server process holds and calls."""

from typing import Self

from app.oidc.fetching import Fetcher
from app.oidc.identity import TokenIdentity, identity_of
from app.oidc.issuer import Issuer
from app.oidc.settings import OidcSettings
from app.oidc.sign_in import SignIn
from app.oidc.verifier import VerifiedToken, Verifier


class RelyingParty:
    """Everything about one issuer, for the life of one process and its event loop.

    ``sign_in`` is None where no client is set, and then nobody signs in by the issuer.
    ``sign_in_secret`` signs cookies of ten minutes: the same text in every process.
    """

    def __init__(self, settings: OidcSettings, sign_in_secret: str) -> None:
        self._rules = settings.rules
        self._fetcher = Fetcher(settings.limits)
        self._issuer = Issuer(settings.issuer, self._fetcher, settings.limits)
        self.verifier = Verifier(settings, self._issuer)
        self.sign_in: SignIn | None = None
        if settings.client_id is not None:
            self.sign_in = SignIn(
                settings, self._issuer, self._fetcher, self.verifier, sign_in_secret
            )

    def start(self) -> None:
        """Begin to fetch metadata and keys, beside the start of the server; never raises."""
        self._issuer.start()

    async def aclose(self) -> None:
        """End what is being fetched and close all connections."""
        await self._issuer.aclose()
        await self._fetcher.aclose()

    async def verify(self, token: str) -> VerifiedToken:
        """Return what a bearer token says, or raise InvalidToken (KeysUnavailable: try again)."""
        return await self.verifier.verify(token)

    def identity_of(self, token: VerifiedToken) -> TokenIdentity:
        """Return who the bearer is here, or raise NoRole."""
        return identity_of(token, self._rules)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
