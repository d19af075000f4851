"""A record that is put on another day in the grid: by the mouse, by keys, or not after all."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web import differences, entries, repeats
from tests.web.calendar_page import cell, field, go_to, in_full, press_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

DARA, EDDA = "Dara Fenn", "Edda Roe"
TUESDAY, THURSDAY = "2026-03-10", "2026-03-12"


@pytest.fixture(autouse=True)
def _nothing_is_left(harbour):
    yield
    differences.clear(harbour)


@pytest_asyncio.fixture(loop_scope="session")
async def page(visit, harbour):
    page = await visit(harbour, f"?view=month&day={TUESDAY}")
    await expect(cell(page, DARA, TUESDAY)).to_be_visible()
    return page


def bar(page):
    return page.get_by_role("status").filter(has_text="choose the other day")


async def begin(page, name, day):
    await cell(page, name, day).click(button="right")
    await page.get_by_role("menuitem", name="Move…").click()
    await expect(bar(page)).to_contain_text(f"{name}, {in_full(day)}")


async def test_by_keys_alone_and_back(page, harbour):
    entries.make(harbour, EDDA, TUESDAY, 6)
    await expect(cell(page, EDDA, TUESDAY)).to_have_text("6")
    await page.get_by_role("searchbox", name="Name").fill("edda")
    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
    await go_to(page, 10)
    await expect(cell(page, EDDA, TUESDAY)).to_be_focused()
    await page.keyboard.press("Shift+F10")
    await expect(page.get_by_role("menuitem", name="Edit…")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("menuitem", name="Move…")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(bar(page)).to_be_visible()
    await expect(cell(page, EDDA, TUESDAY)).to_be_focused()
    for day in ("2026-03-11", THURSDAY):
        await page.keyboard.press("ArrowRight")
        await expect(cell(page, EDDA, day)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(field(page, "Day")).to_have_value(THURSDAY)
    await expect(page.get_by_role("complementary")).to_contain_text("0 → 6 h off")
    save = page.get_by_role("dialog").get_by_role("button", name="Save")
    await press_until(page, "Tab", save)
    await page.keyboard.press("Enter")

    await expect(cell(page, EDDA, THURSDAY)).to_have_text("6")
    assert entries.hours(harbour, EDDA) == {THURSDAY: 6}
    await page.keyboard.press("Control+z")
    await expect(cell(page, EDDA, TUESDAY)).to_have_text("6")
    assert entries.hours(harbour, EDDA) == {TUESDAY: 6}


async def test_several_days_go_along_with_the_one_that_is_put_elsewhere(page, harbour):
    repeats.make(harbour, DARA, TUESDAY, endDay=THURSDAY)
    await expect(cell(page, DARA, THURSDAY)).to_have_text("8")
    await begin(page, DARA, "2026-03-11")
    await cell(page, EDDA, "2026-03-18").click()  # of somebody else: nothing is meant by it
    await cell(page, DARA, "2026-03-11").click()  # the same day
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("button", name="Next month").click()
    await expect(bar(page)).to_be_visible()
    await cell(page, DARA, "2026-04-08").click()

    await expect(page.get_by_role("dialog", name="Edit time off")).to_be_visible()
    await expect(field(page, "First day")).to_have_value("2026-04-07")
    await expect(field(page, "Last day")).to_have_value("2026-04-09")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(cell(page, DARA, "2026-04-09")).to_have_text("8")
    (record,) = repeats.records(harbour, DARA)
    assert (record["startDay"], record["endDay"]) == ("2026-04-07", "2026-04-09")


@pytest.mark.parametrize("way", ["Escape", "Cancel", "another menu", "a window"])
async def test_it_is_left_in_many_ways(page, harbour, way):
    entries.make(harbour, EDDA, TUESDAY, 6)
    await expect(cell(page, EDDA, TUESDAY)).to_have_text("6")
    await begin(page, EDDA, TUESDAY)
    await expect(page.locator("[data-moving]")).to_have_accessible_name(
        re.compile(in_full(TUESDAY))
    )
    match way:
        case "Escape":
            await page.keyboard.press("Escape")
        case "Cancel":
            await page.get_by_role("button", name="Cancel").click()
        case "another menu":
            await cell(page, DARA, TUESDAY).click(button="right")
        case _:
            await page.get_by_role("button", name="New time off").click()

    await expect(bar(page)).to_have_count(0)
    await expect(page.locator("[data-moving]")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.locator("[role=menu], [role=dialog], dialog")).to_have_count(0)
    await cell(page, EDDA, THURSDAY).click()
    await expect(page.get_by_role("dialog", name=EDDA)).to_be_visible()
    assert entries.hours(harbour, EDDA) == {TUESDAY: 6}
