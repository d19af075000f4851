"""The database fails under a running server: what can be answered is, the rest says so in time."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import time
from contextlib import asynccontextmanager, closing, contextmanager

import httpx
import pytest
from sqlalchemy.engine import make_url

from tests.databases import PostgresDatabases
from tests.postgres import PostgresServer
from tests.process.outages import ANSWER_SECONDS, WRITE, crowd, descriptors, recovered, settles
from tests.proxy import proxied
from tests.server import serving

pytestmark = pytest.mark.process

LIMITS = {"TIMEOFF_LIMIT_QUERY_SECONDS": "3", "TIMEOFF_LIMIT_MUTATION_SECONDS": "5"}
QUERY_SECONDS, MUTATION_SECONDS = 3, 5
SLACK = 1.5
"""Beyond a deadline, and for what is promised within a second, on a machine that is busy."""

CONNECTIONS = 14
"""What the pool may have opened since: ten connections, two for probes, and a spare."""

OUTAGE_CODES = {"SERVICE_UNAVAILABLE", "OUTCOME_UNKNOWN", "ANSWER_INCOMPLETE"}


@asynccontextmanager
async def serving_beside(database_url):
    """Run a server whose database is reached through this event loop."""
    server = serving(database_url, environment=LIMITS)
    running = await asyncio.to_thread(server.__enter__)
    try:
        yield running
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


def hold_promises(asking):
    """Hold what every outage has to hold."""
    codes = set(asking.codes())
    assert codes <= OUTAGE_CODES | {"OPERATION_TIMED_OUT"}, asking.codes()
    unavailable = [each for each in asking.outcomes if each.code == "SERVICE_UNAVAILABLE"]
    assert {(each.status, each.retry_after) for each in unavailable} <= {(503, True)}
    assert asking.slowest("read") < QUERY_SECONDS + SLACK
    assert asking.slowest("write") < MUTATION_SECONDS + SLACK
    assert asking.slowest("probe") < 2 + SLACK
    assert asking.slowest("live") < SLACK


@pytest.fixture
def own_postgres():
    """A server of the test's own, to be stopped; with the URL of a migrated database on it."""
    server = PostgresServer()
    databases = PostgresDatabases(server.url)
    url = databases.create()
    yield server, url
    server.stop()


async def hold_what_was_told(asking):
    """Hold that what was acknowledged is there, and what was refused is not."""
    acknowledged, refused = set(asking.stored), set(asking.refused)
    names = await all_names(asking.url)
    assert acknowledged <= names
    assert not refused & names


def stored_names(rows):
    return {row["name"] for row in rows["data"]["companies"]["nodes"]}


async def all_names(url):
    """Return every company's name, page by page."""
    names, after = set(), None
    document = """query ($after: String) {
      companies(first: 500, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } }
    }"""
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
        while True:
            given = {"query": document, "variables": {"after": after}}
            answer = (await client.post(f"{url}/graphql", json=given)).json()
            names |= stored_names(answer)
            page = answer["data"]["companies"]["pageInfo"]
            if not page["hasNextPage"]:
                return names
            after = page["endCursor"]


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize(
    "seconds", [pytest.param(6, id="short"), pytest.param(60, id="long", marks=pytest.mark.long)]
)
async def test_a_database_that_falls_silent_keeps_nobody_waiting(database_url, seconds):
    async with proxied(database_url) as proxy, serving_beside(proxy.url) as server:
        async with crowd(server.url) as asking:
            await asyncio.sleep(1.5)
            before = descriptors(server.pid)
            proxy.stall()
            await asyncio.sleep(seconds / 2)
            late = time.monotonic()
            await asyncio.sleep(seconds / 2)
            back = time.monotonic()
            proxy.go_on()
            took = await recovered(asking, back)
            await hold_what_was_told(asking)
            # Once it is known to be silent, nobody waits for it.
            during = asking.of("read", "write", since=late, until=back - 0.5)
            await settles(lambda: descriptors(server.pid), before + CONNECTIONS)
        log = server.log()

    hold_promises(asking)
    assert took < 1 + SLACK
    assert during
    assert max(each.took for each in during) < 1
    assert {each.code for each in during} == {"SERVICE_UNAVAILABLE"}
    assert len(log) < 200_000


@pytest.mark.parametrize(
    "times", [pytest.param(2, id="short"), pytest.param(20, id="long", marks=pytest.mark.long)]
)
async def test_a_database_that_is_stopped_and_started_is_found_again(own_postgres, times):
    postgres, url = own_postgres
    with serving(url, environment=LIMITS) as server:
        async with crowd(server.url) as asking:
            await asyncio.sleep(1)
            before = descriptors(server.pid)
            for _ in range(times):
                await asyncio.to_thread(postgres.halt)
                await asyncio.sleep(0.5)
                await asyncio.to_thread(postgres.start_again)
                took = await recovered(asking, time.monotonic())
                assert took < 1 + SLACK
            await hold_what_was_told(asking)
            await settles(lambda: descriptors(server.pid), before + CONNECTIONS)
        log = server.log()

    hold_promises(asking)
    assert "SERVICE_UNAVAILABLE" in asking.codes()
    assert len(log) < 100_000 + 20_000 * times


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    "seconds", [pytest.param(4, id="short"), pytest.param(30, id="long", marks=pytest.mark.long)]
)
async def test_a_lock_keeps_only_writers_waiting(database_url, seconds):
    environment = LIMITS | {"TIMEOFF_DATABASE_WAIT_SECONDS": "1"}
    with serving(database_url, environment=environment) as server:
        async with crowd(server.url) as asking:
            await asyncio.sleep(1)
            with closing(sqlite3.connect(str(make_url(database_url).database))) as other:
                other.execute("PRAGMA busy_timeout = 5000")
                other.execute("BEGIN IMMEDIATE")
                began = time.monotonic()
                await asyncio.sleep(seconds)
                ended = time.monotonic()
            took = await recovered(asking, ended)

    hold_promises(asking)
    assert took < 1 + SLACK
    reads = asking.of("read", since=began, until=ended)
    assert reads
    assert {each.code for each in reads} == {None}
    assert {each.code for each in asking.of("write", since=began, until=ended - 1.2)} == {
        "SERVICE_UNAVAILABLE"
    }


@contextmanager
def small_disk(folder, megabytes):
    """Mount a disk of our own; only root may."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=False)


@pytest.mark.only_on("sqlite")
async def test_on_a_full_disk_reads_are_answered_and_writes_say_so(database_url, tmp_path):
    with small_disk(tmp_path, 8) as disk:
        shutil.copy(str(make_url(database_url).database), disk / "timeoff.db")
        with serving(f"sqlite:///{disk}/timeoff.db", environment=LIMITS) as server:
            async with crowd(server.url) as asking:
                await asyncio.sleep(1)
                fill = disk / "fill"
                with fill.open("wb") as file, closing_on_full(file):
                    while True:
                        file.write(b"x" * 65536)
                        file.flush()
                full = time.monotonic()
                await asyncio.sleep(2)
                fill.unlink()
                freed = time.monotonic()
                took = await recovered(asking, freed)
                await hold_what_was_told(asking)
            log = server.log()

    hold_promises(asking)
    assert took < 1 + SLACK
    assert {each.code for each in asking.of("read", since=full, until=freed)} == {None}
    assert "SERVICE_UNAVAILABLE" in {each.code for each in asking.of("write", since=full)}
    assert len(log) < 100_000


@contextmanager
def closing_on_full(file):
    try:
        yield
    except OSError:
        os.truncate(file.fileno(), os.fstat(file.fileno()).st_size)


async def test_who_has_left_costs_nothing_and_holds_nothing(database_url):
    """Many ask for much and go at once; a statement that waits is given up with its client."""
    companies = [
        {"sourceId": f"a4592b47-42ae-478f-926d-{each:012}", "name": f"{each}"}
        for each in range(500)
    ]
    given = {"query": WRITE, "variables": {"input": {"companies": companies}}}
    document = "{ companies(first: 500) { totalCount edges { cursor node { id name } } } }"
    with serving(database_url) as server:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            assert (await client.post(f"{server.url}/graphql", json=given)).status_code == 200
            before = descriptors(server.pid)
            for _ in range(5):
                await asyncio.gather(*(ask_and_leave(server.url, document) for _ in range(60)))
            began = time.monotonic()
            answer = await client.post(f"{server.url}/graphql", json={"query": document})
            took = time.monotonic() - began
            await settles(lambda: descriptors(server.pid), before + 12)
        log = server.log()

    assert answer.status_code == 200
    assert took < 2
    assert "ERROR" not in log


async def ask_and_leave(url, document):
    host, _, port = url.removeprefix("http://").partition(":")
    body = httpx.Request("POST", url, json={"query": document}).content
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )
    await asyncio.sleep(0.002)
    writer.transport.abort()
