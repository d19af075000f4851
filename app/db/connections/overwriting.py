"""Overwriting what SQLite's file still has of rows that were deleted or changed."""

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

from app.db.connections.file_marks import mark_of, read_mark, which_file
from app.db.connections.sqlite import BUSY_SECONDS

_CHECKPOINT: Final = "PRAGMA wal_checkpoint(TRUNCATE)"
_ERASED: Final = "SELECT max(id), total(times) FROM access_events WHERE kind = 'PERSON_ERASED'"

_Erased = tuple[int | None, float, int]
"""The number of the last erasure, how often it was counted, and what `note_more` has counted."""


@dataclass(slots=True)
class _Known:
    """What this process knows: of each file, up to which erasure its bytes are overwritten."""

    overwritten: dict[Path, _Erased] = field(default_factory=dict)
    more: int = 0


_known: Final = _Known()
_one_at_a_time: Final = Lock()


def note_more() -> None:
    """Note that an erasure that is stored already has written once more."""
    _known.more += 1


def overwrite_freed(file: Path) -> bool:
    """Write the database anew, without the bytes of what was erased; empty its log.

    Say whether nothing of it is left: a reader who takes longer than BUSY_SECONDS keeps the log.
    Others read meanwhile, and writers wait. It takes as much room in the file's folder as the
    file has, and as much again in its log. Of erasures at once it is done for all together, and
    not again where nobody was erased since.

    Raises sqlite3.Error where the disk is full, or the file is in use for too long.
    """
    with _one_at_a_time:
        connection = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            erased: _Erased = (*connection.execute(_ERASED).fetchone(), _known.more)
            if erased[0] is not None and _known.overwritten.get(file) == erased:
                return True
            is_over = _write_anew(connection, file)
            if is_over:
                _known.overwritten[file] = erased
            return is_over
        finally:
            connection.close()


def _write_anew(connection: sqlite3.Connection, file: Path) -> bool:
    before = read_mark(connection)
    folder = str(file.absolute().parent).replace("'", "''")
    # The copy would else be in /var/tmp or /tmp, which may be small, or memory. This is for the
    # whole process, so nobody else of it does the same meanwhile.
    connection.execute(f"PRAGMA temp_store_directory = '{folder}'")
    try:
        connection.execute("VACUUM")
    finally:
        connection.execute("PRAGMA temp_store_directory = ''")
    _mark_again(connection, which_file(file), *before)
    is_busy, _, _ = connection.execute(_CHECKPOINT).fetchone()
    return not is_busy


def _mark_again(connection: sqlite3.Connection, which: int, cookie: int, marked: int) -> None:
    """Mark a file that is served as it was before: VACUUM has changed the schema's cookie."""
    if marked != mark_of(cookie, which):
        return
    connection.execute("BEGIN IMMEDIATE")
    now, still = read_mark(connection)
    if still == marked:
        connection.execute(f"PRAGMA user_version = {mark_of(now, which)}")
    connection.execute("COMMIT")
