"""What an erasure costs on SQLite: where the file is written anew, and how often."""

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from app.db.connections.overwriting import note_more, overwrite_freed
from tests.databases import migrate

ERASED = (
    "INSERT INTO access_events (id, at, kind, via, request_id, times) "
    "VALUES (?, '2026-03-02 08:00:00', 'PERSON_ERASED', 'CLI', 'r', 1)"
)


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "it's here" / "timeoff.db"
    migrate(f"sqlite+aiosqlite:///{path}")
    erase(path, 1)
    return path


def erase(path, number):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(ERASED, (number,))
        connection.commit()


def times_written(path):
    """Return a number that rises by one each time."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA schema_version").fetchone()[0]


def temporary_files():
    """Return the folders of files that SQLite has open without a name."""
    found = set()
    for each in Path("/proc/self/fd").iterdir():
        try:
            name = os.readlink(each)  # noqa: PTH115 - no file, only its former name
        except OSError:
            continue  # closed meanwhile
        if "/etilqs_" in name:
            found.add(str(Path(name).parent))
    return found


def test_the_copy_is_beside_the_file_and_not_where_memory_may_be(data):
    with closing(sqlite3.connect(data)) as connection:
        connection.execute("CREATE TABLE more (text)")
        connection.executemany("INSERT INTO more VALUES (randomblob(?))", [(4_000,)] * 8_000)
        connection.commit()
    seen = set()
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(overwrite_freed, data)
        while not written.done():
            seen |= temporary_files()
    assert written.result()
    assert seen == {str(data.parent)}


def test_it_is_not_done_again_where_nobody_was_erased_since(data):
    begun = times_written(data)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(overwrite_freed, [data] * 4))
    after_all = times_written(data)
    erase(data, 2)
    later = overwrite_freed(data)
    note_more()
    more = overwrite_freed(data)

    assert (together, later, more) == ([True] * 4, True, True)
    assert (after_all - begun, times_written(data) - after_all) == (1, 2)
