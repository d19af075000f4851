"""PostgreSQL's connections: whoever gives one up never waits for a server that is silent.

SQLAlchemy ends a connection politely and waits up to two seconds for that, and without end
for a rollback. Here both go on behind the back of the request that has given up.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, Self

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import (
    AsyncAdapt_asyncpg_connection,
    AsyncAdapt_asyncpg_dbapi,
)
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from app.db.connections.postgresql_url import connect_args
from app.db.connections.several_hosts import SeveralHosts

PARTING_SECONDS: Final = 2.0
"""For the server to be told that a statement is cancelled and its connection closed."""

ROLLBACK_SECONDS: Final = 0.3
"""After which a connection is closed instead, which takes everything back as well."""

TRUSTED_SECONDS: Final = 0.5
"""For which a connection that was seen to answer is not pinged: a ping is a third of what a page
costs the server."""

UNNAMED: Final[Mapping[str, Any]] = {
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": lambda: "",
}
"""What SQLAlchemy is told of a connection on which no prepared statement may stay."""

_PARTING: Final[set[asyncio.Task[None]]] = set()
"""Kept, so that none is collected before its end."""


class PromptConnection(AsyncAdapt_asyncpg_connection):
    """SQLAlchemy's asyncpg connection, without its waits for a server that is silent."""

    __slots__ = ("_answered_at",)

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        super().__init__(*arguments, **options)  # type: ignore[no-untyped-call]
        self._answered_at = time.monotonic()

    @classmethod
    async def opened(
        cls,
        dbapi: "PromptDriver",
        connect: Callable[..., Awaitable[Any]],
        arguments: Sequence[Any],
        options: dict[str, Any],
        ours: dict[str, Any],
    ) -> Self:
        """Return a new connection; through a pooler one that keeps no prepared statements.

        Unless the URL says how many: then the pooler keeps them for each of its clients. What is
        unnamed is parsed and run in one go, which no pooler divides between two servers.
        """
        driver: Any = None
        try:
            driver = await connect(*arguments, **options)
            if "statement_cache_size" in options or "prepared_statement_cache_size" in ours:
                is_kept = options.get("statement_cache_size") != 0
            else:
                is_kept = not await is_pooled(driver)
                if not is_kept:
                    await part(driver)
                    driver = await connect(*arguments, **options, statement_cache_size=0)
        except BaseException as error:
            if driver is not None:
                driver.terminate()  # whoever gives up here leaves none open
            if isinstance(error, Exception):  # SQLAlchemy's own way to name it
                cls._handle_exception_no_connection(dbapi, error)
            raise
        return cls(dbapi, driver, **(ours if is_kept else {**ours, **UNNAMED}))

    def ping(self) -> None:
        """See whether it is alive: `SELECT 1`, one message where SQLAlchemy sends six.

        None where it has just answered. That the server closes it, is noticed without asking.
        """
        driver: Any = self._connection
        now = time.monotonic()
        if now - self._answered_at < TRUSTED_SECONDS and not driver.is_closed():
            return
        try:
            await_only(driver.execute("SELECT 1"))
        except Exception as error:  # noqa: BLE001 - SQLAlchemy's own way to name it
            self._handle_exception(error)
        self._answered_at = now

    def rollback(self) -> None:
        """Roll back within ROLLBACK_SECONDS, or give the connection up, which does the same.

        It never fails: what was answered before, a refusal or a dry run, is true either way.
        The pool sees that the connection is closed when it is next asked for.
        """
        if self._transaction is None:
            return
        try:
            await_only(self._call_and_discard(self._roll_back))
        except Exception:  # noqa: BLE001 - whatever it is, the server undoes what is open
            self._connection.terminate()

    async def _roll_back(self) -> None:
        async with asyncio.timeout(ROLLBACK_SECONDS):
            await self._transaction.rollback()  # type: ignore[union-attr]  # looked at above

    def close(self) -> None:
        """End the connection in the background; the server rolls back what is open."""
        self.terminate()

    def terminate(self) -> None:
        """End the connection in the background, cancelling a statement that is under way."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # the collector's call, after the loop
            self._terminate_force_close()
            return
        task = loop.create_task(part(self._connection))
        _PARTING.add(task)
        task.add_done_callback(_PARTING.discard)
        self._transaction = None


async def part(connection: Any) -> None:  # noqa: ANN401 - asyncpg has no types
    """Close a driver's connection, politely if the server still listens."""
    try:
        await connection.close(timeout=PARTING_SECONDS)
    except Exception:  # noqa: BLE001 - it is gone either way
        connection.terminate()


class PromptDriver(AsyncAdapt_asyncpg_dbapi):
    """SQLAlchemy's adapter of asyncpg, which opens a PromptConnection."""

    def __init__(self) -> None:
        super().__init__(asyncpg)  # type: ignore[no-untyped-call]
        self._hosts = SeveralHosts()

    def connect(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as SQLAlchemy's
        """Return a new connection."""
        names = ("prepared_statement_cache_size", "prepared_statement_name_func")
        ours = {name: options.pop(name) for name in names if name in options}
        connect = partial(self._hosts.connect, self.asyncpg.connect)
        opening = PromptConnection.opened(self, connect, arguments, options, ours)
        return await_only(opening)


async def is_pooled(driver: Any) -> bool:  # noqa: ANN401 - as above
    """Say whether a pooler stands between, such as PgBouncer: who answers is not who greeted us.

    Then the next transaction may be another server's, which knows nothing of what was set, locked,
    prepared or listened for in this one.
    """
    asking = await driver.prepare("SELECT pg_backend_pid()", name="")
    answering: int = await asking.fetchval()
    greeting: int = driver.get_server_pid()
    return answering != greeting


def create_postgres_engine(url: str, connect_seconds: float, **options: Any) -> AsyncEngine:  # noqa: ANN401 - SQLAlchemy's
    """Return an engine that looks at each pooled connection before it is used."""
    address, arguments = connect_args(make_url(url), connect_seconds)
    return create_async_engine(
        address,
        module=PromptDriver(),
        connect_args=arguments,
        # A connection that the server closed meanwhile is replaced, not handed to a caller.
        pool_pre_ping=True,
        **options,
    )


def create_single_engine(url: str, connect_seconds: float, **options: Any) -> AsyncEngine:  # noqa: ANN401 - SQLAlchemy's
    """Return an engine of one connection, which is kept apart from those of requests."""
    return create_postgres_engine(
        url, connect_seconds, pool_size=1, max_overflow=0, hide_parameters=True, **options
    )


async def parted() -> None:
    """Wait for the connections that are being ended, before the event loop ends."""
    if _PARTING:
        await asyncio.wait(_PARTING, timeout=PARTING_SECONDS)
