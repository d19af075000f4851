"""New files that are there whole or not at all, and for their owner alone."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app.db.connections.files import OWNER_ONLY_FILE

WITHOUT_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""What file systems say that have no second names for a file."""


@contextmanager
def draft_of(target: Path) -> Iterator[Path]:
    """Give a place beside the target, for its owner alone; what is still there at the end goes."""
    with TemporaryDirectory(
        prefix=f".{target.name}-", dir=target.parent, ignore_cleanup_errors=True
    ) as folder:
        draft = Path(folder, target.name)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY_FILE))
        yield draft


def belong_like(draft: Path, target: Path) -> None:
    """Give a draft the owner and the rights of the file whose place it takes.

    Where there is none, root gives it the folder's owner, and it stays for that one alone. Others
    than root cannot give files away: theirs has the mode, without the group if that is another.
    """
    is_root = os.geteuid() == 0
    known = (target if target.exists() else target.parent).stat()
    if not target.exists():
        if is_root:
            os.chown(draft, known.st_uid, known.st_gid)
        return
    mode = stat.S_IMODE(known.st_mode)
    try:
        os.chown(draft, known.st_uid if is_root else -1, known.st_gid)
    except PermissionError:
        mode &= ~stat.S_IRWXG
    draft.chmod(mode)


def publish(draft: Path, target: Path, *, overwrite: bool) -> None:
    """Put a finished copy into its place, whole; raises FileExistsError unless it may replace."""
    if overwrite:
        draft.replace(target)
    else:
        try:
            target.hardlink_to(draft)
        except OSError as error:
            if error.errno not in WITHOUT_LINKS:
                raise
            if target.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from None
            draft.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    synced = os.open(path, os.O_RDONLY)
    try:
        os.fsync(synced)
    finally:
        os.close(synced)
