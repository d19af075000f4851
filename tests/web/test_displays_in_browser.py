"""What is done beside the grid, on displays that few people have, and on a phone."""

import re

import pytest
from playwright.async_api import expect

from tests.web import differences, entries
from tests.web.axe import violations
from tests.web.calendar_company import HARBOUR
from tests.web.calendar_page import cell, choose, field, forgive, overflow, stands_still
from tests.web.repeats import make

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

DARA, EDDA, THURSDAY = "Dara Fenn", "Edda Roe", "2026-03-12"
DISPLAYS = [
    pytest.param({"forced_colors": "active", "color_scheme": "dark"}, id="forced colours"),
    pytest.param({"size": (740, 360), "has_touch": True}, id="a phone on its side"),
]
IS_CUT = """() => [...document.querySelectorAll("button, label, legend, h1, h2, h3, th, dt, dd")]
    .filter((each) => each.checkVisibility() && each.clientWidth > 0)
    .filter((each) => getComputedStyle(each).overflowX !== "visible")
    .filter((each) => each.scrollWidth > each.clientWidth + 1)
    .map((each) => each.outerHTML)"""


@pytest.fixture(autouse=True)
def _nothing_is_left(harbour):
    yield
    differences.clear(harbour)


async def shows_all(page, control):
    """Nothing is cut or out of the window, and what is to be pressed can be."""
    assert await overflow(page) == 0
    assert await page.evaluate(IS_CUT) == []
    await control.scroll_into_view_if_needed()
    await control.click(trial=True)
    await expect(control).to_be_in_viewport(ratio=0.9)


def button(page, name):
    return page.get_by_role("dialog").get_by_role("button", name=name, exact=True).last


@pytest.mark.parametrize("display", DISPLAYS)
async def test_what_stands_beside_the_grid_is_all_there(visit, harbour, display):
    differences.enter(harbour, DARA, THURSDAY, 4)
    make(harbour, DARA, THURSDAY)
    make(harbour, DARA, "2026-03-13")
    options = dict(display)
    scheme = options.pop("color_scheme", "light")
    page = await visit(
        harbour, "?view=month&day=2026-03-10&settle=1&name=dara", scheme=scheme, **options
    )
    listed = page.get_by_role("row").filter(has_text=DARA)
    await expect(listed).to_have_count(2)
    await shows_all(page, page.get_by_role("button", name="Choose all 2"))
    await shows_all(page, listed.last)

    await listed.first.click()
    await page.get_by_role("dialog").get_by_role("radio", name=re.compile("^Take Kantata")).check()
    await expect(page.get_by_role("complementary")).to_contain_text("agree on this day")
    await shows_all(page, button(page, "Settle"))
    await button(page, "Cancel").click()
    await page.get_by_role("button", name="Choose all 2").click()
    await page.get_by_role("button", name="Settle 2 …").click()
    await page.get_by_role("dialog").get_by_role("radio", name=re.compile("^Take Procore")).check()
    await expect(page.get_by_role("complementary")).to_contain_text("2 of 2 differences")
    await shows_all(page, button(page, "Settle 2 differences"))
    await button(page, "Cancel").click()

    await page.get_by_role("button", name="Subscribe").click()
    await field(page, "Company").select_option("Harbour")
    await shows_all(page, button(page, "Make the link"))

    await page.goto(f"{harbour}/directory?section=people&company={HARBOUR}")
    who = page.get_by_role("button", name="Who Bo Reed is in both systems")
    await who.wait_for()
    await shows_all(page, who)
    await who.click()
    await page.get_by_role("dialog").get_by_role("button", name="Link …").click()
    await page.get_by_role("combobox", name="Who this is").wait_for()
    await shows_all(page, button(page, "Cancel"))
    await button(page, "Cancel").click()
    await page.get_by_role("link", name="Holidays").click()
    await page.get_by_role("button", name="New holiday").click()
    await field(page, "Holiday").fill("Rowing Day")
    await shows_all(page, button(page, "Save"))


async def test_a_phone_takes_back_what_was_done(visit, harbour):
    page = await visit(harbour, "?day=2026-03-12&name=edda", size=(390, 740), has_touch=True)
    await stands_still(page)
    await cell(page, EDDA, THURSDAY).tap()
    await expect(page.get_by_role("dialog", name=EDDA)).to_contain_text("No time off is recorded")
    await button(page, "New time off").tap()
    await page.get_by_role("radio", name="Kantata OX").check()
    await page.get_by_role("radio", name="Half days").check()
    await expect(field(page, "Hours")).to_have_value("4")
    await button(page, "Create").tap()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(cell(page, EDDA, THURSDAY)).to_have_text("4")
    undo = page.get_by_role("button", name="Undo")
    await expect(undo).to_be_in_viewport(ratio=1)
    assert await overflow(page) == 0
    await undo.tap()

    await expect(page.get_by_role("status").filter(has_text="Undone")).to_be_in_viewport()
    await expect(cell(page, EDDA, THURSDAY)).to_have_text("")
    assert entries.hours(harbour, EDDA) == {}


async def test_what_is_chosen_and_what_fails_can_be_read_in_the_dark(
    visit, harbour, complaints, needs_axe
):
    page = await visit(harbour, "?view=month&day=2026-03-10&name=ida", scheme="dark")
    await choose(page, "Role", "Engineer", "Designer")
    await page.get_by_role("button", name="Role: ").click()
    await page.get_by_role("checkbox", name="Engineer").wait_for()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.context.set_offline(True)
    await page.get_by_role("link", name="As CSV").click()
    await expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    assert await violations(page) == []
    await page.context.set_offline(False)
    forgive(complaints, "ERR_INTERNET_DISCONNECTED")
