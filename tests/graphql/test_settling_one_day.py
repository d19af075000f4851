"""One day is settled, and no other: what a page offers for a discrepancy (rule 4.4)."""

import pytest

from tests.builders import FRIDAY, MONDAY, TUESDAY, company, entry, person, user
from tests.graphql.api import put, put_entries, put_person_time_off, refusal

pytestmark = pytest.mark.rule("4.4")

FRIDAYS = [FRIDAY, "2026-03-13", "2026-03-20", "2026-03-27"]
SECOND = FRIDAYS[1]
DISCREPANCIES = """
{
  discrepancies(from: "2026-03-01", to: "2026-03-31") {
    nodes { date kind kantataHours procoreHours }
  }
}
"""
TO_KANTATA = """
mutation($input: MirrorPersonTimeOffInput!) {
  mirrorPersonTimeOff(input: $input) {
    results { date outcome hoursBefore hoursAfter }
    days { date hoursOff discrepancy contributions { hours } }
    userErrors { code path }
  }
}
"""
TO_PROCORE = """
mutation($input: MirrorTimeOffEntriesInput!) {
  mirrorTimeOffEntries(input: $input) {
    personTimeOffs { startDay endDay batchStartTime batchEndTime repeat }
    days { date hoursOff discrepancy contributions { hours } }
    userErrors { __typename code path message }
  }
}
"""
UPDATE_RECORD = """
mutation($input: UpdatePersonTimeOffInput!) {
  updatePersonTimeOff(input: $input) {
    days { date hoursOff discrepancy contributions { hours } }
    userErrors { code path }
  }
}
"""
UPDATE_ENTRY = """
mutation($input: UpdateTimeOffEntryInput!) {
  updateTimeOffEntry(input: $input) {
    days { date hoursOff discrepancy contributions { hours } }
    userErrors { code path }
  }
}
"""
PROCORE_ONLY, KANTATA_ONLY = "ONLY_IN_PROCORE_WORKFORCE_PLANNING", "ONLY_IN_KANTATA_OX"


@pytest.fixture
async def ada(ask):
    email = "ada@example.com"
    await put(
        ask,
        companies=[company()],
        users=[user(emailAddress=email)],
        people=[person(email=email)],
    )


async def send(ask, document, **input_):
    answer = await ask(document, input=input_)
    assert "errors" not in answer, answer
    ((_, payload),) = answer["data"].items()
    return payload


async def bring_fridays(ask):
    """Off on four Fridays, from 8 to 14."""
    return await put_person_time_off(
        ask,
        startDay=FRIDAY,
        endDay=FRIDAY,
        batchStartTime="08:00",
        batchEndTime="14:00",
        repeat="WEEKLY",
        cadence=1,
        repeatEndDay=FRIDAYS[-1],
    )


async def differing(ask):
    nodes = (await ask(DISCREPANCIES))["data"]["discrepancies"]["nodes"]
    return {
        each["date"]: (each["kind"], each["kantataHours"], each["procoreHours"]) for each in nodes
    }


def day(date, off, *hours, discrepancy=None):
    """A day of an answer, by the hours of its records: Kantata's first."""
    brought = [{"hours": each} for each in hours]
    return {"date": date, "hoursOff": off, "discrepancy": discrepancy, "contributions": brought}


async def test_one_friday_of_a_repeat_is_taken_from_procore_and_no_other(ask, ada, stored):
    record = await bring_fridays(ask)
    window = {"from": SECOND, "to": SECOND}
    before = await stored()

    dry = await send(ask, TO_KANTATA, id=record, dryRun=True, **window)
    assert await stored() == before
    payload = await send(ask, TO_KANTATA, id=record, **window)

    assert dry == payload
    assert payload == {
        "results": [{"date": SECOND, "outcome": "CREATED", "hoursBefore": 0.0, "hoursAfter": 6.0}],
        "days": [day(SECOND, 6.0, 6.0, 6.0)],
        "userErrors": [],
    }
    assert await differing(ask) == dict.fromkeys(
        (each for each in FRIDAYS if each != SECOND), (PROCORE_ONLY, 0.0, 6.0)
    )


async def test_one_friday_is_taken_from_kantata_and_no_other(ask, ada, stored):
    ids = await put_entries(ask, *(entry(hours=6, requestedDate=each) for each in FRIDAYS))
    asked = {"ids": ids, "isPaid": True, "reason": "x", "batchStartTime": "08:00"}
    window = {"from": SECOND, "to": SECOND}
    before = await stored()

    dry = await send(ask, TO_PROCORE, dryRun=True, **asked, **window)
    assert await stored() == before
    payload = await send(ask, TO_PROCORE, **asked, **window)

    assert dry == payload
    assert payload == {
        "personTimeOffs": [
            {
                "startDay": SECOND,
                "endDay": SECOND,
                "batchStartTime": "08:00",
                "batchEndTime": "14:00",
                "repeat": "NEVER",
            }
        ],
        "days": [day(SECOND, 6.0, 6.0, 6.0)],
        "userErrors": [],
    }
    assert await differing(ask) == dict.fromkeys(
        (each for each in FRIDAYS if each != SECOND), (KANTATA_ONLY, 6.0, 0.0)
    )


async def test_where_kantata_has_less_it_takes_procores_hours(ask, ada):
    record = await bring_fridays(ask)
    await put_entries(ask, entry(hours=4, requestedDate=SECOND))

    payload = await send(ask, TO_KANTATA, id=record, to=SECOND, dryRun=True, **{"from": SECOND})

    assert payload["results"] == [
        {"date": SECOND, "outcome": "COMBINED", "hoursBefore": 4.0, "hoursAfter": 6.0}
    ]
    assert payload["days"] == [day(SECOND, 6.0, 6.0, 6.0)]


async def test_where_kantata_has_more_it_takes_procores_hours_by_an_update(ask, ada):
    record = await bring_fridays(ask)
    (id_,) = await put_entries(ask, entry(hours=8, requestedDate=SECOND))

    mirrored = await send(ask, TO_KANTATA, id=record, to=SECOND, dryRun=True, **{"from": SECOND})
    assert mirrored["days"] == [day(SECOND, 8.0, 8.0, 6.0, discrepancy="HOURS_DIFFER")]
    dry = await send(ask, UPDATE_ENTRY, id=id_, hours=6, dryRun=True)
    payload = await send(ask, UPDATE_ENTRY, id=id_, hours=6)

    assert payload == dry == {"days": [day(SECOND, 6.0, 6.0, 6.0)], "userErrors": []}
    assert SECOND not in await differing(ask)


@pytest.mark.parametrize("hours", [4, 8])
async def test_where_procore_has_other_hours_it_takes_kantatas_by_an_update(ask, ada, hours):
    record = await bring_fridays(ask)
    (id_,) = await put_entries(ask, entry(hours=hours, requestedDate=SECOND))
    asked = {"ids": [id_], "isPaid": True, "reason": "x", "batchStartTime": "08:00"}

    refused = await send(ask, TO_PROCORE, **asked, dryRun=True)
    assert refused["userErrors"] == [
        refusal("NOT_CONVERTIBLE", "ids", "0")
        | {
            "message": f"Procore has 6 h on this day, and the entry {hours} h: change Procore's "
            "record, or let the entry have its hours."
        }
    ]
    change = {
        "id": record,
        "scope": "ONE",
        "originalDay": SECOND,
        "batchStartTime": "08:00",
        "batchEndTime": f"{8 + hours:02}:00",
    }
    dry = await send(ask, UPDATE_RECORD, **change, dryRun=True)
    payload = await send(ask, UPDATE_RECORD, **change)

    assert payload == dry == {"days": [day(SECOND, hours, hours, hours)], "userErrors": []}
    assert SECOND not in await differing(ask)


async def test_what_only_one_system_has_is_deleted_there_for_one_day(ask, ada):
    record = await bring_fridays(ask)
    (id_,) = await put_entries(ask, entry(hours=4, requestedDate=MONDAY))

    gone = await send(
        ask,
        """
        mutation($input: DeletePersonTimeOffInput!) {
          deletePersonTimeOff(input: $input) { userErrors { code } }
        }
        """,
        id=record,
        scope="ONE",
        originalDay=SECOND,
    )
    assert gone == {"userErrors": []}
    deleted = await ask(
        f'mutation {{ deleteTimeOffEntries(input: {{ids: ["{id_}"]}}) '
        "{ days { date discrepancy } userErrors { code } } }"
    )

    assert deleted["data"]["deleteTimeOffEntries"] == {
        "days": [{"date": MONDAY, "discrepancy": None}],
        "userErrors": [],
    }
    assert {*await differing(ask)} == {*FRIDAYS} - {SECOND}
    assert TUESDAY not in await differing(ask)
