"""Procore's person time off: spans that repeat, rounded times, and what an update may change."""

import re

import pytest

from tests.builders import (
    COMPANY,
    FRIDAY,
    MONDAY,
    OTHER_COMPANY,
    OTHER_PERSON,
    PERSON,
    SATURDAY,
    SUNDAY,
    TUESDAY,
    UNKNOWN_UUID,
    WEDNESDAY,
    company,
    node_id,
    person,
    person_time_off,
)
from tests.graphql.api import REFUSAL, put, put_person_time_off, refusal

pytestmark = pytest.mark.usefixtures("everyone")

RECORD = """
fragment Record on PersonTimeOff {
  startDay endDay applyToSaturday applyToSunday isPaid reason
  repeat cadence repeatEndDay batchStartTime batchEndTime totalHours
  instances { startDay endDay hours }
}
"""
CREATE = (
    """
    mutation Create($input: CreatePersonTimeOffInput!) {
      createPersonTimeOff(input: $input) {
        personTimeOff { ...Record }
        userErrors { ...Refusal }
        warnings { code path }
      }
    }
    """
    + RECORD
    + REFUSAL
)
UPDATE = (
    """
    mutation Update($input: UpdatePersonTimeOffInput!) {
      updatePersonTimeOff(input: $input) {
        personTimeOff { ...Record }
        userErrors { ...Refusal }
        warnings { code path }
      }
    }
    """
    + RECORD
    + REFUSAL
)
DELETE = (
    """
    mutation Delete($input: DeletePersonTimeOffInput!) {
      deletePersonTimeOff(input: $input) { deletedId userErrors { ...Refusal } }
    }
    """
    + REFUSAL
)
MONDAY_AFTER = "2026-03-09"
ALL_IDS = "{ personTimeOffs { nodes { id } } }"
READ = "query Read($id: ID!) { personTimeOff(id: $id) { ...Record } }" + RECORD
IDS = """
query Ids($id: ID!) {
  personTimeOff(id: $id) { id sourceId createdAt instances { id sourceId } }
}
"""


async def create(ask, **given):
    answer = await ask(CREATE, input=person_time_off(**given))
    return answer["data"]["createPersonTimeOff"]


async def update(ask, **given):
    answer = await ask(UPDATE, input=given)
    return answer["data"]["updatePersonTimeOff"]


async def read(ask, id_, document=READ):
    answer = await ask(document, id=id_)
    return answer["data"]["personTimeOff"]


def record(*spans, hours=8.0, **given):
    """The record that the builder's input makes, with instances of so many hours each."""
    instances = [{"startDay": first, "endDay": last, "hours": hours} for first, last in spans]
    return {
        "startDay": spans[0][0],
        "endDay": spans[-1][1],
        "applyToSaturday": False,
        "applyToSunday": False,
        "isPaid": True,
        "reason": "vacation",
        "repeat": "NEVER",
        "cadence": None,
        "repeatEndDay": None,
        "batchStartTime": "07:00",
        "batchEndTime": "15:00",
        "totalHours": hours * len(spans),
        "instances": instances,
    } | given


def done(shown, *warnings):
    return {"personTimeOff": shown, "userErrors": [], "warnings": list(warnings)}


def refused(*errors):
    return {"personTimeOff": None, "userErrors": list(errors), "warnings": []}


SEED = {
    "startDay": "2023-11-01",
    "endDay": "2023-11-01",
    "isPaid": True,
    "reason": "medical",
    "repeat": "WEEKLY",
    "cadence": 1,
    "repeatEndDay": "2023-12-01",
    "batchStartTime": "07:00",
    "batchEndTime": "15:30",
}
SEED_AS_PROCORE_WRITES_IT = SEED | {
    "startDay": "11/01/23",
    "endDay": "11/01/23",
    "repeatEndDay": "12/01/23",
    "batchStartTime": "7:00 AM",
    "batchEndTime": "3:30 PM",
}


@pytest.mark.rule("3.7")
@pytest.mark.rule("3.3")
@pytest.mark.parametrize(
    "given",
    [
        pytest.param(SEED, id="ISO days and 24 hours"),
        pytest.param(SEED_AS_PROCORE_WRITES_IT, id="11/01/23 and 7:00 AM"),
    ],
)
async def test_the_seeds_weekly_example_to_the_letter(ask, given):
    answer = await ask(
        """
        mutation Create($input: CreatePersonTimeOffInput!) {
          createPersonTimeOff(input: $input) {
            personTimeOff {
              __typename id sourceId source createdAt updatedAt
              company { sourceId } person { sourceId fullName }
              worker { id person { sourceId } user { sourceId } }
              days { date hours }
              instances { id sourceId startDay endDay hours }
              ...Record
            }
            userErrors { code }
            warnings { code }
          }
        }
        """
        + RECORD,
        input=person_time_off(**given),
    )

    payload = answer["data"]["createPersonTimeOff"]
    shown = payload["personTimeOff"]
    starts = [f"2023-11-{day:02}" for day in (1, 8, 15, 22, 29)]
    source_ids = [each["sourceId"] for each in shown["instances"]]
    assert len({shown["sourceId"], *source_ids}) == 6
    assert all(
        re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id_) for id_ in source_ids
    )
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", shown["createdAt"])
    assert payload == {
        "personTimeOff": {
            "__typename": "PersonTimeOff",
            "id": node_id("PersonTimeOff", shown["sourceId"]),
            "sourceId": shown["sourceId"],
            "source": "PROCORE_WORKFORCE_PLANNING",
            "createdAt": shown["createdAt"],
            "updatedAt": shown["createdAt"],
            "company": {"sourceId": COMPANY},
            "person": {"sourceId": PERSON, "fullName": "Grace Hopper"},
            "worker": {
                "id": node_id("Worker", f"P{PERSON}"),
                "person": {"sourceId": PERSON},
                "user": None,
            },
            "days": [{"date": day, "hours": 8.5} for day in starts],
            **record(
                *((day, day) for day in starts),
                hours=8.5,
                reason="medical",
                repeat="WEEKLY",
                cadence=1,
                repeatEndDay="2023-12-01",
                batchEndTime="15:30",
            ),
            "instances": [
                {
                    "id": node_id("TimeOffInstance", id_),
                    "sourceId": id_,
                    "startDay": day,
                    "endDay": day,
                    "hours": 8.5,
                }
                for id_, day in zip(source_ids, starts, strict=True)
            ],
        },
        "userErrors": [],
        "warnings": [],
    }


@pytest.mark.rule("3.3")
async def test_what_a_create_answered_is_what_a_query_answers(ask):
    document = "{ personTimeOffs { nodes { id sourceId createdAt ...Record } } }" + RECORD
    created = await create(ask, **SEED)

    answer = await ask(document)

    (node,) = answer["data"]["personTimeOffs"]["nodes"]
    assert created["personTimeOff"].items() <= node.items()


@pytest.mark.rule("3.1")
@pytest.mark.rule("3.2")
@pytest.mark.parametrize(
    ("given", "spans"),
    [
        pytest.param(
            {"startDay": MONDAY, "endDay": FRIDAY}, [(MONDAY, FRIDAY)], id="never: one instance"
        ),
        pytest.param(
            {
                "startDay": MONDAY,
                "endDay": TUESDAY,
                "repeat": "WEEKLY",
                "cadence": 2,
                "repeatEndDay": "2026-03-30",
            },
            [(MONDAY, TUESDAY), ("2026-03-16", "2026-03-17"), ("2026-03-30", "2026-03-31")],
            id="every second week, its start on the last day",
        ),
        pytest.param(
            {
                "startDay": "2024-01-31",
                "endDay": "2024-01-31",
                "repeat": "MONTHLY",
                "cadence": 1,
                "repeatEndDay": "2024-04-30",
            },
            [(day, day) for day in ("2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30")],
            id="monthly from the 31st: no drift",
        ),
        pytest.param(
            {
                "startDay": "2024-02-29",
                "endDay": "2024-02-29",
                "repeat": "YEARLY",
                "cadence": 2,
                "repeatEndDay": "2028-02-29",
            },
            [(day, day) for day in ("2024-02-29", "2026-02-28", "2028-02-29")],
            id="yearly from 29 February",
        ),
    ],
)
async def test_instances_come_back_by_the_repeat_rule(ask, given, spans):
    answer = await create(ask, applyToSaturday=True, applyToSunday=True, **given)

    days = (answer["personTimeOff"] or {}).get("instances")
    assert [(each["startDay"], each["endDay"]) for each in days or []] == spans
    assert answer["personTimeOff"]["endDay"] == spans[-1][1]


@pytest.mark.rule("3.1")
async def test_what_belongs_to_a_repeat_is_ignored_and_answered_as_null_without_one(ask):
    answer = await create(ask, repeat="NEVER", cadence=-3, repeatEndDay="1999-01-01")

    assert answer == done(record((MONDAY, MONDAY)))


@pytest.mark.rule("1.3")
async def test_times_are_rounded_to_the_quarter_with_a_warning_each(ask):
    answer = await ask(
        """
        mutation Create($input: CreatePersonTimeOffInput!) {
          createPersonTimeOff(input: $input) {
            personTimeOff { batchStartTime batchEndTime }
            warnings { code message path }
          }
        }
        """,
        input=person_time_off(batchStartTime="7:08 AM", batchEndTime="23:53"),
    )

    assert answer == {
        "data": {
            "createPersonTimeOff": {
                "personTimeOff": {"batchStartTime": "07:15", "batchEndTime": "23:45"},
                "warnings": [
                    {
                        "code": "TIME_ROUNDED",
                        "message": "7:08 AM was rounded to 7:15 AM: Procore keeps times in steps "
                        "of 15 minutes.",
                        "path": ["batchStartTime"],
                    },
                    {
                        "code": "TIME_ROUNDED",
                        "message": "11:53 PM was rounded to 11:45 PM: Procore keeps times in steps "
                        "of 15 minutes.",
                        "path": ["batchEndTime"],
                    },
                ],
            }
        }
    }


@pytest.mark.rule("3.5")
async def test_a_night_shift_belongs_to_the_day_on_which_it_starts(ask):
    id_ = await put_person_time_off(ask, batchStartTime="10:00 PM", batchEndTime="06:00")

    answer = await ask(
        """
        query Read($id: ID!, $day: Date!) {
          personTimeOff(id: $id) { totalHours days { date hours } next: days(from: $day) { date } }
        }
        """,
        id=id_,
        day=TUESDAY,
    )

    assert answer == {
        "data": {
            "personTimeOff": {
                "totalHours": 8.0,
                "days": [{"date": MONDAY, "hours": 8.0}],
                "next": [],
            }
        }
    }


@pytest.mark.rule("3.6")
@pytest.mark.parametrize(
    ("flags", "days"),
    [
        pytest.param({}, [FRIDAY, "2026-03-09"], id="neither"),
        pytest.param({"applyToSaturday": True}, [FRIDAY, SATURDAY, "2026-03-09"], id="Saturday"),
        pytest.param(
            {"applyToSaturday": True, "applyToSunday": True},
            [FRIDAY, SATURDAY, SUNDAY, "2026-03-09"],
            id="both",
        ),
    ],
)
async def test_weekend_flags_decide_which_days_count_and_never_the_span(ask, flags, days):
    id_ = await put_person_time_off(ask, startDay=FRIDAY, endDay="2026-03-09", **flags)

    answer = await ask(
        "query Read($id: ID!) { personTimeOff(id: $id) { endDay totalHours days { date } } }",
        id=id_,
    )

    assert answer["data"]["personTimeOff"] == {
        "endDay": "2026-03-09",
        "totalHours": 8.0 * len(days),
        "days": [{"date": day} for day in days],
    }


@pytest.mark.rule("3.6")
async def test_an_instance_wholly_on_uncounted_days_has_no_hours_and_a_warning(ask):
    answer = await create(
        ask,
        startDay="2026-03-20",
        endDay="2026-03-20",
        repeat="MONTHLY",
        cadence=1,
        repeatEndDay="2026-06-20",
    )

    hours = [each["hours"] for each in answer["personTimeOff"]["instances"]]
    assert hours == [8.0, 8.0, 8.0, 0.0]
    assert answer["warnings"] == [
        {"code": "INSTANCE_WITHOUT_COUNTED_DAY", "path": ["instances", "3"]}
    ]


@pytest.mark.rule("3.9")
async def test_overlapping_records_are_stored_with_a_warning_that_names_the_other(ask):
    other = await put_person_time_off(ask, startDay=MONDAY, endDay=WEDNESDAY, reason="secret")
    await put_person_time_off(ask, startDay=FRIDAY, endDay=FRIDAY)

    answer = await ask(
        """
        mutation Create($input: CreatePersonTimeOffInput!) {
          createPersonTimeOff(input: $input) { userErrors { code } warnings { code message path } }
        }
        """,
        input=person_time_off(startDay=TUESDAY, endDay=WEDNESDAY, batchStartTime="14:45"),
    )

    message = f"Overlaps time off {other} of the same person, first on {TUESDAY}."
    assert answer["data"]["createPersonTimeOff"] == {
        "userErrors": [],
        "warnings": [{"code": "OVERLAPS_TIME_OFF", "message": message, "path": ["startDay"]}],
    }


MONTHLY_31ST = {
    "startDay": "2026-03-31",
    "endDay": "2026-03-31",
    "repeat": "MONTHLY",
    "cadence": 1,
    "repeatEndDay": "2026-04-30",
}


@pytest.mark.rule("3.2")
async def test_days_that_a_month_lacks_are_named_by_the_create_and_not_by_an_update(ask):
    foreseen = await ask(OVERLAPPING, input=person_time_off(**MONTHLY_31ST, dryRun=True))
    answer = await create(ask, **MONTHLY_31ST)
    again = await update(ask, id=(await ask(ALL_IDS))["data"]["personTimeOffs"]["nodes"][0]["id"])

    assert foreseen["data"]["createPersonTimeOff"]["warnings"] == [
        {
            "code": "REPEAT_MEETS_MONTH_END",
            "message": "Months without day 31 have it on their last: 2026-04-30.",
            "path": ["instances", "1"],
        }
    ]
    assert answer["warnings"] == [{"code": "REPEAT_MEETS_MONTH_END", "path": ["instances", "1"]}]
    assert (again["userErrors"], again["warnings"]) == ([], [])


NIGHT = {"batchStartTime": "22:00", "batchEndTime": "06:00"}
MORNING = {"batchStartTime": "05:00", "batchEndTime": "10:00"}
EVERY_DAY = {"applyToSaturday": True, "applyToSunday": True}
OVERLAPPING = """
mutation Create($input: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $input) {
    warnings { code message path }
    days { date hoursOff notes { code } }
    userErrors { code }
  }
}
"""


def on(first, last=None, **given):
    return {"startDay": first, "endDay": last or first} | given


@pytest.mark.rule("3.5")
@pytest.mark.rule("3.9")
@pytest.mark.parametrize(
    ("stored", "created", "meet_on"),
    [
        pytest.param(on(MONDAY, **NIGHT), on(TUESDAY, **MORNING), TUESDAY, id="a night first"),
        pytest.param(on(TUESDAY, **MORNING), on(MONDAY, **NIGHT), TUESDAY, id="a morning first"),
        pytest.param(
            on(MONDAY, **NIGHT),
            on(TUESDAY, batchStartTime="05:45", batchEndTime="04:00"),
            TUESDAY,
            id="a night that starts in the last quarter of a night",
        ),
        pytest.param(
            on("2025-12-31", **NIGHT), on("2026-01-01", **MORNING), "2026-01-01", id="a new year"
        ),
        pytest.param(
            on("2028-02-28", **NIGHT), on("2028-02-29", **MORNING), "2028-02-29", id="a leap day"
        ),
        pytest.param(
            on("2099-12-30", **NIGHT), on("2099-12-31", **MORNING), "2099-12-31", id="the last day"
        ),
        pytest.param(
            on("2000-01-01", **NIGHT | EVERY_DAY),
            on("2000-01-02", **MORNING | EVERY_DAY),
            "2000-01-02",
            id="the first day, a Saturday",
        ),
        pytest.param(
            on(FRIDAY, SUNDAY, **NIGHT | {"applyToSaturday": True}),
            on(SUNDAY, **MORNING | EVERY_DAY),
            SUNDAY,
            id="Saturday's night, which counts, into the Sunday",
        ),
        pytest.param(
            on(MONDAY, WEDNESDAY, **NIGHT),
            on(WEDNESDAY, **MORNING | {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": FRIDAY}),
            WEDNESDAY,
            id="a night in the middle of a span, an instance of a series",
        ),
        pytest.param(
            on(MONDAY, **NIGHT | {"repeat": "WEEKLY", "cadence": 2, "repeatEndDay": "2026-03-31"}),
            on(
                "2026-03-17",
                **MORNING | {"repeat": "MONTHLY", "cadence": 1, "repeatEndDay": "2026-05-01"},
            ),
            "2026-03-17",
            id="instances of two series",
        ),
    ],
)
async def test_a_night_shift_overlaps_what_is_there_on_the_next_morning(
    ask, stored, created, meet_on
):
    other = await put_person_time_off(ask, **stored)

    foreseen = await ask(OVERLAPPING, input=person_time_off(**created, dryRun=True))
    answer = await ask(OVERLAPPING, input=person_time_off(**created))

    message = f"Overlaps time off {other} of the same person, first on {meet_on}."
    warning = {"code": "OVERLAPS_TIME_OFF", "message": message, "path": ["startDay"]}
    assert answer == foreseen
    payload = answer["data"]["createPersonTimeOff"]
    assert (payload["userErrors"], payload["warnings"]) == ([], [warning])
    assert "OVERLAP" in {note["code"] for day in payload["days"] for note in day["notes"]}


@pytest.mark.rule("3.5")
@pytest.mark.rule("3.9")
@pytest.mark.parametrize(
    ("stored", "created"),
    [
        pytest.param(on(MONDAY, **NIGHT), on(TUESDAY, batchStartTime="06:00"), id="back to back"),
        pytest.param(on(MONDAY, **NIGHT), on(WEDNESDAY, **MORNING), id="two days later"),
        pytest.param(on(TUESDAY, **NIGHT), on(TUESDAY, **MORNING), id="the morning before"),
        pytest.param(
            on(FRIDAY, SUNDAY, **NIGHT | {"applyToSunday": True}),
            on(SUNDAY, **MORNING | EVERY_DAY),
            id="Saturday's night, which does not count, into the Sunday",
        ),
        pytest.param(
            on(FRIDAY, **NIGHT),
            on(FRIDAY, MONDAY_AFTER, **MORNING),
            id="into a Saturday that does not count",
        ),
    ],
)
async def test_a_night_shift_does_not_overlap_what_begins_when_it_is_over(ask, stored, created):
    await put_person_time_off(ask, **stored)

    answer = await create(ask, **created)

    assert (answer["userErrors"], answer["warnings"]) == ([], [])


@pytest.mark.rule("3.5")
@pytest.mark.rule("3.9")
async def test_a_night_shift_of_several_days_does_not_overlap_itself(ask):
    weekly = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": "2026-03-31"}

    answer = await create(ask, **on(MONDAY, SUNDAY, **NIGHT | EVERY_DAY | weekly))

    assert (answer["userErrors"], answer["warnings"]) == ([], [])


@pytest.mark.rule("3.5")
@pytest.mark.rule("3.9")
async def test_an_update_into_the_next_morning_warns_and_out_of_it_does_not(ask):
    await put_person_time_off(ask, **on(TUESDAY, **MORNING))
    id_ = await put_person_time_off(ask, **on(MONDAY))

    answers = [
        await update(ask, id=id_, **times)
        for times in (NIGHT, {"batchEndTime": "05:00"}, {"batchEndTime": "05:08"})
    ]

    assert [[each["code"] for each in answer["warnings"]] for answer in answers] == [
        ["OVERLAPS_TIME_OFF"],
        [],
        ["TIME_ROUNDED", "OVERLAPS_TIME_OFF"],
    ]


@pytest.mark.rule("3.9")
@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"batchStartTime": "15:00", "batchEndTime": "16:00"}, id="right after it"),
        pytest.param({"startDay": TUESDAY, "endDay": TUESDAY}, id="on another day"),
        pytest.param({"personId": OTHER_PERSON}, id="another person"),
    ],
)
async def test_records_that_do_not_meet_carry_no_warning(ask, given):
    await put(ask, people=[person(sourceId=OTHER_PERSON)])
    await put_person_time_off(ask)

    answer = await create(ask, **given)

    assert (answer["userErrors"], answer["warnings"]) == ([], [])


WEEKLY = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": "2026-12-31"}


@pytest.mark.rule("3.4")
@pytest.mark.rule("3.10")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            {"startDay": TUESDAY, "endDay": MONDAY},
            [refusal("DAYS_REVERSED", "endDay")],
            id="end before start",
        ),
        pytest.param(
            WEEKLY | {"repeatEndDay": "2026-03-01"},
            [refusal("DAYS_REVERSED", "repeatEndDay")],
            id="repeat ends before it starts",
        ),
        pytest.param(
            {"repeat": "MONTHLY"},
            [
                refusal("REPEAT_INCOMPLETE", "cadence"),
                refusal("REPEAT_INCOMPLETE", "repeatEndDay"),
            ],
            id="repeat without cadence and end",
        ),
        pytest.param(
            WEEKLY | {"cadence": 0}, [refusal("INVALID_VALUE", "cadence")], id="cadence 0"
        ),
        pytest.param(
            WEEKLY | {"cadence": -1}, [refusal("INVALID_VALUE", "cadence")], id="negative cadence"
        ),
        pytest.param(
            WEEKLY | {"endDay": "2026-03-09"},
            [refusal("REPEAT_OVERLAPS_ITSELF", "cadence")],
            id="eight days every week",
        ),
        pytest.param(
            WEEKLY | {"repeatEndDay": "2099-12-31"},
            [refusal("TOO_MANY_INSTANCES", "repeatEndDay")],
            id="weekly until 2099",
        ),
        pytest.param(
            {
                "startDay": "2099-12-20",
                "endDay": "2099-12-22",
                "repeat": "WEEKLY",
                "cadence": 1,
                "repeatEndDay": "2099-12-31",
                "applyToSunday": True,
            },
            [],
            id="an instance that ends in 2099",
        ),
        pytest.param(
            {
                "startDay": "2099-12-23",
                "endDay": "2099-12-27",
                "repeat": "WEEKLY",
                "cadence": 1,
                "repeatEndDay": "2099-12-31",
            },
            [refusal("INVALID_VALUE", "repeatEndDay")],
            id="an instance that ends after 2099",
        ),
        pytest.param(
            {"batchStartTime": "07:00", "batchEndTime": "07:07"},
            [refusal("INVALID_VALUE", "batchEndTime")],
            id="equal times after rounding",
        ),
        pytest.param(
            {"startDay": SATURDAY, "endDay": SUNDAY},
            [refusal("NO_DAY_COUNTS", "startDay")],
            id="a weekend that does not count",
        ),
        pytest.param({"reason": " \n"}, [refusal("INVALID_VALUE", "reason")], id="blank reason"),
        pytest.param(
            {"companyId": UNKNOWN_UUID},
            [refusal("NOT_FOUND", "companyId"), refusal("NOT_FOUND", "personId")],
            id="unknown company",
        ),
        pytest.param(
            {"personId": UNKNOWN_UUID}, [refusal("NOT_FOUND", "personId")], id="unknown person"
        ),
        pytest.param(
            {"companyId": OTHER_COMPANY},
            [refusal("NOT_FOUND", "personId")],
            id="a person of another company",
        ),
        pytest.param(
            {"personId": node_id("User", 1)},
            [refusal("NOT_FOUND", "personId")],
            id="node id of a user",
        ),
        pytest.param(
            {"startDay": "2100-01-01", "endDay": "1999-12-31", "reason": "", "companyId": "x"},
            [
                refusal("INVALID_VALUE", "companyId"),
                refusal("INVALID_VALUE", "reason"),
                refusal("INVALID_VALUE", "startDay"),
                refusal("INVALID_VALUE", "endDay"),
            ],
            id="all that is wrong at once",
        ),
    ],
)
async def test_a_refused_record_says_why_and_stores_nothing(ask, stored, given, expected):
    await put(ask, companies=[company(sourceId=OTHER_COMPANY)])
    before = await stored()

    answer = await create(ask, **given)

    assert answer["userErrors"] == expected
    assert (answer["personTimeOff"] is None) == bool(expected)
    assert (await stored() == before) == bool(expected)


@pytest.mark.rule("3.4")
async def test_a_thousand_instances_are_stored(ask):
    answer = await ask(
        """
        mutation Create($input: CreatePersonTimeOffInput!) {
          createPersonTimeOff(input: $input) { personTimeOff { totalHours endDay } }
        }
        """,
        input=person_time_off(repeat="WEEKLY", cadence=1, repeatEndDay="2045-04-24"),
    )

    expected = {"totalHours": 8000.0, "endDay": "2045-04-24"}
    assert answer == {"data": {"createPersonTimeOff": {"personTimeOff": expected}}}


@pytest.mark.rule("3.8")
async def test_an_update_keeps_the_ids_of_the_record_and_of_its_instances(ask):
    id_ = await put_person_time_off(ask, **WEEKLY | {"repeatEndDay": "2026-03-16"})
    before = await read(ask, id_, IDS)

    answer = await update(
        ask,
        id=id_,
        isPaid=False,
        reason="family",
        applyToSunday=True,
        applyToSaturday=True,
        batchStartTime="8:00 AM",
        batchEndTime="12:00",
    )

    days = [(day, day) for day in (MONDAY, "2026-03-09", "2026-03-16")]
    shown = record(
        *days,
        hours=4.0,
        applyToSaturday=True,
        applyToSunday=True,
        isPaid=False,
        reason="family",
        batchStartTime="08:00",
        batchEndTime="12:00",
        **WEEKLY | {"repeatEndDay": "2026-03-16"},
    )
    assert answer == done(shown)
    assert await read(ask, node_id("PersonTimeOff", id_)) == shown
    assert await read(ask, id_, IDS) == before


@pytest.mark.rule("3.8")
async def test_an_update_moves_a_record_that_never_repeats_and_keeps_its_instance(ask):
    id_ = await put_person_time_off(ask)
    before = await read(ask, id_, IDS)

    answer = await update(ask, id=id_, startDay=TUESDAY, endDay=FRIDAY)

    assert answer == done(record((TUESDAY, FRIDAY), hours=32.0))
    assert await read(ask, id_, IDS) == before


@pytest.mark.rule("3.8")
@pytest.mark.parametrize("field", ["startDay", "endDay"])
async def test_the_days_of_a_repeating_record_cannot_be_moved(ask, stored, field):
    id_ = await put_person_time_off(ask, **WEEKLY)
    before = await stored()

    answer = await update(ask, id=id_, isPaid=False, **{field: TUESDAY})

    assert answer == refused(refusal("REPEATING_DAYS_FIXED", field))
    assert await stored() == before


@pytest.mark.rule("3.8")
async def test_the_days_of_a_repeating_record_may_be_sent_as_they_are(ask, stored):
    id_ = await put_person_time_off(ask, **WEEKLY)
    read_back = await ask(
        "query One($id: ID!) { personTimeOff(id: $id) { startDay endDay } }", id=id_
    )
    before = await stored()

    for days in (read_back["data"]["personTimeOff"], {"startDay": MONDAY, "endDay": MONDAY}):
        answer = await update(ask, id=id_, **days)
        assert answer["userErrors"] == []

    assert await stored() == before


@pytest.mark.rule("6.3")
@pytest.mark.rule("3.8")
@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="nothing given"),
        pytest.param(
            dict.fromkeys(
                (
                    "startDay",
                    "endDay",
                    "applyToSaturday",
                    "applyToSunday",
                    "isPaid",
                    "reason",
                    "batchStartTime",
                    "batchEndTime",
                )
            ),
            id="every field null",
        ),
        pytest.param({"isPaid": True, "batchStartTime": "07:00"}, id="what it is already"),
    ],
)
async def test_a_field_that_is_null_or_left_out_stays_and_nothing_is_recorded(ask, stored, given):
    id_ = await put_person_time_off(ask)
    before = await stored()

    answer = await update(ask, id=id_, **given)

    assert answer == done(record((MONDAY, MONDAY)))
    assert await stored() == before


@pytest.mark.rule("3.8")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"endDay": "2026-03-01"}, refusal("DAYS_REVERSED", "endDay"), id="reversed"),
        pytest.param(
            {"batchEndTime": "07:00"}, refusal("INVALID_VALUE", "batchEndTime"), id="equal times"
        ),
        pytest.param({"reason": ""}, refusal("INVALID_VALUE", "reason"), id="empty reason"),
        pytest.param(
            {"startDay": SATURDAY, "endDay": SUNDAY},
            refusal("NO_DAY_COUNTS", "startDay"),
            id="a weekend that does not count",
        ),
        pytest.param({"id": UNKNOWN_UUID}, refusal("NOT_FOUND", "id"), id="unknown record"),
        pytest.param(
            {"id": node_id("Person", PERSON)}, refusal("NOT_FOUND", "id"), id="another type"
        ),
        pytest.param({"id": "1"}, refusal("INVALID_VALUE", "id"), id="ill-formed id"),
    ],
)
async def test_a_refused_update_says_why_and_stores_nothing(ask, stored, given, expected):
    id_ = await put_person_time_off(ask)
    before = await stored()

    answer = await update(ask, **{"id": id_} | given)

    assert answer == refused(expected)
    assert await stored() == before


@pytest.mark.rule("3.9")
@pytest.mark.rule("1.3")
async def test_an_update_warns_as_a_create_does_but_never_of_the_record_itself(ask):
    await put_person_time_off(ask, startDay=TUESDAY, endDay=TUESDAY)
    id_ = await put_person_time_off(ask)

    moved = await update(ask, id=id_, startDay=MONDAY, endDay=TUESDAY, batchEndTime="15:02")

    assert moved["warnings"] == [
        {"code": "TIME_ROUNDED", "path": ["batchEndTime"]},
        {"code": "OVERLAPS_TIME_OFF", "path": ["startDay"]},
    ]


@pytest.mark.rule("3.8")
async def test_a_delete_removes_the_record_with_its_instances(ask, stored):
    before = await stored()
    id_ = await put_person_time_off(ask, **WEEKLY)

    answer = await ask(DELETE, input={"id": id_})

    deleted = {"deletedId": node_id("PersonTimeOff", id_), "userErrors": []}
    assert answer == {"data": {"deletePersonTimeOff": deleted}}
    assert await read(ask, id_) is None
    after = await stored()
    for table in ("person_time_offs", "person_days"):
        assert after[table] == before[table] == []


@pytest.mark.parametrize(
    ("id_", "code"),
    [
        pytest.param(UNKNOWN_UUID, "NOT_FOUND", id="unknown"),
        pytest.param(node_id("TimeOffInstance", UNKNOWN_UUID), "NOT_FOUND", id="another type"),
        pytest.param("nonsense", "INVALID_VALUE", id="ill-formed"),
    ],
)
async def test_a_delete_of_what_is_not_there_is_refused(ask, id_, code):
    answer = await ask(DELETE, input={"id": id_})

    refused_ = {"deletedId": None, "userErrors": [refusal(code, "id")]}
    assert answer == {"data": {"deletePersonTimeOff": refused_}}


@pytest.mark.rule("4.6")
async def test_a_reason_keeps_its_emojis_and_its_lines(ask):
    id_ = await put_person_time_off(ask, reason="Flitterwochen 💍\n(日本)")

    assert (await read(ask, id_))["reason"] == "Flitterwochen 💍\n(日本)"
