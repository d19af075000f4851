"""What keeps a copy from being made, in words for whoever runs the command."""

import errno
import sqlite3
from pathlib import Path
from typing import Final

from app.db.availability.unusable import SQLITE_WRITING, driver_error

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FULL: Final = "There is no room for it: the disk is full, or a limit is reached."


def damage_of(error: BaseException) -> str | None:
    """Return what SQLite says of a file that it cannot read, or None for any other error."""
    cause = driver_error(error)
    return str(cause) if _code(cause) in _DAMAGED else None


def why_unwritten(error: BaseException, file: Path) -> str | None:
    """Return why a new file could not be written, or None for an error of something else."""
    cause = driver_error(error)
    if _code(cause) == sqlite3.SQLITE_FULL or _whole_code(cause) in SQLITE_WRITING:
        return _FULL
    if not isinstance(cause, OSError):
        return None
    if cause.errno in _NO_ROOM:
        return _FULL
    if not file.parent.is_dir():
        return f"The folder {file.parent} is not there."
    if cause.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"This user may not write in the folder {file.parent}."
    return f"{cause.strerror or cause}."


def _code(cause: BaseException) -> int:
    return _whole_code(cause) & 0xFF


def _whole_code(cause: BaseException) -> int:
    code: int = getattr(cause, "sqlite_errorcode", 0)
    return code
