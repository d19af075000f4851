"""How far the log of a PostgreSQL is, and which server it is, asked again and again."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final, NamedTuple

from sqlalchemy import text

from app.db.availability.outages import telling_outages
from app.db.availability.patience import NO_ANSWER
from app.db.availability.pulse import wait_for_answer
from app.db.connections.limits import DatabaseLimits
from app.db.connections.postgresql import create_single_engine
from app.domain.errors import Unavailable

PAGE_BYTES: Final = 8192
HEADER_BYTES: Final = 40
"""Of the log's pages, at most."""

POSITION: Final = """
SELECT pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                       ELSE pg_current_wal_insert_lsn() END, '0/0')::bigint
"""
SERVER: Final = text(
    f"SELECT ({POSITION}), pg_is_in_recovery(), pg_postmaster_start_time(), system_identifier,"  # noqa: S608 - of constants
    " (SELECT oid FROM pg_database WHERE datname = current_database()) FROM pg_control_system()"
)


class ServerState(NamedTuple):
    """How far a server's log is, and which server it is."""

    position: int
    is_replica: bool
    started_at: Any
    system: int
    database: int

    def is_of(self, primary: "ServerState") -> bool:
        """Say whether it has the database of the primary: a copy, or that one itself."""
        is_same = (self.system, self.database) == (primary.system, primary.database)
        return is_same and (self.is_replica or self.started_at == primary.started_at)


def position_of(told: int) -> int:
    """Return where the last record ends, of where the next one begins.

    Between them may be the header of a page, which a replica replays with the next record only.

    >>> position_of(8192 + 24), position_of(8192 + 48)
    (8192, 8240)
    """
    into = told % PAGE_BYTES
    return told - into if into <= HEADER_BYTES else told


class Looker:
    """Asks one server how far it is, on a connection that nobody else uses.

    It asks one question at a time; all who come while it waits share the next one.
    """

    def __init__(self, url: str, limits: DatabaseLimits) -> None:
        self._engine = create_single_engine(url, limits.connect_seconds)
        self._seconds = limits.probe_seconds
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[ServerState] | None = None
        self._tasks: set[asyncio.Task[ServerState]] = set()

    async def look(self) -> ServerState:
        """Return what the server says of itself, asked after this call. Raises Unavailable."""
        if self._next is None:
            self._next = self._started(self._take_turn())
        return await asyncio.shield(self._next)

    def _started(self, look: Coroutine[Any, Any, ServerState]) -> asyncio.Task[ServerState]:
        task = asyncio.create_task(look)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _take_turn(self) -> ServerState:
        async with self._turn:
            self._next = None  # whoever comes now asks for what is later than this
            asking = self._started(self._ask())
            try:
                await wait_for_answer(asking, self._seconds)
            finally:
                asking.cancel()  # without effect on one that is done
            if not asking.done():
                raise Unavailable(NO_ANSWER) from TimeoutError()
            return asking.result()

    async def _ask(self) -> ServerState:
        try:
            with telling_outages():
                async with self._engine.connect() as connection:
                    state = ServerState(*(await connection.execute(SERVER)).one())
            return state._replace(position=position_of(state.position))
        except Unavailable:
            raise
        except Exception as error:  # whatever it is, this server cannot be read
            raise Unavailable(type(error).__name__) from error

    def expire(self) -> None:
        """Connect anew for the next look."""
        self._engine.pool._invalidate(None)  # type: ignore[arg-type]  # noqa: SLF001 - all of it

    async def close(self) -> None:
        """Stop, and give the connection back."""
        for task in self._tasks:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.gather(*self._tasks, return_exceptions=True)
                await self._engine.dispose()
