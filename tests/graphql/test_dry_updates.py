"""Dry runs of updates: what would be stored, with the days before and after, and nothing stored."""

import pytest

from tests.builders import (
    FRIDAY,
    MONDAY,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    entry,
    reference,
)
from tests.graphql.api import REFUSAL, put_entries, put_person_time_off, refusal

pytestmark = [pytest.mark.usefixtures("everyone"), pytest.mark.rule("6.5")]

DAYS = "days { date hoursOff contributions { hours startTime timeOff { sourceId totalHours } } }"
UPDATE_ENTRY = (
    """
    mutation Update($input: UpdateTimeOffEntryInput!) {
      updateTimeOffEntry(input: $input) {
        timeOffEntry { sourceId hours externalReferences { serviceModelRef } }
        """
    + DAYS
    + """
        warnings { code path }
        userErrors { ...Refusal }
      }
    }
    """
    + REFUSAL
)
UPDATE_RECORD = (
    """
    mutation Update($input: UpdatePersonTimeOffInput!) {
      updatePersonTimeOff(input: $input) {
        personTimeOff {
          sourceId startDay endDay batchStartTime isPaid reason totalHours instances { id startDay }
        }
        """
    + DAYS
    + """
        warnings { code path }
        userErrors { ...Refusal }
      }
    }
    """
    + REFUSAL
)
WEEKLY = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": "2026-03-16"}


def hours_off(answer):
    """Return the hours off of each touched day."""
    (payload,) = answer["data"].values()
    assert payload["userErrors"] == []
    return {day["date"]: day["hoursOff"] for day in payload["days"]}


async def test_a_dry_update_of_an_entry_answers_as_the_real_one(ask, stored):
    await put_entries(ask, entry(), entry(requestedDate=TUESDAY))
    given = {"id": "1", "hours": 6.1}
    before = await stored()

    dry = await ask(UPDATE_ENTRY, input=given | {"dryRun": True})

    assert await stored() == before
    assert hours_off(dry) == {MONDAY: 6.1}
    (contribution,) = dry["data"]["updateTimeOffEntry"]["days"][0]["contributions"]
    assert contribution["timeOff"] == {"sourceId": "1", "totalHours": 6.1}
    assert dry["data"]["updateTimeOffEntry"]["warnings"] != []
    assert dry == await ask(UPDATE_ENTRY, input=given)
    assert await stored() != before


async def test_links_from_a_dry_update_show_what_is_stored(ask, stored):
    await put_entries(ask, entry(externalReference=reference()))
    other = reference(serviceModelRef="TIME-8")
    before = await stored()

    dry = await ask(
        UPDATE_ENTRY, input={"id": "1", "hours": 4, "externalReference": other, "dryRun": True}
    )

    shown = dry["data"]["updateTimeOffEntry"]["timeOffEntry"]
    assert shown["externalReferences"] == [{"serviceModelRef": "TIME-7"}]
    assert await stored() == before


async def test_a_dry_update_of_a_record_answers_as_the_real_one(ask, stored):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await put_person_time_off(ask, startDay=TUESDAY, endDay=TUESDAY)
    given = {"id": id_, "batchStartTime": "09:01", "isPaid": False, "reason": "family"}
    before = await stored()

    dry = await ask(UPDATE_RECORD, input=given | {"dryRun": True})

    assert await stored() == before
    assert hours_off(dry) == {MONDAY: 6.0, "2026-03-09": 6.0, "2026-03-16": 6.0}
    for day in dry["data"]["updatePersonTimeOff"]["days"]:
        (contribution,) = day["contributions"]
        assert contribution["startTime"] == "09:00"
        assert contribution["timeOff"] == {"sourceId": id_, "totalHours": 18.0}
    assert dry["data"]["updatePersonTimeOff"]["warnings"] == [
        {"code": "TIME_ROUNDED", "path": ["batchStartTime"]}
    ]
    assert dry == await ask(UPDATE_RECORD, input=given)
    assert await stored() != before


@pytest.mark.parametrize(
    ("change", "days"),
    [
        pytest.param(
            {"startDay": THURSDAY, "endDay": SATURDAY},
            {WEDNESDAY: 0.0, THURSDAY: 8.0, FRIDAY: 8.0},
            id="moved, with a day in common",
        ),
        pytest.param(
            {"startDay": MONDAY, "endDay": MONDAY},
            {MONDAY: 8.0, WEDNESDAY: 0.0, THURSDAY: 0.0},
            id="moved away, and earlier",
        ),
        pytest.param(
            {"endDay": SUNDAY, "applyToSunday": True},
            {WEDNESDAY: 8.0, THURSDAY: 8.0, FRIDAY: 8.0, SUNDAY: 0.0},
            id="longer, with a weekend day that has no workday",
        ),
        pytest.param({"isPaid": False}, {WEDNESDAY: 8.0, THURSDAY: 8.0}, id="not moved"),
    ],
)
async def test_the_days_of_an_update_are_those_before_and_after_it(ask, change, days):
    id_ = await put_person_time_off(ask, startDay=WEDNESDAY, endDay=THURSDAY)
    given = {"id": id_} | change

    dry = await ask(UPDATE_RECORD, input=given | {"dryRun": True})
    real = await ask(UPDATE_RECORD, input=given | {"idempotencyKey": "k"})

    assert list(hours_off(dry).items()) == list(days.items())
    assert real == dry
    # Also when it is answered by what was kept of it.
    assert await ask(UPDATE_RECORD, input=given | {"idempotencyKey": "k"}) == real


async def test_a_day_that_another_record_covers_stays_off(ask):
    id_ = await put_person_time_off(ask)
    await put_person_time_off(ask, batchEndTime="11:00")
    given = {"id": id_, "startDay": TUESDAY, "endDay": TUESDAY, "dryRun": True}

    assert hours_off(await ask(UPDATE_RECORD, input=given)) == {MONDAY: 4.0, TUESDAY: 8.0}


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"batchEndTime": "07:00"}, "INVALID_VALUE", ["batchEndTime"]),
        ({"endDay": "2026-03-01"}, "DAYS_REVERSED", ["endDay"]),
        ({"reason": " "}, "INVALID_VALUE", ["reason"]),
        ({"id": "ffffffff-ffff-4fff-8fff-ffffffffffff"}, "NOT_FOUND", ["id"]),
    ],
)
async def test_a_dry_update_of_a_record_is_refused_as_the_real_one(ask, change, code, path):
    given = {"id": await put_person_time_off(ask)} | change

    dry = await ask(UPDATE_RECORD, input=given | {"dryRun": True})

    assert dry["data"]["updatePersonTimeOff"] == {
        "personTimeOff": None,
        "days": [],
        "warnings": [],
        "userErrors": [refusal(code, *path)],
    }
    assert dry == await ask(UPDATE_RECORD, input=given)


async def test_a_dry_update_of_an_entry_is_refused_as_the_real_one(ask):
    await put_entries(ask, entry())
    given = {"id": "1", "hours": 9}

    dry = await ask(UPDATE_ENTRY, input=given | {"dryRun": True})

    (error,) = dry["data"]["updateTimeOffEntry"]["userErrors"]
    assert error["code"] == "WORKDAY_HOURS_EXCEEDED"
    assert dry == await ask(UPDATE_ENTRY, input=given)


@pytest.mark.rule("5.4")
async def test_a_dry_update_hears_that_it_was_changed_since(ask):
    await put_entries(ask, entry())
    id_ = await put_person_time_off(ask)
    never = {"ifUnchangedSince": "2026-03-02T09:00:00Z", "dryRun": True}

    entry_told = await ask(UPDATE_ENTRY, input={"id": "1", "hours": 2} | never)
    record_told = await ask(UPDATE_RECORD, input={"id": id_, "isPaid": False} | never)

    for answer in (entry_told, record_told):
        (payload,) = answer["data"].values()
        assert payload["userErrors"] == [
            refusal("CHANGED_SINCE", "ifUnchangedSince", typename="ChangedSince")
        ]


@pytest.mark.rule("5.1")
async def test_a_dry_update_neither_keeps_a_key_nor_is_answered_by_one(ask, stored):
    await put_entries(ask, entry())
    id_ = await put_person_time_off(ask)
    for document, given, other in (
        (UPDATE_ENTRY, {"id": "1", "hours": 2}, {"hours": 3}),
        (UPDATE_RECORD, {"id": id_, "reason": "family"}, {"reason": "other"}),
    ):
        keyed = given | {"idempotencyKey": "k"}
        before = await stored()
        await ask(document, input=keyed | {"dryRun": True})
        assert await stored() == before

        first = await ask(document, input=keyed)
        dry = await ask(document, input=keyed | other | {"dryRun": True})

        (first_payload,), (dry_payload,) = first["data"].values(), dry["data"].values()
        assert first_payload["userErrors"] == dry_payload["userErrors"] == []
        assert dry_payload != first_payload
        assert await ask(document, input=keyed) == first


async def test_a_preview_of_a_change_tells_of_records_that_it_would_meet(ask):
    id_ = await put_person_time_off(ask)
    await put_person_time_off(ask, startDay=TUESDAY, endDay=TUESDAY)
    given = {"id": id_, "startDay": TUESDAY, "endDay": TUESDAY, "dryRun": True}

    dry = await ask(UPDATE_RECORD, input=given)

    assert dry["data"]["updatePersonTimeOff"]["warnings"] == [
        {"code": "OVERLAPS_TIME_OFF", "path": ["startDay"]}
    ]
