"""What is done with the mouse elsewhere, with nothing but keys and what is typed."""

import re

import pytest
from playwright.async_api import expect

from tests.web import differences, repeats
from tests.web.calendar_company import HARBOUR
from tests.web.calendar_page import cell, field, go_to, press_until
from tests.web.repeats import days

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

CY, DARA = "Cy Moss", "Dara Fenn"
FRIDAYS = ["2026-03-13", "2026-03-20", "2026-03-27"]
WEDNESDAYS = ["2026-03-11", "2026-03-18", "2026-03-25", "2026-04-01"]


@pytest.fixture(autouse=True)
def _nothing_is_left(harbour):
    yield
    differences.clear(harbour)
    for each in repeats.records(harbour, CY):
        repeats.delete(harbour, each["id"])


def button(page, name):
    return page.get_by_role("dialog").get_by_role("button", name=name, exact=True)


async def go_into(page, name):
    """Leave by Tab for a button of the window, and press it."""
    await press_until(page, "Tab", button(page, name))
    await page.keyboard.press("Enter")


async def foreseen(page, text):
    await expect(page.get_by_role("complementary")).to_contain_text(text)
    await page.locator("aside[aria-busy=false]").wait_for()


async def test_several_differences_are_settled_to_the_end(visit, harbour):
    for day in FRIDAYS:
        differences.enter(harbour, DARA, day, 4)
    page = await visit(harbour, "?view=month&day=2026-03-10&name=dara")
    door = page.get_by_role("button", name="Differences 3")
    await press_until(page, "Tab", door)
    await page.keyboard.press("Enter")
    first = page.get_by_role("row").filter(has_text="Fri 13 March")
    await press_until(page, "Tab", first)
    await page.keyboard.press("Space")
    await page.keyboard.press("Shift+ArrowDown")
    await page.keyboard.press("Shift+ArrowDown")
    await press_until(page, "Shift+Tab", page.get_by_role("button", name="Settle 3 …"))
    await page.keyboard.press("Enter")

    procore = page.get_by_role("radio", name=re.compile("^Take Procore"))
    kantata = page.get_by_role("radio", name=re.compile("^Take Kantata"))
    await press_until(page, "Tab", procore)
    await page.keyboard.press("ArrowDown")
    await expect(kantata).to_be_checked()
    await foreseen(page, "3 of 3 differences can be settled so.")
    await press_until(page, "Tab", field(page, "Reason"))
    await page.keyboard.press("Control+a")
    await page.keyboard.type("choir")
    await foreseen(page, "3 of 3 differences can be settled so.")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog").get_by_role("status")).to_have_text("3 settled.")
    await expect(button(page, "Close").last).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="No differences")).to_be_visible()
    await expect(page.get_by_role("button", name="Differences 0")).to_be_focused()
    assert [*differences.spans(harbour, DARA)] == FRIDAYS
    assert {each["reason"] for each in repeats.records(harbour, DARA)} == {"choir"}


async def test_a_repeat_is_changed_from_a_day_on_and_that_day_is_copied(visit, harbour):
    repeats.make(harbour, CY, WEDNESDAYS[0], WEDNESDAYS[-1])
    page = await visit(harbour, "?view=month&day=2026-03-10&name=cy")
    await cell(page, CY, WEDNESDAYS[1]).wait_for()
    await go_to(page, 18)
    await page.keyboard.press("Enter")
    await go_into(page, "Edit…")
    one = page.get_by_role("radio", name=re.compile("^This one"))
    await press_until(page, "Tab", one)
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("radio", name="This and following")).to_be_checked()
    await press_until(page, "Tab", field(page, "Reason"))
    await page.keyboard.press("Control+a")
    await page.keyboard.type("rowing")
    await foreseen(page, "It ends on Wed 11 March.")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(cell(page, CY, WEDNESDAYS[1])).to_be_focused()
    before, after = repeats.records(harbour, CY)
    assert (before["reason"], [*days(before)]) == ("training", WEDNESDAYS[:1])
    assert (after["reason"], [*days(after)]) == ("rowing", WEDNESDAYS[1:])

    await page.keyboard.press("Enter")
    await go_into(page, "Copy…")
    await expect(page.get_by_role("dialog", name="Copy time off")).to_be_visible()
    await press_until(page, "Tab", field(page, "First day"))
    # The same to browsers that want the month first, and to those that want the day first.
    await page.keyboard.type("03032026")
    await expect(field(page, "Last day")).to_have_value("2026-03-03")
    await go_into(page, "Create")

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(cell(page, CY, "2026-03-03")).to_have_accessible_name(re.compile("8 h off"))
    await expect(cell(page, CY, WEDNESDAYS[1])).to_be_focused()
    copied, *_ = repeats.records(harbour, CY)
    assert (copied["startDay"], copied["reason"]) == ("2026-03-03", "rowing")


async def test_holidays_and_workweeks_are_kept(visit, harbour):
    page = await visit(harbour)
    await page.goto(f"{harbour}/directory?section=holidays&year=2026&company={HARBOUR}")
    said = page.locator(".directory > .said")
    await press_until(page, "Tab", page.get_by_role("button", name="New holiday"))
    await page.keyboard.press("Enter")
    for label, text in (
        ("Id in Kantata OX", "9079"),
        ("Holiday", "Rowing Day"),
        ("First day", "05052026"),
    ):
        await press_until(page, "Tab", field(page, label))
        await page.keyboard.type(text)
    await page.keyboard.press("Enter")
    await expect(said).to_have_text("Rowing Day is saved.")
    await expect(page.get_by_role("button", name="New holiday")).to_be_focused()
    await press_until(page, "Tab", page.get_by_role("button", name="Delete Rowing Day"))
    await page.keyboard.press("Enter")
    await go_into(page, "Delete")
    await expect(said).to_have_text("Rowing Day is deleted.")
    # The row has gone, and the next one has the focus.
    await expect(
        page.get_by_role("button", name=re.compile("^(Edit|New)")).and_(page.locator(":focus"))
    ).to_have_count(1)

    await press_until(page, "Shift+Tab", page.get_by_role("link", name="Workweeks"))
    await page.keyboard.press("Enter")
    await press_until(page, "Tab", page.get_by_role("button", name="New workweek"))
    await page.keyboard.press("Enter")
    everybody = page.get_by_role("radio").first
    await press_until(page, "Tab", everybody)
    await page.keyboard.press("ArrowDown")
    user = page.get_by_role("combobox", name="One user")
    await press_until(page, "Tab", user)
    await page.keyboard.type("bo")
    await page.get_by_role("option", name="Bo Reed").wait_for()
    await page.keyboard.press("Enter")
    await expect(user).to_have_value("Bo Reed")
    await press_until(page, "Tab", field(page, "Holds from"))
    await page.keyboard.type("01012026")
    await press_until(page, "Tab", field(page, "Friday"))
    await page.keyboard.press("Control+a")
    await page.keyboard.type("4")
    await page.keyboard.press("Enter")
    await expect(said).to_have_text("Bo Reed is saved.")
    await press_until(page, "Tab", page.get_by_role("button", name="Delete Bo Reed"))
    await page.keyboard.press("Enter")
    await go_into(page, "Delete")
    await expect(page.get_by_role("rowheader", name="Bo Reed")).to_have_count(0)
    assert await page.evaluate("document.activeElement !== document.body")


async def test_the_language_is_chosen_and_a_file_is_taken(visit, harbour):
    page = await visit(harbour, "?view=month&day=2026-03-10&name=ida")
    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
    await press_until(page, "Tab", page.get_by_role("link", name="As CSV"), most=90)
    async with page.expect_download() as waiting:
        await page.keyboard.press("Enter")
    download = await waiting.value
    assert (await download.path()).read_bytes().decode().startswith("\ufeffname,role")
    await expect(page.get_by_text(re.compile("^Saved schedule-2026-03-01"))).to_be_visible()

    await press_until(page, "Tab", page.get_by_role("combobox", name="Language"))
    await page.keyboard.type("D")  # as far as a list needs to know which is meant
    await expect(page.get_by_role("heading", level=1)).to_have_text("März 2026")
    await expect(page.locator("html")).to_have_attribute("lang", re.compile("^de"))
    await expect(page.get_by_role("link", name="Als CSV")).to_be_visible()
