"""`timeoff backup` while the gateway serves, and `timeoff restore` of what it made."""

import asyncio
import json
import os
import sqlite3
import stat
import subprocess
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.db.connections.database import Database
from app.db.connections.migrate import version_here
from app.services.changes import forget_old_changes
from app.services.data_check import check
from app.services.sample_data import demo
from tests import warm
from tests.copying.filled import fill, with_little_room
from tests.databases import migrate
from tests.db.taking_back import downgrade
from tests.server import TIMEOFF, clean_environment, serving
from tests.test_backup import write
from tests.test_cli_unwritable import bound_by_rights

pytestmark = pytest.mark.process

COMPANY = "a4592b47-42ae-478f-926d-e77a7f768059"
OUR_NAME = f"SELECT name FROM companies WHERE id = '{COMPANY}'"  # noqa: S608 - our own
NO_ROOM = "There is no room for it: the disk is full, or a limit is reached."


@pytest.fixture
def data(tmp_path):
    """A database with some data."""
    path = tmp_path / "data" / "timeoff.db"
    migrate(url_of(path))
    demo.load(url_of(path), lambda *_: None)
    return path


def url_of(path):
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def timeoff(tmp_path, data):
    def run(*arguments):
        command = [*arguments, "--database-url", url_of(data)]
        return warm.run(*command, env=clean_environment(), cwd=tmp_path)

    return run


def failure(ended):
    """Return the one line that says why a command could not do its work."""
    *_, last = ended.stderr.splitlines()
    assert (ended.returncode, last[:7]) == (1, "Error: "), ended.stderr
    assert "Traceback" not in ended.stderr
    return last[7:]


def rows(path, statement):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


class Writer(threading.Thread):
    """Writes through a gateway until it is stopped; ``acknowledged`` is how often."""

    def __init__(self, url):
        super().__init__()
        self.url, self.acknowledged, self.is_over = url, 0, threading.Event()
        self.has_written = threading.Event()

    def run(self):
        while not self.is_over.is_set():
            write(self.url, f"Number {self.acknowledged + 1}")
            self.acknowledged += 1
            self.has_written.set()

    def written(self):
        """Wait for one that begins from now on."""
        for _ in range(2):
            self.has_written.clear()
            assert self.has_written.wait(30)


def test_a_backup_under_writes_is_whole_and_has_what_was_written_before(timeoff, data, tmp_path):
    backup = tmp_path / "backup.db"
    with serving(url_of(data)) as server:
        writer = Writer(server.url)
        writer.start()
        try:
            writer.written()
            before = writer.acknowledged
            made = timeoff("backup", backup)
            after = writer.acknowledged
            writer.written()  # who writes goes on
        finally:
            writer.is_over.set()
            writer.join()

    assert (made.returncode, "Copying" in made.stderr) == (0, True), made.stderr
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(("backup", "."))] == [
        "backup.db"
    ]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    [(name,)] = rows(backup, OUR_NAME)
    assert before <= int(name.removeprefix("Number ")) <= after + 1
    # Nothing is beside it, also when it was read, and what reads it need not write.
    assert rows(backup, "PRAGMA journal_mode") == [("delete",)]
    assert check.find_violations(url_of(backup), lambda *_: None) == []


def test_a_restored_file_belongs_to_whom_the_replaced_one_did(timeoff, data):
    """Root restores, and the service's user has to open it."""
    owner = 65_534 if os.geteuid() == 0 else os.geteuid()
    assert timeoff("backup", "backup.db").returncode == 0
    data.chmod(0o640)
    for each in (data, data.parent):
        os.chown(each, owner, -1)

    def restored():
        done = timeoff("restore", "backup.db")
        assert done.returncode == 0, done.stderr
        return data.stat().st_uid, oct(stat.S_IMODE(data.stat().st_mode))

    replaced = restored()
    data.unlink()
    new = restored()

    assert (replaced, new) == ((owner, "0o640"), (owner, "0o600"))


def test_a_backup_that_was_served_is_replaced_without_its_log(timeoff, data, tmp_path):
    backup = tmp_path / "backup.db"
    assert timeoff("backup", backup).returncode == 0
    with serving(url_of(backup)) as rehearsal:
        write(rehearsal.url, "In the rehearsal")
        refused = timeoff("backup", "--overwrite", backup)
        rehearsal.kill()
    log = backup.with_name("backup.db-wal")
    left = log.stat().st_size

    made = timeoff("backup", "--overwrite", backup)

    assert failure(refused) == (
        f"{backup} is in use: stop every gateway and program that has it open."
    )
    assert (made.returncode, left > 0, log.exists()) == (0, True, False), made.stderr
    assert rows(backup, OUR_NAME) == rows(data, OUR_NAME)
    assert rows(backup, "PRAGMA integrity_check") == [("ok",)]


def test_a_backup_is_put_back_and_older_cursors_are_refused(timeoff, data, tmp_path):
    feed = f'{{ changes(companyId: "{COMPANY}", last: 1) {{ pageInfo {{ endCursor }} }} }}'
    with serving(url_of(data)) as server:
        write(server.url, "Before the backup")
        assert timeoff("backup", "backup.db").returncode == 0
        asked = httpx.post(f"{server.url}/graphql", json={"query": feed}).json()
        cursor = asked["data"]["changes"]["pageInfo"]["endCursor"]
        write(server.url, "After it")
        refused = timeoff("restore", "backup.db")
        serving_still = rows(data, "SELECT name FROM companies WHERE name = 'After it'")
    lost = rows(data, "SELECT id FROM companies")

    restored = timeoff("restore", "backup.db")

    assert failure(refused).endswith(" is in use: stop every gateway and program that has it open.")
    assert len(serving_still) == 1
    assert restored.returncode == 0, restored.stderr
    assert "new names: readers with older cursors are told CURSOR_EXPIRED" in restored.stdout
    [kept] = data.parent.glob("timeoff.db.replaced-*")
    assert f"What was there before: {kept}\n" in restored.stdout
    assert rows(kept, "SELECT id FROM companies") == lost
    with serving(url_of(data)) as server:
        old = feed.replace("last: 1", f'after: "{cursor}"')
        told = httpx.post(f"{server.url}/graphql", json={"query": old}).json()
        name = rows(data, OUR_NAME)
    assert name == [("Before the backup",)]
    assert told["errors"][0]["extensions"]["code"] == "CURSOR_EXPIRED", told
    assert check.find_violations(url_of(data), lambda *_: None) == []


async def forget_changes(url):
    """Remove all changes, as ``TIMEOFF_KEEP_CHANGES_DAYS`` does after a while."""
    database = Database(url)
    await forget_old_changes(database, datetime.now(UTC) + timedelta(days=9), 1)
    await database.close()


def test_sessions_end_and_keys_stay_with_a_restore(timeoff, data):
    fill(url_of(data))
    keys = rows(data, "SELECT * FROM idempotency_keys ORDER BY key")
    before = rows(data, "SELECT count(*) FROM access_sessions WHERE revoked_at IS NULL")
    ((last,),) = rows(data, "SELECT max(at) FROM changes")
    asyncio.run(forget_changes(url_of(data)))
    assert timeoff("backup", "backup.db").returncode == 0

    restored = timeoff("restore", "backup.db")

    assert " 1 sessions of browsers were ended." in restored.stdout
    ((actor, details),) = rows(
        data, "SELECT actor, details FROM access_events WHERE kind = 'RESTORED'"
    )
    assert rows(data, "SELECT count(*) FROM changes") == [(0,)]
    assert actor == "command"
    assert datetime.fromisoformat(json.loads(details)["asOf"]) == datetime.fromisoformat(
        f"{last}+00:00"
    )
    assert before == [(1,)]
    assert rows(data, "SELECT count(*) FROM access_sessions WHERE revoked_at IS NULL") == [(0,)]
    assert rows(data, "SELECT * FROM idempotency_keys ORDER BY key") == keys != []


def test_nothing_is_written_to_a_system_after_a_restore_before_somebody_has_looked(timeoff, data):
    fill(url_of(data))
    with closing(sqlite3.connect(data)) as connection, connection:
        one = "(SELECT min(id) FROM upstreams)"
        connection.execute(f"UPDATE upstreams SET direction = 'TWO_WAY' WHERE id = {one}")  # noqa: S608
    assert timeoff("backup", "backup.db").returncode == 0

    restored = timeoff("restore", "backup.db")

    assert "1 connected systems are compared before anything is written" in restored.stdout
    of_it = "SELECT may_write, wanted FROM upstreams WHERE direction = 'TWO_WAY'"
    assert rows(data, of_it) == [(0, "WHOLE")]


def test_an_older_backup_is_migrated_and_a_newer_one_refused(timeoff, data, tmp_path):
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    for file in (old, new):
        assert timeoff("backup", file).returncode == 0
    downgrade(url_of(old), "0012")
    with closing(sqlite3.connect(new)) as later:
        later.execute("UPDATE alembic_version SET version_num = '9999'")
        later.commit()

    refused = timeoff("restore", new)
    untouched = not list(data.parent.glob("*.replaced-*"))
    restored = timeoff("restore", old)

    assert "new.db has a schema that this version does not know (9999): " in failure(refused)
    assert untouched
    assert restored.returncode == 0, restored.stderr
    assert rows(data, "SELECT version_num FROM alembic_version") == [(version_here(),)]
    assert rows(old, "SELECT version_num FROM alembic_version") == [("0012",)]
    assert check.find_violations(url_of(data), lambda *_: None) == []


def test_a_damaged_database_is_replaced_with_its_log(timeoff, data):
    assert timeoff("backup", "backup.db").returncode == 0
    log = data.with_name("timeoff.db-wal")
    data.write_bytes(b"no database")
    log.write_bytes(b"what was left of it")

    restored = timeoff("restore", "backup.db")

    assert restored.returncode == 0, restored.stderr
    kept = data.parent.glob("*.replaced-*")
    assert {each.name[-4:]: each.read_bytes() for each in kept if each.name.endswith("-wal")} == {
        "-wal": b"what was left of it"
    }
    assert [each.read_bytes() for each in data.parent.glob("*.replaced-*Z")] == [b"no database"]
    assert not log.exists()
    assert check.find_violations(url_of(data), lambda *_: None) == []


def test_what_is_no_backup_is_not_restored(timeoff, data, tmp_path):
    letter, other, broken = (tmp_path / f"{name}.db" for name in ("letter", "other", "broken"))
    letter.write_text("Dear SQLite,\n" * 100)
    with closing(sqlite3.connect(other)) as somebodys:
        somebodys.execute("CREATE TABLE letters (text)")
    assert timeoff("backup", broken).returncode == 0
    [(page,)] = rows(broken, "SELECT rootpage FROM sqlite_master WHERE name = 'changes'")
    with broken.open("r+b") as raw:
        raw.seek((page - 1) * 4096)
        raw.write(b"\xff" * 4096)
    before = data.read_bytes()

    told = [failure(timeoff("restore", file)) for file in (letter, other, broken, "not-there.db")]

    assert told[0] == f"{letter} has no tables of the gateway: it is no backup."
    assert told[1] == f"{other} has no tables of the gateway: it is no backup."
    assert told[2].startswith(f"{broken} is damaged (")
    assert told[3].startswith("not-there.db is not there: ")
    assert data.read_bytes() == before
    assert [each.name for each in data.parent.iterdir()] == ["timeoff.db"]


def test_a_backup_with_violations_is_told_and_put_back_only_on_wish(timeoff, data):
    with closing(sqlite3.connect(data)) as patched:
        patched.execute("UPDATE change_counters SET last_sequence = last_sequence + 1")
        patched.commit()

    made = timeoff("backup", "backup.db")
    refused = timeoff("restore", "backup.db")
    wished = timeoff("restore", "backup.db", "--despite-violations")

    assert failure(made).startswith("The copy is whole, and so is what `timeoff check` finds")
    assert made.stderr.count("Violation: numbers of changes: ") == 2
    assert failure(refused).endswith("--despite-violations restores it all the same.")
    assert (wished.returncode, wished.stderr.count("Violation: ")) == (0, 2), wished.stderr


def test_what_keeps_a_backup_from_being_made_is_one_line(timeoff, data, tmp_path):
    (tmp_path / "there.db").write_text("an older one")
    (tmp_path / "closed").mkdir(mode=0o500)
    before = sorted(tmp_path.rglob("*"))
    command = ("backup", tmp_path / "closed" / "b.db", "--database-url", url_of(data))

    told = {
        "there": failure(timeoff("backup", "there.db")),
        "folder": failure(timeoff("backup", "no/such/b.db")),
        "room": failure(with_little_room("backup", "b.db", *command[2:], cwd=tmp_path)),
        "rights": failure(with_rights_of_files(*command, cwd=tmp_path)),
        "itself": timeoff("backup", data).stderr,
    }

    assert told == {
        "there": "there.db is there already. Take another name, or --overwrite.",
        "folder": "no/such/b.db cannot be written. The folder no/such is not there.",
        "room": f"b.db cannot be written. {NO_ROOM}",
        "rights": f"{tmp_path}/closed/b.db cannot be written. This user may not write in the "
        f"folder {tmp_path}/closed.",
        "itself": f"Error: {data} is the database itself.\n",
    }
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "there.db").read_text() == "an older one"
    assert timeoff("backup", "there.db", "--overwrite").returncode == 0
    assert check.find_violations(url_of(tmp_path / "there.db"), lambda *_: None) == []


def with_rights_of_files(*arguments, cwd):
    return subprocess.run(
        [TIMEOFF, *arguments],
        env=clean_environment(),
        cwd=cwd,
        preexec_fn=bound_by_rights if os.geteuid() == 0 else None,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_lines_for_postgresql_have_no_password(tmp_path):
    url = "postgresql://me:secret@db.example:5433/time?sslmode=require&sslpassword=secret"
    told = [
        warm.run(command, "b.dump", "--database-url", url, env=clean_environment(), cwd=tmp_path)
        for command in ("backup", "restore")
    ]

    address = "postgresql://me@db.example:5433/time?sslmode=require"
    assert [each.stdout for each in told] == [
        f"pg_dump --format=custom --file=b.dump '{address}'\n",
        f"pg_restore --no-owner --exit-on-error '--dbname={address}' b.dump\n",
    ]
    assert failure(told[0]).startswith("Nothing was copied: PostgreSQL has its own program")
    assert failure(told[1]).startswith("Nothing was restored: PostgreSQL has its own program")


def test_what_another_program_has_restored_begins_anew(databases, tmp_path):
    url = databases.create()
    fill(url)

    done = warm.run(
        "restore", "--in-place", "--database-url", url, env=clean_environment(), cwd=tmp_path
    )

    assert " goes on from what was restored." in done.stdout, done.stderr
    assert "The change feeds of 2 companies have new names" in done.stdout
    databases.drop(url)
