"""Somebody with many former names and addresses is found by each of them (rule 4.7)."""

import json

import pytest

from tests.builders import COMPANY, OTHER_PERSON, company, node_id, person, user
from tests.graphql.api import api, put, put_person_time_off, rows_of

MANY = 30
"""So many names and e-mails, each in three spellings, in each of some columns of a table."""

ERASE = """
mutation Erase($input: ErasePersonInput!) {
  erasePerson(input: $input) { erased { texts } userErrors { code } }
}
"""


@pytest.mark.rule("4.7")
async def test_each_of_many_names_is_erased_and_its_row_counted_once(database_url):
    async with api(database_url) as ask:
        await put(
            ask,
            companies=[company()],
            people=[person(sourceId=OTHER_PERSON, firstName="Grace", lastName="Hopper")],
        )
        for number in range(MANY):
            name, email = f"Quetzal Vireo{number}", f"vireo{number}@example.com"
            await put(ask, users=[user(fullName=name, emailAddress=email)])
        named = f"for Quetzal Vireo0, vireo{MANY - 1}@example.com"
        await put_person_time_off(ask, personId=OTHER_PERSON, reason=named)
        worker = node_id("Worker", "U1")
        told = await ask(f'{{ personalData(workerId: "{worker}") }}')
        done = await ask(ERASE, input={"workerId": worker})

    elsewhere = told["data"]["personalData"]["namedElsewhere"]
    assert {"table": "person_time_offs", "rows": 1} in elsewhere
    assert done["data"]["erasePerson"] == {"erased": {"texts": 1}, "userErrors": []}
    left = json.dumps(await rows_of(database_url), default=str)
    assert ("ireo" in left, "for Erased 1, Erased 1" in left, COMPANY in left) == (
        False,
        True,
        True,
    )
