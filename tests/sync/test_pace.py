"""A vendor is asked as fast as it bears, and not more often than an operator allows."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.sync.budget import Budget
from app.domain.sync.upstreams import Upstream, UpstreamApi
from app.vendors.pace import AT_ONCE, Pace, Paces

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Time:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += timedelta(seconds=seconds)

    @property
    def gone(self):
        return (self.now - NOW).total_seconds()


@pytest.fixture
def time():
    return Time()


def pace_of(time, most_per_hour=3_000):
    return Pace(Budget(), most_per_hour, time, sleep=time.sleep)


async def ask(pace, times):
    for _ in range(times):
        await pace.wait()
        pace.answered(200)


async def test_a_short_list_is_read_at_once_and_a_long_one_by_the_rate(time):
    pace = pace_of(time)
    await ask(pace, AT_ONCE + 1)
    assert time.gone == 0

    await ask(pace, 100)
    assert time.gone == pytest.approx(50, rel=0.01)

    await ask(pace, 600)
    assert 150 < time.gone - 50 < 300  # faster and faster, but never four a second


async def test_a_vendor_that_has_enough_is_asked_half_as_often(time):
    pace = pace_of(time)
    await ask(pace, AT_ONCE)
    pace.answered(429)
    await ask(pace, 11)

    assert time.gone == pytest.approx(11, rel=0.1)


async def test_no_more_are_sent_in_an_hour_than_are_allowed(time):
    pace = pace_of(time, most_per_hour=30)
    await ask(pace, 30)
    assert time.gone < 60

    await ask(pace, 30)
    assert 3600 <= time.gone < 3660


async def test_a_clock_that_is_set_back_delays_nothing(time):
    pace = pace_of(time, most_per_hour=AT_ONCE)
    await ask(pace, AT_ONCE)
    time.now = NOW - timedelta(days=1)
    await pace.wait()

    assert time.now == NOW - timedelta(days=1)


async def test_what_was_not_asked_for_an_hour_is_not_remembered(time):
    paces = Paces(3_000, time)
    for number in range(20):
        tried = Upstream(str(number), "c", UpstreamApi.KANTATA_OX, "https://x/", NOW)
        pace = paces.of(tried)
        await pace.wait()
        assert paces.of(tried) is pace
        time.now += timedelta(minutes=20)

    assert len(paces.known) == 3
