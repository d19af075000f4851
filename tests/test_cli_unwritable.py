"""A database that cannot be written to is told when the gateway starts."""

import asyncio
import ctypes
import json
import os
import sqlite3
import subprocess
import urllib.request
from pathlib import Path

import httpx
import pytest

from app.db.availability.unusable import why_unusable
from app.db.connections.migrate import upgrade
from app.main import create_app
from app.settings import Settings
from tests.server import TIMEOFF, clean_environment, serving

pytestmark = pytest.mark.process


def bound_by_rights():
    """Take from root what lets it pass by the rights of files; others are bound anyway."""
    drop_from_the_bounding_set = 24
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(drop_from_the_bounding_set, capability, 0, 0, 0)


@pytest.fixture
def refused(tmp_path):
    """Run a command that has to end with one line, and return that line's reason."""

    def run(file, *command):
        ended = subprocess.run(
            [TIMEOFF, *command, "--database-url", f"sqlite:///{file}"],
            env=clean_environment(),
            cwd=tmp_path,
            preexec_fn=bound_by_rights if os.geteuid() == 0 else None,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert (ended.returncode, ended.stdout) == (1, ""), ended.stderr
        *told, line = ended.stderr.splitlines()
        assert all(each.startswith("Making the database ") for each in told), ended.stderr
        return line.removeprefix(f"Error: sqlite:///{file} cannot be used. ")

    return run


@pytest.fixture
def file(tmp_path):
    """A database of this version in a folder of its own."""
    path = tmp_path / "below" / "ours.db"
    upgrade(f"sqlite+aiosqlite:///{path}")
    yield path
    for each in (path.parent, *path.parent.iterdir()):
        each.chmod(0o755)


SERVE = ("serve", "--port", "0")


def unwritable(what):
    return (
        f"It cannot be written to: {what} is read-only for this user. SQLite writes to the file "
        "and makes others beside it."
    )


@pytest.mark.parametrize("command", [SERVE, ("seed",)], ids=["serve", "seed"])
def test_a_file_that_is_read_only(refused, file, command):
    file.chmod(0o444)

    assert refused(file, *command) == unwritable(f"the file {file}")


def test_a_folder_that_is_read_only(refused, file):
    file.parent.chmod(0o555)

    assert refused(file, *SERVE) == unwritable(f"the directory {file.parent}")


def test_a_missing_file_in_a_folder_that_is_read_only(refused, file):
    file.parent.chmod(0o555)

    assert refused(file.with_name("new.db"), *SERVE) == unwritable(f"the directory {file.parent}")


def test_a_directory_a_path_below_a_file_and_what_is_no_database(refused, tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear SQLite,\n" * 100)

    assert refused(tmp_path, *SERVE) == (
        "It is a directory; a file in it is wanted, such as timeoff.db."
    )
    assert refused(letter / "ours.db", *SERVE) == f"{letter} is no directory."
    assert refused(letter, *SERVE) == "It is no SQLite database; it is left as it is."
    assert letter.read_text().startswith("Dear SQLite,")


def test_a_file_that_another_program_keeps_is_said_to_be_locked(tmp_path, monkeypatch):
    file = tmp_path / "ours.db"
    url = f"sqlite+aiosqlite:///{file}"
    upgrade(url)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr("app.db.connections.engines.BUSY_SECONDS", 0)
    try:
        with pytest.raises(Exception, match="locked") as locked:
            upgrade(url)
    finally:
        holder.close()

    assert why_unusable(locked.value, url) == "Another program keeps it locked."


async def ready(url):
    app = create_app(Settings(database_url=url))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.get("/health/ready")
    return answer.status_code, answer.json()


async def test_readiness_is_lost_with_the_right_to_write(tmp_path, monkeypatch):
    url = f"sqlite+aiosqlite:///{tmp_path}/ours.db"
    await asyncio.to_thread(upgrade, url)
    assert await ready(url) == (200, {"status": "ok", "database": "ok"})

    # Root may write to any file: what the system answers to another is put in its mouth.
    monkeypatch.setattr(os, "access", lambda path, _: Path(path).name != "ours.db")

    assert await ready(url) == (503, {"status": "unavailable", "database": "read-only"})


@pytest.mark.only_on("postgresql")
def test_a_postgresql_that_only_reads_is_served_and_said_to_be_one(database_url):
    url = f"{database_url}?options=-c%20default_transaction_read_only%3Don"
    with serving(url) as server:
        with urllib.request.urlopen(f"{server.url}/health/ready") as answer:
            told = json.load(answer)
        log = server.log()

    assert told == {"status": "ok", "database": "read-only"}
    assert " is read only: it is a replica, or set to read only.\n" in log
    assert "Queries are answered; every mutation will fail.\n" in log
