"""A gateway that clients of others talk to, and the packages they are in."""

import os
import sqlite3
from contextlib import closing, contextmanager

import pytest

from tests import warm
from tests.clients.company import fill
from tests.clients.tools import NODE_MODULES
from tests.server import clean_environment, serving

# The first imports what is generated for it, the other a library of the clients' environment.
collect_ignore = ["ariadne/client.py", "receiver.py"]

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


@pytest.fixture(scope="session")
def npm_packages():
    """Run a test only if the clients' packages are there, which scripts/test sees to."""
    if not NODE_MODULES.is_dir():
        (pytest.fail if IN_CI else pytest.skip)("scripts/test installs the clients; it was not run")


@pytest.fixture(scope="session")
def schema():
    """The schema, as the code makes it."""
    words = ("export-schema", "--output", "-")
    return warm.run(*words, env=clean_environment(), check=True).stdout


@pytest.fixture(scope="session")
def company_database(tmp_path_factory):
    """A database file with a company, its users, and the entries of one of them."""
    path = tmp_path_factory.mktemp("company") / "timeoff.db"
    url = f"sqlite:///{path}"
    warm.run("migrate", "--database-url", url, env=clean_environment(), check=True)
    with serving(url, "--no-demo") as server:
        fill(f"{server.url}/graphql")
    return path


@pytest.fixture(scope="module")
def guarded_endpoint(company_database, tmp_path_factory):
    """The address of GraphQL where everybody needs a token, and a token called ``clients``."""
    path = tmp_path_factory.mktemp("guarded") / "timeoff.db"
    with (
        closing(sqlite3.connect(company_database)) as source,
        closing(sqlite3.connect(path)) as copy,
    ):
        source.backup(copy)
    url = f"sqlite:///{path}"
    words = ("token", "create", "clients", "--role", "viewer", "--database-url", url)
    made = warm.run(*words, env=clean_environment(), check=True)
    with serving(url, "--no-demo") as server:
        yield f"{server.url}/graphql", made.stdout.strip()


@pytest.fixture(scope="session")
def serving_the_company(company_database, tmp_path_factory):
    """Serve a copy of the company's database; the block gets the address of GraphQL."""

    @contextmanager
    def serve(**settings):
        path = tmp_path_factory.mktemp("copy") / "timeoff.db"
        with (
            closing(sqlite3.connect(company_database)) as source,
            closing(sqlite3.connect(path)) as copy,
        ):
            source.backup(copy)
        with serving(f"sqlite:///{path}", "--no-demo", environment=settings) as server:
            yield f"{server.url}/graphql"

    return serve


@pytest.fixture(scope="module", params=["development", "production"])
def endpoint(request, serving_the_company):
    """The address of GraphQL, in both modes."""
    with serving_the_company(TIMEOFF_MODE=request.param, TIMEOFF_AUTH="off") as url:
        yield url


@pytest.fixture(scope="module")
def development_endpoint(serving_the_company):
    with serving_the_company(TIMEOFF_MODE="development") as url:
        yield url


@pytest.fixture(scope="module")
def production_endpoint(serving_the_company):
    with serving_the_company(TIMEOFF_MODE="production", TIMEOFF_AUTH="off") as url:
        yield url
