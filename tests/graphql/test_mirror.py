"""Settling one system's time off into the other, both ways."""

import asyncio
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import (
    FRIDAY,
    MONDAY,
    OTHER_COMPANY,
    OTHER_PERSON,
    PERSON,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    UNKNOWN_UUID,
    WEDNESDAY,
    company,
    entry,
    holiday,
    node_id,
    person,
    person_time_off,
    reference,
    user,
    workweek,
)
from tests.graphql.api import (
    REFUSAL,
    api,
    put,
    put_entries,
    put_person_time_off,
    refusal,
    rows_of,
)

pytestmark = pytest.mark.rule("4.4")

TO_KANTATA = (
    """
    mutation Mirror($input: MirrorPersonTimeOffInput!) {
      mirrorPersonTimeOff(input: $input) {
        results {
          date
          outcome
          user { sourceId }
          hoursBefore
          hoursAfter
          timeOffEntry {
            hours
            externalReferences { serviceName serviceModelRef status broughtHours }
          }
        }
        timeOffEntries { sourceId hours requestedDate }
        lost
        userErrors { ...Refusal }
        warnings { code path }
        days { date hoursOff hoursOffHigh notes { code } contributions { hours } }
      }
    }
    """
    + REFUSAL
)
TO_PROCORE = (
    """
    mutation Mirror($input: MirrorTimeOffEntriesInput!) {
      mirrorTimeOffEntries(input: $input) {
        personTimeOffs {
          person { sourceId }
          startDay endDay applyToSaturday applyToSunday isPaid reason
          repeat cadence repeatEndDay batchStartTime batchEndTime
          instances { startDay endDay hours }
          days { date hours }
        }
        lost
        userErrors { ...Refusal }
        warnings { code path }
        days { date hoursOff hoursOffHigh notes { code } contributions { hours } }
      }
    }
    """
    + REFUSAL
)
UPDATE_RECORD = """
mutation Update($input: UpdatePersonTimeOffInput!) {
  updatePersonTimeOff(input: $input) { userErrors { code } }
}
"""
DELETE_RECORD = """
mutation Delete($input: DeletePersonTimeOffInput!) {
  deletePersonTimeOff(input: $input) { userErrors { code } }
}
"""
UPDATE_ENTRY = """
mutation Update($input: UpdateTimeOffEntryInput!) {
  updateTimeOffEntry(input: $input) { userErrors { code } }
}
"""
DISCREPANCIES = """
{
  discrepancies(first: 500, from: "2026-02-01", to: "2026-12-31") {
    nodes { date kind kantataHours procoreHours timeOff { __typename sourceId } }
  }
}
"""
ENTRIES = """
{
  timeOffEntries(first: 500) {
    nodes { sourceId requestedDate hours externalReferences { serviceName serviceModelRef } }
  }
}
"""
LOST = [
    "The clock times 08:00 to 16:00: an entry has hours only.",
    "The reason: an entry has none.",
    "That it is paid: an entry does not say.",
]
ADA, GRACE = user(emailAddress="ada@example.com"), person(email="ada@example.com")
BOB = user(sourceId="2", fullName="Bob")


def filled(*users):
    """Return what stores them, and a person who is the first of them."""

    def fill(url):
        async def run():
            async with api(url) as ask:
                await put(ask, companies=[company()], users=list(users[:1]), people=[GRACE])
                if users[1:]:
                    await put(ask, users=list(users[1:]))

        asyncio.run(run())

    return fill


WITH_ADA = filled(ADA)
WITH_ADA_AND_BOB = filled(ADA, BOB)


@pytest.fixture
def beginnings(beginnings):
    return beginnings | {"ada_and_bob": WITH_ADA_AND_BOB, "ada": WITH_ADA}


@pytest.fixture
def ada(database_url):
    """One human whom both systems know, of 8 h from Monday to Friday."""


async def bring(ask, first, last, start="08:00", end="16:00", **more):
    """Person time off of the first day to the last, from time to time; 8 h unless said."""
    return await put_person_time_off(
        ask, startDay=first, endDay=last, batchStartTime=start, batchEndTime=end, **more
    )


async def payload_of(ask, document, given):
    answer = await ask(document, input=given)
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    return payload


async def to_kantata(ask, id_, **more):
    """Mirror a record; what became of each day, with the entry's hours."""
    payload = await payload_of(ask, TO_KANTATA, {"id": id_} | more)
    assert payload["userErrors"] == []
    return [
        (each["date"], each["outcome"], (each["timeOffEntry"] or {}).get("hours"))
        for each in payload["results"]
    ]


def entries_input(ids, **more):
    return {
        "ids": list(ids),
        "isPaid": True,
        "reason": "vacation",
        "batchStartTime": "08:00",
    } | more


async def to_procore(ask, *ids, **more):
    """Mirror entries; the payload."""
    return await payload_of(ask, TO_PROCORE, entries_input(ids, **more))


async def update_record(ask, id_, **changed):
    payload = await payload_of(ask, UPDATE_RECORD, {"id": id_} | changed)
    assert payload["userErrors"] == []


async def delete_record(ask, id_):
    payload = await payload_of(ask, DELETE_RECORD, {"id": id_})
    assert payload["userErrors"] == []


async def discrepancies(ask):
    """The differing days of the year: (day, Kantata's hours, Procore's)."""
    answer = await ask(DISCREPANCIES)
    nodes = answer["data"]["discrepancies"]["nodes"]
    return [(each["date"], each["kantataHours"], each["procoreHours"]) for each in nodes]


async def entries(ask):
    """What Kantata has: hours and references by day."""
    answer = await ask(ENTRIES)
    return {
        each["requestedDate"]: (each["hours"], each["externalReferences"])
        for each in answer["data"]["timeOffEntries"]["nodes"]
    }


def person_day(day, person_id=PERSON):
    return {
        "serviceName": "procore_workforce_planning",
        "serviceModelRef": f"{person_id}:{day}",
    }


# Procore to Kantata.


async def test_a_record_is_settled_into_entries(ask, ada):
    await put(ask, holidays=[holiday()])
    (tuesday,) = await put_entries(ask, entry(hours=3, requestedDate=TUESDAY))
    id_ = await bring(ask, MONDAY, WEDNESDAY)

    payload = await payload_of(ask, TO_KANTATA, {"id": id_})

    def result(day, outcome, before):
        brought = 8.0 - (before or 0.0)
        mark = person_day(day) | {"status": "SUCCESSFUL", "broughtHours": brought}
        return {
            "date": day,
            "outcome": outcome,
            "user": {"sourceId": "1"},
            "hoursBefore": before,
            "hoursAfter": 8.0,
            "timeOffEntry": {"hours": 8.0, "externalReferences": [mark]},
        }

    def worker_day(day):
        both = [{"hours": 8.0}, {"hours": 8.0}]
        off = {"hoursOff": 8.0, "hoursOffHigh": 8.0}
        return {"date": day, "notes": [], "contributions": both} | off

    (monday,) = {each["sourceId"] for each in payload["timeOffEntries"]} - {tuesday}
    assert payload == {
        # The holiday takes no hours, so Wednesday is no day to settle.
        "results": [result(MONDAY, "CREATED", 0.0), result(TUESDAY, "COMBINED", 3.0)],
        "timeOffEntries": [
            {"sourceId": monday, "hours": 8.0, "requestedDate": MONDAY},
            {"sourceId": tuesday, "hours": 8.0, "requestedDate": TUESDAY},
        ],
        "lost": LOST,
        "userErrors": [],
        "warnings": [],
        "days": [worker_day(MONDAY), worker_day(TUESDAY)],
    }
    assert await discrepancies(ask) == []


async def test_a_repeat_of_unpaid_nights_loses_that_it_is_one(ask, ada):
    id_ = await bring(
        ask,
        MONDAY,
        MONDAY,
        "22:00",
        "04:00",
        isPaid=False,
        repeat="WEEKLY",
        cadence=1,
        repeatEndDay="2026-03-16",
    )

    payload = await payload_of(ask, TO_KANTATA, {"id": id_})

    assert payload["lost"] == [
        "The clock times 22:00 to 04:00: an entry has hours only.",
        "The reason: an entry has none.",
        "That it is unpaid: an entry does not say.",
        "The series: its 3 instances become entries of their own.",
    ]
    hours = [(each["requestedDate"], each["hours"]) for each in payload["timeOffEntries"]]
    assert hours == [(MONDAY, 6.0), ("2026-03-09", 6.0), ("2026-03-16", 6.0)]


@pytest.mark.rule("2.2")
async def test_an_entry_never_has_more_than_the_workday(ask, ada):
    await put(ask, workweeks=[workweek(270, userId="1")])
    id_ = await bring(ask, FRIDAY, SUNDAY, "07:00", "15:30", applyToSaturday=True)

    assert await to_kantata(ask, id_) == [(FRIDAY, "CREATED", 4.5)]
    assert await discrepancies(ask) == []


UNEVEN = {"code": "NOT_QUARTER_HOUR", "path": ["id"]}


@pytest.mark.rule("1.1")
@pytest.mark.rule("1.2")
async def test_a_workday_of_minutes_is_stored_in_hundredths_with_a_warning(ask, ada, stored):
    """7 h 20 are 7.34 h, which Kantata can say; each number of hours is warned of once."""
    week = workweek(440, userId="1", thursday=441)
    await put(ask, workweeks=[week])
    id_ = await bring(ask, MONDAY, THURSDAY)
    document = TO_KANTATA.replace("code path", "code message path")

    payload = await payload_of(ask, document, {"id": id_})

    assert [each["hours"] for each in payload["timeOffEntries"]] == [7.34, 7.34, 7.34, 7.35]
    words = "is no multiple of a quarter hour, as Kantata OX recommends: the workday has no more."
    assert payload["warnings"] == [
        UNEVEN | {"message": f"7.34 h on 3 days ({MONDAY} to {WEDNESDAY}) {words}"},
        UNEVEN | {"message": f"7.35 h on {THURSDAY} {words}"},
    ]
    assert [(day["hoursOff"], day["hoursOffHigh"]) for day in payload["days"]] == [
        *[(7.34, 7.34)] * 3,
        (7.35, 7.35),
    ]
    assert await discrepancies(ask) == []
    before = await stored()
    again = await payload_of(ask, document, {"id": id_})
    assert {each["outcome"] for each in again["results"]} == {"UNCHANGED"}
    assert again["warnings"] == []
    assert await stored() == before


@pytest.mark.rule("2.3")
@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        pytest.param(7.34, 7.34, id="the workday rounded up"),
        pytest.param(7.33, 7.33, id="lacking less than 0.01 h"),
        pytest.param(7.32, 7.34, id="lacking more than 0.01 h"),
    ],
)
async def test_an_entry_that_lacks_less_than_a_hundredth_is_left_as_it_is(
    ask, ada, hours, expected
):
    await put(ask, workweeks=[workweek(440, userId="1")])
    await put_entries(ask, entry(hours=hours))
    id_ = await bring(ask, MONDAY, MONDAY)

    assert await to_kantata(ask, id_) == [(MONDAY, "COMBINED", expected)]
    await delete_record(ask, id_)
    assert await to_kantata(ask, id_) == [(MONDAY, "ADJUSTED", hours)]


async def test_hours_are_those_of_all_records_of_the_person(ask, ada):
    forenoon = await bring(ask, MONDAY, MONDAY, "08:00", "12:00")
    long = await bring(ask, MONDAY, TUESDAY, "10:00", "14:00")

    assert await to_kantata(ask, forenoon) == [(MONDAY, "CREATED", 6.0)]
    assert await to_kantata(ask, long) == [(MONDAY, "UNCHANGED", 6.0), (TUESDAY, "CREATED", 4.0)]
    assert await discrepancies(ask) == []


async def test_where_kantata_has_more_the_entry_stays_and_is_marked(ask, ada):
    await put_entries(ask, entry(hours=6))
    id_ = await bring(ask, MONDAY, MONDAY, "08:00", "12:00")

    assert await to_kantata(ask, id_) == [(MONDAY, "COMBINED", 6.0)]
    assert await entries(ask) == {MONDAY: (6.0, [person_day(MONDAY)])}
    assert await discrepancies(ask) == [(MONDAY, 6.0, 4.0)]


async def test_doing_it_twice_changes_nothing(ask, ada, stored):
    await put_entries(ask, entry(hours=3, externalReference=reference()))
    id_ = await bring(ask, MONDAY, WEDNESDAY)
    await to_kantata(ask, id_)
    before = await stored()

    again = await to_kantata(ask, id_)

    assert again == [(day, "UNCHANGED", 8.0) for day in (MONDAY, TUESDAY, WEDNESDAY)]
    assert await stored() == before


CHANGES = [
    pytest.param(
        {"batchEndTime": "12:00"},
        [(MONDAY, "ADJUSTED", 4.0), (TUESDAY, "ADJUSTED", 4.0), (WEDNESDAY, "ADJUSTED", 4.0)],
        id="fewer hours",
    ),
    pytest.param(
        {"endDay": TUESDAY},
        [(MONDAY, "UNCHANGED", 8.0), (TUESDAY, "UNCHANGED", 8.0), (WEDNESDAY, "REMOVED", None)],
        id="a day less",
    ),
    pytest.param(
        {"endDay": THURSDAY},
        [(day, "UNCHANGED", 8.0) for day in (MONDAY, TUESDAY, WEDNESDAY)]
        + [(THURSDAY, "CREATED", 8.0)],
        id="a day more",
    ),
    pytest.param(
        {"startDay": THURSDAY, "endDay": SATURDAY, "applyToSaturday": True},
        [
            (MONDAY, "ADJUSTED", 2.0),
            (TUESDAY, "REMOVED", None),
            (WEDNESDAY, "REMOVED", None),
            (THURSDAY, "CREATED", 8.0),
            (FRIDAY, "CREATED", 8.0),
        ],
        id="other days",
    ),
    pytest.param(
        {"isPaid": False, "reason": "family"},
        [(day, "UNCHANGED", 8.0) for day in (MONDAY, TUESDAY, WEDNESDAY)],
        id="nothing that an entry knows",
    ),
]


@pytest.mark.parametrize(("changed", "expected"), CHANGES)
async def test_a_record_that_changed_is_settled_anew(ask, ada, changed, expected):
    """Monday had 2 h of its own, which no change of the record takes away."""
    await put_entries(ask, entry(hours=2))
    id_ = await bring(ask, MONDAY, WEDNESDAY)
    await to_kantata(ask, id_)

    await update_record(ask, id_, **changed)
    settled = await to_kantata(ask, id_)

    assert settled == expected
    is_still_away_on_monday = changed.get("startDay", MONDAY) == MONDAY
    others = [] if is_still_away_on_monday else [(MONDAY, 2.0, 0.0)]
    assert await discrepancies(ask) == others


async def test_a_deleted_record_takes_back_exactly_what_it_had_brought(ask, ada):
    await put_entries(
        ask,
        entry(hours=2, externalReference=reference()),
        entry(hours=8, requestedDate=WEDNESDAY),
    )
    before = await entries(ask)
    id_ = await bring(ask, MONDAY, WEDNESDAY)
    await to_kantata(ask, id_)
    await delete_record(ask, id_)

    taken_back = await payload_of(ask, TO_KANTATA, {"id": id_})

    outcomes = [(each["date"], each["outcome"]) for each in taken_back["results"]]
    assert outcomes == [(MONDAY, "ADJUSTED"), (TUESDAY, "REMOVED"), (WEDNESDAY, "ADJUSTED")]
    assert [each["timeOffEntry"] is None for each in taken_back["results"]] == [False, True, False]
    assert [each["hours"] for each in taken_back["timeOffEntries"]] == [2.0, 8.0]
    assert taken_back["lost"] == []
    assert [(day["date"], day["hoursOff"]) for day in taken_back["days"]] == [
        (MONDAY, 2.0),
        (TUESDAY, 0.0),
        (WEDNESDAY, 8.0),
    ]
    assert await entries(ask) == before
    assert await to_kantata(ask, id_) == []


async def test_of_two_records_the_deleted_ones_share_is_taken_back(ask, ada):
    shorter = await bring(ask, MONDAY, MONDAY, "08:00", "12:00")
    longer = await bring(ask, MONDAY, MONDAY, "08:00", "16:00")
    await to_kantata(ask, longer)
    await delete_record(ask, longer)

    assert await to_kantata(ask, longer) == [(MONDAY, "ADJUSTED", 4.0)]
    await delete_record(ask, shorter)
    assert await to_kantata(ask, shorter) == [(MONDAY, "REMOVED", None)]


async def test_a_deleted_record_that_was_never_mirrored_took_nothing_along(ask, ada, stored):
    await put_entries(ask, entry(hours=2))
    id_ = await bring(ask, MONDAY, MONDAY)
    await delete_record(ask, id_)
    before = await stored()

    assert await to_kantata(ask, id_) == []
    assert await stored() == before


async def test_hours_that_somebody_added_meanwhile_stay(ask, ada):
    id_ = await bring(ask, MONDAY, MONDAY, "08:00", "12:00")
    await to_kantata(ask, id_)
    await put_entries(ask, entry(hours=3))
    await delete_record(ask, id_)

    assert await to_kantata(ask, id_) == [(MONDAY, "ADJUSTED", 3.0)]


async def test_an_entry_that_was_deleted_meanwhile_comes_back(ask, ada):
    id_ = await bring(ask, MONDAY, MONDAY)
    await to_kantata(ask, id_)
    document = "mutation { deleteTimeOffEntries(input: {ids: [1]}) { userErrors { code } } }"
    await ask(document)

    assert await to_kantata(ask, id_) == [(MONDAY, "CREATED", 8.0)]


async def test_a_holiday_of_later_is_settled_too(ask, ada):
    await put_entries(ask, entry(hours=2, requestedDate=TUESDAY))
    id_ = await bring(ask, MONDAY, TUESDAY)
    await to_kantata(ask, id_)
    await put(ask, holidays=[holiday(startDate=MONDAY, endDate=TUESDAY)])

    assert await to_kantata(ask, id_) == [(MONDAY, "REMOVED", None), (TUESDAY, "ADJUSTED", 2.0)]
    assert await discrepancies(ask) == []


@pytest.mark.rule("6.2")
@pytest.mark.parametrize(
    ("id_", "code"),
    [
        pytest.param(UNKNOWN_UUID, "NOT_FOUND", id="an unknown record"),
        pytest.param("7", "INVALID_VALUE", id="no id of a record"),
        pytest.param(node_id("TimeOffEntry", 1), "NOT_FOUND", id="an entry's id"),
    ],
)
async def test_a_record_that_cannot_be_found_is_refused(ask, ada, id_, code):
    payload = await payload_of(ask, TO_KANTATA, {"id": id_})

    assert payload == {
        "results": [],
        "timeOffEntries": [],
        "lost": [],
        "userErrors": [refusal(code, "id")],
        "warnings": [],
        "days": [],
    }


async def test_a_node_id_names_the_record_too(ask, ada):
    id_ = await bring(ask, MONDAY, MONDAY)

    outcomes = await to_kantata(ask, node_id("PersonTimeOff", id_))

    assert outcomes == [(MONDAY, "CREATED", 8.0)]


async def test_a_person_without_a_user_is_not_convertible(ask, everyone, stored):
    id_ = await bring(ask, MONDAY, MONDAY)
    before = await stored()

    payload = await payload_of(ask, TO_KANTATA, {"id": id_})

    assert payload["userErrors"] == [refusal("NOT_CONVERTIBLE", "id")]
    assert await stored() == before


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"serviceModel": "TimeOff"}, id="another model"),
        pytest.param({"serviceModelRef": f"{PERSON}:{MONDAY}"}, id="another day"),
        pytest.param({"serviceModelRef": f"{OTHER_PERSON}:{TUESDAY}"}, id="another person"),
    ],
)
async def test_another_reference_of_the_service_refuses_all_days(ask, ada, stored, other):
    mark = {
        "serviceName": "procore_workforce_planning",
        "serviceModel": "PersonDay",
        "serviceModelRef": f"{PERSON}:{TUESDAY}",
    } | other
    await put_entries(ask, entry(hours=2, requestedDate=TUESDAY, externalReference=mark))
    id_ = await bring(ask, MONDAY, WEDNESDAY)
    before = await stored()

    payload = await payload_of(ask, TO_KANTATA, {"id": id_})

    assert payload["userErrors"] == [refusal("NOT_CONVERTIBLE", "id")]
    assert (payload["results"], payload["days"]) == ([], [])
    assert await stored() == before


@pytest.mark.rule("5.1")
async def test_a_key_answers_again_what_was_done_once(ask, ada, stored):
    id_ = await bring(ask, MONDAY, TUESDAY)
    given = {"id": id_, "idempotencyKey": "one"}
    first = await payload_of(ask, TO_KANTATA, given)
    await update_record(ask, id_, endDay=MONDAY)
    before = await stored()

    again = await payload_of(ask, TO_KANTATA, given | {"id": node_id("PersonTimeOff", id_)})

    assert await stored() == before
    for kept in ("results", "timeOffEntries", "lost"):
        assert again[kept] == first[kept]
    assert await to_kantata(ask, id_, idempotencyKey="two") == [
        (MONDAY, "UNCHANGED", 8.0),
        (TUESDAY, "REMOVED", None),
    ]


@pytest.mark.rule("5.1")
async def test_a_key_of_another_record_is_refused(ask, ada):
    one, other = await bring(ask, MONDAY, MONDAY), await bring(ask, TUESDAY, TUESDAY)
    await to_kantata(ask, one, idempotencyKey="key")

    payload = await payload_of(ask, TO_KANTATA, {"id": other, "idempotencyKey": "key"})

    assert payload["userErrors"] == [refusal("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


@pytest.mark.rule("5.1")
@pytest.mark.parametrize("key", ["", "é", "x" * 256])
async def test_a_key_that_is_none_is_refused(ask, ada, key):
    id_ = await bring(ask, MONDAY, MONDAY)
    (entry_id,) = await put_entries(ask, entry())

    to_kantata_ = await payload_of(ask, TO_KANTATA, {"id": id_, "idempotencyKey": key})
    to_procore_ = await to_procore(ask, entry_id, idempotencyKey=key)

    refused = [refusal("INVALID_VALUE", "idempotencyKey")]
    assert (to_kantata_["userErrors"], to_procore_["userErrors"][:1]) == (refused, refused)


def without_ids(payload):
    """What two runs have in common: new ids differ."""
    plain = [
        {k: v for k, v in each.items() if k != "sourceId"} for each in payload["timeOffEntries"]
    ]
    return payload | {"timeOffEntries": plain}


@pytest.mark.rule("6.5")
async def test_a_dry_run_answers_as_the_real_one_but_for_ids(ask, ada, stored):
    await put_entries(ask, entry(hours=2, externalReference=reference()))
    id_ = await bring(ask, MONDAY, TUESDAY)
    before = await stored()

    dry = await payload_of(ask, TO_KANTATA, {"id": id_, "dryRun": True})
    assert await stored() == before
    real = await payload_of(ask, TO_KANTATA, {"id": id_})

    # Links from a dry run show what is stored: the mark is not there yet.
    for each in (*dry["results"], *real["results"]):
        del each["timeOffEntry"]["externalReferences"]
    assert without_ids(dry) == without_ids(real)
    assert [day["hoursOff"] for day in dry["days"]] == [8.0, 8.0]


@pytest.mark.rule("6.5")
async def test_a_dry_run_of_taking_back_shows_the_days_without_it(ask, ada, stored):
    id_ = await bring(ask, MONDAY, TUESDAY)
    await to_kantata(ask, id_)
    await delete_record(ask, id_)
    before = await stored()

    dry = await payload_of(ask, TO_KANTATA, {"id": id_, "dryRun": True})

    assert [(day["date"], day["hoursOff"]) for day in dry["days"]] == [
        (MONDAY, 0.0),
        (TUESDAY, 0.0),
    ]
    assert await stored() == before
    assert dry == await payload_of(ask, TO_KANTATA, {"id": id_})


FEED = """
query Feed($id: ID!) {
  changes(companyId: $id, first: 500) { nodes { operation subjectType before after } }
}
"""


@pytest.mark.rule("5.3")
async def test_the_change_feed_tells_what_was_mirrored_never_why(ask, ada):
    id_ = await bring(ask, MONDAY, MONDAY, reason="a secret")
    told = len((await ask(FEED, id=company()["sourceId"]))["data"]["changes"]["nodes"])

    await to_kantata(ask, id_)
    await delete_record(ask, id_)
    await to_kantata(ask, id_)

    nodes = (await ask(FEED, id=company()["sourceId"]))["data"]["changes"]["nodes"][told:]
    assert [(each["operation"], each["subjectType"]) for each in nodes] == [
        ("CREATED", "TimeOffEntry"),
        ("CREATED", "ExternalReference"),
        ("DELETED", "PersonTimeOff"),
        ("DELETED", "TimeOffEntry"),
        ("DELETED", "ExternalReference"),
    ]
    assert "a secret" not in str(nodes)


# Procore to Kantata, after the link of the worker was corrected or taken back.

LINK = """
mutation Link($input: LinkWorkerInput!) { linkWorker(input: $input) { userErrors { code } } }
"""
UNLINK = """
mutation Unlink($input: UnlinkWorkerInput!) { unlinkWorker(input: $input) { userErrors { code } } }
"""
BOOKED = """
{
  timeOffEntries(first: 500) {
    nodes { user { sourceId } requestedDate hours externalReferences { serviceModelRef } }
  }
}
"""


@pytest.fixture
def ada_and_bob(ada):
    """Ada, whom both systems know, and a user who is nobody in Procore yet."""


async def link(ask, user_id, person_id=PERSON):
    payload = await payload_of(ask, LINK, {"userId": user_id, "personId": person_id})
    assert payload["userErrors"] == []


async def unlink(ask):
    """Split Ada into a user and a person."""
    payload = await payload_of(ask, UNLINK, {"workerId": node_id("Worker", "U1")})
    assert payload["userErrors"] == []


async def booked(ask):
    """What Kantata has: the hours and whose marks, by user and day."""
    answer = await ask(BOOKED)
    return {
        (each["user"]["sourceId"], each["requestedDate"]): (
            each["hours"],
            [ref["serviceModelRef"] for ref in each["externalReferences"]],
        )
        for each in answer["data"]["timeOffEntries"]["nodes"]
    }


async def settled(ask, id_, **more):
    """Mirror a record; what became of each user's day, and the warnings."""
    payload = await payload_of(ask, TO_KANTATA, {"id": id_} | more)
    assert payload["userErrors"] == []
    results = [
        (
            each["date"],
            each["user"]["sourceId"],
            each["outcome"],
            each["hoursBefore"],
            each["hoursAfter"],
        )
        for each in payload["results"]
    ]
    return results, payload["warnings"]


def mark_of(day, person_id=PERSON):
    return f"{person_id}:{day}"


TAKEN_BACK = {"code": "HOURS_TAKEN_BACK", "path": ["id"]}
TO_NOBODY = {"code": "PERSON_WITHOUT_USER", "path": ["id"]}


async def correct_by_link(ask):
    await link(ask, "2")


async def correct_by_email(ask):
    await put(
        ask,
        users=[user(emailAddress="other@example.com"), BOB | {"emailAddress": "ada@example.com"}],
    )


CORRECTIONS = [
    pytest.param(correct_by_link, id="by a link"),
    pytest.param(correct_by_email, id="by the e-mail"),
]


@pytest.mark.parametrize("correct", CORRECTIONS)
async def test_hours_move_to_the_user_who_is_linked_now(ask, ada_and_bob, stored, correct):
    await put_entries(ask, entry(hours=3), entry(userId="2", hours=2))
    id_ = await bring(ask, MONDAY, TUESDAY)
    await to_kantata(ask, id_)
    await correct(ask)

    assert await settled(ask, id_) == (
        [
            (MONDAY, "1", "ADJUSTED", 8.0, 3.0),
            (MONDAY, "2", "COMBINED", 2.0, 8.0),
            (TUESDAY, "1", "REMOVED", 8.0, 0.0),
            (TUESDAY, "2", "CREATED", 0.0, 8.0),
        ],
        [TAKEN_BACK],
    )
    assert await booked(ask) == {
        ("1", MONDAY): (3.0, []),
        ("2", MONDAY): (8.0, [mark_of(MONDAY)]),
        ("2", TUESDAY): (8.0, [mark_of(TUESDAY)]),
    }
    assert await discrepancies(ask) == []
    before = await stored()
    assert await settled(ask, id_) == (
        [(MONDAY, "2", "UNCHANGED", 8.0, 8.0), (TUESDAY, "2", "UNCHANGED", 8.0, 8.0)],
        [],
    )
    assert await stored() == before


@pytest.mark.parametrize("correct", CORRECTIONS)
async def test_a_deleted_record_is_taken_back_from_whoever_has_it(ask, ada_and_bob, correct):
    id_ = await bring(ask, MONDAY, MONDAY)
    await to_kantata(ask, id_)
    await correct(ask)
    await delete_record(ask, id_)

    assert await settled(ask, id_) == ([(MONDAY, "1", "REMOVED", 8.0, 0.0)], [TAKEN_BACK])
    assert await booked(ask) == {}
    assert await settled(ask, id_) == ([], [])


async def test_the_answer_says_from_whom_and_shows_the_days_of_both(ask, ada_and_bob):
    id_ = await bring(ask, MONDAY, TUESDAY)
    await to_kantata(ask, id_)
    await link(ask, "2")
    document = TO_KANTATA.replace("code path", "message").replace(
        "days { date", "days { worker { fullName } date"
    )

    payload = await payload_of(ask, document, {"id": id_})

    assert payload["warnings"] == [
        {
            "message": "16 h on 2 days (2026-03-02 to 2026-03-03) were taken from user 1: "
            "the person is linked with user 2 now."
        }
    ]
    days = [
        (day["date"], day["worker"]["fullName"], day["hoursOff"], day["notes"])
        for day in payload["days"]
    ]
    assert days == [
        (MONDAY, "Ada Lovelace", 0.0, []),
        (MONDAY, "Bob", 8.0, []),
        (TUESDAY, "Ada Lovelace", 0.0, []),
        (TUESDAY, "Bob", 8.0, []),
    ]


async def test_a_person_without_a_user_is_taken_back_and_the_rest_is_said(ask, ada_and_bob, stored):
    await put_entries(ask, entry(hours=3))
    id_ = await bring(ask, MONDAY, TUESDAY)
    await to_kantata(ask, id_)
    await unlink(ask)

    payload = await payload_of(ask, TO_KANTATA, {"id": id_})

    outcomes = [(each["date"], each["outcome"]) for each in payload["results"]]
    assert outcomes == [(MONDAY, "ADJUSTED"), (TUESDAY, "REMOVED")]
    assert payload["warnings"] == [TAKEN_BACK, TO_NOBODY]
    assert payload["lost"] == []
    assert await booked(ask) == {("1", MONDAY): (3.0, [])}
    before = await stored()
    again = await payload_of(ask, TO_KANTATA, {"id": id_})
    assert again["userErrors"] == [refusal("NOT_CONVERTIBLE", "id")]
    assert await stored() == before


async def test_a_deleted_record_of_a_person_without_a_user_is_taken_back_too(ask, ada_and_bob):
    id_ = await bring(ask, MONDAY, MONDAY)
    await to_kantata(ask, id_)
    await unlink(ask)
    await delete_record(ask, id_)

    assert await settled(ask, id_) == ([(MONDAY, "1", "REMOVED", 8.0, 0.0)], [TAKEN_BACK])
    assert await settled(ask, id_) == ([], [])
    assert await booked(ask) == {}


async def test_an_entry_that_was_mirrored_to_procore_stays_its_users_own(ask, ada_and_bob):
    """The conversion had brought nothing to it: it only loses its mark."""
    ids = await put_days(ask, MONDAY)
    await to_procore(ask, *ids)
    answer = await ask("{ personTimeOffs { nodes { id } } }")
    (made,) = answer["data"]["personTimeOffs"]["nodes"]
    await link(ask, "2")

    assert await settled(ask, made["id"]) == (
        [(MONDAY, "1", "ADJUSTED", 8.0, 8.0), (MONDAY, "2", "CREATED", 0.0, 8.0)],
        [TAKEN_BACK],
    )
    assert await booked(ask) == {
        ("1", MONDAY): (8.0, []),
        ("2", MONDAY): (8.0, [mark_of(MONDAY)]),
    }


@pytest.fixture
async def swapped(ask, ada_and_bob):
    """Two pairs that were linked the wrong way round: the records' ids, hours with the wrong."""
    await put(ask, people=[person(sourceId=OTHER_PERSON)])
    await link(ask, "2", OTHER_PERSON)
    await put_entries(ask, entry(hours=1), entry(userId="2", hours=2))
    long = await bring(ask, MONDAY, MONDAY)
    short = await bring(ask, MONDAY, MONDAY, "08:00", "12:00", personId=OTHER_PERSON)
    await to_kantata(ask, long)
    await to_kantata(ask, short)
    await link(ask, "2")
    await link(ask, "1", OTHER_PERSON)
    return long, short


RIGHT_WAY_ROUND = {
    ("1", MONDAY): (4.0, [mark_of(MONDAY, OTHER_PERSON)]),
    ("2", MONDAY): (8.0, [mark_of(MONDAY)]),
}


async def test_two_pairs_that_were_mixed_up_are_settled_one_after_the_other(ask, swapped, stored):
    """Each finds the other's mark where its own belongs."""
    long, short = swapped

    assert await settled(ask, long) == (
        [(MONDAY, "1", "ADJUSTED", 8.0, 1.0), (MONDAY, "2", "ADJUSTED", 4.0, 8.0)],
        [TAKEN_BACK, TAKEN_BACK],
    )
    assert await settled(ask, short) == ([(MONDAY, "1", "COMBINED", 1.0, 4.0)], [])
    assert await booked(ask) == RIGHT_WAY_ROUND
    assert await discrepancies(ask) == []
    before = await stored()
    for id_ in swapped:
        results, warnings = await settled(ask, id_)
        assert ({outcome for _, _, outcome, _, _ in results}, warnings) == ({"UNCHANGED"}, [])
    assert await stored() == before


async def test_two_pairs_that_were_mixed_up_are_settled_at_the_same_time(ask, swapped):
    """Each needs both users: they wait for each other in one order, or not at all."""
    await asyncio.gather(*(settled(ask, id_) for id_ in swapped * 3))

    assert await booked(ask) == RIGHT_WAY_ROUND
    assert await discrepancies(ask) == []


async def test_as_many_hours_of_another_person_are_taken_back_as_well(ask, ada_and_bob):
    await put(ask, people=[person(sourceId=OTHER_PERSON)])
    first = await bring(ask, MONDAY, MONDAY)
    other = await bring(ask, MONDAY, MONDAY, personId=OTHER_PERSON)
    await to_kantata(ask, first)
    await link(ask, "1", OTHER_PERSON)

    assert await settled(ask, other) == (
        [(MONDAY, "1", "ADJUSTED", 8.0, 8.0)],
        [TAKEN_BACK],
    )
    assert await booked(ask) == {("1", MONDAY): (8.0, [mark_of(MONDAY, OTHER_PERSON)])}


async def test_an_entry_with_the_mark_of_an_earlier_link_is_not_written_to_procore(
    ask, ada_and_bob, stored
):
    """It would make one person's absence another's: the earlier one is settled first."""
    await put(ask, people=[person(sourceId=OTHER_PERSON)])
    first = await bring(ask, MONDAY, MONDAY)
    await to_kantata(ask, first)
    await link(ask, "1", OTHER_PERSON)
    before = await stored()

    payload = await to_procore(ask, "1")

    assert payload["userErrors"] == [refusal("NOT_CONVERTIBLE", "ids", "0")]
    assert await stored() == before


@pytest.mark.rule("6.5")
async def test_a_dry_run_of_moving_hours_answers_as_the_real_one(ask, ada_and_bob, stored):
    id_ = await bring(ask, MONDAY, TUESDAY)
    await to_kantata(ask, id_)
    await link(ask, "2")
    before = await stored()

    dry = await payload_of(ask, TO_KANTATA, {"id": id_, "dryRun": True})
    assert await stored() == before
    real = await payload_of(ask, TO_KANTATA, {"id": id_})

    for each in (*dry["results"], *real["results"]):
        (each["timeOffEntry"] or {}).pop("externalReferences", None)
    assert without_ids(dry) == without_ids(real)
    assert [day["hoursOff"] for day in dry["days"]] == [0.0, 8.0, 0.0, 8.0]


@pytest.mark.rule("5.3")
async def test_the_change_feed_tells_of_both_users(ask, ada_and_bob):
    await put_entries(ask, entry(hours=2))
    id_ = await bring(ask, MONDAY, MONDAY)
    await to_kantata(ask, id_)
    await link(ask, "2")
    told = len((await ask(FEED, id=company()["sourceId"]))["data"]["changes"]["nodes"])

    await to_kantata(ask, id_)

    nodes = (await ask(FEED, id=company()["sourceId"]))["data"]["changes"]["nodes"][told:]
    assert [(each["operation"], each["subjectType"]) for each in nodes] == [
        ("UPDATED", "TimeOffEntry"),
        ("CREATED", "TimeOffEntry"),
        ("DELETED", "ExternalReference"),
        ("CREATED", "ExternalReference"),
    ]


@pytest.mark.rule("5.1")
async def test_a_key_answers_again_from_whom_it_was_taken(ask, ada_and_bob, stored):
    id_ = await bring(ask, MONDAY, MONDAY)
    await to_kantata(ask, id_)
    await link(ask, "2")
    first = await payload_of(ask, TO_KANTATA, {"id": id_, "idempotencyKey": "key"})
    before = await stored()

    again = await payload_of(ask, TO_KANTATA, {"id": id_, "idempotencyKey": "key"})

    assert again == first
    assert len(first["warnings"]) == 1
    assert await stored() == before


@pytest.mark.rule("3.10")
async def test_another_companys_entry_is_never_touched_whatever_its_mark(ask, ada):
    await put(
        ask,
        companies=[company(sourceId=OTHER_COMPANY)],
        users=[user(sourceId="7", companyId=OTHER_COMPANY)],
    )
    mark = {
        "serviceName": "procore_workforce_planning",
        "serviceModel": "PersonDay",
        "serviceModelRef": mark_of(TUESDAY),
    }
    await put_entries(
        ask, entry(userId="7", hours=8, requestedDate=TUESDAY, externalReference=mark)
    )
    id_ = await bring(ask, MONDAY, MONDAY)

    assert await settled(ask, id_) == ([(MONDAY, "1", "CREATED", 0.0, 8.0)], [])
    assert (await booked(ask))["7", TUESDAY] == (8.0, [mark_of(TUESDAY)])


async def test_a_reference_to_another_day_is_no_mark(ask, ada_and_bob):
    mark = {
        "serviceName": "procore_workforce_planning",
        "serviceModel": "PersonDay",
        "serviceModelRef": mark_of(TUESDAY),
    }
    await put_entries(ask, entry(userId="2", requestedDate=FRIDAY, externalReference=mark))
    id_ = await bring(ask, MONDAY, MONDAY)

    assert await settled(ask, id_) == ([(MONDAY, "1", "CREATED", 0.0, 8.0)], [])
    assert (await booked(ask))["2", FRIDAY] == (4.0, [mark_of(TUESDAY)])


# A window: only its days are settled.


async def test_only_the_days_of_the_window_are_settled(ask, ada, stored):
    id_ = await bring(ask, MONDAY, FRIDAY)

    window = {"from": TUESDAY, "to": "3/5/26"}
    assert await to_kantata(ask, id_, **window) == [
        (TUESDAY, "CREATED", 8.0),
        (WEDNESDAY, "CREATED", 8.0),
        (THURSDAY, "CREATED", 8.0),
    ]
    before = await stored()
    again = await to_kantata(ask, id_, **window)
    assert {outcome for _, outcome, _ in again} == {"UNCHANGED"}
    assert await stored() == before
    assert await to_kantata(ask, id_, to=MONDAY) == [(MONDAY, "CREATED", 8.0)]
    assert await to_kantata(ask, id_, **{"from": FRIDAY}) == [(FRIDAY, "CREATED", 8.0)]


async def test_a_window_takes_back_its_own_days_only(ask, ada_and_bob):
    id_ = await bring(ask, MONDAY, WEDNESDAY)
    await to_kantata(ask, id_)
    await link(ask, "2")
    await delete_record(ask, id_)

    only_tuesday = {"from": TUESDAY, "to": TUESDAY}
    assert await settled(ask, id_, **only_tuesday) == (
        [(TUESDAY, "1", "REMOVED", 8.0, 0.0)],
        [TAKEN_BACK],
    )
    assert {day for _, day in await booked(ask)} == {MONDAY, WEDNESDAY}
    assert await settled(ask, id_, **only_tuesday) == ([], [])


async def test_what_cannot_be_converted_outside_the_window_refuses_nothing(ask, ada, stored):
    mark = reference(serviceName="procore_workforce_planning")
    await put_entries(ask, entry(hours=2, requestedDate=TUESDAY, externalReference=mark))
    id_ = await bring(ask, MONDAY, TUESDAY)

    assert await to_kantata(ask, id_, to=MONDAY) == [(MONDAY, "CREATED", 8.0)]
    before = await stored()
    refused = await payload_of(ask, TO_KANTATA, {"id": id_, "from": TUESDAY})
    assert refused["userErrors"] == [refusal("NOT_CONVERTIBLE", "id")]
    assert await stored() == before


async def test_a_person_without_a_user_has_nothing_to_convert_where_no_day_counts(ask, everyone):
    id_ = await bring(ask, MONDAY, MONDAY)

    assert await to_kantata(ask, id_, to="2026-03-01") == []
    refused = await payload_of(ask, TO_KANTATA, {"id": id_, "from": MONDAY, "to": MONDAY})
    assert refused["userErrors"] == [refusal("NOT_CONVERTIBLE", "id")]


@pytest.mark.parametrize(
    ("window", "series"),
    [
        pytest.param({}, "its 3 instances become entries of their own.", id="all days"),
        pytest.param(
            {"from": "2026-03-09"},
            "2 of its 3 instances become entries of their own.",
            id="two instances",
        ),
        pytest.param(
            {"to": FRIDAY}, "1 of its 3 instances becomes an entry of its own.", id="one instance"
        ),
        pytest.param({"from": TUESDAY, "to": FRIDAY}, None, id="none"),
    ],
)
async def test_what_is_lost_is_lost_inside_the_window(ask, ada, window, series):
    repeat = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": "2026-03-16"}
    id_ = await bring(ask, MONDAY, MONDAY, **repeat)

    payload = await payload_of(ask, TO_KANTATA, {"id": id_} | window)

    assert payload["lost"] == ([*LOST, f"The series: {series}"] if series else [])
    assert payload["userErrors"] == []


@pytest.mark.rule("6.1")
@pytest.mark.parametrize(
    ("window", "errors"),
    [
        pytest.param(
            {"from": TUESDAY, "to": MONDAY}, [refusal("DAYS_REVERSED", "to")], id="reversed"
        ),
        pytest.param(
            {"from": "1999-12-31"}, [refusal("INVALID_VALUE", "from")], id="before all days"
        ),
        pytest.param({"to": "2100-01-01"}, [refusal("INVALID_VALUE", "to")], id="after all days"),
    ],
)
async def test_a_window_that_is_none_is_refused_by_both(ask, ada, stored, window, errors):
    id_ = await bring(ask, MONDAY, MONDAY)
    (entry_id,) = await put_days(ask, TUESDAY)
    before = await stored()

    there = await payload_of(ask, TO_KANTATA, {"id": id_} | window)
    back = await payload_of(ask, TO_PROCORE, entries_input([entry_id]) | window)

    assert there["userErrors"] == back["userErrors"] == errors
    assert await stored() == before


@pytest.mark.rule("5.1")
async def test_another_window_is_another_input_and_null_is_none(ask, ada):
    id_ = await bring(ask, MONDAY, TUESDAY)
    first = await to_kantata(ask, id_, idempotencyKey="key")

    nulls = {"from": None, "to": None}
    assert await to_kantata(ask, id_, idempotencyKey="key", **nulls) == first
    other = await payload_of(ask, TO_KANTATA, {"id": id_, "idempotencyKey": "key", "to": MONDAY})

    assert other["userErrors"] == [refusal("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


async def test_only_the_entries_of_the_window_are_written_and_it_is_said(ask, ada, stored):
    ids = await put_days(ask, MONDAY, TUESDAY, WEDNESDAY)
    ids += await put_entries(ask, entry(hours=1.1, requestedDate=FRIDAY))

    payload = await to_procore(ask, *ids, **{"from": TUESDAY, "to": WEDNESDAY})

    assert [(each["startDay"], each["endDay"]) for each in payload["personTimeOffs"]] == [
        (TUESDAY, WEDNESDAY)
    ]
    assert payload["lost"][0].endswith("1 record stands for 2 entries.")
    assert (payload["userErrors"], payload["warnings"]) == (
        [],
        [{"code": "OUTSIDE_WINDOW", "path": ["ids"]}],
    )
    assert [day["date"] for day in payload["days"]] == [TUESDAY, WEDNESDAY]
    marked = {day for day, (_, marks) in (await entries(ask)).items() if marks}
    assert marked == {TUESDAY, WEDNESDAY}
    before = await stored()
    nothing = await to_procore(ask, *ids, to="2026-03-01")
    assert (nothing["personTimeOffs"], nothing["lost"], nothing["userErrors"]) == ([], [], [])
    assert await stored() == before


async def test_an_unknown_entry_is_refused_whatever_the_window(ask, ada):
    payload = await to_procore(ask, "999", to=MONDAY)

    assert payload["userErrors"] == [refusal("NOT_FOUND", "ids", "0")]


# Kantata to Procore.


def record(first, last, *days, end="16:00", **more):
    """A record from 8 on as it is answered, with the days that it counts."""
    hours = {"16:00": 8.0, "12:00": 4.0}[end]
    return {
        "person": {"sourceId": PERSON},
        "startDay": first,
        "endDay": last,
        "applyToSaturday": False,
        "applyToSunday": False,
        "isPaid": True,
        "reason": "vacation",
        "repeat": "NEVER",
        "cadence": None,
        "repeatEndDay": None,
        "batchStartTime": "08:00",
        "batchEndTime": end,
        "instances": [{"startDay": first, "endDay": last, "hours": hours * len(days)}],
        "days": [{"date": day, "hours": hours} for day in days],
    } | more


async def put_days(ask, *days, hours=8):
    return await put_entries(ask, *(entry(requestedDate=day, hours=hours) for day in days))


async def test_entries_become_spans_and_weekly_repeats(ask, ada):
    """A week around a weekend, three Friday afternoons from the next on, a day of its own."""
    fridays = ["2026-03-13", "2026-03-20", "2026-03-27"]
    week = [THURSDAY, FRIDAY, "2026-03-09", "2026-03-10"]
    ids = await put_days(ask, *week)
    ids += await put_days(ask, *fridays, MONDAY, hours=4)

    payload = await to_procore(ask, *reversed(ids))

    spans = [{"startDay": day, "endDay": day, "hours": 4.0} for day in fridays]
    repeat = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": fridays[-1], "instances": spans}
    assert payload["personTimeOffs"] == [
        record(MONDAY, MONDAY, MONDAY, end="12:00"),
        record(THURSDAY, "2026-03-10", *week),
        record(fridays[0], fridays[-1], *fridays, end="12:00", **repeat),
    ]
    assert payload["lost"] == [
        "The entries' own identity: 3 records stand for 8 entries.",
        "Other systems' references: they stay on the entries.",
        "When each entry was submitted.",
    ]
    assert (payload["userErrors"], payload["warnings"]) == ([], [])
    assert {day["date"]: day["hoursOff"] for day in payload["days"]} == {
        **dict.fromkeys(week, 8.0),
        **dict.fromkeys([*fridays, MONDAY], 4.0),
    }
    assert all(day["hoursOffHigh"] == day["hoursOff"] for day in payload["days"])
    assert all(day["notes"] == [] for day in payload["days"])
    assert await discrepancies(ask) == []
    assert {day: marks for day, (_, marks) in (await entries(ask)).items()} == {
        day: [person_day(day)] for day in [MONDAY, *week, *fridays]
    }


async def test_mirroring_entries_twice_changes_nothing(ask, ada, stored):
    ids = await put_days(ask, MONDAY, TUESDAY)
    await to_procore(ask, *ids)
    before = await stored()

    again = await to_procore(ask, *ids)

    assert again == {
        "personTimeOffs": [],
        "lost": [],
        "userErrors": [],
        "warnings": [],
        "days": [],
    }
    assert await stored() == before


async def test_there_and_back_changes_nothing(ask, ada, stored):
    ids = await put_days(ask, MONDAY, TUESDAY)
    await to_procore(ask, *ids)
    answer = await ask("{ personTimeOffs { nodes { id } } }")
    (made,) = answer["data"]["personTimeOffs"]["nodes"]
    before = await stored()

    assert await to_kantata(ask, made["id"]) == [
        (MONDAY, "UNCHANGED", 8.0),
        (TUESDAY, "UNCHANGED", 8.0),
    ]
    assert await stored() == before


async def test_deleting_the_record_that_entries_became_leaves_the_entries(ask, ada):
    ids = await put_days(ask, MONDAY)
    before = await entries(ask)
    await to_procore(ask, *ids)
    answer = await ask("{ personTimeOffs { nodes { id } } }")
    (made,) = answer["data"]["personTimeOffs"]["nodes"]
    await delete_record(ask, made["id"])

    assert await to_kantata(ask, made["id"]) == [(MONDAY, "ADJUSTED", 8.0)]
    assert await entries(ask) == before


async def test_what_a_conversion_once_brought_is_the_entrys_own_once_it_is_written_back(ask, ada):
    first = await bring(ask, MONDAY, MONDAY)
    await to_kantata(ask, first)
    await delete_record(ask, first)
    answer = await ask("{ timeOffEntries { nodes { id } } }")
    (kept,) = answer["data"]["timeOffEntries"]["nodes"]
    payload = await to_procore(ask, kept["id"])
    assert payload["userErrors"] == []
    answer = await ask("{ personTimeOffs { nodes { id } } }")
    (made,) = answer["data"]["personTimeOffs"]["nodes"]
    await delete_record(ask, made["id"])

    assert await to_kantata(ask, made["id"]) == [(MONDAY, "ADJUSTED", 8.0)]


async def test_only_days_that_procore_lacks_are_written(ask, ada):
    ids = await put_days(ask, MONDAY, TUESDAY, WEDNESDAY)
    await bring(ask, TUESDAY, TUESDAY, "09:00", "17:00")

    payload = await to_procore(ask, *ids)

    assert [each["startDay"] for each in payload["personTimeOffs"]] == [MONDAY, WEDNESDAY]
    assert payload["lost"][0].endswith("2 records stand for 2 entries.")
    assert await discrepancies(ask) == []


@pytest.mark.rule("1.3")
async def test_a_start_is_rounded_with_one_warning_and_the_hours_stay(ask, ada):
    ids = await put_days(ask, MONDAY, WEDNESDAY, FRIDAY)

    payload = await to_procore(ask, *ids, batchStartTime="10:08 PM")

    times = [(each["batchStartTime"], each["batchEndTime"]) for each in payload["personTimeOffs"]]
    assert times == [("22:15", "06:15")] * 3
    assert payload["warnings"] == [{"code": "TIME_ROUNDED", "path": ["batchStartTime"]}]
    assert await discrepancies(ask) == []


async def test_what_the_caller_says_besides_is_kept(ask, ada):
    (id_,) = await put_days(ask, MONDAY)

    payload = await to_procore(ask, id_, isPaid=False, reason="family", batchStartTime="06:30")

    (made,) = payload["personTimeOffs"]
    kept = ("isPaid", "reason", "batchStartTime", "batchEndTime")
    assert [made[name] for name in kept] == [False, "family", "06:30", "14:30"]


async def test_entries_of_several_people_become_records_of_each(ask, ada):
    await put(
        ask,
        users=[user(sourceId="2", emailAddress="2@x.io")],
        people=[person(sourceId=OTHER_PERSON, email="2@x.io")],
    )
    ids = await put_days(ask, MONDAY, TUESDAY)
    ids += await put_entries(
        ask, entry(userId="2", hours=8), entry(userId="2", hours=8, requestedDate=WEDNESDAY)
    )

    payload = await to_procore(ask, *ids)

    found = [
        (each["person"]["sourceId"], each["startDay"], each["endDay"])
        for each in payload["personTimeOffs"]
    ]
    assert sorted(found) == sorted(
        [
            (PERSON, MONDAY, TUESDAY),
            (OTHER_PERSON, MONDAY, MONDAY),
            (OTHER_PERSON, WEDNESDAY, WEDNESDAY),
        ]
    )
    assert await discrepancies(ask) == []


async def test_an_id_given_twice_counts_once(ask, ada):
    (id_,) = await put_days(ask, MONDAY)

    payload = await to_procore(ask, id_, node_id("TimeOffEntry", id_))

    assert len(payload["personTimeOffs"]) == 1
    assert await discrepancies(ask) == []


async def made_from(ask):
    """The ids of the records that there are."""
    answer = await ask("{ personTimeOffs(first: 500) { nodes { id } } }")
    return [each["id"] for each in answer["data"]["personTimeOffs"]["nodes"]]


async def test_full_days_that_are_no_quarters_are_rounded_if_that_is_asked_for(ask, ada, stored):
    week = workweek(456, userId="1", wednesday=441, thursday=444)
    await put(ask, workweeks=[week])
    ids = await put_days(ask, MONDAY, TUESDAY, hours=7.6)
    ids += await put_days(ask, WEDNESDAY, hours=7.35)
    ids += await put_days(ask, THURSDAY, hours=7.4)
    ids += await put_days(ask, FRIDAY, hours=7.5)
    before = await stored()
    refused = await to_procore(ask, *ids)
    assert refused["userErrors"] == [
        refusal("NOT_CONVERTIBLE", "ids", str(place)) for place in range(4)
    ]
    assert await stored() == before

    payload = await to_procore(ask, *ids, roundToQuarterHours=True)

    spans = [
        (each["startDay"], each["endDay"], each["batchEndTime"])
        for each in payload["personTimeOffs"]
    ]
    assert spans == [
        (MONDAY, TUESDAY, "15:30"),
        (WEDNESDAY, WEDNESDAY, "15:15"),
        (THURSDAY, FRIDAY, "15:30"),
    ]
    assert payload["lost"][3:] == [
        "Hours beside quarter hours: 1 entry of 7.35 h stands as 7.25 h, 0.1 h less.",
        "Hours beside quarter hours: 1 entry of 7.4 h stands as 7.5 h, 0.1 h more.",
        "Hours beside quarter hours: 2 entries of 7.6 h stand as 7.5 h, 0.1 h less each.",
    ]
    assert [(day["hoursOff"], day["hoursOffHigh"]) for day in payload["days"]] == [
        (7.6, 7.6),
        (7.6, 7.6),
        (7.35, 7.35),
        (7.4, 7.4),
        (7.5, 7.5),
    ]
    # What was lost stays in sight; Thursday has no more hours than Kantata has.
    assert await discrepancies(ask) == [
        (MONDAY, 7.6, 7.5),
        (TUESDAY, 7.6, 7.5),
        (WEDNESDAY, 7.35, 7.25),
    ]


@pytest.mark.parametrize("rounds", [True, False])
async def test_mirroring_rounded_entries_again_changes_nothing(ask, ada, stored, rounds):
    ids = await put_days(ask, MONDAY, TUESDAY, hours=7.6)
    await to_procore(ask, *ids, roundToQuarterHours=True)
    before = await stored()

    again = await to_procore(ask, *ids, roundToQuarterHours=rounds)

    assert (again["personTimeOffs"], again["lost"], again["userErrors"]) == ([], [], [])
    assert await stored() == before


async def test_rounded_there_and_back_keeps_what_kantata_has(ask, ada, stored):
    ids = await put_days(ask, MONDAY, hours=7.6)
    await to_procore(ask, *ids, roundToQuarterHours=True)
    before = await stored()

    (made,) = await made_from(ask)
    assert await to_kantata(ask, made) == [(MONDAY, "UNCHANGED", 7.6)]
    assert await stored() == before
    await delete_record(ask, made)
    assert await to_kantata(ask, made) == [(MONDAY, "ADJUSTED", 7.6)]


async def test_rounded_up_there_and_back_becomes_what_procore_has(ask, ada):
    """An entry is never below Procore; what was brought is taken back with the record."""
    ids = await put_days(ask, MONDAY, hours=3.9)
    await to_procore(ask, *ids, roundToQuarterHours=True)

    (made,) = await made_from(ask)
    assert await to_kantata(ask, made) == [(MONDAY, "ADJUSTED", 4.0)]
    assert await discrepancies(ask) == []
    await delete_record(ask, made)
    assert await to_kantata(ask, made) == [(MONDAY, "ADJUSTED", 3.9)]


async def test_rounded_entries_whose_hours_changed_since_are_refused(ask, ada, stored):
    (id_,) = await put_days(ask, MONDAY, hours=7.6)
    await to_procore(ask, id_, roundToQuarterHours=True)
    changed = await payload_of(ask, UPDATE_ENTRY, {"id": id_, "hours": 7.7})
    assert changed["userErrors"] == []
    before = await stored()

    payload = await to_procore(ask, id_, roundToQuarterHours=True)

    assert payload["userErrors"] == [refusal("NOT_CONVERTIBLE", "ids", "0")]
    assert await stored() == before


async def test_hours_of_which_no_quarter_or_a_whole_day_would_be_left_are_refused(ask, ada, stored):
    await put(ask, workweeks=[workweek(1440, userId="1")])
    ids = await put_entries(
        ask,
        entry(hours=0.1),
        entry(hours=23.9, requestedDate=TUESDAY),
        entry(hours=24, requestedDate=WEDNESDAY),
        entry(hours=0.13, requestedDate=THURSDAY),
    )
    before = await stored()

    payload = await to_procore(ask, *ids, roundToQuarterHours=True)

    assert payload["userErrors"] == [
        refusal("NOT_CONVERTIBLE", "ids", str(place)) for place in (0, 1, 2)
    ]
    assert await stored() == before


@pytest.mark.rule("2.3")
async def test_a_full_day_that_lacks_less_than_a_hundredth_needs_nothing(ask, ada, stored):
    await put(ask, workweeks=[workweek(440, userId="1")])
    (id_,) = await put_days(ask, MONDAY, hours=7.33)
    await bring(ask, MONDAY, MONDAY)
    before = await stored()

    payload = await to_procore(ask, id_)

    assert (payload["personTimeOffs"], payload["userErrors"]) == ([], [])
    assert await stored() == before


@pytest.mark.rule("5.1")
async def test_rounding_is_another_input(ask, ada):
    (id_,) = await put_days(ask, MONDAY)
    await to_procore(ask, id_, idempotencyKey="key")

    payload = await to_procore(ask, id_, idempotencyKey="key", roundToQuarterHours=True)

    assert payload["userErrors"] == [refusal("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


async def test_every_entry_that_procore_cannot_say_is_named_and_nothing_stored(ask, ada, stored):
    await put(
        ask,
        users=[user(sourceId="2", fullName="Alone")],
        workweeks=[workweek(1440, userId="1")],
    )
    mark = {
        "serviceName": "procore_workforce_planning",
        "serviceModel": "PersonDay",
        "serviceModelRef": "something else",
    }
    ids = await put_entries(
        ask,
        entry(hours=8),
        entry(hours=1.1, requestedDate=TUESDAY),
        entry(hours=24, requestedDate=WEDNESDAY),
        entry(hours=8, requestedDate=THURSDAY),
        entry(hours=8, requestedDate=FRIDAY, externalReference=mark),
        entry(hours=8, userId="2"),
    )
    await bring(ask, THURSDAY, THURSDAY, "08:00", "12:00")
    before = await stored()

    payload = await to_procore(ask, *ids, "999", "nonsense")

    assert payload == {
        "personTimeOffs": [],
        "lost": [],
        "userErrors": [
            *(refusal("NOT_CONVERTIBLE", "ids", str(place)) for place in (1, 2, 3, 4, 5)),
            refusal("NOT_FOUND", "ids", "6"),
            refusal("INVALID_VALUE", "ids", "7"),
        ],
        "warnings": [],
        "days": [],
    }
    assert await stored() == before


@pytest.mark.parametrize(
    ("given", "error"),
    [
        pytest.param({"ids": []}, refusal("TOO_MANY_ITEMS", "ids"), id="no entry"),
        pytest.param({"ids": ["1"] * 1001}, refusal("TOO_MANY_ITEMS", "ids"), id="1,001 entries"),
        pytest.param({"reason": " "}, refusal("INVALID_VALUE", "reason"), id="no reason"),
        pytest.param(
            {"reason": "x" * 2001}, refusal("INVALID_VALUE", "reason"), id="too long a reason"
        ),
    ],
)
async def test_a_request_that_is_no_request_is_refused(ask, ada, stored, given, error):
    (id_,) = await put_days(ask, MONDAY)
    before = await stored()

    payload = await payload_of(ask, TO_PROCORE, entries_input([id_]) | given)

    assert payload["userErrors"] == [error]
    assert await stored() == before


@pytest.mark.rule("6.1")
async def test_a_start_that_is_no_time_is_bad_input(ask, ada):
    answer = await ask(TO_PROCORE, input=entries_input(["1"], batchStartTime="25:00"))

    assert [error["extensions"] for error in answer["errors"]] == [
        {"code": "BAD_USER_INPUT", "path": ["input", "batchStartTime"]}
    ]


@pytest.mark.rule("5.1")
async def test_a_key_answers_again_what_became_of_entries(ask, ada, stored):
    ids = await put_days(ask, MONDAY, TUESDAY)
    given = entries_input(ids, idempotencyKey="key")
    first = await payload_of(ask, TO_PROCORE, given)
    before = await stored()

    again = await payload_of(ask, TO_PROCORE, given)
    with_node_ids = given | {"ids": [node_id("TimeOffEntry", id_) for id_ in ids]}
    same = await payload_of(ask, TO_PROCORE, with_node_ids)
    other = await payload_of(ask, TO_PROCORE, given | {"isPaid": False})

    assert again == same == first
    assert other["userErrors"] == [refusal("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]
    assert await stored() == before


@pytest.mark.rule("4.6")
async def test_the_reason_is_kept_beside_no_key(ask, ada, stored):
    ids = await put_days(ask, MONDAY)
    await to_procore(ask, *ids, reason="a secret", idempotencyKey="key")

    rows = await stored()

    assert "a secret" not in str(rows["idempotency_keys"] + rows["changes"])


@pytest.mark.rule("6.5")
async def test_a_dry_run_of_entries_answers_as_the_real_one(ask, ada, stored):
    ids = await put_days(ask, MONDAY, TUESDAY)
    before = await stored()

    dry = await to_procore(ask, *ids, dryRun=True)
    assert await stored() == before
    real = await to_procore(ask, *ids)

    assert len(dry["personTimeOffs"]) == 1
    assert dry == real
    assert await stored() != before


@pytest.mark.rule("6.5")
async def test_a_dry_run_is_refused_as_the_real_one(ask, ada):
    await put_days(ask, MONDAY, hours=1.1)
    given = entries_input(["1", "2"])

    dry = await payload_of(ask, TO_PROCORE, given | {"dryRun": True})

    assert len(dry["userErrors"]) == 2
    assert dry == await payload_of(ask, TO_PROCORE, given)


# What the payloads of the other mutations show of the days.

CREATE_ENTRIES = """
mutation Create($input: CreateTimeOffEntriesInput!) {
  createTimeOffEntries(input: $input) {
    days { date worker { fullName } hoursOff hoursOffHigh contributions { hours } }
    userErrors { code }
  }
}
"""
CREATE_RECORD = """
mutation Create($input: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $input) {
    days { date worker { fullName } hoursOff hoursOffHigh contributions { hours } }
    userErrors { code }
  }
}
"""
DELETE_ENTRIES = """
mutation Delete($input: DeleteTimeOffEntriesInput!) {
  deleteTimeOffEntries(input: $input) {
    days { date worker { fullName } hoursOff hoursOffHigh contributions { hours } }
    userErrors { code }
  }
}
"""
DELETE_SHOWING_DAYS = CREATE_RECORD.replace("createPerson", "deletePerson").replace(
    "CreatePersonTimeOffInput", "DeletePersonTimeOffInput"
)


def touched(day, low, high, *hours):
    return {
        "date": day,
        "worker": {"fullName": "Ada Lovelace"},
        "hoursOff": low,
        "hoursOffHigh": high,
        "contributions": [{"hours": each} for each in hours],
    }


@pytest.mark.rule("6.5")
async def test_each_create_and_delete_shows_the_days_as_they_become(ask, ada, stored):
    """Each is run dry first: the same answer, nothing stored."""

    async def days_of(document, input_):
        before = await stored()
        dry = await payload_of(ask, document, input_ | {"dryRun": True})
        assert await stored() == before
        real = await payload_of(ask, document, input_)
        assert dry == real
        assert real["userErrors"] == []
        return real["days"]

    two_entries = {"timeOffEntries": [entry(hours=3), entry(requestedDate=TUESDAY)]}
    assert await days_of(CREATE_ENTRIES, two_entries) == [
        touched(MONDAY, 3.0, 3.0, 3.0),
        touched(TUESDAY, 4.0, 4.0, 4.0),
    ]
    forenoon = person_time_off(batchStartTime="08:00", batchEndTime="12:00")
    assert await days_of(CREATE_RECORD, forenoon) == [touched(MONDAY, 4.0, 7.0, 3.0, 4.0)]
    assert await days_of(DELETE_ENTRIES, {"ids": ["2", "1"]}) == [
        touched(TUESDAY, 0.0, 0.0),
        touched(MONDAY, 4.0, 4.0, 4.0),
    ]
    answer = await ask("{ personTimeOffs { nodes { id } } }")
    (node,) = answer["data"]["personTimeOffs"]["nodes"]
    assert await days_of(DELETE_SHOWING_DAYS, node) == [touched(MONDAY, 0.0, 0.0)]


@pytest.mark.rule("6.5")
async def test_a_refused_create_touches_no_day(ask, ada):
    refused = await payload_of(ask, CREATE_ENTRIES, {"timeOffEntries": [entry(hours=9)]})

    assert refused == {"days": [], "userErrors": [{"code": "WORKDAY_HOURS_EXCEEDED"}]}


# Laws, over whatever is booked in three weeks.

offsets = st.integers(min_value=0, max_value=20)
booked_entries = st.dictionaries(
    offsets.map(lambda each: str(date.fromisoformat(MONDAY) + timedelta(days=each))),
    st.sampled_from([0.5, 2, 4, 8]),
    max_size=10,
)
times = st.sampled_from(
    [("08:00", "16:00"), ("08:00", "12:00"), ("10:00", "14:30"), ("22:00", "06:00")]
)


@st.composite
def person_time_offs(draw):
    first = date.fromisoformat(MONDAY) + timedelta(days=draw(offsets))
    last = first + timedelta(days=draw(st.integers(min_value=0, max_value=6)))
    start, end = draw(times)
    weekly = draw(st.booleans())
    is_a_sunday = first == last and first.isoweekday() == 7
    return {
        "startDay": str(first),
        "endDay": str(last),
        "batchStartTime": start,
        "batchEndTime": end,
        "applyToSaturday": True,
        "applyToSunday": is_a_sunday or draw(st.booleans()),  # else no day would count
        "isPaid": draw(st.booleans()),
        **(
            {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": str(first + timedelta(days=15))}
            if weekly
            else {}
        ),
    }


LAWS = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


def in_a_company_of_its_own(databases, law):
    """Run the law with Ada alone, who also works on Saturdays, over a new database."""
    url = databases.create()

    async def run():
        async with api(url) as ask:
            own = workweek(480, userId="1", saturday=240)
            await put(ask, companies=[company()], users=[ADA], people=[GRACE], workweeks=[own])
            await law(ask, url)

    try:
        asyncio.run(run())
    finally:
        databases.drop(url)


async def put_some(ask, amounts):
    """Entries as far as the workday goes."""
    possible = {5: 4, 6: 0}
    wanted = {
        day: min(hours, possible.get(date.fromisoformat(day).weekday(), 8))
        for day, hours in amounts.items()
    }
    items = [entry(requestedDate=day, hours=hours) for day, hours in wanted.items() if hours]
    return await put_entries(ask, *items) if items else []


@pytest.mark.only_on("sqlite")
@LAWS
@given(booked_entries, st.lists(person_time_offs(), min_size=1, max_size=3), st.data())
def test_mirrored_records_leave_both_systems_equal_and_can_be_taken_back(
    databases, amounts, records, data
):
    async def law(ask, url):
        await put_some(ask, amounts)
        before = await entries(ask)
        ids = [await put_person_time_off(ask, **each) for each in records]

        for id_ in ids:
            await to_kantata(ask, id_)
        differing = await discrepancies(ask)
        # Only where Kantata had more of its own.
        assert all(kantata == before[day][0] > procore for day, kantata, procore in differing)
        settled = await rows_of(url)
        for id_ in data.draw(st.permutations(ids)):
            outcomes = {outcome for _, outcome, _ in await to_kantata(ask, id_)}
            assert outcomes <= {"UNCHANGED"}
        assert await rows_of(url) == settled

        changed = data.draw(st.sampled_from(ids))
        start, end = data.draw(times)
        await update_record(ask, changed, batchStartTime=start, batchEndTime=end)
        await to_kantata(ask, changed)
        differing = await discrepancies(ask)
        assert all(kantata == before[day][0] > procore for day, kantata, procore in differing)

        for id_ in ids:
            await delete_record(ask, id_)
            await to_kantata(ask, id_)
        assert await entries(ask) == before

    in_a_company_of_its_own(databases, law)


OWN = {("1", MONDAY): 1.0, ("2", MONDAY): 6.0, ("2", TUESDAY): 2.0}
SPANS = [
    (PERSON, MONDAY, TUESDAY, 4.0),
    (PERSON, TUESDAY, WEDNESDAY, 8.0),
    (OTHER_PERSON, MONDAY, MONDAY, 8.0),
    (OTHER_PERSON, MONDAY, WEDNESDAY, 4.0),
]
pairs = st.tuples(st.sampled_from(["1", "2"]), st.sampled_from([PERSON, OTHER_PERSON]))
places = st.integers(min_value=0, max_value=len(SPANS) - 1)
steps = st.one_of(
    st.tuples(st.just("link"), pairs),
    st.tuples(st.just("unlink"), st.sampled_from(["1", "2"])),
    st.tuples(st.just("mirror"), places),
    st.tuples(st.just("delete"), places),
)


class Links:
    """Two users and two people whose links change; records of them, mirrored now and then."""

    def __init__(self, ask, ids):
        self.ask, self.ids = ask, ids
        self.linked = {"1": PERSON}
        self.deleted = set()

    async def link(self, pair):
        user_id, person_id = pair
        kept = {u: p for u, p in self.linked.items() if u != user_id and p != person_id}
        self.linked = {**kept, user_id: person_id}
        await link(self.ask, user_id, person_id)

    async def unlink(self, user_id):
        if self.linked.pop(user_id, None):
            given = {"workerId": node_id("Worker", f"U{user_id}")}
            assert await payload_of(self.ask, UNLINK, given) == {"userErrors": []}

    async def mirror(self, place):
        return await payload_of(self.ask, TO_KANTATA, {"id": self.ids[place]})

    async def delete(self, place):
        if place not in self.deleted:
            self.deleted.add(place)
            await delete_record(self.ask, self.ids[place])

    def expected(self, who, day):
        """The hours and marks of a user's day, if it has any."""
        clocked = [
            hours
            for place, (person_id, first, last, hours) in enumerate(SPANS)
            if self.linked.get(who) == person_id and place not in self.deleted
            if first <= day <= last
        ]
        total = max([OWN.get((who, day), 0), *clocked])
        return total and (total, [mark_of(day, self.linked[who])] if clocked else [])


@pytest.mark.only_on("sqlite")
@LAWS
@given(st.lists(steps, max_size=8), st.permutations(range(len(SPANS))))
def test_whatever_became_of_links_each_user_ends_with_what_the_linked_person_has(
    databases, history, order
):
    """And with what was entered otherwise; nobody keeps the hours of a person of before."""

    async def law(ask, url):
        await put(ask, users=[ADA | {"emailAddress": None}, BOB])
        await put(ask, people=[person(sourceId=OTHER_PERSON)])
        await link(ask, "1")
        items = OWN.items()
        await put_entries(
            ask,
            *(entry(userId=who, requestedDate=day, hours=hours) for (who, day), hours in items),
        )
        ends = {4.0: "12:00", 8.0: "16:00"}
        ids = [
            await bring(ask, first, last, "08:00", ends[hours], personId=person_id)
            for person_id, first, last, hours in SPANS
        ]
        links = Links(ask, ids)
        for what, about in history:
            await getattr(links, what)(about)

        for place in order:
            await links.mirror(place)

        days = [(who, day) for who in ("1", "2") for day in (MONDAY, TUESDAY, WEDNESDAY)]
        assert await booked(ask) == {
            place: expected for place in days if (expected := links.expected(*place))
        }
        before = await rows_of(url)
        for place in order:
            outcomes = {each["outcome"] for each in (await links.mirror(place))["results"]}
            assert outcomes <= {"UNCHANGED"}
        assert await rows_of(url) == before

    in_a_company_of_its_own(databases, law)


@pytest.mark.only_on("sqlite")
@LAWS
@given(booked_entries.filter(bool))
def test_mirrored_entries_leave_both_systems_equal(databases, amounts):
    async def law(ask, url):
        ids = await put_some(ask, amounts)
        if not ids:
            return
        payload = await to_procore(ask, *ids)
        assert payload["userErrors"] == []
        assert await discrepancies(ask) == []
        counted = sorted(
            (day["date"], day["hours"])
            for each in payload["personTimeOffs"]
            for day in each["days"]
        )
        stored_hours = {day: hours for day, (hours, _) in (await entries(ask)).items()}
        assert counted == sorted(stored_hours.items())

        mirrored = await rows_of(url)
        assert (await to_procore(ask, *ids))["personTimeOffs"] == []
        answer = await ask("{ personTimeOffs(first: 500) { nodes { id } } }")
        for node in answer["data"]["personTimeOffs"]["nodes"]:
            outcomes = {outcome for _, outcome, _ in await to_kantata(ask, node["id"])}
            assert outcomes <= {"UNCHANGED"}
        assert await rows_of(url) == mirrored

    in_a_company_of_its_own(databases, law)
