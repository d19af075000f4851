"""Opens accounts of vendors, each by a client of its own."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.domain.sync.credentials import Credentials
from app.domain.sync.upstreams import Upstream
from app.vendors.client import Asked, AtOnce, Turns, VendorClient
from app.vendors.kantata.api import ANSWER_SECONDS, KantataApi


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

    ``turns_of`` says when an upstream may be asked; what they bound outlives its connections.
    """

    asked: Callable[[Upstream, Asked], None]
    answer_seconds: float = ANSWER_SECONDS
    turns_of: Callable[[Upstream], Turns] = _at_once

    @asynccontextmanager
    async def open(self, upstream: Upstream, credentials: Credentials) -> AsyncIterator[KantataApi]:
        """Return the account that the credentials open; its connections end with the block."""
        client = VendorClient(
            upstream.base_url,
            Bearer(credentials.access_token),
            answer_seconds=self.answer_seconds,
            asked=lambda asked: self.asked(upstream, asked),
            turns=self.turns_of(upstream),
        )
        try:
            yield KantataApi(client)
        finally:
            await client.aclose()
