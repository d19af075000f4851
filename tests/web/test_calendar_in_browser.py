"""What a person does with the calendar page, in Chromium, against a real gateway."""

import asyncio
import json
import re

import pytest
from playwright.async_api import expect

from tests.server import serving
from tests.web.axe import violations
from tests.web.calendar_company import CREW, EVERYBODY, ask
from tests.web.calendar_page import (
    MARCH,
    cell,
    choose,
    choose_worker,
    field,
    forgive,
    in_full,
    open_form,
    overflow,
    press_until,
    row,
    stands_still,
    todays,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]


async def test_days_show_their_hours_and_their_kind(page):
    await expect(cell(page, "Ida Vale", "2026-03-02")).to_have_text("8")
    await expect(cell(page, "Ida Vale", "2026-03-02")).to_have_accessible_name(
        "Monday, 2 March 2026: 8 h off, unknown, only in Kantata OX"
    )
    await expect(cell(page, "Ida Vale", "2026-03-03")).to_have_accessible_name(
        "Tuesday, 3 March 2026: 4 h off, conflict, 4 h free, the systems differ"
    )
    await expect(cell(page, "Ida Vale", "2026-03-04")).to_have_accessible_name(
        "Wednesday, 4 March 2026: holiday, Founders' Day"
    )
    await expect(cell(page, "Bo Reed", "2026-03-07")).to_have_accessible_name(
        "Saturday, 7 March 2026: off duty"
    )
    await expect(cell(page, "Bo Reed", "2026-03-09")).to_have_accessible_name(
        "Monday, 9 March 2026: free, 8 h"
    )


async def test_each_day_and_each_worker_has_its_sums(page):
    await page.get_by_role("searchbox", name="Name").fill("ida")
    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()

    ida = row(page, "Ida Vale").get_by_role("gridcell")
    await expect(ida.nth(31)).to_have_accessible_name("12 h off")
    await expect(ida.nth(32)).to_have_accessible_name("156 h free")
    free = row(page, "Free hours").get_by_role("gridcell")
    await expect(free.nth(1)).to_have_text("0")
    await expect(free.nth(2)).to_have_text("4")
    people = row(page, "People off").get_by_role("gridcell")
    await expect(people.nth(2)).to_have_text("1")
    await expect(people.nth(8)).to_have_text("")


async def test_a_worker_is_found_by_a_part_of_the_name(page):
    await page.get_by_role("searchbox", name="Name").fill("vale")

    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
    await expect(row(page, "Ida Vale")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"name=vale"))


async def test_filters_narrow_the_rows_and_name_nobody_where_none_fits(page):
    await choose(page, "Role", "Designer")
    await expect(page.get_by_text("2 workers", exact=True)).to_be_visible()

    await page.get_by_label("Only those off").check()
    await expect(page.get_by_role("heading", name="Nobody fits")).to_be_visible()

    await page.get_by_role("button", name="Show everybody").click()
    await expect(page.get_by_text(f"{EVERYBODY} workers", exact=True)).to_be_visible()

    await page.get_by_label("Only those off").check()
    await expect(page.get_by_text(f"{EVERYBODY} workers · 1 off", exact=True)).to_be_visible()
    await page.get_by_label("Only those off").uncheck()
    await page.get_by_label("Company").select_option("Mill")
    await expect(page.get_by_text(f"{CREW} workers", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Role: All roles").click()
    await expect(page.get_by_role("checkbox", name="Designer")).to_have_count(0)


async def test_days_are_paged_and_the_back_button_goes_back(page):
    title = page.get_by_role("heading", level=1)
    await expect(title).to_have_text("March 2026")

    await page.get_by_role("button", name="Next month").click()
    await expect(title).to_have_text("April 2026")
    await expect(page.get_by_role("columnheader", name=in_full("2026-04-30"))).to_be_visible()
    await page.get_by_role("button", name="Week", exact=True).click()
    await expect(title).to_have_text("Week 14 of 2026")
    await page.get_by_role("button", name="Previous week").click()
    await expect(title).to_have_text("Week 13 of 2026")
    await page.get_by_role("button", name="Quarter").click()
    await expect(title).to_have_text("January to March 2026")
    days = page.get_by_role("columnheader", name=re.compile(r"^\w+day, \d+ \w+ 2026"))
    await expect(days).to_have_count(90)

    for earlier in ("Week 13 of 2026", "Week 14 of 2026", "April 2026", "March 2026"):
        await page.go_back()
        await expect(title).to_have_text(earlier)
    await expect(cell(page, "Ida Vale", "2026-03-02")).to_have_text("8")

    await page.get_by_role("button", name="Today").click()
    await expect(page.get_by_role("columnheader", name=await todays(page))).to_have_attribute(
        "aria-current", "date"
    )


async def test_the_address_brings_a_colleague_to_the_same_view(page, visit, harbour):
    await page.get_by_label("Company").select_option("Harbour")
    await choose(page, "Role", "Engineer", "Designer")
    await page.get_by_label("Only those off").check()
    await page.get_by_role("button", name="Quarter").click()
    await page.get_by_role("searchbox", name="Name").fill("a")
    await expect(page).to_have_url(re.compile(r"name=a"))

    address = page.url.removeprefix(f"{harbour}/calendar")
    theirs = await visit(harbour, address)

    await expect(theirs.get_by_role("heading", level=1)).to_have_text("January to March 2026")
    await expect(theirs.get_by_text("3 workers · 1 off", exact=True)).to_be_visible()
    await expect(
        theirs.get_by_role("button", name="Role: 2 roles, Designer, Engineer", exact=True)
    ).to_have_text("2 roles")
    assert await chosen(theirs, "Company") == "Harbour"
    await expect(theirs.get_by_label("Only those off")).to_be_checked()
    await expect(theirs.get_by_role("searchbox", name="Name")).to_have_value("a")


async def chosen(page, label):
    return await page.get_by_label(label).evaluate("list => list.selectedOptions[0].text")


@pytest.mark.parametrize(
    "address", ["?view=decade&day=2026-02-30", "?view=month&day=1999-12-31", "?day=%00"]
)
async def test_an_address_that_means_nothing_shows_today(visit, harbour, address):
    page = await visit(harbour, address)

    await expect(page.get_by_role("columnheader", name=await todays(page))).to_be_visible()


async def test_the_calendar_ends_where_the_days_of_the_gateway_do(visit, harbour):
    page = await visit(harbour, "?view=week&day=2000-01-01")

    await expect(page.get_by_role("button", name="Previous week")).to_be_disabled()
    await expect(page.get_by_role("columnheader", name=re.compile(r"day, \d"))).to_have_count(2)
    await expect(row(page, "Ida Vale")).to_be_visible()


async def test_a_day_tells_its_records_with_times_references_and_notes(page):
    await cell(page, "Ida Vale", "2026-03-03").click()

    day = page.get_by_role("dialog", name="Ida Vale")
    await expect(day).to_contain_text("Tuesday, 3 March 2026 · Engineer · Harbour")
    await expect(day.get_by_role("article")).to_have_count(2)
    await expect(day.get_by_role("article").nth(0)).to_contain_text("Kantata OX4 h")
    await expect(day.get_by_role("article").nth(1)).to_contain_text("10:00 to 12:00")
    await expect(day.get_by_role("article").nth(1)).to_contain_text("dentist")
    await expect(day).to_contain_text("4 h off if both systems mean the same absence, 6 h if")
    await expect(day.get_by_role("heading", name="Notes")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(day).to_have_count(0)

    await cell(page, "Ida Vale", "2026-03-02").click()
    link = page.get_by_role("dialog").get_by_role("link", name="jira Issue HR-7")
    await expect(link).to_have_attribute("href", "https://jira.example.com/browse/HR-7")


async def test_a_weekly_repeat_is_previewed_created_and_seen(page, harbour):
    await open_form(page, "Cy Moss", "2026-03-03", "Procore")
    await field(page, "From").fill("07:00")
    await field(page, "To").fill("15:00")
    await field(page, "Reason").fill("training")
    await field(page, "Repeat").select_option("Weekly")
    await field(page, "Until").fill("2026-03-31")

    preview = page.get_by_role("complementary", name="Preview")
    await expect(preview).to_contain_text(
        "5 instances with 40 h, Tue, 3 March 2026 to Tue, 31 March 2026"
    )
    days = preview.get_by_role("listitem")
    await expect(days).to_have_count(5)
    await expect(days.nth(1)).to_contain_text("Tue, 10 Mar 2026 0 → 8 h off, 0 h free")
    assert ask(harbour, "{ personTimeOffs { totalCount } }") == {
        "personTimeOffs": {"totalCount": 1}
    }

    await page.get_by_role("button", name="Create").click()

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_text("Created time off on 5 days for Cy Moss.")).to_be_visible()
    for day in ("2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24", "2026-03-31"):
        await expect(cell(page, "Cy Moss", day)).to_have_accessible_name(
            re.compile(r"8 h off, paid")
        )
    await expect(row(page, "Cy Moss").get_by_role("gridcell").nth(31)).to_have_text("40")


async def test_a_warning_is_told_before_it_is_sent(page):
    await open_form(page, "Ida Vale", "2026-03-03", "Procore")
    await field(page, "From").fill("11:02")
    await field(page, "To").fill("13:00")
    await field(page, "Reason").fill("lunch")

    warnings = page.get_by_role("list", name="Warnings").get_by_role("listitem")
    await expect(warnings.filter(has_text="round")).to_have_count(1)
    await expect(warnings.filter(has_text="Overlaps")).to_have_count(1)


async def test_a_refused_entry_is_marked_at_its_field(page, harbour):
    await open_form(page, "Bo Reed", "2026-03-09", "Kantata OX")
    await page.get_by_role("button", name="Add a day").click()
    hours = page.get_by_role("textbox", name="Hours")
    await hours.nth(1).fill("9.5")
    await page.get_by_role("button", name="Create").click()

    await expect(hours.nth(1)).to_have_accessible_description(re.compile(r"9\.5 h do not fit"))
    await expect(hours.nth(1)).to_have_attribute("aria-invalid", "true")
    await expect(hours.nth(1)).to_be_focused()
    await expect(hours.nth(0)).to_have_attribute("aria-invalid", "false")
    await expect(page.get_by_role("complementary")).to_contain_text("would be refused")

    await hours.nth(1).fill("3")
    await expect(page.get_by_role("complementary")).to_contain_text("2 new entries")
    await expect(hours.nth(1)).to_have_attribute("aria-invalid", "false")
    await page.get_by_role("button", name="Create").click()

    await expect(cell(page, "Bo Reed", "2026-03-09")).to_have_text("8")
    await expect(cell(page, "Bo Reed", "2026-03-10")).to_have_text("3")


@pytest.mark.parametrize(
    ("model", "label", "value", "told"),
    [
        pytest.param("Procore", "Last day", "2026-03-01", "before", id="days reversed"),
        pytest.param("Procore", "Until", "2026-01-01", "2026", id="a repeat that ended before"),
        pytest.param("Procore", "Reason", "", "Say why.", id="no reason"),
        pytest.param("Procore", "Every so many weeks", "0", "from 1 on", id="no cadence"),
        pytest.param(
            "Kantata OX", "First day", "1999-12-31", "2000", id="a day of another century"
        ),
        pytest.param("Kantata OX", "Hours", "", "Say how many hours.", id="no hours"),
        pytest.param("Kantata OX", "Hours", "-1", "0", id="hours below nothing"),
    ],
)
async def test_what_is_wrong_is_told_where_it_is(page, model, label, value, told):
    await open_form(page, "Dara Fenn", "2026-03-11", model)
    if model == "Procore":
        await field(page, "Reason").fill("family")
        await field(page, "Repeat").select_option("Weekly")
        await field(page, "Until").fill("2026-04-30")
    await field(page, label).fill(value)
    await page.get_by_role("button", name="Create").click()

    wrong = field(page, label)
    await expect(wrong).to_have_attribute("aria-invalid", "true")
    await expect(wrong).to_be_focused()
    await expect(wrong).to_have_accessible_description(re.compile(told))


async def test_a_worker_of_one_system_is_not_offered_the_other(page):
    await page.get_by_role("button", name="New time off").click()
    await choose_worker(page, "Miller 00")

    await expect(page.get_by_role("radio", name="Procore")).to_be_disabled()
    await expect(page.get_by_role("radio", name="Kantata OX")).to_be_checked()


async def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_done_twice(
    page, harbour, complaints
):
    """The gateway carries the create out, but the line drops before the answer is there."""
    await open_form(page, "Edda Roe", "2026-03-12", "Kantata OX")
    await page.get_by_role("textbox", name="Hours").fill("2")
    lost: list[object] = []

    async def lose(route):
        if not lost and "idempotencyKey" in (route.request.post_data or ""):
            lost.append(await route.fetch())
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await page.route("**/graphql", lose)
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    await page.get_by_role("button", name="Try again").click()

    await expect(cell(page, "Edda Roe", "2026-03-12")).to_have_text("2")
    assert lost
    forgive(complaints, "ERR_CONNECTION_RESET")


async def test_of_what_a_proxy_answered_nobody_says_that_nothing_was_stored(page, complaints):
    forgive(complaints, "503")
    await open_form(page, "Edda Roe", "2026-03-13", "Kantata OX")
    await page.get_by_role("textbox", name="Hours").fill("2")

    async def answer_in_its_place(route):
        if "idempotencyKey" not in (route.request.post_data or ""):
            return await route.continue_()
        await route.fetch()  # it is carried out
        return await route.fulfill(status=503, content_type="text/html", body="<h1>Away</h1>")

    await page.route("**/graphql", answer_in_its_place)
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("alert")).to_contain_text("Whether anything was stored is not")
    await page.unroute("**/graphql")
    await page.get_by_role("button", name="Try again").click()

    await expect(cell(page, "Edda Roe", "2026-03-13")).to_have_text("2")


async def test_all_of_it_can_be_done_with_the_keyboard(page):
    await page.get_by_label("Only those off").focus()
    await page.keyboard.press("Tab")
    await expect(page.locator(".day > button:not([tabindex])")).to_be_focused()
    await page.keyboard.press("Tab")
    first = page.get_by_role("gridcell", name=in_full("2026-03-01")).nth(0)
    await expect(first).to_be_focused()

    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "End", "Home", "ArrowRight"):
        await page.keyboard.press(key)
    await page.keyboard.press("Control+End")
    await expect(row(page, f"Miller {CREW - 1}").get_by_role("gridcell").last).to_be_focused()
    await page.keyboard.press("Control+Home")
    await expect(page.get_by_role("rowheader", name="Bo Reed")).to_be_focused()
    await page.keyboard.press("PageDown")
    # Its row is not even drawn any more, perhaps.
    await expect(
        page.get_by_role("rowheader", name="Bo Reed").and_(page.locator(":focus"))
    ).to_have_count(0)
    await page.keyboard.press("Control+Home")
    await expect(page.get_by_role("rowheader", name="Bo Reed")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    for _ in range(16):
        await page.keyboard.press("ArrowRight")
    monday = cell(page, "Cy Moss", "2026-03-16")
    await expect(monday).to_be_focused()

    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Cy Moss")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(monday).to_be_focused()

    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Cy Moss")).to_be_visible()
    # A quick hand: the second key comes before the browser has told that the window is shut.
    await asyncio.gather(page.keyboard.press("Escape"), page.keyboard.press("Enter"))
    await expect(page.get_by_role("dialog", name="Cy Moss")).to_be_visible()
    button = page.get_by_role("dialog").get_by_role("button", name="New time off")
    await press_until(page, "Tab", button)
    await page.keyboard.press("Enter")
    await press_until(page, "Tab", field(page, "Reason"))
    await page.keyboard.type("family")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(monday).to_have_accessible_name(re.compile(r"8 h off, paid"))
    await expect(monday).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 800)], ids=["wide", "narrow"])
async def test_axe_finds_nothing(visit, harbour, scheme, size, needs_axe):
    page = await visit(harbour, f"{MARCH}&name=e", size=size, scheme=scheme)
    await row(page, "Ida Vale").wait_for()
    found = {"the grid": await violations(page)}
    await page.get_by_role("button", name="Quarter").click()
    await page.get_by_role("columnheader", name=in_full("2026-01-01")).wait_for()
    found["the quarter"] = await violations(page)

    await cell(page, "Ida Vale", "2026-03-03").click()
    await page.get_by_role("dialog").get_by_role("article").first.wait_for()
    found["the day"] = await violations(page)

    await page.get_by_role("dialog").get_by_role("button", name="New time off").click()
    await page.get_by_role("textbox", name="Hours").fill("12")
    await page.keyboard.press("Tab")  # what is wrong is marked once the field was left
    await (
        page.get_by_role("textbox", name="Hours")
        .and_(page.locator("[aria-invalid=true]"))
        .wait_for()
    )
    found["a refusal"] = await violations(page)

    await page.get_by_role("radio", name="Procore").check()
    await field(page, "Reason").fill("medical")
    await page.get_by_role("complementary").get_by_role("listitem").first.wait_for()
    found["the preview"] = await violations(page)

    await page.keyboard.press("Escape")
    await page.get_by_role("searchbox", name="Name").fill("nobody of that name")
    await page.get_by_role("heading", name="Nobody fits").wait_for()
    found["nobody"] = await violations(page)

    assert {place: each for place, each in found.items() if each} == {}


@pytest.mark.parametrize("width", [360, 390])
async def test_on_a_phone_everything_has_its_place(visit, harbour, width):
    page = await visit(harbour, "?day=2026-03-03", size=(width, 740), has_touch=True)

    await expect(page.get_by_role("heading", level=1)).to_have_text("Week 10 of 2026")
    await expect(cell(page, "Ida Vale", "2026-03-03")).to_be_in_viewport()
    assert await overflow(page) == 0
    await stands_still(page)
    await cell(page, "Ida Vale", "2026-03-03").tap()
    await expect(page.get_by_role("dialog").get_by_role("article")).to_have_count(2)
    await page.get_by_role("dialog").get_by_role("button", name="New time off").tap()
    await expect(page.get_by_role("button", name="Create")).to_be_in_viewport()
    assert await overflow(page) == 0


@pytest.mark.parametrize("view", ["week", "month", "quarter"])
async def test_a_month_of_the_demo_data_prints_on_one_page(visit, gateway, view):
    page = await visit(gateway, f"?view={view}")
    workers = ask(gateway, '{ schedule(from: "2026-01-01", to: "2026-01-01") { totalCount } }')
    everybody = workers["schedule"]["totalCount"]
    await expect(page.get_by_text(f"{everybody} workers", exact=True)).to_be_visible()
    assert await page.get_by_role("rowheader").count() < everybody

    paper = await page.pdf(prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    # What is not in sight is put on paper as well.
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    await expect(page.get_by_role("rowheader")).to_have_count(everybody + 2)


async def test_without_a_network_the_page_says_so_and_goes_on_when_it_is_back(
    page, harbour, complaints
):
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Next month").click()
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("The gateway could not be reached.")

    await page.context.set_offline(False)
    await alert.get_by_role("button", name="Try again").click()

    await expect(page.get_by_text(f"{EVERYBODY} workers", exact=True)).to_be_visible()
    await expect(alert).to_have_count(0)
    forgive(complaints, "ERR_INTERNET_DISCONNECTED")


async def test_rows_that_could_not_be_loaded_are_missed(visit, harbour, complaints):
    page = await visit(harbour, "?view=month&day=2026-05-01")
    await expect(page.get_by_text(f"{EVERYBODY} workers", exact=True)).to_be_visible()

    async def lose_the_second_page(route):
        asked = json.loads(route.request.post_data or "{}")
        if asked.get("variables", {}).get("after"):
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await page.route("**/graphql", lose_the_second_page)
    await page.get_by_role("button", name="Next month").click()

    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text(f"Only 40 of {EVERYBODY} workers are shown.")
    await expect(row(page, "Free hours")).to_contain_text("so far")
    await page.unroute("**/graphql")
    await alert.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text(f"{EVERYBODY} workers", exact=True)).to_be_visible()
    forgive(complaints, "ERR_CONNECTION_RESET")


async def test_a_gateway_that_does_not_admit_the_question_says_so(visit, database_file, complaints):
    with serving(database_file, "--no-demo", environment={"TIMEOFF_LIMIT_COST": "100"}) as server:
        page = await visit(server.url)

        await expect(page.get_by_role("alert")).to_contain_text(
            "That is more than the gateway takes at a time."
        )
        await page.close()
    forgive(complaints, "/graphql", "status of 4")


async def test_the_production_mode_has_the_calendar_too(visit, database_file):
    with serving(
        database_file,
        "--no-demo",
        environment={"TIMEOFF_MODE": "production", "TIMEOFF_AUTH": "off"},
    ) as server:
        page = await visit(server.url)

        await expect(page.get_by_text(f"{EVERYBODY} workers", exact=True)).to_be_visible()
        await page.close()


async def test_who_wants_no_motion_gets_none(visit, harbour):
    page = await visit(harbour, reduced_motion="reduce")
    await row(page, "Ida Vale").wait_for()

    moving = await page.evaluate("document.getAnimations().length")

    assert moving == 0


async def test_the_days_can_be_taken_home_as_a_file(page):
    await page.get_by_role("searchbox", name="Name").fill("ida")
    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()

    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="As CSV").click()

    download = await waiting.value
    assert download.suggested_filename == "schedule-2026-03-01-to-2026-03-31.csv"
    lines = (await download.path()).read_text().splitlines()
    assert [line.split(",")[5] for line in lines[1:]] == ["2026-03-02", "2026-03-03"]


async def test_what_is_recorded_twice_for_somebody_is_shown_twice(page):
    """The same row asked for again is not answered by what it was before."""
    for day, hours in (("2026-03-23", "2"), ("2026-03-24", "3")):
        await open_form(page, "Finn Lowe", day, "Kantata OX")
        await field(page, "Hours").fill(hours)
        await page.get_by_role("button", name="Create").click()
        await expect(cell(page, "Finn Lowe", day)).to_have_text(hours)


async def test_the_focus_comes_back_to_the_day_that_was_clicked(page):
    await cell(page, "Edda Roe", "2026-03-26").click()
    await expect(page.get_by_role("dialog", name="Edda Roe")).to_be_visible()
    await page.keyboard.press("Escape")

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(cell(page, "Edda Roe", "2026-03-26")).to_be_focused()


async def test_what_is_recorded_while_rows_are_on_their_way_is_not_put_back(page):
    later = asyncio.Event()
    is_held: list[object] = []

    async def hold_the_second_page(route):
        asked = json.loads(route.request.post_data or "{}")
        if asked.get("variables", {}).get("after") and not is_held:
            is_held.append(route)
            await later.wait()
        await route.continue_()

    await page.route("**/graphql", hold_the_second_page)
    await page.get_by_role("button", name="Next month").click()
    await expect(page.get_by_text(f"40 of {EVERYBODY} workers, loading")).to_be_visible()
    await open_form(page, "Bo Reed", "2026-04-14", "Kantata OX")
    await field(page, "Hours").fill("2")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(cell(page, "Bo Reed", "2026-04-14")).to_have_text("2")
    later.set()

    await expect(page.get_by_text(f"{EVERYBODY} workers", exact=True)).to_be_visible()
    await expect(cell(page, "Bo Reed", "2026-04-14")).to_have_text("2")
    assert is_held
    await page.unroute_all(behavior="ignoreErrors")
