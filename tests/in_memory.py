"""Folders for databases that are thrown away: in memory, where there is room."""

import shutil
import tempfile
import time
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - only folders of our own are made in it
"""There no commit waits for a disk, and PostgreSQL's 350 files of a new database cost a fifth."""
ROOM = 4 * 1024**3
"""Bytes that are to be free there. A container often has 64 MB, which is too little."""
PREFIX = "timeoff-tests-"
A_DAY = 24 * 60 * 60


def new_folder() -> Path:
    """Make a folder that everybody may enter; in memory, or else on the disk."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_memory()))
    folder.chmod(0o755)
    return folder


def _memory() -> Path | None:
    """Return where files are in memory, if there is room; without what killed runs left there."""
    if not MEMORY.is_dir():
        return None
    for folder in MEMORY.glob(f"{PREFIX}*"):
        if folder.stat().st_mtime < time.time() - A_DAY:
            shutil.rmtree(folder, ignore_errors=True)
    return MEMORY if shutil.disk_usage(MEMORY).free >= ROOM else None
