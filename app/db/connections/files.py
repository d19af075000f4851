"""SQLite files that are made here are for their owner alone: reasons of time off are in them.

Files and folders that are there already stay as they are. SQLite makes `-wal` and `-shm` with the
mode of the file they belong to.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

OWNER_ONLY_FOLDER: Final = 0o700
OWNER_ONLY_FILE: Final = 0o600


def make_folder(folder: Path) -> None:
    """Make the folder of a database, and those above it, where they are missing."""
    folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)


def make_file(path: Path) -> None:
    """Make an empty file where there is none; where that cannot be, SQLite is to say why."""
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY_FILE))


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait for another process that makes, migrates or restores a database in the folder."""
    make_folder(folder)
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)
