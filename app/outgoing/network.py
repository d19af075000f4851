"""Connections to addresses that were looked at: the very ones, not those of another look."""

import socket
import ssl
from collections.abc import Iterable
from typing import Any, Final

import httpcore2

from app.domain.webhook_urls import ReachRules
from app.outgoing.names import Resolve

MOST_ADDRESSES: Final = 4
"""Of one name, tried one after the other."""
MOST_READ_BYTES: Final = 65_536
"""Of one answer, whatever they are: informational answers and lengths of chunks have no limit."""


class ForbiddenAddress(Exception):
    """The host leads to where the gateway sends nothing, at least with one of its addresses."""


class CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Resolves a host once, judges all that it leads to, and connects to no other address.

    TLS still verifies the name: it is told that by the request, not by the connection.
    """

    def __init__(self, rules: ReachRules, resolve: Resolve) -> None:
        self._rules, self._resolve = rules, resolve
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature that it stands for
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first of the host's addresses that answers; all of them are admitted."""
        try:
            addresses = await self._resolve(host, port)
        except OSError as failure:
            why = failure.strerror or str(failure)  # without the number of the error
            raise httpcore2.ConnectError(f"The name leads nowhere: {why}") from None
        if not addresses:
            raise httpcore2.ConnectError("The name leads nowhere.")
        if not all(self._rules.admits(host, address) for address in addresses):
            raise ForbiddenAddress
        options = [*(socket_options or ()), (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
        *others, last = addresses[:MOST_ADDRESSES]
        for address in others:
            share = None if timeout is None else timeout / (len(others) + 1)
            try:
                stream = await self._network.connect_tcp(
                    str(address), port, share, local_address, options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
            return _Bounded(stream)
        return _Bounded(
            await self._network.connect_tcp(str(last), port, timeout, local_address, options)
        )

    async def sleep(self, seconds: float) -> None:
        """Wait, as the pool wants to between attempts."""
        await self._network.sleep(seconds)


class _Bounded(httpcore2.AsyncNetworkStream):
    """A connection from which no more is read for an answer than MOST_READ_BYTES.

    What was sent last is asked for an answer, so with it the count begins anew.
    """

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self._left = MOST_READ_BYTES

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as above
        """Read what has come. Raises ReadError where an answer has no end."""
        if not self._left:
            msg = f"An answer with more than {MOST_READ_BYTES:,} bytes around it."
            raise httpcore2.ReadError(msg)
        found = await self._stream.read(min(max_bytes, self._left), timeout)
        self._left -= len(found)
        return found

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        """Send a part of a request."""
        self._left = MOST_READ_BYTES
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> httpcore2.AsyncNetworkStream:
        """Go on by TLS; what is read then is counted as well."""
        return _Bounded(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - whatever the connection knows
        """Say what the connection knows, as the pool asks whether it can be used again."""
        return self._stream.get_extra_info(info)
