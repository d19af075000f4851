"""Connections to addresses that were looked at: the very ones, not those of another look."""

import socket
from collections.abc import Iterable
from typing import Any, Final

import httpcore2

from app.domain.webhook_urls import ReachRules
from app.outgoing.names import Resolve

MOST_ADDRESSES: Final = 4
"""Of one name, tried one after the other."""


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
            raise httpcore2.ConnectError(f"The name leads nowhere: {failure}") from None
        if not addresses:
            raise httpcore2.ConnectError("The name leads nowhere.")
        if not all(self._rules.admits(host, address) for address in addresses):
            raise ForbiddenAddress
        options = [*(socket_options or ()), (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
        *others, last = addresses[:MOST_ADDRESSES]
        for address in others:
            share = None if timeout is None else timeout / (len(others) + 1)
            try:
                return await self._network.connect_tcp(
                    str(address), port, share, local_address, options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._network.connect_tcp(str(last), port, timeout, local_address, options)

    async def sleep(self, seconds: float) -> None:
        """Wait, as the pool wants to between attempts."""
        await self._network.sleep(seconds)
