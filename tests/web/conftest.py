"""A gateway with the demo data, and GraphiQL's example operations."""

import subprocess

import pytest

from tests.server import TIMEOFF, clean_environment, serving
from tests.web.examples import read_examples


def pytest_generate_tests(metafunc):
    if "example" in metafunc.fixturenames:
        metafunc.parametrize("example", read_examples(), ids=lambda example: example.name)


@pytest.fixture(scope="session")
def examples():
    return read_examples()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """The address of a `timeoff serve` whose database has just got the demo data."""
    database_url = f"sqlite:///{tmp_path_factory.mktemp('gateway') / 'timeoff.db'}"
    subprocess.run(
        [TIMEOFF, "migrate", "--database-url", database_url],
        env=clean_environment(),
        check=True,
        capture_output=True,
    )
    with serving(database_url, "--demo") as server:
        yield server.url
