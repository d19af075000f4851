"""Time off is entered fast: ranges, whole and half days, names typed, days dragged over, copies."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web import entries, repeats
from tests.web.axe import violations
from tests.web.calendar_page import (
    box_of,
    cell,
    choose_worker,
    field,
    forgive,
    go_to,
    open_form,
    overflow,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

EDDA, CY = "Edda Roe", "Cy Moss"
SIZES = pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["wide", "narrow"])


@pytest.fixture(autouse=True)
def _nothing_is_left(harbour):
    yield
    for name in (EDDA, CY):
        for each in repeats.records(harbour, name):
            repeats.delete(harbour, each["id"])
    if left := entries.entries(harbour, EDDA):
        entries.delete(harbour, *(each["id"] for each in left))


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(visit, harbour):
    async def open_page(address="?view=month&day=2026-03-10&name=edda", **options):
        page = await visit(harbour, address, **options)
        await page.locator("[data-row='0']").wait_for()
        return page

    return open_page


def dialog(page):
    return page.get_by_role("dialog", name="New time off")


def remarks(page):
    return page.get_by_role("list", name="What is left out").get_by_role("listitem")


def options(page):
    return page.get_by_role("listbox", name="Workers found").get_by_role("option")


def preview(page):
    return page.get_by_role("complementary", name="Preview")


async def create(page):
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def marked(page):
    return await page.locator("[aria-invalid=true], .problem, .refusals, [role=alert]").count()


async def test_two_weeks_are_few_actions(open_page, harbour):
    """Open, choose who by three letters, say from when to when, create."""
    page = await open_page("?view=month&day=2026-03-10")
    await page.get_by_role("button", name="New time off").click()
    await choose_worker(page, "Edd")
    await field(page, "Last day").fill("2026-03-13")

    await expect(field(page, "First day")).to_have_value("2026-03-02")
    await expect(remarks(page)).to_have_text(
        [
            "Wed 4 March: left out, Founders' Day is a holiday.",
            "Sat 7 March to Sun 8 March: left out, no working days.",
        ]
    )
    await expect(field(page, "Hours")).to_have_accessible_description("9 days, 72 h in all")
    await expect(preview(page)).to_contain_text("9 new entries")
    await create(page)

    await expect(cell(page, EDDA, "2026-03-13")).to_have_text("8")
    hours = entries.hours(harbour, EDDA)
    assert sorted(hours) == [f"2026-03-{day:02}" for day in (2, 3, 5, 6, 9, 10, 11, 12, 13)]
    assert set(hours.values()) == {8}


async def test_what_is_typed_at_once_after_a_name_was_taken_stays(open_page):
    page = await open_page("?view=month&day=2026-03-10")
    await page.get_by_role("button", name="New time off").click()
    who = page.get_by_role("combobox", name="Who is off")
    await who.fill("Edd")
    await options(page).first.wait_for()

    last_day = await field(page, "Last day").element_handle()
    await who.evaluate(
        """(who, lastDay) => {
            who.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
            lastDay.value = "2026-03-13";
            lastDay.dispatchEvent(new InputEvent("input", {bubbles: true}));
        }""",
        last_day,
    )

    await expect(preview(page)).to_contain_text("9 new entries")
    await expect(field(page, "Last day")).to_have_value("2026-03-13")


async def test_days_have_what_is_free_of_them_and_full_ones_are_left_out(open_page, harbour):
    entries.make(harbour, EDDA, "2026-03-10", 3)
    entries.make(harbour, EDDA, "2026-03-11", 8)
    page = await open_page()
    await open_form(page, EDDA, "2026-03-09", "Kantata OX")
    await field(page, "Last day").fill("2026-03-12")

    await expect(remarks(page)).to_have_text(
        ["Wed 11 March: left out, nothing is free.", "Tue 10 March: only 5 h, more is not free."]
    )
    await expect(field(page, "Hours")).to_have_value("")
    await expect(field(page, "Hours")).to_have_attribute("placeholder", "by day")
    await expect(preview(page)).to_contain_text("2 new entries, 1 added to what the day has")
    await create(page)

    days = {"2026-03-09": 8, "2026-03-10": 8, "2026-03-11": 8, "2026-03-12": 8}
    assert entries.hours(harbour, EDDA) == days


async def test_half_days_and_a_number_of_hours(open_page, harbour):
    page = await open_page()
    await open_form(page, EDDA, "2026-03-09", "Kantata OX")
    await field(page, "Last day").fill("2026-03-10")
    await page.get_by_role("radio", name="Half days").check()
    await expect(field(page, "Hours")).to_have_value("4")
    await page.get_by_role("button", name="Add a day").click()
    hours = page.get_by_role("textbox", name="Hours")
    await expect(hours.nth(1)).to_have_value("4")
    await hours.nth(1).fill("2.5")

    others = page.get_by_role("radio", name="Other hours")
    await expect(others.nth(1)).to_be_checked()
    await expect(others.nth(0)).not_to_be_checked()
    await create(page)

    days = {"2026-03-09": 4, "2026-03-10": 4, "2026-03-11": 2.5}
    assert entries.hours(harbour, EDDA) == days


async def test_undo_takes_a_range_back(open_page, harbour):
    page = await open_page()
    await open_form(page, EDDA, "2026-03-09", "Kantata OX")
    await field(page, "Last day").fill("2026-03-12")
    await create(page)
    await expect(cell(page, EDDA, "2026-03-12")).to_have_text("8")
    await page.keyboard.press("Control+z")

    await expect(cell(page, EDDA, "2026-03-12")).to_have_text("")
    assert entries.entries(harbour, EDDA) == []


async def test_days_that_the_page_does_not_show_are_looked_up(open_page, harbour):
    page = await open_page()
    await open_form(page, EDDA, "2026-03-31", "Kantata OX")
    await field(page, "Last day").fill("2026-04-06")

    await expect(remarks(page)).to_have_text(
        "Sat 4 April to Sun 5 April: left out, no working days."
    )
    await expect(preview(page)).to_contain_text("5 new entries")
    await expect(preview(page).get_by_role("listitem").last).to_contain_text("Mon, 6 Apr 2026 0 →")
    await create(page)

    assert max(entries.hours(harbour, EDDA)) == "2026-04-06"


@pytest.mark.parametrize(
    ("first", "last", "label", "told"),
    [
        ("2026-03-07", "2026-03-08", "First day", "No day is left on which something could"),
        ("2026-03-09", "2026-03-06", "Last day", "Friday, 6 March 2026 is before the first day"),
        ("2026-03-09", "2027-06-09", "Last day", "At most 400 days at a time."),
    ],
    ids=["nothing is left", "reversed", "too long"],
)
async def test_what_is_wrong_with_a_range_is_told_when_it_is_sent(
    open_page, first, last, label, told
):
    page = await open_page()
    await open_form(page, EDDA, "2026-03-05", "Kantata OX")
    await field(page, "First day").fill(first)
    await field(page, "Last day").fill(last)
    await page.get_by_role("button", name="Create").click()

    await expect(field(page, label)).to_have_accessible_description(re.compile(told))
    await expect(field(page, label)).to_have_attribute("aria-invalid", "true")


async def test_a_refusal_of_several_days_is_told_once_with_name_and_day(open_page, harbour):
    page = await open_page()
    await open_form(page, EDDA, "2026-03-09", "Kantata OX")
    await field(page, "Last day").fill("2026-03-12")
    await field(page, "Hours").fill("9")
    assert await marked(page) == 0
    await field(page, "Last day").focus()

    await expect(field(page, "Hours")).to_have_accessible_description(
        "4 days, 36 h in all Edda Roe works 8 h on Monday, 9 March 2026: 9 h do not fit. "
        "The same on 3 more days."
    )


async def test_parts_of_a_workday_have_times_in_procore(open_page, harbour):
    page = await open_page()
    await open_form(page, EDDA, "2026-03-09", "Procore")
    await expect(page.get_by_role("radio", name="Whole day 08:00 to 16:00")).to_be_checked()
    await page.get_by_role("radio", name="Afternoon 12:00 to 16:00").check()
    await expect(field(page, "From")).to_have_value("12:00")
    await expect(field(page, "To")).to_have_value("16:00")
    await field(page, "From").fill("13:00")
    await expect(page.get_by_role("radio", name="Afternoon")).not_to_be_checked()
    await page.get_by_role("radio", name="Morning").check()
    await field(page, "Reason").fill("family")
    await create(page)

    [record] = repeats.records(harbour, EDDA)
    assert (record["batchStartTime"], record["batchEndTime"]) == ("08:00", "12:00")


async def test_the_days_go_along_to_the_other_system(open_page):
    page = await open_page()
    await open_form(page, EDDA, "2026-03-09", "Kantata OX")
    await field(page, "Last day").fill("2026-03-12")
    await page.get_by_role("radio", name="Procore").check()

    await expect(field(page, "First day")).to_have_value("2026-03-09")
    await expect(field(page, "Last day")).to_have_value("2026-03-12")


async def test_a_worker_whom_the_filter_hides_is_found_by_keys(open_page):
    page = await open_page("?view=month&day=2026-03-10&name=cy")
    await page.get_by_role("button", name="New time off").click()
    who = page.get_by_role("combobox", name="Who is off")
    await expect(who).to_be_focused()
    await expect(who).to_have_attribute("aria-expanded", "false")
    await page.keyboard.type("roe")
    await expect(options(page)).to_have_text(["Edda Roe Engineer · Harbour"])
    await expect(options(page)).to_have_attribute("aria-selected", "true")
    await expect(page.get_by_role("status").filter(has_text="1 worker")).to_have_count(1)
    await page.keyboard.press("Enter")

    await expect(who).to_have_value("Edda Roe, Harbour")
    await expect(page.get_by_role("listbox")).to_have_count(0)
    await page.keyboard.type("nobody")
    await expect(page.get_by_text("Nobody has such a name")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(who).to_have_value("Edda Roe, Harbour")
    await page.keyboard.press("Escape")
    await expect(dialog(page)).to_have_count(0)


async def test_the_list_is_walked_and_a_name_is_pressed(open_page):
    page = await open_page("?view=month&day=2026-03-10&company=")
    await page.get_by_role("button", name="New time off").click()
    await page.keyboard.type("miller 1")
    await expect(options(page)).to_have_count(10)
    await page.keyboard.press("ArrowDown")
    await expect(options(page).nth(1)).to_have_attribute("aria-selected", "true")
    await options(page).nth(3).click()

    await expect(page.get_by_role("combobox", name="Who")).to_have_value("Miller 13, Mill")
    await expect(page.get_by_role("radio", name="Procore")).to_be_disabled()


async def test_the_form_begins_where_the_page_is(open_page):
    page = await open_page("?view=month&day=2026-08-20&name=edda")
    await page.get_by_role("button", name="New time off").click()
    await expect(field(page, "First day")).to_have_value("2026-08-03")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Today").click()
    today = await page.evaluate("new Date().toLocaleDateString('sv')")
    await page.locator("[role=columnheader][aria-current=date]").wait_for()
    await page.get_by_role("button", name="New time off").click()

    await expect(field(page, "First day")).to_have_value(today)
    assert await marked(page) == 0


async def middle(page, name, day):
    box = await box_of(cell(page, name, day))
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_dragging_over_days_opens_the_form_with_them(open_page):
    page = await open_page()
    await page.mouse.move(*await middle(page, EDDA, "2026-03-12"))
    await page.mouse.down()
    x, y = await middle(page, EDDA, "2026-03-09")
    # A hand does not stay in the row.
    await page.mouse.move(x, y + 80, steps=5)
    chosen = page.locator('[role=gridcell][aria-selected="true"]')
    await expect(chosen).to_have_count(4)
    await page.mouse.up()

    await expect(dialog(page)).to_be_visible()
    await expect(chosen).to_have_count(0)
    await expect(page.get_by_role("combobox", name="Who")).to_have_value("Edda Roe, Harbour")
    await expect(field(page, "First day")).to_have_value("2026-03-09")
    await expect(field(page, "Last day")).to_have_value("2026-03-12")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(cell(page, EDDA, "2026-03-09")).to_be_focused()

    # What goes nowhere is a click, and Escape ends a drag.
    await cell(page, EDDA, "2026-03-10").click()
    await expect(page.get_by_role("dialog", name=EDDA)).to_be_visible()
    await page.keyboard.press("Escape")
    await page.mouse.move(*await middle(page, EDDA, "2026-03-09"))
    await page.mouse.down()
    await page.mouse.move(*await middle(page, EDDA, "2026-03-12"), steps=5)
    await expect(chosen).to_have_count(4)
    await page.keyboard.press("Escape")
    await page.mouse.up()
    await expect(chosen).to_have_count(0)
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_keys_choose_days(open_page, harbour):
    page = await open_page()
    await go_to(page, 9)
    for _ in range(3):
        await page.keyboard.press("Shift+ArrowRight")
    said = page.get_by_role("status").filter(
        has_text="4 days selected, Mon 9 March to Thu 12 March"
    )
    await expect(said).to_have_count(1)
    await expect(cell(page, EDDA, "2026-03-12")).to_be_focused()
    await page.keyboard.press("Shift+ArrowLeft")
    await expect(page.locator('[aria-selected="true"]')).to_have_count(3)
    await page.keyboard.press("ArrowRight")
    await expect(page.locator('[aria-selected="true"]')).to_have_count(0)
    await page.keyboard.press("Shift+ArrowLeft")
    await page.keyboard.press("n")
    await expect(field(page, "First day")).to_have_value("2026-03-11")
    await expect(field(page, "Last day")).to_have_value("2026-03-12")
    await page.get_by_role("radio", name="Half days").focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(cell(page, EDDA, "2026-03-12")).to_have_text("4")
    assert entries.hours(harbour, EDDA) == {"2026-03-11": 4, "2026-03-12": 4}
    await go_to(page, 16)
    await page.keyboard.press("n")
    await expect(field(page, "First day")).to_have_value("2026-03-16")
    await expect(field(page, "Last day")).to_have_value("2026-03-16")


async def come_to_rest(page, left):
    """Put the grid there, again and again until what was thrown has come to rest."""
    await page.wait_for_function(
        """async (left) => {
            const grid = document.querySelector("[role=grid]");
            grid.scrollTo({left, behavior: "instant"});
            for (let frame = 0; frame < 20; frame++) {
                await new Promise(requestAnimationFrame);
                if (grid.scrollLeft !== left) return false;
            }
            return true;
        }""",
        arg=left,
    )


async def are_chosen(page, first, last):
    """Whether just these days of March are chosen within a moment."""
    try:
        chosen = page.locator('[aria-selected="true"]')
        await expect(chosen).to_have_count(last - first + 1, timeout=3_000)
        for day in (first, last):
            at = cell(page, EDDA, f"2026-03-{day}")
            await expect(at).to_have_attribute("aria-selected", "true", timeout=1_000)
    except AssertionError:
        return False
    return True


async def test_a_finger_chooses_days_after_a_long_press_and_scrolls_without(open_page, complaints):
    forgive(complaints, "Ignored attempt to cancel a touch")
    page = await open_page(size=(390, 800), has_touch=True, is_mobile=True)
    finger = await page.context.new_cdp_session(page)

    async def touch(kind, *at):
        points = [{"x": at[0], "y": at[1]}] if at else []
        await finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    async def go(start, end):
        for step in range(1, 6):
            x, y = (a + (b - a) * step / 5 for a, b in zip(start, end, strict=True))
            await touch("touchMove", x, y)

    grid = page.get_by_role("grid")
    start, end = [await middle(page, EDDA, f"2026-03-{day}") for day in ("10", "12")]
    before = await grid.evaluate("each => each.scrollLeft")
    await touch("touchStart", *end)
    await go(end, start)
    await touch("touchEnd")
    await expect(page.locator('[aria-selected="true"]')).to_have_count(0)
    await page.wait_for_function(
        "before => document.querySelector('[role=grid]').scrollLeft > before", arg=before
    )
    for _ in range(5):
        await come_to_rest(page, before)
        start, end = [await middle(page, EDDA, f"2026-03-{day}") for day in ("10", "12")]
        await touch("touchStart", *start)
        await expect(page.get_by_role("menu")).to_be_visible()
        await go(start, end)
        # Of a page that answers late, as on a busy machine, the browser takes the gesture.
        if await are_chosen(page, 10, 12):
            break
        await touch("touchEnd")
        await page.keyboard.press("Escape")
    await expect(page.get_by_role("menu")).to_have_count(0)
    await touch("touchEnd")

    await expect(field(page, "First day")).to_have_value("2026-03-10")
    await expect(field(page, "Last day")).to_have_value("2026-03-12")
    assert await overflow(page) == 0


async def test_hours_are_copied_to_another_day(open_page, harbour):
    entries.make(harbour, EDDA, "2026-03-10", 3)
    page = await open_page()
    await cell(page, EDDA, "2026-03-10").click()
    await page.get_by_role("article").get_by_role("button", name="Copy…").click()
    await expect(page.get_by_role("dialog", name="Copy time off")).to_be_visible()
    await expect(field(page, "Hours")).to_have_value("3")
    assert await marked(page) == 0
    await field(page, "First day").fill("2026-03-17")
    await create(page)

    assert entries.hours(harbour, EDDA) == {"2026-03-10": 3, "2026-03-17": 3}


async def test_an_occurrence_is_copied_to_somebody_else(open_page, harbour):
    repeats.make(harbour, EDDA, "2026-03-11", "2026-03-25")
    [record] = repeats.records(harbour, EDDA)
    page = await open_page()
    await cell(page, EDDA, "2026-03-18").click()
    await page.get_by_role("article").get_by_role("button", name="Copy…").click()
    await expect(field(page, "First day")).to_have_value("2026-03-18")
    await expect(field(page, "Repeat")).to_have_value("NEVER")
    await choose_worker(page, CY)
    await create(page)

    [copy] = repeats.records(harbour, CY)
    assert (copy["startDay"], copy["endDay"], copy["repeat"]) == (
        "2026-03-18",
        "2026-03-18",
        "NEVER",
    )
    same = ("batchStartTime", "batchEndTime", "isPaid", "reason")
    assert {name: copy[name] for name in same} == {name: record[name] for name in same}


async def test_whole_numbers_are_wanted_of_how_often(open_page):
    page = await open_page()
    await open_form(page, EDDA, "2026-03-09", "Procore")
    await field(page, "Repeat").select_option("Weekly")
    weeks = field(page, "Every so many weeks")
    await expect(weeks).to_have_attribute("inputmode", "numeric")
    await expect(weeks).to_have_attribute("step", "1")
    await weeks.fill("2.5")
    assert await marked(page) == 0
    await field(page, "Until").focus()

    await expect(weeks).to_have_accessible_description("A whole number from 1 on.")
    assert await page.locator("[aria-invalid=true]").count() == 1


@SIZES
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(open_page, size, scheme, needs_axe):
    page = await open_page(size=size, scheme=scheme)
    await go_to(page, 9)
    await page.keyboard.press("Shift+ArrowRight")
    assert await violations(page) == []
    await page.keyboard.press("Enter")
    await expect(preview(page)).to_contain_text("2 new entries")
    assert await violations(page) == []
    who = page.get_by_role("combobox", name="Who")
    await who.fill("mil")
    await expect(options(page)).to_have_count(20)
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_role("radio", name="Procore").check()
    assert await violations(page) == []
    assert await overflow(page) == 0
    assert (
        await page.locator(".fields").evaluate("each => each.scrollWidth - each.clientWidth") == 0
    )


@pytest.mark.parametrize("options", [{"forced_colors": "active"}, {"size": (640, 400)}])
async def test_forced_colours_and_twice_the_size(open_page, options):
    page = await open_page(**options)
    await open_form(page, EDDA, "2026-03-09", "Kantata OX")
    await field(page, "Last day").fill("2026-03-12")

    await expect(field(page, "Hours")).to_be_visible()
    assert await overflow(page) == 0


@pytest.mark.parametrize("model", ["Kantata OX", "Procore"])
async def test_the_last_day_goes_along_with_the_first(open_page, model):
    """A single day stays one, either way; of several the last stays till the first is behind."""
    page = await open_page()
    await open_form(page, EDDA, "2026-03-12", model)
    first, last = field(page, "First day"), field(page, "Last day")
    await first.fill("2026-03-10")
    await expect(last).to_have_value("2026-03-10")
    await last.fill("2026-03-13")
    await first.fill("2026-03-11")
    await expect(last).to_have_value("2026-03-13")
    await first.fill("2026-03-19")
    await expect(last).to_have_value("2026-03-21")
    # A year that is typed is none yet, and the days are as long afterwards as they were before.
    await first.fill("0002-03-19")
    await expect(last).to_have_value("2026-03-21")
    await first.fill("2026-03-24")
    await expect(last).to_have_value("2026-03-26")
