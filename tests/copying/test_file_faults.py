"""What a disk's error is told as: of lack of room only where something was written."""

import sqlite3

import pytest

from app.db.copying.file_faults import why_unwritten

NO_ROOM = "There is no room for it: the disk is full, or a limit is reached."


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("SQLITE_FULL", NO_ROOM),
        ("SQLITE_IOERR_WRITE", NO_ROOM),
        ("SQLITE_IOERR_FSYNC", NO_ROOM),
        ("SQLITE_IOERR_TRUNCATE", NO_ROOM),
        ("SQLITE_IOERR_READ", None),
        ("SQLITE_IOERR_SHORT_READ", None),
        ("SQLITE_IOERR", None),
        ("SQLITE_BUSY", None),
    ],
)
def test_only_what_could_not_be_written_is_told_as_a_lack_of_room(name, told, tmp_path):
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = getattr(sqlite3, name)

    assert why_unwritten(error, tmp_path / "backup.db") == told
