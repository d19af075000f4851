"""Changing and deleting the hours of Kantata on the calendar page."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web import entries, repeats
from tests.web.axe import violations
from tests.web.calendar_page import cell, field, forgive, go_to, in_full, overflow, row

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

EDDA, DAY = "Edda Roe", "2026-03-10"


@pytest.fixture
def entry(harbour):
    """Six hours off on a Tuesday; whatever there is of its worker is gone after the test."""
    yield entries.make(harbour, EDDA, DAY, 6)
    for each in repeats.records(harbour, EDDA):
        repeats.delete(harbour, each["id"])
    if left := entries.entries(harbour, EDDA):
        entries.delete(harbour, *(each["id"] for each in left))


@pytest_asyncio.fixture(loop_scope="session")
async def page(visit, harbour, entry):
    page = await visit(harbour, f"?view=month&day={DAY}&name=edda")
    await expect(cell(page, EDDA, DAY)).to_have_text("6")
    return page


async def open_window(page, what, day=DAY):
    await cell(page, EDDA, day).click()
    article = page.get_by_role("article").filter(has_text="Kantata OX")
    await article.get_by_role("button", name=f"{what}…").click()
    await expect(page.get_by_role("dialog", name=f"{what} time off")).to_be_visible()


def preview(page):
    return page.get_by_role("complementary", name="Preview")


async def press(page, name):
    await page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


async def expect_done(page, told):
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("status").filter(has_text=told)).to_be_visible()


async def test_hours_are_changed_by_the_keyboard_with_a_preview(page, harbour, entry):
    await go_to(page, 10)
    await expect(cell(page, EDDA, DAY)).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Edit…").focus()
    await page.keyboard.press("Enter")
    await expect(field(page, "Hours")).to_have_value("6")
    await expect(preview(page)).to_contain_text("Change something to see")
    await field(page, "Hours").focus()
    await page.keyboard.press("Control+A")
    await page.keyboard.type("4.5")
    await expect(preview(page)).to_contain_text("6 → 4.5 h off, 3.5 h free")
    assert entries.hours(harbour, EDDA) == {DAY: 6}
    await page.keyboard.press("Enter")

    await expect_done(page, "Changed 6 h to 4.5 h on Tue 10 March for Edda Roe.")
    await expect(cell(page, EDDA, DAY)).to_have_text("4.5")
    await expect(cell(page, EDDA, DAY)).to_be_focused()
    assert entries.hours(harbour, EDDA) == {DAY: 4.5}


async def test_what_does_not_fit_is_said_at_the_hours(page, harbour, entry):
    await open_window(page, "Edit")
    await field(page, "Hours").fill("8.5")
    await press(page, "Save")
    await expect(field(page, "Hours")).to_have_accessible_description(
        re.compile(f"Edda Roe works 8 h on {in_full(DAY)}: 8.5 h do not fit.")
    )
    await expect(field(page, "Hours")).to_be_focused()
    await field(page, "Hours").fill("")
    await press(page, "Save")

    await expect(field(page, "Hours")).to_have_accessible_description(
        re.compile("Say how many hours")
    )
    assert entries.hours(harbour, EDDA) == {DAY: 6}


async def test_an_entry_is_deleted_once_it_is_seen_what_becomes_of_the_day(page, harbour, entry):
    await open_window(page, "Delete")
    await expect(page.get_by_role("dialog")).to_contain_text("The entry of 6 h in Kantata OX")
    await expect(preview(page)).to_contain_text("6 → 0 h off, 8 h free")
    await press(page, "Delete")

    await expect_done(page, "Deleted 6 h on Tue 10 March for Edda Roe.")
    await expect(cell(page, EDDA, DAY)).to_have_accessible_name(re.compile("free, 8 h"))
    assert entries.entries(harbour, EDDA) == []


async def test_what_a_conversion_brought_is_told_before_it_is_changed_or_deleted(
    visit, harbour, entry
):
    entries.mirror(harbour, repeats.make(harbour, EDDA, "2026-03-11"))
    page = await visit(harbour, f"?view=month&day={DAY}&name=edda")
    await cell(page, EDDA, "2026-03-11").click()
    article = page.get_by_role("article").filter(has_text="Kantata OX")
    await expect(article).to_contain_text("Mirrored8 h from Procore")
    await page.keyboard.press("Escape")
    await open_window(page, "Edit", "2026-03-11")
    await expect(page.get_by_role("dialog")).to_contain_text(
        "A conversion has brought 8 h of them from Procore. "
        "The next conversion sets the day to Procore's hours again."
    )
    await page.keyboard.press("Escape")
    await open_window(page, "Delete", "2026-03-11")
    await expect(page.get_by_role("dialog")).to_contain_text(
        "The next conversion brings them again, as long as Procore has them."
    )


async def test_both_sides_are_shown_when_somebody_else_was_faster(page, harbour, entry):
    await open_window(page, "Edit")
    await field(page, "Hours").fill("4")
    await expect(preview(page)).to_contain_text("4 h off")
    entries.update(harbour, entry, 2)
    await press(page, "Save")

    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("Somebody has changed this time off meanwhile.")
    await expect(alert.get_by_role("term")).to_have_text(["Before", "Theirs, now", "Yours"])
    await expect(alert.get_by_role("definition")).to_have_text(["6 h", "2 h", "4 h"])
    await expect(page.get_by_role("button", name="Save")).to_be_disabled()
    await expect(alert.get_by_role("button")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(alert).to_have_count(0)
    await expect(field(page, "Hours")).to_have_value("4")
    await expect(field(page, "Hours")).to_be_focused()
    await press(page, "Save")
    await expect_done(page, "Changed 2 h to 4 h on Tue 10 March")
    assert entries.hours(harbour, EDDA) == {DAY: 4}


async def test_two_windows_of_the_page_do_not_overwrite_each_other(visit, page, harbour, entry):
    other = await visit(harbour, f"?view=month&day={DAY}&name=edda")
    await open_window(page, "Delete")
    await expect(preview(page)).to_contain_text("6 → 0 h off")
    await open_window(other, "Edit")
    await field(other, "Hours").fill("3")
    await press(other, "Save")
    await expect_done(other, "Changed 6 h to 3 h")
    await press(page, "Delete")

    await expect(page.get_by_role("alert").get_by_role("definition")).to_have_text(["6 h", "3 h"])
    assert entries.hours(harbour, EDDA) == {DAY: 3}
    await press(page, "Go on with what it is now")
    await expect(page.get_by_role("dialog")).to_contain_text("The entry of 3 h in Kantata OX")
    await press(page, "Delete")
    await expect_done(page, "Deleted 3 h on Tue 10 March")
    await expect(cell(other, EDDA, DAY)).to_have_accessible_name(re.compile("free, 8 h"))


async def test_what_somebody_else_deleted_is_gone(page, harbour, entry):
    await open_window(page, "Edit")
    entries.delete(harbour, entry)
    await field(page, "Hours").fill("4")

    await expect(page.get_by_role("alert")).to_have_text(
        "Somebody has deleted this time off meanwhile."
    )
    await expect(page.get_by_role("button", name="Save")).to_be_disabled()


async def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_done_twice(
    page, harbour, entry, complaints
):
    await open_window(page, "Edit")
    await field(page, "Hours").fill("4")
    await expect(preview(page)).to_contain_text("4 h off")
    lost: list[object] = []

    async def lose(route):
        if not lost and "idempotencyKey" in (route.request.post_data or ""):
            lost.append(await route.fetch())
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await page.route("**/graphql", lose)
    await press(page, "Save")
    await expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    await expect(field(page, "Hours")).to_have_value("4")
    await press(page, "Try again")
    await expect_done(page, "Changed 6 h to 4 h")
    await page.unroute("**/graphql")
    forgive(complaints, "ERR_CONNECTION_RESET")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["wide", "narrow"])
async def test_axe_finds_nothing(visit, harbour, entry, scheme, size, tmp_path, needs_axe):
    page = await visit(harbour, f"?view=month&day={DAY}&name=edda", size=size, scheme=scheme)
    await row(page, EDDA).wait_for()
    found = {}
    await open_window(page, "Edit")
    await field(page, "Hours").fill("4")
    await expect(preview(page)).to_contain_text("4 h off")
    await page.screenshot(path=tmp_path / "edit.png")
    found["edit"] = await violations(page)
    assert await overflow(page) == 0
    entries.update(harbour, entry, 2)
    await press(page, "Save")
    await page.get_by_role("alert").wait_for()
    await page.screenshot(path=tmp_path / "overtaken.png")
    found["overtaken"] = await violations(page)
    assert await overflow(page) == 0
    await page.keyboard.press("Escape")
    await open_window(page, "Delete")
    await expect(preview(page)).to_contain_text("0 h off")
    await page.screenshot(path=tmp_path / "delete.png")
    found["delete"] = await violations(page)
    assert await overflow(page) == 0

    assert {place: each for place, each in found.items() if each} == {}
