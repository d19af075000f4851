"""The number in the header of a SQLite file that says which file it is (served_mark.py).

It is SQLite's `user_version`, made of the schema's cookie and of the file: who changes the one
without meaning to make a copy sets the other anew.
"""

import sqlite3
from pathlib import Path
from typing import Final

_HALF: Final = 1 << 16


def which_file(file: Path) -> int:
    """Return a number from 1 on that another file, or a copy of this one, hardly ever has."""
    known = file.stat()
    return 1 + (known.st_ino * 31 + known.st_dev) % (_HALF - 1)


def mark_of(cookie: int, which: int) -> int:
    """Return a number of 31 bits: of a schema's cookie, and of the file."""
    return (cookie % (_HALF // 2)) * _HALF + which


def is_of_cookie(marked: int, cookie: int) -> bool:
    """Say whether a mark was made for this state of a schema, of whichever file."""
    return marked >> 16 == cookie % (_HALF // 2)


def read_mark(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return the schema's cookie and the mark that a file has, 0 where it has none."""
    (cookie,) = connection.execute("PRAGMA schema_version").fetchone()
    (marked,) = connection.execute("PRAGMA user_version").fetchone()
    return cookie, marked
