"""The way to PostgreSQL is slow, or ends in the midst of a message: nothing is lost or half."""

import time
from itertools import islice
from random import Random

import pytest

from tests.process.outages import crowd, descriptors, recovered, settles, stored, until
from tests.process.stored import refuse_violations
from tests.process.test_outages import (
    CONNECTIONS,
    OUTAGE_CODES,
    hold_what_was_told,
    serving_beside,
)
from tests.proxy import proxied

pytestmark = [pytest.mark.only_on("postgresql"), pytest.mark.process]

PATIENT = {"TIMEOFF_LIMIT_QUERY_SECONDS": "120", "TIMEOFF_LIMIT_MUTATION_SECONDS": "120"}
"""A new connection prepares each statement anew, which takes long where a machine is busy."""
BACK_SECONDS = 240
SLOW = 0.01
TOO_SLOW = 2.5
"""Seconds each way: above those after which PostgreSQL counts as silent."""
FIRST_LENGTHS = (1, 400)
"""Bytes of which nobody gets as far as a statement."""
LENGTHS = (500, 6000)
TOLD = 3


def refusals(asking):
    return sum(asking.codes().values())


def hold_outages_only(asking):
    """Hold that all are answered, or told of an outage and when to come again."""
    assert set(asking.codes()) <= OUTAGE_CODES, asking.codes()
    unavailable = [each for each in asking.outcomes if each.code == "SERVICE_UNAVAILABLE"]
    assert {(each.status, each.retry_after) for each in unavailable} <= {(503, True)}


async def told_more(asking, count):
    """Wait until so many more were told of the outage."""
    wanted = refusals(asking) + count
    await until(lambda: refusals(asking) >= wanted)


@pytest.mark.parametrize(
    "times", [pytest.param(1, id="short"), pytest.param(20, id="long", marks=pytest.mark.long)]
)
async def test_a_slow_way_is_waited_for_and_one_too_slow_is_an_outage(
    database_url, times, record_property
):
    async with (
        proxied(database_url) as proxy,
        serving_beside(proxy.url, PATIENT) as server,
        crowd(server.url, readers=3, writers=2) as asking,
    ):
        await stored(asking, 5)
        before = descriptors(server.pid)
        for _ in range(times):
            proxy.delay(SLOW)
            began = time.monotonic()
            await stored(asking, 3)
            waited = asking.of("write", since=began)
            proxy.delay(TOO_SLOW)
            await told_more(asking, TOLD)
            proxy.delay(0)
            await recovered(asking, time.monotonic(), seconds=BACK_SECONDS)
        await hold_what_was_told(asking)
        await settles(lambda: descriptors(server.pid), before + CONNECTIONS)
    await refuse_violations(database_url)

    hold_outages_only(asking)
    assert min(each.took for each in waited if each.code is None) > 2 * SLOW
    record_property(
        f"{times} times a way to PostgreSQL that is slow, then too slow",
        f"{len(asking.stored)} writes acknowledged, 0 lost; {dict(asking.codes())}",
    )


@pytest.mark.parametrize(
    "times", [pytest.param(6, id="short"), pytest.param(200, id="long", marks=pytest.mark.long)]
)
async def test_a_way_that_ends_in_the_midst_of_a_message_loses_nothing(
    database_url, times, record_property
):
    chance = Random(1)  # noqa: S311
    lengths = [*FIRST_LENGTHS, *islice(iter(lambda: chance.randint(*LENGTHS), 0), times - 2)]
    async with proxied(database_url) as proxy, serving_beside(proxy.url, PATIENT) as server:
        async with crowd(server.url, readers=3, writers=2) as asking:
            await stored(asking, 5)
            before = descriptors(server.pid)
            for length in lengths:
                proxy.cut_after(length)
                await told_more(asking, TOLD)
                proxy.cut_after(None)
                await recovered(asking, time.monotonic(), seconds=BACK_SECONDS)
            await hold_what_was_told(asking)
            await settles(lambda: descriptors(server.pid), before + CONNECTIONS)
        log = server.log()
    await refuse_violations(database_url)

    hold_outages_only(asking)
    assert len(log) < 100_000 + 5_000 * times
    record_property(
        f"{times} times cut after some bytes",
        f"{len(asking.stored)} writes acknowledged, 0 lost; {dict(asking.codes())}",
    )
