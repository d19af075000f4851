"""Posts a message to a receiver: bounded in time and bytes, over no redirect and by no proxy."""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import aclosing
from time import monotonic
from typing import Final

import httpcore2
import httpx2

from app.clock import now
from app.domain.errors import InvalidValue
from app.domain.webhook_urls import (
    HTTP_PORT,
    HTTPS_PORT,
    ReachRules,
    Target,
    read_webhook_url,
)
from app.domain.webhooks import Answer, Outcome, outcome_of, read_retry_after, shown_text
from app.outgoing.names import Resolve, resolve
from app.outgoing.network import CheckedNetwork, ForbiddenAddress

TRY_SECONDS: Final = 15.0
"""For one try, from the name to the last byte that is read."""
CONNECT_SECONDS: Final = 10.0
ANSWER_BYTES: Final = 4_096
KEPT_SECONDS: Final = 5.0
"""A connection waits so long for the next message."""
MOST_CONNECTIONS: Final = 200

_HEADERS: Final = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",  # a few compressed bytes may be many
    "Content-Type": "application/json",
    "User-Agent": "timeoff-gateway",
}
_FORBIDDEN: Final = "The address leads to where no message may be sent."


class OutgoingClient:
    """The connections of one process to receivers; closed by ``aclose``."""

    def __init__(
        self,
        rules: ReachRules,
        *,
        resolve: Resolve = resolve,
        seconds: float = TRY_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._rules, self._resolve, self._seconds, self._tls = rules, resolve, seconds, tls
        self._pool: httpcore2.AsyncConnectionPool | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a message once, and return what became of it; raises nothing of the network's."""
        started = monotonic()

        def answer(outcome: Outcome, text: str) -> Answer:
            return Answer(outcome, _since(started), None, shown_text(text.encode()))

        try:
            target = read_webhook_url(url, self._rules)
            async with asyncio.timeout(self._seconds):
                return await self._post(target, headers, body, started)
        except (ForbiddenAddress, InvalidValue):
            return answer(Outcome.FORBIDDEN_ADDRESS, _FORBIDDEN)
        except (TimeoutError, httpcore2.TimeoutException):
            return answer(Outcome.TIMED_OUT, f"No whole answer within {self._seconds:g} s.")
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as failure:
            return answer(Outcome.UNREACHABLE, str(failure) or type(failure).__name__)
        except Exception as failure:  # noqa: BLE001 - else it would be tried without end
            return answer(Outcome.UNREACHABLE, type(failure).__name__)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._pool is not None:
            await self._pool.aclose()
            self._pool = None

    async def _post(
        self, target: Target, headers: Mapping[str, str], body: bytes, started: float
    ) -> Answer:
        url = httpcore2.URL(
            scheme="https" if target.is_secure else "http",
            host=target.host,
            port=target.port,
            target=target.target,
        )
        sent = {"Host": _host_header(target), **_HEADERS, **headers}
        limits = {"connect": CONNECT_SECONDS, "read": self._seconds, "write": self._seconds}
        async with self._connections().stream(
            "POST",
            url,
            headers=list(sent.items()),
            content=body,
            extensions={"timeout": {**limits, "pool": self._seconds}},
        ) as response:
            answered = bytearray()
            async with aclosing(response.aiter_stream()) as pieces:
                async for piece in pieces:
                    answered += piece
                    if len(answered) >= ANSWER_BYTES:
                        break
        asked = [value for name, value in response.headers if name.lower() == b"retry-after"]
        return Answer(
            outcome_of(response.status),
            _since(started),
            response.status,
            shown_text(bytes(answered[:ANSWER_BYTES])),
            read_retry_after(asked[0].decode("latin-1"), now()) if asked else None,
        )

    def _connections(self) -> httpcore2.AsyncConnectionPool:
        """Return the pool, made when the first message is sent: authorities take a while to read.

        It knows of no proxy: what a proxy connects to nobody here has looked at.
        """
        if self._pool is None:
            self._pool = httpcore2.AsyncConnectionPool(
                ssl_context=self._tls or httpx2.create_ssl_context(),
                max_connections=MOST_CONNECTIONS,
                keepalive_expiry=KEPT_SECONDS,
                network_backend=CheckedNetwork(self._rules, self._resolve),
            )
        return self._pool


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    is_usual = target.port == (HTTPS_PORT if target.is_secure else HTTP_PORT)
    return host if is_usual else f"{host}:{target.port}"


def _since(started: float) -> int:
    return round((monotonic() - started) * 1_000)
