"""The vendors' endpoints over each database."""

import asyncio

import pytest

from tests.graphql.api import rows_of
from tests.rest.faces import put_everyone, running


def _everyone(database_url):
    async def fill():
        async with running(database_url) as gateway:
            await put_everyone(gateway)

    asyncio.run(fill())


@pytest.fixture
def beginnings():
    return {"gateway": _everyone}


@pytest.fixture
async def gateway(database_url):
    """The application, with two users and two people."""
    async with running(database_url) as gateway:
        yield gateway


@pytest.fixture
def stored(database_url):
    """Reads everything that the database holds, to say that nothing of it has changed."""
    return lambda: rows_of(database_url)
