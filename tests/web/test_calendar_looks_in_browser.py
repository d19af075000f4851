"""The day that somebody looks at stays in sight, and what is said is said in words for people."""

import json
import re
from datetime import date, timedelta

import pytest
from playwright.async_api import expect

from tests.web.calendar_company import HARBOUR, MILL
from tests.web.calendar_page import MARCH, cell, field, forgive, in_full, open_form, row
from tests.web.chromium import PATIENCE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

SIZES = {"desktop": (1280, 800), "phone": (390, 800), "small phone": (360, 640)}
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|[Uu]ser \d|[Pp]erson \d|input\.")


def sized(test):
    return pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)(test)


def column(page, day):
    return page.get_by_role("columnheader", name=in_full(day))


IS_UNCOVERED = """header => {
    const { left, right, top } = header.getBoundingClientRect();
    return [left + 1, right - 1].every(
        x => header.contains(document.elementFromPoint(x, top + 5)));
}"""


async def expect_in_sight(page, day):
    """All of the day's column is in the window, and beside the names and sums, not below them."""
    header = column(page, day)
    await expect(header).to_be_in_viewport(ratio=1)
    for _ in range(PATIENCE // 100):
        if await header.evaluate(IS_UNCOVERED):
            return
        await page.wait_for_timeout(100)
    raise AssertionError(f"{day} is covered")


async def local_today(page):
    return await page.evaluate("new Date().toLocaleDateString('sv')")


async def loaded(page):
    await page.locator(".grid[aria-busy=false]").wait_for()


@sized
async def test_today_comes_into_sight_and_back_into_sight(visit, harbour, size):
    page = await visit(harbour, "?view=week&day=2026-03-10", size=size)
    today = await local_today(page)
    for view in ("week", "month", "quarter"):
        await page.goto(f"{harbour}/calendar?view={view}&day=2026-03-10")
        await loaded(page)

        await page.get_by_role("button", name="Today").click()

        await expect(page).to_have_url(re.compile(f"day={today}"))
        await expect_in_sight(page, today)
        for edge in (0, 10_000):
            await page.locator(".grid").evaluate("(grid, edge) => grid.scrollLeft = edge", edge)
            await page.get_by_role("button", name="Today").click()
            await expect_in_sight(page, today)


async def test_today_asks_for_nothing_that_is_shown_already(visit, harbour):
    page = await visit(harbour, "?view=quarter")
    await loaded(page)
    # What was read before the gateway tells what changes is read again.
    await page.wait_for_load_state("networkidle")
    asked = []
    page.on("request", lambda request: asked.append(request.post_data or ""))

    await page.get_by_role("button", name="Today").click()
    await expect_in_sight(page, await local_today(page))

    assert [text for text in asked if "schedule" in text] == []


@sized
async def test_the_day_of_the_address_is_in_sight_in_every_view(visit, harbour, size):
    day = "2026-03-31"
    page = await visit(harbour, f"?view=quarter&day={day}", size=size)
    await loaded(page)
    await expect_in_sight(page, day)

    for view in ("Month", "Week", "Quarter", "Week", "Month"):
        await page.get_by_role("button", name=view, exact=True).click()
        await loaded(page)
        await expect_in_sight(page, day)
        await expect(page).to_have_url(re.compile(f"day={day}"))


HEAD_AND_ROWS = """grid => {
    const right = each => each.getBoundingClientRect().right;
    const head = grid.querySelector('.head');
    return [right(head), ...[...head.children].map(right), right(grid.querySelector('.body'))];
}"""


@sized
async def test_the_head_covers_the_rows_as_far_as_they_go(visit, harbour, size):
    page = await visit(harbour, size=size)
    for view in ("week", "month", "quarter"):
        await page.goto(f"{harbour}/calendar?view={view}&day=2026-03-10")
        await loaded(page)

        head, *rows = await page.locator(".grid").evaluate(HEAD_AND_ROWS)

        assert len(rows) >= 5
        assert set(rows) == {head}, view


async def test_another_view_is_around_the_day_that_was_opened(page):
    await cell(page, "Ida Vale", "2026-03-24").click()
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="Week", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Week 13 of 2026")
    await expect(page.get_by_text("23 \N{EN DASH} 29 March 2026")).to_be_visible()

    await page.get_by_role("button", name="Quarter").click()
    await loaded(page)
    await page.get_by_role("button", name="Month", exact=True).click()
    await page.get_by_role("button", name="Week", exact=True).click()
    await expect(page.get_by_text("23 \N{EN DASH} 29 March 2026")).to_be_visible()


async def test_another_view_is_around_the_day_that_the_keyboard_is_on(page):
    await cell(page, "Ida Vale", "2026-03-02").click()
    await page.keyboard.press("Escape")
    for _ in range(14):
        await page.keyboard.press("ArrowRight")

    await page.get_by_role("button", name="Week", exact=True).click()

    await expect(page.get_by_text("16 \N{EN DASH} 22 March 2026")).to_be_visible()
    await expect(cell(page, "Ida Vale", "2026-03-16")).to_be_visible()
    await page.get_by_label("Only those off").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")  # past the days in the head
    focused = page.locator("[role=gridcell]:focus")
    await expect(focused).to_have_accessible_name(re.compile(in_full("2026-03-16")))


async def test_months_back_and_forth_lead_to_the_day_one_came_from(page):
    await page.get_by_role("button", name="Next month").click()
    await expect(page).to_have_url(re.compile("day=2026-04-01"))
    await page.get_by_role("button", name="Previous month").click()

    await expect(page).to_have_url(re.compile("day=2026-03-10"))
    await page.get_by_role("button", name="Week", exact=True).click()
    await expect(page.get_by_text("9 \N{EN DASH} 15 March 2026")).to_be_visible()


WEEKS = [
    ("2026-03-31", "W 14 · Mar \N{EN DASH} Apr", "30 March \N{EN DASH} 5 April 2026"),
    (
        "2026-01-01",
        "W 1 · Dec 2025 \N{EN DASH} Jan 2026",
        "29 December 2025 \N{EN DASH} 4 January 2026",
    ),
    (
        "2027-01-02",
        "W 53 · Dec 2026 \N{EN DASH} Jan 2027",
        "28 December 2026 \N{EN DASH} 3 January 2027",
    ),
    ("2026-03-10", "W 11 · Mar", "9 \N{EN DASH} 15 March 2026"),
]


@sized
async def test_a_week_names_the_months_that_it_lies_in(visit, harbour, size):
    page = await visit(harbour, size=size)
    for day, week, days in WEEKS:
        await page.goto(f"{harbour}/calendar?view=week&day={day}")

        header = page.get_by_role("columnheader", name=re.compile(r"^Week \d+, "))
        await expect(header).to_have_text(week)
        assert await header.evaluate("each => each.scrollWidth <= each.clientWidth")
        await expect(page.get_by_text(days, exact=True)).to_be_visible()


async def test_the_weeks_of_a_month_name_that_month(page):
    weeks = page.get_by_role("columnheader", name=re.compile(r"^Week \d+, "))

    names = [await each.get_attribute("aria-label") for each in await weeks.all()]
    assert names == [f"Week {number}, March" for number in (9, 10, 11, 12, 13, 14)]


# The form


async def marked(page):
    return await page.locator("[aria-invalid=true]").count()


async def settled(page):
    """Wait until the gateway has answered, or would not be asked: what is asked is told at once."""
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    await page.locator("aside[aria-busy=false]").wait_for()


async def test_nothing_is_wrong_with_a_form_that_nobody_has_touched(page):
    """From a full day, a holiday, a Saturday, and a free day."""
    for day, hours, free in (
        ("2026-03-02", "", "Nothing is free"),
        ("2026-03-04", "", "Nothing is free"),
        ("2026-03-07", "", "Nothing is free"),
        ("2026-03-10", "8", "8 h are free"),
    ):
        await cell(page, "Ida Vale", day).click()
        await page.get_by_role("dialog").get_by_role("button", name="New time off").click()
        await settled(page)

        assert await marked(page) == 0
        await expect(page.locator(".problem, .refusals, [role=alert]")).to_have_count(0)
        await expect(field(page, "Hours")).to_have_accessible_description(free)
        await expect(field(page, "Hours")).to_have_value(hours)
        await page.keyboard.press("Escape")


async def test_walking_through_a_form_marks_nothing(page):
    await open_form(page, "Cy Moss", "2026-03-09", "Procore")
    await field(page, "Repeat").select_option("Monthly")
    await field(page, "First day").focus()
    for _ in range(30):
        await page.keyboard.press("Tab")
    await settled(page)

    assert await marked(page) == 0


async def test_only_the_field_that_was_changed_is_marked(page):
    await open_form(page, "Cy Moss", "2026-03-09", "Procore")
    await field(page, "Reason").fill("training")
    await field(page, "Reason").fill("")
    await field(page, "Repeat").focus()

    await expect(field(page, "Reason")).to_have_accessible_description(re.compile("Say why."))
    assert await marked(page) == 1

    await page.get_by_role("button", name="Create").click()
    await field(page, "Repeat").select_option("Weekly")
    await field(page, "Reason").fill("training")
    await expect(field(page, "Reason")).to_have_attribute("aria-invalid", "false")
    await expect(field(page, "Until")).to_have_attribute("aria-invalid", "true")


async def test_a_day_that_is_added_is_not_marked_before_it_was_touched(page):
    await open_form(page, "Ida Vale", "2026-03-05", "Kantata OX")
    await field(page, "Hours").fill("9")
    await field(page, "Hours").blur()
    await expect(field(page, "Hours")).to_have_attribute("aria-invalid", "true")
    await page.get_by_role("button", name="Add a day").click()
    await settled(page)

    hours = page.get_by_role("textbox", name="Hours")
    await expect(hours.nth(0)).to_have_attribute("aria-invalid", "true")
    await expect(hours.nth(1)).to_have_attribute("aria-invalid", "false")
    preview = page.get_by_role("complementary")
    await expect(preview).to_contain_text("See the marked fields.")
    await expect(preview).to_contain_text("Friday, 6 March 2026: 9 h do not fit.")


@pytest.mark.parametrize(
    ("name", "day", "hours", "told"),
    [
        pytest.param(
            "Ida Vale",
            "2026-03-03",
            "5",
            "Ida Vale works 8 h on Tuesday, 3 March 2026, of which 4 h are free: 5 h do not fit.",
            id="a part is free",
        ),
        pytest.param(
            "Ida Vale",
            "2026-03-02",
            "1",
            "Ida Vale works 8 h on Monday, 2 March 2026, none of them free: 1 h do not fit.",
            id="nothing is free",
        ),
        pytest.param(
            "Bo Reed",
            "2026-03-12",
            "8.25",
            "Bo Reed works 8 h on Thursday, 12 March 2026: 8.25 h do not fit.",
            id="all is free",
        ),
        pytest.param(
            "Bo Reed",
            "2026-03-07",
            "1",
            "Bo Reed has no working hours on Saturday, 7 March 2026.",
            id="no workday",
        ),
    ],
)
async def test_a_refusal_names_the_person_and_the_day(page, name, day, hours, told):
    await open_form(page, name, day, "Kantata OX")
    await field(page, "Hours").fill(hours)
    await field(page, "Hours").blur()

    await expect(page.locator(".field .problem")).to_have_text(told)
    assert not ID.search(await page.get_by_role("dialog").inner_text())


async def test_an_overlap_names_the_person_and_the_day(page):
    await open_form(page, "Ida Vale", "2026-03-03", "Procore")
    await field(page, "Reason").fill("family")

    warning = page.get_by_role("list", name="Warnings").get_by_role("listitem")
    await expect(warning).to_have_text(
        "Overlaps other time off of Ida Vale, first on Tuesday, 3 March 2026."
    )
    assert not ID.search(await page.get_by_role("dialog").inner_text())


@pytest.mark.parametrize(
    ("label", "value", "told"),
    [
        ("Every so many weeks", "1.5", "A whole number from 1 on."),
        ("Every so many weeks", "-2", "A whole number from 1 on."),
        ("Every so many weeks", "", "A whole number from 1 on."),
        ("Every so many weeks", "3000000000", "A whole number of at most 9999."),
        ("Until", "12345-01-01", "Choose a day between 1 January 2000 and 31 December 2099."),
        ("First day", "0026-03-11", "Choose a day between 1 January 2000 and 31 December 2099."),
        ("Last day", "2026-03-10", "Tuesday, 10 March 2026 is before the first day, Wednesday"),
        ("First day", "2026-03-14", "Every day lies on a weekend: let Saturdays"),
        ("To", "08:05", "Start and end are the same time of day"),
    ],
)
async def test_what_cannot_be_is_said_in_words_for_people(page, label, value, told):
    await open_form(page, "Dara Fenn", "2026-03-11", "Procore")
    await field(page, "Reason").fill("family")
    await field(page, "Repeat").select_option("Weekly")
    await field(page, "Until").fill("2026-04-30")
    await field(page, label).fill(value)
    await page.get_by_role("button", name="Create").click()

    await expect(field(page, label)).to_have_accessible_description(re.compile(re.escape(told)))
    await expect(field(page, label)).to_be_focused()
    assert not ID.search(await page.get_by_role("dialog").inner_text())


async def test_a_cadence_is_asked_for_as_a_whole_number(page):
    await open_form(page, "Dara Fenn", "2026-03-11", "Procore")
    await field(page, "Repeat").select_option("Weekly")

    cadence = field(page, "Every so many weeks")
    for name, value in (("min", "1"), ("step", "1"), ("inputmode", "numeric")):
        await expect(cadence).to_have_attribute(name, value)


async def test_what_the_gateway_cannot_read_is_said_at_its_field(page, complaints):
    """Another gateway may read less than this page sends."""

    async def refuse(route):
        body = json.loads(route.request.post_data or "{}")
        body["variables"].get("input", {})["cadence"] = "often"
        await route.continue_(post_data=json.dumps(body))

    await open_form(page, "Dara Fenn", "2026-03-11", "Procore")
    await field(page, "Repeat").select_option("Weekly")
    await field(page, "Until").fill("2026-04-30")
    await field(page, "Every so many weeks").fill("2")
    await page.route("**/graphql", refuse)
    await field(page, "Reason").fill("family")

    await expect(field(page, "Every so many weeks")).to_have_accessible_description(
        "The gateway cannot read this."
    )
    await page.unroute("**/graphql")
    forgive(complaints, "/graphql", "status of 4")


async def test_somebody_who_is_not_there_any_more_is_named(page):
    async def ask_for_another(route):
        body = json.loads(route.request.post_data or "{}")
        for entry in body["variables"].get("input", {}).get("timeOffEntries", []):
            entry["userId"] = "424242"
        await route.continue_(post_data=json.dumps(body))

    await open_form(page, "Bo Reed", "2026-03-11", "Kantata OX")
    await page.route("**/graphql", ask_for_another)
    await field(page, "Hours").fill("2")
    told = "Bo Reed is not there any more. Load the page again."
    await expect(page.get_by_role("complementary")).to_contain_text(told)
    await page.get_by_role("button", name="Create").click()

    await expect(field(page, "Who is off")).to_have_accessible_description(told)
    await page.unroute("**/graphql")


async def test_the_last_day_goes_along_with_the_first(page):
    await open_form(page, "Dara Fenn", "2026-03-11", "Procore")
    await field(page, "Last day").fill("2026-03-13")

    await field(page, "First day").fill("2026-03-18")

    await expect(field(page, "Last day")).to_have_value("2026-03-20")


@sized
async def test_the_preview_takes_the_room_there_is(visit, harbour, size):
    page = await visit(harbour, f"{MARCH}&name=cy", size=size)
    await open_form(page, "Cy Moss", "2026-03-10", "Procore")
    await field(page, "Reason").fill("training")
    await field(page, "Last day").fill(str(date(2026, 3, 10) + timedelta(days=60)))
    await page.get_by_text("days become").wait_for()

    days = page.get_by_role("list", name="What each day becomes")
    await expect(days.get_by_role("listitem").nth(30)).to_be_attached()
    room = await days.evaluate(
        """list => {
            const { bottom } = list.getBoundingClientRect();
            const pane = list.closest('aside').getBoundingClientRect().bottom;
            const window = list.closest('dialog').getBoundingClientRect();
            return {
                below: pane - bottom,
                unused: innerHeight - window.bottom,
                cut: list.scrollHeight - list.clientHeight,
            };
        }"""
    )
    assert room["below"] <= 24
    assert room["cut"] <= 0 or room["unused"] <= 16


# Links that have grown old


@pytest.mark.parametrize(
    "company",
    ["gone", "00000000-0000-4000-8000-000000000000", "Q29tcGFueTpub25l"],
    ids=["no id", "an id that is not there", "a node id of another time"],
)
async def test_a_link_to_a_company_that_is_gone_offers_those_there_are(
    visit, harbour, complaints, company
):
    page = await visit(harbour, f"{MARCH}&company={company}&role=7", size=SIZES["phone"])
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("There is no such company")
    await expect(page.get_by_label("Company")).to_have_value(company)

    for name in ("Harbour", "Mill", "All companies"):
        await expect(alert.get_by_role("button", name=name)).to_be_in_viewport()
    await alert.get_by_role("button", name="Harbour").click()

    await expect(row(page, "Ida Vale")).to_be_visible()
    await expect(page.get_by_label("Company")).to_contain_text("Harbour")
    await expect(page).not_to_have_url(re.compile("role="))
    forgive(complaints, "/graphql", "status of 4")


@pytest.mark.parametrize("role", ["gone", "424242"])
async def test_a_link_to_a_role_that_is_gone_offers_all_of_them(visit, harbour, complaints, role):
    page = await visit(harbour, f"{MARCH}&role={role}")
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("There is no such role")

    await alert.get_by_role("button", name="All roles").click()

    await expect(row(page, "Ida Vale")).to_be_visible()
    forgive(complaints, "/graphql", "status of 4")


async def test_a_name_that_cannot_be_one_offers_everybody(visit, harbour, complaints):
    page = await visit(harbour, f"{MARCH}&name={'x' * 2001}")

    await page.get_by_role("alert").get_by_role("button", name="Show everybody").click()

    await expect(row(page, "Ida Vale")).to_be_visible()
    forgive(complaints, "/graphql", "status of 4")


async def test_a_link_may_name_the_source_systems_ids(visit, harbour):
    page = await visit(harbour, f"{MARCH}&company={HARBOUR}&role=91")

    await expect(row(page, "Ida Vale")).to_be_visible()
    assert await page.get_by_label("Company").evaluate(CHOSEN) == "Harbour"
    await expect(page.get_by_role("button", name="Role: Engineer")).to_be_visible()
    await page.goto(f"{harbour}/calendar{MARCH}&company={MILL}&off=1")
    await expect(page.get_by_role("heading", name="Nobody fits")).to_be_visible()


CHOSEN = "list => list.selectedOptions[0].text"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_what_scrolls_is_opaque_so_that_it_is_painted_once(visit, harbour, scheme):
    page = await visit(harbour, "?view=month&day=2026-03-10")
    await page.emulate_media(color_scheme=scheme)
    await loaded(page)

    seen = await page.locator(".grid").evaluate("grid => getComputedStyle(grid).backgroundColor")

    assert re.fullmatch(r"rgb\(\d+, \d+, \d+\)", seen)  # with an alpha it would be rgba(...)
