"""What scripts/measure-sync measures, in short: that it asks for what it says.

How much dearer anything is, is for the script to say, on a machine that does nothing else; that
nobody who writes pays for the outbox is held by tests/sync/test_following_changes.py.
"""

import asyncio

import pytest

from scripts.measure_sync import Sizes, measure

SMALL = Sizes(rounds=1, creates=2, small_creates=2, lists=2)


@pytest.mark.process
@pytest.mark.only_on("sqlite")
async def test_it_tells_what_writes_and_reads_cost(database_url, capsys):
    found = await asyncio.to_thread(asyncio.run, measure(database_url, SMALL))

    told = [line.split(":")[0].strip() for line in capsys.readouterr().out.splitlines()]
    assert told == ["A create of 100 entries", "A create of one entry", "A list of 100 entries"]
    assert all(each.endswith("dearer") for each in found)
