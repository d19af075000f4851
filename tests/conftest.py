"""What all tests share: the two databases, the options, and the tools some need."""

import importlib.util
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from sqlalchemy.engine import URL, make_url

from app import faults
from tests.databases import KINDS, Databases, PostgresDatabases, SqliteDatabases, Templates
from tests.in_memory import new_folder
from tests.postgres import PostgresServer, own_server

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first is the same browser without windows: a page costs half, an empty one a quarter."""

# httpx asks for it at each request in process, and a search that fails is not remembered.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]

Beginnings = dict[str, Callable[[str], Any]]

POSTGRES = pytest.StashKey[PostgresServer]()

# Time is measured elsewhere: a busy machine is no reason for an example to fail.
hypothesis.settings.register_profile("usual", deadline=None, print_blob=True)
hypothesis.settings.register_profile("long", deadline=None, print_blob=True, max_examples=5000)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("timeoff-gateway")
    group.addoption("--long", action="store_true", help="also run the long fuzz and load tests")
    group.addoption(
        "--database",
        choices=(*KINDS, "both"),
        default="both",
        help="run the tests that need a database on this one only (default: both)",
    )
    group.addoption(
        "--only-postgresql",
        metavar="PATH",
        action="append",
        default=[],
        help="of the tests below this path only run those on PostgreSQL: the others run elsewhere",
    )


class DeviationsOfOurOwn(logging.Handler):
    """Keeps what is told of faults in compiled operations: the answers are right all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        logging.getLogger("graphql_schema.deviations").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())


DEVIATIONS = DeviationsOfOurOwn()


@pytest.fixture(autouse=True)
def no_deviation_of_our_own() -> Iterator[list[str]]:
    """Fails the test in which a compiled operation is left for a fault of ours.

    A test that makes such a fault on purpose asks for this list, and clears it.
    """
    yield DEVIATIONS.told
    told = "\n".join(DEVIATIONS.told)
    DEVIATIONS.told.clear()
    # Each shows its frames: later ones would only refer to the first.
    faults._COUNTS.clear()  # noqa: SLF001
    assert not told, told


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile("long" if config.getoption("long") else "usual")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run whatever needs a database once on each kind."""
    if "database_kind" not in metafunc.fixturenames:
        return
    wanted = metafunc.config.getoption("database")
    only_on = metafunc.definition.get_closest_marker("only_on")
    kinds = [kind for kind in (only_on.args if only_on else KINDS) if wanted in {kind, "both"}]
    metafunc.parametrize("database_kind", kinds, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    elsewhere = {item for item in items if _runs_elsewhere(item)}
    config.hook.pytest_deselected(items=list(elsewhere))
    items[:] = [item for item in items if item not in elsewhere]
    if config.getoption("long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="runs with --long only"))
        if item.get_closest_marker("installs") and not IN_CI:
            item.add_marker(pytest.mark.skip(reason="runs in CI and with --long only"))


def _runs_elsewhere(item: pytest.Item) -> bool:
    paths = [item.config.rootpath / each for each in item.config.getoption("only_postgresql")]
    if not any(item.path.is_relative_to(path) for path in paths):
        return False
    columns = getattr(item, "callspec", None)
    return columns is None or columns.params.get("database_kind") != "postgresql"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures that tests have noted: how much was compared, and how."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine has no tool for; in CI that is a failure."""
    for marker, names in {"node": ("node",), "browser": CHROMIUM_NAMES}.items():
        if item.get_closest_marker(marker) and not any(shutil.which(name) for name in names):
            missing = f"{names[0]} was not found; scripts/test installs it as root on Debian"
            (pytest.fail if IN_CI else pytest.skip)(missing)


# One PostgreSQL for the whole run. With pytest-xdist the controller starts it and tells
# its workers the address; without, it starts when the first test asks.


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    if own_server() is None and node.config.getoption("database") != "sqlite":
        url = _server_of(node.config).url
        node.workerinput["postgres_url"] = url.render_as_string(hide_password=False)


def pytest_unconfigure(config: pytest.Config) -> None:
    if POSTGRES in config.stash:
        config.stash[POSTGRES].stop()


def _server_of(config: pytest.Config) -> PostgresServer:
    if POSTGRES not in config.stash:
        config.stash[POSTGRES] = PostgresServer(in_memory=True)
    return config.stash[POSTGRES]


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> URL:
    """The maintenance database of the run's PostgreSQL, as its superuser."""
    named = own_server()
    if named is not None:
        return named
    if hasattr(pytestconfig, "workerinput"):
        return make_url(pytestconfig.workerinput["postgres_url"])
    return _server_of(pytestconfig).url


@pytest.fixture(scope="session")
def databases(database_kind: str, request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Makes databases of the kind that the test runs on, for a test that needs several."""
    made: Databases
    if database_kind == "sqlite":
        made = SqliteDatabases(new_folder())
    else:
        made = PostgresDatabases(request.getfixturevalue("postgres_url"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def templates(databases: Databases) -> Iterator[Templates]:
    """Databases that are filled once, of which each test changes its own copy."""
    templates = Templates(databases)
    yield templates
    templates.close()


@pytest.fixture
def beginnings() -> Beginnings:
    """By the name of a fixture, what stores the rows with which the tests that ask for it begin.

    For a folder or a module to say; what all begin with is stored once and copied.
    """
    return {}


@pytest.fixture
def database_url(
    databases: Databases,
    templates: Templates,
    beginnings: Beginnings,
    request: pytest.FixtureRequest,
) -> Iterator[str]:
    """A migrated database for one test, with no rows unless it says how it begins.

    Once on each kind.
    """
    fills = [fill for name, fill in beginnings.items() if name in request.fixturenames]
    url = databases.create(like=templates.filled(fills[0])[0] if fills else None)
    yield url
    databases.drop(url)


@pytest.fixture(scope="module")
def module_database_url(databases: Databases) -> Iterator[str]:
    """As database_url, but one for all tests of a module: for tests that only read."""
    url = databases.create()
    yield url
    databases.drop(url)
