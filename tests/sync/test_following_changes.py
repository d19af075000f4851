"""The outbox of a system that is written to follows the change feed; nobody waits for it."""

from datetime import timedelta

from app.db.writing.sync import add_run
from app.domain.identifiers import Kind, node_id
from app.domain.sync.deliveries import DeliveryState, day_key
from app.domain.sync.runs import RunCounts, RunKind, SyncRun
from app.domain.sync.upstreams import SyncDirection, Wanted
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.changes import forget_old_changes
from app.services.directory.service import DirectoryService
from app.services.sync import fill_outbox
from app.services.sync.commands import UpdateUpstream
from app.services.sync.overview import SyncOverview
from app.services.sync.rules import SyncRules
from app.services.sync.sealing import new_key
from app.sync import Sync
from tests.builders import COMPANY, uuid
from tests.graphql.api import statements
from tests.sync.test_writing_kantata import ADA, FIRST, GRACE, SECOND, THIRD, Writing, writing

__all__ = ["writing"]


async def state_of(writing: Writing, user: int = ADA) -> DeliveryState | None:
    """Return where a day is, as whoever reads its entry is told."""
    place = (COMPANY, day_key(user, FIRST))
    found = await SyncOverview(writing.connected.database).deliveries([place])
    return found[place].state if place in found else None


async def test_who_writes_does_not_write_to_the_outbox(writing):
    with statements() as sent:
        await writing.enter(FIRST, 4)

    assert sent
    assert not any("deliveries" in each for each in sent)


async def test_what_has_just_changed_waits_at_once_for_whoever_reads_it(account, writing):
    await writing.enter(FIRST, 4)
    at_once, outbox = await state_of(writing), await writing.outbox()
    await writing.work()
    done = await state_of(writing)
    account.fault({"kind": "status", "status": 422, "method": "PUT"})
    await writing.change(FIRST, 6)
    await writing.work()
    refused = await state_of(writing)
    await writing.change(FIRST, 7)

    assert (at_once, outbox, done) == (DeliveryState.PENDING, [], None)
    assert refused is DeliveryState.BLOCKED
    assert await state_of(writing) is DeliveryState.PENDING
    assert await state_of(writing, GRACE) is None


async def test_a_write_that_is_uncertain_stays_so_whatever_is_changed(account, writing):
    account.fault({"kind": "silent", "method": "POST", "times": 1})
    await writing.enter(FIRST, 4)
    await writing.work()
    await writing.change(FIRST, 6)

    assert await state_of(writing) is DeliveryState.UNCERTAIN


async def test_many_changes_are_followed_in_pieces(account, writing, monkeypatch):
    monkeypatch.setattr(fill_outbox, "CHANGES_AT_A_TIME", 2)
    for day in (FIRST, SECOND, THIRD):
        await writing.enter(day, 4)
        await writing.enter(day, 4, GRACE)
    await writing.work()

    assert account.days() == await writing.connected.days()
    assert len(account.days()) == 6


async def test_changes_that_are_kept_no_longer_are_found_by_a_comparison(account, writing):
    await writing.enter(FIRST, 4)
    later = writing.connected.clock.now + timedelta(days=2)
    await forget_old_changes(writing.connected.database, later, 1)
    await writing.connected.fill()
    wanted = (await writing.connected.upstream()).wanted
    await writing.work()

    assert wanted is Wanted.WHOLE
    assert account.days() == await writing.connected.days()
    assert len(account.days()) == 1


async def test_what_is_changed_once_it_is_written_to_is_followed_from_then_on(account, connected):
    await connected.work()
    database, clock = connected.database, connected.clock
    directory, events = DirectoryService(database, clock), AccessEvents(database, clock)
    service = Sync(database, directory, events, SyncRules(keys=[new_key()])).service
    writing, id_ = Writing(connected), node_id(Kind.UPSTREAM, connected.id)

    await service.update(LOCAL, UpdateUpstream(id_, direction=SyncDirection.TWO_WAY))
    await writing.enter(FIRST, 4)
    at_once = await state_of(writing)
    await service.update(LOCAL, UpdateUpstream(id_, direction=SyncDirection.READ_ONLY))

    assert at_once is DeliveryState.PENDING
    assert await state_of(writing) is None
    assert await writing.outbox() == []


async def test_an_overview_tells_the_lag_the_drift_and_how_far_a_pass_is(account, writing):
    connected = writing.connected
    overview = SyncOverview(connected.database, clock=connected.clock)
    await writing.enter(FIRST, 4)
    connected.clock.go_on(seconds=90)
    waiting = await overview.waiting(LOCAL, [connected.id])
    lag = overview.lag(waiting[connected.id])
    await writing.work()
    counts = RunCounts(drift_repaired=2)
    run = SyncRun(
        uuid(7),
        connected.id,
        RunKind.FULL,
        connected.clock(),
        checkpoint="2026-03-31",
        counts=counts,
    )
    idle = await overview.progress(LOCAL, [connected.id])
    async with connected.database.writing() as connection:
        await add_run(connection, run)
    progress = (await overview.progress(LOCAL, [connected.id]))[connected.id]

    assert lag is not None
    assert 90 <= lag.total_seconds() < 91
    assert overview.lag((await overview.waiting(LOCAL, [connected.id]))[connected.id]) is None
    assert await overview.drift_repaired(LOCAL, [connected.id]) == {connected.id: 2}
    assert idle == {}
    assert progress.what == "months read"
    assert 0 < progress.done < progress.total
