"""A proxy before PostgreSQL that can fall silent, refuse, or cut at a chosen moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy.engine import make_url

COMMITTED = b"COMMIT\x00"
"""In PostgreSQL's CommandComplete."""


class Proxy:
    """Passes bytes on between clients and a server, as long as it is told to."""

    def __init__(self, database_url: str) -> None:
        self._target = make_url(database_url)
        self._flows = asyncio.Event()
        self._flows.set()
        self._refuses = False
        self._writers: set[asyncio.StreamWriter] = set()
        self.cuts_after_commit = False
        self._commits = 0
        self._committed = asyncio.Event()
        self.url = ""

    def stall(self) -> None:
        """Pass nothing on, and leave new connections without a word."""
        self._flows.clear()

    def go_on(self) -> None:
        """Pass on what has gathered, and take connections again."""
        self._refuses = False
        self._flows.set()

    def cut(self) -> None:
        """End every connection, and each new one at once."""
        self._refuses = True
        for writer in self._writers:
            writer.transport.abort()

    async def see_commits(self, count: int) -> None:
        """Wait until so many commits were answered."""
        async with asyncio.timeout(20):
            while self._commits < count:
                self._committed.clear()
                await self._committed.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect a client."""
        self._writers.add(writer)
        with suppress(OSError):
            await self._flows.wait()
            if self._refuses:
                writer.transport.abort()
                return
            there, back = await asyncio.open_connection(self._target.host, self._target.port)
            self._writers.add(back)
            with suppress(OSError):
                await asyncio.gather(
                    self._pass_on(reader, back), self._pass_on(there, writer, is_answer=True)
                )
            self._writers.discard(back)
            back.transport.abort()
        self._writers.discard(writer)
        writer.transport.abort()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool = False
    ) -> None:
        while data := await reader.read(65536):
            await self._flows.wait()
            writer.write(data)
            await writer.drain()
            if is_answer and COMMITTED in data:
                self._commits += 1
                self._committed.set()
                if self.cuts_after_commit:
                    self.cut()
        writer.transport.abort()


@asynccontextmanager
async def proxied(database_url: str) -> AsyncIterator[Proxy]:
    """Run a proxy on a free port of 127.0.0.1; its ``url`` names the database through it."""
    proxy = Proxy(database_url)
    tasks: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(proxy.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = make_url(database_url).set(host="127.0.0.1", port=port)
    proxy.url = url.render_as_string(hide_password=False)
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
