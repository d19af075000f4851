"""What is carried both ways where it is easily lost, undone, or never comes to rest."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.db.reading import flows as known
from app.db.writing.flows import go_on
from app.domain.sync.flows import TRIED_AGAIN_AFTER, SyncFlow
from app.services.caller import LOCAL
from app.services.changes import forget_old_changes
from app.services.sync.flow_service import SetSyncFlow
from tests.builders import (
    COMPANY,
    OTHER_COMPANY,
    PERSON,
    company,
    entry,
    holiday,
    node_id,
    person,
    user,
    uuid,
)
from tests.graphql.api import put, put_entries
from tests.sync.carried_company import (
    DELETE,
    DELETE_ENTRIES,
    EMAIL,
    UPDATE,
    carrying,
    record,
)
from tests.sync.test_flows_into_procore import (
    HOURS,
    LINK,
    RECORDS,
    UNLINK,
    change,
    delete_entries,
    entry_on,
    hours,
    ids,
    march,
    mirrored,
    nodes,
    of,
    spans,
    update_entry,
)

__all__ = ["carrying"]  # a fixture

INTO_KANTATA, INTO_PROCORE = SyncFlow.PROCORE_TO_KANTATA, SyncFlow.KANTATA_TO_PROCORE
BOTH = SyncFlow.BOTH
MIRROR = """mutation($id: ID!) { mirrorPersonTimeOff(input: {id: $id}) {
  results { date } userErrors { message } } }"""
RESTORE = """mutation($id: ID!) { restorePersonTimeOff(input: {id: $id}) {
  userErrors { message } } }"""


TAKE_OUT = """mutation($id: ID!) { deletePersonTimeOff(
  input: {id: $id, scope: ONE, originalDay: "2026-03-13"}) { userErrors { message } } }"""
LINK_TWO = """mutation($person: ID!) {
  linkWorker(input: {userId: "2", personId: $person}) { userErrors { message } } }"""
ERASE = """mutation($id: ID!) { erasePerson(input: {workerId: $id}) {
  userErrors { message } } }"""
MOVE = """mutation($id: ID!, $company: ID!) {
  moveWorker(input: {workerId: $id, companyId: $company}) { userErrors { message } } }"""


MOVE_ENTRY = """mutation($id: ID!, $day: Date!) {
  moveTimeOffEntry(input: {id: $id, requestedDate: $day}) { userErrors { message } } }"""


async def move_entry(carrying, from_day, to_day):
    id_ = await entry_on(carrying, from_day)
    moved = await carrying.ask(MOVE_ENTRY, id=id_, day=str(march(to_day)))
    assert moved["data"]["moveTimeOffEntry"]["userErrors"] == []


async def both_rest(carrying):
    for _ in range(4):
        async with carrying.database.reading() as connection:
            found = await known.flows_under_way(connection)
        for each in found:
            await carrying.flows.turn(each, await carrying.flows.feed.last(each.company_id))
    assert carrying.faults == []


async def rest(carrying, most=8):
    for _ in range(most):
        before = await carrying.flows.feed.last(COMPANY)
        await carrying.work(2)
        if before == await carrying.flows.feed.last(COMPANY):
            return
    pytest.fail("no rest")


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_records_of_days_long_past_stay_when_a_worker_is_another(carrying, flow):
    await put(carrying.ask, people=[person(sourceId=uuid(77), email="else@x.example")])
    await carrying.set(flow)
    await put_entries(carrying.ask, *of(2, 3))
    await carrying.work(2)
    before = await spans(carrying)
    carrying.clock.go_on(days=400)
    await carrying.ask(UNLINK, id=node_id("Worker", "U1"))
    await rest(carrying)
    between = await spans(carrying)
    await carrying.ask(LINK, person=uuid(77))
    await rest(carrying)

    assert before == between == await spans(carrying) == [(2, 3, 16)]
    assert await hours(carrying) == {2: 8, 3: 8}


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_the_past_part_of_a_record_stays_when_a_worker_is_another(carrying, flow):
    await put(carrying.ask, people=[person(sourceId=uuid(77), email="else@x.example")])
    await carrying.set(flow)
    await put_entries(carrying.ask, *of(2, 3, 4))
    await carrying.work(2)
    days = (march(4) - carrying.clock.now.date()).days + 90
    carrying.clock.go_on(days=days)  # only the last day is carried
    await carrying.ask(UNLINK, id=node_id("Worker", "U1"))
    await carrying.ask(LINK, person=uuid(77))
    await rest(carrying)
    found = {
        (each["person"]["sourceId"], each["startDay"], each["endDay"])
        for each in await nodes(carrying, RECORDS)
    }

    assert found == {
        (PERSON, "2026-03-02", "2026-03-03"),
        (uuid(77), "2026-03-04", "2026-03-04"),
    }


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_a_record_whose_entries_all_went_unseen_goes_when_all_is_compared(carrying, flow):
    await carrying.set(flow)
    await put_entries(carrying.ask, *of(2, 3))
    await carrying.work(2)
    await delete_entries(carrying, 2, 3)
    await forget_old_changes(carrying.database, carrying.clock() + timedelta(days=400), 1)
    await rest(carrying)

    assert await spans(carrying) == []


async def test_what_is_still_to_be_settled_is_settled_when_the_flow_is_another(carrying):
    await put_entries(carrying.ask, *of(2))
    await carrying.set(INTO_PROCORE, settles_existing=True)
    await carrying.set(BOTH)
    await rest(carrying)

    assert await spans(carrying) == [(2, 2, 8)]


WORDS = {"reason": "Sick", "isPaid": False}


async def words(carrying):
    return {
        (each["reason"], each["isPaid"], each["batchStartTime"])
        for each in await nodes(carrying, RECORDS)
    }


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_words_of_a_record_that_repeats_stay_when_it_repeats_longer(carrying, flow):
    await put_entries(carrying.ask, *of(6, 13, 20))
    await carrying.set(flow, settles_existing=True)
    await carrying.work(3)
    [made] = await ids(carrying)
    await change(carrying, made, **WORDS, batchStartTime="09:00", batchEndTime="17:00")
    await rest(carrying)
    await update_entry(carrying, 13, 4)
    await rest(carrying)

    assert await words(carrying) == {("Sick", False, "09:00"), ("Sick", False, "08:00")}


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_words_of_a_record_that_falls_into_two_stay_with_both(carrying, flow):
    await put_entries(carrying.ask, *of(2, 3, 4, 5, 6))
    await carrying.set(flow, settles_existing=True)
    await carrying.work(3)
    [made] = await ids(carrying)
    await change(carrying, made, **WORDS, batchStartTime="09:00", batchEndTime="17:00")
    await rest(carrying)
    await delete_entries(carrying, 4)
    await rest(carrying)

    assert await spans(carrying) == [(2, 3, 16), (5, 6, 16)]
    assert await words(carrying) == {("Sick", False, "09:00")}


async def test_kantatas_own_hours_are_carried_when_an_equal_record_of_procore_ends(carrying):
    await carrying.set(BOTH)
    await put_entries(carrying.ask, *of(2))
    theirs = await record(carrying, march(2), march(2))
    await rest(carrying)
    await carrying.ask(DELETE, id=theirs)
    await rest(carrying)

    assert (await hours(carrying), await spans(carrying)) == ({2: 8}, [(2, 2, 8)])


async def test_entries_that_stand_stay_where_a_record_is_tried_again(carrying):
    await put(carrying.ask, people=[person(sourceId=uuid(77), email="two@x.example")])
    await put(carrying.ask, users=[user(sourceId="2", emailAddress="else@x.example")])
    await put_entries(carrying.ask, entry(userId="2", requestedDate="2026-03-20", hours=8))
    await carrying.set(BOTH)
    await record(carrying, march(2), march(2), personId=uuid(77))
    await carrying.work()
    async with carrying.database.reading() as connection:
        [flow] = await known.flows_under_way(connection)
    await carrying.ask(LINK_TWO, person=uuid(77))
    last = await carrying.flows.feed.last(COMPANY)
    async with carrying.database.writing() as connection:
        await go_on(connection, flow, replace(flow, passed=last))  # as if nobody had linked them
    carrying.clock.go_on(seconds=TRIED_AGAIN_AFTER.total_seconds() + 1)
    await rest(carrying)

    assert (await hours(carrying), await spans(carrying)) == ({2: 8, 20: 8}, [(2, 2, 8)])


async def test_what_is_told_of_a_direction_that_ends_meanwhile_is_not_kept(carrying):
    await carrying.set(BOTH)
    await put_entries(carrying.ask, *of(2, hours=7.6))
    async with carrying.database.reading() as connection:
        [flow] = await known.flows_under_way(connection)
    await carrying.set(INTO_KANTATA)
    carrier = carrying.flows._carrying  # noqa: SLF001 - it looks again just before
    await carrier._carry_days(flow, 1, frozenset([march(2)]))  # noqa: SLF001

    assert await carrying.told() == []  # nobody would try it, or forget it


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
@pytest.mark.parametrize("start", [time(20), time(23, 53), time(16), time(0)])
async def test_nights_count_on_their_first_day(carrying, flow, start):
    await carrying.set(flow, batch_start_time=start)
    await put_entries(carrying.ask, *of(2, 3, 5, 6, 9), *of(12, hours=7.75), *of(13, hours=1))
    await rest(carrying)
    first = await spans(carrying)
    await put_entries(carrying.ask, *of(10))
    await update_entry(carrying, 3, 4)
    await rest(carrying)

    assert await carrying.told() == []
    assert await hours(carrying) == {2: 8, 3: 4, 5: 8, 6: 8, 9: 8, 10: 8, 12: 7.75, 13: 1}
    assert len(await mirrored(carrying)) == len(await spans(carrying)), first
    assert sum(each[2] for each in await spans(carrying)) == 8 * 5 + 4 + 8.75


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_a_record_that_is_mirrored_by_hand_outlives_it(carrying, flow):
    await carrying.set(flow)
    await put_entries(carrying.ask, *of(2))
    await rest(carrying)
    [made] = await ids(carrying)
    await update_entry(carrying, 2, 7.6)
    await rest(carrying)
    await carrying.ask(MIRROR, id=made)
    await rest(carrying)

    assert (await hours(carrying), await spans(carrying)) == ({2: 8}, [(2, 2, 8)])
    assert (await carrying.told(), await mirrored(carrying)) == ([], {made})


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_who_is_moved_to_another_company_takes_records_along(carrying, flow):
    await put(carrying.ask, companies=[company(sourceId=OTHER_COMPANY)])
    await carrying.set(flow)
    await put_entries(carrying.ask, *of(2, 3))
    await rest(carrying)
    await carrying.service.set(LOCAL, SetSyncFlow(OTHER_COMPANY, flow))
    moved = await carrying.ask(MOVE, id=node_id("Worker", "U1"), company=OTHER_COMPANY)
    assert moved["data"]["moveWorker"]["userErrors"] == []
    await both_rest(carrying)
    there = await spans(carrying), await hours(carrying)
    await delete_entries(carrying, 2)
    await both_rest(carrying)

    assert there == ([(2, 3, 16)], {2: 8, 3: 8})
    assert await spans(carrying) == [(3, 3, 8)]


def of_now(carrying):
    """Have the clock be the gateway's, and return a Monday soon."""
    now = datetime.now(UTC)
    carrying.clock.go_on(seconds=(now - carrying.clock()).total_seconds())
    return now.date() + timedelta(days=7 - now.weekday())


async def shown(carrying):
    found = await nodes(carrying, RECORDS), await nodes(carrying, HOURS)
    return tuple(
        sorted((date.fromisoformat(each[name]), each[much]) for each in some)
        for some, name, much in zip(
            found, ("startDay", "requestedDate"), ("totalHours", "hours"), strict=True
        )
    )


async def restore(carrying, id_):
    back = await carrying.ask(RESTORE, id=id_)
    assert back["data"]["restorePersonTimeOff"]["userErrors"] == []


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_figures_of_who_is_erased_stay_on_both_sides(carrying, flow):
    await carrying.set(flow)
    await put_entries(carrying.ask, *of(2, 3))
    await rest(carrying)
    erased = await carrying.ask(ERASE, id=node_id("Worker", "U1"))
    assert erased["data"]["erasePerson"]["userErrors"] == []
    await rest(carrying)

    assert (await hours(carrying), await spans(carrying)) == ({2: 8, 3: 8}, [(2, 3, 16)])
    assert await carrying.told() == []


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_a_holiday_that_comes_leaves_what_was_carried(carrying, flow):
    await carrying.set(flow)
    await put_entries(carrying.ask, *of(2, 3, 4))
    await rest(carrying)
    await put(carrying.ask, holidays=[holiday(startDate="2026-03-03", endDate="2026-03-03")])
    await put_entries(carrying.ask, *of(5))
    await rest(carrying)

    assert await hours(carrying) == {2: 8, 3: 8, 4: 8, 5: 8}
    assert await spans(carrying) == [(2, 5, 32)]


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_who_gets_another_email_and_the_first_again_has_each_absence_once(carrying, flow):
    await carrying.set(flow)
    await put_entries(carrying.ask, *of(2, 3))
    await rest(carrying)
    theirs = await record(carrying, march(9), march(9))
    await rest(carrying)
    await put(carrying.ask, users=[user(emailAddress="else@x.example")])
    await rest(carrying)
    apart = await hours(carrying), await spans(carrying)
    await put(carrying.ask, users=[user(**EMAIL)])
    await rest(carrying)
    again = await hours(carrying), await spans(carrying)

    nine = {9: 8} if flow is BOTH else {}
    assert apart == ({2: 8, 3: 8}, [(9, 9, 8)])
    assert again == ({2: 8, 3: 8} | nine, [(2, 3, 16), (9, 9, 8)])
    assert theirs not in await mirrored(carrying)


async def test_a_series_that_is_split_is_procores_and_brings_the_same_hours(carrying):
    await put_entries(carrying.ask, *of(6, 13, 20, 27))
    await carrying.set(BOTH, settles_existing=True)
    await rest(carrying)
    [made] = await ids(carrying)
    split = await carrying.ask(
        UPDATE,
        input={
            "id": made,
            "scope": "FOLLOWING",
            "originalDay": "2026-03-20",
            "batchEndTime": "12:00",
        },
    )
    assert split["data"]["updatePersonTimeOff"]["userErrors"] == []
    await rest(carrying)
    assert await hours(carrying) == {6: 8, 13: 8, 20: 4, 27: 4}
    assert (await spans(carrying), await mirrored(carrying)) == (
        [(6, 13, 16), (20, 27, 8)],
        set(),
    )
    for each in await ids(carrying):
        await carrying.ask(DELETE, id=each)
    await rest(carrying)
    assert (await hours(carrying), await spans(carrying)) == ({}, [])


async def test_one_occurrence_that_is_taken_out_takes_its_entry_along(carrying):
    await put_entries(carrying.ask, *of(6, 13, 20, 27))
    await carrying.set(BOTH, settles_existing=True)
    await rest(carrying)
    [made] = await ids(carrying)
    taken = await carrying.ask(TAKE_OUT, id=made)
    assert taken["data"]["deletePersonTimeOff"]["userErrors"] == []
    await rest(carrying)
    assert await hours(carrying) == {6: 8, 20: 8, 27: 8}


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_what_the_flow_deleted_and_somebody_brings_back_is_procores(carrying, flow):
    monday = of_now(carrying)
    await carrying.set(flow)
    await put_entries(carrying.ask, entry(requestedDate=str(monday), hours=8))
    await rest(carrying)
    [made] = await ids(carrying)
    [one] = await nodes(carrying, HOURS)
    await carrying.ask(DELETE_ENTRIES, ids=[one["id"]])
    await rest(carrying)
    gone = await shown(carrying)
    await restore(carrying, made)
    await rest(carrying)
    back = await shown(carrying), await mirrored(carrying)
    await carrying.ask(DELETE, id=made)
    await rest(carrying)

    assert gone == ([], [])
    assert back == (([(monday, 8)], [(monday, 8)] if flow is BOTH else []), set())
    assert await shown(carrying) == ([], [])


async def test_a_record_that_is_brought_back_after_it_was_handed_over_brings_entries(carrying):
    monday = of_now(carrying)
    await carrying.set(BOTH)
    await put_entries(carrying.ask, entry(requestedDate=str(monday), hours=8))
    await rest(carrying)
    [made] = await ids(carrying)
    await carrying.ask(DELETE, id=made)
    await rest(carrying)
    gone = await shown(carrying)
    await restore(carrying, made)
    await rest(carrying)

    assert gone == ([], [])
    assert await shown(carrying) == ([(monday, 8)], [(monday, 8)])
    assert await mirrored(carrying) == set()


async def test_very_many_days_of_one_user_are_carried(carrying):
    first = date(2026, 3, 2)
    made = [
        entry(requestedDate=str(first + timedelta(days=each)), hours=1 + each * each * 7 % 29 / 4)
        for each in range(1400)
        if (first + timedelta(days=each)).weekday() < 5
    ]
    for each in range(0, len(made), 100):
        await put_entries(carrying.ask, *made[each : each + 100])
    await carrying.set(BOTH, settles_existing=True)
    await carrying.work(3)
    number = await carrying.flows.feed.last(COMPANY)
    await carrying.set(BOTH, settles_existing=True)
    await carrying.work(3)

    assert await carrying.told() == []
    assert await carrying.flows.feed.last(COMPANY) == number


@pytest.mark.parametrize("flow", [INTO_PROCORE, BOTH])
async def test_an_entry_that_is_moved_to_another_day_takes_its_record_along(carrying, flow):
    await carrying.set(flow)
    await put_entries(carrying.ask, *of(2, 3))
    await rest(carrying)
    await move_entry(carrying, 3, 12)
    await rest(carrying)

    assert await hours(carrying) == {2: 8, 12: 8}
    assert await spans(carrying) == [(2, 2, 8), (12, 12, 8)]
    assert await carrying.told() == []


async def test_an_entry_of_procores_that_is_moved_is_kantatas_own_there(carrying):
    await carrying.set(BOTH)
    theirs = await record(carrying, march(2), march(2))
    await rest(carrying)
    await move_entry(carrying, 2, 12)
    await rest(carrying)
    moved = await hours(carrying), await spans(carrying), await carrying.told()
    await carrying.ask(DELETE, id=theirs)
    await rest(carrying)

    assert moved == ({12: 8}, [(2, 2, 8), (12, 12, 8)], [])
    assert (await hours(carrying), await spans(carrying)) == ({12: 8}, [(12, 12, 8)])
