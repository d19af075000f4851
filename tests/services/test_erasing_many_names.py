"""Somebody is found by each of many names, also by one that is new (rule 4.7)."""

import json
from collections.abc import Awaitable
from contextlib import asynccontextmanager

import pytest

from app.clock import now
from app.db.connections.database import Database
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.personal_data.service import PersonalDataService
from tests.builders import (
    COMPANY,
    OTHER_PERSON,
    TUESDAY,
    company,
    entry,
    node_id,
    person,
    reference,
    user,
)
from tests.graphql.api import api, put, put_entries, put_person_time_off, rows_of

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


class Busy(Database):
    """In which somebody else does something just before the first transaction that writes."""

    first: Awaitable[object] | None = None
    opened: tuple[str, ...] = ()

    @asynccontextmanager
    async def reading(self):
        self.opened += ("reading",)
        async with super().reading() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, *, dry_run=False):
        self.opened += ("writing",)
        if self.first is not None:
            first, self.first = self.first, None
            await first
        async with super().writing(dry_run=dry_run) as connection:
            yield connection


@pytest.mark.rule("4.7")
async def test_a_name_that_is_new_meanwhile_is_looked_for_without_the_lock(database_url):
    database = Busy(database_url)
    service = PersonalDataService(database, now, AccessEvents(database, now))
    async with api(database_url) as ask:
        await put(ask, companies=[company()], users=[user(fullName="Quetzal Vireo")])
        await put(ask, people=[person(firstName="Quetzal", lastName="Canary")])
        database.first = put(ask, users=[user(fullName="Quetzal Canary")])
        done = await service.erase(LOCAL, node_id("Worker", "U1"))
        await database.close()
        left = json.dumps((await rows_of(database_url))["changes"], default=str)

    assert done.was.full_name == "Quetzal Canary"
    assert database.opened[:5] == ("reading", "writing", "reading", "writing", "reading")
    assert "Vireo" not in left


@pytest.mark.rule("4.7")
async def test_a_message_that_is_told_meanwhile_leaves_the_feed_too(database_url):
    database = Busy(database_url)
    service = PersonalDataService(database, now, AccessEvents(database, now))
    message = reference(externalMessage="appendix")
    async with api(database_url) as ask:
        await put(ask, companies=[company()], users=[user()])
        await put_entries(ask, entry(externalReference=message))
        later = message | {"serviceModelRef": "8"}
        database.first = put_entries(ask, entry(requestedDate=TUESDAY, externalReference=later))
        done = await service.erase(LOCAL, node_id("Worker", "U1"))
        await database.close()
        left = json.dumps(await rows_of(database_url), default=str)

    assert (done.erased.messages, "appendix" in left) == (2, False)
