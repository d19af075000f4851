"""PostgreSQL on several nodes fails over under a gateway, which nobody touches."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.db.connections.database import Database
from app.db.connections.url import async_database_url
from app.domain.errors import Unavailable
from tests.cluster.cluster import PACKAGES, START_SECONDS, Cluster
from tests.databases import migrate
from tests.in_memory import new_folder
from tests.process.client import A_MONDAY, CREATE_ENTRIES, Gateway, item
from tests.process.outages import ANSWER_SECONDS, PAUSE, crowd, recovered
from tests.process.stored import refuse_violations
from tests.process.test_outages import all_names
from tests.server import serving

pytestmark = pytest.mark.process

PROJECT = Path(__file__).resolve().parents[2]

WRITES_AGAIN_SECONDS = 30
"""What is promised, with the times of tests/cluster/configuration.py."""

CODES = {"SERVICE_UNAVAILABLE", "OUTCOME_UNKNOWN", "ANSWER_INCOMPLETE", "OPERATION_TIMED_OUT"}


@pytest.fixture(autouse=True, scope="module")
def programs():
    """Skips what this machine has no programs for; in CI that is a failure."""
    missing = [package for name, package in PACKAGES.items() if shutil.which(name) is None]
    if missing:
        skip_or_fail = pytest.fail if os.environ.get("CI") else pytest.skip
        skip_or_fail(f"not installed: {' '.join(missing)}; scripts/test installs them in CI")


async def once_answered(ask):
    """Return the answer to what is asked: a busy machine may be told to come again."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return await ask()
        except (AssertionError, KeyError):  # an answer without data
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(PAUSE)


def for_us(cluster_url):
    """Return the address for ourselves, who have more patience with a busy machine."""
    return async_database_url(f"{cluster_url}&connect_timeout=60")


class Keeper:
    """Somebody who sends each write until it is acknowledged, by one key each."""

    def __init__(self, url):
        self.url = url
        self.codes = set()
        self.acknowledged = set()
        self._numbers = iter(range(10_000))

    async def prepare(self, database_url):
        """Make the user whose days are written."""
        async with Gateway(database_url, [self]) as gateway:
            company = await once_answered(gateway.new_company)
            (self.user,) = await once_answered(partial(gateway.new_users, company))

    def log(self):
        """Return nothing: for `Gateway`."""
        return ""

    async def write_on(self):
        """Write an hour for each next workday until cancelled."""
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            for number in self._numbers:
                day = A_MONDAY + timedelta(weeks=number // 5, days=number % 5)
                given = {
                    "timeOffEntries": [item(self.user, 1, day)],
                    "idempotencyKey": str(uuid4()),
                }
                while not await self._is_acknowledged(client, given):
                    pass  # it has waited
                self.acknowledged.add((self.user, day.isoformat()))

    async def _is_acknowledged(self, client, given):
        body = {"query": CREATE_ENTRIES, "variables": {"input": given}}
        answer = (await client.post(f"{self.url}/graphql", json=body)).json()
        for error in answer.get("errors", []):
            self.codes.add(error["extensions"]["code"])
            await asyncio.sleep(PAUSE)
            return False
        assert answer["data"]["createTimeOffEntries"]["userErrors"] == []
        return True

    async def hold(self, database_url):
        """Hold that all that was acknowledged is there, and nothing twice."""
        async with Gateway(database_url, [self]) as gateway:
            hours = await once_answered(partial(gateway.hours_of, self.user))
        assert self.acknowledged
        assert self.acknowledged <= hours.keys()
        assert set(hours.values()) == {1}


@asynccontextmanager
async def under_load(server, url):
    """Have many read and write, some of them with keys; then hold what was told to them."""
    keeper = Keeper(server.url)
    await keeper.prepare(url)
    async with crowd(server.url, readers=3, writers=2) as asking:
        keeping = asyncio.create_task(keeper.write_on())
        try:
            yield asking
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
    names = await once_answered(partial(all_names, server.url))
    assert asking.stored <= names
    assert not asking.refused & names
    await keeper.hold(url)
    assert set(asking.codes()) | keeper.codes <= CODES
    assert 500 not in {each.status for each in asking.outcomes}


async def until(holds):
    """Wait until something is so."""
    deadline = time.monotonic() + START_SECONDS
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


# scripts/cluster, as people use it


@contextmanager
def the_script(folder):
    """Run scripts/cluster until the block is left; yields what it has said so far."""
    said = folder / "said"
    with said.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.cluster", "--nodes", "2", "--folder", folder / "data"],
            stdout=file,
            stderr=file,
            cwd=PROJECT,
        )
    try:
        yield process, said.read_text
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=START_SECONDS)


def act(folder, action):
    """Run scripts/cluster beside the one that runs, and return what it says."""
    command = [sys.executable, "-m", "scripts.cluster", action, "--folder", folder / "data"]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=True).stdout


@pytest.fixture
def open_folder():
    """A folder that everybody may enter: as root, PostgreSQL is another user's."""
    folder = new_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


async def test_a_switchover_loses_nothing_and_ctrl_c_ends_all_of_the_cluster(open_folder):
    with the_script(open_folder) as (process, said):
        await until(lambda: "Ctrl-C" in said() or process.poll() is not None)
        assert process.poll() is None, said()
        (told_url,) = re.findall("postgresql://[^']+", said())
        url = async_database_url(told_url)
        await asyncio.to_thread(migrate, for_us(told_url))
        with serving(url) as server:
            async with under_load(server, url) as asking:
                await recovered(asking, time.monotonic(), seconds=START_SECONDS)
                told = await asyncio.to_thread(act, open_folder, "switch")
                await recovered(asking, time.monotonic(), seconds=START_SECONDS)
        await refuse_violations(for_us(told_url))
        started = Cluster(open_folder / "data")
        pids = [pid for node in started.nodes for pid in node.processes()]

    assert told == "node2 is the primary now.\n"
    assert process.returncode == 0, said()
    assert len(pids) > 2
    assert not any(node.processes() for node in started.nodes)


# What a cluster does to a gateway


@pytest.fixture(scope="module")
def cluster():
    """Three nodes, and the gateway's tables in them."""
    made = Cluster()
    made.start()
    try:
        migrate(for_us(made.url))
        yield made
    finally:
        made.stop()


@asynccontextmanager
async def two_candidates(url):
    """Open two processes' worth of what only one of all does."""
    databases = [Database(url), Database(url)]
    soles = [database.sole() for database in databases]
    try:
        yield soles
    finally:
        for sole, database in zip(soles, databases, strict=True):
            await sole.release()
            await database.close()


async def holders(soles):
    """Return how many of them have the lock, having tried."""
    held = 0
    for sole in soles:
        with suppress(Unavailable, SQLAlchemyError, OSError):
            held += await sole.take()
    return held


@pytest.mark.long
async def test_a_killed_primary_is_replaced_and_nothing_acknowledged_is_lost(cluster):
    url = async_database_url(cluster.url)
    with serving(url) as one, serving(url) as other:
        for server in (one, other):
            cluster.wait_until_whole()
            async with two_candidates(url) as soles, under_load(server, url) as asking:
                assert await holders(soles) <= 1  # or else the gateways' own sender has it
                await recovered(asking, time.monotonic(), seconds=START_SECONDS)
                primary = cluster.primary()
                primary.kill()
                killed = time.monotonic()
                again = await recovered(asking, killed, ["write"], seconds=START_SECONDS)
                cluster.start_node(primary)
                await asyncio.to_thread(cluster.wait_until_whole)
                await recovered(asking, time.monotonic(), seconds=START_SECONDS)
                assert await holders(soles) <= 1
            assert again < WRITES_AGAIN_SECONDS
            assert cluster.primary() is not primary
    await refuse_violations(for_us(cluster.url))


@pytest.mark.long
async def test_a_primary_that_was_stopped_and_returns_acknowledges_nothing(cluster):
    url = async_database_url(cluster.url)
    cluster.wait_until_whole()
    with serving(url) as server:
        async with under_load(server, url) as asking:
            await recovered(asking, time.monotonic(), seconds=START_SECONDS)
            primary = cluster.primary()
            primary.pause()
            paused = time.monotonic()
            again = await recovered(asking, paused + 1, ["write"], seconds=START_SECONDS)
            primary.go_on()
            # Whoever writes to it now is not told that it is stored.
            told = await write_to(async_database_url(cluster.url_of(primary)))
            await asyncio.to_thread(cluster.wait_until_whole)
            await recovered(asking, time.monotonic(), seconds=START_SECONDS)
    assert again < WRITES_AGAIN_SECONDS
    assert "stored" not in told
    await refuse_violations(for_us(cluster.url))


async def write_to(url):
    """Write to one node for some seconds, past the gateway, and return what came of it."""
    came = set()
    for _ in range(20):
        database = Database(url)
        try:
            async with asyncio.timeout(3), database.writing() as connection:
                await connection.execute(text("DELETE FROM companies WHERE id = 'nobody'"))
                await connection.execute(text("SELECT pg_current_xact_id()"))
            came.add("stored")
        except (Unavailable, SQLAlchemyError, OSError) as refusal:
            came.add(type(refusal).__name__)
        finally:
            await database.close()
        await asyncio.sleep(0.1)
    return came
