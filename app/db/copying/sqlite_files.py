"""Whole copies of SQLite's files, made while others read and write them.

A copy is one moment of the data in one file, and needs nothing beside it.
"""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final
from urllib.parse import quote

from app.db.connections.sqlite import BUSY_SECONDS
from app.db.copying.drafts import WITHOUT_LINKS, sync
from app.db.data_check.scan import INTEGRITY, PAGES_ONLY, told_faults

PAGES_A_STEP: Final = 2_048
"""So many are copied, and brought to the disk, before others have their turn: 8 MiB."""

MOST_PAUSE: Final = 0.05
"""Seconds between two steps: as long as the one took, for those who commit to the same disk."""

MAGIC: Final = b"SQLite format 3\x00"
_LOGS: Final = ("-wal", "-journal")
"""What SQLite brings into the file of that name when it is next opened."""

_COMPANIONS: Final = (*_LOGS, "-shm")
_HELD: Final = (fcntl.LOCK_EX | fcntl.LOCK_NB, 512, 0x40000000)
"""The bytes by which SQLite's connections say that they have a file open."""


class NotOurs(Exception):
    """A SQLite file that has no tables of the gateway."""


class Held(Exception):
    """Somebody has the file open."""


def copy(source: Path, draft: Path, copied: Callable[[int, int], None]) -> None:
    """Copy a file as it is at this moment into an empty one; ``copied`` hears of bytes.

    All steps read within one transaction. Writers go on meanwhile, and what they write is in
    the log beside the file: nothing is begun anew, however much that is.
    """
    with closing(opened(source)) as origin, closing(opened(draft)) as made:
        made.execute("PRAGMA journal_mode = OFF")
        made.execute("PRAGMA synchronous = OFF")
        (size,) = origin.execute("PRAGMA page_size").fetchone()
        origin.execute("BEGIN")
        origin.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with draft.open("rb") as written:
            begun = monotonic()

            def step(_: int, left: int, pages: int) -> None:
                nonlocal begun
                # Piece by piece: at the end, it would be a wait for all who commit.
                os.fdatasync(written.fileno())
                copied((pages - left) * size, pages * size)
                sleep(min(monotonic() - begun, MOST_PAUSE))
                begun = monotonic()

            origin.backup(made, pages=PAGES_A_STEP, progress=step)


def finish(draft: Path) -> None:
    """Make a copy complete without the files beside it, and bring it to the disk."""
    with closing(opened(draft)) as made:
        made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        made.execute("PRAGMA user_version = 0")  # served_mark.py: it is no file that is served
        made.execute("PRAGMA journal_mode = DELETE")
    sync(draft)


def faults(file: Path, *, indexes: bool) -> list[str]:
    """Return what SQLite finds wrong with a file: nothing where it is whole."""
    look = INTEGRITY if indexes else PAGES_ONLY
    with closing(opened(file)) as connection:
        return told_faults(line for (line,) in connection.execute(look))


def refuse_foreign(file: Path) -> None:
    """Raise NotOurs unless the file has the gateway's tables, of whatever version."""
    ours = "SELECT count(*) FROM sqlite_master WHERE name IN ('alembic_version', 'companies')"
    with closing(opened(file)) as connection:
        try:
            is_ours = connection.execute(ours).fetchone() == (2,)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
                raise
            is_ours = False
    if not is_ours:
        raise NotOurs


def close_log(file: Path) -> None:
    """Bring to a file what is in the log beside it, as far as that can be done.

    A damaged one is left as it is, with its log: of an empty file SQLite would remove it.
    """
    with file.open("rb") as start:
        if start.read(len(MAGIC)) != MAGIC:
            return
    with suppress(sqlite3.Error), closing(opened(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def held_by_us(file: Path) -> Iterator[None]:
    """Keep everybody else from opening a file, or raise Held.

    It is the lock that SQLite itself takes, so that it holds of a damaged file, too. No
    connection of this process may be open: closing it would give the lock away.
    """
    held = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    try:
        try:
            fcntl.lockf(held, *_HELD)
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EAGAIN}:
                raise
            raise Held from None
        yield
    finally:
        os.close(held)


@contextmanager
def held_if_there(file: Path) -> Iterator[None]:
    """Do as `held_by_us` with a file that is there and may be written; nothing for any other."""
    with held_by_us(file) if os.access(file, os.W_OK) else nullcontext():
        yield


def remove_companions(target: Path) -> None:
    """Remove what another file of this name has left beside it, before a new one takes the name.

    SQLite would bring an old log to the new file: pages of the one among those of the other.
    """
    for end in _COMPANIONS:
        target.with_name(target.name + end).unlink(missing_ok=True)


def replace(draft: Path, target: Path, kept: Path) -> None:
    """Put a finished copy into the target's place, whose file is ``kept`` from now on.

    A log that could not be brought to the file is kept with it. Whoever looks finds the one file
    or the other, where the file system has links.
    """
    for end in _LOGS:
        log = target.with_name(target.name + end)
        if log.exists() and log.stat().st_size:
            log.replace(kept.with_name(kept.name + end))
    remove_companions(target)
    try:
        kept.hardlink_to(target)
    except OSError as error:
        if error.errno not in WITHOUT_LINKS:
            raise
        target.replace(kept)
    draft.replace(target)
    sync(target.parent)


def opened(file: Path) -> sqlite3.Connection:
    """Open a file that is there; one that may not be written is only read."""
    address = f"file:{quote(str(file.absolute()))}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
