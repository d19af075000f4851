"""What writing to Procore once did wrong, each by the way it came to light."""

from dataclasses import replace
from datetime import date, time
from itertools import product

import pytest

from app.db.reading.sync_people import bases_of_person
from app.domain.identifiers import Kind, node_id
from app.domain.repeat_changes import Scope
from app.domain.sync.conflicts import ConflictPolicy
from app.domain.sync.runs import RunKind, SyncRun
from app.domain.sync.upstreams import SyncDirection, UpstreamState
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.sync.outbox import end_writing
from app.services.sync.take_in_records import TakeInRecords
from tests.builders import COMPANY, uuid
from tests.sync.procore_company import PEOPLE, person
from tests.sync.test_writing_procore import ADA, GRACE, WEEKLY, writing, written

__all__ = ["writing"]
pytestmark = pytest.mark.only_on("sqlite")


async def settled(writing, passes: int = 3) -> None:
    for _ in range(passes):
        await writing.work()
        await writing.read_all()


async def is_quiet(company, writing) -> bool:
    """Say whether two whole passes write nothing and tell nothing."""
    before = written(company), await writing.connected.last_change()
    await writing.read_all()
    await writing.read_all()
    return before == (written(company), await writing.connected.last_change())


def lost_answers(company, times: int, method: str = "POST") -> None:
    company.fault({"kind": "silent", "method": method, "is_done": True, "times": times})


@pytest.mark.parametrize("change", ["deleted", "changed", "kept"])
@pytest.mark.parametrize("reason", ["medical", "flu"])
async def test_twins_that_may_have_been_made_are_both_known_again(company, writing, change, reason):
    first = await writing.create(ADA)
    await writing.create(ADA, reason=reason)
    lost_answers(company, 2)
    await writing.work(seconds=5)
    await writing.work(seconds=5)
    assert await writing.outbox() == [("UNCERTAIN", None)] * 2
    if change == "deleted":
        await writing.delete(first)
    elif change == "changed":
        await writing.change(first, batch_end_time=time(12))

    await settled(writing)

    assert len(company.records()) == 2 - (change == "deleted")
    assert await writing.are_alike(company)
    assert written(company).count("POST time-off") == 2
    assert await writing.outbox() == []
    assert await is_quiet(company, writing)


@pytest.mark.parametrize("change", ["deleted", "changed"])
async def test_what_may_have_been_made_is_one_also_when_it_is_only_read_again(
    company, writing, change
):
    id_ = await writing.create(ADA)
    lost_answers(company, 1)
    await writing.work(seconds=5)
    if change == "deleted":
        await writing.delete(id_)
    else:
        await writing.change(id_, batch_end_time=time(12))
    await turned(writing, SyncDirection.READ_ONLY)

    await settled(writing)
    only_read = await writing.are_alike(company), len(company.records())
    await turned(writing, SyncDirection.TWO_WAY)
    await settled(writing)

    assert only_read == (True, 1)
    assert await writing.are_alike(company)
    assert written(company) == ["POST time-off"]


async def turned(writing, direction: SyncDirection) -> None:
    """Have somebody turn the direction, as the service does."""
    connected = writing.connected
    if direction is SyncDirection.READ_ONLY:
        async with connected.database.writing() as connection:
            await end_writing(connection, connected.id, None, connected.clock())
    await connected.change(lambda each: replace(each.directed(direction), revision=9))


async def test_whom_the_vendor_does_not_know_is_told(company, writing):
    directory = DirectoryService(writing.connected.database, writing.connected.clock)
    await directory.upsert_people(LOCAL, [UpsertItem(_as_item(77))])
    await writing.create(77)
    await writing.create(ADA)

    await settled(writing)

    assert await writing.outbox() == [("BLOCKED", "REFUSED")]
    assert len(company.records()) == 1


def _as_item(number: int):
    return {"source_id": uuid(number), "company_id": COMPANY, "first_name": "A", "last_name": "B"}


async def test_a_record_that_cannot_be_read_holds_up_no_other(company, writing):
    company.create(ADA, "03/09/26")
    company.fault({"kind": "misfit_rows", "path": "time-off", "method": "GET"})
    await writing.create(ADA)

    await writing.work()
    await writing.work()

    assert written(company) == ["POST time-off"]
    assert await writing.outbox() == []
    company.fault()
    await settled(writing)
    assert await writing.are_alike(company)
    assert len(company.records()) == 2


async def test_what_was_just_made_is_no_mass_deletion_where_a_replica_is_late(company, writing):
    for number, day in product(PEOPLE, (4, 5, 6)):
        await writing.create(number, start_day=date(2026, 3, day), end_day=date(2026, 3, day))
    await writing.work(seconds=1)
    company.fault(
        {"kind": "empty", "path": "time-off", "method": "GET"},
        {"kind": "status", "status": 404, "path": "record", "method": "GET"},
    )

    upstream = await writing.read_all(seconds=5)

    assert len(company.records()) == 24 == len(await writing.connected.records())
    assert upstream.state is UpstreamState.RUNNING
    company.fault()
    await settled(writing)
    assert await writing.are_alike(company)


async def test_a_record_that_is_gone_outside_of_the_window_asks_for_no_pass(company, writing):
    id_ = await writing.create(ADA)
    await writing.work()
    company.delete(ADA, *company.records())
    writing.connected.clock.go_on(days=30)
    await writing.change(id_, start_day=date(2026, 4, 6), end_day=date(2026, 4, 6))

    await settled(writing)
    before = len(await writing.connected.runs())
    for _ in range(3):
        await writing.work(minutes=2)

    kinds = {each.kind for each in (await writing.connected.runs())[before:]}
    assert "FULL" not in kinds
    assert await writing.outbox() == []
    assert await writing.conflicts() == [("CHANGED_HERE_DELETED_THERE", "VENDOR")]
    assert await writing.are_alike(company)


async def test_what_is_gone_with_its_person_stays_and_waits_for_somebody(company, writing):
    id_ = await writing.create(ADA)
    await writing.work()
    company.delete(ADA, *company.records())
    company.fill([person(ADA, status="INACTIVE")])
    try:
        await writing.read_all()
        await writing.change(id_, is_paid=False)
        await settled(writing)
        before = len(await writing.connected.runs())
        for _ in range(3):
            await writing.work(minutes=2)
        kinds = {each.kind for each in (await writing.connected.runs())[before:]}
    finally:
        company.fill([person(ADA, status="ACTIVE")])

    assert "FULL" not in kinds
    assert await writing.outbox() == [("BLOCKED", "REFUSED")]
    assert [*await writing.connected.records()] == [id_]
    await writing.read_all()
    ((delivery,),) = await writing.rows("SELECT id FROM deliveries")
    await writing.decisions.retry(LOCAL, [node_id(Kind.DELIVERY, str(delivery))])
    await settled(writing)
    assert await writing.are_alike(company)
    assert await writing.outbox() == []


async def test_an_old_list_does_not_bring_an_old_reason_back(company, writing):
    id_ = await writing.create(ADA)
    await writing.work()
    company.fault({"kind": "stale", "method": "GET"})
    await writing.change(id_, reason="flu")
    await writing.work(seconds=5)
    await writing.read_all(seconds=5)

    (record,) = (await writing.connected.records()).values()
    assert record["reason"] == "flu"
    company.fault()
    await settled(writing)
    (record,) = company.records().values()
    assert record["reason"] == "flu"


async def test_days_that_hold_here_hold_in_whole(company, writing):
    id_ = await writing.create(ADA)
    await writing.work()
    await writing.decide(ConflictPolicy.GATEWAY_WINS)
    (there,) = company.records()
    company.change(ADA, there, start_day="03/20/26", end_day="03/24/26")
    await writing.change(id_, start_day=date(2026, 3, 9), end_day=date(2026, 3, 9))
    company.fault({"kind": "status", "method": "PATCH", "status": 422})
    await writing.work()

    rows = await writing.rows("SELECT last_day FROM person_time_offs")
    assert [str(each) for (each,) in rows] == ["2026-03-09"]


@pytest.mark.parametrize("status", [403, 422])
async def test_a_record_of_which_it_cannot_be_asked_stops_no_other(company, writing, status):
    id_ = await writing.create(ADA)
    await writing.work()
    (there,) = company.records()
    company.delete(ADA, there)
    await writing.change(id_, is_paid=False)
    await writing.create(GRACE)
    company.fault({"kind": "status", "path": "record", "method": "GET", "status": status})

    upstream = await writing.work()

    assert upstream.state is UpstreamState.RUNNING
    assert written(company).count("POST time-off") == 2


@pytest.mark.parametrize("given", [{"is_paid": False}, {"batch_start_time": time(9)}])
async def test_what_one_occurrence_has_otherwise_is_not_lost(company, writing, given):
    id_ = await writing.create(ADA, **WEEKLY)
    await writing.work()
    await writing.change_from(id_, date(2026, 3, 18), Scope.ONE, **given)
    before = await writing.connected.records()

    await settled(writing)

    assert await writing.outbox() == [("BLOCKED", "UNSUPPORTED")]
    assert await writing.connected.records() == before
    assert written(company) == ["POST time-off"]


async def test_the_half_of_a_repeat_that_is_outside_of_the_window_is_made_anew(company, writing):
    first = date(2026, 2, 4)
    id_ = await writing.create(ADA, **WEEKLY | {"start_day": first, "end_day": first})
    await writing.work()
    nine = {"batch_start_time": time(9)}
    await writing.change_from(id_, date(2026, 2, 18), Scope.FOLLOWING, **nine)

    await settled(writing)

    assert len(company.records()) == 2
    assert await writing.are_alike(company)
    assert await writing.outbox() == []


async def test_what_was_made_anew_meanwhile_is_not_what_was_gone(company, writing):
    id_ = await writing.create(ADA)
    await writing.work()
    connected, upstream = writing.connected, await writing.connected.upstream()
    async with connected.database.reading() as connection:
        (old,) = (await bases_of_person(connection, upstream.id, uuid(ADA))).values()
    company.delete(ADA, old.remote_id)
    await writing.decide(ConflictPolicy.GATEWAY_WINS)
    await writing.change(id_, is_paid=False)
    await settled(writing)
    connected.clock.go_on(minutes=5)

    run = SyncRun("one", upstream.id, RunKind.FULL, connected.clock())
    take_in = TakeInRecords(connected.database, connected.clock)
    await take_in.gone(await connected.upstream(), run, [old])

    assert [*await connected.records()] == [id_]
    assert await is_quiet(company, writing)
