"""How a copy that `cp` has made of a file in use is told from a whole one.

Such a copy lacks what is still in the log beside the file (`-wal`), and nothing that is in it
says so. So a file that is served has a mark in its header: which file it is. SQLite's own ways
to copy change the header, and what is stopped properly has no mark. What has one that was made
for another file was copied by the system, while it was served.
"""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from secrets import randbelow
from typing import Final

from app.db.connections.file_marks import is_of_cookie, mark_of, read_mark, which_file
from app.db.copying.sqlite_files import MAGIC, Held, held_by_us, opened

_HEADER_BYTES: Final = 100
_WITH_LOG: Final = 2
_LEAST_COOKIE: Final = 1 << 20
"""Copies of SQLite's own begin to count their schema anew: they never come so far."""


def mark(file: Path) -> None:
    """Mark a file of ours as the one that is served from now on."""
    which = which_file(file)
    with closing(opened(file)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        (cookie,) = connection.execute("PRAGMA schema_version").fetchone()
        if cookie < _LEAST_COOKIE:
            cookie = _LEAST_COOKIE + randbelow(_LEAST_COOKIE)
            connection.execute(f"PRAGMA schema_version = {cookie}")
        connection.execute(f"PRAGMA user_version = {mark_of(cookie, which)}")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def unmark(file: Path) -> None:
    """Take the mark back, unless somebody else serves the file, or it can no longer be written."""
    with suppress(OSError, Held, sqlite3.Error):
        with held_by_us(file):
            pass
        with closing(opened(file)) as connection:
            connection.execute("PRAGMA user_version = 0")


def forget_foreign(file: Path) -> None:
    """Take away a mark that was made for another file, where this one is known to be whole."""
    which = which_file(file)
    with suppress(sqlite3.Error), closing(opened(file)) as connection:
        if not _is_foreign(connection, which):  # one that is served is only read
            return
        connection.execute("BEGIN IMMEDIATE")
        if _is_foreign(connection, which):
            connection.execute("PRAGMA user_version = 0")
        connection.execute("COMMIT")


def settle(file: Path) -> None:
    """Take away another file's mark where the log has come with the file: it is whole.

    To be called before anything opens it: whoever does brings the log to the file and removes
    it, and nothing would tell it from a copy without one from then on.
    """
    with suppress(OSError):
        if _has_log(file):
            forget_foreign(file)


def is_torn(file: Path) -> bool:
    """Say whether a file was copied by the system while it was served, without its log.

    To be asked before anything opens the file: that makes a log beside it.
    """
    try:
        if _has_log(file):
            return False
        with file.open("rb") as start:
            header = start.read(_HEADER_BYTES)
        which = which_file(file)
    except OSError:
        return False  # who opens it says why
    if not header.startswith(MAGIC) or header[18] != _WITH_LOG:
        return False
    cookie, marked = (int.from_bytes(header[at : at + 4], "big") for at in (40, 60))
    return marked not in {0, mark_of(cookie, which)} and is_of_cookie(marked, cookie)


def _has_log(file: Path) -> bool:
    log = file.with_name(file.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _is_foreign(connection: sqlite3.Connection, which: int) -> bool:
    cookie, marked = read_mark(connection)
    return marked not in {0, mark_of(cookie, which)}
