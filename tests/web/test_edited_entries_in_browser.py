"""An entry of Kantata in the form that edits it: whole, half or other hours, and its day."""

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


async def test_it_becomes_a_half_or_a_whole_day_and_is_again_what_it_was(page, harbour):
    await expect(field(page, "Hours")).to_have_accessible_description(re.compile("new total"))
    await page.get_by_role("radio", name="Half days").check()
    await expect(field(page, "Hours")).to_have_value("4")
    await expect(preview(page)).to_contain_text("6 → 4 h off, 4 h free")
    await page.get_by_role("radio", name="Whole days").check()
    await expect(field(page, "Hours")).to_have_value("8")
    await expect(preview(page)).to_contain_text("6 → 8 h off, 0 h free")
    await save(page)

    await expect(said(page)).to_contain_text("8 h")
    await expect(cell(page, EDDA, DAY)).to_have_text("8")
    (entry,) = entries.entries(harbour, EDDA)
    assert (entry["requestedDate"], entry["hours"]) == (DAY, 8)
    assert [each["serviceModelRef"] for each in entry["externalReferences"]] == ["HR-8"]

    await page.get_by_role("button", name=re.compile("^Undo")).click()
    await expect(said(page)).to_contain_text("Undone")
    assert entries.hours(harbour, EDDA) == {DAY: 6}


async def test_what_somebody_changes_meanwhile_stands_beside_a_whole_day(page, harbour, entry):
    await page.get_by_role("radio", name="Whole days").check()
    await expect(preview(page)).to_contain_text("6 → 8 h off")
    entries.update(harbour, entry, 2)
    await save(page)

    sides = page.get_by_role("alert").get_by_role("definition")
    await expect(sides).to_have_text(["6 h", "2 h", "Whole days"])
    assert entries.hours(harbour, EDDA) == {DAY: 2}


async def test_it_goes_to_another_day_with_its_reference_and_comes_back(page, harbour, tmp_path):
    await field(page, "Day").fill(NEXT)
    await expect(field(page, "Hours")).to_have_accessible_description(re.compile("8 h are free"))
    await expect(preview(page)).to_contain_text("6 → 0 h off, 8 h free")
    await page.get_by_role("radio", name="Whole days").check()
    await expect(preview(page)).to_contain_text("0 → 8 h off, 0 h free")
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


async def test_a_day_that_has_hours_takes_none(page, harbour):
    entries.make(harbour, EDDA, NEXT, 2)
    await field(page, "Day").fill(NEXT)
    await save(page)

    await expect(field(page, "Day")).to_have_accessible_description(
        re.compile("time off in Kantata OX on this day already")
    )
    assert entries.hours(harbour, EDDA) == {DAY: 6, NEXT: 2}


async def test_what_somebody_changes_before_it_is_moved_is_shown_beside(page, harbour, entry):
    await field(page, "Day").fill(NEXT)
    await expect(preview(page)).to_contain_text("0 → 6 h off")
    entries.update(harbour, entry, 2)
    await save(page)

    sides = page.get_by_role("alert").get_by_role("definition")
    await expect(sides).to_have_text(["6 h", "2 h", "6 h on Wed 11 March"])
    assert entries.hours(harbour, EDDA) == {DAY: 2}
    await page.get_by_role("alert").get_by_role("button").click()
    await expect(preview(page)).to_contain_text("2 → 0 h off")
    await save(page)
    await expect(said(page)).to_contain_text("Moved 2 h on Tue 10 March")
    assert entries.hours(harbour, EDDA).keys() == {NEXT}


@pytest.mark.parametrize("day", [NEXT, "2026-03-12"], ids=["again", "to another day"])
async def test_hours_are_on_one_day_although_the_answer_is_lost(page, harbour, complaints, day):
    async def lose(route):
        text = route.request.post_data or ""
        if "moveTimeOffEntry" in text and "idempotencyKey" in text:
            await route.fetch()
            return await route.abort("connectionreset")
        return await route.continue_()

    await field(page, "Day").fill(NEXT)
    await expect(preview(page)).to_contain_text("0 → 6 h off")
    await page.route("**/graphql", lose)
    await save(page)
    await expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    assert entries.hours(harbour, EDDA) == {NEXT: 6}
    await page.unroute("**/graphql")

    if day == NEXT:
        await page.get_by_role("dialog").locator(".primary").click()
        await expect(said(page)).to_contain_text("to 6 h on Wed 11 March")
    else:
        await field(page, "Day").fill(day)
        await expect(page.get_by_role("alert").first).to_contain_text("deleted")
    assert entries.hours(harbour, EDDA) == {NEXT: 6}
    forgive(complaints, "ERR_CONNECTION_RESET")
