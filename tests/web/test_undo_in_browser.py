"""Taking back on the calendar page what one has just done there."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web import entries, repeats
from tests.web.axe import violations
from tests.web.calendar_page import cell, field, forgive, open_form, overflow
from tests.web.repeats import days, make

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

CY, EDDA, DAY = "Cy Moss", "Edda Roe", "2026-03-10"
WEDNESDAYS = ["2026-03-11", "2026-03-18", "2026-03-25", "2026-04-01"]
JIRA = {
    "serviceName": "jira",
    "serviceModel": "Issue",
    "serviceModelRef": "HR-8",
    "externalLink": "https://jira.example.com/browse/HR-8",
}
FREE, OFF = re.compile("free, 8 h"), re.compile("8 h off, paid")


@pytest.fixture(autouse=True)
def tidy(harbour):
    """Whatever there is of the workers of a test is gone after it."""
    yield
    for who in (CY, EDDA):
        for each in repeats.records(harbour, who):
            repeats.delete(harbour, each["id"])
    if left := entries.entries(harbour, EDDA):
        entries.delete(harbour, *(each["id"] for each in left))


@pytest.fixture
def weekly(harbour):
    """Four Wednesdays off, of which the third is skipped and the last was moved."""
    id_ = make(harbour, CY, WEDNESDAYS[0], WEDNESDAYS[-1])
    repeats.delete(harbour, id_, scope="ONE", originalDay=WEDNESDAYS[2])
    repeats.update(
        harbour,
        id_,
        scope="ONE",
        originalDay=WEDNESDAYS[3],
        startDay="2026-03-31",
        endDay="2026-03-31",
        batchEndTime="12:00",
        isPaid=False,
    )
    return id_


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(visit, harbour):
    async def open_page(who, **options):
        page = await visit(harbour, f"?view=month&day={DAY}&name={who.split()[0]}", **options)
        await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
        return page

    return open_page


def said(page):
    return page.get_by_role("status").filter(has_text=re.compile("."))


def undo(page):
    return page.get_by_role("button", name=re.compile("^Undo"))


async def open_window(page, who, day, what):
    await cell(page, who, day).click()
    await page.get_by_role("article").get_by_role("button", name=f"{what}…").click()
    await expect(page.get_by_role("dialog", name=f"{what} time off")).to_be_visible()


async def choose(page, scope):
    await page.get_by_role("radio", name=re.compile(f"^{scope}")).check()


async def press(page, name):
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name=name, exact=True).click()
    await expect(dialog).to_have_count(0)


# Kantata


async def test_a_create_is_undone_by_its_button_and_the_focus_stays_in_the_grid(open_page, harbour):
    page = await open_page(EDDA)
    await open_form(page, EDDA, DAY, "Kantata OX")
    await field(page, "Hours").fill("3")
    await press(page, "Create")
    await expect(said(page)).to_have_text("Created time off on 1 day for Edda Roe.")
    await expect(cell(page, EDDA, DAY)).to_have_text("3")
    assert entries.hours(harbour, EDDA) == {DAY: 3}
    await undo(page).focus()
    await page.keyboard.press("Enter")

    await expect(said(page)).to_have_text("Undone: Created time off on 1 day for Edda Roe.")
    await expect(cell(page, EDDA, DAY)).to_have_accessible_name(FREE)
    await expect(undo(page)).to_have_count(0)
    assert entries.entries(harbour, EDDA) == []
    assert await page.evaluate("document.activeElement.closest('[role=grid]') !== null")


async def test_hours_that_were_added_to_a_day_are_taken_off_it_again(open_page, harbour):
    before = entries.make(harbour, EDDA, DAY, 2.25)
    page = await open_page(EDDA)
    await open_form(page, EDDA, DAY, "Kantata OX")
    await field(page, "Hours").fill("3")
    await page.get_by_role("button", name="Add a day").click()
    await page.get_by_role("button", name="Create").click()
    await expect(said(page)).to_have_text("Created time off on 2 days for Edda Roe.")
    assert entries.hours(harbour, EDDA) == {DAY: 5.25, "2026-03-11": 3}
    await page.keyboard.press("Control+z")

    await expect(said(page)).to_contain_text("Undone")
    assert [each["id"] for each in entries.entries(harbour, EDDA)] == [before]
    assert entries.hours(harbour, EDDA) == {DAY: 2.25}


async def test_changed_hours_become_again_what_they_were(open_page, harbour):
    id_ = entries.make(harbour, EDDA, DAY, 7.33)
    page = await open_page(EDDA)
    await open_window(page, EDDA, DAY, "Edit")
    await field(page, "Hours").fill("2")
    await press(page, "Save")
    await expect(cell(page, EDDA, DAY)).to_have_text("2")
    await undo(page).click()

    await expect(said(page)).to_have_text(
        "Undone: Changed 7.33 h to 2 h on Tue 10 March for Edda Roe."
    )
    await expect(cell(page, EDDA, DAY)).to_have_text("7.33")
    (entry,) = entries.entries(harbour, EDDA)
    assert (entry["id"], entry["hours"]) == (id_, 7.33)


async def test_an_entry_comes_back_with_its_references(open_page, harbour):
    record = make(harbour, EDDA, DAY, batchEndTime="12:00")
    entries.mirror(harbour, record)
    entries.make(harbour, EDDA, DAY, 2, externalReference=JIRA)
    entries.make(harbour, EDDA, DAY, 1)
    before = entries.entries(harbour, EDDA)
    page = await open_page(EDDA)
    await cell(page, EDDA, DAY).click()
    article = page.get_by_role("article").filter(has_text="Kantata OX")
    await article.get_by_role("button", name="Delete…").click()
    await press(page, "Delete")
    await expect(said(page)).to_have_text("Deleted 7 h on Tue 10 March for Edda Roe.")
    assert entries.entries(harbour, EDDA) == []
    await page.keyboard.press("Control+z")

    await expect(said(page)).to_contain_text("Undone: Deleted 7 h")
    after = entries.entries(harbour, EDDA)
    assert [each | {"id": ""} for each in after] == [each | {"id": ""} for each in before]
    assert [each["broughtHours"] for each in after[0]["externalReferences"]] == [4, 2]


async def test_what_an_undo_would_not_bring_back_is_said_before(open_page, harbour):
    id_ = entries.make(harbour, EDDA, DAY, 6, externalReference=JIRA)
    entries.update(harbour, id_, 3)
    page = await open_page(EDDA)
    await open_window(page, EDDA, DAY, "Delete")
    told = "Undo brings back the hours, without the reference of jira Issue."
    await expect(page.get_by_role("dialog")).to_contain_text(told)
    await press(page, "Delete")
    await expect(said(page)).to_contain_text(told)
    await undo(page).click()

    await expect(said(page)).to_contain_text("Undone")
    (entry,) = entries.entries(harbour, EDDA)
    assert (entry["hours"], entry["externalReferences"]) == (3, [])


# Procore


async def test_a_record_that_was_created_is_deleted(open_page, harbour):
    page = await open_page(CY)
    await open_form(page, CY, DAY, "Procore")
    await field(page, "Reason").fill("training")
    await press(page, "Create")
    await expect(cell(page, CY, DAY)).to_have_accessible_name(OFF)
    await undo(page).click()

    await expect(said(page)).to_contain_text("Undone: Created time off on 1 day for Cy Moss.")
    await expect(cell(page, CY, DAY)).to_have_accessible_name(FREE)
    assert repeats.records(harbour, CY) == []


async def test_a_record_that_does_not_repeat_is_as_it_was(open_page, harbour):
    make(harbour, CY, DAY)
    before = repeats.records(harbour, CY)
    page = await open_page(CY)
    await open_window(page, CY, DAY, "Edit")
    await field(page, "First day").fill("2026-03-12")
    await field(page, "To").fill("12:00")
    await field(page, "Reason").fill("course")
    await field(page, "Repeat").select_option("WEEKLY")
    await field(page, "Until").fill("2026-03-26")
    await press(page, "Save")
    await expect(cell(page, CY, "2026-03-12")).to_have_text("4")
    await undo(page).click()

    await expect(said(page)).to_contain_text("Undone: Changed time off on")
    assert repeats.records(harbour, CY) == before


@pytest.mark.parametrize("scope", ["This one", "This and following", "All"])
async def test_a_repeat_that_was_changed_is_as_it_was(open_page, harbour, weekly, scope):
    before = repeats.records(harbour, CY)
    page = await open_page(CY)
    await open_window(page, CY, "2026-03-18", "Edit")
    await choose(page, scope)
    await field(page, "To").fill("14:00")
    if scope != "All":
        await field(page, "First day").fill("2026-03-19")
    if scope == "This and following":
        await field(page, "Every so many weeks").fill("2")
    await press(page, "Save")
    await expect(cell(page, CY, "2026-03-18" if scope == "All" else "2026-03-19")).to_have_text("6")
    assert len(repeats.records(harbour, CY)) == (2 if scope == "This and following" else 1)
    await undo(page).click()

    await expect(said(page)).to_have_text(re.compile(r"^Undone: [^.]*\.$"))
    assert repeats.records(harbour, CY) == before
    await expect(cell(page, CY, "2026-03-18")).to_have_accessible_name(OFF)


async def test_a_repeat_that_was_changed_from_its_first_day_on_is_as_it_was(
    open_page, harbour, weekly
):
    before = repeats.records(harbour, CY)
    page = await open_page(CY)
    await open_window(page, CY, "2026-03-11", "Edit")
    await choose(page, "This and following")
    await field(page, "First day").fill("2026-03-12")
    await field(page, "Repeat").select_option("NEVER")
    await press(page, "Save")
    await expect(cell(page, CY, "2026-03-12")).to_have_accessible_name(OFF)
    assert [each["repeat"] for each in repeats.records(harbour, CY)] == ["NEVER"]
    await undo(page).click()

    await expect(said(page)).to_have_text(re.compile(r"^Undone: [^.]*\.$"))
    assert repeats.records(harbour, CY) == before


@pytest.mark.parametrize(
    ("scope", "day"),
    [
        pytest.param("This one", "2026-03-18", id="a planned one"),
        pytest.param("This one", "2026-03-31", id="a moved one"),
        pytest.param("This and following", "2026-03-18", id="some"),
    ],
)
async def test_occurrences_that_were_deleted_come_back(open_page, harbour, weekly, scope, day):
    before = repeats.records(harbour, CY)
    page = await open_page(CY)
    await open_window(page, CY, day, "Delete")
    await choose(page, scope)
    await press(page, "Delete")
    await expect(cell(page, CY, day)).to_have_accessible_name(FREE)
    await undo(page).click()

    await expect(said(page)).to_have_text(re.compile(r"^Undone: [^.]*\.$"))
    assert repeats.records(harbour, CY) == before


@pytest.mark.parametrize("scope", ["All", "This and following"])
async def test_a_record_that_was_deleted_comes_back_with_its_exceptions(
    open_page, harbour, weekly, scope
):
    before = repeats.records(harbour, CY)
    page = await open_page(CY)
    await open_window(page, CY, "2026-03-11", "Delete")
    await choose(page, scope)
    await press(page, "Delete")
    await expect(cell(page, CY, "2026-03-11")).to_have_accessible_name(FREE)
    assert repeats.records(harbour, CY) == []
    await page.keyboard.press("Control+z")

    await expect(said(page)).to_have_text(re.compile(r"^Undone: [^.]*\.$"))
    await expect(cell(page, CY, "2026-03-11")).to_have_accessible_name(OFF)
    assert repeats.records(harbour, CY) == before


async def test_a_restored_occurrence_is_as_it_was_and_the_day_stays_open(
    open_page, harbour, weekly
):
    before = repeats.records(harbour, CY)
    page = await open_page(CY)
    await cell(page, CY, "2026-03-11").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Restore Wed 1 April").click()
    await expect(dialog.get_by_role("status")).to_have_text("Restored Wed 1 April for Cy Moss.")
    assert days(repeats.records(harbour, CY)[0])["2026-04-01"] == ("PLANNED", "2026-04-01")
    await undo(page).click()

    await expect(dialog.get_by_role("status")).to_have_text(
        "Undone: Restored Wed 1 April for Cy Moss."
    )
    await expect(dialog.get_by_role("listitem").filter(has_text="moved to")).to_have_count(1)
    await expect(page.locator(".window-body")).to_be_focused()
    assert repeats.records(harbour, CY) == before


# Others


async def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(open_page, harbour):
    id_ = entries.make(harbour, EDDA, DAY, 6)
    page, other = await open_page(EDDA), await open_page(EDDA)
    await open_window(page, EDDA, DAY, "Edit")
    await field(page, "Hours").fill("2")
    await press(page, "Save")
    await expect(cell(other, EDDA, DAY)).to_have_text("2")
    await open_window(other, EDDA, DAY, "Edit")
    await field(other, "Hours").fill("5")
    await press(other, "Save")
    await expect(cell(page, EDDA, DAY)).to_have_text("5")
    await undo(page).click()

    await expect(said(page)).to_have_text("It cannot be undone. Somebody has changed it meanwhile.")
    await expect(undo(page)).to_have_count(0)
    assert entries.entries(harbour, EDDA)[0]["id"] == id_
    assert entries.hours(harbour, EDDA) == {DAY: 5}


async def test_hours_that_somebody_recorded_in_their_place_stay(open_page, harbour):
    entries.make(harbour, EDDA, DAY, 6)
    page = await open_page(EDDA)
    await open_window(page, EDDA, DAY, "Delete")
    await press(page, "Delete")
    await expect(said(page)).to_be_visible()
    entries.make(harbour, EDDA, DAY, 1)
    await undo(page).click()

    await expect(said(page)).to_have_text(
        "It cannot be undone. Somebody has recorded time off on Tue 10 March meanwhile."
    )
    assert entries.hours(harbour, EDDA) == {DAY: 1}


async def test_a_record_that_somebody_else_brought_back_is_left_as_it_is(
    open_page, harbour, weekly
):
    page = await open_page(CY)
    await open_window(page, CY, "2026-03-11", "Delete")
    await choose(page, "All")
    await press(page, "Delete")
    await expect(said(page)).to_be_visible()
    repeats.bring_back(harbour, weekly)
    repeats.update(harbour, weekly, reason="course")
    await undo(page).click()

    await expect(said(page)).to_have_text(
        "It cannot be undone. "
        "Somebody has brought it back meanwhile, or it was deleted too long ago."
    )
    assert repeats.records(harbour, CY)[0]["reason"] == "course"


async def test_a_split_is_left_where_somebody_goes_on_with_its_second_part(
    open_page, harbour, weekly
):
    page = await open_page(CY)
    await open_window(page, CY, "2026-03-18", "Edit")
    await choose(page, "This and following")
    await field(page, "To").fill("14:00")
    await press(page, "Save")
    await expect(cell(page, CY, "2026-03-18")).to_have_text("6")
    _, second = repeats.records(harbour, CY)
    repeats.update(harbour, second["id"], reason="course")
    before = repeats.records(harbour, CY)
    await undo(page).click()

    await expect(said(page)).to_have_text("It cannot be undone. Somebody has changed it meanwhile.")
    assert repeats.records(harbour, CY) == before


async def test_an_undo_that_stops_halfway_says_what_it_has_done(open_page, harbour, weekly):
    """Somebody changes the record between two of the requests."""
    page = await open_page(CY)
    await open_window(page, CY, "2026-03-18", "Delete")
    await choose(page, "This and following")
    await press(page, "Delete")
    await expect(said(page)).to_be_visible()
    asked: list[str] = []

    async def interfere(route):
        body = route.request.post_data or ""
        if "idempotencyKey" in body:
            asked.append(body)
            if len(asked) == 2:
                repeats.update(harbour, weekly, reason="course")
        await route.continue_()

    await page.route("**/graphql", interfere)
    await undo(page).click()

    await expect(said(page)).to_have_text(
        "Undone only in part. The record is as it was, but for occurrences that were changed. "
        "Then it stopped: Somebody has changed it meanwhile."
    )
    assert repeats.records(harbour, CY)[0]["repeatEndDay"] == WEDNESDAYS[-1]
    await page.unroute("**/graphql")


async def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_done_twice(
    open_page, harbour, complaints
):
    entries.make(harbour, EDDA, DAY, 6)
    page = await open_page(EDDA)
    await open_window(page, EDDA, DAY, "Delete")
    await press(page, "Delete")
    await expect(said(page)).to_be_visible()
    lost: list[object] = []

    async def lose(route):
        if not lost and "idempotencyKey" in (route.request.post_data or ""):
            lost.append(await route.fetch())
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await page.route("**/graphql", lose)
    await undo(page).click()
    await expect(said(page)).to_contain_text("Not undone yet. The gateway could not be reached.")
    await page.get_by_role("button", name="Try again").click()
    await expect(said(page)).to_have_text("Undone: Deleted 6 h on Tue 10 March for Edda Roe.")
    assert entries.hours(harbour, EDDA) == {DAY: 6}
    await page.unroute("**/graphql")
    forgive(complaints, "ERR_CONNECTION_RESET")


# The notice


async def test_the_keys_are_those_of_a_field_where_one_has_the_focus(open_page, harbour):
    entries.make(harbour, EDDA, DAY, 6)
    page = await open_page(EDDA)
    await open_window(page, EDDA, DAY, "Delete")
    await press(page, "Delete")
    await expect(undo(page)).to_have_attribute("aria-keyshortcuts", "Control+Z Meta+Z")
    await page.get_by_role("searchbox", name="Name").focus()
    await page.keyboard.press("Control+z")
    await cell(page, EDDA, DAY).click()
    await page.get_by_role("dialog").get_by_role("button", name="New time off").click()
    await page.get_by_role("button", name="Cancel").focus()
    await page.keyboard.press("Control+z")
    await page.keyboard.press("Escape")
    await expect(said(page)).to_contain_text("Deleted 6 h")
    assert entries.entries(harbour, EDDA) == []


async def test_the_notice_goes_after_half_a_minute_and_waits_while_somebody_is_at_it(
    open_page, harbour
):
    entries.make(harbour, EDDA, DAY, 6)
    page = await open_page(EDDA)
    await page.clock.install()
    await open_window(page, EDDA, DAY, "Delete")
    await page.clock.run_for(1_000)  # the preview waits for who types
    await press(page, "Delete")
    await expect(undo(page)).to_be_visible()
    await page.clock.run_for(29_000)
    await expect(undo(page)).to_be_visible()
    await undo(page).hover()
    await page.clock.run_for(60_000)
    await expect(undo(page)).to_be_visible()
    await undo(page).focus()
    await page.mouse.move(10, 10)
    await page.clock.run_for(60_000)
    await expect(undo(page)).to_be_visible()
    await cell(page, EDDA, DAY).evaluate("() => document.activeElement.blur()")
    await page.clock.run_for(1_500)

    await expect(undo(page)).to_have_count(0)
    await expect(said(page)).to_have_text("Deleted 6 h on Tue 10 March for Edda Roe.")
    await page.keyboard.press("Control+z")
    await page.clock.run_for(1_000)
    assert entries.entries(harbour, EDDA) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["wide", "narrow"])
async def test_axe_finds_nothing(open_page, harbour, scheme, size, needs_axe):
    id_ = entries.make(harbour, EDDA, DAY, 6, externalReference=JIRA)
    entries.update(harbour, id_, 3)
    page = await open_page(EDDA, size=size, scheme=scheme)
    await open_window(page, EDDA, DAY, "Delete")
    await press(page, "Delete")
    await expect(undo(page)).to_be_in_viewport()
    found = {"offered": await violations(page)}
    assert await overflow(page) == 0
    entries.make(harbour, EDDA, DAY, 1)
    await undo(page).click()
    await expect(said(page)).to_contain_text("It cannot be undone")
    found["refused"] = await violations(page)
    assert await overflow(page) == 0
    await page.get_by_role("button", name="Close the notice").click()
    await expect(page.get_by_role("button", name="Close the notice")).to_have_count(0)

    assert {place: each for place, each in found.items() if each} == {}
