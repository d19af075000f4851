"""What tests of events need besides a server."""

import pytest

from app.db.connections.database import Database
from app.main import build_services


@pytest.fixture
async def services(database_url):
    """The services over the test's database, beside the server's own."""
    database = Database(database_url)
    yield build_services(database)
    await database.close()
