"""What there is to see in the calendar: bars, signs, holidays, the card of a day."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect

from tests.web.axe import violations
from tests.web.calendar_company import HARBOUR, PEOPLE, ask
from tests.web.calendar_page import box_of, cell, choose, forgive, in_full, look_away, overflow, row

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

_SPAN = """
mutation Create($span: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $span) { userErrors { message } }
}
"""
APRIL = "?view=month&day=2026-04-14&company=" + HARBOUR
TITLES = {"Cy Moss": "Crane operator", "Dara Fenn": "Surveyor", "Edda Roe": "Surveyor"}
USERS = {"Ida Vale": 9001, "Bo Reed": 9002, "Dara Fenn": 9003, "Edda Roe": 9004, "Finn Lowe": 9005}


def span(name, first, last, start="08:00", end="16:00", **more):
    return {
        "companyId": HARBOUR,
        "personId": PEOPLE[name],
        "startDay": first,
        "endDay": last,
        "batchStartTime": start,
        "batchEndTime": end,
        "isPaid": True,
        "reason": "family",
    } | more


def entry(name, day, hours):
    return {"userId": USERS[name], "requestedDate": day, "hours": hours}


def book(gateway, *spans, entries=()):
    answers = [ask(gateway, _SPAN, span=each) for each in spans]
    if entries:
        document = (
            "mutation Create($entries: CreateTimeOffEntriesInput!) "
            "{ createTimeOffEntries(input: $entries) { userErrors { message } } }"
        )
        answers.append(ask(gateway, document, entries={"timeOffEntries": list(entries)}))
    for answer in answers:
        for payload in answer.values():
            assert payload["userErrors"] == []


@pytest.fixture(scope="module")
def april(harbour):
    """April 2026 of the harbour, with an absence of each form; its address."""
    book(
        harbour,
        span("Cy Moss", "2026-04-06", "2026-04-10"),
        span("Cy Moss", "2026-04-13", "2026-04-14", "08:00", "10:00"),
        span("Dara Fenn", "2026-04-17", "2026-04-21", applyToSaturday=True, applyToSunday=True),
        span("Edda Roe", "2026-04-15", "2026-04-15", "08:00", "12:00"),
        entries=[
            *(entry("Bo Reed", f"2026-04-{day:02}", 8) for day in (8, 9, 10, 13, 14)),
            entry("Bo Reed", "2026-04-15", 7),
            entry("Ida Vale", "2026-04-20", 8),
        ],
    )
    titled = ask(
        harbour,
        "mutation Upsert($input: UpsertPeopleInput!) "
        "{ upsertPeople(input: $input) { userErrors { message } } }",
        input={
            "people": [
                {
                    "sourceId": PEOPLE[name],
                    "companyId": HARBOUR,
                    "firstName": name.split()[0],
                    "lastName": name.split()[1],
                    "jobTitle": title,
                }
                for name, title in TITLES.items()
            ]
        },
    )
    assert titled["upsertPeople"]["userErrors"] == []
    for name, first, last in (
        ("Tide Days", "2026-04-22", "2026-04-23"),
        ("Last of April", "2026-04-30", "2026-04-30"),
    ):
        done = ask(
            harbour,
            "mutation Upsert($input: UpsertHolidaysInput!) "
            "{ upsertHolidays(input: $input) { userErrors { message } } }",
            input={
                "holidays": [
                    {
                        "sourceId": int(first.replace("-", "")),
                        "companyId": HARBOUR,
                        "name": name,
                        "startDate": first,
                        "endDate": last,
                    }
                ]
            },
        )
        assert done["upsertHolidays"]["userErrors"] == []
    return harbour


# Bars

GAP = """(cells) => {
    const [left, right] = cells.map((cell) => cell.getBoundingClientRect());
    return Math.round((right.left - left.right) * 10) / 10;
}"""
CORNERS = """(cell) => {
    const style = getComputedStyle(cell);
    return [style.borderTopLeftRadius, style.borderTopRightRadius].map((each) => each !== "0px");
}"""


async def gap(page, name, day, next_day):
    """Pixels between two cells of a row."""
    first = await cell(page, name, day).element_handle()
    second = await cell(page, name, next_day).element_handle()
    return await page.evaluate(GAP, [first, second])


async def rounded(page, name, day):
    """Whether the cell is rounded at its left, and at its right."""
    return await cell(page, name, day).evaluate(CORNERS)


@pytest.mark.parametrize("view", ["week", "month", "quarter"])
async def test_days_of_one_absence_are_one_bar_that_is_rounded_at_its_ends(visit, april, view):
    page = await visit(april, f"?view={view}&day=2026-04-08&company={HARBOUR}")
    await row(page, "Cy Moss").wait_for()

    for day in range(6, 10):
        next_day = f"2026-04-{day + 1:02}"
        assert await gap(page, "Cy Moss", f"2026-04-{day:02}", next_day) == 0
        await expect(cell(page, "Cy Moss", f"2026-04-{day:02}")).to_have_text("8")
    assert await rounded(page, "Cy Moss", "2026-04-06") == [True, False]
    assert await rounded(page, "Cy Moss", "2026-04-08") == [False, False]
    assert await rounded(page, "Cy Moss", "2026-04-10") == [False, True]


async def test_other_hours_are_another_bar(visit, april):
    page = await visit(april, APRIL)
    await row(page, "Bo Reed").wait_for()

    assert await gap(page, "Bo Reed", "2026-04-13", "2026-04-14") == 0
    assert await gap(page, "Bo Reed", "2026-04-14", "2026-04-15") > 0
    assert await rounded(page, "Bo Reed", "2026-04-14") == [False, True]
    assert await rounded(page, "Bo Reed", "2026-04-15") == [True, True]


async def test_a_bar_goes_on_over_a_weekend_that_the_record_counts_and_over_no_other(visit, april):
    page = await visit(april, APRIL)
    await row(page, "Dara Fenn").wait_for()

    assert await rounded(page, "Dara Fenn", "2026-04-17") == [True, False]
    assert await rounded(page, "Dara Fenn", "2026-04-20") == [False, False]
    for day in ("2026-04-18", "2026-04-19"):
        drawn = await cell(page, "Dara Fenn", day).evaluate(
            "each => getComputedStyle(each, '::before').content"
        )
        assert drawn == '""'
    # Of Kantata there is an entry for each day: two weeks may be two absences.
    assert await rounded(page, "Bo Reed", "2026-04-10") == [False, True]
    assert await rounded(page, "Bo Reed", "2026-04-13") == [True, False]


async def test_a_part_of_a_day_fills_a_part_of_its_cell(visit, april):
    page = await visit(april, APRIL)
    await row(page, "Cy Moss").wait_for()
    drawn = {}
    for name, day in (("Cy Moss", "2026-04-13"), ("Edda Roe", "2026-04-15")):
        image = await cell(page, name, day).evaluate(
            "each => getComputedStyle(each).backgroundImage"
        )
        drawn[name] = re.findall(r"(\d+)%", image)

    assert drawn == {"Cy Moss": ["32", "32"], "Edda Roe": ["55", "55"]}
    full = cell(page, "Cy Moss", "2026-04-06")
    assert await full.evaluate("each => getComputedStyle(each).backgroundImage") == "none"
    await expect(cell(page, "Cy Moss", "2026-04-13")).to_have_text("2")


# Where the systems differ

SIGN = "each => getComputedStyle(each, '::before').content"


@pytest.mark.parametrize(
    ("name", "day", "words"),
    [
        pytest.param("Ida Vale", "2026-04-20", "only in Kantata OX", id="kantata"),
        pytest.param("Edda Roe", "2026-04-15", "only in Procore", id="procore"),
        pytest.param("Ida Vale", "2026-03-03", "the systems differ", id="hours"),
    ],
)
async def test_a_day_that_differs_has_a_sign_whatever_differs(visit, april, name, day, words):
    page = await visit(april, f"?view=month&day={day}")
    differing = cell(page, name, day)

    await expect(differing).to_have_accessible_name(re.compile(f", {words}$"))
    assert await differing.evaluate(SIGN) == '"≠"'
    legend = page.get_by_role("list", name="What the signs mean").get_by_role("listitem")
    sign = legend.filter(has_text="The systems differ").locator("i")
    assert await sign.evaluate(SIGN) == '"≠"'


async def test_a_day_of_somebody_whom_one_system_knows_differs_from_nothing(visit, april):
    page = await visit(april, APRIL)

    await expect(cell(page, "Cy Moss", "2026-04-07")).to_have_accessible_name(
        "Tuesday, 7 April 2026: 8 h off, paid"
    )
    assert await cell(page, "Cy Moss", "2026-04-07").evaluate(SIGN) == "none"


LEGEND = {
    "Paid": "Procore says that it is paid.",
    "Unpaid": "Procore says that it is unpaid.",
    "Unknown if paid": "Kantata does not say whether it is paid.",
    "Part of a day": "The other hours of the day are free.",
    "Conflict": "The two systems have different hours, or paid and unpaid times meet.",
    "The systems differ": (
        "Only one of Kantata OX and Procore has it, or they have different hours."
    ),
    "Has a note": "Point at the day, or open it, to read it.",
    "Holiday": "A holiday of the company.",
    "No working day": "A day without working hours.",
}


async def test_the_legend_says_in_plain_words_what_the_signs_mean(visit, april):
    page = await visit(april, APRIL)
    signs = page.get_by_role("list", name="What the signs mean").get_by_role("listitem")

    await expect(signs).to_have_text([re.compile(rf"^\d?{words}$") for words in LEGEND])
    assert await signs.evaluate_all("all => all.map((each) => each.title)") == [*LEGEND.values()]


# Holidays


async def test_holidays_have_their_names_above_their_days(visit, april):
    page = await visit(april, APRIL)
    tide = page.get_by_role(
        "columnheader", name="Tide Days, Wednesday, 22 April 2026 to Thursday, 23 April 2026"
    )
    await expect(tide).to_have_text("Tide Days")
    assert await tide.evaluate("each => each.scrollWidth <= each.clientWidth")
    last = page.get_by_role("columnheader", name="Last of April, Thursday, 30 April 2026")
    assert await last.evaluate("each => each.scrollWidth <= each.clientWidth")
    await expect(
        page.get_by_role("columnheader", name="Wednesday, 22 April 2026, Tide Days")
    ).to_be_visible()

    await tide.hover()
    await expect(page.get_by_role("tooltip")).to_contain_text("Harbour")
    await expect(page.get_by_role("tooltip")).to_contain_text("Tide Days")


async def test_without_a_holiday_there_is_no_row_for_them(visit, april):
    page = await visit(april, "?view=week&day=2026-04-14")
    await row(page, "Cy Moss").wait_for()

    await expect(page.get_by_role("columnheader", name="Holidays")).to_have_count(0)


# The card


async def test_the_card_of_a_day_says_what_the_page_knows(visit, april):
    page = await visit(april, "?view=month&day=2026-03-03")
    card = page.get_by_role("tooltip")
    await cell(page, "Ida Vale", "2026-03-03").hover()

    await expect(card).to_be_visible()
    for text in (
        "Ida Vale",
        "Engineer",
        "Tuesday, 3 March 2026",
        "4 of 8 h off",
        "Free: 4 h",
        "Kantata OX and Procore have different hours.",
        "Both systems have time off on this day",
    ):
        await expect(card).to_contain_text(text)
    await cell(page, "Ida Vale", "2026-03-04").hover()
    await expect(card).to_contain_text("★ Founders' Day")


async def test_the_card_comes_with_the_keyboard_and_goes_with_escape(visit, april):
    page = await visit(april, APRIL)
    await row(page, "Cy Moss").wait_for()
    card = page.get_by_role("tooltip")
    await page.get_by_label("Only those off").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")  # past the days in the head

    await expect(card).to_contain_text("Wednesday, 1 April 2026")
    await page.keyboard.press("Escape")
    await expect(card).to_have_count(0)
    # It does not come back by itself, and the focus has not moved.
    await page.wait_for_timeout(700)
    await expect(card).to_have_count(0)
    await expect(page.locator("[role=gridcell]:focus")).to_have_accessible_name(
        re.compile("1 April 2026")
    )

    await page.keyboard.press("ArrowRight")
    await expect(card).to_contain_text("Thursday, 2 April 2026")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await expect(card).to_have_count(0)


async def test_the_mouse_may_go_onto_the_card_and_it_goes_when_the_mouse_does(visit, april):
    page = await visit(april, APRIL)
    card = page.get_by_role("tooltip")
    await cell(page, "Cy Moss", "2026-04-08").hover()
    await expect(card).to_contain_text("Wednesday, 8 April 2026")

    await card.hover()
    await page.wait_for_timeout(700)
    await expect(card).to_contain_text("Wednesday, 8 April 2026")

    await page.get_by_role("heading", level=1).hover()
    await expect(card).to_have_count(0)


async def test_escape_takes_the_card_away_from_the_mouse_until_it_has_gone_elsewhere(visit, april):
    page = await visit(april, APRIL)
    card = page.get_by_role("tooltip")
    await cell(page, "Cy Moss", "2026-04-08").hover()
    await expect(card).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(card).to_have_count(0)

    box = await box_of(cell(page, "Cy Moss", "2026-04-08"))
    await page.mouse.move(box["x"] + 8, box["y"] + 8)
    await page.wait_for_timeout(700)
    await expect(card).to_have_count(0)

    await cell(page, "Cy Moss", "2026-04-09").hover()
    await expect(card).to_contain_text("Thursday, 9 April 2026")


@pytest.mark.parametrize("size", [(1280, 800), (360, 640)], ids=["wide", "narrow"])
async def test_the_card_is_all_in_the_window(visit, april, size):
    page = await visit(april, "?view=week&day=2026-04-15", size=size)
    card = page.get_by_role("tooltip")
    for day in ("2026-04-13", "2026-04-19"):
        await cell(page, "Miller 03", day).or_(cell(page, "Finn Lowe", day)).first.hover()
        await expect(card).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_cards_and_bars(visit, april, scheme, needs_axe):
    page = await visit(april, APRIL, scheme=scheme)
    await cell(page, "Ida Vale", "2026-04-20").hover()
    await page.get_by_role("tooltip").wait_for()

    assert await violations(page) == []


# Whose rows


async def test_free_hours_and_people_off_are_of_all_who_fit_also_where_only_those_off_are_shown(
    visit, april
):
    page = await visit(april, APRIL)
    await row(page, "Cy Moss").wait_for()
    sums = {}
    for is_checked in (False, True):
        await page.get_by_label("Only those off").set_checked(is_checked)
        await expect(row(page, "Finn Lowe")).to_have_count(0 if is_checked else 1)
        sums[is_checked] = [
            await row(page, name).get_by_role("gridcell").all_text_contents()
            for name in ("Free hours", "People off")
        ]

    assert sums[True] == sums[False]
    # Six people with 8 h, of whom Cy Moss is off: day 7 of the month.
    assert (sums[True][0][6], sums[True][1][6]) == ("40", "1")
    await expect(page.get_by_text("6 workers · 5 off", exact=True)).to_be_visible()


async def test_only_those_off_are_shown_without_asking_the_gateway_again(visit, april, complaints):
    page = await visit(april, APRIL)
    await row(page, "Finn Lowe").wait_for()
    await expect(page.get_by_text("6 workers", exact=True)).to_be_visible()
    await page.context.set_offline(True)

    await page.get_by_label("Only those off").check()

    await expect(row(page, "Finn Lowe")).to_have_count(0)
    await expect(row(page, "Bo Reed")).to_be_visible()
    await page.get_by_label("Only those off").uncheck()
    await expect(row(page, "Finn Lowe")).to_be_visible()
    forgive(complaints, "ERR_INTERNET_DISCONNECTED")


async def test_several_roles_are_chosen_with_the_keyboard_and_kept_in_the_address(visit, april):
    page = await visit(april, f"?view=month&day=2026-04-14&company={HARBOUR}")
    await expect(page.get_by_text("6 workers", exact=True)).to_be_visible()
    button = page.get_by_role("button", name="Role: All roles")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(button).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("checkbox", name="Designer")).to_be_focused()
    await page.keyboard.press("Space")
    await expect(page.get_by_text("2 workers", exact=True)).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await expect(page.get_by_text("5 workers", exact=True)).to_be_visible()
    await page.keyboard.press("Escape")

    both = page.get_by_role("button", name="Role: 2 roles, Designer, Engineer", exact=True)
    await expect(both).to_be_focused()
    await expect(both).to_have_attribute("aria-expanded", "false")
    assert page.url.count("role=") == 2
    assert (await page.get_by_role("link", name="As CSV").get_attribute("href")).count("role=") == 2

    await page.reload()
    await expect(both).to_have_text("2 roles")
    await expect(page.get_by_text("5 workers", exact=True)).to_be_visible()
    await both.click()
    await page.get_by_role("button", name="Clear").click()
    await expect(page.get_by_text("6 workers", exact=True)).to_be_visible()
    await page.get_by_role("heading", level=1).click()
    await expect(page.get_by_role("button", name="Clear")).to_have_count(0)
    assert "role=" not in page.url


async def test_workers_are_found_by_job_titles_beside_roles(visit, april):
    page = await visit(april, f"?view=month&day=2026-04-14&company={HARBOUR}")
    await choose(page, "Job title", "Crane operator", "Surveyor")

    await expect(page.get_by_text("3 workers", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Job title: ")).to_have_text("2 job titles")
    assert page.url.count("job=") == 2
    link = await page.get_by_role("link", name="As CSV").get_attribute("href")
    assert link.count("job_title=") == 2
    assert (await page.request.get(f"{april}{link}")).ok

    await choose(page, "Role", "Engineer")
    await expect(page.get_by_text("2 workers", exact=True)).to_be_visible()
    await page.reload()
    await expect(
        page.get_by_role(
            "button", name="Job title: 2 job titles, Crane operator, Surveyor", exact=True
        )
    ).to_be_visible()
    await expect(row(page, "Dara Fenn")).to_be_visible()
    await expect(row(page, "Cy Moss")).to_have_count(0)
    # Of a company whose people have none there are none to choose.
    await page.get_by_label("Company", exact=True).select_option("Mill")
    await expect(page.get_by_role("button", name="Job title: ")).to_have_count(0)


@pytest.mark.parametrize("size", [(1280, 800), (360, 640)], ids=["wide", "narrow"])
async def test_axe_finds_nothing_in_a_choice_of_several(visit, april, size, needs_axe):
    page = await visit(april, APRIL, size=size)
    await row(page, "Cy Moss").wait_for()
    role = page.get_by_role("button", name="Role: All roles")
    if size[0] < 600:
        await expect(role).to_have_count(0)  # folded away, and with it for those who listen
        await page.get_by_role("button", name="1 filter", exact=True).click()
    await role.click()
    await expect(page.get_by_role("checkbox", name="Engineer")).to_be_in_viewport()

    assert await violations(page) == []


# Windows and displays

PHONE = (390, 800)
ON_ITS_SIDE = (740, 360)


async def test_a_day_that_was_swiped_to_on_a_phone_stays_in_sight_in_another_view(visit, april):
    page = await visit(april, "?view=month&day=2026-04-02", size=PHONE, has_touch=True)
    await row(page, "Cy Moss").wait_for()
    # Only once the days stand still, for longer than the page waits, is one of them looked at.
    await page.locator(".grid").evaluate(
        """grid => new Promise((done) => {
            let timer;
            grid.addEventListener("scroll", () => {
                clearTimeout(timer);
                timer = setTimeout(done, 300);
            });
            grid.scrollLeft = 10_000;
        })"""
    )

    await page.get_by_role("button", name="Week", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        re.compile("Week 1[78] of 2026")
    )
    await page.get_by_role("button", name="Quarter", exact=True).click()
    await expect(page.get_by_role("columnheader", name=in_full("2026-06-30"))).to_be_attached()
    day = parse_qs(urlsplit(page.url).query)["day"][0]
    assert "2026-04-20" <= day <= "2026-04-30"
    await expect(page.get_by_role("columnheader", name=in_full(day))).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("view", ["week", "month", "quarter"])
async def test_on_a_phone_on_its_side_there_are_rows_to_see(visit, april, view):
    page = await visit(april, f"?view={view}&day=2026-04-08", size=ON_ITS_SIDE, has_touch=True)
    await row(page, "Cy Moss").wait_for()

    for name in ("Bo Reed", "Cy Moss", "Dara Fenn"):
        await expect(page.get_by_role("rowheader", name=name)).to_be_in_viewport(ratio=1)
    await expect(page.get_by_role("columnheader", name=in_full("2026-04-08"))).to_be_in_viewport()
    assert await overflow(page) == 0
    # Further down the grid has nearly all of the window.
    await page.locator("main").evaluate("main => main.scrollIntoView()")
    assert (await page.locator("main").bounding_box())["height"] > 0.85 * ON_ITS_SIDE[1]


@pytest.mark.parametrize("size", [(720, 450), (640, 400), (320, 256)], ids=["2x", "wide 2x", "4x"])
async def test_a_desktop_that_is_zoomed_loses_nothing(visit, april, size):
    page = await visit(april, f"{APRIL}&name=o", size=size)
    await row(page, "Cy Moss").wait_for()

    assert await overflow(page) == 0
    for name in ("Free hours", "People off"):
        await expect(page.get_by_role("rowheader", name=name)).to_be_visible()
    legend = page.get_by_role("list", name="What the signs mean")
    await legend.scroll_into_view_if_needed()
    await expect(legend.get_by_text("The systems differ")).to_be_in_viewport()


BORDER = """each => {
    const style = getComputedStyle(each);
    return `${style.borderBottomStyle} ${style.borderBottomWidth}`;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_without_colours_of_its_own_each_kind_still_looks_otherwise(visit, april, scheme):
    book(april, span("Edda Roe", "2026-04-16", "2026-04-16", isPaid=False))
    page = await visit(april, APRIL, scheme=scheme, forced_colors="active")
    await row(page, "Cy Moss").wait_for()
    looks = {
        name: await cell(page, name, day).evaluate(BORDER)
        for name, day in (
            ("Cy Moss", "2026-04-07"),
            ("Edda Roe", "2026-04-16"),
            ("Bo Reed", "2026-04-08"),
            ("Finn Lowe", "2026-04-08"),
        )
    }

    assert len(set(looks.values())) == 4, looks
    assert looks["Finn Lowe"].startswith("none")
    part = cell(page, "Edda Roe", "2026-04-15")
    assert await part.evaluate("each => getComputedStyle(each).borderTopStyle") == "dotted"
    saturday = cell(page, "Finn Lowe", "2026-04-11")
    assert await saturday.evaluate(SIGN) == '"\N{EN DASH}"'
    assert await cell(page, "Ida Vale", "2026-04-20").evaluate(SIGN) == '"≠"'
    pressed = page.get_by_role("button", name="Month", exact=True)
    other = page.get_by_role("button", name="Week", exact=True)
    colours = [
        await each.evaluate("each => getComputedStyle(each).backgroundColor")
        for each in (pressed, other)
    ]
    assert colours[0] != colours[1]


# A company's minimum


def say_minimum(gateway, workers):
    done = ask(
        gateway,
        "mutation Upsert($input: UpsertCompaniesInput!) "
        "{ upsertCompanies(input: $input) { userErrors { message } } }",
        input={
            "companies": [
                {"sourceId": HARBOUR, "name": "Harbour", "minimumWorkersAvailable": workers}
            ]
        },
    )
    assert done["upsertCompanies"]["userErrors"] == []


@pytest.fixture
def minimum(april):
    """Five of the harbour's six are to be free on a workday."""
    say_minimum(april, 5)
    yield 5
    say_minimum(april, None)


async def test_a_minimum_that_was_changed_is_seen_by_whoever_comes_back(visit, april, minimum):
    page = await visit(april, APRIL)
    await page.get_by_text("Fewer than 5").wait_for()
    say_minimum(april, 6)

    await look_away(page)
    await look_away(page, is_away=False)

    await expect(page.get_by_text("Fewer than 6 people are free")).to_be_visible()


async def test_days_on_which_too_few_are_free_are_marked_and_said(visit, april, minimum):
    page = await visit(april, APRIL)
    too_few = page.get_by_role(
        "gridcell", name=f"2, 4 people are free, at least {minimum} are to be", exact=True
    )
    # Bo Reed and Cy Moss are off together from the 8th to the 10th.
    await expect(too_few).to_have_count(4)
    off = row(page, "People off").get_by_role("gridcell")
    for day in (8, 9, 10, 20):
        await expect(off.nth(day - 1)).to_have_accessible_name(re.compile("at least 5"))
    # One alone is off on the 7th, and on the 13th one of the two has hours left.
    for day in (7, 13):
        await expect(off.nth(day - 1)).not_to_have_accessible_name(re.compile("at least 5"))
    # A Saturday on which nobody works, and a holiday, are no workdays.
    for day in (11, 22):
        assert await off.nth(day - 1).locator("u").count() == 0
    assert await off.nth(6).locator("u").count() == 1
    await expect(
        page.get_by_text("Fewer than 5 people are free: Wed 8 April · Thu 9 April")
    ).to_be_visible()

    await too_few.first.hover()
    await expect(page.get_by_role("tooltip")).to_contain_text("4 people are free")


NOT_SET = "Harbour wants at least 5 people free. How many of those chosen here is not set"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        pytest.param("?view=month&day=2026-04-14", "choose one", id="two companies"),
        pytest.param(f"{APRIL}&name=o", NOT_SET, id="a name"),
        pytest.param(f"{APRIL}&role=91", NOT_SET, id="a role"),
        pytest.param(f"{APRIL}&job=Surveyor", NOT_SET, id="a job title"),
    ],
)
async def test_of_others_than_all_of_one_company_nobody_has_said_a_minimum(
    visit, april, minimum, address, why
):
    page = await visit(april, address)
    await page.locator(".grid[aria-busy=false]").wait_for()
    await expect(page.get_by_role("button", name="Job title: ")).to_be_visible()

    await expect(page.locator(".bars u, .undercut")).to_have_count(0)
    await expect(page.get_by_text("Fewer than")).to_have_count(0)
    await expect(page.locator("footer").get_by_text(why)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_where_too_few_are_free(visit, april, minimum, scheme, needs_axe):
    page = await visit(april, APRIL, scheme=scheme)
    await page.get_by_text("Fewer than 5").wait_for()

    assert await violations(page) == []


# The head by the keyboard and by hand


async def test_a_day_in_the_head_says_what_stands_above_and_below_it(visit, april, minimum):
    page = await visit(april, APRIL)
    await page.get_by_text("Fewer than 5").wait_for()
    door = page.get_by_role("button", name="Who is free on Wednesday, 22 April 2026")
    await expect(door).to_have_accessible_description(
        "Tide Days, Wednesday, 22 April 2026 to Thursday, 23 April 2026. Harbour"
    )
    below = page.get_by_role("button", name="Who is free on Wednesday, 8 April 2026")
    await expect(below).to_have_accessible_description(
        f"4 people are free, at least {minimum} are to be"
    )
    # They are one stop of the Tab key, as before: the arrows go on from day to day.
    assert await page.locator('.days button:not([tabindex="-1"])').count() == 1
    card = page.get_by_role("tooltip")
    await page.locator('.days button:not([tabindex="-1"])').focus()
    await page.keyboard.press("Home")
    for _ in range(7):
        await page.keyboard.press("ArrowRight")
    await expect(below).to_be_focused()
    await expect(card).to_contain_text("4 people are free")
    await page.keyboard.press("Escape")
    await expect(card).to_have_count(0)

    # A finger opens the day.
    await door.click()
    await expect(page.get_by_role("dialog")).to_contain_text("★ Tide Days · Harbour")
    await page.keyboard.press("Escape")
    await below.click()
    await expect(page.get_by_role("dialog")).to_contain_text("▼ 4 people are free")
