"""Queries are read from a replica, but never so that a caller misses what it has written itself."""

import asyncio
import re
import signal

import asyncpg
import httpx
import pytest
from sqlalchemy.engine import make_url

from app.db.availability.unusable import DatabaseUnusable
from app.db.connections.limits import DatabaseLimits
from app.db.connections.replica import refuse_other
from tests.databases import PostgresDatabases
from tests.events.subscriber import CHANGES as SUBSCRIBE
from tests.events.subscriber import over_websocket
from tests.postgres import PostgresServer
from tests.process.client import CHANGES, mutation_in_bulk
from tests.process.outages import crowd
from tests.process.stored import refuse_violations
from tests.replicas import Replica
from tests.server import serving

pytestmark = [pytest.mark.process, pytest.mark.only_on("postgresql")]

NAMES = "{ companies(first: 500) { totalCount nodes { name } } }"
POSITION, COOKIE = "timeoff-position", "timeoff-position"
ADDRESSES = (
    "/kantata/api/v1/time_off_entries",
    "/exports/schedule.csv?from=2027-03-01&to=2027-03-02",
)
LOCKED = "SELECT count(*) = 3 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
NOT_COMPILED = "{ __schema { queryType { name } } companies(first: 500) { nodes { name } } }"
SECONDS = 60
NO_ANSWER = "unavailable: no answer"
LEFT = "queries are read from the primary"
LAG = {"TIMEOFF_DATABASE_READ_LAG_SECONDS": "3600"}


@pytest.fixture(scope="module")
def servers(database_kind):
    """A primary with a migrated database, and its replica."""
    primary = PostgresServer()
    try:
        databases = PostgresDatabases(primary.url)
        url = databases.create()
        replica = Replica(primary)
        try:
            yield primary, replica, url
        finally:
            replica.stop()
            databases.close()
    finally:
        primary.stop()


@pytest.fixture
def beside(servers):
    """Settings of a gateway that reads from the replica."""
    _, replica, url = servers
    return {"TIMEOFF_READ_DATABASE_URL": replica.url_of(url), "TIMEOFF_METRICS": "true"}


@pytest.fixture
async def standby(servers):
    """The replica, by its operator's hand; at the end it goes on."""
    _, replica, url = servers
    plain = make_url(replica.url_of(url)).set(drivername="postgresql")
    operator = await asyncpg.connect(plain.render_as_string(hide_password=False))
    yield operator
    await operator.execute("SELECT pg_wal_replay_resume()")
    await operator.close()


async def paused(standby):
    await standby.execute("SELECT pg_wal_replay_pause()")
    await until(lambda: standby.fetchval("SELECT pg_get_wal_replay_pause_state() = 'paused'"))


async def until(is_so):
    async with asyncio.timeout(SECONDS):
        while not await is_so():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)


class Client:
    """Somebody who asks one gateway, with cookies as a browser or without."""

    def __init__(self, url, *, keeps_cookies=False):
        self.url, self._keeps_cookies = url, keeps_cookies
        self._http = httpx.AsyncClient(base_url=url, timeout=SECONDS)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self._http.aclose()

    async def ask(self, query, headers=None, **variables):
        body = {"query": query, "variables": variables}
        answer = await self._http.post("/graphql", json=body, headers=headers or {})
        if not self._keeps_cookies:
            self._http.cookies.clear()
        assert "errors" not in answer.json(), answer.text
        return answer

    async def put(self, id_, name=None):
        company = {"sourceId": id_, "name": name or id_}
        document = mutation_in_bulk("upsertCompanies", "companies")
        return await self.ask(document, input={"companies": [company]})

    async def get(self, address):
        answer = await self._http.get(address)
        assert answer.status_code == httpx.codes.OK, answer.text

    async def names(self, headers=None):
        (found,) = (await self.ask(NAMES, headers)).json()["data"].values()
        return {each["name"] for each in found["nodes"]}

    async def told(self):
        ready = await self._http.get("/health/ready")
        assert ready.status_code == httpx.codes.OK
        return ready.json()["readDatabase"]

    async def is_read_there(self):
        return await self.told() == "ok"

    async def reads(self, server):
        found = (await self._http.get("/metrics")).text
        line = f'timeoff_query_reads_total{{server="{server}"}} '
        return float(found.partition(line)[2].partition("\n")[0])


def id_of(number):
    return f"00000000-0000-4000-8000-{number:012d}"


async def test_others_read_there_and_a_writer_what_it_wrote_also_at_another_gateway(
    servers, beside, standby
):
    _, _, url = servers
    with (
        serving(url, environment=beside | LAG) as one,
        serving(url, environment=beside | LAG) as two,
    ):
        async with Client(one.url) as writer, Client(two.url) as other:
            await until(writer.is_read_there)
            await until(other.is_read_there)
            await writer.put(id_of(1))
            await until(lambda: has(other, id_of(1)))
            before = await other.reads("replica")
            await paused(standby)

            written = await writer.put(id_of(2))
            position = written.headers[POSITION]

            assert id_of(2) in await writer.names()
            assert id_of(2) not in await other.names() or is_left(two)
            assert id_of(2) in await other.names({POSITION: position})
            assert id_of(2) in await other.names({"cookie": f"{COOKIE}={position}"})
            assert id_of(2) in await other.names({POSITION: "what is this"})
            assert id_of(2) not in await other.names({POSITION: "0/1"}) or is_left(two)
            assert await other.reads("replica") > before or is_left(two)

            for address in ADDRESSES:
                before = await other.reads("replica")
                await other.get(address)
                assert await other.reads("replica") > before or is_left(two), address

            await standby.execute("SELECT pg_wal_replay_resume()")
            await until(lambda: has(other, id_of(2)))
            before = await writer.reads("replica")
            await until(lambda: grows(writer, before))


async def test_who_hears_of_a_change_finds_it_on_the_replica(servers, beside, standby):
    _, _, url = servers
    with serving(url) as without, serving(url, environment=beside | LAG) as server:
        async with Client(without.url) as writer, Client(server.url) as other:
            await until(other.is_read_there)
            written = await writer.put(id_of(3))
            assert POSITION not in written.headers  # where there is no replica
            changes = (await writer.ask(CHANGES, companyId=id_of(3), first=9, after=None)).json()
            cursor = changes["data"]["changes"]["pageInfo"]["endCursor"]
            since = {"company": id_of(3), "after": cursor}
            async with over_websocket(server.url, SUBSCRIBE, since) as events:
                await paused(standby)
                await writer.put(id_of(3), "renamed")
                is_early = await hears(events)
                assert not is_early or is_left(server)
                assert "renamed" not in await other.names() or is_left(server)

                await standby.execute("SELECT pg_wal_replay_resume()")
                if not is_early:
                    await events.next(SECONDS)
                assert "renamed" in await other.names()


async def test_one_that_is_behind_is_not_read(servers, beside, standby):
    _, _, url = servers
    lag = {"TIMEOFF_DATABASE_READ_LAG_SECONDS": "2"}
    with serving(url) as without, serving(url, environment=beside | lag) as server:
        async with Client(without.url) as writer, Client(server.url) as other:
            await until(other.is_read_there)
            await paused(standby)
            await writer.put(id_of(4))
            await until(lambda: is_logged(server, "is more than 2 s behind: queries are read"))
            assert await is_told(other, "behind")
            assert id_of(4) in await other.names()
            await standby.execute("SELECT pg_wal_replay_resume()")
            await until(other.is_read_there)
        log = server.log()

    assert "can be read again: queries are" in log


async def test_one_that_is_lost_is_nobodys_error(servers, beside):
    _, replica, url = servers
    with serving(url, environment=beside) as server:
        async with Client(server.url) as writer, crowd(server.url, writers=0) as asking:
            await until(writer.is_read_there)
            before = await writer.reads("replica")
            await until(lambda: grows(writer, before))
            await asyncio.to_thread(replica.halt, signal.SIGQUIT)
            await until(lambda: is_told(writer, "unreachable"))
            await writer.put(id_of(5))
            assert id_of(5) in await writer.names()
            replica.start_again()  # in this thread, with whose end it would end
            await until(writer.is_read_there)
            await until(lambda: has(writer, id_of(5)))
        log = server.log()
    await refuse_violations(url)

    assert re.search(r"cannot be read \(.+\): queries are read from the primary", log)
    # Where the machine is so busy that also the primary seemed to be silent, that is told.
    assert not asking.codes() or NO_ANSWER in log


async def test_who_loses_it_in_the_middle_is_answered_by_the_primary(servers, beside, standby):
    """All wait on the replica for a lock that is replayed there; then their backends are ended."""
    _, _, url = servers
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    primary = await asyncpg.connect(plain)
    with serving(url, environment=beside | LAG) as server:
        async with Client(server.url) as client:
            await client.put(id_of(7))
            await until(client.is_read_there)
            await until(lambda: has(client, id_of(7)))
            locking = primary.transaction()
            await locking.start()
            await primary.execute("LOCK TABLE companies, time_off_entries, workers")
            await until(lambda: standby.fetchval(LOCKED))
            await paused(standby)
            await locking.rollback()

            async with Client(server.url) as reader, asyncio.TaskGroup() as group:
                asking = [group.create_task(reader.ask(each)) for each in (NAMES, NOT_COMPILED)]
                asking += [group.create_task(reader.get(each)) for each in ADDRESSES]
                await until(lambda: all_wait(standby, asking))
                await standby.execute(END)
            await standby.execute("SELECT pg_wal_replay_resume()")
            names = [each.result().text for each in asking[:2]]
        log = server.log()
    await primary.close()
    await refuse_violations(url)

    assert all(id_of(7) in each for each in names)
    assert "Traceback" not in log


async def all_wait(standby, asking):
    return await standby.fetchval(WAITING) + sum(each.done() for each in asking) >= len(asking)


async def test_only_a_copy_of_the_same_database_is_one(servers, databases):
    primary, replica, url = servers
    limits = DatabaseLimits(probe_seconds=20, connect_seconds=20)
    other = databases.create()  # of the test run's server
    try:
        await refuse_other(replica.url_of(url), url, limits)
        await refuse_other(url, url, limits)
        for not_one in (other, primary.url.render_as_string(hide_password=False)):
            with pytest.raises(DatabaseUnusable, match="It is no replica of TIMEOFF_DATABASE_URL"):
                await refuse_other(not_one, url, limits)
    finally:
        databases.drop(other)


async def is_logged(server, words):
    return words in server.log()


def is_left(server):
    """Whether it has read from the primary meanwhile: the replica said nothing for a while.

    Of a machine that is so busy, nothing can be told of what is only on the replica.
    """
    return LEFT in server.log()


async def hears(events):
    """Whether anything comes within a second."""
    try:
        await events.none(1)
    except AssertionError:
        return True
    return False


async def has(client, name):
    return name in await client.names()


async def grows(client, before):
    await client.names()
    return await client.reads("replica") > before


async def is_told(client, state):
    return await client.told() == state
