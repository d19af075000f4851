"""What writing to Kantata is held back by, and what it is not."""

import json
from dataclasses import replace
from datetime import date

import pytest

from app.domain.sync.deliveries import MOST_FLAPPING
from app.domain.sync.upstreams import SyncDirection, UpstreamState, Wanted
from tests.standins.faults import json_answer
from tests.sync.test_writing_guarded import ENTRIES, FEW, alike, of
from tests.sync.test_writing_kantata import ADA, FIRST, GRACE, SECOND, THIRD, Writing, writing

__all__ = ["writing"]

MANY = range(1, 31)
LINUS = 40
OUTSIDE = date(2026, 12, 1)


@pytest.fixture
async def unseen(account, connected):
    """A company with time off of which nothing waits, and which is to write from now on."""
    await connected.work()
    writing = Writing(connected)
    await connected.change(lambda each: replace(each, direction=SyncDirection.TWO_WAY))
    for user in MANY:
        await writing.enter(SECOND, 4, user)
    await connected.do("DELETE FROM deliveries")
    read_only = SyncDirection.READ_ONLY
    await connected.change(lambda each: replace(each, direction=read_only))
    await connected.change(lambda each: each.directed(SyncDirection.TWO_WAY))
    return writing


def of_user(account, user: int) -> str:
    """Return the id of the only entry that a user has there."""
    [found] = (id_ for id_, each in account.entries().items() if each["user_id"] == str(user))
    return str(found)


async def test_hours_that_change_to_and_fro_here_alone_are_written_each_time(account, writing):
    await writing.enter(FIRST, 4)
    await writing.work()
    for _ in range(5):
        await writing.change(FIRST, 6)
        await writing.work(seconds=61)
        await writing.change(FIRST, 4)
        await writing.work(seconds=10)

    await alike(account, writing, of(4, FIRST))


async def test_what_another_program_writes_too_ends_all_writing_until_somebody_looks(
    account, writing
):
    """The day is the last that was missing: from it on nothing is written, of its batch neither."""
    for number in range(MOST_FLAPPING - 1):
        await writing.enter((SECOND, THIRD)[number % 2], 4, 1 + number // 2)
    await writing.connected.fill()
    await writing.connected.do("UPDATE deliveries SET state = 'BLOCKED', code = 'FLAPPING'")
    await writing.enter(FIRST, 4)
    await writing.enter(FIRST, 4, LINUS)
    await writing.work()
    for _ in range(4):
        await writing.change(FIRST, 6)
        await writing.work(seconds=2)
        account.change(of_user(account, ADA), 4)
        await writing.read_all(seconds=70)
    await writing.change(FIRST, 6)
    await writing.enter(FIRST, 4, GRACE)
    await writing.change(FIRST, 6, LINUS)
    account.delete([of_user(account, LINUS)])
    written = account.written()
    begun = await writing.work(1, seconds=2)
    held = await writing.work(hours=7)

    assert (begun.state_reason, begun.wanted) == ("FLAPPING", Wanted.WHOLE)
    assert (held.state, held.state_reason) == (UpstreamState.NEEDS_REVIEW, "FLAPPING")
    assert account.written() == written


async def test_what_is_gone_at_once_is_looked_at_also_where_it_waits_to_be_written(
    account, writing
):
    for user in MANY:
        await writing.enter(FIRST, 4, user)
    await writing.work()
    for user in MANY:
        await writing.change(FIRST, 6, user)
    account.fault({"kind": "empty", "path": ENTRIES, "method": "GET"})
    held = await writing.work()
    account.fault()

    assert (held.state, held.state_reason) == (UpstreamState.NEEDS_REVIEW, "MASS_DELETION")
    assert len(await writing.connected.days()) == len(MANY)


async def test_a_first_comparison_that_cannot_be_believed_permits_nothing(account, unseen):
    def counting(asked, answer):
        document = json.loads(answer.body)
        if asked.path == ENTRIES and "start_date" in asked.query:
            document["count"] += 1
        return json_answer(document)

    with account.answering(counting):
        first = await unseen.work(hours=7)
    held = await unseen.work(hours=7)

    assert (first.state, first.may_write) == (UpstreamState.RUNNING, False)
    assert (held.state_reason, held.may_write) == ("FIRST_WRITE", False)
    assert account.written() == []


async def test_days_outside_of_the_window_are_no_first_write(account, connected):
    await connected.work()
    await connected.change(lambda each: each.directed(SyncDirection.TWO_WAY))
    writing = Writing(connected)
    await writing.enter(OUTSIDE, 4)

    upstream = await writing.work(hours=7)
    await writing.work()

    assert (upstream.state, upstream.may_write) == (UpstreamState.RUNNING, True)
    assert await writing.outbox() == [("HELD", "OUTSIDE_WINDOW")]
    assert account.written() == []


async def test_a_clock_that_was_set_back_by_a_day_delays_no_write(account, writing):
    account.fault({"kind": "silent", "method": "POST", "times": 1})
    await writing.enter(FIRST, 4)
    await writing.work()
    unknown = await writing.outbox()
    await writing.work(FEW, days=-1)
    await writing.work(FEW, minutes=20)

    assert unknown == [("UNCERTAIN", None)]
    await alike(account, writing, of(4, FIRST))


async def test_reading_waits_for_what_is_to_be_written_but_not_for_long(account, writing):
    """Each turn takes four minutes, and has something to be written."""
    read_at = (await writing.connected.upstream()).last_read_at
    for number in range(5):
        await writing.enter(FIRST, 4, 1 + number)
        writing.connected.clock.go_on(minutes=4)
        await writing.connected.turns(1)

    assert len(account.days()) >= 3
    assert (await writing.connected.upstream()).last_read_at > read_at
