"""SQLite files that we make ourselves: whole, or not at all.

The embedded database is made, migrated and filled with demo data without being asked. A file
that was named is made where it is not there yet, and migrated by `timeoff migrate` only, like
any other database.
"""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from app.db.connections.files import alone_in
from app.db.connections.url import sqlite_path, sqlite_url
from app.progress import Progress


def prepare_embedded(database_url: str, *, demo: bool | None, progress: Progress) -> None:
    """Make the database at its first start, migrate it at a later one.

    Demo data comes with the first start unless `demo` is False, and at a later
    start if it is True.
    """
    path = _file(database_url)
    with alone_in(path.parent):
        if not path.exists():
            _make(path, demo=demo is not False, progress=progress)
            return
        _migrate_with_copy(path, progress)
        if demo:
            _load_demo(database_url, progress)


def migrate_embedded(database_url: str, progress: Progress) -> None:
    """Migrate the database as `prepare_embedded` does, where it is there."""
    path = _file(database_url)
    with alone_in(path.parent):
        if path.exists():
            _migrate_with_copy(path, progress)


def make_missing(database_url: str, *, demo: bool, progress: Progress) -> bool:
    """Make a SQLite file where there is none, and say whether that was so."""
    path = _file(database_url)
    if path.exists():
        return False
    with alone_in(path.parent):
        if path.exists():
            return False  # another process has made it meanwhile
        _make(path, demo=demo, progress=progress)
    return True


def _file(database_url: str) -> Path:
    return sqlite_path(database_url) or Path()


def _make(path: Path, *, demo: bool, progress: Progress) -> None:
    """Make the file aside and move it into place when it is whole.

    A first start that is interrupted thus leaves nothing, and the next one is again
    the first.
    """
    from app.db.copying.sqlite_files import remove_companions  # noqa: PLC0415 - slow

    progress(f"Making the database {path}{', with the demo data' if demo else ''}")
    with tempfile.TemporaryDirectory(prefix=".first-start-", dir=path.parent) as folder:
        draft = Path(folder) / path.name
        url = sqlite_url(draft)
        _migrate(url)
        if demo:
            _load_demo(url, progress)
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        remove_companions(path)
        draft.replace(path)


def _migrate_with_copy(path: Path, progress: Progress) -> None:
    """Migrate a database if it is to be, having copied it: a migration cannot be taken back."""
    from app.db.connections import migrate  # noqa: PLC0415 - slow, and only some commands need it
    from app.services.copying import before_migration  # noqa: PLC0415

    url = sqlite_url(path)
    if not migrate.is_current(url):
        before_migration.copy_aside(path, progress)
        migrate.upgrade(url, progress)


def _migrate(database_url: str, progress: Progress | None = None) -> None:
    from app.db.connections import migrate  # noqa: PLC0415 - slow, and only some commands need it

    if not migrate.is_current(database_url):
        migrate.upgrade(database_url, progress)


def _load_demo(database_url: str, progress: Progress) -> None:
    from app.services.sample_data import demo  # noqa: PLC0415 - slow, and only some commands need it

    demo.load(database_url, progress)
