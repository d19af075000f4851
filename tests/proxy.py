"""A proxy before PostgreSQL that can be slow, fall silent, refuse, or cut at a chosen moment."""

import asyncio
from collections import Counter
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
        self._cut_at = 0
        self._loses_answer = False
        self._answer_lost: asyncio.StreamWriter | None = None
        self._delay_seconds = 0.0
        self._most_bytes: int | None = None
        self._passed: Counter[asyncio.StreamWriter] = Counter()
        self.url = ""

    def stall(self) -> None:
        """Pass nothing on, and leave new connections without a word."""
        self._flows.clear()

    def go_on(self) -> None:
        """Pass on what has gathered, and take connections again."""
        self._refuses = False
        self._flows.set()

    def delay(self, seconds: float) -> None:
        """Pass everything on so much later, either way."""
        self._delay_seconds = seconds

    def cut_after(self, count: int | None) -> None:
        """End each connection when so many more bytes of it have passed, either way; None: never.

        What fits is passed on: it ends in the midst of a message.
        """
        self._most_bytes = count
        self._passed.clear()

    def cut(self) -> None:
        """End every connection, and each new one at once."""
        self._refuses = True
        for writer in self._writers:
            writer.transport.abort()

    def cut_at(self, number: int, *, loses_answer: bool) -> None:
        """End the connection of the question of this number, counted from now on.

        Either the question does not arrive, or it does and its answer is lost.
        """
        self._cut_at, self._loses_answer = number, loses_answer

    def has_cut(self) -> bool:
        """Return whether the question came at which to cut; if not, nothing is cut any more."""
        is_due, self._cut_at = self._cut_at > 0, 0
        return not is_due

    async def see_commits(self, count: int) -> None:
        """Wait until so many commits were answered."""
        async with asyncio.timeout(60):
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
                await asyncio.gather(self._ask(reader, back, writer), self._answer(there, writer))
            self._writers.discard(back)
            back.transport.abort()
        self._writers.discard(writer)
        self._passed.pop(writer, None)
        writer.transport.abort()

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        writer: asyncio.StreamWriter,
    ) -> None:
        while question := await reader.read(65536):
            await asyncio.sleep(self._delay_seconds)
            await self._flows.wait()
            if self._is_the_one():
                if not self._loses_answer:
                    writer.transport.abort()
                    break
                self._answer_lost = writer
            if not await self._pass_on(question, back, writer):
                writer.transport.abort()
                break
        back.transport.abort()

    async def _pass_on(
        self, content: bytes, to: asyncio.StreamWriter, client: asyncio.StreamWriter
    ) -> bool:
        """Write it, or what fits before the cut; return whether all was passed on."""
        self._passed[client] += len(content)
        most = self._most_bytes
        beyond = 0 if most is None else max(0, self._passed[client] - most)
        to.write(content[: max(0, len(content) - beyond)])
        await to.drain()
        return beyond == 0

    def _is_the_one(self) -> bool:
        """Count a question; return whether it is the one at which to cut."""
        if self._cut_at == 0:
            return False
        self._cut_at -= 1
        return self._cut_at == 0

    async def _answer(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while answer := await there.read(65536):
            await asyncio.sleep(self._delay_seconds)
            await self._flows.wait()
            if self._answer_lost is writer:
                self._answer_lost = None
                break
            if not await self._pass_on(answer, writer, client=writer):
                break
            if COMMITTED in answer:
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
