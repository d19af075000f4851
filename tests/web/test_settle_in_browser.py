"""What the two systems disagree about is settled on the calendar page, as a person does it."""

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.web import differences, repeats
from tests.web.axe import violations
from tests.web.calendar_page import cell, field, forgive, look_away, overflow
from tests.web.differences import enter
from tests.web.repeats import make

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

DARA, EDDA = "Dara Fenn", "Edda Roe"
THURSDAY = "2026-03-12"
FRIDAYS = ["2026-03-13", "2026-03-20", "2026-03-27"]
SETTLE = "?view=month&day=2026-03-10&settle=1&name={}"
OF_DARA = SETTLE.format("dara")
OF_BOTH = SETTLE.format("")
PROCORE, KANTATA = "Take Procore’s", "Take Kantata’s"  # noqa: RUF001, as the page writes it
STAYS = "It is right so"


@pytest.fixture(autouse=True)
def nothing_is_left(request):
    yield
    if "harbour" in request.fixturenames:
        differences.clear(request.getfixturevalue("harbour"))


def item(page, who=DARA, told=""):
    return page.get_by_role("row").filter(has_text=who).filter(has_text=told)


def dialog(page):
    return page.get_by_role("dialog")


def preview(page):
    return page.get_by_role("complementary", name="Preview")


def door(page):
    return page.get_by_role("button", name=re.compile("^Differences"))


async def choose(page, choice):
    await dialog(page).get_by_role("radio", name=choice).check()


async def foreseen(page, text):
    await expect(preview(page)).to_contain_text(text)
    await page.locator("aside[aria-busy=false]").wait_for()


async def press(page, name):
    await dialog(page).get_by_role("button", name=name, exact=True).click()


async def told(page, text):
    await expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


async def settle_one(page, choice, *, told_first="Afterwards the two systems agree on this day."):
    await item(page).click()
    await choose(page, choice)
    await foreseen(page, told_first)
    await press(page, "Settle")
    await expect(dialog(page)).to_have_count(0)


# Each choice in each kind

NOTHING = None
WHOLE, MORNING, AFTERNOON = ("08:00", "16:00"), ("08:00", "12:00"), ("12:00", "16:00")


@pytest.mark.parametrize(
    ("entry", "span", "choice", "entry_after", "span_after"),
    [
        pytest.param(8, NOTHING, PROCORE, NOTHING, NOTHING, id="only Kantata's is deleted"),
        pytest.param(8, NOTHING, KANTATA, 8, WHOLE, id="only Kantata's is recorded in Procore"),
        pytest.param(NOTHING, WHOLE, PROCORE, 8, WHOLE, id="only Procore's is entered in Kantata"),
        pytest.param(NOTHING, WHOLE, KANTATA, NOTHING, NOTHING, id="only Procore's is deleted"),
        pytest.param(4, WHOLE, PROCORE, 8, WHOLE, id="Kantata's lesser hours are raised"),
        pytest.param(4, WHOLE, KANTATA, 4, MORNING, id="Procore's greater hours end earlier"),
        pytest.param(8, AFTERNOON, PROCORE, 4, AFTERNOON, id="Kantata's hours are lowered"),
        pytest.param(6, MORNING, KANTATA, 6, ("08:00", "14:00"), id="Procore's end later"),
    ],
)
async def test_a_day_is_settled_as_either_system_has_it(
    visit, harbour, entry, span, choice, entry_after, span_after
):
    if entry:
        enter(harbour, DARA, THURSDAY, entry)
    if span:
        make(harbour, DARA, THURSDAY, batchStartTime=span[0], batchEndTime=span[1])
    page = await visit(harbour, OF_DARA)
    await expect(door(page)).to_have_accessible_name("Differences 1")

    await settle_one(page, choice)

    system = "Procore" if choice == PROCORE else "Kantata"
    await told(page, f"Dara Fenn, Thu 12 March: settled as {system} has it.")
    await expect(page.get_by_role("heading", name="No differences")).to_be_visible()
    await expect(door(page)).to_have_accessible_name("Differences 0")
    wanted = {} if entry_after is None else {THURSDAY: entry_after}
    assert differences.entries(harbour, DARA) == wanted
    assert differences.spans(harbour, DARA) == (
        {} if span_after is None else {THURSDAY: span_after}
    )
    assert differences.differences(harbour) == []


async def test_what_procore_has_to_know_is_asked_and_stored(visit, harbour):
    enter(harbour, DARA, THURSDAY, 2)
    page = await visit(harbour, OF_DARA)
    await item(page).click()
    await choose(page, KANTATA)
    await expect(field(page, "Reason")).to_have_value("Time off")
    await expect(field(page, "From")).to_have_value("08:00")
    await expect(field(page, "Paid")).to_be_checked()

    await field(page, "Reason").fill("")
    await press(page, "Settle")
    await expect(field(page, "Reason")).to_have_accessible_description(re.compile("Say why"))
    await field(page, "Reason").fill("dentist")
    await field(page, "From").fill("10:30")
    await field(page, "Paid").uncheck()
    await foreseen(page, "References to other systems: they stay on the entry")
    await press(page, "Settle")
    await expect(dialog(page)).to_have_count(0)

    (record,) = repeats.records(harbour, DARA)
    told_of = [record[each] for each in ("reason", "isPaid", "batchStartTime", "batchEndTime")]
    assert told_of == ["dentist", False, "10:30", "12:30"]


async def test_both_records_stand_side_by_side_with_what_each_choice_does(visit, harbour):
    enter(harbour, DARA, THURSDAY, 4)
    make(harbour, DARA, THURSDAY, reason="course")
    page = await visit(harbour, OF_DARA)
    await item(page, told="Other hours in each").click()

    kantata = dialog(page).get_by_role("region", name="Kantata OX")
    procore = dialog(page).get_by_role("region", name="Procore Workforce Planning")
    await expect(kantata).to_contain_text("4 h")
    for fact in ("8 h", "08:00 to 16:00", "course", "Yes"):
        await expect(procore).to_contain_text(fact)
    await expect(preview(page)).to_contain_text("Choose what is right")
    await press(page, "Settle")
    await expect(page.get_by_role("alert")).to_have_text("Choose what is right.")
    choices = dialog(page).get_by_role("radio")
    await expect(choices).to_have_count(3)
    await expect(dialog(page).get_by_role("group", name="What is right?")).to_contain_text(
        "Kantata’s entry becomes 8 h instead of 4 h."  # noqa: RUF001
    )
    foot = dialog(page).locator(".window-foot")
    before = await foot.bounding_box()
    await choose(page, PROCORE)
    await foreseen(page, "The clock times, 08:00 to 16:00: an entry has hours only")
    await expect(preview(page)).to_contain_text("hours are added to an entry that is there")
    assert await foot.bounding_box() == before
    await expect(preview(page)).to_contain_text("The reason: an entry has none")
    assert differences.entries(harbour, DARA) == {THURSDAY: 4}


# One of a repeat, and what cannot be cut


@pytest.mark.parametrize("choice", [PROCORE, KANTATA])
async def test_one_friday_of_a_weekly_repeat_settles_that_friday(visit, harbour, choice):
    make(harbour, DARA, FRIDAYS[0], FRIDAYS[-1])
    page = await visit(harbour, OF_DARA)
    await expect(item(page)).to_have_count(3)
    await item(page, told="Fri 20 March").click()
    await choose(page, choice)
    await foreseen(page, "agree on this day")
    await press(page, "Settle")

    await expect(item(page)).to_have_count(2)
    left = [FRIDAYS[0], FRIDAYS[2]]
    assert [each["date"] for each in differences.differences(harbour)] == left
    if choice == PROCORE:
        assert differences.entries(harbour, DARA) == {FRIDAYS[1]: 8}
        assert [*differences.spans(harbour, DARA)] == FRIDAYS
    else:
        assert differences.entries(harbour, DARA) == {}
        assert [*differences.spans(harbour, DARA)] == left


async def test_days_that_cannot_be_cut_out_of_a_span_lead_to_its_form(visit, harbour):
    make(harbour, DARA, "2026-03-10", endDay="2026-03-12")
    page = await visit(harbour, OF_DARA)
    await item(page, told="Wed 11 March").click()

    taken = dialog(page).get_by_role("radio", name=KANTATA)
    await expect(taken).to_be_disabled()
    await expect(taken).to_have_accessible_name(
        re.compile("Procore’s record lasts several days, and only some would go: edit it")  # noqa: RUF001
    )
    await dialog(page).get_by_role("button", name="Edit…").click()
    await expect(page.get_by_role("dialog", name="Edit time off")).to_be_visible()
    await field(page, "Last day").fill("2026-03-10")
    await page.get_by_role("button", name="Save").click()

    await expect(item(page)).to_have_count(1)
    await expect(item(page)).to_contain_text("Tue 10 March")


async def test_several_records_of_one_day_are_for_the_person_to_judge(visit, harbour):
    enter(harbour, DARA, THURSDAY, 1)
    make(harbour, DARA, THURSDAY, batchEndTime="10:00")
    make(harbour, DARA, THURSDAY, batchStartTime="10:00", batchEndTime="12:00")
    page = await visit(harbour, OF_DARA)
    await item(page).click()
    await expect(dialog(page).get_by_role("radio", name=KANTATA)).to_be_disabled()
    await expect(dialog(page)).to_contain_text("Procore has several records on this day")

    await choose(page, PROCORE)
    await foreseen(page, "agree on this day")
    await press(page, "Settle")
    await expect(page.get_by_role("heading", name="No differences")).to_be_visible()
    assert differences.entries(harbour, DARA) == {THURSDAY: 4}


async def test_hours_that_are_no_quarter_hours_are_rounded_only_if_one_says_so(visit, harbour):
    enter(harbour, DARA, THURSDAY, 7.6)
    page = await visit(harbour, OF_DARA)
    await item(page).click()
    await choose(page, KANTATA)
    await foreseen(page, "This would be refused")
    await dialog(page).get_by_role("checkbox", name="Round to quarter hours").check()
    await foreseen(page, "7.6 h become 7.5 h: Procore keeps quarter hours")
    await expect(preview(page)).to_contain_text("the two systems still differ")
    await press(page, "Settle")

    await told(page, "changed, but the two systems still differ")
    await expect(item(page)).to_contain_text("Other hours in each")
    assert differences.spans(harbour, DARA) == {THURSDAY: ("08:00", "15:30")}


# They are right so


async def test_a_difference_is_marked_as_right_and_that_is_taken_back(visit, harbour):
    make(harbour, DARA, THURSDAY)
    page = await visit(harbour, OF_DARA)
    await settle_one(page, STAYS, told_first="The records stay as they are.")

    await told(page, "marked as right, and not listed any more")
    await expect(page.get_by_role("heading", name="No differences")).to_be_visible()
    await expect(door(page)).to_have_accessible_name("Differences 0")
    await page.get_by_role("checkbox", name="Also those that are right so").check()
    await expect(item(page)).to_contain_text("right so, says local")
    assert "stay=1" in page.url
    await item(page).click()
    await expect(dialog(page)).to_contain_text(re.compile("local said on .* is right"))
    await expect(dialog(page).get_by_role("radio", name=STAYS)).to_be_disabled()
    await press(page, "Take this back")

    await told(page, "the difference is open again")
    await expect(door(page)).to_have_accessible_name("Differences 1")
    (left,) = differences.differences(harbour)
    assert left["acknowledgement"] is None


async def test_hours_in_both_may_be_two_absences(visit, harbour):
    enter(harbour, DARA, THURSDAY, 2)
    make(harbour, DARA, THURSDAY, batchEndTime="12:00")
    page = await visit(harbour, OF_DARA)

    await settle_one(page, "They are two absences", told_first="The records stay as they are.")

    await expect(page.get_by_role("heading", name="No differences")).to_be_visible()
    (left,) = differences.differences(harbour)
    assert left["acknowledgement"] == {"acknowledgedBy": {"name": "local"}}


async def test_what_is_right_so_is_no_difference_in_the_grid(visit, harbour):
    # Hours of its own: what is put back as it was is acknowledged again, also for another test.
    make(harbour, DARA, THURSDAY, batchEndTime="13:00")
    grid = await visit(harbour, "?view=month&day=2026-03-10&name=dara")
    day = cell(grid, DARA, THURSDAY)
    await expect(day).to_have_accessible_name(re.compile("only in Procore"))
    page = await visit(harbour, OF_DARA)

    await settle_one(page, STAYS, told_first="The records stay as they are.")

    await expect(day).not_to_have_accessible_name(re.compile("only in Procore"))
    await expect(day).not_to_have_class(re.compile("differs"))
    await day.hover()
    await expect(grid.get_by_role("tooltip")).to_contain_text("said that this is right so")


# The list


async def test_the_list_is_narrowed_by_kind_and_the_address_keeps_it(visit, harbour):
    enter(harbour, DARA, THURSDAY)
    make(harbour, DARA, FRIDAYS[0])
    page = await visit(harbour, OF_DARA)
    await expect(item(page)).to_have_count(2)
    await expect(page.get_by_label("Only those off")).to_have_count(0)

    await page.get_by_role("combobox", name="Kind of difference").select_option("Only in Kantata")
    await expect(item(page)).to_have_count(1)
    await expect(item(page)).to_contain_text("Thu 12 March")
    await expect(door(page)).to_have_accessible_name("Differences 2")
    await page.reload()
    await expect(item(page)).to_have_count(1)
    await page.get_by_role("combobox", name="Kind of difference").select_option("Every difference")
    await page.get_by_role("searchbox", name="Name").fill("edda")
    await expect(page.get_by_role("heading", name="No differences")).to_be_visible()
    await page.get_by_role("searchbox", name="Name").fill("dara")
    await expect(item(page)).to_have_count(2)
    await page.get_by_role("button", name="Next month").click()
    await expect(page.get_by_role("heading", name="No differences")).to_be_visible()

    await page.go_back()
    await expect(item(page)).to_have_count(2)
    await door(page).click()
    await expect(page.get_by_role("grid", name="Time off by worker and day")).to_be_visible()
    assert "settle" not in page.url


async def test_pages_come_as_one_scrolls(visit, harbour):
    make(harbour, DARA, "2026-01-01", endDay="2026-03-31")
    make(harbour, EDDA, "2026-01-01", endDay="2026-03-31")
    page = await visit(harbour, "?view=quarter&day=2026-03-10&settle=1")
    rows = page.get_by_role("grid").locator("[data-place]")
    await expect(rows).to_have_count(100)
    await page.get_by_text("100 of 128 differences.").wait_for()

    await rows.first.focus()
    await page.keyboard.press("End")

    await expect(rows).to_have_count(128)
    await expect(rows.nth(99)).to_be_focused()


async def test_a_page_comes_also_when_all_is_read_anew_meanwhile(visit, harbour):
    make(harbour, DARA, "2026-01-01", endDay="2026-03-31")
    make(harbour, EDDA, "2026-01-01", endDay="2026-03-31")
    page = await visit(harbour, "?view=quarter&day=2026-03-10&settle=1")
    rows = page.get_by_role("grid").locator("[data-place]")
    await expect(rows).to_have_count(100)
    held: list[Route] = []

    async def hold(route):
        if '"first":200' in (route.request.post_data or "") and not held:
            held.append(route)
            await asyncio.to_thread(enter, harbour, DARA, THURSDAY, 4)
        else:
            await route.continue_()

    await page.route("**/graphql", hold)
    await rows.first.focus()
    await page.keyboard.press("End")

    await expect(rows).to_have_count(128)
    await expect(item(page, told="Other hours in each")).to_have_count(1)
    await held[0].continue_()
    await page.unroute("**/graphql")


async def test_the_day_panel_leads_to_it(visit, harbour):
    make(harbour, DARA, THURSDAY)
    page = await visit(harbour, "?view=month&day=2026-03-10")
    await cell(page, DARA, THURSDAY).click()
    await dialog(page).get_by_role("button", name="Settle…").click()
    await choose(page, PROCORE)
    await foreseen(page, "agree on this day")
    await press(page, "Settle")

    await told(page, "settled as Procore has it")
    await expect(cell(page, DARA, THURSDAY)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(dialog(page).get_by_role("article")).to_have_count(2)
    await expect(dialog(page).get_by_role("button", name="Settle…")).to_have_count(0)


async def test_it_is_done_by_the_keyboard_alone(visit, harbour):
    for day in (THURSDAY, *FRIDAYS):
        make(harbour, DARA, day)
    page = await visit(harbour, OF_DARA)
    await item(page).first.focus()
    await page.keyboard.press("ArrowDown")
    await expect(item(page, told="Fri 13 March")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(dialog(page)).to_be_visible()
    await dialog(page).get_by_role("radio", name=PROCORE).focus()
    await page.keyboard.press("Space")
    await foreseen(page, "agree on this day")
    await page.keyboard.press("Enter")

    # What was next has the place, and the focus.
    await expect(dialog(page)).to_have_count(0)
    await expect(item(page)).to_have_count(3)
    await expect(item(page, told="Fri 20 March")).to_be_focused()
    await page.keyboard.press("Home")
    await page.keyboard.press("Space")
    await page.keyboard.press("Shift+End")
    await expect(page.get_by_role("button", name="Settle 3 …")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Settle…")).to_be_disabled()
    await page.keyboard.press("Control+a")
    await expect(page.get_by_role("row", selected=True)).to_have_count(3)
    assert differences.entries(harbour, DARA) == {FRIDAYS[0]: 8}


# Several at once


async def test_several_are_settled_at_once_and_what_cannot_be_says_why(visit, harbour):
    for day in FRIDAYS:
        enter(harbour, DARA, day, 4)
    make(harbour, EDDA, "2026-03-10", endDay="2026-03-11")
    make(harbour, EDDA, THURSDAY)
    page = await visit(harbour, f"{OF_BOTH}&role=91")
    await item(page, told="Fri 13 March").get_by_role("checkbox").click()
    await item(page, EDDA, "Thu 12 March").get_by_role("checkbox").click(modifiers=["Shift"])
    await page.get_by_role("button", name="Settle 6 …").click()
    await choose(page, KANTATA)

    await foreseen(page, "4 of 6 differences can be settled so.")
    for line in (
        "Procore: time off on 3 days is recorded",
        "Procore: time off on 1 day is deleted",
        "20 → 12 h off in all",
        "2 stay as they are",
        "Edda Roe, Tue 10 March: Procore’s record lasts several days",  # noqa: RUF001
    ):
        await expect(preview(page)).to_contain_text(line)
    await field(page, "Reason").fill("holiday")
    await press(page, "Settle 4 differences")

    await expect(dialog(page).get_by_role("status")).to_have_text("4 settled, 2 left as they are.")
    outcomes = dialog(page).get_by_role("list", name="What became of each").get_by_role("listitem")
    await expect(outcomes).to_have_count(6)
    await expect(outcomes.first).to_contain_text("Edda Roe, Tue 10 March: Procore’s record")  # noqa: RUF001
    await expect(outcomes.last).to_contain_text("settled as Kantata has it")
    await dialog(page).get_by_role("button", name="Close").last.click()
    await expect(item(page, EDDA)).to_have_count(2)
    await expect(item(page, DARA)).to_have_count(0)
    assert [*differences.spans(harbour, DARA)] == FRIDAYS
    assert {each["reason"] for each in repeats.records(harbour, DARA)} == {"holiday"}
    assert [*differences.spans(harbour, EDDA)] == ["2026-03-10"]


async def test_it_can_be_stopped_and_gone_on_with(visit, harbour):
    make(harbour, DARA, FRIDAYS[0], FRIDAYS[-1])
    page = await visit(harbour, OF_DARA)
    await page.get_by_role("button", name="Choose all 3").click()
    await page.get_by_role("button", name="Settle 3 …").click()
    await choose(page, PROCORE)
    await foreseen(page, "3 of 3 differences can be settled so.")
    held: list[Route] = []

    async def hold(route):
        if "MirrorRecord" in (route.request.post_data or "") and not held:
            held.append(route)
        else:
            await route.continue_()

    await page.route("**/graphql", hold)
    await press(page, "Settle 3 differences")
    await expect(dialog(page).get_by_role("status")).to_have_text("0 of 3 …")
    while not held:
        await page.wait_for_timeout(20)
    await expect(dialog(page).get_by_role("button", name="Stop")).to_be_focused()
    await page.keyboard.press("Enter")
    await held[0].continue_()

    await expect(dialog(page).get_by_role("status")).to_have_text("1 settled, 2 not tried.")
    await expect(dialog(page).get_by_role("button", name="Close").last).to_be_focused()
    assert differences.entries(harbour, DARA) == {FRIDAYS[0]: 8}
    await press(page, "Go on")
    await expect(dialog(page).get_by_role("status")).to_have_text("3 settled.")
    assert [*differences.entries(harbour, DARA)] == FRIDAYS
    await page.unroute("**/graphql")


async def test_where_the_connection_is_lost_nothing_is_silent_and_nothing_is_done_twice(
    visit, harbour, complaints
):
    make(harbour, DARA, FRIDAYS[0], FRIDAYS[-1])
    page = await visit(harbour, OF_DARA)
    await page.get_by_role("button", name="Choose all 3").click()
    await page.get_by_role("button", name="Settle 3 …").click()
    await choose(page, PROCORE)
    await foreseen(page, "3 of 3 differences can be settled so.")

    async def lose(route):
        if "MirrorRecord" in (route.request.post_data or "") and FRIDAYS[1] in (
            route.request.post_data or ""
        ):
            await route.fetch()  # it is carried out, and nobody hears of it
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await page.route("**/graphql", lose)
    await press(page, "Settle 3 differences")
    await expect(dialog(page).get_by_role("alert")).to_contain_text(
        "It stopped here, and nothing after it was tried. The gateway could not be reached."
    )
    await expect(dialog(page).get_by_role("status")).to_have_text("1 settled, 2 not tried.")
    await page.unroute("**/graphql")
    await press(page, "Try again")

    await expect(dialog(page).get_by_role("status")).to_have_text("3 settled.")
    await expect(dialog(page)).to_contain_text("do not differ on this day any more")
    assert differences.entries(harbour, DARA) == dict.fromkeys(FRIDAYS, 8)
    forgive(complaints, "CONNECTION_RESET")


# Undo


@pytest.mark.parametrize(
    ("entry", "span", "choice"),
    [
        pytest.param(8, NOTHING, PROCORE, id="an entry that was deleted"),
        pytest.param(8, NOTHING, KANTATA, id="a record that was made"),
        pytest.param(NOTHING, WHOLE, PROCORE, id="an entry that was made"),
        pytest.param(NOTHING, WHOLE, KANTATA, id="a record that was deleted"),
        pytest.param(4, WHOLE, KANTATA, id="times that were changed"),
        pytest.param(8, MORNING, PROCORE, id="hours that were lowered"),
        pytest.param(NOTHING, WHOLE, STAYS, id="a mark that it is right so"),
    ],
)
async def test_what_was_settled_is_undone(visit, harbour, entry, span, choice):
    if entry:
        enter(harbour, DARA, THURSDAY, entry)
    if span:
        make(harbour, DARA, THURSDAY, batchStartTime=span[0], batchEndTime=span[1])
    before = (differences.entries(harbour, DARA), differences.spans(harbour, DARA))
    page = await visit(harbour, OF_DARA)
    first = "records stay" if choice == STAYS else "agree on this day"
    await settle_one(page, choice, told_first=first)
    await expect(page.get_by_role("heading", name="No differences")).to_be_visible()

    await page.get_by_role("button", name="Undo").click()

    await told(page, "Undone: Dara Fenn, Thu 12 March")
    await expect(item(page)).to_have_count(1)
    await expect(door(page)).to_have_accessible_name("Differences 1")
    assert (differences.entries(harbour, DARA), differences.spans(harbour, DARA)) == before
    (left,) = differences.differences(harbour)
    assert left["acknowledgement"] is None


async def test_several_that_were_settled_at_once_are_undone_at_once(visit, harbour):
    make(harbour, DARA, FRIDAYS[0], FRIDAYS[-1])
    enter(harbour, EDDA, THURSDAY)
    page = await visit(harbour, f"{OF_BOTH}&role=91")
    for who in (DARA, EDDA):
        await item(page, who).first.wait_for()
    await page.get_by_role("searchbox", name="Name").fill("a f")
    await expect(item(page, EDDA)).to_have_count(0)
    await page.get_by_role("button", name="Choose all 3").click()
    await page.get_by_role("button", name="Settle 3 …").click()
    await choose(page, PROCORE)
    await foreseen(page, "3 of 3 differences can be settled so.")
    await expect(preview(page)).not_to_contain_text("Undo cannot")
    await press(page, "Settle 3 differences")
    await expect(dialog(page).get_by_role("status")).to_have_text("3 settled.")
    await dialog(page).get_by_role("button", name="Close").last.click()
    await told(page, "3 settled.")
    await page.keyboard.press("Control+z")

    await told(page, "Undone: 3 settled.")
    await expect(item(page)).to_have_count(3)
    assert differences.entries(harbour, DARA) == {}


async def test_what_would_meet_itself_on_the_way_back_offers_no_undo(visit, harbour):
    make(harbour, DARA, "2026-03-06", FRIDAYS[-1])
    page = await visit(harbour, OF_DARA)
    await item(page).first.get_by_role("checkbox").click()
    await item(page).nth(1).get_by_role("checkbox").click()
    await page.get_by_role("button", name="Settle 2 …").click()
    await choose(page, KANTATA)
    await foreseen(page, "2 of 2 differences can be settled so.")
    await foreseen(page, "Undo cannot take this back: several of these days are in one record.")
    await press(page, "Settle 2 differences")
    await expect(dialog(page).get_by_role("status")).to_have_text("2 settled.")
    await dialog(page).get_by_role("button", name="Close").last.click()

    await told(page, "2 settled.")
    await expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert [*differences.spans(harbour, DARA)] == FRIDAYS[1:]


async def test_a_mark_whose_answer_was_lost_is_no_change_of_somebody_elses(
    visit, harbour, complaints
):
    # Hours of its own: what is put back as it was is acknowledged again, also for another test.
    make(harbour, DARA, THURSDAY, batchEndTime="11:00")
    page = await visit(harbour, OF_DARA)
    await item(page).click()
    await choose(page, STAYS)
    await foreseen(page, "The records stay as they are.")

    async def lose(route):
        if "Acknowledge" in (route.request.post_data or ""):
            await route.fetch()  # it is carried out, and nobody hears of it
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await look_away(page)
    await page.route("**/graphql", lose)
    await press(page, "Settle")
    await expect(page.get_by_role("alert")).to_contain_text("The gateway could not be reached.")
    await page.unroute("**/graphql")
    await press(page, "Try again")

    await told(page, "marked as right, and not listed any more")
    assert [bool(each["acknowledgement"]) for each in differences.differences(harbour)] == [True]
    forgive(complaints, "CONNECTION_RESET")


# Two people


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(visit, harbour):
    entry = enter(harbour, DARA, THURSDAY, 8)
    make(harbour, DARA, THURSDAY, batchEndTime="12:00")
    page = await visit(harbour, OF_DARA)
    await item(page).click()
    await choose(page, PROCORE)
    await foreseen(page, "agree on this day")
    await look_away(page)
    differences.change(harbour, entry, 6)
    await press(page, "Settle")

    await expect(page.get_by_role("alert")).to_contain_text(
        "Somebody has changed this day meanwhile: nothing was done."
    )
    await expect(dialog(page).get_by_role("region", name="Kantata OX")).to_contain_text("6 h")
    assert differences.entries(harbour, DARA) == {THURSDAY: 6}
    await press(page, "Settle")
    await expect(dialog(page)).to_have_count(0)
    assert differences.entries(harbour, DARA) == {THURSDAY: 4}


async def test_what_somebody_else_settled_meanwhile_leaves_the_list(visit, harbour):
    record = make(harbour, DARA, THURSDAY)
    page = await visit(harbour, OF_DARA)
    await item(page).click()
    await choose(page, STAYS)
    await foreseen(page, "The records stay as they are.")
    await look_away(page)
    repeats.delete(harbour, record)
    await press(page, "Settle")

    await told(page, "Dara Fenn: the two systems do not differ on this day any more.")
    await expect(page.get_by_role("heading", name="No differences")).to_be_visible()


async def test_what_others_do_comes_into_the_list_and_its_count(visit, harbour):
    make(harbour, DARA, THURSDAY)
    page = await visit(harbour, OF_DARA)
    await expect(door(page)).to_have_accessible_name("Differences 1")
    # From here on it is told what changes.
    await expect(item(page)).to_have_count(1)
    other = await visit(harbour, OF_DARA)
    await settle_one(other, PROCORE)

    await expect(page.get_by_role("heading", name="No differences")).to_be_visible()
    await expect(door(page)).to_have_accessible_name("Differences 0")
    make(harbour, DARA, FRIDAYS[0])
    await expect(item(page)).to_contain_text("Fri 13 March")
    await expect(door(page)).to_have_accessible_name("Differences 1")


# Wherever it is read


@pytest.mark.usefixtures("needs_axe")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "size", [(1440, 900), (720, 450), (360, 740)], ids=["desktop", "200 %", "phone"]
)
async def test_everybody_can_use_it(visit, harbour, size, scheme):
    enter(harbour, DARA, THURSDAY, 4)
    make(harbour, DARA, THURSDAY)
    make(harbour, DARA, FRIDAYS[0], FRIDAYS[-1])
    page = await visit(harbour, OF_DARA, size, scheme)
    await expect(item(page)).to_have_count(4)
    assert await violations(page) == []
    assert await overflow(page) == 0

    await item(page).first.click()
    await choose(page, PROCORE)
    await foreseen(page, "agree on this day")
    assert await violations(page) == []
    assert await dialog(page).evaluate("each => each.scrollWidth <= each.clientWidth")
    await press(page, "Cancel")

    await page.get_by_role("button", name="Choose all 4").click()
    await page.get_by_role("button", name="Settle 4 …").click()
    await choose(page, KANTATA)
    await foreseen(page, "4 of 4 differences can be settled so.")
    assert await violations(page) == []
    await press(page, "Settle 4 differences")
    await expect(dialog(page).get_by_role("status")).to_have_text("4 settled.")
    assert await violations(page) == []
    assert await overflow(page) == 0


@pytest.mark.parametrize(
    ("language", "door_is", "kind", "choice", "agree"),
    [
        (
            "de-DE",
            "Unterschiede 1",
            "Nur in Procore",
            "Procore gilt: 7,5 h",
            "sind sich die beiden",
        ),
        ("es-ES", "Diferencias 1", "Solo en Procore", "Vale Procore: 7,5 h", "coinciden"),
        ("fr-FR", "Écarts 1", "Seulement dans Procore", "Retenir Procore : 7,5 h", "s’accordent"),  # noqa: RUF001
    ],
)
async def test_it_speaks_the_readers_language(
    visit, harbour, language, door_is, kind, choice, agree
):
    make(harbour, DARA, THURSDAY, batchEndTime="15:30")
    page = await visit(harbour, OF_DARA, (360, 740), locale=language)
    await expect(page.locator(".settle-door")).to_have_accessible_name(door_is)
    await expect(item(page)).to_contain_text(kind)
    assert await overflow(page) == 0

    await item(page).click()
    await dialog(page).get_by_role("radio").first.check()
    await expect(dialog(page).get_by_role("radio").first).to_have_accessible_name(
        re.compile(choice.replace(" :", "\\s:"))
    )
    lost = dialog(page).locator(".lost")
    await expect(lost.get_by_role("listitem")).to_have_count(3)
    await expect(lost).not_to_contain_text("entry")
    await expect(dialog(page).get_by_role("complementary")).to_contain_text(agree)
