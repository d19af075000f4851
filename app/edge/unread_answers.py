"""How long an answer may lie in our buffers without its client taking anything of it."""

import asyncio


class UnreadAnswer:
    """The timer of one connection: it is cut where nothing was taken for ``seconds``."""

    __slots__ = ("_loop", "_seconds", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, transport: asyncio.Transport) -> None:
        """Give the client its time to take a part of what is waiting for it, if anything is."""
        self.forget()
        if waiting := transport.get_write_buffer_size():
            self._timer = self._loop.call_later(self._seconds, self._look, transport, waiting)

    def abort_after(self, seconds: float, transport: asyncio.Transport) -> None:
        """Cut the connection then, whatever is taken meanwhile."""
        self.forget()
        self._timer = self._loop.call_later(seconds, transport.abort)

    def forget(self) -> None:
        """Wait for nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, transport: asyncio.Transport, before: int) -> None:
        if transport.get_write_buffer_size() < before:
            self.watch(transport)
        else:
            transport.abort()
