"""Overwriting what SQLite's file still has of rows that were deleted or changed."""

import sqlite3
from pathlib import Path
from typing import Final

from app.db.connections.file_marks import mark_of, read_mark, which_file
from app.db.connections.sqlite import BUSY_SECONDS

_CHECKPOINT: Final = "PRAGMA wal_checkpoint(TRUNCATE)"


def overwrite_freed(file: Path) -> bool:
    """Write the database anew, without the bytes of what is gone; empty its log.

    Say whether nothing of it is left: a reader who takes longer than BUSY_SECONDS keeps the log.
    Others read meanwhile, and writers wait. It takes as much room beside the file as the file has.
    Raises sqlite3.Error where the disk is full, or the file is in use for too long.
    """
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        before = read_mark(connection)
        connection.execute("VACUUM")
        _mark_again(connection, which_file(file), *before)
        is_busy, _, _ = connection.execute(_CHECKPOINT).fetchone()
        return not is_busy
    finally:
        connection.close()


def _mark_again(connection: sqlite3.Connection, which: int, cookie: int, marked: int) -> None:
    """Mark a file that is served as it was before: VACUUM has changed the schema's cookie."""
    if marked != mark_of(cookie, which):
        return
    connection.execute("BEGIN IMMEDIATE")
    now, still = read_mark(connection)
    if still == marked:
        connection.execute(f"PRAGMA user_version = {mark_of(now, which)}")
    connection.execute("COMMIT")
