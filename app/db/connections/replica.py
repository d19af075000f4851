"""A replica of PostgreSQL from which requests that only read are answered.

Only what is known to be a replica of the same database, and not far behind, is read; everything
else is read from the primary. What a request has to see is in ``app.positions.READING``.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from math import inf
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.availability.outages import telling_outages
from app.db.availability.unusable import DatabaseUnusable
from app.db.connections.direct_reads import DirectReads, Follow, Ready, Rows
from app.db.connections.limits import DatabaseLimits
from app.db.connections.log_positions import POSITION, Looker, ServerState, position_of
from app.db.connections.postgresql import parted
from app.db.connections.url import shown_url
from app.domain.errors import Unavailable
from app.positions import READING, WRITING, Reads

_log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.5
"""Between two looks at how far the replica is."""

POSITION_SECONDS: Final = 0.5
"""For the primary to say how far it is after a commit: that is no reason to wait for long."""

MOST_ASKED: Final = 7200
"""Of an hour: a replica that is away for longer is not held against what was before."""

WAIT_SECONDS: Final = 0.02
"""Between two looks by whoever waits until it is far enough."""

AWAY: Final = "unreachable"
BEHIND: Final = "behind"
OTHER: Final = "no replica"
"""Why it is not read."""

NO_PLACE: Final = "no free connection"


async def refuse_other(url: str, primary_url: str, limits: DatabaseLimits) -> None:
    """Raise DatabaseUnusable for what has not the database of the primary."""
    own, primary = Looker(url, limits), Looker(primary_url, limits)
    try:
        if not (await own.look()).is_of(await primary.look()):
            msg = (
                "It is no replica of TIMEOFF_DATABASE_URL: that is another server's database, "
                "whose system identifier differs, or another one of that server."
            )
            raise DatabaseUnusable(msg)
    finally:
        await own.close()
        await primary.close()
        await parted()


class Replica:
    """Decides for each reading whether it is the replica's, and opens it there."""

    def __init__(
        self,
        url: str,
        primary_url: str,
        engine: AsyncEngine,
        limits: DatabaseLimits,
        looker: Callable[[str, DatabaseLimits], Looker] = Looker,
    ) -> None:
        self._engine = engine
        self._name = shown_url(url)
        self._patience = limits.connect_seconds
        self.most_lag_seconds = limits.read_lag_seconds
        self._own, self._primary = looker(url, limits), looker(primary_url, limits)
        self._asked: deque[tuple[float, int]] = deque(maxlen=MOST_ASKED)
        """When the primary was how far; what the replica has passed is gone."""
        self._has_all_of = float("-inf")
        self._seen: ServerState | None = None
        self._least: float | None = None
        """Of what it has to have before it is read: what anybody heard of who did not wait for it.

        None: nobody waits for it; infinity: all do again, and the next look says how much it is.
        """
        self._why_not: str | None = AWAY
        self._cause = ""
        self._is_silent = False
        self._told: str | None = None
        self._made_at = time.monotonic()
        self._in_use: set[Any] = set()
        self.reads = {"replica": 0, "primary": 0}
        """Transactions of requests that only read, by where they were read."""

    @property
    def why_not(self) -> str | None:
        """Why it is not read; None where it is."""
        return BEHIND if self._why_not is None and self._is_late else self._why_not

    @property
    def _is_late(self) -> bool:
        return time.monotonic() > self._has_all_of + self.most_lag_seconds

    async def primary_position(self) -> int:
        """Return how far the primary's log is. Raises Unavailable."""
        return (await self._primary.look()).position

    async def enter(self, stack: AsyncExitStack) -> AsyncConnection | None:
        """Open a transaction on the replica; None where this request reads from the primary."""
        reads = READING.get()
        if reads is None:
            return None
        if reads.leaves_replica or self.why_not is not None:
            reads.leaves_replica = True
            self.reads["primary"] += 1
            return None
        try:
            with telling_outages():
                async with asyncio.timeout(self._patience):
                    connection = await self._open(stack, reads)
        except Unavailable as outage:
            # Who has waited for a connection that others use knows nothing of the replica.
            self.leave(Unavailable(NO_PLACE) if self._is_full else outage)
            connection = None
        if connection is None:
            reads.leaves_replica = True
            with suppress(SQLAlchemyError, OSError):
                await stack.aclose()
        self.reads["replica" if connection is not None else "primary"] += 1
        return connection

    @property
    def _is_full(self) -> bool:
        pool: Any = self._engine.pool
        return bool(pool.checkedout() >= pool.size())

    async def _open(self, stack: AsyncExitStack, reads: Reads) -> AsyncConnection | None:
        connection = await stack.enter_async_context(self._engine.connect())
        await stack.enter_async_context(connection.begin())
        driver = (await connection.get_raw_connection()).driver_connection
        stack.enter_context(self.using(driver))
        if reads.position is not None:
            # On this very connection: there may be several replicas behind one address.
            told = (await connection.execute(text(POSITION))).scalar_one()
            if position_of(told) < reads.position:
                return None
        return connection

    @contextmanager
    def using(self, driver: Any) -> Iterator[None]:  # noqa: ANN401 - asyncpg has no types
        """Have a connection ended, while the block lasts, when the replica is lost."""
        self._in_use.add(driver)
        try:
            yield
        finally:
            self._in_use.discard(driver)

    @contextmanager
    def noting_outage(self) -> Iterator[None]:
        """Note that the replica was lost in the middle, for whoever can read again."""
        try:
            with telling_outages():
                yield
        except Unavailable as outage:
            if (reads := READING.get()) is not None:
                reads.met_outage = True
            self.leave(outage)
            raise

    def leave(self, outage: Unavailable) -> None:
        """Have the rest of the request read from the primary.

        Everybody else's as well until the next look, unless it only had to end this statement.
        """
        if (reads := READING.get()) is not None:
            reads.leaves_replica = True
        if not outage.cause.startswith(("SQLSTATE 40", NO_PLACE)):
            self._note_away(outage)
            self._tell()

    async def until_there(self) -> None:
        """Wait until the replica has what the primary has now, or is not read, nor about to be."""
        with suppress(Unavailable):
            position = None
            while self._least is not None and not self._is_late:
                position = position or await self.primary_position()
                self._seen = await self._own.look()
                if self._seen.position >= position:
                    return
                await asyncio.sleep(WAIT_SECONDS)

    async def watch(self) -> None:
        """Look again and again how far it is; ends when cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Find out whether it can be read, and say so when that has changed."""
        asked_at, primary, before = time.monotonic(), None, self._seen
        with suppress(Unavailable):
            primary = await self._primary.look()
            self._note_primary(asked_at, primary)
        try:
            self._seen = seen = await self._own.look()
        except Unavailable as outage:
            self._note_away(outage)
            self._engine.pool._invalidate(None)  # type: ignore[arg-type]  # noqa: SLF001 - of all
            if self._is_silent:  # twice: one that is only busy goes on with what it has begun
                for driver in set(self._in_use):
                    driver.terminate()  # whoever waits for it reads again, from the primary
            self._is_silent = True
        else:
            self._is_silent = False
            self._note_seen(seen, primary)
            if primary is not None and before is not None and before.position > primary.position:
                # No replica is ever ahead. One that is has followed another primary, whose log
                # went on where this one's forks off.
                self._why_not, self._least = OTHER, None
            if self._why_not == OTHER:
                # The address may lead elsewhere by now.
                self._expire_connections()
        self._tell()

    def _expire_connections(self) -> None:
        self._engine.pool._invalidate(None)  # type: ignore[arg-type]  # noqa: SLF001 - of all
        self._own.expire()
        self._primary.expire()

    def _note_away(self, outage: Unavailable) -> None:
        self._why_not, self._least, self._cause = AWAY, None, outage.cause

    def _note_primary(self, asked_at: float, primary: ServerState) -> None:
        if self._asked and primary.position < self._asked[-1][1]:
            # Another primary has taken over, without the end of the former one's log.
            self._asked.clear()
            self._least = None
        self._asked.append((asked_at, primary.position))
        if self._least == inf:
            self._least = primary.position

    def _note_seen(self, seen: ServerState, primary: ServerState | None) -> None:
        if self._is_late:
            self._least = None  # nobody has waited for it
        while self._asked and self._asked[0][1] <= seen.position:
            self._has_all_of = self._asked.popleft()[0]
        if primary is None:
            return
        if not seen.is_of(primary):
            self._why_not, self._least = OTHER, None
        elif self._least is None:
            self._why_not, self._least = BEHIND, None if self._is_late else inf
        else:
            self._why_not = None if seen.position >= self._least else BEHIND

    def _tell(self) -> None:
        why, before = self.why_not, self._told
        if why == BEHIND and (
            self._least is not None  # it is about to be read
            or time.monotonic() < self._made_at + self.most_lag_seconds
        ):
            return  # or it has not had the time to come to where we began
        self._told = why or ""
        if why is not None and why != before:
            words = {
                AWAY: f"cannot be read ({self._cause})",
                BEHIND: f"is more than {self.most_lag_seconds:g} s behind",
                OTHER: "is no replica of this database",
            }[why]
            _log.warning("%s %s: queries are read from the primary.", self._name, words)
        elif why is None and before:
            _log.warning("%s can be read again: queries are.", self._name)

    async def close(self) -> None:
        """Close all connections."""
        await self._own.close()
        await self._primary.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._engine.dispose()


@asynccontextmanager
async def noting_position(connection: AsyncConnection) -> AsyncIterator[None]:
    """Note how far the log is once the block has committed, for whoever asks for it."""
    writes, position = WRITING.get(), None
    if writes is None:
        yield
        return
    try:
        yield
        driver: Any = (await connection.get_raw_connection()).driver_connection
        with suppress(Exception):  # what is stored is stored: then nobody knows how far it was
            position = position_of(await driver.fetchval(POSITION, timeout=POSITION_SECONDS))
    finally:
        writes.note(position)


class ReplicaFirst(DirectReads):
    """Compiled statements, on the replica where the request may be read from there."""

    def __init__(self, primary: DirectReads, replica: Replica) -> None:
        self._primary, self._replica = primary, replica
        self.dialect = primary.dialect

    async def read(self, first: Ready, follow: Follow) -> tuple[Rows, dict[str, Rows]] | None:
        """Return the rows as ``DirectReads`` does; where the replica fails, the primary's."""
        try:
            async with AsyncExitStack() as stack:
                connection = await self._replica.enter(stack)
                if connection is not None:
                    with telling_outages():
                        return await self._primary.read_on(connection, first, follow)
        except Unavailable as outage:
            self._replica.leave(outage)
        return await self._primary.read(first, follow)

    def close(self) -> None:
        """Close the primary's own."""
        self._primary.close()
