"""Where the names of receivers lead: asked once for each connection, in a thread that is let go.

A resolver may keep a thread for half a minute. No end of the process waits for it, as it would for
those of the event loop.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from threading import Thread

from app.domain.webhook_urls import Address

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""Returns the addresses of a host, the best first; raises OSError where there are none."""


async def resolve(host: str, port: int) -> Sequence[Address]:
    """Ask the system where a host leads."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Sequence[Address]] = loop.create_future()

    def settle(addresses: Sequence[Address], failure: OSError | None) -> None:
        if found.done():
            return  # nobody waits any more
        if failure is None:
            found.set_result(addresses)
        else:
            found.set_exception(failure)

    def ask() -> None:
        addresses: Sequence[Address] = ()
        failure: OSError | None = None
        try:
            told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            # A link's own addresses have a zone, which is no part of where they are.
            each = (ip_address(str(found[4][0]).partition("%")[0]) for found in told)
            addresses = list(dict.fromkeys(each))
        except (OSError, ValueError) as error:
            failure = OSError(str(error))
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, addresses, failure)

    Thread(target=ask, name="resolve", daemon=True).start()
    return await found
