"""The same request more than once, at once, through several processes (rules 2.8 and 5.1)."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from tests.process.client import (
    A_MONDAY,
    CREATE_ENTRIES,
    CREATE_TIME_OFF,
    DELETE_ENTRIES,
    UPDATE_ENTRY,
    item,
    time_off,
)

pytestmark = pytest.mark.process

TIMES = 9
REUSED = [{"code": "IDEMPOTENCY_KEY_REUSED", "path": ["idempotencyKey"]}]


async def at_once(gateway, document, *inputs):
    """Return the answers to mutations that are sent together."""
    return await asyncio.gather(*(gateway.write(document, **each) for each in inputs))


async def a_user(gateway):
    company = await gateway.new_company()
    return company, *(await gateway.new_users(company))


async def operations_on(gateway, company, type_name):
    """Return what happened to the company's objects of a type, in order."""
    changes, _ = await gateway.changes_after(company, None)
    return [each["operation"] for each in changes if each["subjectType"] == type_name]


def entries(user_id, hours, key, **more):
    return {"timeOffEntries": [item(user_id, hours, **more)], "idempotencyKey": key}


async def test_a_create_with_a_key_is_done_once_and_answered_alike(gateway):
    company, user_id = await a_user(gateway)
    wanted = entries(user_id, 1.5, "create once")

    answers = await at_once(gateway, CREATE_ENTRIES, *TIMES * [wanted])
    later = await gateway.write(CREATE_ENTRIES, **wanted)

    assert answers == TIMES * [later]
    assert [each["outcome"] for each in later["results"]] == ["CREATED"]
    assert set((await gateway.hours_of(user_id)).values()) == {1.5}
    assert await operations_on(gateway, company, "TimeOffEntry") == ["CREATED"]


async def test_an_update_with_a_key_is_done_once(gateway):
    company, user_id = await a_user(gateway)
    (entry,) = (await gateway.create(item(user_id, 2)))["timeOffEntries"]
    wanted = {"id": entry["id"], "hours": 6, "idempotencyKey": "update once"}

    answers = await at_once(gateway, UPDATE_ENTRY, *TIMES * [wanted])

    assert answers == TIMES * answers[:1]
    assert answers[0]["timeOffEntry"]["hours"] == 6
    assert await operations_on(gateway, company, "TimeOffEntry") == ["CREATED", "UPDATED"]


async def test_a_delete_with_a_key_is_done_once_and_without_one_not_found_again(gateway):
    company, user_id = await a_user(gateway)
    days = [A_MONDAY, A_MONDAY + timedelta(days=1)]
    found = await gateway.create(*(item(user_id, 2, day) for day in days))
    first, second = ({"ids": [entry["id"]]} for entry in found["timeOffEntries"])

    keyed = await at_once(
        gateway, DELETE_ENTRIES, *TIMES * [first | {"idempotencyKey": "delete once"}]
    )
    unkeyed = await at_once(gateway, DELETE_ENTRIES, *TIMES * [second])

    assert keyed == TIMES * [{"deletedIds": first["ids"], "userErrors": []}]
    refused = {"deletedIds": [], "userErrors": [{"code": "NOT_FOUND", "path": ["ids", "0"]}]}
    assert unkeyed.count({"deletedIds": second["ids"], "userErrors": []}) == 1
    assert unkeyed.count(refused) == TIMES - 1
    assert (await operations_on(gateway, company, "TimeOffEntry")).count("DELETED") == 2


async def test_person_time_off_with_a_key_is_created_once_with_the_same_instances(gateway):
    company = await gateway.new_company()
    (person_id,) = await gateway.new_people(company)
    wanted = time_off(company, person_id, "medical", idempotencyKey="a series once")

    answers = await at_once(gateway, CREATE_TIME_OFF, *TIMES * [wanted])

    assert answers == TIMES * answers[:1]
    assert len(answers[0]["personTimeOff"]["instances"]) == 5
    assert answers[0]["personTimeOff"]["reason"] == "medical"
    assert await operations_on(gateway, company, "PersonTimeOff") == ["CREATED"]


async def test_of_two_inputs_with_one_key_only_one_is_done(gateway):
    company, user_id = await a_user(gateway)
    inputs = [entries(user_id, hours, "two inputs") for hours in (1, 2)]

    answers = await at_once(gateway, CREATE_ENTRIES, *5 * inputs)

    done = [answer for answer in answers if not answer["userErrors"]]
    assert done == 5 * done[:1]
    assert [each["userErrors"] for each in answers if each["userErrors"]] == 5 * [REUSED]
    assert await operations_on(gateway, company, "TimeOffEntry") == ["CREATED"]


async def test_a_key_belongs_to_one_operation_and_keys_to_one_request_each(gateway):
    company, user_id = await a_user(gateway)
    (person_id,) = await gateway.new_people(company)
    (entry,) = (await gateway.create(item(user_id, 1)))["timeOffEntries"]

    answers = await asyncio.gather(
        gateway.write(CREATE_ENTRIES, **entries(user_id, 1, "one key")),
        gateway.write(CREATE_ENTRIES, **entries(user_id, 1, "another key")),
        gateway.write(UPDATE_ENTRY, id=entry["id"], hours=5, idempotencyKey="one key"),
        gateway.write(
            CREATE_TIME_OFF, **time_off(company, person_id, "x", idempotencyKey="one key")
        ),
    )

    assert [answer["userErrors"] for answer in answers] == 4 * [[]]
    operations = await operations_on(gateway, company, "TimeOffEntry")
    assert operations == ["CREATED", "UPDATED", "UPDATED", "UPDATED"]
    assert await operations_on(gateway, company, "PersonTimeOff") == ["CREATED"]


async def test_a_refused_request_leaves_its_key_free(gateway):
    company, user_id = await a_user(gateway)
    (entry,) = (await gateway.create(item(user_id, 8)))["timeOffEntries"]
    wanted = entries(user_id, 2, "refused at first")

    refused = await at_once(gateway, CREATE_ENTRIES, *TIMES * [wanted])
    await gateway.write(DELETE_ENTRIES, ids=[entry["id"]])
    done = await at_once(gateway, CREATE_ENTRIES, *TIMES * [wanted])

    assert {answer["userErrors"][0]["code"] for answer in refused} == {"WORKDAY_HOURS_EXCEEDED"}
    assert done == TIMES * done[:1]
    assert set((await gateway.hours_of(user_id)).values()) == {2.0}
    operations = await operations_on(gateway, company, "TimeOffEntry")
    assert operations == ["CREATED", "DELETED", "CREATED"]


async def test_a_dry_run_neither_takes_the_key_nor_hears_of_it(gateway):
    _, user_id = await a_user(gateway)
    wanted = entries(user_id, 2, "tried first")
    tried = wanted | {"dryRun": True}

    answers = await at_once(gateway, CREATE_ENTRIES, tried, wanted, tried, wanted, tried)

    assert [answer["userErrors"] for answer in answers] == 5 * [[]]
    assert answers[1] == answers[3]
    assert set((await gateway.hours_of(user_id)).values()) == {2.0}


async def test_an_external_reference_replayed_at_once_adds_nothing(gateway):
    company, user_id = await a_user(gateway)
    wanted = {"timeOffEntries": [item(user_id, 1.5, ref="replayed")]}

    answers = await at_once(gateway, CREATE_ENTRIES, *TIMES * [wanted])

    outcomes = Counter(each["outcome"] for answer in answers for each in answer["results"])
    assert outcomes == {"CREATED": 1, "UNCHANGED": TIMES - 1}
    assert set((await gateway.hours_of(user_id)).values()) == {1.5}
    assert await operations_on(gateway, company, "TimeOffEntry") == ["CREATED"]
    assert await operations_on(gateway, company, "ExternalReference") == ["CREATED"]
