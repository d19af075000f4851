"""A company with two workers, and all that a caller may or may not do there."""

import pytest

from app.db.connections.database import Database
from app.main import build_services
from tests.access.two_workers import two_workers
from tests.graphql.api import api


@pytest.fixture
def whose(templates):
    """Two workers in the test's database: each has an entry, a record and a feed; by user id."""
    return templates.filled(two_workers)[1]


@pytest.fixture
def beginnings():
    return {"whose": two_workers}


@pytest.fixture
async def ask(database_url):
    async with api(database_url) as ask:
        yield ask


@pytest.fixture
async def services(database_url):
    database = Database(database_url)
    yield build_services(database)
    await database.close()
