"""What somebody changed meanwhile is not settled unseen (rules 4.4, 4.5 and 5.4)."""

import asyncio
from itertools import product

import pytest

from tests.builders import (
    FRIDAY,
    MONDAY,
    OTHER_COMPANY,
    OTHER_PERSON,
    PERSON,
    TUESDAY,
    WEDNESDAY,
    company,
    entry,
    node_id,
    person,
    user,
)
from tests.graphql.api import put, put_entries, put_person_time_off

pytestmark = pytest.mark.rule("5.4")

VERSIONS = """
{
  discrepancies(from: "2026-03-01", to: "2026-03-31") { nodes { date version } }
}
"""
CHANGED = """
userErrors {
  __typename code path
  ... on DayChangedSince {
    version
    current { date discrepancy contributions { hours } worker { fullName } }
  }
}
"""
TO_KANTATA = f"""
mutation($input: MirrorPersonTimeOffInput!) {{
  answer: mirrorPersonTimeOff(input: $input) {{ results {{ date }} {CHANGED} }}
}}
"""
TO_PROCORE = f"""
mutation($input: MirrorTimeOffEntriesInput!) {{
  answer: mirrorTimeOffEntries(input: $input) {{ personTimeOffs {{ startDay }} {CHANGED} }}
}}
"""
ACKNOWLEDGE = f"""
mutation($input: AcknowledgeDiscrepancyInput!) {{
  answer: acknowledgeDiscrepancy(input: $input) {{ acknowledgements {{ date }} {CHANGED} }}
}}
"""
UPDATE_ENTRY = """
mutation($input: UpdateTimeOffEntryInput!) {
  answer: updateTimeOffEntry(input: $input) { userErrors { code } }
}
"""
UPDATE_RECORD = """
mutation($input: UpdatePersonTimeOffInput!) {
  answer: updatePersonTimeOff(input: $input) { userErrors { code } }
}
"""
LINK = """
mutation($input: LinkWorkerInput!) { answer: linkWorker(input: $input) { userErrors { code } } }
"""
ADA, BO = node_id("Worker", "U1"), node_id("Worker", "U2")


@pytest.fixture
async def differing(ask):
    """Ada: 4 h in Kantata and 6 h in Procore on Tuesday, 8 h in Kantata alone on Monday."""
    email = "ada@example.com"
    await put(
        ask,
        companies=[company(), company(sourceId=OTHER_COMPANY, name="Other")],
        users=[
            user(emailAddress=email),
            user(
                sourceId="2", fullName="Bo", emailAddress="bo@example.com", companyId=OTHER_COMPANY
            ),
        ],
        people=[person(email=email)],
    )
    monday, tuesday = await put_entries(ask, entry(hours=8), entry(hours=4, requestedDate=TUESDAY))
    record = await put_person_time_off(
        ask,
        startDay=TUESDAY,
        endDay=TUESDAY,
        batchStartTime="08:00",
        batchEndTime="14:00",
        isPaid=True,
    )
    return {MONDAY: monday, TUESDAY: tuesday, "record": record}


async def send(ask, document, **input_):
    answer = await ask(document, input=input_)
    assert "errors" not in answer, answer
    return answer["data"]["answer"]


async def versions(ask):
    nodes = (await ask(VERSIONS))["data"]["discrepancies"]["nodes"]
    return {each["date"]: each["version"] for each in nodes}


async def of_ada(ask):
    """The version of her Tuesday, of several people's."""
    document = VERSIONS.replace("date version", "worker { id } date version")
    nodes = (await ask(document))["data"]["discrepancies"]["nodes"]
    (version,) = [
        each["version"] for each in nodes if (each["worker"]["id"], each["date"]) == (ADA, TUESDAY)
    ]
    return version


def seen(day, version, worker=ADA):
    return {"workerId": worker, "date": day, "version": version}


async def change(ask, id_, hours):
    assert await send(ask, UPDATE_ENTRY, id=id_, hours=hours) == {"userErrors": []}


def settling(differing, name):
    """How the day is settled: the document, its input, and the entry that somebody changes."""
    return {
        "to Kantata": (TO_KANTATA, TUESDAY, {"id": differing["record"]}),
        "to Procore": (
            TO_PROCORE,
            MONDAY,
            {
                "ids": [differing[MONDAY]],
                "isPaid": True,
                "reason": "x",
                "batchStartTime": "08:00",
            },
        ),
        "acknowledged": (ACKNOWLEDGE, MONDAY, {"days": [{"workerId": ADA, "date": MONDAY}]}),
    }[name]


WAYS = ("to Kantata", "to Procore", "acknowledged")
EACH_WAY = pytest.mark.parametrize("name", WAYS)


@EACH_WAY
async def test_what_was_changed_since_is_told_and_not_settled(ask, differing, stored, name):
    document, day, input_ = settling(differing, name)
    shown = (await versions(ask))[day]
    await change(ask, differing[day], 5)
    before = await stored()

    asked = input_ | {"ifUnchanged": [seen(day, shown)]}
    dry = await send(ask, document, **asked, dryRun=True)
    payload = await send(ask, document, **asked)

    (error,) = payload["userErrors"]
    now = (await versions(ask))[day]
    assert dry == payload
    assert await stored() == before
    assert error.pop("current") == {
        "date": day,
        "discrepancy": "HOURS_DIFFER" if day == TUESDAY else "ONLY_IN_KANTATA_OX",
        "contributions": [{"hours": 5.0}, *([{"hours": 6.0}] if day == TUESDAY else [])],
        "worker": {"fullName": "Ada Lovelace"},
    }
    assert error == {
        "__typename": "DayChangedSince",
        "code": "CHANGED_SINCE",
        "path": ["ifUnchanged", "0"],
        "version": now,
    }
    assert now != shown

    # Whoever has looked at it sends what was told.
    after = await send(ask, document, **input_, ifUnchanged=[seen(day, now)])
    assert after["userErrors"] == []
    assert await stored() != before


@EACH_WAY
@pytest.mark.rule("5.1")
async def test_a_key_is_answered_as_the_first_time_and_stands_for_what_was_seen(
    ask, differing, stored, name
):
    document, day, input_ = settling(differing, name)
    keyed = input_ | {"idempotencyKey": "k", "ifUnchanged": [seen(day, (await versions(ask))[day])]}
    first = await send(ask, document, **keyed)
    before = await stored()

    assert first["userErrors"] == []
    assert await send(ask, document, **keyed) == first
    for other in ([seen(day, "another")], None):
        refused = await send(ask, document, **keyed | {"ifUnchanged": other})
        assert [each["code"] for each in refused["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert await stored() == before


async def test_a_version_tells_what_either_system_says_and_what_is_acknowledged(ask, differing):
    known = [await versions(ask)]

    async def is_another(document, **input_):
        assert (await send(ask, document, **input_))["userErrors"] == []
        known.append(await versions(ask))
        return known[-1][TUESDAY] not in [each[TUESDAY] for each in known[:-1]]

    record = {"id": differing["record"], "scope": "ALL"}
    assert await is_another(UPDATE_RECORD, **record, isPaid=False)
    assert await is_another(UPDATE_RECORD, **record, batchEndTime="15:00")
    assert await is_another(ACKNOWLEDGE, days=[{"workerId": ADA, "date": TUESDAY}])
    assert not await is_another(UPDATE_RECORD, **record, reason="another, which settles nothing")
    # What is said of Tuesday is no matter of Monday's.
    assert {each[MONDAY] for each in known} == {known[0][MONDAY]}


async def test_each_changed_day_is_named_by_its_place(ask, differing, stored):
    shown = await versions(ask)
    await change(ask, differing[MONDAY], 7)
    before = await stored()
    days = [{"workerId": ADA, "date": each} for each in (TUESDAY, MONDAY)]

    payload = await send(
        ask,
        ACKNOWLEDGE,
        days=days,
        ifUnchanged=[seen(each["date"], shown[each["date"]]) for each in days],
    )

    assert [(each["code"], each["path"]) for each in payload["userErrors"]] == [
        ("CHANGED_SINCE", ["ifUnchanged", "1"])
    ]
    assert await stored() == before


async def test_a_day_of_whom_nothing_is_settled_cannot_be_compared(ask, differing, stored):
    """Of another company or unknown: the answer is the same, and says nothing of them."""
    before = await stored()
    for name, worker in product(WAYS, (BO, node_id("Worker", "U99"))):
        document, day, input_ = settling(differing, name)

        payload = await send(ask, document, **input_, ifUnchanged=[seen(day, "x", worker)])

        assert payload["userErrors"] == [
            {
                "__typename": "DayChangedSince",
                "code": "CHANGED_SINCE",
                "path": ["ifUnchanged", "0"],
                "version": None,
                "current": None,
            }
        ]
    assert await stored() == before


async def test_of_an_entry_that_stands_on_another_day_the_day_is_told_as_it_is(
    ask, differing, stored
):
    """Nothing is in the window then, and whoever named it has seen a day of its user."""
    input_ = settling(differing, "to Procore")[2]
    tuesday = input_ | {"ids": [differing[TUESDAY]], "from": MONDAY, "to": MONDAY}
    shown = (await versions(ask))[MONDAY]
    await change(ask, differing[MONDAY], 5)
    before = await stored()

    payload = await send(ask, TO_PROCORE, **tuesday, ifUnchanged=[seen(MONDAY, shown)])

    (error,) = payload["userErrors"]
    assert error["version"] == (await versions(ask))[MONDAY] != shown
    assert error["current"]["contributions"] == [{"hours": 5.0}]
    assert await stored() == before


async def test_a_day_of_whom_the_person_was_linked_with_before_is_compared_too(
    ask, differing, stored
):
    """What was brought to Ada is taken back when Cy is the person: hers is settled as well."""
    record = {"id": differing["record"]}
    assert (await send(ask, TO_KANTATA, **record))["userErrors"] == []
    await put(
        ask,
        users=[user(sourceId="3", fullName="Cy", emailAddress="cy@example.com")],
        people=[person(sourceId=OTHER_PERSON, email="other@example.com")],
    )
    for user_id, person_id in (("3", PERSON), ("1", OTHER_PERSON)):
        linked = await send(ask, LINK, userId=user_id, personId=person_id)
        assert linked == {"userErrors": []}
    shown = await of_ada(ask)
    await change(ask, differing[TUESDAY], 7)
    now, before = await of_ada(ask), await stored()

    payload = await send(ask, TO_KANTATA, **record, ifUnchanged=[seen(TUESDAY, shown)])

    (error,) = payload["userErrors"]
    assert (error["version"], error["current"]["worker"]) == (now, {"fullName": "Ada Lovelace"})
    assert await stored() == before
    after = await send(ask, TO_KANTATA, **record, ifUnchanged=[seen(TUESDAY, now)])
    assert after == {"userErrors": [], "results": [{"date": TUESDAY}] * 2}
    assert await of_ada(ask) != now


@pytest.mark.only_on("sqlite")
async def test_what_is_no_day_of_a_worker_is_refused_by_its_place(ask, differing):
    for name in WAYS:
        document, day, input_ = settling(differing, name)
        bad = [seen(day, "x", "nobody"), seen("1580-01-01", "x")]

        payload = await send(ask, document, **input_, ifUnchanged=bad)
        many = await send(ask, document, **input_, ifUnchanged=[seen(day, "x")] * 101)

        assert [(each["code"], each["path"]) for each in payload["userErrors"]] == [
            ("INVALID_VALUE", ["ifUnchanged", "0", "workerId"]),
            ("INVALID_VALUE", ["ifUnchanged", "1", "date"]),
        ]
        assert [(each["code"], each["path"]) for each in many["userErrors"]] == [
            ("TOO_MANY_ITEMS", ["ifUnchanged"])
        ]


async def test_who_comes_first_decides_when_both_come_at_once(ask, differing):
    """The one settles what it has seen, or nothing: never what the other has made of it."""
    for day in (WEDNESDAY, FRIDAY):
        (entry_id,) = await put_entries(ask, entry(hours=8, requestedDate=day))
        shown = (await versions(ask))[day]
        wanted = {"ids": [entry_id], "isPaid": True, "reason": "x", "batchStartTime": "08:00"}

        payload, _ = await asyncio.gather(
            send(ask, TO_PROCORE, **wanted, ifUnchanged=[seen(day, shown)]),
            change(ask, entry_id, 5),
        )

        record = [each["startDay"] for each in payload["personTimeOffs"]]
        refused = [each["code"] for each in payload["userErrors"]]
        assert (record, refused) in (([day], []), ([], ["CHANGED_SINCE"]))
        document = f"""{{
          schedule(from: "{day}", to: "{day}", filter: {{ workerIds: ["{ADA}"] }}) {{
            nodes {{ days {{ contributions {{ hours }} }} }}
          }}
        }}"""
        ((after,),) = [each["days"] for each in (await ask(document))["data"]["schedule"]["nodes"]]
        hours = [each["hours"] for each in after["contributions"]]
        assert hours == ([5.0, 8.0] if record else [5.0])
