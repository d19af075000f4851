"""Kantata's hours go to another day, or become a whole or half one, in the form that edits them."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web import entries
from tests.web.calendar_page import cell, field, forgive

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

EDDA, DAY, NEXT = "Edda Roe", "2026-03-10", "2026-03-11"
JIRA = {
    "serviceName": "jira",
    "serviceModel": "Issue",
    "serviceModelRef": "HR-8",
    "externalLink": "https://jira.example.com/browse/HR-8",
}


@pytest.fixture
def entry(harbour):
    """Six hours off on a Tuesday, of a ticket; what there is of their worker goes afterwards."""
    yield entries.make(harbour, EDDA, DAY, 6, externalReference=JIRA)
    if left := entries.entries(harbour, EDDA):
        entries.delete(harbour, *(each["id"] for each in left))


@pytest_asyncio.fixture(loop_scope="session")
async def page(visit, harbour, entry):
    page = await visit(harbour, f"?view=month&day={DAY}&name=edda")
    await cell(page, EDDA, DAY).click()
    article = page.get_by_role("article").filter(has_text="Kantata OX")
    await article.get_by_role("button", name="Edit…").click()
    await expect(field(page, "Hours")).to_have_value("6")
    return page


def preview(page):
    return page.get_by_role("complementary", name="Preview")


def said(page):
    return page.get_by_role("status").filter(has_text=re.compile("."))


async def save(page):
    await page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()


async def test_hours_go_to_another_day_with_their_reference_and_come_back(page, harbour, tmp_path):
    await field(page, "Day").fill(NEXT)
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("recorded anew on this day, and deleted on Tue 10 March")
    await expect(preview(page)).to_contain_text("1 new entry")
    await expect(preview(page)).to_contain_text("6 → 0 h off, 8 h free")
    await page.get_by_role("radio", name="Half days").check()
    await expect(field(page, "Hours")).to_have_value("4")
    # The ticket brought six hours: of fewer, it is not what brought them.
    await expect(dialog).to_contain_text("The reference of jira Issue does not go along.")
    await page.get_by_role("radio", name="Whole days").check()
    await expect(preview(page)).to_contain_text("0 → 8 h off, 0 h free")
    await expect(preview(page)).to_contain_text("1 new entry")
    await expect(dialog).not_to_contain_text("does not go along")
    await page.screenshot(path=tmp_path / "moved.png")
    assert entries.hours(harbour, EDDA) == {DAY: 6}
    await save(page)

    await expect(said(page)).to_contain_text(
        "Moved 6 h on Tue 10 March to 8 h on Wed 11 March for Edda Roe."
    )
    await expect(cell(page, EDDA, NEXT)).to_have_text("8")
    (moved,) = entries.entries(harbour, EDDA)
    assert (moved["requestedDate"], moved["hours"]) == (NEXT, 8)
    assert [each["serviceModelRef"] for each in moved["externalReferences"]] == ["HR-8"]

    await page.get_by_role("button", name=re.compile("^Undo")).click()
    await expect(said(page)).to_contain_text("Undone: Moved 6 h")
    await expect(cell(page, EDDA, DAY)).to_have_text("6")
    (back,) = entries.entries(harbour, EDDA)
    assert (back["requestedDate"], back["hours"]) == (DAY, 6)
    assert [each["serviceModelRef"] for each in back["externalReferences"]] == ["HR-8"]


async def test_the_other_day_keeps_what_it_has_and_takes_no_more_than_fits(page, harbour):
    entries.make(harbour, EDDA, NEXT, 5)
    await field(page, "Day").fill(NEXT)
    await save(page)

    await expect(field(page, "Hours")).to_have_accessible_description(
        re.compile("^3 h are free Edda Roe works 8 h on .*, of which 3 h are free: 6 h do not fit")
    )
    await page.get_by_role("radio", name="Whole days").check()
    await expect(field(page, "Hours")).to_have_value("3")
    await expect(preview(page)).to_contain_text("1 added to what the day has already")
    await save(page)
    await expect(said(page)).to_contain_text("to 3 h on Wed 11 March")
    assert entries.hours(harbour, EDDA) == {NEXT: 8}

    await page.get_by_role("button", name=re.compile("^Undo")).click()
    await expect(said(page)).to_contain_text("Undone: Moved 6 h")
    assert entries.hours(harbour, EDDA) == {DAY: 6, NEXT: 5}


async def test_what_somebody_changes_while_it_is_moved_stays_where_it_is(page, harbour, entry):
    async def change_between(route):
        text = route.request.post_data or ""
        if "createTimeOffEntries" not in text or "idempotencyKey" not in text:
            return await route.continue_()
        answer = await route.fetch()
        entries.update(harbour, entry, 2)
        return await route.fulfill(response=answer)

    await field(page, "Day").fill(NEXT)
    await expect(preview(page)).to_contain_text("1 new entry")
    await page.route("**/graphql", change_between)
    await save(page)

    sides = page.get_by_role("alert").get_by_role("definition")
    await expect(sides).to_have_text(["6 h", "2 h", "6 h on Wed 11 March"])
    assert entries.hours(harbour, EDDA) == {DAY: 2}
    await page.unroute("**/graphql")
    await page.get_by_role("alert").get_by_role("button").click()
    await expect(field(page, "Day")).to_have_value(NEXT)
    await expect(preview(page)).to_contain_text("2 → 0 h off")
    await field(page, "Hours").fill("6.5")
    await expect(preview(page)).to_contain_text("0 → 6.5 h off")
    await save(page)
    await expect(said(page)).to_contain_text("Moved 2 h on Tue 10 March to 6.5 h on Wed 11 March")
    assert entries.hours(harbour, EDDA) == {NEXT: 6.5}


@pytest.mark.parametrize("day", [NEXT, "2026-03-12"], ids=["finished", "taken back"])
async def test_of_half_a_move_nothing_is_left(page, harbour, complaints, day):
    async def lose(route):
        text = route.request.post_data or ""
        if "deleteTimeOffEntries" in text and "idempotencyKey" in text:
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await field(page, "Day").fill(NEXT)
    await page.get_by_role("radio", name="Whole days").check()
    await expect(preview(page)).to_contain_text("0 → 8 h off")
    await page.route("**/graphql", lose)
    await save(page)
    await expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    assert entries.hours(harbour, EDDA) == {DAY: 6, NEXT: 8}
    # The page has heard that the other day is full; what is sent again is what was sent.
    await expect(page.locator(".body .cell").nth(10)).to_have_text("8")
    await page.unroute("**/graphql")

    if day != NEXT:
        # Another day is chosen before it is tried again: the first one has nothing of it.
        await field(page, "Day").fill(day)
        await expect(preview(page)).to_contain_text("0 → 8 h off")
    await page.get_by_role("dialog").locator(".primary").click()
    await expect(said(page)).to_contain_text(f"to 8 h on {'Wed 11' if day == NEXT else 'Thu 12'}")
    assert entries.hours(harbour, EDDA) == {day: 8}
    forgive(complaints, "ERR_CONNECTION_RESET")
