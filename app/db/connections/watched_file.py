"""What is read of SQLite's file beside the requests: in a thread, on a connection kept for that."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from sqlalchemy.engine import URL

T = TypeVar("T")


class WatchedFile:
    """Reads in a thread of its own, called ``name``: a file system may keep one for ever."""

    def __init__(self, url: URL, name: str) -> None:
        self.path = url.database or ""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._connection: sqlite3.Connection | None = None

    async def read(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """Return what ``read`` does. After an sqlite3.Error of it the connection is a new one."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read, read)

    async def close(self) -> None:
        """Give the connection back, unless it is kept."""
        with suppress(RuntimeError):  # closed before
            self._thread.submit(self._close)
        self._thread.shutdown(wait=False)

    def _read(self, read: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            self._connection = sqlite3.connect(f"file:{self.path}?mode=rw", uri=True, timeout=0)
        try:
            return read(self._connection)
        except sqlite3.Error:
            self._close()
            raise

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
