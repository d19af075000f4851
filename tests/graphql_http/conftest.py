"""What the gate's tests share. What they refuse never reaches a database: SQLite is enough."""

from functools import partial

import pytest

from tests.graphql_http.clients import over_http, served

# Loaded by schemathesis, which is in an environment of its own.
collect_ignore = ["schemathesis_knowing.py", "schemathesis_scalars.py"]


@pytest.fixture
def gateway(database_url):
    """Runs the application in process: `async with gateway(limit_depth=4) as http:`."""
    return partial(over_http, database_url)


@pytest.fixture
def serving(database_url):
    """Runs it as a server, for sockets: `with serving(limit_depth=4) as url:`."""
    return partial(served, database_url)


@pytest.fixture
async def http(gateway):
    """The application as it is when nothing is set."""
    async with gateway() as http:
        yield http
