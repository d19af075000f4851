"""A database that cannot be written to is no longer ready, and soon ready again."""

import asyncio
import ctypes
import json
import os
import time
import urllib.error
import urllib.request

import asyncpg
import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.db.availability.writability import REMEMBERED_SECONDS, Writability
from app.db.connections import beats
from app.db.connections.database import Database
from app.db.connections.migrate import upgrade
from app.domain.errors import Unavailable
from tests import builders
from tests.process.stored import refuse_violations
from tests.server import serving

pytestmark = pytest.mark.process

NEVER_SECONDS = 120
"""Promised are 2 s for a loss and 5 s for a return; what it took is told, as machines differ."""
RENAME = """
mutation Rename($companies: [CompanyInput!]!) {
  upsertCompanies(input: { companies: $companies }) { userErrors { code } }
}
"""


def ready(server):
    try:
        with urllib.request.urlopen(f"{server.url}/health/ready") as answer:
            return answer.status, json.load(answer)["database"]
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)["database"]


def until_ready_says(server, expected):
    """Wait for it, and return how long that took, in words."""
    began = time.monotonic()
    while (told := ready(server)) != expected:
        assert time.monotonic() < began + NEVER_SECONDS, told
        time.sleep(0.05)
    return f"{expected[0]} after {time.monotonic() - began:.1f} s"


def rename(server):
    body = {"query": RENAME, "variables": {"companies": [builders.company()]}}
    return httpx.post(f"{server.url}/graphql", json=body, timeout=300)


def bound_by_rights():
    """Take from root what lets it pass by the rights of files; others are bound anyway."""
    drop_from_the_bounding_set = 24
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(drop_from_the_bounding_set, capability, 0, 0, 0)


def test_a_file_that_is_made_read_only_and_writable_again(tmp_path, record_property):
    file = tmp_path / "ours.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    bound = bound_by_rights if os.geteuid() == 0 else None
    with serving(f"sqlite:///{file}", before=bound, cold=True) as server:
        assert ready(server) == (200, "ok")
        file.chmod(0o444)
        lost = until_ready_says(server, (503, "read-only"))
        assert urllib.request.urlopen(f"{server.url}/health/live").status == 200
        for each in tmp_path.iterdir():  # SQLite makes its log with the rights of the file
            each.chmod(0o644)
        back = until_ready_says(server, (200, "ok"))
        assert rename(server).status_code == 200
    asyncio.run(refuse_violations(f"sqlite+aiosqlite:///{file}"))
    record_property("readiness, a file made read-only and writable", f"{lost}, {back}")


@pytest.mark.only_on("postgresql")
async def test_a_server_that_is_made_to_read_only_and_to_write_again(database_url, record_property):
    url = make_url(database_url)
    other = url.set(drivername="postgresql", database="postgres")
    admin = await asyncpg.connect(other.render_as_string(hide_password=False))

    async def settle(what):
        await admin.execute(f'ALTER DATABASE "{url.database}" {what}')
        # What is set for a database is so in new sessions only.
        await admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1",
            url.database,
        )

    try:
        with serving(database_url) as server:
            assert ready(server) == (200, "ok")
            await settle("SET default_transaction_read_only = on")
            lost = until_ready_says(server, (503, "read-only"))
            assert rename(server).status_code == 503
            # Those who opened a session meanwhile are not to keep it.
            await admin.execute(
                f'ALTER DATABASE "{url.database}" RESET default_transaction_read_only'
            )
            back = until_ready_says(server, (200, "ok"))
            assert rename(server).json() == {"data": {"upsertCompanies": {"userErrors": []}}}
    finally:
        await admin.close()
    await refuse_violations(database_url)
    record_property("readiness, PostgreSQL made read-only and writable", f"{lost}, {back}")


@pytest.mark.only_on("sqlite")
async def test_a_disk_that_is_full_is_known_by_the_first_write_that_fails(database_url):
    database = Database(database_url)
    try:
        assert await database.ping()
        assert database.why_unwritable is None
        with pytest.raises(Unavailable):
            await fill(database)
        assert await database.ping()
        assert database.why_unwritable == "disk full"

        async with database.writing() as transaction:
            await transaction.execute(text("DELETE FROM holidays"))

        assert database.why_unwritable is None
    finally:
        await database.close()


async def fill(database):
    async with database.writing() as transaction:
        await transaction.execute(text("PRAGMA max_page_count = 1"))  # it is as many as there are
        try:
            await transaction.execute(text("CREATE TABLE more AS SELECT zeroblob(1000000) AS x"))
        finally:
            await transaction.execute(text("PRAGMA max_page_count = 1000000"))


def test_a_disk_without_room_is_known_before_anybody_writes(tmp_path, monkeypatch):
    """Only root may mount a small disk: what the system answers there is put in its mouth."""

    def refuse(*_):
        raise OSError(28, "No space left on device")

    assert beats._why_no_room(tmp_path) is None  # noqa: SLF001
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "posix_fallocate", refuse)
    assert beats._why_no_room(tmp_path) == "disk full"  # noqa: SLF001
    assert list(tmp_path.iterdir()) == []


def test_a_refused_write_is_remembered_for_so_long_and_no_longer():
    now = 0.0
    writability = Writability(lambda: now)
    assert not writability.note_outage("SQLSTATE 57P01")
    assert writability.why_not(None) is None

    assert writability.note_outage("SQLSTATE 53100")
    now = REMEMBERED_SECONDS - 0.01
    assert writability.why_not(None) == "disk full"
    now = REMEMBERED_SECONDS
    assert writability.why_not(None) is None


def test_what_could_never_be_written_to_is_a_replica():
    writability = Writability()
    writability.note_look("read-only")
    assert not writability.was_had

    writability.note_look(None)
    assert writability.was_had
