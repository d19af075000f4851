"""Answers sent whole.

uvicorn writes the head of an answer and then its body, and uvloop hands each to the system
at once: two calls and two packets, where one would do.
"""

import asyncio
from collections.abc import Callable
from typing import Any


class WholeWrites:
    """A transport that keeps what is written until the event loop comes round again.

    What was kept for a client who has left by then is dropped; uvloop would raise. Before it is
    closed it asks whether somebody sees to that, who then has to do so.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        lingers: Callable[[], bool],
    ) -> None:
        self.bare = transport
        self._loop = loop
        self._lingers = lingers
        self._is_closing = False
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send the bytes with all others of this round."""
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(data)

    def write_at_once(self, data: bytes) -> None:
        """Send what is whole as it is, after what was kept."""
        self.flush()
        if not self.bare.is_closing():
            self.bare.write(data)

    def flush(self) -> None:
        """Send what was kept."""
        if self._held:
            held, self._held = self._held, []
            if not self.bare.is_closing():
                self.bare.writelines(held)

    def close(self) -> None:
        """Close the connection after what was written."""
        self.flush()
        if not self._is_closing:
            self._is_closing = True
            if self._lingers():
                return
        self.bare.close()

    def write_eof(self) -> None:
        """Close our half of it after what was written."""
        self.flush()
        if not self.bare.is_closing():
            self.bare.write_eof()

    def abort(self) -> None:
        """Close the connection now."""
        self._held.clear()
        self.bare.abort()

    def get_write_buffer_size(self) -> int:
        """Return how much the client has still to take."""
        self.flush()
        return self.bare.get_write_buffer_size()

    def is_closing(self) -> bool:
        """Say whether the connection is closed, or about to be."""
        return self._is_closing or self.bare.is_closing()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Be the bare transport in everything else."""
        return getattr(self.bare, name)
