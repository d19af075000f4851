"""A copy that `cp` has made of a file in use is no backup, and is told from all that are."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from app.db.connections.overwriting import overwrite_freed
from app.db.copying.served_mark import is_torn
from app.services.data_check import check
from app.services.data_check.findings import Topic
from tests import warm
from tests.databases import migrate
from tests.server import clean_environment, serving
from tests.test_backup import write

pytestmark = pytest.mark.process


@pytest.fixture
def data(tmp_path):
    return tmp_path / "timeoff.db"


def copied_by_sqlite(data, how, target):
    with closing(sqlite3.connect(data)) as source, closing(sqlite3.connect(target)) as made:
        if how == "backup":
            source.backup(made)
        else:
            source.execute(f"VACUUM INTO '{target}'")


def test_only_what_the_system_copied_of_a_file_in_use_is_called_torn(data, tmp_path):
    torn, again = tmp_path / "torn.db", tmp_path / "again.db"
    sound = [tmp_path / f"{name}.db" for name in ("backup", "vacuum", "stopped", "with-log")]
    with serving(f"sqlite:///{data}", "--workers", "2") as server:
        write(server.url, "Written last")
        shutil.copy(data, torn)
        for how, target in zip(("backup", "vacuum"), sound, strict=False):
            copied_by_sqlite(data, how, target)
        for end in ("", "-wal"):
            shutil.copy(f"{data}{end}", f"{sound[3]}{end}")
        assert not is_torn(data)
    shutil.copy(data, sound[2])
    shutil.copy(torn, again)

    found = check.examine(f"sqlite+aiosqlite:///{torn}", lambda *_: None)

    assert [each.kind for each in found.violations] == [Topic.TORN_COPY]
    assert is_torn(again)  # of a copy that nobody has opened yet
    assert is_torn(torn)  # and of one that the check has
    assert [each.name for each in (data, *sound) if is_torn(each)] == []


def test_the_mark_stays_where_the_file_was_written_anew_after_an_erasure(data, tmp_path):
    torn = tmp_path / "torn.db"
    with serving(f"sqlite:///{data}") as server:
        assert overwrite_freed(data)
        write(server.url, "Written last")
        shutil.copy(data, torn)
    assert is_torn(torn)
    assert not is_torn(data)


def test_a_file_whose_gateway_was_killed_is_whole(data):
    with serving(f"sqlite:///{data}") as server:
        write(server.url, "Written last")
        server.kill()

    for _ in range(2):  # the first one brings the log to the file
        assert check.find_violations(f"sqlite+aiosqlite:///{data}", lambda *_: None) == []


def test_of_two_gateways_the_last_one_takes_the_mark_away(data, tmp_path):
    copies = [tmp_path / f"{number}.db" for number in range(3)]
    with serving(f"sqlite:///{data}") as first:
        with serving(f"sqlite:///{data}") as second:
            write(second.url, "One")
            shutil.copy(data, copies[0])
        write(first.url, "Two")
        shutil.copy(data, copies[1])
    shutil.copy(data, copies[2])

    assert [is_torn(each) for each in copies] == [True, True, False]


@pytest.fixture
def snapshot(data, tmp_path):
    """The file with its log, as a file system's snapshot of both has them."""
    taken = tmp_path / "snapshot.db"
    with serving(f"sqlite:///{data}") as server:
        write(server.url, "Written last")
        for end in ("", "-wal"):
            shutil.copy(f"{data}{end}", f"{taken}{end}")
    return taken


def timeoff(tmp_path, *arguments):
    return warm.run(*arguments, env=clean_environment(), cwd=tmp_path)


def test_a_snapshot_with_its_log_is_whole_however_often_it_is_looked_at(snapshot, data, tmp_path):
    url = f"sqlite:///{snapshot}"
    for _ in range(2):
        done = timeoff(tmp_path, "check", "--database-url", url)
        assert (done.returncode, done.stdout[:14]) == (0, "0 violations a"), done.stdout

    done = timeoff(tmp_path, "restore", str(snapshot), "--database-url", f"sqlite:///{data}")

    assert done.returncode == 0, done.stderr


def test_what_litestream_has_restored_is_whole(data, tmp_path):
    """It writes the pages as they are, with the mark, into a new file without a log."""
    restored = tmp_path / "restored.db"
    with serving(f"sqlite:///{data}") as server:
        write(server.url, "Written last")
        with closing(sqlite3.connect(data)) as connection:
            connection.execute("PRAGMA wal_checkpoint(FULL)")
        shutil.copy(data, restored)
    assert is_torn(restored)

    done = timeoff(tmp_path, "restore", "--in-place", "--database-url", f"sqlite:///{restored}")

    assert (done.returncode, done.stderr.count("Violation")) == (0, 0), done.stderr


def test_an_index_that_lacks_a_row_is_found(data):
    migrate(f"sqlite+aiosqlite:///{data}")
    with closing(sqlite3.connect(data, isolation_level=None)) as broken:
        broken.execute("PRAGMA foreign_keys = OFF")
        broken.execute("INSERT INTO roles VALUES (1, 'company', 'a', 'a')")
        (page,) = broken.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_roles_company'"
        ).fetchone()
        (size,) = broken.execute("PRAGMA page_size").fetchone()
        broken.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with data.open("r+b") as raw:
        raw.seek((page - 1) * size)
        raw.write(b"\x0a\x00\x00\x00\x00\x10\x00\x00" + bytes(size - 8))

    found = check.examine(f"sqlite+aiosqlite:///{data}", lambda *_: None)

    assert {each.kind for each in found.violations} == {Topic.DAMAGED}
