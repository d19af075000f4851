"""A copy of the embedded database beside it, made before it is migrated without being asked."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app.db.availability.unusable import DatabaseUnusable
from app.db.connections.migrate import version_of
from app.db.connections.url import sqlite_url
from app.db.copying import drafts, sqlite_files
from app.db.copying.file_faults import why_unwritten
from app.progress import Progress

KEPT: Final = 3
"""So many copies stay; older ones go when another is made."""


def copy_aside(file: Path, progress: Progress) -> Path | None:
    """Copy the file under a name that says which schema it has, and when; return where it is.

    None where there are no tables yet. Raises DatabaseUnusable where it cannot be copied.
    """
    version = version_of(sqlite_url(file))
    if version is None:
        return None
    aside = file.with_name(f"{file.name}.schema-{version}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    try:
        with drafts.draft_of(aside) as draft:
            sqlite_files.copy(file, draft, lambda done, size: progress("Copying", done, size))
            sqlite_files.finish(draft)
            drafts.publish(draft, aside, overwrite=True)
    except Exception as error:
        reason = why_unwritten(error, aside)
        if reason is None:
            raise
        raise DatabaseUnusable(
            f"Before it is migrated it is copied, and that failed. {reason} Make room, or run "
            "`timeoff migrate --no-copy` when you have a backup elsewhere."
        ) from None
    progress(f"A copy as it was before the migration: {aside}")
    _forget_older(file, progress)
    return aside


def _forget_older(file: Path, progress: Progress) -> None:
    of_ours = re.compile(re.escape(file.name) + r"\.schema-\w+-(\d{8}T\d{6}Z)")
    found = [
        (match[1], each)
        for each in file.parent.iterdir()
        if (match := of_ours.fullmatch(each.name))
    ]
    for _, older in sorted(found, reverse=True)[KEPT:]:
        older.unlink(missing_ok=True)
        progress(f"Removed an older one: {older}")
