"""What waits to be written is counted, and each look at it has a line in the log."""

import logging
from datetime import timedelta

import pytest

from app.clock import now
from app.db.reading import deliveries as outbox
from app.domain.paging import Order, PageRequest
from app.domain.sync.conflicts import ConflictPolicy
from app.domain.sync.deliveries import DeliveryFilter
from app.domain.sync.upstreams import UpstreamApi
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.directory.service import DirectoryService
from app.services.sync.delivery_lines import delivery_lines
from app.services.sync.figures import SyncFigures
from app.services.sync.rules import SyncRules
from app.services.sync.sealing import new_key
from app.sync import Sync
from tests.sync.test_outbox import outbox_of
from tests.sync.test_writing_kantata import FIRST, GRACE, SECOND, THIRD, Writing, writing

__all__ = ["writing"]

KANTATA = UpstreamApi.KANTATA_OX.value


async def figures_of(writing: Writing) -> SyncFigures:
    """Return the figures as the process that drives has them."""
    connected = writing.connected
    async with connected.database.reading() as connection:
        waiting = await outbox.waiting_of_upstreams(connection)
    return SyncFigures(upstreams=[await connected.upstream()], waiting=waiting)


async def test_where_nothing_waits_each_figure_is_zero(writing):
    figures = await figures_of(writing)

    states = dict.fromkeys(("PENDING", "UNCERTAIN", "BLOCKED", "HELD"), 0)
    assert figures.deliveries == {KANTATA: states}
    assert figures.conflicts == {KANTATA: 0}
    assert figures.oldest_pending(writing.connected.clock()) == {KANTATA: 0}


async def test_what_waits_was_refused_or_is_to_be_decided_is_counted(account, writing):
    await writing.decide(ConflictPolicy.ASK)
    await writing.enter(FIRST, 4)
    await writing.enter(SECOND, 4)
    await writing.work()
    there = next(key for key, each in account.entries().items() if day_of(each) == SECOND)
    account.change(there, 2)
    account.fault({"kind": "status", "status": 422, "method": "PUT"})
    await writing.change(FIRST, 6)
    await writing.change(SECOND, 6)
    await writing.work()
    wanted_at = writing.connected.clock.now
    await writing.enter(THIRD, 4, GRACE)
    await writing.connected.fill()
    figures = await figures_of(writing)

    states = {"PENDING": 1, "UNCERTAIN": 0, "BLOCKED": 1, "HELD": 1}
    assert figures.deliveries == {KANTATA: states}
    assert figures.conflicts == {KANTATA: 1}
    (age,) = figures.oldest_pending(wanted_at + timedelta(hours=1)).values()
    assert 3_599 < age <= 3_600
    assert figures.oldest_pending(wanted_at - timedelta(hours=1)) == {KANTATA: 0}
    figures.nothing()
    assert (figures.deliveries, figures.conflicts) == ({}, {})


def day_of(entry):
    return type(FIRST).fromisoformat(entry["requested_date"])


async def test_a_write_of_which_nobody_knows_says_when_it_is_looked_at(account, writing):
    fault = {"kind": "silent", "method": "POST", "path": "time_off_entries", "times": 1}
    account.fault(fault)
    await writing.enter(FIRST, 4)
    await writing.connected.fill()
    before = await why(writing)
    upstream = await writing.work()
    failed = await why(writing)
    async with writing.connected.database.reading() as connection:
        is_waited_for = await outbox.is_at_work(connection, upstream.id, upstream.connected_at)
    writing.connected.clock.go_on(minutes=10)

    assert before == [("", 0)]
    [(told, tries)] = failed
    assert told.startswith("no answer; looked at from ")
    assert tries == 1
    assert not is_waited_for
    assert await why(writing) == [("to be looked at", 1)]


async def test_what_a_silent_vendor_is_not_told_says_why(account, writing):
    account.fault({"kind": "status", "status": 503})
    await writing.enter(FIRST, 4)

    await writing.work()

    assert await why(writing) == [("nothing is written: RUNNING (UNREACHABLE)", 0)]


async def why(writing: Writing) -> list[tuple[str, int]]:
    """Return why each day is not written yet, and how often it was."""
    connected, request = writing.connected, PageRequest(Order("WANTED_AT"))
    page = await outbox_of(connected).deliveries(LOCAL, DeliveryFilter(), request)
    lines = await delivery_lines(connected.database, page.items)
    return [(each.why(connected.clock()), each.tries) for each in lines]


@pytest.mark.only_on("sqlite")
async def test_a_look_at_what_is_to_be_written_has_a_line_without_anybodys_day(
    account, writing, caplog
):
    caplog.set_level(logging.INFO, logger="app.sync")
    connected = writing.connected
    events = AccessEvents(connected.database, now)
    directory = DirectoryService(connected.database, now)
    rules = SyncRules(keys=[new_key()], settles=timedelta(seconds=7))
    sync = Sync(connected.database, directory, events, rules)
    connected.delivered = sync.passes.delivered
    await writing.enter(FIRST, 4)
    await writing.enter(SECOND, 4)
    await writing.work()
    account.fault({"kind": "status", "status": 422, "method": "PUT"})
    await writing.change(FIRST, 6)
    await writing.work()

    lines = [each.getMessage() for each in caplog.records if each.name == "app.sync"]
    assert sync.passes.settles == timedelta(seconds=7)
    assert [each.rpartition(",")[0] for each in lines] == [
        f"upstream {connected.id}: DELIVERIES: 2 looked at, 2 written, 0 refused, 0 failed",
        *[f"upstream {connected.id}: DELIVERIES: 1 looked at, 0 written, 1 refused, 0 failed"] * 2,
    ]
