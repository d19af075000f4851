"""Clients of several server processes edit the same at once, and none overwrites another unseen."""

import asyncio

import pytest

from tests.process.client import CREATE_TIME_OFF, DELETE_ENTRIES, UPDATE_ENTRY, item, time_off

pytestmark = [pytest.mark.process, pytest.mark.rule("5.4")]

CLIENTS, ROUNDS = 5, 4
READ_ENTRY = "query ($id: ID!) { found: timeOffEntry(id: $id) { hours updatedAt } }"
READ_RECORD = "query ($id: ID!) { found: personTimeOff(id: $id) { reason updatedAt } }"
UPDATE_RECORD = """
mutation ($input: UpdatePersonTimeOffInput!) {
  updatePersonTimeOff(input: $input) {
    personTimeOff { reason updatedAt }
    userErrors { code path ... on ChangedSince { updatedAt current { updatedAt } } }
  }
}
"""


async def add(gateway, read, update, id_, changed):
    """Change what was read until nobody was quicker; return how often somebody was."""
    quicker = 0
    while True:
        found = await gateway.ask(read, id=id_)
        seen = {"id": id_, "ifUnchangedSince": found["updatedAt"]}
        answer = await gateway.write(update, **seen, **changed(found))
        if not answer["userErrors"]:
            return quicker
        assert [error["code"] for error in answer["userErrors"]] == ["CHANGED_SINCE"]
        quicker += 1


async def all_at_once(gateway, *what):
    async def client():
        return sum([await add(gateway, *what) for _ in range(ROUNDS)])

    return sum(await asyncio.gather(*(client() for _ in range(CLIENTS))))


async def test_hours_that_clients_add_to_what_they_have_read_are_all_there(gateway):
    (user_id,) = await gateway.new_users(await gateway.new_company())
    (entry,) = (await gateway.create(item(user_id, 1)))["timeOffEntries"]

    def more(found):
        return {"hours": found["hours"] + 0.25}

    quicker = await all_at_once(gateway, READ_ENTRY, UPDATE_ENTRY, entry["id"], more)

    assert set((await gateway.hours_of(user_id)).values()) == {1 + 0.25 * CLIENTS * ROUNDS}
    assert quicker > 0  # else they did not meet, and this would show nothing


async def test_words_that_clients_add_to_what_they_have_read_are_all_there(gateway):
    company = await gateway.new_company()
    (person_id,) = await gateway.new_people(company)
    wanted = time_off(company, person_id, "x")
    id_ = (await gateway.write(CREATE_TIME_OFF, **wanted))["personTimeOff"]["id"]

    def more(found):
        return {"reason": found["reason"] + "x"}

    quicker = await all_at_once(gateway, READ_RECORD, UPDATE_RECORD, id_, more)

    found = await gateway.ask(READ_RECORD, id=id_)
    assert found["reason"] == "x" * (1 + CLIENTS * ROUNDS)
    assert quicker > 0


async def test_of_an_update_and_a_delete_at_once_one_wins(gateway):
    (user_id,) = await gateway.new_users(await gateway.new_company())
    for _ in range(6):
        (entry,) = (await gateway.create(item(user_id, 1)))["timeOffEntries"]
        seen = (await gateway.ask(READ_ENTRY, id=entry["id"]))["updatedAt"]

        updated, deleted = await asyncio.gather(
            gateway.write(UPDATE_ENTRY, id=entry["id"], hours=2, ifUnchangedSince=seen),
            gateway.write(DELETE_ENTRIES, ids=[entry["id"]], ifUnchangedSince=[seen]),
        )

        codes = [[each["code"] for each in one["userErrors"]] for one in (updated, deleted)]
        assert codes in ([[], ["CHANGED_SINCE"]], [["NOT_FOUND"], []])
        if codes[1]:
            await gateway.write(DELETE_ENTRIES, ids=[entry["id"]])
