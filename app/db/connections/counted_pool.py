"""A pool of connections that knows how many wait for one."""

from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry


class CountedPool(AsyncAdaptedQueuePool):
    """SQLAlchemy's pool. ``waiting`` are those who ask for a connection and have none yet."""

    waiting = 0

    def _do_get(self) -> ConnectionPoolEntry:
        self.waiting += 1
        try:
            return super()._do_get()
        finally:
            self.waiting -= 1
