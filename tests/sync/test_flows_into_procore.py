"""Time off that is carried from Kantata to Procore, and both ways, after it has changed."""

from datetime import date, time, timedelta

import pytest

from app.db.reading import flows as known
from app.db.writing import sync as kept
from app.domain.sync.flows import TRIED_AGAIN_AFTER, SyncFlow
from app.domain.sync.refusals import ReadOnlySystem
from app.domain.sync.upstreams import SyncDirection, Upstream, UpstreamApi
from app.services.changes import forget_old_changes
from tests.builders import COMPANY, PERSON, entry, node_id, person, user, uuid
from tests.graphql.api import put, put_entries
from tests.sync.carried_company import (
    DELETE,
    DELETE_ENTRIES,
    UPDATE,
    UPDATE_ENTRY,
    carrying,
    record,
)

__all__ = ["carrying"]  # a fixture

INTO_PROCORE, BOTH = SyncFlow.KANTATA_TO_PROCORE, SyncFlow.BOTH
RECORDS = """{ personTimeOffs { nodes {
  sourceId startDay endDay batchStartTime batchEndTime totalHours isPaid reason repeat
  repeatEndDay person { sourceId } } } }"""
HOURS = "{ timeOffEntries { nodes { id requestedDate hours externalReferences { id } } } }"
UNLINK = """mutation($id: ID!) {
  unlinkWorker(input: {workerId: $id}) { userErrors { message } } }"""
LINK = """mutation($person: ID!) {
  linkWorker(input: {userId: "1", personId: $person}) { userErrors { message } } }"""
DISCREPANCIES = """{ discrepancies(from: "2026-01-01", to: "2026-12-31") { nodes { date } } }"""


def march(number):
    return date(2026, 3, number)


def of(*numbers, hours=8):
    return [entry(requestedDate=str(march(each)), hours=hours) for each in numbers]


async def nodes(carrying, document):
    [found] = (await carrying.ask(document))["data"].values()
    return found["nodes"]


async def spans(carrying):
    """Return the records: first and last day, and the hours in all."""
    found = await nodes(carrying, RECORDS)
    return sorted(
        (int(each["startDay"][-2:]), int(each["endDay"][-2:]), each["totalHours"]) for each in found
    )


async def ids(carrying):
    return {each["sourceId"] for each in await nodes(carrying, RECORDS)}


async def hours(carrying):
    found = await nodes(carrying, HOURS)
    return {int(each["requestedDate"][-2:]): each["hours"] for each in found}


async def entry_on(carrying, number):
    found = await nodes(carrying, HOURS)
    return next(each["id"] for each in found if each["requestedDate"] == str(march(number)))


async def update_entry(carrying, number, hours):
    answer = await carrying.ask(UPDATE_ENTRY, id=await entry_on(carrying, number), hours=hours)
    assert answer["data"]["updateTimeOffEntry"]["userErrors"] == []


async def delete_entries(carrying, *numbers):
    gone = [await entry_on(carrying, each) for each in numbers]
    answer = await carrying.ask(DELETE_ENTRIES, ids=gone)
    assert answer["data"]["deleteTimeOffEntries"]["userErrors"] == []


async def change(carrying, record_id, **fields):
    answer = await carrying.ask(UPDATE, input={"id": record_id, **fields})
    assert answer["data"]["updatePersonTimeOff"]["userErrors"] == []


async def mirrored(carrying):
    async with carrying.database.reading() as connection:
        found = await known.mirrored_of_user(connection, COMPANY, 1)
    return {each.record_id for each in found}


async def test_what_becomes_of_entries_is_carried(carrying):
    await carrying.set(INTO_PROCORE)
    await put_entries(carrying.ask, *of(2, 3, 4))
    await carrying.work()
    [made] = await nodes(carrying, RECORDS)
    await put_entries(carrying.ask, *of(5))
    await carrying.work()
    grown = await spans(carrying), await ids(carrying)
    await delete_entries(carrying, 2, 3, 4, 5)
    await carrying.work()

    assert (made["startDay"], made["endDay"], made["totalHours"]) == (
        "2026-03-02",
        "2026-03-04",
        24,
    )
    assert (made["reason"], made["isPaid"], made["batchStartTime"]) == ("Time off", True, "08:00")
    assert grown == ([(2, 5, 32)], {made["sourceId"]})
    assert await spans(carrying) == []
    assert (await carrying.told(), await mirrored(carrying)) == ([], set())


async def test_records_are_as_it_was_set_and_those_that_stand_stay(carrying):
    terms = {"reason": "Urlaub", "is_paid": False, "batch_start_time": time(7)}
    await carrying.set(INTO_PROCORE, **terms, round_to_quarter_hours=True)
    await put_entries(carrying.ask, *of(2, hours=7.6))
    await carrying.work()
    await carrying.set(INTO_PROCORE, reason="Else", batch_start_time=time(10))
    await put_entries(carrying.ask, *of(10, hours=2))
    await carrying.work()
    one, other = await nodes(carrying, RECORDS)

    assert (one["reason"], one["isPaid"], one["batchStartTime"]) == ("Urlaub", False, "07:00")
    assert (one["totalHours"], one["batchEndTime"]) == (7.5, "14:30")
    assert (other["reason"], other["isPaid"], other["batchStartTime"]) == ("Else", False, "10:00")


async def test_hours_that_procore_cannot_say_are_told_and_leave_what_was_carried(carrying):
    await carrying.set(INTO_PROCORE)
    await put_entries(carrying.ask, *of(2, 3))
    await carrying.work()
    await update_entry(carrying, 3, 7.6)
    await carrying.work()
    told = await carrying.told()
    kept_as_it_was = await spans(carrying)
    await update_entry(carrying, 3, 4)
    await carrying.work()

    assert (told, kept_as_it_was) == (["2026-03-03"], [(2, 3, 16)])
    assert await spans(carrying) == [(2, 2, 8), (3, 3, 4)]
    assert await carrying.told() == []


async def test_what_others_have_recorded_stays_and_is_told_where_it_differs(carrying):
    await carrying.set(INTO_PROCORE)
    theirs = await record(carrying, march(2), march(3))
    await put_entries(carrying.ask, *of(2), *of(3, hours=4), *of(4))
    await carrying.work()

    assert await spans(carrying) == [(2, 3, 16), (4, 4, 8)]
    assert await carrying.told() == ["2026-03-03"]
    assert theirs not in await mirrored(carrying)


async def test_who_changes_a_record_takes_it_over(carrying):
    await carrying.set(INTO_PROCORE)
    await put_entries(carrying.ask, *of(2, 3))
    await carrying.work()
    [made] = await ids(carrying)
    await change(carrying, made, endDay="2026-03-04")
    await carrying.work()
    await update_entry(carrying, 2, 4)
    await carrying.work()

    assert await spans(carrying) == [(2, 4, 24)]
    assert await carrying.told() == ["2026-03-02"]
    assert await hours(carrying) == {2: 4, 3: 8}
    assert await mirrored(carrying) == set()


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_other_words_times_and_pay_are_anybodys_and_stay(carrying, flow):
    await carrying.set(flow)
    await put_entries(carrying.ask, *of(2, 3))
    await carrying.work(2)
    [made] = await ids(carrying)
    await change(carrying, made, reason="Sick", isPaid=False)
    await change(carrying, made, batchStartTime="09:00", batchEndTime="17:00")
    await carrying.work(2)
    await put_entries(carrying.ask, *of(4))
    await carrying.work(2)
    [record] = await nodes(carrying, RECORDS)

    assert record["sourceId"] == made
    assert (record["reason"], record["isPaid"]) == ("Sick", False)
    assert (record["batchStartTime"], record["totalHours"]) == ("09:00", 24)


async def test_a_record_that_is_deleted_in_procore_comes_again_with_its_entry(carrying):
    await carrying.set(INTO_PROCORE)
    await put_entries(carrying.ask, *of(2))
    await carrying.work()
    [made] = await ids(carrying)
    await carrying.ask(DELETE, id=made)
    await carrying.work()
    then = await spans(carrying), await hours(carrying)
    await update_entry(carrying, 2, 4)
    await carrying.work()

    assert then == ([], {2: 8})
    assert await spans(carrying) == [(2, 2, 4)]


async def test_what_stands_is_carried_only_where_somebody_wants_it(carrying, monkeypatch):
    monkeypatch.setattr("app.services.sync.flows.USERS_AT_A_TIME", 1)
    await put(
        carrying.ask,
        users=[user(sourceId="2", emailAddress="two@x.example")],
        people=[person(sourceId=uuid(77), email="two@x.example")],
    )
    await put_entries(carrying.ask, *of(2, 3), entry(userId="2", requestedDate="2026-03-05"))
    await carrying.set(INTO_PROCORE)
    await carrying.work(2)
    before = await spans(carrying)
    await carrying.set(INTO_PROCORE, settles_existing=True)
    await carrying.work()
    some = await spans(carrying)
    await carrying.work(2)

    assert (before, some) == ([], [(2, 3, 16)])
    assert await spans(carrying) == [(2, 3, 16), (5, 5, 4)]


async def test_repeats_are_made_of_weeks_that_are_alike(carrying):
    await put_entries(carrying.ask, *of(6, 13, 20, 27))
    await carrying.set(INTO_PROCORE, settles_existing=True)
    await carrying.work()
    [made] = await nodes(carrying, RECORDS)

    assert (made["repeat"], made["repeatEndDay"]) == ("WEEKLY", "2026-03-27")


async def test_days_long_past_stay_as_they_are(carrying):
    await carrying.set(INTO_PROCORE)
    first = carrying.clock.now.date() - timedelta(days=90)
    while first.weekday() != 0:
        first += timedelta(days=1)
    week = [entry(requestedDate=str(first + timedelta(days=each)), hours=8) for each in range(5)]
    await put_entries(carrying.ask, *week)
    await carrying.work()
    [made] = await nodes(carrying, RECORDS)
    carrying.clock.go_on(days=(first - carrying.clock.now.date()).days + 92)  # two days are past
    [*_, last] = await nodes(carrying, HOURS)
    await carrying.ask(DELETE_ENTRIES, ids=[last["id"]])
    await carrying.ask(DELETE_ENTRIES, ids=[(await nodes(carrying, HOURS))[0]["id"]])
    await carrying.work()
    [then] = await nodes(carrying, RECORDS)

    assert (then["sourceId"], then["startDay"]) == (made["sourceId"], made["startDay"])
    assert then["endDay"] == str(first + timedelta(days=3))


async def test_who_is_no_person_is_told_and_carried_when_linked(carrying):
    await put(carrying.ask, users=[user(sourceId="2", emailAddress="two@x.example")])
    await carrying.set(INTO_PROCORE)
    await put_entries(carrying.ask, entry(userId="2", requestedDate="2026-03-05", hours=8))
    await carrying.work()
    told, then = await carrying.told(), await spans(carrying)
    await put(carrying.ask, people=[person(sourceId=uuid(77), email="two@x.example")])
    await carrying.work()

    assert (told, then) == (["2026-03-05"], [])
    assert (await carrying.told(), await spans(carrying)) == ([], [(5, 5, 8)])


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_records_go_along_when_a_user_is_linked_to_another_person(carrying, flow):
    await put(carrying.ask, people=[person(sourceId=uuid(77), email="else@x.example")])
    await carrying.set(flow)
    await put_entries(carrying.ask, *of(2, 3))
    await carrying.work(2)

    async def people():
        return [each["person"]["sourceId"] for each in await nodes(carrying, RECORDS)]

    before = await people()
    await carrying.ask(UNLINK, id=node_id("Worker", "U1"))
    await carrying.work(2)
    between, told = await people(), await carrying.told()
    await carrying.ask(LINK, person=uuid(77))
    await carrying.work(2)

    assert (before, between, await people()) == ([PERSON], [], [uuid(77)])
    assert sorted(told) == ["2026-03-02", "2026-03-03"]
    assert (await carrying.told(), await hours(carrying)) == ([], {2: 8, 3: 8})


async def test_what_could_not_be_carried_is_tried_again_after_some_minutes(carrying):
    await carrying.set(INTO_PROCORE)
    theirs = await record(carrying, march(2), march(2), batchEndTime="09:00")
    await put_entries(carrying.ask, *of(2))
    await carrying.work()
    told = await carrying.told()
    await carrying.ask(DELETE, id=theirs)
    await carrying.work()
    too_soon = await spans(carrying)
    carrying.clock.go_on(seconds=TRIED_AGAIN_AFTER.total_seconds() + 1)
    await carrying.work()

    assert (told, too_soon) == (["2026-03-02"], [])
    assert (await carrying.told(), await spans(carrying)) == ([], [(2, 2, 8)])


async def test_where_changes_are_kept_no_longer_all_that_stands_is_carried(carrying):
    await carrying.set(INTO_PROCORE)
    await put_entries(carrying.ask, *of(2))
    await forget_old_changes(carrying.database, carrying.clock() + timedelta(days=400), 1)
    await carrying.work(2)

    assert await spans(carrying) == [(2, 2, 8)]


async def test_nothing_is_carried_any_more_when_it_ends_and_what_was_stays(carrying):
    await carrying.set(INTO_PROCORE)
    await put_entries(carrying.ask, *of(2), entry(requestedDate="2026-03-10", hours=7.6))
    await carrying.work()
    told = await carrying.told()
    await carrying.set(SyncFlow.NONE)
    await put_entries(carrying.ask, *of(12))
    await carrying.work()

    assert told == ["2026-03-10"]
    assert (await spans(carrying), await carrying.told()) == ([(2, 2, 8)], [])


async def upstream_of(carrying, api, direction):
    found = Upstream(
        uuid(1), COMPANY, api, "https://x.example/", carrying.clock(), direction=direction
    )
    async with carrying.database.writing() as connection:
        await kept.add_upstream(connection, found, "sealed")


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_nothing_is_carried_to_a_procore_that_is_only_read(carrying, flow):
    await upstream_of(carrying, UpstreamApi.PROCORE_REST, SyncDirection.READ_ONLY)

    with pytest.raises(ReadOnlySystem) as refused:
        await carrying.set(flow)
    assert refused.value.path == ("flow",)


async def test_what_is_only_read_of_kantata_is_carried(carrying):
    await put_entries(carrying.ask, *of(2))
    await upstream_of(carrying, UpstreamApi.KANTATA_OX, SyncDirection.READ_ONLY)
    await carrying.set(INTO_PROCORE, settles_existing=True)
    await carrying.work()

    assert (await spans(carrying), await carrying.told()) == ([(2, 2, 8)], [])


async def test_hours_that_came_from_one_system_are_not_carried_back(carrying):
    await carrying.set(BOTH)
    await record(carrying, march(2), march(3))
    await put_entries(carrying.ask, *of(9, 10))
    await carrying.work(3)
    number = await carrying.flows.feed.last(COMPANY)
    await carrying.work(3)

    assert await hours(carrying) == {2: 8, 3: 8, 9: 8, 10: 8}
    assert await spans(carrying) == [(2, 3, 16), (9, 10, 16)]
    assert await carrying.flows.feed.last(COMPANY) == number
    assert (await nodes(carrying, DISCREPANCIES), await carrying.told()) == ([], [])


async def test_what_somebody_makes_of_a_mirrored_record_holds_in_kantata_too(carrying):
    await carrying.set(BOTH)
    await put_entries(carrying.ask, *of(2, 3, 4))
    await carrying.work(2)
    [made] = await ids(carrying)
    await change(carrying, made, startDay="2026-03-03", endDay="2026-03-05", batchEndTime="12:00")
    await carrying.work(3)
    changed = await hours(carrying)
    await carrying.ask(DELETE, id=made)
    await carrying.work(3)

    assert changed == {3: 4, 4: 4, 5: 4}
    assert (await hours(carrying), await spans(carrying)) == ({}, [])
    assert (await carrying.told(), await mirrored(carrying)) == ([], set())


async def test_a_mirrored_record_that_is_deleted_takes_its_entries_along(carrying):
    await carrying.set(BOTH)
    await put_entries(carrying.ask, *of(2, 3), *of(10))
    await carrying.work(2)
    [gone] = [
        each["sourceId"]
        for each in await nodes(carrying, RECORDS)
        if each["startDay"] == "2026-03-02"
    ]
    await carrying.ask(DELETE, id=gone)
    await carrying.work(3)

    assert (await hours(carrying), await spans(carrying)) == ({10: 8}, [(10, 10, 8)])


async def test_hours_that_are_raised_in_kantata_are_beside_those_of_procore(carrying):
    await carrying.set(BOTH)
    theirs = await record(carrying, march(2), march(2), batchEndTime="11:00")
    await carrying.work(2)
    await update_entry(carrying, 2, 6)
    await carrying.work(3)
    raised = await hours(carrying), await spans(carrying), await carrying.told()
    await carrying.ask(DELETE, id=theirs)
    await carrying.work(3)

    assert raised == ({2: 6}, [(2, 2, 4)], [])
    assert (await hours(carrying), await spans(carrying)) == ({2: 2}, [(2, 2, 2)])


async def test_hours_that_are_lowered_in_kantata_below_those_of_procore_are_told(carrying):
    await carrying.set(BOTH)
    await record(carrying, march(2), march(2))
    await carrying.work(2)
    await update_entry(carrying, 2, 4)
    await carrying.work(2)
    async with carrying.database.reading() as connection:
        found = await known.days_with_problems(connection, COMPANY, 1)
    told = await nodes(carrying, "{ syncFlowProblems { nodes { code message date } } }")
    await update_entry(carrying, 2, 8)
    await carrying.work(2)

    assert found == {"K:1:2026-03-02"}
    assert [(each["code"], each["date"]) for each in told] == [("MIRROR_EDITED", "2026-03-02")]
    assert "Kantata OX has 4 h on 2026-03-02, where Procore has brought 8 h" in told[0]["message"]
    assert await carrying.told() == []


async def test_a_record_of_procore_on_a_day_of_kantata_and_its_end_lose_nothing(carrying):
    await carrying.set(BOTH)
    await put_entries(carrying.ask, *of(2, hours=4))
    await carrying.work(2)
    theirs = await record(carrying, march(2), march(2))
    await carrying.work(3)
    beside = await hours(carrying), await spans(carrying)
    await carrying.ask(DELETE, id=theirs)
    await carrying.work(3)

    assert beside == ({2: 8}, [(2, 2, 8)])
    assert (await hours(carrying), await spans(carrying)) == ({2: 4}, [(2, 2, 4)])


async def test_what_is_still_to_be_carried_of_kantata_is_not_undone_by_a_record_beside(carrying):
    await carrying.set(BOTH)
    await put_entries(carrying.ask, *of(2))
    await carrying.work(2)
    theirs = await record(carrying, march(2), march(2), batchEndTime="11:00")
    await carrying.work(3)
    await update_entry(carrying, 2, 4)
    await change(carrying, theirs, reason="Else")
    await change(carrying, theirs, batchStartTime="08:00", batchEndTime="12:00")
    await carrying.work(3)

    assert (await hours(carrying), await spans(carrying)) == ({2: 4}, [(2, 2, 4)])


async def test_what_is_told_of_a_direction_that_ends_is_forgotten(carrying):
    await carrying.set(BOTH)
    await put(carrying.ask, people=[person(sourceId=uuid(77), email="else@x.example")])
    made = await record(carrying, personId=uuid(77))
    await put_entries(carrying.ask, entry(requestedDate="2026-03-10", hours=7.6))
    await carrying.work()
    told = await carrying.told()
    await carrying.set(INTO_PROCORE)

    assert sorted(told) == sorted([made, "2026-03-10"])
    assert await carrying.told() == ["2026-03-10"]
