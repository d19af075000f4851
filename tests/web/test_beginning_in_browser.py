"""What the calendar says of an empty gateway and of demo data, and what the demo has to show."""

import re
from datetime import UTC, datetime

import pytest
from playwright.async_api import expect

from app.services.sample_data.demo_directory import BUILDERS, STUDIO
from app.web import calendar
from tests import warm
from tests.server import clean_environment, serving
from tests.web.axe import violations
from tests.web.calendar_page import overflow

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """The address of a gateway in which there is nothing."""
    url = f"sqlite:///{tmp_path_factory.mktemp('empty') / 'timeoff.db'}"
    warm.run("migrate", "--database-url", url, env=clean_environment(), check=True)
    with serving(url, "--no-demo") as server:
        yield server.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "size", [(1280, 800), (360, 640), (740, 360)], ids=["wide", "narrow", "low"]
)
async def test_an_empty_gateway_says_how_to_begin(visit, empty, size, scheme, needs_axe):
    page = await visit(empty, "", size=size, scheme=scheme)

    await expect(page.get_by_role("heading", name="Nobody is known yet")).to_be_visible()
    for told in ("timeoff import FOLDER", "upsertPeople", "timeoff seed"):
        way = page.get_by_text(told, exact=True).first
        await way.scroll_into_view_if_needed()
        await expect(way).to_be_in_viewport()
    await expect(page.get_by_role("complementary", name="Demo data")).to_have_count(0)
    assert await overflow(page) <= 0
    assert await violations(page) == []


@pytest.mark.parametrize("link", ["What the files look like", "How programs write"])
async def test_the_ways_to_begin_lead_to_their_guides(visit, empty, link):
    page = await visit(empty, "")

    await page.get_by_role("link", name=link).click()

    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/docs/" in page.url


@pytest.mark.parametrize("section", ["people", "companies"])
async def test_an_empty_directory_says_how_to_begin(visit, empty, section, needs_axe):
    page = await visit(empty, "")
    await page.goto(f"{empty}/directory?section={section}")

    await expect(page.get_by_role("heading", name="Nobody is known yet")).to_be_visible()
    await expect(page.get_by_text("upsertPeople", exact=True)).to_be_visible()
    assert await violations(page) == []
    if section == "people":
        await page.get_by_label("Known to").select_option("Only Procore")
        await expect(page.get_by_text("Nothing here fits what you chose.")).to_be_visible()


async def test_without_a_company_a_feed_says_what_it_waits_for(visit, empty):
    page = await visit(empty, "")

    await page.get_by_role("button", name="Subscribe").click()

    window = page.get_by_role("dialog")
    await expect(window).to_contain_text("A feed is of a company, and none is known yet")
    await expect(window.get_by_role("button", name="Make the link")).to_be_disabled()


async def test_demo_data_is_said_to_be_and_how_to_leave_it(visit, gateway):
    page = await visit(gateway, "")
    banner = page.get_by_role("complementary", name="Demo data")
    await expect(banner).to_contain_text("This is demo data")

    await banner.get_by_role("link", name="Begin with your own").click()
    heading = page.get_by_role("heading", name="From the demo data to your own")
    await expect(heading).to_be_in_viewport()
    await page.go_back()

    await banner.get_by_role("button", name="Hide").click()
    await expect(banner).to_have_count(0)
    await page.reload()
    await page.locator(".grid[aria-busy=false]").wait_for()
    await expect(banner).to_have_count(0)
    another = await visit(gateway, "")
    await expect(another.get_by_role("complementary", name="Demo data")).to_be_visible()


async def test_other_data_is_not_said_to_be_the_demos(visit, harbour):
    page = await visit(harbour)
    await page.locator(".grid[aria-busy=false]").wait_for()
    await expect(page.get_by_role("button", name="Role: All roles")).to_be_visible()

    await expect(page.get_by_role("complementary", name="Demo data")).to_have_count(0)


async def test_the_page_knows_the_companies_of_the_demo():
    source = (calendar.BUNDLE.folder.parent / "src" / "demo.tsx").read_text("utf-8")

    assert re.findall(r'"([0-9a-f-]{36})"', source) == [BUILDERS, STUDIO]


async def test_the_current_month_of_the_demo_has_some_of_everything(visit, gateway):
    # The demo lies around the day of UTC on which it was loaded.
    today = datetime.now(UTC).date()
    page = await visit(gateway, f"?view=month&day={today}", size=(1280, 2400))
    await page.locator(".grid[aria-busy=false]").wait_for()
    cells = page.get_by_role("gridcell")

    for words, least in (
        ("off, paid", 20),
        ("off, unpaid", 5),
        ("off, unknown", 15),
        ("off, conflict", 3),
        ("only in Kantata OX", 5),
        ("only in Procore", 5),
        ("the systems differ", 3),
        ("holiday, Company day", 30),
        ("h free", 10),
    ):
        assert (
            await cells.filter(visible=True).and_(page.get_by_role("gridcell", name=words)).count()
            >= least
        ), words
    await expect(
        page.get_by_role("columnheader", name=re.compile("^Company day, "))
    ).to_be_visible()
    assert await page.locator(".goes-on").count() > 20
    assert await page.locator('[class*=" between-"]').count() >= 2
