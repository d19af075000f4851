"""A gateway with the demo data, GraphiQL's example operations, and the calendar in a browser."""

import os

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from app.web import calendar
from tests import warm
from tests.server import clean_environment, serving
from tests.web.axe import needs_axe
from tests.web.calendar_company import EVERYBODY, fill
from tests.web.calendar_page import LOCALE, MARCH
from tests.web.chromium import Complaints, launch, listen
from tests.web.examples import read_examples

__all__ = ["needs_axe"]  # a fixture


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
    warm.run("migrate", "--database-url", database_url, env=clean_environment(), check=True)
    with serving(database_url, "--demo") as server:
        yield server.url


@pytest.fixture
def calendar_bundle():
    """Run a test only if the calendar is built, which scripts/test sees to."""
    if calendar.BUNDLE.find_manifest() is None:
        missing = "The calendar is not built: app/web/calendar/build does that, with Node.js"
        in_ci = os.environ.get("CI", "").lower() in {"1", "true"}
        (pytest.fail if in_ci else pytest.skip)(missing)


@pytest.fixture(scope="module")
def database_file(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('harbour') / 'timeoff.db'}"
    warm.run("migrate", "--database-url", url, env=clean_environment(), check=True)
    return url


@pytest.fixture(scope="module")
def harbour(database_file):
    """The address of a gateway with the company of these tests."""
    with serving(database_file, "--no-demo") as server:
        fill(server.url)
        yield server.url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium():
    """One Chromium for all tests of a process, whose event loop they share."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium):
    """Nothing of a test is left for the next: each makes contexts, which are closed after it."""
    yield chromium
    for context in chromium.contexts:
        await context.close()


@pytest.fixture
def complaints():
    """What went wrong in the pages of a test; at its end there must be nothing."""
    complaints = Complaints()
    yield complaints
    assert complaints == []


@pytest.fixture
def visit(browser, complaints):
    """Open the calendar of a gateway in a browser of its own."""

    async def visit(gateway, address=MARCH, size=(1440, 900), scheme="light", **options):
        context = await browser.new_context(
            color_scheme=scheme,
            viewport={"width": size[0], "height": size[1]},
            **{"locale": LOCALE, **options},
        )
        listen(context, gateway, complaints)
        page = await context.new_page()
        await page.goto(f"{gateway}/calendar{address}")
        return page

    return visit


@pytest_asyncio.fixture(loop_scope="session")
async def page(visit, harbour):
    page = await visit(harbour)
    await expect(page.get_by_text(f"{EVERYBODY} workers", exact=True)).to_be_visible()
    return page
