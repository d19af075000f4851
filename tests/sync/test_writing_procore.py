"""Records of person time off that change here are so in Procore: written once, compared first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from itertools import count
from typing import Any

import pytest

from app.db.writing.deliveries import forget_words
from app.domain.identifiers import Kind, node_id
from app.domain.person_time_off_patch import PersonTimeOffPatch
from app.domain.recurrence import Repeat
from app.domain.repeat_changes import Scope
from app.domain.sync.conflicts import ConflictPolicy, SyncSide
from app.domain.sync.upstreams import SyncDirection, Upstream, UpstreamState, Wanted, Window
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.person_time_off.commands import (
    CreatePersonTimeOff,
    DeletePersonTimeOff,
    UpdatePersonTimeOff,
)
from app.services.person_time_off.service import PersonTimeOffService
from app.services.sync.fill_outbox import FillOutbox
from app.services.sync.outbox import Outbox
from tests.builders import COMPANY, uuid
from tests.sync.procore_company import WISH, ConnectedCompany

ADA, GRACE = 1, 2
WEEKLY = {"repeat": Repeat.WEEKLY, "cadence": 1, "repeat_end_day": date(2026, 4, 1)}
MONTHLY = {"repeat": Repeat.MONTHLY, "cadence": 1, "repeat_end_day": date(2026, 6, 30)}
ONCE = pytest.mark.only_on("sqlite")
"""What a vendor does is the same to both databases."""
HIDDEN = {"id", "created_at", "instances"}


class Writing:
    """The company, which writes to Procore, and a caller who writes here."""

    def __init__(self, connected: ConnectedCompany) -> None:
        self.connected = connected
        self.service = PersonTimeOffService(connected.database, connected.clock)
        events = AccessEvents(connected.database, connected.clock)
        self.decisions = Outbox(connected.database, connected.clock, events, lambda: None)

    async def create(self, number: int = ADA, **given: Any) -> str:
        wish = replace(WISH, **given)
        made = await self.service.create(LOCAL, CreatePersonTimeOff(COMPANY, uuid(number), wish))
        return str(made.record.id)

    async def change(self, id_: str, **given: Any) -> None:
        patch = PersonTimeOffPatch(**given)
        await self.service.update(LOCAL, UpdatePersonTimeOff(id_, patch))

    async def change_from(self, id_: str, day: date, scope: Scope, **given: Any) -> None:
        """Change one occurrence, or that and all behind it."""
        patch = PersonTimeOffPatch(**given)
        update = UpdatePersonTimeOff(id_, patch, scope=scope, original_day=day)
        await self.service.update(LOCAL, update)

    async def delete(self, id_: str) -> None:
        await self.service.delete(LOCAL, DeletePersonTimeOff(id_))

    async def decide(self, policy: ConflictPolicy) -> None:
        await self.connected.change(lambda each: replace(each, conflict_policy=policy))

    async def work(self, **after: float) -> Upstream:
        self.connected.clock.go_on(**after or {"minutes": 6})
        return await self.connected.work()

    async def read_all(self, **after: float) -> Upstream:
        """Have everything be read once more, though it was not long ago."""
        await self.connected.change(lambda each: replace(each, wanted=Wanted.WHOLE))
        return await self.work(**after)

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        async with self.connected.database.reading() as connection:
            return [tuple(each) for each in await connection.exec_driver_sql(statement)]

    async def outbox(self) -> list[tuple[Any, ...]]:
        return await self.rows("SELECT state, code FROM deliveries")

    async def conflicts(self) -> list[tuple[Any, ...]]:
        return await self.rows("SELECT kind, kept FROM sync_conflicts")

    async def are_alike(self, company: Any) -> bool:
        """Say whether both have the same, but for the ids that each has given."""
        here, there = await self.connected.records(), company.records()
        return _said(here.values()) == _said(there.values())


def _said(records: Sequence[dict[str, Any]] | Any) -> list[Any]:
    return sorted(
        (
            [(name, str(each[name])) for name in sorted(each.keys() - HIDDEN)],
            [(one["start_day"], one["end_day"]) for one in each["instances"]],
        )
        for each in records
    )


def written(company: Any) -> list[str]:
    """Return what was written, request by request."""
    return [each for each in company.vendor.requests if " " in each]


@pytest.fixture
async def writing(connected_company, company):
    """Both sides have nothing yet, so that nobody has to look before something is written."""
    connected = connected_company
    await connected.change(lambda each: replace(each, direction=SyncDirection.TWO_WAY))
    upstream = await connected.work()
    assert (upstream.state, upstream.may_write) == (UpstreamState.RUNNING, True)
    company.vendor.requests.clear()
    yield Writing(connected)
    assert connected.faults == []


async def test_what_is_made_changed_and_deleted_here_is_so_there(company, writing):
    first = await writing.create(ADA)
    second = await writing.create(GRACE, start_day=date(2026, 3, 9), end_day=date(2026, 3, 11))
    await writing.work()
    made = await writing.are_alike(company), len(company.records())
    await writing.change(
        first, is_paid=False, batch_start_time=time(9), end_day=date(2026, 3, 5), reason="flu"
    )
    await writing.delete(second)
    await writing.work()

    assert made == (True, 2)
    (record,) = company.records().values()
    assert (record["is_paid"], record["end_day"], record["reason"]) == (False, "03/05/26", "flu")
    assert await writing.are_alike(company)
    assert written(company) == [
        "POST time-off",
        "POST time-off",
        "PATCH record",
        "DELETE record",
    ]
    assert await writing.outbox() == []


async def test_two_whole_passes_after_it_write_nothing(company, writing):
    await writing.create(ADA, start_day=date(2026, 1, 31), end_day=date(2026, 1, 31), **MONTHLY)
    await writing.create(GRACE)
    await writing.work()
    before, told = written(company), await writing.connected.last_change()

    await writing.read_all()
    await writing.read_all()

    assert written(company) == before
    assert await writing.connected.last_change() == told
    assert await writing.outbox() == []
    assert await writing.are_alike(company)


async def test_many_changes_of_a_record_are_one_write_of_its_last_state(company, writing):
    id_ = await writing.create(ADA)
    for hour in (8, 9, 10):
        await writing.change(id_, batch_start_time=time(hour))

    await writing.work()

    (record,) = company.records().values()
    assert record["batch_start_time"] == "10:00 AM"
    assert written(company) == ["POST time-off"]


async def test_what_is_made_and_deleted_before_it_was_written_never_was(company, writing):
    await writing.delete(await writing.create(ADA))

    await writing.work()

    assert (written(company), company.records(), await writing.outbox()) == ([], {}, [])


@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_a_write_of_which_nobody_knows_is_looked_at_when_it_is_over(
    company, writing, method, is_done
):
    id_ = await writing.create(ADA)
    if method != "POST":
        await writing.work()
    company.fault({"kind": "silent", "method": method, "is_done": is_done, "times": 1})
    if method == "PATCH":
        await writing.change(id_, is_paid=False)
    elif method == "DELETE":
        await writing.delete(id_)

    await writing.work()
    waits = await writing.outbox()
    await writing.work()
    await writing.read_all()

    assert waits == [("UNCERTAIN", None)]
    assert await writing.outbox() == []
    assert await writing.are_alike(company)
    assert len(company.records()) == (method != "DELETE")
    assert len([each for each in written(company) if each.startswith(method)]) == 2 - is_done


@ONCE
@pytest.mark.parametrize("change", ["changed", "deleted", "kept"])
async def test_what_may_have_been_made_is_known_again_whatever_it_became_here(
    company, writing, change
):
    id_ = await writing.create(ADA)
    company.fault({"kind": "silent", "method": "POST", "is_done": True, "times": 1})
    await writing.work(seconds=5)
    if change == "changed":
        await writing.change(id_, batch_end_time=time(12))
    elif change == "deleted":
        await writing.delete(id_)

    await writing.read_all()
    await writing.read_all()

    assert await writing.are_alike(company)
    assert len(company.records()) == (change != "deleted")
    assert written(company).count("POST time-off") == 1
    assert await writing.outbox() == []


@ONCE
@pytest.mark.parametrize(("kind", "is_done"), [("status", False), ("silent", True)])
async def test_whichever_request_fails_nothing_is_lost_and_nothing_twice(
    company, writing, kind, is_done
):
    for number in count():
        ids = [await writing.create(ADA), await writing.create(ADA, is_paid=False)]
        await writing.work()
        asked = len(company.vendor.requests)
        fault = {"kind": kind, "is_done": is_done, "skips": number, "times": 1, "status": 500}
        company.fault(fault)
        await writing.change(ids[0], batch_start_time=time(8))
        await writing.delete(ids[1])
        await writing.create(GRACE, **WEEKLY)
        for _ in range(6):
            await writing.work()
        company.fault()
        requests = len(company.vendor.requests) - asked
        assert await writing.outbox() == [], f"The request {number} failed."
        assert await writing.are_alike(company), f"The request {number} failed."
        for id_ in await writing.connected.records():
            await writing.delete(id_)
        await writing.work()
        if number >= min(requests, 12):
            break
    assert number >= 8


async def test_a_series_is_there_with_its_occurrences_and_keeps_its_id_here(company, writing):
    id_ = await writing.create(ADA, **WEEKLY)
    await writing.work()
    await writing.change(id_, batch_start_time=time(9), is_paid=False)
    await writing.work()

    assert written(company) == ["POST time-off", "PATCH record"]
    assert await writing.are_alike(company)
    assert [*await writing.connected.records()] == [id_]


async def test_a_series_that_is_split_here_is_made_anew_there(company, writing):
    id_ = await writing.create(ADA, **WEEKLY)
    await writing.work()
    await writing.change_from(id_, date(2026, 3, 18), Scope.FOLLOWING, batch_start_time=time(10))

    await writing.work()
    await writing.read_all()

    assert len(company.records()) == 2
    assert await writing.are_alike(company)
    assert id_ in await writing.connected.records()
    assert sorted(written(company)[1:]) == ["DELETE record", "POST time-off", "POST time-off"]
    assert await writing.outbox() == []


@ONCE
@pytest.mark.parametrize("is_done", [False, True])
async def test_a_series_is_not_lost_where_its_end_is_uncertain(company, writing, is_done):
    id_ = await writing.create(ADA, **WEEKLY)
    await writing.work()
    company.fault({"kind": "silent", "method": "DELETE", "is_done": is_done, "times": 1})
    await writing.change_from(id_, date(2026, 3, 18), Scope.FOLLOWING, batch_start_time=time(10))

    for _ in range(4):
        await writing.work()
    await writing.read_all()

    assert len(company.records()) == 2
    assert await writing.are_alike(company)
    assert id_ in await writing.connected.records()
    assert await writing.outbox() == []


async def test_what_procore_cannot_have_waits_for_a_person_and_says_so(company, writing):
    id_ = await writing.create(ADA, **WEEKLY)
    await writing.work()
    await writing.change_from(id_, date(2026, 3, 18), Scope.ONE, start_day=date(2026, 3, 19))

    await writing.work()
    await writing.read_all()

    assert await writing.outbox() == [("BLOCKED", "UNSUPPORTED")]
    assert written(company) == ["POST time-off"]
    ((delivery,),) = await writing.rows("SELECT message FROM deliveries")
    assert "single occurrences" in delivery


async def test_whose_version_is_taken_is_what_a_person_says(company, writing):
    id_ = await writing.create(ADA, **WEEKLY)
    await writing.work()
    await writing.change_from(id_, date(2026, 3, 18), Scope.ONE, start_day=date(2026, 3, 19))
    await writing.work()
    ((delivery,),) = await writing.rows("SELECT id FROM deliveries")

    await writing.decisions.give_up(LOCAL, [node_id(Kind.DELIVERY, str(delivery))])
    await writing.work()

    assert await writing.outbox() == []
    assert await writing.are_alike(company)
    assert written(company) == ["POST time-off"]


@pytest.mark.parametrize(
    ("policy", "is_paid", "kept"),
    [
        (ConflictPolicy.VENDOR_WINS, True, "VENDOR"),
        (ConflictPolicy.GATEWAY_WINS, False, "GATEWAY"),
    ],
)
async def test_what_both_have_changed_is_settled_by_the_policy(
    company, writing, policy, is_paid, kept
):
    id_ = await writing.create(ADA)
    await writing.work()
    await writing.decide(policy)
    (there,) = company.records()
    company.change(ADA, there, batch_start_time="9:00 AM", is_paid=True)
    await writing.change(id_, batch_start_time=time(10), is_paid=False)

    await writing.work()
    await writing.read_all()

    start = {"VENDOR": "9:00 AM", "GATEWAY": "10:00 AM"}[kept]
    (record,) = company.records().values()
    # Whether it is paid was changed here alone.
    assert (record["batch_start_time"], record["is_paid"]) == (start, False)
    assert await writing.are_alike(company)
    assert await writing.conflicts() == [("BOTH_CHANGED", kept)]
    assert await writing.outbox() == []


@pytest.mark.parametrize(("keep", "start"), [(SyncSide.GATEWAY, "10"), (SyncSide.VENDOR, "9")])
async def test_a_person_is_asked_and_nothing_is_changed_until_then(company, writing, keep, start):
    id_ = await writing.create(ADA)
    await writing.work()
    await writing.decide(ConflictPolicy.ASK)
    (there,) = company.records()
    company.change(ADA, there, batch_start_time="9:00 AM")
    await writing.change(id_, batch_start_time=time(10))
    await writing.work()
    await writing.read_all()
    asked = await writing.conflicts(), await writing.outbox()

    ((conflict,),) = await writing.rows("SELECT id FROM sync_conflicts")
    await writing.decisions.resolve(LOCAL, node_id(Kind.SYNC_CONFLICT, str(conflict)), keep)
    await writing.work()
    await writing.read_all()

    assert asked == ([("BOTH_CHANGED", None)], [("HELD", "CONFLICT")])
    (record,) = company.records().values()
    assert record["batch_start_time"] == f"{start}:00 AM"
    assert await writing.are_alike(company)
    assert await writing.outbox() == []


async def test_what_each_side_alone_has_changed_holds(company, writing):
    id_ = await writing.create(ADA)
    await writing.work()
    (there,) = company.records()
    company.change(ADA, there, is_paid=False)
    await writing.change(id_, batch_start_time=time(10))

    await writing.work()

    (record,) = company.records().values()
    assert (record["batch_start_time"], record["is_paid"]) == ("10:00 AM", False)
    assert await writing.are_alike(company)
    assert await writing.conflicts() == []


@pytest.mark.parametrize("policy", [ConflictPolicy.VENDOR_WINS, ConflictPolicy.GATEWAY_WINS])
@pytest.mark.parametrize("deleted", ["here", "there"])
async def test_what_one_deletes_and_the_other_changes_is_settled_too(
    company, writing, policy, deleted
):
    id_ = await writing.create(ADA)
    await writing.work()
    await writing.decide(policy)
    (there,) = company.records()
    if deleted == "here":
        company.change(ADA, there, is_paid=False)
        await writing.delete(id_)
        kind, stays = "DELETED_HERE_CHANGED_THERE", policy is ConflictPolicy.VENDOR_WINS
    else:
        company.delete(ADA, there)
        await writing.change(id_, is_paid=False)
        kind, stays = "CHANGED_HERE_DELETED_THERE", policy is ConflictPolicy.GATEWAY_WINS

    await writing.work()
    await writing.read_all()
    await writing.work()

    assert len(company.records()) == stays
    assert await writing.are_alike(company)
    assert [kind] == [each for each, _ in await writing.conflicts()]
    assert await writing.outbox() == []


async def test_what_is_typed_on_both_sides_is_one_and_nothing_is_written(company, writing):
    company.create(ADA)
    await writing.create(ADA)

    await writing.work()
    await writing.read_all()

    assert (written(company), len(await writing.connected.records())) == ([], 1)
    assert await writing.are_alike(company)
    assert await writing.outbox() == []


async def test_what_is_changed_and_deleted_there_is_so_here(company, writing):
    await writing.create(ADA)
    await writing.create(GRACE)
    await writing.work()
    first, second = sorted(company.records().values(), key=lambda each: str(each["person_id"]))
    company.change(ADA, first["id"], is_paid=False, reason="flu")
    company.delete(GRACE, second["id"])
    before = written(company)

    await writing.read_all()

    assert await writing.are_alike(company)
    assert len(company.records()) == 1
    assert written(company) == before


async def test_somebody_looks_before_anything_is_written_for_the_first_time(
    company, connected_company
):
    writing = Writing(connected_company)
    await connected_company.work()
    await connected_company.record_here(ADA)
    await connected_company.change(lambda each: replace(each, direction=SyncDirection.TWO_WAY))

    upstream = await writing.read_all()
    held = upstream.state, upstream.state_reason, company.records()
    await connected_company.change(lambda each: each.resumed())
    await writing.work()

    assert held == (UpstreamState.NEEDS_REVIEW, "FIRST_WRITE", {})
    assert await writing.are_alike(company)
    assert len(company.records()) == 1


@pytest.mark.parametrize("kind", ["rounded", "reworded"])
async def test_what_the_vendor_makes_of_it_is_so_here_and_told(company, writing, kind):
    company.fault({"kind": kind, "method": "POST"})
    await writing.create(ADA)

    await writing.work()
    company.fault()
    await writing.read_all()

    assert await writing.are_alike(company)
    assert written(company) == ["POST time-off"]
    ((person_id, message),) = await writing.connected.told("REPLACED")
    assert person_id == uuid(ADA)
    assert not {"medical", "Other"} & {*message.split()}


async def test_what_is_outside_of_the_window_waits_until_it_is_within(company, writing):
    await writing.connected.change(lambda each: replace(each, window=Window(90, 30)))
    await writing.create(ADA, start_day=date(2026, 4, 20), end_day=date(2026, 4, 21))
    await writing.work()
    held = await writing.outbox(), company.records()

    await writing.work(days=30)
    await writing.work()

    assert held == ([("HELD", "OUTSIDE_WINDOW")], {})
    assert await writing.are_alike(company)
    assert len(company.records()) == 1


@ONCE
async def test_a_late_replica_brings_nothing_back_and_takes_nothing_away(company, writing):
    first, second = await writing.create(ADA), await writing.create(ADA, is_paid=False)
    await writing.work()
    company.fault({"kind": "stale", "method": "GET"})
    await writing.delete(first)
    await writing.work(seconds=5)
    await writing.read_all(seconds=5)
    deleted = [*await writing.connected.records()]
    company.fault({"kind": "stale", "method": "GET"})
    third = await writing.create(ADA, start_day=date(2026, 3, 9), end_day=date(2026, 3, 9))
    await writing.work(minutes=2)
    await writing.read_all(seconds=5)

    assert deleted == [second]
    assert {*await writing.connected.records()} == {second, third}
    company.fault()
    await writing.read_all()
    assert await writing.are_alike(company)
    assert await writing.outbox() == []


async def test_what_is_refused_twice_waits_for_a_person_without_anybodys_words(company, writing):
    company.fault({"kind": "status", "method": "POST", "status": 422, "words": "No medical."})
    await writing.create(ADA)
    await writing.work()
    await writing.work()
    refused = await writing.outbox()
    ((id_, message),) = await writing.rows("SELECT id, message FROM deliveries")
    company.fault()

    await writing.decisions.retry(LOCAL, [node_id(Kind.DELIVERY, str(id_))])
    await writing.work()

    assert refused == [("BLOCKED", "REFUSED")]
    assert "medical" not in message
    assert "2026-03-04, 07:00 to 15:30, paid" in message
    assert len(company.records()) == 1
    assert await writing.outbox() == []


async def test_giving_up_what_never_was_there_deletes_it_here(company, writing):
    company.fault({"kind": "status", "method": "POST", "status": 422})
    await writing.create(ADA)
    await writing.create(ADA, is_paid=False)
    await writing.work()
    await writing.work()
    ids = [
        node_id(Kind.DELIVERY, str(id_))
        for (id_,) in await writing.rows("SELECT id FROM deliveries")
    ]

    await writing.decisions.give_up(LOCAL, ids)
    await writing.work()
    await writing.read_all()

    assert await writing.connected.records() == {} == company.records()
    assert await writing.outbox() == []


async def test_a_reason_that_was_removed_here_is_not_written_there(company, writing):
    id_ = await writing.create(ADA)
    await writing.work()
    async with writing.connected.database.writing() as connection:
        await connection.exec_driver_sql("UPDATE person_time_offs SET reason = '(removed)'")
    await writing.change(id_, is_paid=False)

    await writing.work()
    await writing.read_all()

    (record,) = company.records().values()
    assert (record["is_paid"], record["reason"]) == (False, "medical")


@ONCE
async def test_occurrences_as_the_vendor_has_them_stay_so(company, writing):
    there = company.create(ADA, "03/04/26", repeat="weekly", cadence=1, repeat_end_day="04/01/26")
    company.skip(there, "2026-03-18")
    await writing.read_all()
    (id_,) = await writing.connected.records()
    await writing.change(id_, is_paid=False, batch_start_time=time(9))

    await writing.work()
    await writing.read_all()

    assert await writing.are_alike(company)
    assert written(company) == ["PATCH record"]
    assert await writing.outbox() == []


@ONCE
async def test_a_write_of_which_nobody_knows_takes_nothing_that_others_have_made(company, writing):
    """Somebody has entered the same time off there, for another reason."""
    company.fault({"kind": "silent", "method": "POST", "times": 1})
    await writing.create(ADA)
    await writing.work()
    company.create(ADA, reason="flu")
    ((words,),) = await writing.rows("SELECT words FROM delivery_attempts")
    for _ in range(3):
        await writing.work()
    await writing.read_all()

    assert "medical" not in words
    assert {each["reason"] for each in company.records().values()} == {"medical", "flu"}
    assert await writing.are_alike(company)
    assert await writing.rows("SELECT DISTINCT words FROM delivery_attempts") == [(None,)]


@ONCE
async def test_no_digest_of_a_reason_is_left_of_who_is_erased(company, writing):
    company.fault({"kind": "silent", "method": "POST", "is_done": True, "times": 1})
    await writing.create(ADA)
    await writing.work()
    async with writing.connected.database.writing() as connection:
        await forget_words(connection, uuid(ADA))
    left = await writing.rows("SELECT words FROM delivery_attempts")
    for _ in range(3):
        await writing.work()

    assert left == [(None,)]
    assert len(company.records()) == 1
    assert await writing.are_alike(company)


async def test_a_reason_that_was_just_changed_here_is_not_set_back(company, writing, monkeypatch):
    """Somebody's list is read before the outbox has taken notice of the change."""
    id_ = await writing.create(ADA)
    await writing.work()
    await writing.change(id_, reason="flu")

    async def not_now(*_: object) -> None:
        """Have the driver look only later."""

    with monkeypatch.context() as patch:
        patch.setattr(FillOutbox, "fill", not_now)
        await writing.read_all()
    here = {each["reason"] for each in (await writing.connected.records()).values()}
    await writing.work()

    assert here == {"flu"}
    assert {each["reason"] for each in company.records().values()} == {"flu"}
