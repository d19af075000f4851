"""Whether a database answers: found out once for all who ask, and in bounded time."""

import asyncio
import time

import pytest

from app.db.availability.pulse import FRESH_SECONDS, Pulse
from app.db.connections.database import Database
from app.db.connections.limits import DatabaseLimits
from app.domain.errors import Unavailable
from tests.proxy import proxied

SECONDS = 0.4


class Beats:
    """Answers so late, and counts how often it was asked."""

    def __init__(self, seconds=0.0, error=None):
        self.seconds = seconds
        self.error = error
        self.count = 0

    async def beat(self):
        self.count += 1
        await asyncio.sleep(self.seconds)
        if self.error:
            raise self.error


async def test_an_answer_within_the_limit_is_one_and_one_beyond_is_none():
    assert await Pulse(Beats(SECONDS * 0.5).beat, SECONDS).answers()
    async with asyncio.timeout(60):
        assert not await Pulse(Beats(600).beat, SECONDS).answers()


async def test_all_who_ask_at_a_time_share_one_look():
    beats = Beats(0.05)
    pulse = Pulse(beats.beat, SECONDS)
    answers = await asyncio.gather(*(pulse.answers() for _ in range(100)))
    again = await pulse.answers()

    assert (set(answers), again, beats.count) == ({True}, True, 1)


async def test_an_old_answer_is_none():
    beats = Beats()
    pulse = Pulse(beats.beat, SECONDS)
    assert await pulse.answers()
    beats.error = OSError()
    await asyncio.sleep(FRESH_SECONDS + 0.05)

    assert not await pulse.answers()
    assert pulse.is_lost


async def test_a_loop_that_was_busy_takes_no_answer_for_none():
    beats = Beats(SECONDS / 4)
    asking = asyncio.ensure_future(Pulse(beats.beat, SECONDS).answers())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    time.sleep(SECONDS * 2)  # noqa: ASYNC251 - the loop computes

    assert await asking


async def test_whoever_gives_up_leaves_the_look_to_the_others():
    beats = Beats(0.1)
    pulse = Pulse(beats.beat, SECONDS)
    first = asyncio.ensure_future(pulse.answers())
    second = asyncio.ensure_future(pulse.answers())
    await asyncio.sleep(0.02)
    first.cancel()

    assert await second
    assert beats.count == 1


@pytest.mark.only_on("postgresql")
async def test_a_connection_may_take_so_long_and_no_longer(database_url):
    async with proxied(database_url) as proxy:
        database = Database(proxy.url, limits=DatabaseLimits(connect_seconds=20))
        proxy.stall()
        loop = asyncio.get_running_loop()
        loop.call_later(0.4, proxy.go_on)
        async with database.reading():
            pass
        await database.close()

        database = Database(proxy.url, limits=DatabaseLimits(connect_seconds=1))
        proxy.stall()
        started = time.monotonic()
        with pytest.raises(Unavailable):
            async with database.reading():
                pass
        assert 0.9 < time.monotonic() - started < 60
        proxy.go_on()
        await database.close()


async def test_readiness_is_of_the_file_or_of_the_server(database_url, database_kind):
    database = Database(database_url)
    missing = {
        "sqlite": "sqlite+aiosqlite:////nowhere/at/all.db",
        "postgresql": "postgresql+asyncpg://nobody@127.0.0.1:1/nothing",
    }
    nothing = Database(missing[database_kind])

    assert await database.ping()
    assert not await nothing.ping()
    await database.close()
    await nothing.close()
