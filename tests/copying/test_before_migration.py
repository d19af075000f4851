"""The embedded database is copied beside itself before it is migrated."""

import os
import sqlite3
from contextlib import closing

import pytest

from app import embedded
from app.db.availability.unusable import DatabaseUnusable
from app.db.connections.migrate import is_current, upgrade, version_here
from app.services.copying.before_migration import KEPT
from tests.db.taking_back import downgrade
from tests.db.test_migrations import LAST_BUT_ONE as BEFORE


@pytest.fixture
def older(tmp_path):
    """A database of the version before the last."""
    path = tmp_path / "timeoff.db"
    upgrade(f"sqlite+aiosqlite:///{path}")
    with closing(sqlite3.connect(path)) as filled:
        filled.execute("INSERT INTO companies VALUES ('c', 'Kept', 'kept', NULL)")
        filled.commit()
    downgrade(f"sqlite+aiosqlite:///{path}", BEFORE)
    return path


def prepared(path):
    """Start on the database; return what is told."""
    told = []
    embedded.prepare_embedded(
        f"sqlite+aiosqlite:///{path}", demo=None, progress=lambda what, *_: told.append(what)
    )
    return told


def copies(path):
    return sorted(path.parent.glob(f"{path.name}.schema-*"))


def test_what_it_was_before_is_beside_it_and_told(older):
    told = prepared(older)

    [copy] = copies(older)
    assert copy.name.startswith(f"timeoff.db.schema-{BEFORE}-")
    assert f"A copy as it was before the migration: {copy}" in told
    assert told.index("Copying") < told.index(f"Step 1 of 1: {version_here()}")
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as opened:
        assert opened.execute("SELECT version_num FROM alembic_version").fetchall() == [(BEFORE,)]
        assert opened.execute("SELECT name FROM companies").fetchall() == [("Kept",)]
    assert is_current(f"sqlite+aiosqlite:///{older}")
    assert prepared(older) == []
    assert copies(older) == [copy]


def test_only_the_last_few_copies_stay(older):
    others = [
        older.with_name(f"timeoff.db.schema-00{number}-2026010{number - 9}T000000Z")
        for number in range(10, 15)
    ]
    letter = older.with_name("timeoff.db.schema-of-mine")
    for each in (*others, letter):
        each.write_text("an older one")

    told = prepared(older)

    assert [each for each in others if each.exists()] == others[-KEPT + 1 :]
    assert f"Removed an older one: {others[0]}" in told
    assert letter.exists()
    assert len(copies(older)) == KEPT + 1  # with the letter


def test_without_room_for_the_copy_nothing_is_migrated(older, monkeypatch):
    def full(*_):
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr("os.fdatasync", full)
        with pytest.raises(DatabaseUnusable, match="the disk is full.* --no-copy"):
            prepared(older)

    assert copies(older) == []
    assert not is_current(f"sqlite+aiosqlite:///{older}")


def test_timeoff_migrate_copies_as_the_start_does(older):
    url, told = f"sqlite+aiosqlite:///{older}", []

    embedded.migrate_embedded(url, lambda what, *_: told.append(what))
    embedded.migrate_embedded(f"{url}.missing", lambda what, *_: told.append(what))

    assert is_current(url)
    assert f"A copy as it was before the migration: {copies(older)[0]}" in told
    assert not older.with_name("timeoff.db.missing").exists()
