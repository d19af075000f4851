"""The menu of a cell of the calendar: by the right button, by keys, and by a long press."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web import entries, repeats
from tests.web.axe import violations
from tests.web.calendar_page import box_of, cell, field, go_to, in_full, overflow

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

EDDA, DAY = "Edda Roe", "2026-03-10"
FREE = re.compile("free, 8 h")


@pytest.fixture(autouse=True)
def entry(harbour):
    """Six hours off on a Tuesday; whatever there is of its worker is gone after the test."""
    yield entries.make(harbour, EDDA, DAY, 6)
    for each in repeats.records(harbour, EDDA):
        repeats.delete(harbour, each["id"])
    if left := entries.entries(harbour, EDDA):
        entries.delete(harbour, *(each["id"] for each in left))


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(visit, harbour):
    async def open_page(**options):
        page = await visit(harbour, f"?view=month&day={DAY}&name=edda", **options)
        await expect(cell(page, EDDA, DAY)).to_have_text("6")
        return page

    return open_page


def menu(page):
    return page.get_by_role("menu", name=f"{EDDA}, {in_full(DAY)}")


async def choose(page, name):
    await page.get_by_role("menuitem", name=name).click()


async def test_the_right_button_leads_to_the_form_of_the_one_record(open_page, harbour):
    page = await open_page()
    await cell(page, EDDA, DAY).click(button="right")
    await expect(menu(page).get_by_role("menuitem")).to_have_text(
        ["Edit…", "Move…", "Copy…", "Delete…", "New time off…", "Show the day"]
    )
    await choose(page, "Edit…")
    await expect(page.get_by_role("dialog", name="Edit time off")).to_be_visible()
    await expect(menu(page)).to_have_count(0)
    await field(page, "Hours").fill("4")
    await page.get_by_role("button", name="Save").click()

    await expect(cell(page, EDDA, DAY)).to_have_text("4")
    await expect(cell(page, EDDA, DAY)).to_be_focused()


async def test_it_copies_the_one_record_to_another_day(open_page):
    page = await open_page()
    await cell(page, EDDA, DAY).click(button="right")
    await choose(page, "Copy…")

    await expect(page.get_by_role("dialog", name="Copy time off")).to_be_visible()
    await expect(field(page, "Hours")).to_have_value("6")
    await expect(field(page, "First day")).to_have_value(DAY)


@pytest.mark.parametrize("keys", ["Shift+F10", "ContextMenu"])
async def test_keys_alone_delete_a_record_and_undo_it(open_page, harbour, keys):
    page = await open_page()
    await go_to(page, 10)
    await page.keyboard.press(keys)
    items = menu(page).get_by_role("menuitem")
    await expect(items.nth(0)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(items.nth(5)).to_be_focused()
    for _ in range(4):
        await page.keyboard.press("ArrowDown")
    await expect(items.nth(3)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Delete time off")).to_be_visible()
    await page.get_by_role("button", name="Delete", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(cell(page, EDDA, DAY)).to_have_accessible_name(FREE)
    assert entries.entries(harbour, EDDA) == []
    await page.keyboard.press("Control+z")

    await expect(cell(page, EDDA, DAY)).to_have_text("6")
    assert entries.hours(harbour, EDDA) == {DAY: 6}


@pytest.mark.parametrize("key", ["Escape", "Tab"])
async def test_the_menu_goes_by_a_key_and_the_focus_is_back_at_the_cell(open_page, key):
    page = await open_page()
    await go_to(page, 10)
    await page.keyboard.press("Shift+F10")
    await expect(menu(page)).to_be_visible()
    await page.keyboard.press(key)

    await expect(menu(page)).to_have_count(0)
    await expect(cell(page, EDDA, DAY)).to_be_focused()


async def test_the_menu_goes_when_one_clicks_elsewhere(open_page):
    page = await open_page()
    await cell(page, EDDA, DAY).click(button="right")
    await expect(menu(page)).to_be_visible()
    await page.get_by_role("heading", level=1).click()

    await expect(menu(page)).to_have_count(0)


async def test_of_an_occurrence_the_form_is_about_that_one(open_page, harbour):
    repeats.make(harbour, EDDA, "2026-03-11", "2026-03-25")
    page = await open_page()
    await expect(cell(page, EDDA, "2026-03-18")).to_have_text("8")
    await cell(page, EDDA, "2026-03-18").click(button="right")
    await choose(page, "Delete…")

    await expect(page.get_by_role("radio", name="This one Wed 18 March")).to_be_checked()


async def test_several_records_are_chosen_among_in_the_day(open_page, harbour):
    page = await open_page()
    repeats.make(harbour, EDDA, DAY)
    await expect(cell(page, EDDA, DAY)).to_have_text("8")
    await cell(page, EDDA, DAY).click(button="right")
    await choose(page, "Edit…")

    await expect(page.get_by_role("dialog", name=EDDA).get_by_role("article")).to_have_count(2)


async def test_an_empty_day_has_nothing_to_edit(open_page):
    page = await open_page()
    await cell(page, EDDA, "2026-03-12").click(button="right")
    await expect(page.get_by_role("menuitem")).to_have_text(["New time off…", "Show the day"])
    await choose(page, "New time off…")

    await expect(page.get_by_role("dialog", name="New time off")).to_be_visible()
    await expect(field(page, "First day")).to_have_value("2026-03-12")


async def test_a_long_press_opens_it_on_a_phone(open_page, harbour):
    page = await open_page(size=(390, 800), has_touch=True, is_mobile=True)
    box = await box_of(cell(page, EDDA, DAY))
    finger = await page.context.new_cdp_session(page)
    at = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}]

    async def touch(kind, points):
        await finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    await touch("touchStart", at)
    await expect(menu(page)).to_be_visible()
    await touch("touchEnd", [])
    await expect(menu(page)).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("menuitem", name="Edit…").tap()
    await expect(page.get_by_role("dialog", name="Edit time off")).to_be_visible()
    await page.keyboard.press("Escape")

    # A short one opens the day, as before.
    await cell(page, EDDA, DAY).tap()
    await expect(page.get_by_role("dialog", name=EDDA)).to_be_visible()
    assert await overflow(page) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["wide", "narrow"])
async def test_axe_finds_nothing(open_page, scheme, size, needs_axe):
    page = await open_page(size=size, scheme=scheme)
    await cell(page, EDDA, DAY).click(button="right")
    await expect(menu(page)).to_be_in_viewport(ratio=1)

    assert await violations(page) == []
    assert await overflow(page) == 0
