"""The embedded database is made whole or not at all, and only its first start has the demo."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from app import embedded
from app.db.connections import migrate


class Interrupted(Exception):
    pass


@pytest.fixture
def path(tmp_path):
    return tmp_path / "below" / "timeoff.db"


@pytest.fixture
def loaded(monkeypatch):
    """The files into which the demo data was loaded; loads none, which would take longer."""
    files = []
    monkeypatch.setattr(embedded, "_load_demo", lambda url, _progress: files.append(url))
    return files


def prepare(path: Path, *, demo: bool | None = None) -> None:
    embedded.prepare_embedded(f"sqlite+aiosqlite:///{path}", demo=demo, progress=silent)


def silent(what: str, done: int = 0, total: int = 0) -> None:
    del what, done, total


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in rows}


def test_the_first_start_makes_a_migrated_file_and_loads_the_demo(path, loaded):
    prepare(path)

    assert tables(path)
    assert len(loaded) == 1
    assert [each.name for each in path.parent.iterdir() if each.name.startswith(".")] == []


def test_later_starts_load_no_demo_unless_asked(path, loaded):
    prepare(path)
    prepare(path)

    assert len(loaded) == 1

    prepare(path, demo=True)

    assert loaded[1:] == [f"sqlite+aiosqlite:///{path}"]


def test_the_demo_can_be_refused(path, loaded):
    prepare(path, demo=False)

    assert tables(path)
    assert loaded == []


def test_an_interrupted_first_start_leaves_nothing_and_can_be_repeated(path, monkeypatch):
    def interrupt(*_):
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(embedded, "_load_demo", interrupt)
        with pytest.raises(Interrupted):
            prepare(path)

    assert list(path.parent.iterdir()) == []

    prepare(path, demo=False)

    assert tables(path)


def test_the_log_of_a_removed_database_is_not_replayed(path, loaded):
    path.parent.mkdir()
    path.with_name("timeoff.db-wal").write_bytes(b"of another database")

    prepare(path)

    assert tables(path)
    assert loaded


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def by_migration(path):
    migrate.upgrade(f"sqlite+aiosqlite:///{path}")


@pytest.mark.usefixtures("usual_umask", "loaded")
@pytest.mark.parametrize("make", [prepare, by_migration])
def test_what_is_made_is_for_its_owner_alone(path, make):
    make(path)

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE more (id INTEGER)")
        beside = [path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm")]
        assert [oct(mode(each)) for each in (path, *beside)] == ["0o600"] * 3
    assert oct(mode(path.parent)) == "0o700"


@pytest.mark.usefixtures("usual_umask", "loaded")
@pytest.mark.parametrize("make", [prepare, by_migration])
def test_what_is_there_already_stays_as_open_as_it_is(path, make):
    path.parent.mkdir(mode=0o755)
    path.touch(mode=0o644)

    make(path)

    assert (oct(mode(path)), oct(mode(path.parent))) == ("0o644", "0o755")
    assert tables(path)
