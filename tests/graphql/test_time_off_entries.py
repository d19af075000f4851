"""Kantata's time off entries: combined by day, capped by the workday, all or nothing."""

import asyncio

import pytest

from tests.builders import (
    COMPANY,
    FRIDAY,
    MONDAY,
    SATURDAY,
    TUESDAY,
    UNKNOWN_UUID,
    WEDNESDAY,
    entry,
    holiday,
    node_id,
    role,
    user,
    workweek,
)
from tests.graphql.api import REFUSAL, put, put_entries, refusal

pytestmark = pytest.mark.usefixtures("everyone")

CREATE = (
    """
    mutation Create($input: CreateTimeOffEntriesInput!) {
      createTimeOffEntries(input: $input) {
        results { index outcome timeOffEntry { sourceId } }
        timeOffEntries { sourceId hours requestedDate user { sourceId } }
        userErrors { ...Refusal }
        warnings { code path }
      }
    }
    """
    + REFUSAL
)
UPDATE = (
    """
    mutation Update($input: UpdateTimeOffEntryInput!) {
      updateTimeOffEntry(input: $input) {
        timeOffEntry { sourceId hours requestedDate }
        userErrors { ...Refusal }
        warnings { code path }
      }
    }
    """
    + REFUSAL
)
DELETE = (
    """
    mutation Delete($input: DeleteTimeOffEntriesInput!) {
      deleteTimeOffEntries(input: $input) { deletedIds userErrors { ...Refusal } }
    }
    """
    + REFUSAL
)
LIST = "{ timeOffEntries { nodes { sourceId hours requestedDate user { sourceId } } } }"


async def create(ask, *entries, **given):
    answer = await ask(CREATE, input={"timeOffEntries": list(entries), **given})
    return answer["data"]["createTimeOffEntries"]


async def update(ask, **given):
    answer = await ask(UPDATE, input=given)
    return answer["data"]["updateTimeOffEntry"]


async def delete(ask, *ids):
    answer = await ask(DELETE, input={"ids": list(ids)})
    return answer["data"]["deleteTimeOffEntries"]


async def listed(ask):
    answer = await ask(LIST)
    return answer["data"]["timeOffEntries"]["nodes"]


def shown(source_id, hours, requested_date=MONDAY, user_id="1"):
    return {
        "sourceId": source_id,
        "hours": hours,
        "requestedDate": requested_date,
        "user": {"sourceId": user_id},
    }


def refused(*errors):
    return {"results": [], "timeOffEntries": [], "userErrors": list(errors), "warnings": []}


def exceeded(*path, date=MONDAY, possible=8.0, taken=0.0, requested, user_id="1"):
    return refusal(
        "WORKDAY_HOURS_EXCEEDED",
        *path,
        typename="WorkdayHoursExceeded",
        user={"sourceId": user_id},
        date=date,
        possibleHours=possible,
        takenHours=taken,
        requestedHours=requested,
    )


ITEM_0_HOURS = ("timeOffEntries", "0", "hours")


async def test_an_entry_answers_everything_that_is_known_of_it(ask):
    await put(
        ask,
        roles=[role()],
        users=[user(roleId="5", emailAddress="ada@example.com", headline="Analyst")],
    )

    answer = await ask(
        """
        mutation Create($input: CreateTimeOffEntriesInput!) {
          createTimeOffEntries(input: $input) {
            timeOffEntries {
              __typename id sourceId source hours totalHours requestedDate
              days { date hours }
              role { id sourceId name }
              user {
                id sourceId fullName emailAddress headline
                role { name } company { sourceId name }
              }
              worker { id fullName email user { sourceId } person { sourceId } }
              externalReferences { id }
            }
          }
        }
        """,
        input={"timeOffEntries": [entry(hours=7.25)]},
    )

    assert answer == {
        "data": {
            "createTimeOffEntries": {
                "timeOffEntries": [
                    {
                        "__typename": "TimeOffEntry",
                        "id": node_id("TimeOffEntry", 1),
                        "sourceId": "1",
                        "source": "KANTATA_OX",
                        "hours": 7.25,
                        "totalHours": 7.25,
                        "requestedDate": MONDAY,
                        "days": [{"date": MONDAY, "hours": 7.25}],
                        "role": {"id": node_id("Role", 5), "sourceId": "5", "name": "Carpenter"},
                        "user": {
                            "id": node_id("User", 1),
                            "sourceId": "1",
                            "fullName": "Ada Lovelace",
                            "emailAddress": "ada@example.com",
                            "headline": "Analyst",
                            "role": {"name": "Carpenter"},
                            "company": {"sourceId": COMPANY, "name": "Brick & Beam"},
                        },
                        "worker": {
                            "id": node_id("Worker", "U1"),
                            "fullName": "Ada Lovelace",
                            "email": "ada@example.com",
                            "user": {"sourceId": "1"},
                            "person": None,
                        },
                        "externalReferences": [],
                    }
                ]
            }
        }
    }


@pytest.mark.rule("4.3")
@pytest.mark.parametrize(
    ("window", "days"),
    [
        pytest.param("", [MONDAY], id="no window: every day"),
        pytest.param(f'(from: "{MONDAY}", to: "{MONDAY}")', [MONDAY], id="both ends included"),
        pytest.param(f'(from: "{TUESDAY}")', [], id="open end, after the day"),
        pytest.param(f'(to: "{MONDAY}", from: null)', [MONDAY], id="open start"),
    ],
)
async def test_days_are_clipped_to_the_window(ask, window, days):
    await put_entries(ask, entry())

    answer = await ask(f"{{ timeOffEntry(id: 1) {{ days{window} {{ date }} }} }}")

    assert answer == {"data": {"timeOffEntry": {"days": [{"date": day} for day in days]}}}


@pytest.mark.rule("2.1")
@pytest.mark.rule("2.2")
async def test_two_creates_of_one_day_are_one_entry_and_a_quarter_hour_more_is_refused(ask):
    first = await create(ask, entry(hours=4))
    second = await create(ask, entry(hours=4))
    third = await create(ask, entry(hours=0.25))

    assert [first, second, third] == [
        {
            "results": [{"index": 0, "outcome": "CREATED", "timeOffEntry": {"sourceId": "1"}}],
            "timeOffEntries": [shown("1", 4.0)],
            "userErrors": [],
            "warnings": [],
        },
        {
            "results": [{"index": 0, "outcome": "COMBINED", "timeOffEntry": {"sourceId": "1"}}],
            "timeOffEntries": [shown("1", 8.0)],
            "userErrors": [],
            "warnings": [],
        },
        refused(exceeded(*ITEM_0_HOURS, taken=8.0, requested=0.25)),
    ]
    assert await listed(ask) == [shown("1", 8.0)]


@pytest.mark.rule("2.1")
async def test_combining_keeps_the_submission_date_and_the_creation_of_the_first(ask):
    document = "{ timeOffEntry(id: 1) { submissionDate createdAt updatedAt } }"
    await create(ask, entry(hours=4))
    before = (await ask(document))["data"]["timeOffEntry"]
    await asyncio.sleep(0.002)
    await create(ask, entry(hours=1))
    after = (await ask(document))["data"]["timeOffEntry"]

    assert before["createdAt"] == before["updatedAt"]
    assert before["createdAt"].startswith(before["submissionDate"])
    assert after == before | {"updatedAt": after["updatedAt"]}
    assert after["updatedAt"] > before["updatedAt"]


@pytest.mark.rule("2.6")
async def test_each_entry_is_answered_once_in_the_order_of_its_first_mention(ask):
    await put_entries(ask, entry(requestedDate=TUESDAY, hours=1))

    answer = await create(
        ask,
        entry(requestedDate=WEDNESDAY, hours=2),
        entry(requestedDate=TUESDAY, hours=3),
        entry(requestedDate=WEDNESDAY, hours=2.5),
    )

    assert answer == {
        "results": [
            {"index": 0, "outcome": "CREATED", "timeOffEntry": {"sourceId": "2"}},
            {"index": 1, "outcome": "COMBINED", "timeOffEntry": {"sourceId": "1"}},
            {"index": 2, "outcome": "COMBINED", "timeOffEntry": {"sourceId": "2"}},
        ],
        "timeOffEntries": [shown("2", 4.5, WEDNESDAY), shown("1", 4.0, TUESDAY)],
        "userErrors": [],
        "warnings": [],
    }


@pytest.mark.rule("2.5")
@pytest.mark.rule("5.2")
async def test_a_batch_with_a_bad_item_in_the_middle_stores_nothing_and_names_its_index(
    ask, stored
):
    before = await stored()

    answer = await create(
        ask,
        entry(requestedDate=MONDAY),
        entry(requestedDate=TUESDAY, hours=8.25),
        entry(requestedDate=WEDNESDAY),
    )

    assert answer == refused(exceeded("timeOffEntries", "1", "hours", date=TUESDAY, requested=8.25))
    assert await stored() == before


@pytest.mark.rule("2.5")
async def test_every_bad_item_is_named_in_the_order_of_the_request(ask, stored):
    before = await stored()

    answer = await create(
        ask,
        entry(hours=6),
        entry(userId="404"),
        entry(hours=3),  # judged beside the 6 h of item 0
        entry(hours=0, requestedDate="1999-12-31"),
        entry(hours=2),  # fits: the refused 3 h count nothing
        entry(hours=0.25),
    )

    assert answer == refused(
        refusal("NOT_FOUND", "timeOffEntries", "1", "userId"),
        exceeded("timeOffEntries", "2", "hours", taken=6.0, requested=3.0),
        refusal("INVALID_VALUE", "timeOffEntries", "3", "hours"),
        refusal("INVALID_VALUE", "timeOffEntries", "3", "requestedDate"),
        exceeded("timeOffEntries", "5", "hours", taken=8.0, requested=0.25),
    )
    assert await stored() == before


@pytest.mark.rule("2.3")
@pytest.mark.parametrize(
    ("workweeks", "day", "possible"),
    [
        pytest.param([], FRIDAY, 8.0, id="Kantata's 40-hour default"),
        pytest.param([], SATURDAY, 0.0, id="weekend"),
        pytest.param([], WEDNESDAY, 0.0, id="holiday"),
        pytest.param([workweek(240)], MONDAY, 4.0, id="part-time company"),
        pytest.param([workweek(240), workweek(360, userId="1")], MONDAY, 6.0, id="own workweek"),
        pytest.param([workweek(360, userId="1")], WEDNESDAY, 0.0, id="own workweek on a holiday"),
        pytest.param([workweek(0, saturday=300)], SATURDAY, 5.0, id="who works on Saturdays"),
        pytest.param([workweek(20)], MONDAY, 0.34, id="20 minutes, rounded up to 0.01 h"),
        pytest.param(
            [workweek(240, effectiveTo=MONDAY)], TUESDAY, 8.0, id="workweek that has ended"
        ),
        pytest.param(
            [workweek(240), workweek(300, effectiveFrom=TUESDAY)],
            TUESDAY,
            5.0,
            id="the later workweek, on its first day",
        ),
    ],
)
async def test_a_day_takes_its_possible_hours_and_not_a_hundredth_more(
    ask, workweeks, day, possible
):
    await put(ask, holidays=[holiday()])
    if workweeks:
        await put(ask, workweeks=workweeks)

    above_possible = round(possible + 0.01, 2)

    asked = await ask("query On($day: Date!) { user(id: 1) { possibleHours(on: $day) } }", day=day)
    above = await create(ask, entry(requestedDate=day, hours=above_possible))
    exactly = await create(ask, entry(requestedDate=day, hours=possible or 0.25))

    assert asked == {"data": {"user": {"possibleHours": possible}}}
    assert above == refused(
        exceeded(*ITEM_0_HOURS, date=day, possible=possible, requested=above_possible)
    )
    assert exactly["timeOffEntries"] == ([shown("1", possible, day)] if possible else [])


@pytest.mark.rule("1.1")
async def test_ten_times_a_tenth_of_an_hour_is_one_hour(ask):
    answer = await create(ask, *[entry(hours=0.1) for _ in range(10)])

    assert answer["timeOffEntries"] == [shown("1", 1.0)]


@pytest.mark.rule("1.1")
@pytest.mark.parametrize(
    ("sent", "stored"),
    [("3.3000000000000003", 3.3), ("0.30000000000000004", 0.3), ("7.3999999999999995", 7.4)],
)
async def test_the_hours_of_a_sum_of_floats_are_the_hundredth_that_was_meant(ask, sent, stored):
    inline = (
        CREATE.replace("$input: CreateTimeOffEntriesInput!", "")
        .replace("()", "")
        .replace(
            "$input",
            f'{{timeOffEntries: [{{userId: 1, requestedDate: "{MONDAY}", hours: {sent}}}]}}',
        )
    )

    by_variable = await create(ask, entry(hours=float(sent), requestedDate=TUESDAY))
    by_literal = (await ask(inline))["data"]["createTimeOffEntries"]
    updated = await update(ask, id="1", hours=float(sent))

    assert by_variable["timeOffEntries"] == [shown("1", stored, TUESDAY)]
    assert by_literal["timeOffEntries"] == [shown("2", stored)]
    assert updated["timeOffEntry"]["hours"] == stored


@pytest.mark.rule("1.2")
async def test_hours_that_are_no_quarters_are_stored_as_sent_with_a_warning(ask):
    created = await create(ask, entry(hours=1.25), entry(hours=0.1, requestedDate=TUESDAY))
    updated = await update(ask, id="1", hours=3.33)

    warning = {"code": "NOT_QUARTER_HOUR", "path": ["timeOffEntries", "1", "hours"]}
    assert created["warnings"] == [warning]
    assert created["timeOffEntries"] == [shown("1", 1.25), shown("2", 0.1, TUESDAY)]
    assert updated == {
        "timeOffEntry": {"sourceId": "1", "hours": 3.33, "requestedDate": MONDAY},
        "userErrors": [],
        "warnings": [{"code": "NOT_QUARTER_HOUR", "path": ["hours"]}],
    }


@pytest.mark.rule("1.5")
async def test_a_day_may_be_written_as_procore_writes_it(ask):
    answer = await create(ask, entry(requestedDate="3/2/26"), entry(requestedDate="03/02/26"))

    assert answer["timeOffEntries"] == [shown("1", 8.0, "2026-03-02")]


@pytest.mark.rule("6.2")
async def test_a_user_may_be_named_by_either_id(ask):
    answer = await create(ask, entry(userId="1"), entry(userId=node_id("User", 1)))

    assert answer["timeOffEntries"] == [shown("1", 8.0)]


@pytest.mark.rule("2.4")
async def test_the_cap_holds_when_many_create_at_once_in_two_processes(ask, another_api):
    await ask(LIST)  # both applications are warm
    async with another_api() as other:
        await other(LIST)
        answers = await asyncio.gather(
            *(create(each, entry(hours=0.25)) for _ in range(20) for each in (ask, other))
        )

    outcomes = [
        answer["userErrors"][0]["code"] if answer["userErrors"] else "" for answer in answers
    ]
    assert sorted(outcomes) == [""] * 32 + ["WORKDAY_HOURS_EXCEEDED"] * 8
    assert await listed(ask) == [shown("1", 8.0)]


@pytest.mark.rule("2.2")
@pytest.mark.rule("2.9")
async def test_an_update_sets_the_days_total_up_to_the_possible_hours(ask):
    await put_entries(ask, entry(hours=4))

    above = await update(ask, id="1", hours=8.25)
    exactly = await update(ask, id=node_id("TimeOffEntry", 1), hours=8)

    assert above == {
        "timeOffEntry": None,
        "userErrors": [exceeded("hours", taken=0.0, requested=8.25)],
        "warnings": [],
    }
    assert exactly == {
        "timeOffEntry": {"sourceId": "1", "hours": 8.0, "requestedDate": MONDAY},
        "userErrors": [],
        "warnings": [],
    }


@pytest.mark.rule("2.2")
async def test_a_day_that_a_holiday_made_over_full_may_be_lowered_but_not_raised(ask):
    await put_entries(ask, entry(hours=6))
    await put(ask, holidays=[holiday(startDate=MONDAY, endDate=MONDAY)])

    assert await listed(ask) == [shown("1", 6.0)]
    raised = await update(ask, id="1", hours=6.25)
    same = await update(ask, id="1", hours=6)
    lowered = await update(ask, id="1", hours=5)

    assert raised["userErrors"] == [exceeded("hours", possible=0.0, requested=6.25)]
    assert same["userErrors"] == lowered["userErrors"] == []
    assert await listed(ask) == [shown("1", 5.0)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"hours": 0}, refusal("INVALID_VALUE", "hours"), id="no hours"),
        pytest.param({"hours": -1}, refusal("INVALID_VALUE", "hours"), id="negative hours"),
        pytest.param({"hours": 1.005}, refusal("INVALID_VALUE", "hours"), id="too fine"),
        pytest.param({"id": "2"}, refusal("NOT_FOUND", "id"), id="unknown entry"),
        pytest.param(
            {"id": node_id("User", 1)}, refusal("NOT_FOUND", "id"), id="node id of a user"
        ),
        pytest.param({"id": UNKNOWN_UUID}, refusal("INVALID_VALUE", "id"), id="ill-formed id"),
    ],
)
@pytest.mark.rule("2.9")
async def test_a_refused_update_says_why_and_stores_nothing(ask, stored, given, expected):
    await put_entries(ask, entry())
    before = await stored()

    answer = await update(ask, **{"id": "1", "hours": 2} | given)

    assert answer == {"timeOffEntry": None, "userErrors": [expected], "warnings": []}
    assert await stored() == before


@pytest.mark.rule("2.9")
async def test_a_delete_removes_all_that_it_names_each_once(ask):
    await put_entries(ask, *(entry(requestedDate=day) for day in (MONDAY, TUESDAY, WEDNESDAY)))

    answer = await delete(ask, "3", node_id("TimeOffEntry", 1), "1")

    ids = [node_id("TimeOffEntry", 3), node_id("TimeOffEntry", 1)]
    assert answer == {"deletedIds": ids, "userErrors": []}
    assert await listed(ask) == [shown("2", 4.0, TUESDAY)]


@pytest.mark.rule("2.9")
@pytest.mark.rule("5.2")
async def test_a_delete_names_each_entry_that_it_cannot_delete_and_deletes_none(ask, stored):
    await put_entries(ask, entry(), entry(requestedDate=TUESDAY))
    before = await stored()

    answer = await delete(ask, "1", "77", "x", node_id("Role", 1), "2")

    assert answer == {
        "deletedIds": [],
        "userErrors": [
            refusal("NOT_FOUND", "ids", "1"),
            refusal("INVALID_VALUE", "ids", "2"),
            refusal("NOT_FOUND", "ids", "3"),
        ],
    }
    assert await stored() == before


async def test_a_delete_takes_a_hundred_entries_and_no_more(ask):
    days = [f"20{year:02}-05-{day:02}" for year in range(20, 40) for day in range(1, 29)]
    await put(ask, workweeks=[workweek(saturday=480, sunday=480)])
    ids = await put_entries(ask, *(entry(requestedDate=day) for day in days[:101]))

    too_many = await delete(ask, *ids)
    enough = await delete(ask, *ids[:100])

    assert too_many == {"deletedIds": [], "userErrors": [refusal("TOO_MANY_ITEMS", "ids")]}
    assert enough["deletedIds"] == [node_id("TimeOffEntry", id_) for id_ in ids[:100]]


async def test_a_create_takes_a_thousand_entries_and_no_more(ask):
    days = [f"20{year:02}-05-{day:02}" for year in range(20, 60) for day in range(1, 27)]
    await put(ask, workweeks=[workweek(saturday=480, sunday=480)])
    entries = [entry(requestedDate=day) for day in days[:1001]]

    too_many = await create(ask, *entries)
    enough = await create(ask, *entries[:1000])

    assert too_many == refused(refusal("TOO_MANY_ITEMS", "timeOffEntries"))
    assert [each["timeOffEntry"]["sourceId"] for each in enough["results"]] == [
        str(number) for number in range(1, 1001)
    ]


@pytest.mark.rule("2.1")
async def test_a_new_entry_of_a_day_whose_entry_was_deleted_has_a_new_id(ask):
    await put_entries(ask, entry())
    await delete(ask, "1")

    assert await put_entries(ask, entry()) == ["2"]


async def test_an_unknown_entry_is_null(ask):
    answer = await ask("{ timeOffEntry(id: 1) { id } }")

    assert answer == {"data": {"timeOffEntry": None}}


@pytest.mark.rule("5.2")
async def test_mutations_of_one_request_are_carried_out_one_after_the_other(ask):
    document = """
      mutation Both($input: CreateTimeOffEntriesInput!, $ids: [ID!]!) {
        create: createTimeOffEntries(input: $input) { timeOffEntries { user { fullName } } }
        again: createTimeOffEntries(input: $input) { timeOffEntries { hours } }
        delete: deleteTimeOffEntries(input: {ids: $ids}) { deletedIds }
        once: createTimeOffEntries(input: $input) { timeOffEntries { sourceId hours } }
      }
    """

    answer = await ask(document, input={"timeOffEntries": [entry()]}, ids=["1"])

    assert answer == {
        "data": {
            "create": {"timeOffEntries": [{"user": {"fullName": "Ada Lovelace"}}]},
            "again": {"timeOffEntries": [{"hours": 8.0}]},
            "delete": {"deletedIds": [node_id("TimeOffEntry", 1)]},
            "once": {"timeOffEntries": [{"sourceId": "2", "hours": 4.0}]},
        }
    }
