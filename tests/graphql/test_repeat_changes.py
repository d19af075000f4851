"""One occurrence of a repeat, one and all that follow, all: every picture shows what became."""

import asyncio

import pytest

from app.services.data_check.check import find_violations
from tests.builders import COMPANY, UNKNOWN_UUID, entry, node_id, person, user
from tests.graphql.api import (
    REFUSAL,
    put,
    put_entries,
    put_person_time_off,
)

pytestmark = [pytest.mark.usefixtures("everyone"), pytest.mark.rule("3.11")]

MONDAYS = ("2026-03-02", "2026-03-09", "2026-03-16")
WEEKLY = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": "2026-03-16"}
"""Of three Mondays, seven to fifteen o'clock."""

INSTANCE = """
fragment Instance on TimeOffInstance {
  sourceId originalDay status startDay endDay batchStartTime batchEndTime isPaid hours
}
"""
PAYLOAD = (
    """
    fragment Payload on UpdatePersonTimeOffPayload {
      personTimeOff { sourceId endDay totalHours repeatEndDay instances { startDay status } }
      splitOff {
        sourceId startDay endDay repeat instances { startDay status } splitFrom { sourceId }
      }
      removedDays addedDays keptDays
      keptExceptions { originalDay status }
      droppedExceptions { originalDay status }
      days { date hoursOff }
      warnings { code path }
      userErrors { ...Refusal }
    }
    """
    + REFUSAL
)
UPDATE = (
    "mutation Update($input: UpdatePersonTimeOffInput!) {"
    " updatePersonTimeOff(input: $input) { ...Payload } }" + PAYLOAD
)
RESTORE = (
    "mutation Restore($input: RestoreOccurrenceInput!) {"
    " restoreOccurrence(input: $input) { ...Payload } }" + PAYLOAD
)
DELETE = (
    """
    mutation Delete($input: DeletePersonTimeOffInput!) {
      deletePersonTimeOff(input: $input) {
        deletedId
        personTimeOff { sourceId endDay repeatEndDay instances { startDay } }
        removedDays
        keptExceptions { originalDay status }
        droppedExceptions { originalDay status }
        days { date hoursOff }
        userErrors { ...Refusal }
      }
    }
    """
    + REFUSAL
)
SHOWN = (
    """
    query Shown($id: ID!) {
      one: personTimeOff(id: $id) { instances { ...Instance } }
      list: personTimeOffs { nodes { instances { ...Instance } } }
      withSkipped: personTimeOff(id: $id) { instances(includeSkipped: true) { ...Instance } }
      beside: personTimeOff(id: $id) { totalHours endDay days { date hours } }
    }
    """
    + INSTANCE
)


async def done(ask, mutation, id_, **given):
    """Carry a mutation out, and return its payload."""
    answer = await ask(mutation, input={"id": id_, **given})
    (payload,) = answer["data"].values()
    assert payload["userErrors"] == [], payload
    return payload


async def refused(ask, mutation, id_, **given):
    answer = await ask(mutation, input={"id": id_, **given})
    (payload,) = answer["data"].values()
    return [(each["code"], each["path"]) for each in payload["userErrors"]]


async def skip(ask, id_, day, **given):
    return await done(ask, DELETE, id_, scope="ONE", originalDay=day, **given)


async def move(ask, id_, day, to, **given):
    given = {"startDay": to, "endDay": to, **given}
    return await done(ask, UPDATE, id_, scope="ONE", originalDay=day, **given)


async def shown(ask, id_):
    """Return the record's instances by all ways of asking, which agree."""
    data = (await ask(SHOWN, id=id_))["data"]
    (listed,) = [
        each["instances"]
        for each in data["list"]["nodes"]
        if each["instances"] == data["one"]["instances"]
    ]
    with_skipped = data["withSkipped"]["instances"]
    assert [each for each in with_skipped if each["status"] != "SKIPPED"] == listed
    hours = sum(each["hours"] for each in data["beside"]["days"])
    assert hours == data["beside"]["totalHours"]
    assert data["beside"]["endDay"] == max(each["endDay"] for each in listed)
    return with_skipped


async def test_every_way_of_asking_shows_the_occurrences_as_they_are(ask):
    id_ = await put_person_time_off(ask, **WEEKLY)
    planned = await shown(ask, id_)

    await skip(ask, id_, MONDAYS[0])
    changed = {"batchStartTime": "22:00", "batchEndTime": "06:00", "isPaid": False}
    await move(ask, id_, MONDAYS[1], "2026-03-18", **changed)

    assert await shown(ask, id_) == [
        planned[0] | {"status": "SKIPPED", "hours": 0},
        planned[2],
        planned[1]
        | {"status": "CHANGED", "startDay": "2026-03-18", "endDay": "2026-03-18", "hours": 8}
        | changed,
    ]
    for day in MONDAYS:
        await done(ask, RESTORE, id_, originalDay=day)
    assert await shown(ask, id_) == planned


WINDOW = """
query Window($from: Date!, $to: Date!) {
  schedule(from: $from, to: $to) {
    nodes { days { date hoursOff contributions { hours startTime endTime isPaid } } }
  }
  personTimeOffs(filter: { overlaps: { from: $from, to: $to } }) { totalCount }
  discrepancies(from: $from, to: $to) { nodes { date kind } }
}
"""


async def window(ask, first, last=None):
    return (await ask(WINDOW, **{"from": first, "to": last or first}))["data"]


async def join(ask):
    """Let the user and the person be one worker."""
    await put(
        ask,
        users=[user(emailAddress="grace@example.com")],
        people=[person(email="grace@example.com")],
    )


async def test_schedule_filter_and_discrepancies_follow(ask):
    await join(ask)
    id_ = await put_person_time_off(ask, **WEEKLY)
    await skip(ask, id_, MONDAYS[0])
    await move(ask, id_, MONDAYS[1], "2026-02-24", batchEndTime="12:00", isPaid=False)

    for day, hours in (
        (MONDAYS[0], 0),
        (MONDAYS[1], 0),
        (MONDAYS[2], 8),
        ("2026-02-24", 5),
    ):
        found = await window(ask, day)
        ((of_day,),) = [each["days"] for each in found["schedule"]["nodes"]]
        assert (day, of_day["hoursOff"]) == (day, hours), of_day
        assert found["personTimeOffs"]["totalCount"] == bool(hours)
        kinds = [each["kind"] for each in found["discrepancies"]["nodes"]]
        assert kinds == (["ONLY_IN_PROCORE_WORKFORCE_PLANNING"] if hours else [])
    (contribution,) = of_day["contributions"]
    assert contribution == {"hours": 5, "startTime": "07:00", "endTime": "12:00", "isPaid": False}


async def test_following_goes_on_in_a_new_record(ask, database_url):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await skip(ask, id_, MONDAYS[2])

    payload = await done(
        ask, UPDATE, id_, scope="FOLLOWING", originalDay=MONDAYS[1], repeatEndDay="2026-03-30"
    )

    assert payload["personTimeOff"] == {
        "sourceId": id_,
        "endDay": MONDAYS[0],
        "repeatEndDay": "2026-03-08",
        "totalHours": 8,
        "instances": [{"startDay": MONDAYS[0], "status": "PLANNED"}],
    }
    split_off = payload["splitOff"]
    assert split_off["splitFrom"] == {"sourceId": id_}
    assert [each["startDay"] for each in split_off["instances"]] == [
        MONDAYS[1],
        "2026-03-23",
        "2026-03-30",
    ]
    assert payload["addedDays"] == ["2026-03-23", "2026-03-30"]
    assert payload["removedDays"] == []
    assert payload["keptDays"] == [*MONDAYS[:2]]
    assert payload["keptExceptions"] == [{"originalDay": MONDAYS[2], "status": "SKIPPED"}]
    assert payload["droppedExceptions"] == []
    assert [each["date"] for each in payload["days"]] == [MONDAYS[1], *payload["addedDays"]]
    answer = await ask(
        "query ($id: ID!) { personTimeOff(id: $id) { splitInto { sourceId } splitFrom { id } } }",
        id=id_,
    )
    assert answer["data"]["personTimeOff"] == {
        "splitInto": [{"sourceId": split_off["sourceId"]}],
        "splitFrom": None,
    }
    assert await asyncio.to_thread(find_violations, database_url, lambda *_: None) == []


async def test_exceptions_that_the_new_rule_lacks_are_told_before_they_are_dropped(ask, stored):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await move(ask, id_, MONDAYS[2], "2026-03-17")
    before = await stored()
    given = {
        "scope": "FOLLOWING",
        "originalDay": MONDAYS[1],
        "startDay": "2026-03-10",
        "endDay": "2026-03-10",
    }

    dry = await done(ask, UPDATE, id_, dryRun=True, **given)

    assert await stored() == before
    assert dry["droppedExceptions"] == [{"originalDay": MONDAYS[2], "status": "CHANGED"}]
    assert dry["removedDays"] == [MONDAYS[1], "2026-03-17"]
    assert dry["addedDays"] == ["2026-03-10"]
    assert [(each["date"], each["hoursOff"]) for each in dry["days"]] == [
        (MONDAYS[1], 0),
        ("2026-03-10", 8),
        ("2026-03-17", 0),
    ]
    real = await done(ask, UPDATE, id_, **given)
    for payload in (dry, real):
        payload["splitOff"].pop("sourceId")
    assert dry == real


async def test_a_repeat_ends_before_an_occurrence(ask):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await move(ask, id_, MONDAYS[2], "2026-03-17")

    payload = await done(ask, DELETE, id_, scope="FOLLOWING", originalDay=MONDAYS[1])

    assert payload["deletedId"] is None
    assert payload["personTimeOff"] == {
        "sourceId": id_,
        "endDay": MONDAYS[0],
        "repeatEndDay": "2026-03-08",
        "instances": [{"startDay": MONDAYS[0]}],
    }
    assert payload["removedDays"] == [MONDAYS[1], "2026-03-17"]
    assert payload["droppedExceptions"] == [{"originalDay": MONDAYS[2], "status": "CHANGED"}]
    assert payload["days"] == [{"date": day, "hoursOff": 0} for day in payload["removedDays"]]
    payload = await done(ask, DELETE, id_, scope="FOLLOWING", originalDay=MONDAYS[0])
    assert payload["deletedId"] == node_id("PersonTimeOff", id_)
    assert payload["personTimeOff"] is None


@pytest.mark.parametrize(
    ("mutation", "given", "expected"),
    [
        pytest.param(UPDATE, {"scope": "ONE"}, "INVALID_VALUE", id="no occurrence"),
        pytest.param(
            UPDATE, {"originalDay": MONDAYS[0]}, "INVALID_VALUE", id="an occurrence of all"
        ),
        pytest.param(
            DELETE, {"scope": "ONE", "originalDay": "2026-03-03"}, "NOT_FOUND", id="another day"
        ),
        pytest.param(RESTORE, {"originalDay": "2026-03-03"}, "NOT_FOUND", id="nothing to restore"),
    ],
)
async def test_an_occurrence_that_is_not_there(ask, stored, mutation, given, expected):
    id_ = await put_person_time_off(ask, **WEEKLY)
    before = await stored()

    assert await refused(ask, mutation, id_, **given) == [(expected, ["originalDay"])]
    assert await refused(ask, mutation, UNKNOWN_UUID, **given) == [("NOT_FOUND", ["id"])]
    assert await stored() == before


async def test_what_one_occurrence_cannot_have_is_named(ask, stored):
    id_ = await put_person_time_off(ask, **WEEKLY)
    before = await stored()
    given = {
        "scope": "ONE",
        "originalDay": MONDAYS[0],
        "reason": "medical",
        "applyToSunday": True,
        "repeat": "MONTHLY",
        "endDay": "2026-03-01",
    }

    assert await refused(ask, UPDATE, id_, **given) == [
        ("INVALID_VALUE", ["applyToSunday"]),
        ("INVALID_VALUE", ["reason"]),
        ("INVALID_VALUE", ["repeat"]),
        ("DAYS_REVERSED", ["endDay"]),
    ]
    assert await stored() == before


async def test_nothing_is_left_that_counts(ask, stored):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await skip(ask, id_, MONDAYS[0])
    await skip(ask, id_, MONDAYS[1])
    before = await stored()

    assert await refused(ask, DELETE, id_, scope="ONE", originalDay=MONDAYS[2]) == [
        ("NO_DAY_COUNTS", ["originalDay"])
    ]
    assert await stored() == before


@pytest.mark.rule("5.1")
async def test_a_key_answers_again_what_became(ask, stored):
    id_ = await put_person_time_off(ask, **WEEKLY)
    given = {"scope": "FOLLOWING", "originalDay": MONDAYS[1], "isPaid": False}
    first = await done(ask, UPDATE, id_, idempotencyKey="k", **given)
    before = await stored()

    assert await done(ask, UPDATE, id_, idempotencyKey="k", **given) == first
    assert await refused(
        ask, UPDATE, id_, idempotencyKey="k", **given | {"originalDay": MONDAYS[2]}
    ) == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
    assert await stored() == before


MIRROR = (
    """
    mutation Mirror($id: ID!) {
      mirrorPersonTimeOff(input: { id: $id }) {
        results { date outcome hoursAfter }
        lost
        userErrors { ...Refusal }
      }
    }
    """
    + REFUSAL
)
ENTRIES = "{ timeOffEntries { nodes { requestedDate hours } } }"


async def entries(ask):
    nodes = (await ask(ENTRIES))["data"]["timeOffEntries"]["nodes"]
    return {each["requestedDate"]: each["hours"] for each in nodes}


@pytest.mark.rule("4.4")
async def test_mirrored_entries_settle_to_the_occurrences_as_they_are(ask):
    await join(ask)
    await put_entries(ask, entry(requestedDate=MONDAYS[2], hours=2))
    before = await entries(ask)
    id_ = await put_person_time_off(ask, **WEEKLY)
    await skip(ask, id_, MONDAYS[0])
    await move(ask, id_, MONDAYS[1], "2026-03-10", batchEndTime="11:00", isPaid=False)

    mirrored = (await ask(MIRROR, id=id_))["data"]["mirrorPersonTimeOff"]

    assert mirrored["userErrors"] == []
    assert await entries(ask) == {"2026-03-10": 4, MONDAYS[2]: 8}
    assert mirrored["lost"][0] == (
        "The clock times 07:00 to 11:00, 07:00 to 15:00: an entry has hours only."
    )
    assert mirrored["lost"][2] == "That it is unpaid or paid: an entry does not say."

    await done(ask, RESTORE, id_, originalDay=MONDAYS[1])
    await ask(MIRROR, id=id_)
    assert await entries(ask) == {MONDAYS[1]: 8, MONDAYS[2]: 8}

    await done(ask, DELETE, id_)
    await ask(MIRROR, id=id_)
    assert await entries(ask) == before


CHANGES = """
query ($company: ID!) {
  changes(companyId: $company, first: 100) { nodes { operation subjectType after before } }
}
"""


@pytest.mark.rule("5.3")
async def test_the_feed_tells_one_change_of_the_record_with_its_exceptions(ask):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await skip(ask, id_, MONDAYS[0])
    await done(ask, UPDATE, id_, scope="FOLLOWING", originalDay=MONDAYS[2], isPaid=False)

    answer = await ask(CHANGES, company=COMPANY)
    told = [
        each
        for each in answer["data"]["changes"]["nodes"]
        if each["subjectType"] == "PersonTimeOff"
    ]

    assert [each["operation"] for each in told] == ["CREATED", "UPDATED", "UPDATED", "CREATED"]
    (exception,) = told[1]["after"]["exceptions"]
    assert (exception["originalDay"], exception["status"]) == (MONDAYS[0], "SKIPPED")
    assert told[2]["after"]["repeatEndDay"] == "2026-03-15"
    assert told[3]["after"]["splitFromId"] == id_
