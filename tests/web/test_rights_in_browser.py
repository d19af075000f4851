"""The calendar shows who one is and offers what one may do, in Chromium, with real sessions."""

import json
import re

import pytest
from playwright.async_api import expect

from tests.web.axe import violations
from tests.web.calendar_company import CREW, EVERYBODY, HARBOUR, PEOPLE
from tests.web.calendar_page import (
    MARCH,
    box_of,
    cell,
    choose_worker,
    field,
    forgive,
    open_form,
    overflow,
    row,
)
from tests.web.chromium import Complaints
from tests.web.guarded import ask_as, guarding, sign_in, sign_out_elsewhere

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

NEW = "New time off"
_WEEKLY = """
mutation Weekly($input: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $input) { personTimeOff { id } userErrors { message } }
}
"""
_SKIP = """
mutation Skip($input: DeletePersonTimeOffInput!) {
  deletePersonTimeOff(input: $input) { userErrors { message } }
}
"""
SIGNED_OUT = ("/graphql", "status of 401", "303 for")


@pytest.fixture(scope="module")
def guarded(database_file):
    with guarding(database_file) as guarded:
        yield guarded


@pytest.fixture
def complaints():
    """What went wrong in the pages of a test, where being led to the sign-in is nothing wrong."""
    complaints = Complaints()
    forgive(complaints, "303 for")
    yield complaints
    assert complaints == []


@pytest.fixture
def enter(visit, guarded):
    """Open the calendar as somebody who was not signed in: by way of the sign-in."""

    async def enter(name, address=MARCH, **options):
        page = await visit(guarded.url, address, **options)
        await sign_in(page, guarded.tokens[name])
        await page.wait_for_url(f"{guarded.url}/calendar{address}*")
        return page

    return enter


def notice(page):
    """What was done last: of the places that may say something, the one that does."""
    return page.get_by_role("status").filter(has_text=re.compile("."))


def who_is_off(page):
    return page.get_by_role("combobox", name="Who is off")


def article_of(page):
    return page.get_by_role("article").filter(has_text="Procore")


def weekly_of(who):
    """Four Wednesdays off."""
    return {
        "companyId": HARBOUR,
        "personId": PEOPLE[who],
        "startDay": "2026-03-11",
        "endDay": "2026-03-11",
        "batchStartTime": "08:00",
        "batchEndTime": "16:00",
        "isPaid": True,
        "reason": "training",
        "repeat": "WEEKLY",
        "cadence": 1,
        "repeatEndDay": "2026-04-01",
    }


async def everybody(page):
    await expect(page.get_by_text(f"{EVERYBODY} workers", exact=True)).to_be_visible()


async def test_the_way_to_the_calendar_leads_over_the_sign_in_and_keeps_the_address(enter, guarded):
    page = await enter("planner", f"{MARCH}&name=ida&role=91")

    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
    assert page.url == f"{guarded.url}/calendar{MARCH}&name=ida&role=91"


@pytest.mark.parametrize(
    ("who", "told"),
    [("planner", "planner, planner"), ("hr", "hr, HR"), ("ida", "ida, employee")],
)
async def test_the_page_says_who_one_is(enter, who, told):
    page = await enter(who)

    await expect(page.locator("summary", has_text=told)).to_be_visible()


async def test_one_finds_where_one_is_signed_in_and_signs_out(enter, guarded):
    page = await enter("planner")
    menu = page.locator("summary")
    await menu.click()
    await page.get_by_role("link", name="Where you are signed in").click()
    await page.wait_for_url(f"{guarded.url}/sessions")
    await page.go_back()

    await menu.focus()
    await page.keyboard.press("Enter")
    leave = page.get_by_role("button", name="Sign out")
    await expect(leave).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(leave).to_be_hidden()
    await expect(menu).to_be_focused()
    await menu.click()
    await page.get_by_role("heading", level=1).click()
    await expect(leave).to_be_hidden()

    await menu.click()
    await leave.click()
    await expect(page.get_by_role("status")).to_have_text("You are signed out.")
    assert await page.context.cookies() == []
    await page.goto(f"{guarded.url}/calendar")
    await expect(page.get_by_label("Access token")).to_be_visible()


async def test_on_ones_own_machine_nobody_is_shown(visit, gateway):
    page = await visit(gateway)
    await expect(page.get_by_role("button", name=NEW)).to_be_enabled()
    await expect(page.locator("summary")).to_have_count(0)
    await expect(page.get_by_text("Sign out")).to_have_count(0)


@pytest.mark.parametrize("who", ["viewer", "employee", "clerk"])
async def test_who_may_write_nothing_is_offered_nothing_to_write(enter, who):
    page = await enter(who)
    await everybody(page)
    await expect(page.locator("summary")).to_be_visible()

    await expect(page.get_by_role("button", name=NEW)).to_have_count(0)
    await expect(page.get_by_role("link", name="As CSV")).to_be_visible()
    await cell(page, "Ida Vale", "2026-03-03").click()
    await expect(page.get_by_role("dialog").get_by_role("article")).to_have_count(2)
    for name in (NEW, "Edit…", "Delete…"):
        await expect(page.get_by_role("dialog").get_by_role("button", name=name)).to_have_count(0)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Shift+F10")
    await cell(page, "Ida Vale", "2026-03-03").click(button="right")
    await expect(page.get_by_role("menu")).to_have_count(0)


async def drag(page, name, first, last):
    """Press the mouse on a day, and let it go on another one of the row."""
    start, end = [await box_of(cell(page, name, day)) for day in (first, last)]
    await page.mouse.move(start["x"] + 5, start["y"] + 5)
    await page.mouse.down()
    await page.mouse.move(end["x"] + 5, end["y"] + 5, steps=3)
    await page.mouse.up()


@pytest.mark.parametrize(("who", "whose"), [("viewer", "Ida Vale"), ("ida", "Bo Reed")])
async def test_no_key_and_no_drag_leads_to_what_would_be_refused(enter, who, whose):
    page = await enter(who)
    await everybody(page)
    await expect(page.locator("summary")).to_be_visible()
    await cell(page, whose, "2026-03-10").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(cell(page, whose, "2026-03-10")).to_be_focused()

    await page.keyboard.press("n")
    for key in ("Shift+ArrowRight", "Shift+ArrowRight", "Enter"):
        await page.keyboard.press(key)
    # What opened is the day, as after any Enter: no form, and nothing to begin one with.
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_have_accessible_name(whose)
    await expect(dialog.get_by_role("button", name=NEW)).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(page.locator('[role=gridcell][aria-selected="true"]')).to_have_count(0)
    await drag(page, whose, "2026-03-17", "2026-03-19")
    await expect(page.locator('[role=gridcell][aria-selected="true"]')).to_have_count(0)
    await expect(page.get_by_role("textbox")).to_have_count(0)
    await expect(page.get_by_role("radio")).to_have_count(0)


@pytest.mark.parametrize("who", ["viewer", "ida"])
async def test_who_may_not_write_copies_and_restores_nothing(enter, guarded, who):
    record = ask_as(guarded, "hr", _WEEKLY, input=weekly_of("Cy Moss"))
    made = record["createPersonTimeOff"]["personTimeOff"]["id"]
    skipped = {"id": made, "scope": "ONE", "originalDay": "2026-03-18"}
    ask_as(guarded, "hr", _SKIP, input=skipped)
    page = await enter(who, f"{MARCH}&name=cy")
    await cell(page, "Cy Moss", "2026-03-11").click()
    article = page.get_by_role("article")

    await expect(article).to_contain_text("Wed 18 March: skipped")
    for name in ("Copy…", "Edit…", "Delete…", re.compile("^Restore")):
        await expect(article.get_by_role("button", name=name)).to_have_count(0)
    ask_as(guarded, "hr", _SKIP, input={"id": made})


@pytest.mark.parametrize("address", [f"/calendar{MARCH}", "/directory?section=holidays"])
async def test_nothing_is_offered_as_long_as_the_rights_cannot_be_read(enter, address, complaints):
    async def lose(route):
        is_about_rights = "permissions" in (route.request.post_data or "")
        await (route.abort("connectionreset") if is_about_rights else route.continue_())

    page = await enter("admin")
    await everybody(page)
    await page.route("**/graphql", lose)
    await page.goto(page.url.split("/calendar")[0] + address)

    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("nothing is offered that might be refused")
    offered = re.compile("^(New|Edit|Link|Split|Subscribe|Differences)")
    if address.startswith("/calendar"):
        await everybody(page)
        await cell(page, "Ida Vale", "2026-03-03").click()
        await expect(page.get_by_role("dialog").get_by_role("article")).to_have_count(2)
        await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name=offered)).to_have_count(0)
    await page.unroute("**/graphql")
    await alert.get_by_role("button", name="Try again").click()
    await expect(alert).to_have_count(0)
    await expect(page.get_by_role("button", name=offered).first).to_be_visible()
    forgive(complaints, "ERR_CONNECTION_RESET")


async def test_time_off_is_entered_also_where_the_filters_show_nobody(enter):
    page = await enter("planner", f"{MARCH}&name=nobody+at+all")
    await expect(page.get_by_role("heading", name="Nobody fits")).to_be_visible()
    await page.get_by_role("button", name=NEW).click()
    await who_is_off(page).click()

    await expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    await choose_worker(page, "Bo Reed")
    # The first day that is shown is a Sunday, on which nobody works.
    await expect(field(page, "First day")).to_have_value("2026-03-02")
    await field(page, "Hours").fill("1.5")
    await expect(page.get_by_role("complementary")).to_contain_text("1 new entry")


@pytest.mark.parametrize("who", ["viewer", "employee", "clerk"])
async def test_who_may_write_nothing_reads_the_differences_and_settles_none(enter, who):
    page = await enter(who, f"{MARCH}&settle=1")
    rows = page.get_by_role("grid").locator("[data-place]")

    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("Mon 2 March")
    await expect(page.get_by_role("checkbox", name="Choose")).to_have_count(0)
    await expect(page.get_by_role("button", name="Settle")).to_have_count(0)
    await rows.first.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("article")).to_have_count(1)
    await expect(dialog.get_by_role("radio")).to_have_count(0)
    await expect(dialog.get_by_role("button")).to_have_count(1)


async def test_the_door_to_the_differences_is_for_who_may_settle_them(enter):
    page = await enter("viewer")
    await everybody(page)
    await expect(page.get_by_role("button", name="Differences")).to_have_count(0)

    page = await enter("planner")
    await expect(page.get_by_role("button", name="Differences 2")).to_be_visible()


async def test_an_employee_settles_their_own_days_as_far_as_they_may(enter):
    page = await enter("ida")
    await page.get_by_role("button", name="Differences 2").click()
    await page.get_by_role("row").filter(has_text="Mon 2 March").click()
    dialog = page.get_by_role("dialog")

    # To delete the own entry is permitted; to mirror and acknowledge is for who writes for all.
    await expect(dialog.get_by_role("radio", name="Take Procore")).to_be_enabled()
    for name in ("Take Kantata", "It is right so"):
        await expect(dialog.get_by_role("radio", name=name)).to_be_disabled()
        await expect(dialog.get_by_role("radio", name=name)).to_have_accessible_name(
            re.compile("You may not do this")
        )
    await dialog.get_by_role("radio", name="Take Procore").check()
    await expect(dialog.get_by_role("complementary")).to_contain_text("agree on this day")


@pytest.mark.parametrize(
    ("who", "reads"), [("viewer", False), ("planner", False), ("hr", True), ("clerk", True)]
)
async def test_a_reason_is_shown_to_who_may_read_it(enter, who, reads):
    page = await enter(who)
    await cell(page, "Ida Vale", "2026-03-03").click()
    records = page.get_by_role("dialog").get_by_role("article")

    await expect(records).to_have_count(2)
    await expect(records.get_by_text("dentist")).to_have_count(1 if reads else 0)
    await expect(records.get_by_text("Reason")).to_have_count(1 if reads else 0)


async def test_a_reason_that_one_may_not_read_stays_when_the_rest_is_changed(enter):
    page = await enter("planner")
    sent = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    await cell(page, "Ida Vale", "2026-03-03").click()
    article = article_of(page)
    await article.get_by_role("button", name="Edit…").click()
    await expect(field(page, "Reason")).to_have_value("")
    await expect(field(page, "Reason")).to_have_accessible_description(
        "There is a reason that you may not read: what you write takes its place. "
        "Read by the worker and by those who may read reasons."
    )
    await field(page, "To").fill("12:30")
    await page.get_by_role("button", name="Save").click()
    await expect(notice(page)).to_have_text("Changed time off on 1 day for Ida Vale.")
    inputs = [json.loads(text)["variables"].get("input") for text in sent]
    assert [each for each in inputs if each and "reason" in each] == []
    assert [each for each in inputs if each and each["batchEndTime"] == "12:30"]

    page = await enter("hr")
    await cell(page, "Ida Vale", "2026-03-03").click()
    article = article_of(page)
    await expect(article).to_contain_text("10:00 to 12:30")
    await expect(article).to_contain_text("dentist")
    await article.get_by_role("button", name="Edit…").click()
    await expect(field(page, "Reason")).to_have_value("dentist")
    await field(page, "To").fill("12:00")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_one_changes_ones_own_time_off_and_nobody_elses(enter):
    page = await enter("ida")
    await cell(page, "Ida Vale", "2026-03-03").click()
    await expect(page.get_by_role("article")).to_have_count(2)
    await expect(page.get_by_role("button", name="Edit…")).to_have_count(2)
    await expect(page.get_by_role("button", name="Delete…")).to_have_count(2)


async def test_a_reason_that_one_may_not_read_comes_back_with_its_record(enter):
    page = await enter("planner")
    day = cell(page, "Ida Vale", "2026-03-03")
    await day.click()
    article = article_of(page)
    await article.get_by_role("button", name="Delete…").click()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await expect(day).to_have_accessible_name(re.compile("4 h off, unknown"))
    await page.get_by_role("button", name=re.compile("^Undo")).click()
    await expect(notice(page)).to_contain_text("Undone: Deleted time off on 1 day")
    await expect(day).to_have_accessible_name(re.compile("4 h off, conflict"))

    page = await enter("hr")
    await cell(page, "Ida Vale", "2026-03-03").click()
    await expect(page.get_by_role("article").filter(has_text="dentist")).to_have_count(1)


async def test_a_reason_that_was_written_over_is_said_not_to_come_back(enter):
    page = await enter("planner")
    await cell(page, "Ida Vale", "2026-03-03").click()
    article = article_of(page)
    await article.get_by_role("button", name="Edit…").click()
    await field(page, "Reason").fill("course")
    await page.get_by_role("button", name="Save").click()
    await expect(notice(page)).to_contain_text(
        "The reason of before does not come back: you may not read it."
    )

    page = await enter("hr")
    await cell(page, "Ida Vale", "2026-03-03").click()
    await article_of(page).get_by_role("button", name="Edit…").click()
    await field(page, "Reason").fill("dentist")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_who_may_write_for_anybody_chooses_among_all(enter):
    page = await enter("planner")
    await everybody(page)
    await page.get_by_role("button", name=NEW).click()

    for name, company in (("Bo Reed", "Harbour"), (f"Miller {CREW - 1}", "Mill")):
        await choose_worker(page, name)
        await expect(who_is_off(page)).to_have_value(f"{name}, {company}")


async def test_an_employee_writes_their_own_time_off_and_nobody_elses(enter):
    # Also where the filters leave the own worker out.
    page = await enter("ida", f"{MARCH}&name=miller")
    await expect(row(page, "Miller 00")).to_be_visible()
    await cell(page, "Miller 00", "2026-03-10").click()
    await expect(page.get_by_role("dialog", name="Miller 00")).to_be_visible()
    await expect(page.get_by_role("dialog").get_by_role("button", name=NEW)).to_have_count(0)
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name=NEW).click()
    who = who_is_off(page)
    await expect(who).to_have_value("Ida Vale, Harbour")
    found = page.get_by_role("listbox").get_by_role("option")
    await who.fill("a")
    await expect(found).to_have_text(["Ida Vale Engineer · Harbour"])
    await who.fill("miller")
    await expect(page.get_by_role("dialog").get_by_role("status")).to_have_text(
        "Nobody has such a name"
    )
    await expect(found).to_have_count(0)
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()

    await page.get_by_role("searchbox", name="Name").fill("ida")
    await open_form(page, "Ida Vale", "2026-03-24", "Kantata OX")
    await field(page, "Hours").fill("3")
    await expect(page.get_by_role("complementary")).to_contain_text("1 new entry")
    await page.get_by_role("button", name="Create").click()
    await expect(cell(page, "Ida Vale", "2026-03-24")).to_have_text("3")


async def test_what_is_not_permitted_is_said_at_the_worker(enter):
    """Another page, or an older one, may offer more than the gateway permits."""

    async def ask_for_another(route):
        body = json.loads(route.request.post_data or "{}")
        for entry in body["variables"].get("input", {}).get("timeOffEntries", []):
            entry["userId"] = "9002"
        await route.continue_(post_data=json.dumps(body))

    page = await enter("ida")
    await open_form(page, "Ida Vale", "2026-03-25", "Kantata OX")
    await page.route("**/graphql", ask_for_another)
    await field(page, "Hours").fill("2")
    told = "You may not record time off for Ida Vale."
    await expect(page.get_by_role("complementary")).to_contain_text(told)
    await page.get_by_role("button", name="Create").click()

    await expect(who_is_off(page)).to_have_accessible_description(told)
    await expect(field(page, "Hours")).to_have_value("2")
    await page.unroute("**/graphql")


async def test_who_may_not_read_time_off_is_told_so(enter, complaints):
    page = await enter("blind")

    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("You may not see this")
    await expect(alert).to_contain_text("This needs the permission READ_TIME_OFF.")
    await expect(page.get_by_role("link", name="As CSV")).to_have_count(0)
    await expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    forgive(complaints, "/graphql", "status of 403")


async def test_the_form_says_who_reads_a_reason(enter):
    page = await enter("planner")
    await open_form(page, "Cy Moss", "2026-03-10", "Procore")

    await expect(field(page, "Reason")).to_have_accessible_description(
        "Read by the worker and by those who may read reasons."
    )


# A session that ends while the page is open


async def test_what_was_typed_outlives_the_session(enter, guarded, complaints):
    page = await enter("planner")
    await open_form(page, "Bo Reed", "2026-03-17", "Kantata OX")
    await sign_out_elsewhere(page, guarded.url)
    await field(page, "Hours").fill("2.5")
    await page.get_by_role("button", name="Create").click()

    alert = page.get_by_role("dialog").get_by_role("alert")
    await expect(alert).to_contain_text("You are signed out.")
    await expect(page.get_by_role("complementary")).to_contain_text("You are signed out.")
    async with page.context.expect_page() as opening:
        await alert.get_by_role("link", name="Sign in").click()
    other = await opening.value
    await sign_in(other, guarded.tokens["planner"])
    await other.wait_for_url(f"{guarded.url}/calendar{MARCH}*")
    await other.close()

    await expect(field(page, "Hours")).to_have_value("2.5")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(cell(page, "Bo Reed", "2026-03-17")).to_have_text("2.5")
    await expect(page.get_by_text("You are signed out.")).to_have_count(0)
    forgive(complaints, *SIGNED_OUT)


async def test_who_is_signed_out_is_led_back_to_what_they_looked_at(enter, guarded, complaints):
    page = await enter("viewer", f"{MARCH}&name=ida")
    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
    await sign_out_elsewhere(page, guarded.url)
    await page.get_by_role("button", name="Next month").click()

    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("You are signed out.")
    await expect(page.locator("summary")).to_have_count(0)
    await alert.get_by_role("link", name="Sign in").click()
    await sign_in(page, guarded.tokens["ida"])

    await page.wait_for_url(re.compile(r"/calendar\?.*day=2026-04-.*name=ida"))
    await expect(page.locator("summary", has_text="ida, employee")).to_be_visible()
    await expect(page.get_by_role("button", name=NEW)).to_be_enabled()
    forgive(complaints, *SIGNED_OUT)


async def test_a_day_that_is_opened_without_a_session_says_so(enter, guarded, complaints):
    page = await enter("viewer")
    await everybody(page)
    await sign_out_elsewhere(page, guarded.url)
    await cell(page, "Ida Vale", "2026-03-03").click()

    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(
        "You are signed out. Sign in"
    )
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("alert")).to_contain_text("You are signed out. Sign in")
    await expect(row(page, "Ida Vale")).to_be_visible()
    forgive(complaints, *SIGNED_OUT)


async def test_somebody_else_who_signs_in_elsewhere_gets_their_own_rights(
    enter, guarded, complaints
):
    page = await enter("planner")
    await everybody(page)
    await sign_out_elsewhere(page, guarded.url)
    await page.get_by_role("button", name="Next month").click()
    await expect(page.get_by_role("alert")).to_contain_text("You are signed out.")
    other = await page.context.new_page()
    await other.goto(f"{guarded.url}/sign-in?return_to=/sessions")
    await sign_in(other, guarded.tokens["viewer"])
    await other.wait_for_url(f"{guarded.url}/sessions")
    await other.close()
    await page.evaluate("dispatchEvent(new Event('focus'))")

    await everybody(page)
    await expect(page.locator("summary", has_text="viewer, viewer")).to_be_visible()
    await expect(page.get_by_role("button", name=NEW)).to_have_count(0)
    await expect(page.get_by_role("alert")).to_have_count(0)
    forgive(complaints, *SIGNED_OUT)


async def test_a_file_that_is_asked_for_without_a_session_comes_after_the_sign_in(
    enter, guarded, complaints
):
    page = await enter("viewer", f"{MARCH}&name=ida")
    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
    await sign_out_elsewhere(page, guarded.url)
    await page.get_by_role("link", name="As CSV").click()
    async with page.expect_download() as waiting:
        await sign_in(page, guarded.tokens["viewer"])

    download = await waiting.value
    assert download.suggested_filename == "schedule-2026-03-01-to-2026-03-31.csv"
    lines = (await download.path()).read_text().splitlines()
    assert lines[1:]
    assert all("Ida Vale" in line for line in lines[1:])
    forgive(complaints, *SIGNED_OUT, "/exports/schedule.csv")


async def test_what_seems_to_come_from_another_site_is_refused_in_words(enter, complaints):
    async def from_elsewhere(route):
        # Asked beside the browser, which lets nobody change this header.
        headers = await route.request.all_headers() | {"sec-fetch-site": "cross-site"}
        await route.fulfill(response=await route.fetch(headers=headers))

    page = await enter("planner")
    await everybody(page)
    await page.route("**/graphql", from_elsewhere)
    await page.get_by_role("button", name="Next month").click()

    await expect(page.get_by_role("alert")).to_contain_text("only from its own pages")
    await page.unroute_all(behavior="wait")  # another request may be under way
    forgive(complaints, "/graphql", "status of 403")


async def test_who_asks_for_too_much_is_told_to_wait(visit, tmp_path, complaints):
    database = f"sqlite:///{tmp_path}/timeoff.db"
    limit = {"TIMEOFF_LIMIT_COST_PER_MINUTE": "150000"}
    with guarding(database, limit) as guarded:
        page = await visit(guarded.url)
        await sign_in(page, guarded.tokens["planner"])
        await everybody(page)
        alert = page.get_by_role("alert")
        for _ in range(40):
            await page.get_by_role("button", name="Next month").click()
            await page.wait_for_timeout(400)
            if await alert.count():
                break

        await expect(alert).to_contain_text(
            re.compile(r"too much at a time\. Wait \d+ s, then try again\.")
        )
        await expect(alert.get_by_role("button", name="Try again")).to_be_visible()
        await page.close()
    forgive(complaints, "/graphql", "status of 429")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["wide", "narrow"])
async def test_axe_finds_nothing_and_nothing_sticks_out(
    enter, guarded, complaints, tmp_path, size, scheme, needs_axe
):
    page = await enter("planner", size=size, scheme=scheme)
    await everybody(page)
    await page.locator("summary").click()
    await look(page, tmp_path / "menu.png")
    await sign_out_elsewhere(page, guarded.url)
    await cell(page, "Ida Vale", "2026-03-03").click()
    await page.get_by_role("dialog").get_by_role("alert").wait_for()
    await look(page, tmp_path / "day.png")
    await page.keyboard.press("Escape")
    await page.get_by_role("alert").wait_for()
    await look(page, tmp_path / "signed-out.png")
    await open_form(page, "Bo Reed", "2026-03-18", "Kantata OX")
    await page.get_by_role("button", name="Create").click()
    await page.get_by_role("dialog").get_by_role("alert").wait_for()
    await page.get_by_role("complementary").get_by_text("You are signed out.").wait_for()
    await look(page, tmp_path / "form.png")
    forgive(complaints, *SIGNED_OUT)


async def look(page, file):
    """Have axe look at the page, and keep a picture of it for a person to do so."""
    found = await violations(page)
    await page.screenshot(path=file)
    assert found == []
    assert await overflow(page) == 0
