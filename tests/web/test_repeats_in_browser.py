"""Changing one occurrence of a repeat, one and all that follow, or all, on the calendar page."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web import repeats
from tests.web.axe import violations
from tests.web.calendar_company import EVERYBODY
from tests.web.calendar_page import cell, field, forgive, look_away, overflow, row
from tests.web.repeats import days, make

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

CY = "Cy Moss"
WEDNESDAYS = ["2026-03-11", "2026-03-18", "2026-03-25", "2026-04-01"]


@pytest.fixture
def weekly(harbour):
    """Four Wednesdays off, from 11 March on, which are gone after the test."""
    id_ = make(harbour, CY, WEDNESDAYS[0], WEDNESDAYS[-1])
    yield id_
    # Each test has waited for what it asked: nothing is read any more that is deleted here.
    for each in repeats.records(harbour, CY):
        repeats.delete(harbour, each["id"])


@pytest_asyncio.fixture(loop_scope="session")
async def page(visit, harbour, weekly):
    """The calendar, after the repeat has been made."""
    page = await visit(harbour)
    await expect(page.get_by_text(f"{EVERYBODY} workers", exact=True)).to_be_visible()
    return page


async def open_day(page, day, who=CY):
    await cell(page, who, day).click()
    await expect(page.get_by_role("dialog", name=who)).to_have_attribute("open", "")
    await page.locator(".window-body[aria-busy=false]").wait_for()


async def open_window(page, day, what, who=CY):
    await open_day(page, day, who)
    await page.get_by_role("article").get_by_role("button", name=f"{what}…").click()
    await expect(page.get_by_role("dialog", name=f"{what} time off")).to_be_visible()


async def choose(page, scope):
    await page.get_by_role("radio", name=re.compile(f"^{scope}")).check()


def preview(page):
    return page.get_by_role("complementary", name="Preview")


async def settled(page):
    await page.locator("aside[aria-busy=false]").wait_for()


async def press(page, name):
    await page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


async def expect_done(page, told):
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("status").filter(has_text=told)).to_be_visible()


FREE, OFF = re.compile("free, 8 h"), re.compile("8 h off, paid")


# What a day tells


async def test_a_day_tells_which_occurrence_it_is_and_what_it_does_otherwise(page, harbour, weekly):
    repeats.update(
        harbour,
        weekly,
        scope="ONE",
        originalDay="2026-03-18",
        startDay="2026-03-19",
        endDay="2026-03-19",
        batchEndTime="12:00",
        isPaid=False,
    )

    await open_day(page, "2026-03-11")
    article = page.get_by_role("article")
    await expect(article).to_contain_text("every week until Wed, 1 April 2026")
    await expect(article).to_contain_text("As planned, on Wed 11 March")
    await page.keyboard.press("Escape")
    await open_day(page, "2026-03-19")
    await expect(article).to_contain_text(
        "Moved from Wed 18 March; other times than usual (08:00 to 16:00); "
        "unpaid, unlike the others"
    )


async def test_a_day_that_a_repeat_has_left_tells_where_it_is(page, harbour, weekly):
    repeats.update(
        harbour,
        weekly,
        scope="ONE",
        originalDay="2026-03-18",
        startDay="2026-03-19",
        endDay="2026-03-19",
    )
    repeats.delete(harbour, weekly, scope="ONE", originalDay="2026-03-25")

    await open_day(page, "2026-03-18")
    await expect(page.get_by_role("article")).to_contain_text("Wed 18 March: moved to Thu 19 March")
    await page.keyboard.press("Escape")
    await open_day(page, "2026-03-25")
    await expect(page.get_by_role("article")).to_contain_text("Wed 25 March: skipped")
    await page.get_by_role("button", name="Restore Wed 25 March").click()

    await expect(page.get_by_role("dialog").get_by_role("status")).to_have_text(
        "Restored Wed 25 March for Cy Moss."
    )
    await expect(page.get_by_role("article")).to_contain_text("As planned, on Wed 25 March")
    assert days(repeats.record(harbour, CY, weekly))["2026-03-25"] == ("PLANNED", "2026-03-25")


async def test_a_weekend_that_would_not_count_was_not_left(page, harbour, weekly):
    days_off = make(harbour, CY, "2026-03-13", "2026-03-20", endDay="2026-03-16")
    repeats.delete(harbour, days_off, scope="ONE", originalDay="2026-03-20")

    await open_day(page, "2026-03-21")
    await expect(page.get_by_role("dialog")).to_contain_text("No time off is recorded on this day.")
    await expect(page.get_by_role("article")).to_have_count(0)
    await page.keyboard.press("Escape")
    await open_day(page, "2026-03-23")
    await expect(page.get_by_role("article")).to_contain_text("Fri 20 March: skipped")


async def test_a_day_is_shown_where_the_repeats_that_left_it_cannot_be_asked(
    page, weekly, complaints
):
    async def lose(route):
        if "Repeats" in (route.request.post_data or ""):
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await page.route("**/graphql", lose)
    await open_day(page, "2026-03-18")
    await expect(page.get_by_role("alert")).to_contain_text("could not be looked up: The gateway")
    await expect(page.get_by_role("article")).to_contain_text("As planned, on Wed 18 March")
    await page.unroute("**/graphql")
    forgive(complaints, "ERR_CONNECTION_RESET")


# This one


async def test_one_is_skipped_by_the_keyboard_and_the_focus_comes_back(page, harbour, weekly):
    wednesday = cell(page, CY, "2026-03-18")
    await open_window(page, "2026-03-18", "Delete")
    await expect(page.get_by_role("radio", name="This one Wed 18 March")).to_be_checked()
    await page.get_by_role("radio", name="This one").focus()
    await page.keyboard.press("ArrowDown")
    await expect(preview(page)).to_contain_text("3 days go: Wed 18 March, Wed 25 March, Wed 1")
    await page.keyboard.press("ArrowUp")
    await expect(preview(page)).to_contain_text("1 day goes: Wed 18 March")
    await expect(preview(page)).to_contain_text("8 → 0 h off")
    assert len(days(repeats.record(harbour, CY, weekly))) == 4
    await page.get_by_role("button", name="Delete", exact=True).focus()
    await page.keyboard.press("Enter")

    await expect_done(page, "Skipped Wed 18 March for Cy Moss.")
    await expect(wednesday).to_have_accessible_name(FREE)
    await expect(wednesday).to_be_focused()
    assert days(repeats.record(harbour, CY, weekly)) == {
        "2026-03-11": ("PLANNED", "2026-03-11"),
        "2026-03-18": ("SKIPPED", "2026-03-18"),
        "2026-03-25": ("PLANNED", "2026-03-25"),
        "2026-04-01": ("PLANNED", "2026-04-01"),
    }


async def test_one_is_moved_and_what_all_share_cannot_be_changed(page, harbour, weekly):
    await open_window(page, "2026-03-18", "Edit")
    for name in ("Reason", "Repeat", "Every so many weeks", "Until", "Saturdays count"):
        await expect(field(page, name)).to_be_disabled()
        await expect(field(page, name)).to_have_accessible_description(
            re.compile("[Tt]he same for all occurrences")
        )
    await expect(field(page, "From")).to_have_value("08:00")
    await expect(preview(page)).to_contain_text("Change something")
    await field(page, "First day").fill("2026-03-20")
    await field(page, "Paid").uncheck()

    await expect(preview(page)).to_contain_text("1 day goes: Wed 18 March")
    await expect(preview(page)).to_contain_text("1 day comes: Fri 20 March")
    await expect(preview(page)).to_contain_text("3 days stay")
    await expect(preview(page)).to_contain_text("Wed 18 March: moved to Fri 20 March; unpaid")
    await press(page, "Save")

    await expect_done(page, "Moved for Cy Moss: before Wed 18 March, now Fri 20 March.")
    await expect(cell(page, CY, "2026-03-18")).to_have_accessible_name(FREE)
    await expect(cell(page, CY, "2026-03-20")).to_have_accessible_name(
        re.compile("8 h off, unpaid")
    )
    stored = repeats.record(harbour, CY, weekly)
    assert days(stored)["2026-03-18"] == ("CHANGED", "2026-03-20")
    assert stored["isPaid"]


async def test_the_last_day_that_is_left_is_deleted_with_the_record(page, harbour, weekly):
    for day in WEDNESDAYS[1:]:
        repeats.delete(harbour, weekly, scope="ONE", originalDay=day)
    await open_window(page, "2026-03-11", "Delete")

    await expect(preview(page)).to_contain_text("choose All")
    await press(page, "Delete")
    await expect(page.get_by_role("alert")).to_contain_text("choose All")
    await choose(page, "All")
    await expect(page.get_by_role("dialog")).to_contain_text("3 changed occurrences go with it")
    await expect(preview(page)).to_contain_text("1 day goes")
    await press(page, "Delete")

    await expect_done(page, "Deleted time off on 1 day for Cy Moss.")
    assert repeats.records(harbour, CY) == []


# This and following, and all


async def test_following_ones_get_another_rule_and_what_is_lost_is_told_before(
    page, harbour, weekly
):
    repeats.delete(harbour, weekly, scope="ONE", originalDay="2026-03-25")
    repeats.update(harbour, weekly, scope="ONE", originalDay="2026-04-01", batchEndTime="12:00")
    await open_window(page, "2026-03-18", "Edit")
    await choose(page, "This and following")
    await field(page, "Every so many weeks").fill("2")
    await field(page, "Until").fill("2026-04-29")

    await expect(preview(page)).to_contain_text("2 days come: Wed 15 April, Wed 29 April")
    await expect(preview(page)).to_contain_text("3 days stay")
    await expect(preview(page)).to_contain_text("It ends on Wed 11 March. A record of its own goes")
    await expect(preview(page)).to_contain_text(
        "from Wed 18 March, every 2 weeks until Wed 29 April."
    )
    await expect(preview(page).locator(".dropped")).to_contain_text("1 changed occurrence is lost")
    await expect(preview(page).locator(".dropped")).to_contain_text("Wed 25 March: skipped")
    await expect(preview(page)).to_contain_text("Wed 1 April: other times (08:00 to 12:00)")
    await press(page, "Save")

    await expect_done(page, "Changed the occurrences from Wed 18 March on for Cy Moss.")
    before, after = repeats.records(harbour, CY)
    assert (before["id"], before["repeatEndDay"]) == (weekly, "2026-03-17")
    assert (after["splitFrom"]["id"], after["cadence"]) == (weekly, 2)
    assert days(after)["2026-04-01"] == ("CHANGED", "2026-04-01")
    assert after["reason"] == "training"


async def test_all_keep_their_days_and_what_was_written_into_them_is_left_out_in_words(
    page, harbour, weekly
):
    repeats.update(
        harbour,
        weekly,
        scope="ONE",
        originalDay="2026-03-18",
        startDay="2026-03-19",
        endDay="2026-03-19",
    )
    await open_window(page, "2026-03-19", "Edit")
    await expect(field(page, "First day")).to_have_value("2026-03-19")
    await field(page, "First day").fill("2026-03-20")
    await choose(page, "This and following")
    await expect(field(page, "First day")).to_have_value("2026-03-20")
    await choose(page, "All")
    await expect(field(page, "First day")).to_be_disabled()
    await expect(field(page, "First day")).to_have_value("2026-03-11")
    await expect(field(page, "First day")).to_have_accessible_description(
        "To change it, choose This and following. Your change of it is left out."
    )
    await field(page, "To").fill("14:00")
    await field(page, "Reason").fill("course")

    await expect(preview(page)).to_contain_text("4 days stay")
    await expect(preview(page)).to_contain_text("Wed 18 March: moved to Thu 19 March")
    await press(page, "Save")

    await expect_done(page, "Changed all occurrences for Cy Moss.")
    stored = repeats.record(harbour, CY, weekly)
    assert (stored["batchEndTime"], stored["reason"]) == ("14:00", "course")
    assert days(stored)["2026-03-18"] == ("CHANGED", "2026-03-19")


async def test_a_repeat_ends_before_an_occurrence(page, harbour, weekly):
    await open_window(page, "2026-03-18", "Delete")
    await choose(page, "This and following")
    await expect(preview(page)).to_contain_text("3 days go")
    await press(page, "Delete")

    await expect_done(page, "Deleted the occurrences from Wed 18 March on, 3 days for Cy Moss.")
    await expect(cell(page, CY, "2026-03-25")).to_have_accessible_name(FREE)
    assert list(days(repeats.record(harbour, CY, weekly))) == ["2026-03-11"]


async def test_a_repeat_of_which_nothing_would_stay_is_deleted_whole(page, harbour, weekly):
    repeats.delete(harbour, weekly, scope="ONE", originalDay="2026-03-11")
    await open_window(page, "2026-03-18", "Delete")
    await choose(page, "This and following")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("The record is deleted: nothing of it stays before")
    await expect(dialog).to_contain_text("1 changed occurrence goes with it")
    await expect(preview(page)).to_contain_text("3 days go")
    await press(page, "Delete")

    await expect_done(page, "Deleted the occurrences from Wed 18 March on, 3 days for Cy Moss.")
    assert repeats.records(harbour, CY) == []


async def test_what_does_not_repeat_is_changed_without_a_choice_and_may_repeat_then(
    page, harbour, weekly
):
    repeats.delete(harbour, weekly)
    id_ = make(harbour, CY, "2026-03-12")
    await page.reload()
    await open_window(page, "2026-03-12", "Edit")
    await field(page, "Reason").wait_for()
    for scope in ("This one", "This and following", "All"):
        await expect(page.get_by_role("radio", name=scope)).to_have_count(0)
    await field(page, "Repeat").select_option("Weekly")
    await field(page, "Until").fill("2026-03-26")
    await expect(preview(page)).to_contain_text("2 days come: Thu 19 March, Thu 26 March")
    await press(page, "Save")

    await expect_done(page, "Changed time off on 3 days for Cy Moss.")
    assert list(days(repeats.record(harbour, CY, id_))) == [
        "2026-03-12",
        "2026-03-19",
        "2026-03-26",
    ]
    await open_window(page, "2026-03-12", "Edit")
    await choose(page, "This and following")
    await field(page, "Repeat").select_option("Does not repeat")
    await expect(preview(page)).to_contain_text("2 days go")
    await press(page, "Save")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert list(days(repeats.record(harbour, CY, id_))) == ["2026-03-12"]


async def test_what_is_wrong_or_not_changed_is_told_where_it_is(page):
    await open_window(page, "2026-03-18", "Edit")
    await press(page, "Save")
    await expect(page.get_by_role("alert")).to_have_text("Nothing is changed yet.")

    await field(page, "Last day").fill("2026-03-17")
    await expect(preview(page)).to_contain_text("would be refused")
    await press(page, "Save")
    await expect(field(page, "Last day")).to_be_focused()
    await expect(field(page, "Last day")).to_have_accessible_description(
        re.compile("before the first day")
    )


# Changed occurrences


async def test_changed_occurrences_are_listed_and_brought_back(page, harbour, weekly):
    repeats.delete(harbour, weekly, scope="ONE", originalDay="2026-03-18")
    repeats.delete(harbour, weekly, scope="ONE", originalDay="2026-04-01")
    await page.reload()
    await open_day(page, "2026-03-11")
    listed = page.get_by_role("article").get_by_role("listitem")
    await expect(listed).to_have_text(["Wed 18 March: skippedRestore"])
    await page.get_by_role("button", name="1 more outside").click()
    await expect(listed).to_have_count(2)
    await page.get_by_role("button", name="Restore Wed 1 April").click()
    await expect(listed).to_have_count(1)
    await page.get_by_role("button", name="Restore Wed 18 March").click()

    await expect(page.get_by_role("dialog").get_by_role("status")).to_have_text(
        "Restored Wed 18 March for Cy Moss."
    )
    await expect(page.get_by_role("heading", name="Changed occurrences")).to_have_count(0)
    await expect(cell(page, CY, "2026-03-18")).to_have_accessible_name(OFF)
    await expect(page.locator(".window-body")).to_be_focused()
    await page.locator(".window-body[aria-busy=false]").wait_for()
    assert {status for status, _ in days(repeats.record(harbour, CY, weekly)).values()} == {
        "PLANNED"
    }


async def test_what_somebody_else_restored_meanwhile_is_shown_as_it_is(page, harbour, weekly):
    repeats.delete(harbour, weekly, scope="ONE", originalDay="2026-03-18")
    repeats.delete(harbour, weekly, scope="ONE", originalDay="2026-03-25")
    await look_away(page)  # else it is shown before anybody can press
    await open_day(page, "2026-03-11")
    repeats.update(harbour, weekly, batchEndTime="15:00")
    await page.get_by_role("button", name="Restore Wed 18 March").click()

    await expect(page.get_by_role("alert")).to_have_text(
        "Somebody has changed it meanwhile. This is what it is now."
    )
    await expect(page.get_by_role("article")).to_contain_text("08:00 to 15:00")
    await page.get_by_role("button", name="Restore Wed 18 March").click()
    await expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("Restored")
    await expect(page.get_by_role("article").get_by_role("listitem")).to_have_count(1)


# Two who edit


async def test_what_somebody_else_changed_meanwhile_is_shown_and_nothing_typed_is_lost(
    page, harbour, weekly
):
    await open_window(page, "2026-03-18", "Edit")
    await choose(page, "All")
    await field(page, "To").fill("15:00")
    await expect(preview(page)).to_contain_text("4 days stay")
    repeats.update(harbour, weekly, batchStartTime="07:00", reason="course")
    await press(page, "Save")

    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("Somebody has changed this time off meanwhile.")
    await expect(alert.get_by_role("button")).to_be_focused()
    await expect(alert).to_contain_text(
        re.compile("07:00 to 16:00 before: 08:00 to 16:00 ?yours: 08:00 to 15:00")
    )
    await expect(alert).to_contain_text("course before: training")
    await expect(page.get_by_role("button", name="Save")).to_be_disabled()
    await page.get_by_role("button", name="Go on with what it is now").click()

    await expect(alert).to_have_count(0)
    await expect(field(page, "From")).to_have_value("07:00")
    await expect(field(page, "To")).to_have_value("15:00")
    await expect(page.get_by_role("radio", name=re.compile("^This one"))).to_be_focused()
    await press(page, "Save")
    await expect_done(page, "Changed all occurrences")
    stored = repeats.record(harbour, CY, weekly)
    assert [stored[name] for name in ("batchStartTime", "batchEndTime", "reason")] == [
        "07:00",
        "15:00",
        "course",
    ]


async def test_what_is_said_above_the_fields_comes_into_sight_on_a_phone(visit, harbour, weekly):
    page = await visit(harbour, "?view=week&day=2026-03-18&name=cy", size=(390, 700))
    await open_window(page, "2026-03-18", "Edit")
    await field(page, "Until").scroll_into_view_if_needed()
    await preview(page).scroll_into_view_if_needed()
    await expect(page.get_by_role("radio", name="This one")).not_to_be_in_viewport()
    await press(page, "Save")

    await expect(page.get_by_role("alert")).to_be_in_viewport()


async def test_the_preview_hears_it_first_also_of_a_delete(page, harbour, weekly):
    await open_window(page, "2026-03-18", "Delete")
    await expect(preview(page)).to_contain_text("1 day goes")
    repeats.delete(harbour, weekly, scope="ONE", originalDay="2026-03-18")
    await choose(page, "All")

    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("skipped before: Wed 18 March, 08:00 to 16:00, paid")
    await page.get_by_role("button", name="Go on with what it is now").click()
    await expect(page.get_by_role("radio", name=re.compile("^This one"))).to_be_disabled()
    await expect(preview(page)).to_contain_text("3 days go")
    await press(page, "Delete")
    await expect_done(page, "Deleted time off on 3 days")


async def test_what_somebody_else_deleted_is_gone(page, harbour, weekly):
    await open_window(page, "2026-03-18", "Edit")
    repeats.delete(harbour, weekly)
    await field(page, "To").fill("15:00")

    await expect(page.get_by_role("alert")).to_have_text(
        "Somebody has deleted this time off meanwhile."
    )
    await expect(page.get_by_role("button", name="Save")).to_be_disabled()
    make(harbour, CY, "2026-03-11")  # what the fixture takes away


async def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_done_twice(
    page, harbour, weekly, complaints
):
    """The gateway carries the change out, but the line drops before the answer is there."""
    await open_window(page, "2026-03-18", "Edit")
    await choose(page, "This and following")
    await field(page, "To").fill("15:00")
    await expect(preview(page)).to_contain_text("4 days stay")
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
    await press(page, "Try again")

    await expect_done(page, "Changed the occurrences from Wed 18 March on")
    assert [each["startDay"] for each in repeats.records(harbour, CY)] == [
        "2026-03-11",
        "2026-03-18",
    ]
    await page.unroute("**/graphql")
    forgive(complaints, "ERR_CONNECTION_RESET")


async def test_two_occurrences_of_a_day_are_told_apart(page, harbour, weekly):
    repeats.update(
        harbour,
        weekly,
        scope="ONE",
        originalDay="2026-03-18",
        startDay="2026-03-25",
        endDay="2026-03-25",
        batchStartTime="18:00",
        batchEndTime="20:00",
    )
    await open_day(page, "2026-03-25")
    usual, moved = (page.get_by_role("article").filter(has_text=each) for each in ("8 h", "2 h"))
    await expect(usual).to_contain_text("As planned, on Wed 25 March")
    await expect(moved).to_contain_text("Moved from Wed 18 March")
    await expect(page.get_by_role("button", name="Restore Wed 18 March")).to_have_count(1)
    await moved.get_by_role("button", name="Delete…").click()
    await expect(page.get_by_role("radio", name="This one Wed 25 March")).to_be_checked()
    await expect(preview(page)).to_contain_text("1 day stays: Wed 25 March")
    await expect(preview(page)).not_to_contain_text("goes")
    await press(page, "Delete")

    await expect_done(page, "Skipped")
    assert {
        day: status for day, (status, _) in days(repeats.record(harbour, CY, weekly)).items()
    } == dict.fromkeys(WEDNESDAYS, "PLANNED") | {"2026-03-18": "SKIPPED"}


async def test_a_repeat_of_many_years_opens_and_is_changed(page, harbour, weekly):
    """As many occurrences as a record may have."""
    repeats.delete(harbour, weekly)
    id_ = make(harbour, CY, "2026-03-12", "2045-05-04")
    assert len(repeats.record(harbour, CY, id_)["instances"]) == 1_000
    await page.reload()
    await open_window(page, "2026-03-12", "Delete")
    await expect(preview(page)).to_contain_text("1 day goes")
    await press(page, "Delete")
    await expect_done(page, "Skipped Thu 12 March for Cy Moss.")
    await open_day(page, "2026-03-12")
    await expect(page.get_by_role("article")).to_contain_text("Thu 12 March: skipped")
    await page.keyboard.press("Escape")


async def test_the_focus_finds_a_place_when_the_row_goes_with_its_last_day(page, harbour, weekly):
    await page.get_by_label("Only those off").check()
    await page.get_by_role("searchbox", name="Name").fill("cy")
    await expect(page.get_by_text("1 worker · 1 off", exact=True)).to_be_visible()
    await open_window(page, "2026-03-18", "Delete")
    await choose(page, "All")
    await press(page, "Delete")

    await expect(page.get_by_role("button", name="Show everybody")).to_be_focused()


# Everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 800)], ids=["wide", "narrow"])
async def test_axe_finds_nothing(visit, harbour, weekly, scheme, size, needs_axe):
    repeats.delete(harbour, weekly, scope="ONE", originalDay="2026-03-25")
    page = await visit(harbour, "?view=month&day=2026-03-18&name=cy", size=size, scheme=scheme)
    await row(page, CY).wait_for()
    await open_day(page, "2026-03-18")
    found = {"the day": await violations(page)}
    assert await overflow(page) == 0
    await page.get_by_role("button", name="Edit…").click()
    await field(page, "First day").fill("2026-03-19")
    await expect(preview(page)).to_contain_text("1 day comes")
    await settled(page)
    found["one"] = await violations(page)
    await choose(page, "This and following")
    await expect(preview(page)).to_contain_text("is lost")
    await settled(page)
    found["following"] = await violations(page)
    assert await overflow(page) == 0
    repeats.update(harbour, weekly, batchEndTime="15:00")
    await field(page, "Until").fill("2026-04-08")
    await page.get_by_role("button", name="Go on with").wait_for()
    await settled(page)
    found["overtaken"] = await violations(page)
    assert await overflow(page) == 0

    await page.keyboard.press("Escape")
    await open_window(page, "2026-03-18", "Delete")
    await choose(page, "All")
    await expect(preview(page)).to_contain_text("days go")
    await settled(page)
    found["delete"] = await violations(page)
    await page.keyboard.press("Escape")
    await open_day(page, "2026-03-25")
    await page.get_by_role("button", name="Restore").wait_for()
    found["a day that was left"] = await violations(page)

    assert {place: each for place, each in found.items() if each} == {}
