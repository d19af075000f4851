"""Windows of the calendar page that are left by mistake, or too early."""

import asyncio
import re
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web import differences, entries, repeats
from tests.web.calendar_page import box_of, cell, field, forgive, open_form

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

EDDA, DAY, LATER = "Edda Roe", "2026-03-10", "2026-03-12"


@pytest.fixture(autouse=True)
def tidy(harbour):
    """Whatever there is of the worker of a test is gone after it."""
    yield
    for each in repeats.records(harbour, EDDA):
        repeats.delete(harbour, each["id"])
    if left := entries.entries(harbour, EDDA):
        entries.delete(harbour, *(each["id"] for each in left))


@pytest_asyncio.fixture(loop_scope="session")
async def page(visit, harbour):
    page = await visit(harbour, f"?view=month&day={DAY}&name=Edda")
    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
    return page


@asynccontextmanager
async def held_back(page, *, is_lost=False):
    """What is carried out meanwhile is sent, or is lost, only at the end."""
    end = asyncio.Event()

    async def hold(route):
        if "idempotencyKey" not in (route.request.post_data or ""):
            return await route.continue_()
        await end.wait()
        return await (route.abort("connectionreset") if is_lost else route.continue_())

    await page.route("**/graphql", hold)
    yield
    async with page.expect_event("requestfailed" if is_lost else "requestfinished"):
        end.set()


async def create_and_leave(page, hours):
    await open_form(page, EDDA, DAY, "Kantata OX")
    await field(page, "Hours").fill(hours)
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("button", name="Creating …")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


def said(page):
    return page.locator(".notice .said")


async def test_a_text_that_is_chosen_with_the_mouse_beyond_the_window_does_not_close_it(page):
    await open_form(page, EDDA, DAY, "Procore")
    reason = field(page, "Reason")
    await reason.fill("training")
    box = await box_of(reason)
    window = await box_of(page.get_by_role("dialog"))
    height = box["y"] + box["height"] / 2
    await page.mouse.move(box["x"] + box["width"] - 10, height)
    await page.mouse.down()
    await page.mouse.move(window["x"] - 40, height, steps=5)
    await page.mouse.up()
    assert await page.evaluate("getSelection().toString()") == "training"
    await expect(reason).to_have_value("training")

    await page.mouse.click(window["x"] - 40, height)
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_an_answer_that_comes_late_closes_no_other_window(page, harbour):
    async with held_back(page):
        await create_and_leave(page, "2")
        await open_form(page, EDDA, LATER, "Procore")
        await field(page, "Reason").fill("training")

    await expect(cell(page, EDDA, DAY)).to_have_text("2")
    await expect(said(page)).to_have_text("Created time off on 1 day for Edda Roe.")
    await expect(field(page, "Reason")).to_have_value("training")
    assert entries.hours(harbour, EDDA) == {DAY: 2}


async def test_what_is_lost_after_its_window_was_left_is_told(page, harbour, complaints):
    async with held_back(page, is_lost=True):
        await create_and_leave(page, "2")

    await expect(said(page)).to_contain_text("The window was closed before the answer came.")
    await expect(said(page)).to_contain_text("The gateway could not be reached.")
    assert entries.hours(harbour, EDDA) == {}
    forgive(complaints, "ERR_CONNECTION_RESET")


async def test_what_is_refused_after_its_window_was_left_is_told(page, harbour):
    async with held_back(page):
        await create_and_leave(page, "8")
        entries.make(harbour, EDDA, DAY, 6)

    await expect(said(page)).to_contain_text("The window was closed before the answer came.")
    await expect(said(page)).to_contain_text("2 h")
    assert entries.hours(harbour, EDDA) == {DAY: 6}


# Double clicks


async def test_a_double_click_on_a_day_leaves_it_open(page):
    await cell(page, EDDA, "2026-03-01").dblclick()
    await expect(page.get_by_role("dialog")).to_contain_text("Sunday, 1 March 2026")
    await page.wait_for_timeout(200)
    await expect(page.get_by_role("dialog")).to_have_count(1)


async def test_a_double_click_creates_once_and_opens_nothing_below(page, harbour):
    await open_form(page, EDDA, DAY, "Kantata OX")
    await field(page, "Hours").fill("2")
    await page.get_by_role("button", name="Create").dblclick(delay=150)
    await expect(cell(page, EDDA, DAY)).to_have_text("2")
    await page.wait_for_timeout(200)
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert entries.hours(harbour, EDDA) == {DAY: 2}


async def test_a_double_click_settles_all_and_the_focus_finds_a_place(page, harbour):
    days = [DAY, "2026-03-11", LATER]
    for day in days:
        differences.enter(harbour, EDDA, day, 4)
    await page.get_by_role("button", name="Differences").click()
    await page.get_by_role("button", name="Choose all 3").click()
    await page.get_by_role("button", name="Settle 3 …").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("radio", name=re.compile("^Take Procore")).check()
    await dialog.get_by_role("button", name="Settle 3 differences").dblclick()

    await expect(dialog.get_by_role("status")).to_have_text("3 settled.")
    assert entries.hours(harbour, EDDA) == {}
    await expect(page.locator(".settle [data-place]")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Differences")).to_be_focused()
