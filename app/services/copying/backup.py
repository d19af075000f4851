"""A backup of a SQLite database, made while it is served, and looked through before it counts."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.db.connections.migrate import SchemaUnknown, is_current
from app.db.connections.url import sqlite_url
from app.db.copying import drafts, file_faults, served_mark, sqlite_files
from app.progress import Progress
from app.services.data_check import check
from app.services.data_check.findings import Findings, Topic

LESS_IMPORTANT: Final = 5
"""Than requests, where both want the processor: so is the check, which takes most of the time."""


class AlreadyThere(Exception):
    """The file that is to be made is there, and may not be replaced."""


class Damaged(Exception):
    """The file is damaged, as SQLite says in these words; nothing was made of it."""


@contextmanager
def telling_damage() -> Iterator[None]:
    """Raise Damaged where SQLite cannot read a file."""
    try:
        yield
    except Exception as error:
        damage = file_faults.damage_of(error)
        if damage is None:
            raise
        raise Damaged(damage) from None


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is in its place.

    ``found`` is what `timeoff check` says of it, or None where that was not asked: it was not
    wanted, or the file has another version's schema.
    """

    size: int
    found: Findings | None


def make(source: Path, target: Path, progress: Progress, *, overwrite: bool, quick: bool) -> Backup:
    """Copy a file as it is at this moment to the target: all of it, checked, or nothing.

    ``quick``: only SQLite looks through its pages. A copy has the indexes of the original.

    Raises AlreadyThere where the target is there and may not be replaced, Held where somebody
    has it open, NotOurs where the source is another program's, Damaged, and what the system says
    of either.
    """
    if target.exists() and not overwrite:
        raise AlreadyThere
    with sqlite_files.held_if_there(target):
        pass  # before anything is copied
    served_mark.settle(source)
    sqlite_files.refuse_foreign(source)
    with drafts.draft_of(target) as draft:
        copy(source, draft, progress)
        if quick:
            refuse_damaged(draft, progress)
            found = None
        else:
            os.nice(LESS_IMPORTANT)
            found = looked_through(draft, progress, indexes=False)
        sqlite_files.finish(draft)
        with sqlite_files.held_if_there(target):
            sqlite_files.remove_companions(target)
            try:
                drafts.publish(draft, target, overwrite=overwrite)
            except FileExistsError:
                raise AlreadyThere from None
    return Backup(target.stat().st_size, found)


def copy(source: Path, draft: Path, progress: Progress) -> None:
    """Copy a file into an empty one, telling how far it is."""
    progress("Copying", 0, source.stat().st_size)
    with telling_damage():
        sqlite_files.copy(source, draft, lambda done, size: progress("Copying", done, size))


def looked_through(draft: Path, progress: Progress, *, indexes: bool) -> Findings | None:
    """Raise Damaged, or return what the check finds in a file; None for another version's."""
    url = sqlite_url(draft)
    with telling_damage():
        try:
            is_ours = is_current(url)
        except SchemaUnknown:
            is_ours = False
        if not is_ours:
            refuse_damaged(draft, progress)
            return None
        found = check.examine(url, progress, indexes=indexes)
    _refuse(each.what for each in found.violations if each.kind is Topic.DAMAGED)
    return found


def refuse_damaged(draft: Path, progress: Progress) -> None:
    """Raise Damaged where SQLite finds that a file's pages are."""
    progress("Checking the file")
    with telling_damage():
        faults = sqlite_files.faults(draft, indexes=False)
    _refuse(faults)


def _refuse(faults: Iterable[str]) -> None:
    for each in faults:
        raise Damaged(each)
