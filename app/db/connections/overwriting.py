"""Overwriting what SQLite's file still has of rows that were deleted or changed."""

import sqlite3
from pathlib import Path
from typing import Final

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
        connection.execute("VACUUM")
        is_busy, _, _ = connection.execute(_CHECKPOINT).fetchone()
        return not is_busy
    finally:
        connection.close()
