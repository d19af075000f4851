"""Time off that is carried from Procore to Kantata by itself, a moment after it has changed."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.db.connections.sole import Task
from app.db.reading import flows as known
from app.db.writing import sync as kept
from app.db.writing.flows import keep_problem
from app.domain.errors import NotFound, NotPermitted, Refused
from app.domain.sync.deliveries import record_key
from app.domain.sync.flows import TRIED_AGAIN_AFTER, SyncFlow
from app.domain.sync.refusals import ReadOnlySystem
from app.domain.sync.upstreams import SyncDirection, Upstream, UpstreamApi
from app.services.caller import LOCAL
from app.services.changes import forget_old_changes
from app.services.sync.fill_outbox import FillOutbox
from app.services.sync.flow_service import SetSyncFlow
from app.services.sync.flows import LOOK_SECONDS
from tests.builders import (
    COMPANY,
    OTHER_COMPANY,
    PERSON,
    company,
    node_id,
    person,
    user,
    uuid,
)
from tests.callers import caller
from tests.graphql.api import put, statements
from tests.sync.carried_company import MONDAY, carrying, days, record

__all__ = ["carrying"]  # a fixture

SATURDAY = date(2026, 3, 7)
UPDATE = """mutation($id: ID!, $day: Date!) {
  updatePersonTimeOff(input: {id: $id, endDay: $day}) { userErrors { message } } }"""
UNLINK = """mutation($id: ID!) {
  unlinkWorker(input: {workerId: $id}) { userErrors { message } } }"""
LINK = """mutation($person: ID!) {
  linkWorker(input: {userId: "2", personId: $person}) { userErrors { message } } }"""
DELETE = """mutation($id: ID!) {
  deletePersonTimeOff(input: {id: $id}) { userErrors { message } } }"""
CORRECT = """mutation($id: ID!) {
  updateTimeOffEntry(input: {id: $id, hours: 4}) { userErrors { message } } }"""


async def test_what_becomes_of_a_record_is_carried(carrying):
    await carrying.set()
    made = await record(carrying, MONDAY, MONDAY + timedelta(days=2))
    await carrying.work()
    created = await carrying.hours()
    await carrying.ask(UPDATE, id=made, day=str(MONDAY))
    await carrying.work()
    shortened = await carrying.hours()
    await carrying.ask(DELETE, id=made)
    await carrying.work()

    assert created == days(MONDAY, MONDAY + timedelta(days=2))
    assert shortened == days(MONDAY, MONDAY)
    assert await carrying.hours() == {}
    assert await carrying.told() == []


async def test_what_was_corrected_on_another_day_outlives_another_record(carrying):
    await carrying.set()
    await record(carrying)
    await carrying.work()
    [entry] = (await carrying.ask("{ timeOffEntries { nodes { id } } }"))["data"]["timeOffEntries"][
        "nodes"
    ]
    await carrying.ask(CORRECT, id=entry["id"])
    friday = MONDAY + timedelta(days=4)
    await record(carrying, friday, friday)
    await carrying.work()

    assert await carrying.hours() == days(MONDAY, MONDAY, 4.0) | days(friday, friday)


async def test_what_stands_is_carried_only_where_somebody_wants_it(carrying):
    await record(carrying)
    await carrying.set()
    await carrying.work(2)
    before = await carrying.hours()
    await carrying.set(settles_existing=True)
    await carrying.work(2)

    assert before == {}
    assert await carrying.hours() == days(MONDAY, MONDAY)


async def test_what_was_not_carried_yet_is_not_passed_over_when_it_is_set_anew(carrying):
    await carrying.set()
    made = await record(carrying)
    await carrying.work()
    await carrying.ask(DELETE, id=made)
    await carrying.set(settles_existing=True)
    await carrying.work()

    assert await carrying.hours() == {}


async def test_many_that_stand_are_carried_piece_by_piece(carrying, monkeypatch):
    monkeypatch.setattr("app.services.sync.flows.RECORDS_AT_A_TIME", 2)
    for each in range(5):
        await record(carrying, MONDAY + timedelta(days=each), MONDAY + timedelta(days=each))
    await carrying.set(settles_existing=True)

    await carrying.work(2)
    some = await carrying.hours()
    await carrying.work(2)

    assert len(some) == 4
    assert await carrying.hours() == days(MONDAY, MONDAY + timedelta(days=4))


async def test_days_long_past_stay_as_they_are(carrying):
    await carrying.set(settles_existing=True)
    long_ago = carrying.clock.now.date() - timedelta(days=91)
    while long_ago.weekday() > 2:  # so that both days are workdays
        long_ago -= timedelta(days=1)
    edge = carrying.clock.now.date() - timedelta(days=88)
    await record(carrying, long_ago, long_ago)
    await record(carrying, edge, edge, applyToSaturday=True, applyToSunday=True)
    await carrying.work(2)

    assert str(long_ago) not in await carrying.hours()


async def test_who_is_no_user_yet_is_told_and_carried_when_linked(carrying):
    await put(carrying.ask, people=[person(sourceId=uuid(77), email="else@x.example")])
    await carrying.set()
    made = await record(carrying, personId=uuid(77))
    await carrying.work()
    told, hours = await carrying.told(), await carrying.hours()
    await put(carrying.ask, users=[user(sourceId="2", emailAddress="else@x.example")])
    await carrying.work()

    assert (told, hours) == ([made], {})
    assert await carrying.told() == []
    assert await carrying.hours() == days(MONDAY, MONDAY)


async def test_what_could_not_be_carried_is_tried_again_after_some_minutes(carrying):
    await carrying.set()
    made = await record(carrying)
    told = ("NOT_CONVERTIBLE", "It could not.")
    async with carrying.database.writing() as connection:
        await keep_problem(connection, COMPANY, record_key(PERSON, made), told, carrying.clock())
    await carrying.set(SyncFlow.NONE)
    await carrying.set()
    async with carrying.database.writing() as connection:
        await keep_problem(connection, COMPANY, record_key(PERSON, made), told, carrying.clock())
    await carrying.work()
    too_soon = await carrying.told(), await carrying.hours()
    carrying.clock.go_on(seconds=TRIED_AGAIN_AFTER.total_seconds() + 1)
    await carrying.work()

    assert too_soon == ([made], {})
    assert await carrying.told() == []
    assert await carrying.hours() == days(MONDAY, MONDAY)


async def test_hours_go_along_when_a_worker_is_unlinked_and_linked_to_somebody_else(carrying):
    await put(carrying.ask, users=[user(sourceId="2", fullName="Bo")])
    await carrying.set()
    await record(carrying)
    await carrying.work()
    whose = "{ timeOffEntries { nodes { user { sourceId } } } }"

    async def users():
        nodes = (await carrying.ask(whose))["data"]["timeOffEntries"]["nodes"]
        return [each["user"]["sourceId"] for each in nodes]

    before = await users()
    await carrying.ask(UNLINK, id=node_id("Worker", "U1"))
    await carrying.work()
    between = await users()
    await carrying.ask(LINK, person=PERSON)
    await carrying.work()

    assert (before, between, await users()) == (["1"], [], ["2"])


async def test_where_changes_are_kept_no_longer_all_that_stands_is_carried(carrying):
    await carrying.set()
    await record(carrying)
    await forget_old_changes(carrying.database, carrying.clock() + timedelta(days=400), 1)
    await carrying.work(2)

    assert await carrying.hours() == days(MONDAY, MONDAY)


async def test_nothing_is_carried_any_more_when_it_ends_and_what_was_stays(carrying):
    await carrying.set()
    await record(carrying)
    await carrying.work()
    await carrying.set(SyncFlow.NONE)
    await record(carrying, MONDAY + timedelta(days=1), MONDAY + timedelta(days=1))
    await carrying.work()

    assert await carrying.hours() == days(MONDAY, MONDAY)


async def test_what_is_set_meanwhile_is_not_overwritten(carrying):
    await carrying.set()
    async with carrying.database.reading() as connection:
        [stale] = await known.flows_under_way(connection)
    await record(carrying)
    await put(carrying.ask, people=[person(sourceId=uuid(77), email="else@x.example")])
    await record(carrying, personId=uuid(77))
    await carrying.set(SyncFlow.NONE)
    await carrying.flows.turn(stale, await carrying.flows.feed.last(COMPANY))

    assert (await carrying.hours(), await carrying.told()) == ({}, [])
    async with carrying.database.reading() as connection:
        assert await known.flows_under_way(connection) == []


async def test_whoever_has_many_changes_leaves_others_their_turn(carrying, monkeypatch):
    monkeypatch.setattr("app.services.sync.flows.CHANGES_AT_A_TIME", 2)
    await carrying.set()
    for each in range(3):
        await record(carrying, MONDAY + timedelta(days=each), MONDAY + timedelta(days=each))
    sole = carrying.database.sole(Task.CARRYING)
    waits = [await carrying.flows.look(sole)]
    some = await carrying.hours()
    while waits[-1] == 0:
        waits.append(await carrying.flows.look(sole))
    await sole.release()

    assert some == days(MONDAY, MONDAY + timedelta(days=1))
    assert await carrying.hours() == days(MONDAY, MONDAY + timedelta(days=2))
    assert waits[-1] == LOOK_SECONDS


async def test_what_is_to_stop_carries_no_more_and_goes_on_later(carrying):
    await carrying.set()
    await record(carrying)
    async with carrying.database.reading() as connection:
        [flow] = await known.flows_under_way(connection)
    stopped = replace(carrying.flows, stopping=asyncio.Event())
    stopped.stopping.set()
    await stopped.turn(flow, await carrying.flows.feed.last(COMPANY))
    then = await carrying.hours()
    await carrying.work()

    assert then == {}
    assert await carrying.hours() == days(MONDAY, MONDAY)


async def test_companies_of_which_nothing_is_due_take_no_statement_each(carrying):
    others = [uuid(1000 + each) for each in range(20)]
    await put(carrying.ask, companies=[company(sourceId=each) for each in others])
    for each in others:
        await carrying.service.set(LOCAL, SetSyncFlow(each, SyncFlow.PROCORE_TO_KANTATA))
    sole = carrying.database.sole(Task.CARRYING)
    with statements() as sent:
        await carrying.flows.look(sole)
    await sole.release()

    assert len(sent) < 10


async def test_hours_that_are_taken_back_from_who_is_no_user_any_more_are_told(carrying):
    await carrying.set()
    made = await record(carrying)
    await carrying.work()
    await carrying.ask(UNLINK, id=node_id("Worker", "U1"))
    await carrying.work()

    assert await carrying.hours() == {}
    assert await carrying.told() == [made]


@pytest.mark.parametrize(
    "direction", [SyncDirection.READ_ONLY, SyncDirection.TWO_WAY], ids=lambda each: each.value
)
async def test_nothing_is_carried_to_a_system_that_is_only_read(carrying, direction):
    upstream = Upstream(
        uuid(1),
        COMPANY,
        UpstreamApi.KANTATA_OX,
        "https://x.example/",
        carrying.clock(),
        direction=direction,
    )
    async with carrying.database.writing() as connection:
        await kept.add_upstream(connection, upstream, "sealed")
    follows = FillOutbox(carrying.database)
    await follows.fill(upstream.id)
    if direction is SyncDirection.READ_ONLY:
        with pytest.raises(ReadOnlySystem) as refused:
            await carrying.set()
        assert refused.value.path == ("flow",)
        return
    await carrying.set()
    await record(carrying)
    await carrying.work()
    await follows.fill(upstream.id)
    async with carrying.database.reading() as connection:
        keys = await connection.exec_driver_sql("SELECT key FROM deliveries")

    assert list(keys.scalars()) == [f"K:1:{MONDAY}"]


async def test_only_who_may_sets_it_for_a_company_of_its_own(carrying):
    wish = SetSyncFlow(COMPANY, SyncFlow.PROCORE_TO_KANTATA)
    with pytest.raises(NotFound):
        await carrying.service.set(caller("theirs", frozenset([OTHER_COMPANY])), wish)
    with pytest.raises(NotPermitted):
        await carrying.service.set(
            caller("reader", frozenset([COMPANY]), permissions=frozenset()), wish
        )
    with pytest.raises(Refused):
        await carrying.service.set(LOCAL, SetSyncFlow("none", SyncFlow.NONE))


SET = """mutation($company: ID!, $flow: SyncFlow!) {
  setSyncFlow(input: {companyId: $company, flow: $flow}) {
    userErrors { code path } company { id syncFlow } } }"""
PROBLEMS = """query($company: ID!) {
  syncFlowProblems(filter: {companyId: $company}) { totalCount nodes {
    id code message company { sourceId } person { sourceId } personTimeOff { id } } } }"""
ORIGINS = """query($company: ID!) {
  changes(companyId: $company, last: 2) { nodes { via } } }"""


async def test_it_is_set_and_looked_at_by_graphql(carrying):
    answered = (await carrying.ask(SET, company=COMPANY, flow="PROCORE_TO_KANTATA"))["data"][
        "setSyncFlow"
    ]
    await put(carrying.ask, people=[person(sourceId=uuid(77), email="else@x.example")])
    made = await record(carrying, personId=uuid(77))
    await carrying.work()
    listed = (await carrying.ask(PROBLEMS, company=COMPANY))["data"]["syncFlowProblems"]
    await record(carrying)
    await carrying.work()

    assert answered["userErrors"] == []
    assert answered["company"]["syncFlow"] == "PROCORE_TO_KANTATA"
    [problem] = listed["nodes"]
    assert problem["code"] == "NOT_CONVERTIBLE"
    assert problem["message"].startswith("The person is not known to Kantata OX")
    assert problem["person"] == {"sourceId": uuid(77)}
    assert problem["personTimeOff"] == {"id": node_id("PersonTimeOff", made)}
    assert listed["totalCount"] == 1
    origins = (await carrying.ask(ORIGINS, company=COMPANY))["data"]["changes"]["nodes"]
    assert {each["via"] for each in origins} == {"FLOW"}
