"""The database fails under a running server: what can be answered is, the rest says so in time."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from statistics import median
from uuid import uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy.engine import make_url

from tests import warm
from tests.databases import PostgresDatabases
from tests.postgres import PostgresServer
from tests.process.outages import (
    ANSWER_SECONDS,
    READ,
    WRITE,
    crowd,
    descriptors,
    readiness,
    recovered,
    settles,
    stored,
)
from tests.process.stored import refuse_violations
from tests.proxy import proxied
from tests.server import clean_environment, serving

pytestmark = pytest.mark.process

LIMITS = {"TIMEOFF_LIMIT_QUERY_SECONDS": "3", "TIMEOFF_LIMIT_MUTATION_SECONDS": "5"}
QUERY_SECONDS, MUTATION_SECONDS = 3, 5
SLACK = 15.0
"""Beyond a deadline, and for what is promised within a second, on a machine that is busy."""

CONNECTIONS = 26
"""What may be open that was not yet at first: the pool's ten and its own for probes, and the
clients' eleven. A leak of one for each request or restart would be many more."""

OUTAGE_CODES = {"SERVICE_UNAVAILABLE", "OUTCOME_UNKNOWN", "ANSWER_INCOMPLETE"}


@asynccontextmanager
async def serving_beside(database_url, environment=LIMITS):
    """Run a server whose database is reached through this event loop."""
    server = serving(database_url, environment=environment)
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
    with own_server() as both:
        yield both


@pytest.fixture
def durable_postgres():
    """As own_postgres, but it loses nothing that it has committed."""
    with own_server(durable=True) as both:
        yield both


@contextmanager
def own_server(*, durable=False):
    server = PostgresServer(durable=durable)
    try:
        databases = PostgresDatabases(server.url)
        url = databases.create()
        databases.close()  # its own connection would not outlive the first stop
        yield server, url
    finally:
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
async def test_a_database_that_falls_silent_keeps_nobody_waiting(
    database_url, seconds, record_property
):
    async with proxied(database_url) as proxy, serving_beside(proxy.url) as server:
        async with crowd(server.url) as asking:
            await asyncio.sleep(1.5)
            before = descriptors(server.pid)
            silent = time.monotonic()
            proxy.stall()
            await asyncio.sleep(seconds / 2)
            late = time.monotonic()
            await asyncio.sleep(seconds / 2)
            back = time.monotonic()
            proxy.go_on()
            took = await recovered(asking, back)
            told = [await readiness(asking, since, s) for since, s in ((silent, 503), (back, 200))]
            await hold_what_was_told(asking)
            # Once it is known to be silent, nobody waits for it.
            during = asking.of("read", "write", since=late, until=back - 0.5)
            await settles(lambda: descriptors(server.pid), before + CONNECTIONS)
        log = server.log()
    await refuse_violations(database_url)

    hold_promises(asking)
    assert took < 1 + SLACK
    assert during
    assert median(each.took for each in during) < QUERY_SECONDS / 2
    assert {each.code for each in during} == {"SERVICE_UNAVAILABLE"}
    assert len(log) < 200_000
    record_property(f"readiness, PostgreSQL silent for {seconds} s", ", ".join(told))


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
    await refuse_violations(url)

    hold_promises(asking)
    assert "SERVICE_UNAVAILABLE" in asking.codes()
    assert len(log) < 100_000 + 20_000 * times


@pytest.mark.parametrize(
    "times", [pytest.param(2, id="short"), pytest.param(50, id="long", marks=pytest.mark.long)]
)
async def test_a_database_that_is_ended_without_warning_loses_nothing(
    durable_postgres, times, record_property
):
    """As `pg_ctl stop -m immediate` does: no session is told, and it recovers from its log."""
    postgres, url = durable_postgres
    took = []
    with serving(url) as server:
        async with crowd(server.url, readers=2, writers=3) as asking:
            await recovered(asking, time.monotonic(), seconds=60)
            before = descriptors(server.pid)
            for _ in range(times):
                await asyncio.to_thread(postgres.halt, signal.SIGQUIT)
                await asyncio.to_thread(postgres.start_again)
                took.append(await recovered(asking, time.monotonic(), seconds=60))
                await stored(asking, 20)
            await hold_what_was_told(asking)
            await settles(lambda: descriptors(server.pid), before + CONNECTIONS, seconds=60)
    await refuse_violations(url)

    assert set(asking.codes()) <= OUTAGE_CODES | {"OPERATION_TIMED_OUT"}, asking.codes()
    record_property(
        f"PostgreSQL ended {times} times without warning",
        f"{len(asking.stored)} writes acknowledged, 0 lost; answered again after "
        f"{median(took):.1f} s (median), {max(took):.1f} s (most); {dict(asking.codes())}; "
        f"each in s: {' '.join(f'{each:.1f}' for each in took)}",
    )


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    "seconds", [pytest.param(6, id="short"), pytest.param(60, id="long", marks=pytest.mark.long)]
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
    await refuse_violations(database_url)

    hold_promises(asking)
    assert took < 1 + SLACK
    reads = asking.of("read", since=began, until=ended)
    assert reads
    assert {each.code for each in reads} == {None}
    assert {each.code for each in asking.of("write", since=began, until=ended - 3)} == {
        "SERVICE_UNAVAILABLE"
    }


@contextmanager
def small_disk(folder, megabytes):
    """Mount a disk of our own, as root or by sudo."""
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    mounted = subprocess.run(
        [*root, "mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        # Only a disk that is really full shows what SQLite says of one.
        missing = "a small disk could not be mounted: that needs root, or sudo without a password"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    try:
        yield folder
    finally:
        subprocess.run([*root, "umount", "--lazy", folder], check=False)


@pytest.mark.only_on("sqlite")
async def test_on_a_full_disk_reads_are_answered_and_writes_say_so(database_url, tmp_path):
    with small_disk(tmp_path, 8) as disk:
        shutil.copy(str(make_url(database_url).database), disk / "timeoff.db")
        with serving(f"sqlite:///{disk}/timeoff.db", environment=LIMITS) as server:
            async with crowd(server.url) as asking:
                await asyncio.sleep(1)
                fill = disk / "fill"
                # Without a buffer, or what is left in it would be written when the file closes.
                with fill.open("wb", buffering=0) as file, suppress(OSError):
                    while True:
                        file.write(b"x" * 65536)
                full = time.monotonic()
                await asyncio.sleep(2)
                fill.unlink()
                freed = time.monotonic()
                took = await recovered(asking, freed)
                await hold_what_was_told(asking)
            log = server.log()
        await refuse_violations(f"sqlite+aiosqlite:///{disk}/timeoff.db")

    hold_promises(asking)
    assert took < 1 + SLACK
    assert {each.code for each in asking.of("read", since=full, until=freed)} == {None}
    assert "SERVICE_UNAVAILABLE" in {each.code for each in asking.of("write", since=full)}
    assert len(log) < 100_000


async def connected(database_url):
    """Connect to PostgreSQL beside the server."""
    plain = make_url(database_url).set(drivername="postgresql")
    return await asyncpg.connect(plain.render_as_string(hide_password=False))


@pytest.mark.only_on("postgresql")
async def test_who_has_left_waits_for_nothing_and_holds_nothing(database_url):
    """Queries wait for a lock; when their clients have left no session does."""
    waiting = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
    """
    environment = {"TIMEOFF_LIMIT_QUERY_SECONDS": "600", "TIMEOFF_DATABASE_WAIT_SECONDS": "600"}
    with serving(database_url, environment=environment) as server:
        other, onlooker = await connected(database_url), await connected(database_url)
        await other.execute("BEGIN; LOCK TABLE companies IN ACCESS EXCLUSIVE MODE")
        here = [asyncio.create_task(ask_and_leave(server.url, READ, 600)) for _ in range(8)]
        while await onlooker.fetchval(waiting) < 8:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        for each in here:
            each.cancel()
        left = time.monotonic()
        while await onlooker.fetchval(waiting):
            assert time.monotonic() < left + 60
            await asyncio.sleep(0.02)
        await other.close()
        await onlooker.close()
        log = server.log()

    assert "ERROR" not in log


@pytest.mark.only_on("postgresql")
async def test_a_mutation_is_done_although_its_client_has_left(database_url):
    given = {"companies": [{"sourceId": str(uuid4()), "name": "Brick"}]}
    with serving(database_url) as server:
        other = await connected(database_url)
        await other.execute("BEGIN; LOCK TABLE companies IN ACCESS EXCLUSIVE MODE")
        await ask_and_leave(server.url, WRITE, 0.5, input=given)
        await asyncio.sleep(0.5)
        await other.close()
        await asyncio.sleep(1)
        names = await all_names(server.url)
    await refuse_violations(database_url)

    assert names == {"Brick"}


@pytest.mark.long  # it compares times of the processor
@pytest.mark.only_on("sqlite")
async def test_who_has_left_costs_next_to_nothing(database_url):
    """Half of ninety answers at most, for ninety who ask for a year of fifty workers and go.

    The server is stopped while they do, so that all of them have left when it reads the first.
    """
    seed = ["seed", "--profile", "bench", "--entries", "5000", "--database-url", database_url]
    await asyncio.to_thread(warm.run, *seed, env=clean_environment(), check=True)
    with serving(database_url) as server:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            for _ in range(2):
                before = cpu_seconds(server.pid)
                for _ in range(9):
                    answer = await client.post(f"{server.url}/graphql", json={"query": YEAR})
                nine = cpu_seconds(server.pid) - before
            assert len(answer.json()["data"]["schedule"]["nodes"]) == 50
            before, files = cpu_seconds(server.pid), descriptors(server.pid)
            os.kill(server.pid, signal.SIGSTOP)
            await asyncio.gather(*(ask_and_leave(server.url, YEAR, 0) for _ in range(90)))
            os.kill(server.pid, signal.SIGCONT)
            await client.get(f"{server.url}/health/live")
            await asyncio.sleep(2)
            all_of_them = cpu_seconds(server.pid) - before
            await settles(lambda: descriptors(server.pid), files + CONNECTIONS)
        log = server.log()

    assert all_of_them < nine * 10 / 2
    assert "ERROR" not in log


YEAR = """{
  schedule(first: 50, from: "2026-01-01", to: "2026-12-31") {
    nodes { worker { fullName } days { date workdayHours hoursOff contributions { hours } } }
  }
}"""


def cpu_seconds(pid):
    """Return the CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def ask_and_leave(url, document, seconds, **variables):
    """Send a request, and close the connection without an answer."""
    host, _, port = url.removeprefix("http://").partition(":")
    body = httpx.Request("POST", url, json={"query": document, "variables": variables}).content
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )
    try:
        await asyncio.sleep(seconds)
    finally:
        writer.transport.abort()
