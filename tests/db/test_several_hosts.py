"""An address of several hosts: one that is silent, or refuses, keeps nobody from the others."""

import asyncio
import socket
from contextlib import ExitStack, asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.db.connections.database import Database
from app.db.connections.limits import DatabaseLimits
from app.db.connections.url import async_database_url
from app.domain.errors import Unavailable
from tests.proxy import proxied

pytestmark = pytest.mark.only_on("postgresql")

FAR_SECONDS = 60
"""No host is waited for as long: who would wait for the silent one fails the test."""

WHERE = text("SELECT inet_server_port(), current_setting('transaction_read_only')")


def several(database_url, *ports, wanted="read-write", also=""):
    """Return an address of these ports of the loopback, and of the server's own as `None`."""
    url = make_url(database_url)
    hosts = ",".join(f"127.0.0.1:{port or url.port}" for port in ports)
    attributes = f"target_session_attrs={wanted}&connect_timeout={4 * FAR_SECONDS}{also}"
    login = f"{url.username}:{url.password}"
    return async_database_url(f"postgresql://{login}@{hosts}/{url.database}?{attributes}")


@pytest.fixture
def silent():
    """A port where somebody listens and never says a word, with who has come there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        yield listener


def callers(listener, exits):
    """Return how many have come since the last time."""
    count = 0
    while True:
        try:
            exits.enter_context(listener.accept()[0])
        except BlockingIOError:
            return count
        count += 1


@asynccontextmanager
async def opened(url):
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def read_only(database):
    async with database.reading() as connection:
        return (await connection.execute(WHERE)).one()[1]


async def test_a_host_that_says_nothing_keeps_nobody_from_the_next_one(database_url, silent):
    port = silent.getsockname()[1]
    async with opened(several(database_url, port, None)) as database:
        async with asyncio.timeout(FAR_SECONDS):
            assert await read_only(database) == "off"


async def test_the_host_that_was_taken_is_the_first_to_be_asked_again(database_url, silent):
    port = silent.getsockname()[1]
    url = several(database_url, port, None)
    with ExitStack() as exits:
        async with opened(url) as database, database.reading():
            assert callers(silent, exits) == 1
            # The second connection of the same pool.
            assert await read_only(database) == "off"
            assert callers(silent, exits) == 0


async def test_a_host_that_refuses_is_passed_over(database_url):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
    async with opened(several(database_url, closed, None)) as database:
        assert await read_only(database) == "off"


async def test_that_none_takes_writes_is_an_outage(database_url):
    """So it is while one of them takes the place of another."""
    only_reads = "&options=-c%20default_transaction_read_only%3Don"
    async with opened(several(database_url, None, None, also=only_reads)) as database:
        with pytest.raises(Unavailable, match="target_session_attrs"):
            await read_only(database)


async def test_a_standby_is_preferred_but_not_needed(database_url):
    async with opened(several(database_url, None, None, wanted="prefer-standby")) as database:
        assert await read_only(database) == "off"


async def test_a_refusal_is_told_rather_than_that_another_host_is_away(database_url):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
    url = several(database_url, None, closed).replace(make_url(database_url).password, "wrong")
    async with opened(url) as database:
        with pytest.raises(Unavailable) as outage:
            await read_only(database)
    assert outage.value.cause == "SQLSTATE 28P01"


@asynccontextmanager
async def watched(proxy):
    """Open a database that looks whether it is still there, while it is used."""
    database = Database(proxy.url, limits=DatabaseLimits(probe_seconds=0.3))
    watching = asyncio.create_task(database.watch())
    try:
        async with asyncio.timeout(FAR_SECONDS):
            yield database
    finally:
        proxy.go_on()
        watching.cancel()
        await database.close()


async def read_while_it_falls_silent(database, proxy):
    async with database.reading() as connection:
        await connection.execute(WHERE)
        proxy.stall()
        await connection.execute(WHERE)


async def write_and_commit_while_it_falls_silent(database, proxy):
    async with database.writing() as connection:
        await connection.execute(WHERE)
        proxy.stall()


async def test_who_waits_without_a_deadline_is_told_when_the_database_falls_silent(database_url):
    async with proxied(database_url) as proxy, watched(proxy) as database:
        with pytest.raises(Unavailable, match="no answer") as outage:
            await read_while_it_falls_silent(database, proxy)
        assert outage.value.stored is False


async def test_a_commit_that_is_given_up_may_be_done(database_url):
    async with proxied(database_url) as proxy, watched(proxy) as database:
        with pytest.raises(Unavailable) as outage:
            await write_and_commit_while_it_falls_silent(database, proxy)
        assert outage.value.stored is None
