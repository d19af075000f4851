"""Who is free on a day: the days in the head of the calendar's grid open it."""

import pytest
from playwright.async_api import expect

from tests.web import differences
from tests.web.axe import violations
from tests.web.calendar_page import MARCH, cell, choose, overflow

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

EDDA = "Edda Roe"
DAY = "2026-03-11"
TITLE = "Wednesday, 11 March 2026"


@pytest.fixture(autouse=True)
def nothing_is_left(harbour):
    yield
    differences.clear(harbour)


def door(page, day):
    return page.get_by_role("button", name=f"Who is free on {day}", exact=True)


def group(page, name):
    return page.get_by_role("dialog").get_by_role("region", name=name, exact=True)


async def test_it_lists_whom_the_filter_leaves(page, harbour):
    differences.enter(harbour, EDDA, DAY, 8)
    await choose(page, "Role", "Engineer")
    await door(page, TITLE).click()

    window = page.get_by_role("dialog", name=TITLE)
    await expect(window).to_contain_text("3 workers")
    free = group(page, "Free (2)").get_by_role("listitem")
    await expect(free).to_have_text(["Dara Fenn Engineer8 h free", "Ida Vale Engineer8 h free"])
    await expect(group(page, "Off (1)").get_by_role("listitem")).to_have_text(f"{EDDA} Engineer")
    await expect(window.get_by_role("region")).to_have_count(2)


async def test_nobody_is_free_on_a_holiday_and_it_says_which(page):
    await page.get_by_role("searchbox", name="Name").fill("edda")
    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
    await door(page, "Wednesday, 4 March 2026").click()

    await expect(group(page, "Free (0)").get_by_role("listitem")).to_have_count(0)
    others = group(page, "No working day (1)").get_by_role("listitem")
    await expect(others).to_have_text(f"{EDDA} EngineerFounders' Day")


async def test_what_others_change_is_shown_at_once(page, harbour):
    await page.get_by_role("searchbox", name="Name").fill("edda")
    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
    await door(page, TITLE).click()
    await expect(group(page, "Free (1)")).to_be_visible()

    differences.enter(harbour, EDDA, DAY, 2)

    await expect(group(page, "Free for a part of the day (1)")).to_contain_text("6 h free")
    await expect(group(page, "Free (0)")).to_be_visible()


async def test_keys_go_through_the_days_and_open_one_and_somebody(page):
    """The days are one stop of the Tab key, which is the day that was left last."""
    await door(page, TITLE).focus()
    await page.keyboard.press("ArrowRight")
    await expect(door(page, "Thursday, 12 March 2026")).to_be_focused()
    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowLeft")
    await expect(door(page, "Sunday, 1 March 2026")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.locator('[role=grid] [tabindex="0"]')).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("End")
    await expect(door(page, "Tuesday, 31 March 2026")).to_be_in_viewport(ratio=1)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Tuesday, 31 March 2026")).to_be_visible()
    await page.get_by_role("dialog").get_by_role("button", name=EDDA).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name=EDDA)).to_contain_text("No time off is recorded")
    await page.keyboard.press("Escape")

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(door(page, "Tuesday, 31 March 2026")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (360, 740)], ids=["desktop", "phone"])
async def test_axe_finds_nothing(visit, harbour, needs_axe, size, scheme):
    differences.enter(harbour, EDDA, DAY, 2)
    page = await visit(harbour, MARCH, size=size, scheme=scheme)
    await cell(page, EDDA, DAY).wait_for()
    assert await violations(page) == []
    await door(page, TITLE).click()
    await expect(group(page, "Free for a part of the day (1)")).to_be_visible()

    assert await violations(page) == []
    assert await overflow(page) == 0
