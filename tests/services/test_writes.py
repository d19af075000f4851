"""The one way in which writes with a key run: what is refused leaves nothing, whoever notices."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from app.db.connections.database import Database
from app.db.reading.lists_of_nouns import COMPANIES
from app.db.writing.objects import add_objects
from app.domain.directory import Company
from app.domain.errors import InvalidValue, NotFound, Refusals, Refused
from app.services.caller import LOCAL
from app.services.idempotency import KeyedRequest
from app.services.writes import run_write
from tests.builders import COMPANY


@dataclass
class Service:
    database: Database

    def clock(self):
        return datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
async def service(database_url):
    database = Database(database_url)
    yield Service(database)
    await database.close()


async def add_company(write):
    await add_objects(write.connection, [Company(COMPANY, write.asked)])
    return Company(COMPANY, write.asked)


async def companies(service):
    async with service.database.reading() as connection:
        return list(await COMPANIES.find_many(connection, None, [COMPANY]))


@pytest.mark.rule("5.1")
async def test_a_key_that_comes_again_is_answered_without_doing_it_again(service):
    request = KeyedRequest(LOCAL, "addCompany", "key", "Ours")

    first = await run_write(service, request, Company, add_company)
    second = await run_write(service, request, Company, add_company)

    assert first == second == Company(COMPANY, "Ours")


async def test_what_was_wrong_with_the_input_takes_back_even_what_was_done(service):
    refusals = Refusals()
    refusals.add(NotFound("a user", ("items", 0)))
    request = KeyedRequest(LOCAL, "addCompany", "key", "Ours", refusals=refusals)

    with pytest.raises(Refused):
        await run_write(service, request, Company, add_company)

    assert await companies(service) == []


async def test_a_dry_run_answers_and_stores_nothing(service):
    request = KeyedRequest(LOCAL, "addCompany", "key", "Ours", dry_run=True)

    assert await run_write(service, request, Company, add_company) == Company(COMPANY, "Ours")
    assert await companies(service) == []


@pytest.mark.rule("5.1")
def test_a_bad_key_is_raised_or_told_with_everything_else():
    with pytest.raises(InvalidValue):
        KeyedRequest(LOCAL, "addCompany", "", "Ours")

    refusals = Refusals()
    KeyedRequest(LOCAL, "addCompany", "x" * 256, "Ours", refusals=refusals)
    assert [error.path for error in refusals.errors] == [("idempotency_key",)]
