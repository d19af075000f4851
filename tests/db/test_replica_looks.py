"""When a replica is read, by what it and its primary say of their logs, one look after another."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from app.db.connections import replica as module
from app.db.connections.database import Database
from app.db.connections.engines import create_engine
from app.db.connections.limits import DatabaseLimits
from app.db.connections.log_positions import Looker, ServerState
from app.db.connections.replica import AWAY, BEHIND, OTHER, Replica
from app.domain.errors import Unavailable
from app.positions import READING, WRITING, Reads, Writes

PRIMARY = "postgresql+asyncpg://me@127.0.0.1:1/timeoff"
COPY = "postgresql+asyncpg://me@127.0.0.1:2/timeoff"


class Server(Looker):
    """A server's log, in place of one that is asked over the network."""

    def __init__(self, *, is_replica):
        self.is_replica, self.position, self.is_expired = is_replica, 100, False

    async def look(self):
        if self.position is None:
            raise Unavailable("SQLSTATE 57P03")
        return ServerState(self.position, self.is_replica, None, 1, 1)

    def expire(self):
        self.is_expired = True

    async def close(self):
        pass


class Pair:
    """A primary and its replica."""

    def __init__(self, engine=None, limits=None):
        limits = limits or DatabaseLimits()
        engine = engine or create_engine(COPY, limits)
        self.primary, self.copy = Server(is_replica=False), Server(is_replica=True)
        servers = {PRIMARY: self.primary, COPY: self.copy}
        self.replica = Replica(COPY, PRIMARY, engine, limits, lambda url, _: servers[url])

    async def look(self, primary, copy):
        self.primary.position, self.copy.position = primary, copy
        await self.replica.look()
        return self.replica.why_not


@pytest.fixture
async def pair():
    pair = Pair()
    yield pair
    await pair.replica.close()


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


class Clock:
    """The monotonic clock, which a test puts forward."""

    def __init__(self, monkeypatch):
        self._seconds, self._now = 0.0, time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: self._now() + self._seconds)

    def tick(self, seconds):
        self._seconds += seconds


async def read(pair):
    """Look until it is read, as of a position of 100."""
    assert await pair.look(100, 100) == BEHIND
    assert await pair.look(100, 100) is None


async def test_one_that_is_ahead_has_followed_another_primary(pair):
    await read(pair)
    assert await pair.look(500, 500) is None

    # The standby that takes over has no more than 400: what came after is lost, but not here.
    assert await pair.look(400, 500) == OTHER
    assert pair.copy.is_expired
    assert pair.primary.is_expired
    assert await pair.look(450, 500) == OTHER

    # It is rewound, and follows.
    await pair.look(450, 420)
    await pair.look(450, 450)
    assert await pair.look(450, 450) is None


async def test_what_only_a_former_primary_had_keeps_nobody_waiting(pair, clock):
    await read(pair)
    assert await pair.look(900, 400) is None

    await pair.look(410, 410)
    assert await pair.look(410, 410) is None

    clock.tick(11)  # more than it may be behind
    assert await pair.look(420, 420) == BEHIND
    assert await pair.look(420, 420) is None


async def test_one_that_is_away_is_asked_again(pair):
    await read(pair)

    assert await pair.look(100, None) == AWAY
    assert await pair.look(100, 100) == BEHIND
    assert await pair.look(100, 100) is None


@pytest.mark.parametrize("is_lost", [True, False])
async def test_it_is_read_again_when_it_has_what_was_told_of_without_it(pair, clock, is_lost):
    await read(pair)
    await pair.look(150, None if is_lost else 100)
    if not is_lost:
        clock.tick(11)
        assert pair.replica.why_not == BEHIND
    await pair.replica.until_there()  # whoever is told meanwhile waits for nothing

    await pair.look(160, 160)
    assert await pair.look(200, 190) == BEHIND
    waiting = asyncio.create_task(pair.replica.until_there())
    await asyncio.wait([waiting], timeout=0.1)
    assert not waiting.done()  # who is told now waits

    assert await pair.look(210, 205) is None
    await asyncio.wait_for(waiting, 60)


async def test_a_query_that_is_under_way_is_ended_when_two_looks_had_no_answer(pair):
    class Driver:
        is_ended = False

        def terminate(self):
            self.is_ended = True

    await read(pair)
    with pair.replica.using(driver := Driver()):
        for position, is_ended in ((None, False), (100, False), (None, False), (None, True)):
            await pair.look(100, position)
            assert driver.is_ended is is_ended


@pytest.mark.only_on("postgresql")
async def test_who_finds_no_free_connection_leaves_it_to_others(database_url):
    engine = create_engine(database_url, DatabaseLimits(pool_size=1))
    pair = Pair(engine, DatabaseLimits(connect_seconds=0.2))
    await read(pair)
    token = READING.set(reads := Reads(None))
    try:
        async with engine.connect(), AsyncExitStack() as stack:
            assert await pair.replica.enter(stack) is None
    finally:
        READING.reset(token)
        await pair.replica.close()

    assert reads.leaves_replica
    assert pair.replica.why_not is None


@pytest.mark.only_on("postgresql")
async def test_a_write_is_done_though_nobody_says_how_far_it_came(database_url, monkeypatch):
    monkeypatch.setattr(module, "POSITION", "SELECT 0 FROM pg_sleep(600)")
    database = Database(database_url)
    token = WRITING.set(writes := Writes(lambda _: None))
    try:
        async with asyncio.timeout(60), database.writing() as connection:
            await connection.execute(text("SELECT 1"))
    finally:
        WRITING.reset(token)
        await database.close()

    assert writes.has_some
    assert writes.position is None
