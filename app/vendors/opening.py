"""Opens accounts of vendors, each by a client of its own."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.sync.credentials import Credentials
from app.domain.sync.upstreams import Upstream
from app.vendors.client import Asked, VendorClient
from app.vendors.kantata.api import ANSWER_SECONDS, KantataApi
from app.vendors.pace import Pace


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that is sent with each request."""

    token: str

    async def headers(self) -> Mapping[str, str]:
        """Return the header that has it."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, slots=True)
class OpenedVendors:
    """``asked`` is told of each request: its path, its status, its seconds.

    The paces of upstreams outlive their connections, for as long as this process.
    """

    asked: Callable[[Upstream, Asked], None]
    clock: Callable[[], datetime]
    requests_per_hour: int
    answer_seconds: float = ANSWER_SECONDS
    paces: dict[str, Pace] = field(default_factory=dict)

    @asynccontextmanager
    async def open(self, upstream: Upstream, credentials: Credentials) -> AsyncIterator[KantataApi]:
        """Return the account that the credentials open; its connections end with the block."""
        pace = self._pace(upstream)

        def asked(request: Asked) -> None:
            pace.answered(request.status)
            self.asked(upstream, request)

        client = VendorClient(
            upstream.base_url,
            Bearer(credentials.access_token),
            answer_seconds=self.answer_seconds,
            asked=asked,
            turns=pace,
        )
        try:
            yield KantataApi(client)
        finally:
            await client.aclose()

    def _pace(self, upstream: Upstream) -> Pace:
        made = Pace(upstream.budget, self.requests_per_hour, self.clock)
        return self.paces.setdefault(upstream.id, made)
