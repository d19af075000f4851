"""Procore's tokens: of the client's own credentials, for an hour and a half."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from app.domain.sync.credentials import ClientCredentials
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.upstreams import Upstream
from app.vendors.client import VendorAnswer, VendorClient, unreadable

LASTS_SECONDS: Final = 5_400.0
"""Unless the vendor says otherwise."""
RENEWED_EARLY_SECONDS: Final = 300.0
LONGEST_TOKEN: Final = 16_384
_REFUSED: Final = {FailureKind.REFUSED, FailureKind.NOT_PERMITTED}


class NobodyYet:
    """Whoever asks for a token has none: what proves who asks is in the form."""

    async def headers(self) -> Mapping[str, str]:
        """Return none."""
        return {}


@dataclass(slots=True)
class ProcoreToken:
    """A token that is renewed by one task at a time, shortly before it ends.

    It outlives the connections of the client that asks for it: one for each turn would be a
    request more a minute.
    """

    credentials: ClientCredentials
    seconds: Callable[[], float] = monotonic
    text: str | None = field(default=None, repr=False)
    ends_at: float = 0
    used_at: float = 0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, login: VendorClient) -> str:
        """Return a token that still lasts, or raise VendorFailure."""
        self.used_at = self.seconds()
        async with self._lock:
            if self.text is None or self.ends_at - self.seconds() <= RENEWED_EARLY_SECONDS:
                self._keep(await self._ask(login))
            return self.text or ""

    def is_over(self) -> bool:
        """Say whether nobody has used it for as long as any token lasts."""
        return self.seconds() - self.used_at > LASTS_SECONDS

    def forget(self, text: str) -> None:
        """Have another one be asked for: this one was refused. A newer one stays."""
        if self.text == text:
            self.text = None

    async def _ask(self, login: VendorClient) -> VendorAnswer:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.credentials.client_id,
            "client_secret": self.credentials.client_secret,
        }
        try:
            return await login.post_form("oauth/token", form)
        except VendorFailure as failure:
            if failure.kind in _REFUSED:
                failure.kind = FailureKind.CREDENTIALS_REFUSED
            raise

    def _keep(self, answer: VendorAnswer) -> None:
        text, lasts = answer.document.get("access_token"), answer.document.get("expires_in")
        if not isinstance(text, str) or not text.isascii() or not text.isprintable():
            raise unreadable("It answered no token.")
        if not 0 < len(text) <= LONGEST_TOKEN:
            raise unreadable("It answered no token, or one that is too long.")
        time = LASTS_SECONDS
        if isinstance(lasts, int | float) and 0 < lasts < LASTS_SECONDS:
            time = lasts
        self.text, self.ends_at = text, self.seconds() + time


@dataclass(frozen=True, slots=True)
class ProcoreAuthorization:
    """What proves who asks, and of which company: the token, and the company's number."""

    token: ProcoreToken
    login: VendorClient

    async def headers(self) -> Mapping[str, str]:
        """Return the headers of a request."""
        return {
            "Authorization": f"Bearer {await self.token.get(self.login)}",
            "Procore-Company-Id": self.token.credentials.company,
        }


@dataclass(slots=True)
class ProcoreTokens:
    """The tokens of all accounts that this process asks, until nobody uses them any more."""

    known: dict[str, ProcoreToken] = field(default_factory=dict)

    def of(self, upstream: Upstream, credentials: ClientCredentials) -> ProcoreToken:
        """Return the token of an upstream; with other credentials it is another."""
        self.known = {id_: each for id_, each in self.known.items() if not each.is_over()}
        kept = self.known.get(upstream.id)
        if kept is None or kept.credentials != credentials:
            kept = self.known[upstream.id] = ProcoreToken(credentials)
            kept.used_at = kept.seconds()
        return kept
