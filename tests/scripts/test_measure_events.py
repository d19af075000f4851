"""What scripts/measure-events measures, in short: that nobody misses anything and nothing is left.

How long it takes is for the script to say, on a machine that does nothing else.
"""

import asyncio

import pytest

from scripts.measure_events import Sizes, measure

SMALL = Sizes(subscribers=(20,), changes=3, drops=60, rounds=1, creates=8, small_creates=8)
OF_TIME = ("hear after",)


@pytest.mark.process
async def test_all_hear_and_nothing_is_left_of_those_who_went(database_url):
    found = await asyncio.to_thread(asyncio.run, measure(database_url, SMALL))

    assert [each for each in found if not any(words in each for words in OF_TIME)] == []
