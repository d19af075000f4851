"""Opens accounts of vendors, each by a client of its own."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.domain.sync.addresses import login_url
from app.domain.sync.credentials import AnyCredentials, ClientCredentials
from app.domain.sync.upstreams import Upstream
from app.vendors.client import Asked, AtOnce, Authorization, Manners, Turns, VendorClient
from app.vendors.kantata import api as kantata
from app.vendors.kantata.api import KantataApi
from app.vendors.procore import api as procore
from app.vendors.procore.api import ProcoreApi
from app.vendors.procore.token import NobodyYet, ProcoreAuthorization, ProcoreTokens


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that is sent with each request."""

    token: str

    async def headers(self) -> Mapping[str, str]:
        """Return the header that has it."""
        return {"Authorization": f"Bearer {self.token}"}


def _at_once(_: Upstream) -> Turns:
    return AtOnce()


@dataclass(frozen=True, slots=True)
class OpenedVendors:
    """``asked`` is told of each request: its path, its status, its seconds.

    ``turns_of`` says when an upstream may be asked; what they bound, and the tokens, outlive its
    connections. ``answer_seconds`` are each vendor's own unless they are given.
    """

    asked: Callable[[Upstream, Asked], None]
    answer_seconds: float | None = None
    turns_of: Callable[[Upstream], Turns] = _at_once
    tokens: ProcoreTokens = field(default_factory=ProcoreTokens)

    @asynccontextmanager
    async def open(
        self, upstream: Upstream, credentials: AnyCredentials
    ) -> AsyncIterator[KantataApi | ProcoreApi]:
        """Return the account that the credentials open; its connections end with the block."""
        if isinstance(credentials, ClientCredentials):
            async with self._procore(upstream, credentials) as company:
                yield company
            return
        seconds = self.answer_seconds or kantata.ANSWER_SECONDS
        manners = Manners(seconds, kantata.path_told, lists=True)
        bearer = Bearer(credentials.access_token)
        client = self._client(upstream, upstream.base_url, bearer, manners)
        try:
            yield KantataApi(client)
        finally:
            await client.aclose()

    @asynccontextmanager
    async def _procore(
        self, upstream: Upstream, credentials: ClientCredentials
    ) -> AsyncIterator[ProcoreApi]:
        seconds = self.answer_seconds or procore.ANSWER_SECONDS
        manners = Manners(seconds, procore.path_told, lists=True)
        login = self._client(upstream, login_url(upstream.base_url), NobodyYet(), manners)
        token = self.tokens.of(upstream, credentials)
        authorization = ProcoreAuthorization(token, login)
        client = self._client(upstream, upstream.base_url, authorization, manners)
        try:
            yield ProcoreApi(client, authorization)
        finally:
            await client.aclose()
            await login.aclose()

    def _client(
        self, upstream: Upstream, base_url: str, authorization: Authorization, manners: Manners
    ) -> VendorClient:
        return VendorClient(
            base_url,
            authorization,
            manners,
            asked=lambda asked: self.asked(upstream, asked),
            turns=self.turns_of(upstream),
        )
