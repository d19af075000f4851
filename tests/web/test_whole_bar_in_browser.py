"""A bar of Kantata is many entries: all of them go, and come back, at once."""

import re
from functools import partial

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web import entries
from tests.web.axe import violations
from tests.web.calendar_page import cell, look_away
from tests.web.test_entries_in_browser import EDDA, expect_done, open_window, press, preview

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

BAR = {f"2026-03-{day}": 8 for day in ("12", "13", "16", "17")}
"""From Thursday to Tuesday; nobody works on the weekend between."""
BESIDE = {"2026-03-10": 8, "2026-03-18": 3}
"""With a day without hours between, and of other hours."""
FRIDAY = "2026-03-13"


@pytest.fixture
def bar(harbour):
    ids = {day: entries.make(harbour, EDDA, day, hours) for day, hours in (BAR | BESIDE).items()}
    yield ids
    entries.delete(harbour, *(each["id"] for each in entries.entries(harbour, EDDA)))


@pytest_asyncio.fixture(loop_scope="session")
async def page(visit, harbour, bar):
    page = await visit(harbour, f"?view=month&day={FRIDAY}&name=edda")
    await expect(cell(page, EDDA, FRIDAY)).to_have_text("8")
    return page


async def choose_whole(page):
    await open_window(page, "Delete", FRIDAY)
    whole = page.get_by_role("radio", name=re.compile("^The whole bar"))
    await expect(whole).to_have_accessible_name(re.compile("4 days, Thu 12 March to Tue 17 March"))
    await whole.check()
    await expect(page.get_by_role("dialog")).to_contain_text("4 entries of 32 h in all")
    await expect(preview(page)).to_contain_text("4 days become")
    await page.locator("aside[aria-busy=false]").wait_for()


async def test_a_whole_bar_goes_and_comes_back_at_once(page, harbour, needs_axe):
    await choose_whole(page)
    assert await violations(page) == []
    await press(page, "Delete")
    await expect_done(page, "Deleted 32 h on 4 days for Edda Roe: Thu 12 March to Tue 17 March.")
    assert entries.hours(harbour, EDDA) == BESIDE

    await page.get_by_role("button", name=re.compile("^Undo")).click()
    await expect(page.get_by_role("status").filter(has_text="Undone: Deleted 32 h")).to_be_visible()
    assert entries.hours(harbour, EDDA) == BAR | BESIDE


async def test_the_one_day_is_what_goes_unless_more_is_chosen(page, harbour):
    await open_window(page, "Delete", FRIDAY)
    await expect(page.get_by_role("radio", name=re.compile("^This day only"))).to_be_checked()
    await press(page, "Delete")
    await expect_done(page, "Deleted 8 h on Fri 13 March for Edda Roe.")
    left = {day: hours for day, hours in BAR.items() if day != FRIDAY}
    assert entries.hours(harbour, EDDA) == left | BESIDE


async def test_of_all_its_days_what_is_to_be_known_is_told_before_they_go(visit, harbour, bar):
    brought = {"serviceName": "procore_workforce_planning", "serviceModel": "PersonDay"}
    for day, locked in (("2026-03-16", False), ("2026-03-17", True)):
        entries.delete(harbour, bar[day])
        reference = brought | {"serviceModelRef": day, "locked": locked}
        entries.make(harbour, EDDA, day, 8, externalReference=reference)
    page = await visit(harbour, f"?view=month&day={FRIDAY}&name=edda")
    await choose_whole(page)
    remarks = page.get_by_role("dialog").locator(".remark")
    await expect(remarks.nth(0)).to_contain_text("brought 16 h of them from Procore")
    await expect(remarks.nth(1)).to_have_text("procore_workforce_planning says that it is locked.")

    await page.get_by_role("radio", name=re.compile("^This day only")).check()
    await expect(remarks).to_have_count(0)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (partial(entries.update, hours=6), "Somebody has changed it meanwhile."),
        (entries.delete, "It is not there any more: somebody has deleted it."),
    ],
    ids=["changed", "deleted"],
)
async def test_of_a_bar_that_somebody_changes_meanwhile_nothing_goes_unseen(
    page, harbour, bar, change, why
):
    await choose_whole(page)
    await look_away(page)
    change(harbour, bar["2026-03-16"])
    now = entries.hours(harbour, EDDA)
    await press(page, "Delete")

    # The bar ends before it now; why nothing went stays there to be read.
    await expect(page.get_by_role("dialog")).to_contain_text("2 entries of 16 h in all")
    await page.locator("aside[aria-busy=false]").wait_for()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text(why)
    assert entries.hours(harbour, EDDA) == now
    await press(page, "Delete")
    await expect_done(page, "Deleted 16 h on 2 days for Edda Roe")
    gone = ("2026-03-12", "2026-03-13")
    left = {day: hours for day, hours in now.items() if day not in gone}
    assert entries.hours(harbour, EDDA) == left
