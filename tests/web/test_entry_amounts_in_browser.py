"""How much of its day an entry of Kantata is, in the form that edits it: whole, half, hours."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web import entries
from tests.web.calendar_page import cell, field

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

EDDA, DAY = "Edda Roe", "2026-03-10"
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
