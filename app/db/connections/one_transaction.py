"""Many service calls in one transaction: for loading much, all or nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.connections.database import Database
from app.db.connections.direct_reads import DirectReads, Follow, Ready


class _NoDirectReads(DirectReads):
    """Has everything read in the usual way: the driver's own connection is in no transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine, lambda: None)

    async def read(self, first: Ready, follow: Follow) -> None:
        """Return None."""


class JoinedDatabase(Database):
    """A database whose transactions are all part of one that is open already.

    What a service writes is rolled back to where the service began if it is refused, and
    is committed with everything else when the outer transaction ends. Not for requests:
    its services share one connection and so take turns.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._engine = connection.engine
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._writer = None
        self._connection = connection
        self.direct = _NoDirectReads(connection.engine)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Yield the connection of the outer transaction: reads see what it has written."""
        yield self._connection

    @asynccontextmanager
    async def writing(self, *, dry_run: bool = False) -> AsyncIterator[AsyncConnection]:
        """Write within the outer transaction; any exception takes back this part only."""
        async with self._connection.begin_nested() as savepoint:
            yield self._connection
            if dry_run:
                await savepoint.rollback()

    async def close(self) -> None:
        """Do nothing: the connection is that of whoever opened the transaction."""


class WholeDatabase(JoinedDatabase):
    """The same for services whose every refusal takes back all of the outer transaction.

    No savepoint is set: a hundred thousand of them slow down everybody who reads from PostgreSQL
    meanwhile. A service that is refused has to have written nothing yet, or the whole is to be
    rolled back.
    """

    @asynccontextmanager
    async def writing(self, *, dry_run: bool = False) -> AsyncIterator[AsyncConnection]:
        """Write within the outer transaction; a dry run is the business of whoever opened it."""
        if dry_run:
            raise NotImplementedError
        yield self._connection
