"""The data files: made once by the gateway's own command, kept in data/bench."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from scripts.benchmarks import hard_days, instances
from scripts.benchmarks.servers import PROJECT, timeoff

FOLDER: Final = PROJECT / "data" / "bench"
BYTES_OF_AN_ENTRY: Final = 1_040
"""Of the file, with its share of all that is beside the entries, measured at a million."""

Definition = frozenset[str]
"""The lines of a statement that makes a table or an index."""


def data_file(entries: int, say: Callable[[str], None]) -> Path:
    """Return the file with so many entries and today's tables, made if need be."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{entries}.db"
    if path.exists() and tables_of(path) == _tables_today() and hard_days.are_in(path):
        return path
    kept = f"kept for the next time, {entries * BYTES_OF_AN_ENTRY / 1e6:,.0f} MB"
    say(f"Making {path.relative_to(PROJECT)}: {entries:,} entries, {kept}")
    draft = path.with_suffix(".draft")
    for each in (path, draft):
        remove(each)
    seed(f"sqlite:///{draft}", entries)
    draft.rename(path)
    return path


@cache
def _tables_today() -> set[Definition]:
    """Return what defines an empty database's tables and indexes.

    Its revision would not do: whoever changes an index tries it before it has a number.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder, "empty.db")
        timeoff("migrate", "--database-url", f"sqlite:///{path}")
        instances.write(f"sqlite:///{path}")
        return tables_of(path)


def tables_of(path: Path) -> set[Definition]:
    """Return what defines the file's tables and indexes.

    Lines in no order: a migration that makes a table anew has its keys now this way, now that.
    """
    with closing(sqlite3.connect(path)) as database:
        made = "SELECT sql FROM sqlite_master WHERE sql > '' AND name NOT LIKE 'sqlite_%'"
        return {
            frozenset(line.strip(" ,\t") for line in sql.splitlines())
            for (sql,) in database.execute(made)
        }


def seed(url: str, entries: int) -> None:
    """Fill a new database: the large company, the small one of hard days, the peers' table."""
    timeoff("migrate", "--database-url", url)
    timeoff("seed", "--profile", "bench", "--entries", str(entries), "--database-url", url)
    hard_days.write(url)
    instances.write(url)


def copy_of(path: Path, folder: Path, name: str) -> Path:
    """Copy a data file for a server that writes."""
    target = folder / f"{name}.db"
    shutil.copyfile(path, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())  # not in the middle of a measurement
    return target


def remove(path: Path) -> None:
    """Remove a data file, and what SQLite has beside it."""
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()
