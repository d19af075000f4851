"""What was refused, and what both sides have changed, is decided by a person."""

from dataclasses import replace

import pytest

from app.domain.errors import InvalidValue, Refused
from app.domain.identifiers import Kind, node_id
from app.domain.sync.conflicts import ConflictPolicy, SyncSide
from app.domain.sync.deliveries import day_key
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.sync.outbox import Outbox
from app.services.sync.overview import Sides, SyncOverview
from tests.builders import COMPANY, OTHER_COMPANY
from tests.sync.conftest import Connected
from tests.sync.test_writing_kantata import ADA, FIRST, HOUR, Writing, writing

__all__ = ["writing"]


def outbox_of(connected: Connected) -> Outbox:
    database, clock = connected.database, connected.clock
    return Outbox(database, clock, AccessEvents(database, clock), lambda: None)


async def only(writing: Writing, table: str, kind: Kind) -> str:
    [(id_,)] = await writing.rows(f"SELECT id FROM {table}")  # noqa: S608 - a name of this file
    return node_id(kind, str(id_))


@pytest.mark.parametrize("keep", SyncSide)
async def test_a_conflict_is_decided_once_and_both_sides_are_alike_after_it(account, writing, keep):
    await writing.decide(ConflictPolicy.ASK)
    await writing.enter(FIRST, 4)
    await writing.work()
    await writing.change(FIRST, 6)
    account.change(next(iter(account.entries())), 2)
    await writing.work()
    outbox = outbox_of(writing.connected)
    conflict = await only(writing, "sync_conflicts", Kind.SYNC_CONFLICT)

    decided = await outbox.resolve(LOCAL, conflict, keep)
    await writing.work()

    hours = 6 if keep is SyncSide.GATEWAY else 2
    assert (decided.kept, decided.decided_by) == (keep, LOCAL.name)
    assert account.days() == {(ADA, str(FIRST)): hours * HOUR} == await writing.connected.days()
    assert await writing.outbox() == []
    with pytest.raises(InvalidValue, match="decided already"):
        await outbox.resolve(LOCAL, conflict, keep)


@pytest.mark.parametrize("is_given_up", [False, True])
async def test_what_was_refused_is_tried_once_more_or_given_up(account, writing, is_given_up):
    await writing.enter(FIRST, 4)
    await writing.work()
    account.fault({"kind": "status", "status": 422, "method": "PUT", "words": "No."})
    await writing.change(FIRST, 6)
    await writing.work()
    account.fault()
    outbox = outbox_of(writing.connected)
    delivery = await only(writing, "deliveries", Kind.DELIVERY)

    await (outbox.give_up if is_given_up else outbox.retry)(LOCAL, [delivery])
    await writing.work()

    hours = 4 if is_given_up else 6
    assert account.days() == {(ADA, str(FIRST)): hours * HOUR} == await writing.connected.days()
    assert await writing.outbox() == []


async def test_what_is_not_refused_is_not_decided(account, writing):
    await writing.enter(FIRST, 4)
    await writing.connected.fill()
    outbox = outbox_of(writing.connected)
    delivery = await only(writing, "deliveries", Kind.DELIVERY)

    with pytest.raises(Refused, match="INVALID_VALUE; NOT_FOUND"):
        await outbox.retry(LOCAL, [delivery, node_id(Kind.DELIVERY, COMPANY)])


async def test_nobody_decides_for_another_company(account, writing):
    await writing.enter(FIRST, 4)
    await writing.connected.fill()
    delivery = await only(writing, "deliveries", Kind.DELIVERY)
    identity = replace(LOCAL.identity, companies=frozenset({OTHER_COMPANY}))

    with pytest.raises(Refused, match="NOT_FOUND"):
        await outbox_of(writing.connected).retry(replace(LOCAL, identity=identity), [delivery])


async def test_hours_of_who_is_another_companys_by_now_are_not_shown(account, writing):
    """What waited before somebody was moved is still listed; what they have now is not ours."""
    await writing.enter(FIRST, 4)
    connected = writing.connected
    directory = DirectoryService(connected.database, connected.clock)
    other = {"source_id": OTHER_COMPANY, "name": "Beam"}
    await directory.upsert_companies(LOCAL, [UpsertItem(other)])
    overview, place = SyncOverview(connected.database), (connected.id, day_key(ADA, FIRST))

    before = await overview.sides(LOCAL, [place])
    await connected.do(f"UPDATE time_off_entries SET company_id = '{OTHER_COMPANY}'")  # noqa: S608
    after = await overview.sides(LOCAL, [place])
    theirs = replace(LOCAL.identity, companies=frozenset({OTHER_COMPANY}))

    assert before == {place: Sides({"seconds": 4 * HOUR, "references": {}}, None)}
    assert after == {place: Sides(None, None)}
    assert await overview.sides(replace(LOCAL, identity=theirs), [place]) == after
