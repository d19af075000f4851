"""Several real servers over one database, for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.process.client import Gateway
from tests.server import Server, serving


@pytest.fixture(scope="module")
def servers(module_database_url: str) -> Iterator[list[Server]]:
    """Three server processes over one database: one on its own, and one with two workers."""
    with (
        serving(module_database_url) as one,
        serving(module_database_url, "--workers", "2") as two,
    ):
        yield [one, two]


@pytest.fixture
async def gateway(servers, module_database_url):
    """The servers, asked in turn."""
    async with Gateway(module_database_url, servers) as connected:
        yield connected
