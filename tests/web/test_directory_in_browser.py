"""The directory as an administrator uses it, in Chromium, against a real gateway."""

import re
from datetime import date, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests import warm
from tests.server import clean_environment
from tests.web.axe import violations
from tests.web.calendar_company import EVERYBODY, HARBOUR, PEOPLE, ask
from tests.web.calendar_page import field, forgive, overflow
from tests.web.chromium import listen
from tests.web.guarded import guarding, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

BO, FINN = "9002", "9005"
SECTIONS = ("people", "workweeks", "holidays", "companies")
_BOOK = """
mutation Book($entries: CreateTimeOffEntriesInput!, $span: CreatePersonTimeOffInput!) {
  createTimeOffEntries(input: $entries) { userErrors { message } }
  createPersonTimeOff(input: $span) { userErrors { message } }
}
"""
_MUTATE = """
mutation Write($items: [{2}Input!]!) {{ upsert{0}(input: {{{1}: $items}}) {{ {1} {{ id }} }} }}
"""


def next_monday():
    """A day that a preview compares, whenever these tests run."""
    today = date.today()  # noqa: DTZ011 - as the page says it
    return today + timedelta(days=7 - today.weekday())


def row(page, name):
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def said(page):
    return page.locator(".directory > .said")


@pytest.fixture
def open_directory(browser, complaints):
    """Open a part of the directory in a browser of its own."""

    async def open_directory(gateway, address="", size=(1280, 900), scheme="light", **options):
        context = await browser.new_context(
            color_scheme=scheme,
            viewport={"width": size[0], "height": size[1]},
            **{"locale": "en-GB"} | options,
        )
        listen(context, gateway, complaints)
        page = await context.new_page()
        await page.goto(f"{gateway}/directory{address}")
        return page

    return open_directory


@pytest_asyncio.fixture(loop_scope="session")
async def people(open_directory, harbour):
    page = await open_directory(harbour, "?section=people&company=" + HARBOUR)
    await expect(row(page, "Ida Vale")).to_be_visible()
    return page


async def look_at(page, name):
    await page.get_by_role("button", name=f"Who {name} is in both systems").click()


async def act(page, name, what):
    """Open what can be done with a worker."""
    await look_at(page, name)
    await page.get_by_role("dialog").get_by_role("button", name=what).click()


# People


async def test_the_list_says_who_is_known_where_and_why_not(people):
    await expect(row(people, "Ida Vale")).to_contain_text("By their e-mail")
    await expect(row(people, "Ida Vale")).to_contain_text("Engineer")
    await expect(row(people, "Bo Reed")).to_contain_text("Not known")
    await expect(row(people, "Bo Reed")).to_contain_text("No such e-mail there")
    await expect(row(people, "Cy Moss")).to_contain_text("No such e-mail there")
    await expect(people.get_by_text("6 workers", exact=True)).to_be_visible()

    await look_at(people, "Bo Reed")
    dialog = people.get_by_role("dialog", name="Bo Reed")
    await expect(dialog).to_contain_text("nobody of the company has this e-mail")
    await expect(dialog.get_by_role("region", name="Procore")).to_contain_text("Not known in")
    await people.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(people.get_by_role("button", name="Who Bo Reed is")).to_be_focused()


async def test_one_finds_by_name_and_by_system_and_the_address_says_so(open_directory, harbour):
    page = await open_directory(harbour)
    await expect(page.get_by_text(f"{EVERYBODY} workers", exact=True)).to_be_visible()

    await page.get_by_label("Known to").select_option("Only Procore")
    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
    await expect(row(page, "Cy Moss")).to_be_visible()
    await page.get_by_label("Name").fill("ida")
    await expect(page.get_by_text("Nothing here fits what you chose.")).to_be_visible()
    assert "known=ONLY_PROCORE_WORKFORCE_PLANNING" in page.url
    assert "name=ida" in page.url

    await page.get_by_label("Known to").select_option("Either system")
    await expect(row(page, "Ida Vale")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_label("Known to")).to_have_value("ONLY_PROCORE_WORKFORCE_PLANNING")


async def test_more_than_a_page_of_workers_is_shown_on_request(open_directory, gateway):
    mine = [
        {"sourceId": str(5000 + number), "companyId": company, "fullName": f"Worker {number:03}"}
        for company in [
            ask(gateway, "{ companies { nodes { id } } }")["companies"]["nodes"][0]["id"]
        ]
        for number in range(120)
    ]
    document = (
        "mutation($users: [UserInput!]!) { upsertUsers(input: {users: $users}) { users { id } } }"
    )
    ask(gateway, document, users=mine)
    page = await open_directory(gateway, "?name=Worker")

    await expect(page.get_by_text("100 of 120", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Show more").click()
    await expect(page.get_by_text("120 workers", exact=True)).to_be_visible()
    await expect(page.get_by_role("rowheader")).to_have_count(120)


async def test_two_are_linked_and_split_again_by_keyboard_with_a_preview(people, harbour):
    monday = next_monday()
    done = ask(
        harbour,
        _BOOK,
        entries={
            "timeOffEntries": [{"userId": BO, "requestedDate": monday.isoformat(), "hours": 8}]
        },
        span={
            "companyId": HARBOUR,
            "personId": PEOPLE["Cy Moss"],
            "startDay": monday.isoformat(),
            "endDay": (monday + timedelta(days=1)).isoformat(),
            "batchStartTime": "08:00",
            "batchEndTime": "16:00",
            "isPaid": True,
            "reason": "x",
        },
    )
    assert not any(payload["userErrors"] for payload in done.values()), done

    await people.get_by_role("button", name="Who Bo Reed is").focus()
    await people.keyboard.press("Enter")
    await people.get_by_role("button", name="Link …").focus()
    await people.keyboard.press("Enter")
    find = people.get_by_role("combobox", name="Who this is in Procore")
    await find.focus()
    await people.keyboard.type("mos")
    await expect(people.get_by_role("option", name="Cy Moss cy.moss@example.com")).to_be_visible()
    await people.keyboard.press("Enter")
    await expect(find).to_have_value("Cy Moss")
    preview = people.get_by_role("complementary", name="What would change")
    await expect(preview).to_contain_text("Bo Reed, only in Kantata OX")
    await expect(preview).to_contain_text("Cy Moss, only in Procore")
    await expect(preview).to_contain_text("Bo Reed, in both systems")
    await expect(preview).to_contain_text("1 day of both systems would become one.")
    await expect(preview).to_contain_text("On 1 day the systems would differ:")
    await expect(preview).to_contain_text("Kantata OX 0 h, Procore 8 h")
    await expect(row(people, "Cy Moss")).to_have_count(1)  # it was only tried
    await people.keyboard.press("Enter")
    await expect(said(people)).to_have_text("Bo Reed is now one worker in both systems.")
    await expect(row(people, "Bo Reed")).to_contain_text("Linked by hand")
    await expect(row(people, "Cy Moss")).to_have_count(0)
    await expect(people.get_by_role("button", name="Who Bo Reed is")).to_be_focused()

    await act(people, "Bo Reed", "Split …")
    await expect(preview).to_contain_text("1 day that both systems have would be two.")
    await expect(preview).to_contain_text("1 day on which they differ would be counted by each")
    await people.get_by_role("button", name="Split", exact=True).click()
    await expect(said(people)).to_have_text("Bo Reed is now two workers.")
    await expect(row(people, "Bo Reed")).to_contain_text("No such e-mail there")
    await expect(row(people, "Cy Moss")).to_have_count(1)


async def test_the_list_of_those_found_is_closed_before_the_window(people):
    await act(people, "Finn Lowe", "Link …")
    find = people.get_by_role("combobox", name="Who this is in Procore")
    await people.get_by_role("button", name="Link", exact=True).click()
    await expect(find).to_have_accessible_description(re.compile("Choose somebody"))
    await find.fill("o")
    await expect(people.locator("[role=option]").first).to_be_visible()
    await people.keyboard.press("ArrowDown")
    await people.keyboard.press("ArrowUp")
    await people.keyboard.press("Escape")
    await expect(people.get_by_role("listbox")).to_be_hidden()
    await expect(people.get_by_role("dialog", name="Link Finn Lowe")).to_be_visible()
    await find.fill("nobody is called so")
    await expect(people.get_by_text("Nobody has such a name")).to_be_visible()
    await people.get_by_role("button", name="Cancel").click()
    await expect(people.get_by_role("dialog")).to_have_count(0)


async def test_a_user_is_edited_and_a_shared_e_mail_is_told(people):
    await act(people, "Finn Lowe", "Edit")
    dialog = people.get_by_role("dialog", name="Edit the user of Kantata OX")
    await expect(dialog).to_contain_text("the next import from Kantata OX overwrites")
    await field(people, "Full name").fill("  ")
    await people.get_by_role("button", name="Save").click()
    await expect(field(people, "Full name")).to_have_accessible_description("Enter a name.")
    await expect(field(people, "Full name")).to_be_focused()
    await field(people, "Full name").fill("Finn Low")
    await field(people, "Role").select_option("Engineer")
    await field(people, "E-mail").fill("edda.roe@example.com")
    await people.get_by_role("button", name="Save").click()

    await expect(said(people)).to_have_text(re.compile(r"^Finn Low is saved\. Others .* e-mail"))
    await expect(row(people, "Finn Low")).to_contain_text("Engineer")
    await expect(row(people, "Finn Low")).to_contain_text("Shared e-mail")
    await look_at(people, "Finn Low")
    await expect(people.get_by_role("dialog")).to_contain_text("Edda Roe, only in Kantata OX")
    await expect(people.get_by_role("dialog")).to_contain_text("Edda Roe, only in Procore")
    await people.keyboard.press("Escape")

    await act(people, "Finn Low", "Edit")
    await field(people, "Full name").fill("Finn Lowe")
    await field(people, "E-mail").fill("finn.lowe@example.com")
    await field(people, "Role").select_option("Designer")
    await people.get_by_role("button", name="Save").click()
    await expect(said(people)).to_have_text("Finn Lowe is saved.")


async def test_a_person_is_edited(people):
    await act(people, "Cy Moss", "Edit")
    await field(people, "Job title").fill("Carpenter")
    await field(people, "Employee number").fill("E-7")
    await field(people, "Status").select_option("Inactive")
    await people.get_by_role("button", name="Save").click()

    await expect(row(people, "Cy Moss")).to_contain_text("Carpenter · E-7 · Inactive")
    await act(people, "Cy Moss", "Edit")
    await field(people, "First name").fill("")
    await field(people, "Last name").fill("")
    await people.get_by_role("button", name="Save").click()
    await expect(field(people, "First name")).to_have_accessible_description(
        "Enter a first name or a last name."
    )
    await field(people, "First name").fill("Cy")
    await field(people, "Last name").fill("Moss")
    await field(people, "Status").select_option("Active")
    await people.get_by_role("button", name="Save").click()
    await expect(row(people, "Cy Moss")).not_to_contain_text("Inactive")


async def set_status_of_user(page, name, status):
    await look_at(page, name)
    kantata = page.get_by_role("dialog").get_by_role("region", name="Kantata OX")
    await kantata.get_by_role("button", name="Edit").click()
    await field(page, "Status").select_option(status)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_who_has_left_is_told_apart_and_can_be_hidden(people):
    """Whom one system counts has not left, whatever the other one says."""
    await set_status_of_user(people, "Ida Vale", "Inactive")
    await expect(row(people, "Ida Vale")).to_contain_text("Inactive")
    await expect(row(people, "Ida Vale")).not_to_contain_text("Has left")
    await set_status_of_user(people, "Ida Vale", "Active")
    await expect(row(people, "Ida Vale")).not_to_contain_text("Inactive")

    await set_status_of_user(people, "Bo Reed", "Inactive")
    await expect(row(people, "Bo Reed")).to_contain_text("Has left")
    await look_at(people, "Bo Reed")
    kantata = people.get_by_role("dialog").get_by_role("region", name="Kantata OX")
    await expect(kantata).to_contain_text("Inactive")
    await people.keyboard.press("Escape")

    leavers = people.get_by_label("Who has left")
    await leavers.select_option("Without who has left")
    await expect(people.get_by_text("5 workers", exact=True)).to_be_visible()
    await expect(row(people, "Bo Reed")).to_have_count(0)
    assert "leavers=no" in people.url
    await leavers.select_option("Only who has left")
    await expect(people.get_by_text("1 worker", exact=True)).to_be_visible()
    await set_status_of_user(people, "Bo Reed", "Active")
    await expect(people.get_by_text("Nothing here fits what you chose.")).to_be_visible()
    await people.go_back()
    await expect(leavers).to_have_value("no")
    await expect(people.get_by_text("6 workers", exact=True)).to_be_visible()


async def test_what_others_change_is_shown_and_what_is_typed_stays(people, harbour):
    name, email = people.get_by_label("Name"), "finn.lowe@example.com"
    await name.fill("finn")
    await expect(people.get_by_text("1 worker", exact=True)).to_be_visible()
    await act(people, "Finn Lowe", "Link …")
    find = people.get_by_role("combobox", name="Who this is in Procore")
    await find.fill("mos")
    document = _MUTATE.format("Users", "users", "User")
    finn = {"sourceId": FINN, "companyId": HARBOUR, "fullName": "Finn Lowe"}
    ask(harbour, document, items=[finn | {"emailAddress": email, "headline": "Welds"}])

    await expect(row(people, "Finn Lowe")).to_contain_text("Welds")
    await expect(find).to_have_value("mos")
    await expect(people.get_by_role("option", name="Cy Moss")).to_be_visible()


# Workweeks, holidays, companies


async def test_a_workweek_of_one_user_is_made_changed_and_deleted(open_directory, harbour):
    page = await open_directory(harbour, "?section=workweeks&company=" + HARBOUR)
    await expect(page.get_by_text("No workweek is kept here")).to_be_visible()
    await page.get_by_role("button", name="New workweek").click()
    await page.get_by_role("radio", name="One user").check()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("combobox", name="One user")).to_have_accessible_description(
        re.compile("Choose a user")
    )
    await page.get_by_role("combobox", name="One user").fill("bo")
    await page.get_by_role("option", name="Bo Reed").click()
    await field(page, "Holds from").fill("2026-01-01")
    await field(page, "Holds until").fill("2025-12-31")
    await field(page, "Friday").fill("25")
    await page.get_by_role("button", name="Save").click()
    await expect(field(page, "Holds until")).to_have_accessible_description(
        re.compile("The last day is before the first")
    )
    await expect(field(page, "Friday")).to_have_accessible_description(
        re.compile("From 0 to 24 hours")
    )
    await field(page, "Holds until").fill("")
    await field(page, "Friday").fill("4:30")
    await field(page, "Monday").fill("7,5")
    await page.get_by_role("button", name="Save").click()

    await expect(said(page)).to_have_text("Bo Reed is saved.")
    cells = row(page, "Bo Reed").get_by_role("cell")
    await expect(cells.nth(0)).to_have_text("1 January 2026")
    await expect(cells.nth(1)).to_have_text("No end")
    figures = ["7.5", "8", "8", "8", "4.5", "0", "0", "36"]
    for place, hours in enumerate(figures, 2):
        await expect(cells.nth(place)).to_have_text(hours)

    await page.get_by_role("button", name="Edit Bo Reed").click()
    await expect(field(page, "Holds from")).to_be_disabled()
    await field(page, "Friday").fill("0")
    await page.get_by_role("button", name="Save").click()
    await expect(cells.nth(9)).to_have_text("31.5")

    await page.get_by_role("button", name="Delete Bo Reed").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Time off that is stored stays")
    await page.get_by_role("button", name="Delete", exact=True).last.click()
    await expect(row(page, "Bo Reed")).to_have_count(0)


async def test_a_holiday_is_made_changed_and_deleted_and_tells_whom_it_touches(
    open_directory, harbour
):
    page = await open_directory(harbour, "?section=holidays&year=2026&company=" + HARBOUR)
    await expect(row(page, "Wed, 4 Mar 2026")).to_contain_text("Founders' Day")
    await page.get_by_role("button", name="Next year").click()
    await expect(page.get_by_text("No holiday of 2027 is kept here.")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("heading", name="Year 2026")).to_be_visible()

    await page.get_by_role("button", name="New holiday").click()
    await field(page, "First day").fill("2026-03-02")
    await expect(page.get_by_role("dialog")).to_contain_text(
        "1 worker has time off on these days, which counts no hours on a holiday."
    )
    await page.get_by_role("button", name="Save").click()
    await expect(field(page, "Holiday")).to_have_accessible_description("Enter a name.")
    await expect(field(page, "Id in Kantata OX")).to_have_accessible_description(
        re.compile("Enter the number from Kantata OX")
    )
    await field(page, "Holiday").fill("Spring Monday")
    await field(page, "Id in Kantata OX").fill("9077")
    await field(page, "Company").select_option("Harbour")
    await page.get_by_role("button", name="Save").click()
    await expect(said(page)).to_have_text("Spring Monday is saved.")
    await expect(row(page, "Mon, 2 Mar 2026")).to_contain_text("9077")

    await page.get_by_role("button", name="Edit Spring Monday").click()
    await field(page, "Last day").fill("2026-03-03")
    await page.get_by_role("button", name="Save").click()
    await expect(row(page, "Tue, 3 Mar 2026")).to_be_visible()

    await page.get_by_role("button", name="Delete Spring Monday").click()
    await expect(page.get_by_role("dialog")).to_contain_text("whose hours will count again")
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(said(page)).to_have_text("Spring Monday is deleted.")
    await expect(row(page, "Mon, 2 Mar 2026")).to_have_count(0)


async def test_what_somebody_has_deleted_meanwhile_is_told_in_words(open_directory, harbour):
    given = {
        "sourceId": "9078",
        "companyId": HARBOUR,
        "name": "Gone Day",
        "startDate": "2026-05-05",
        "endDate": "2026-05-05",
    }
    made = ask(harbour, _MUTATE.format("Holidays", "holidays", "Holiday"), items=[given])
    page = await open_directory(harbour, "?section=holidays&year=2026")
    await page.get_by_role("button", name="Delete Gone Day").click()
    id_ = made["upsertHolidays"]["holidays"][0]["id"]
    ask(
        harbour,
        "mutation($ids: [ID!]!) { deleteHolidays(input: {ids: $ids}) { deletedIds } }",
        ids=[id_],
    )
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(
        "It is not there any more."
    )


async def test_a_company_is_renamed_and_gets_a_minimum(open_directory, harbour):
    page = await open_directory(harbour, "?section=companies")
    await page.get_by_role("button", name="Edit Mill").click()
    await field(page, "Company").fill("Old Mill")
    await field(page, "Fewest free workers").fill("0")
    await page.get_by_role("button", name="Save").click()
    await expect(field(page, "Fewest free workers")).to_have_accessible_description(
        re.compile("A whole number from 1 to 1,000,000, or nothing")
    )
    await field(page, "Fewest free workers").fill("40")
    await page.get_by_role("button", name="Save").click()
    await expect(row(page, "Old Mill")).to_contain_text("40")
    await page.get_by_role("button", name="Edit Old Mill").click()
    await field(page, "Company").fill("Mill")
    await field(page, "Fewest free workers").fill("")
    await page.get_by_role("button", name="Save").click()
    await expect(said(page)).to_have_text("Mill is saved.")
    await expect(row(page, "Mill")).to_contain_text("Not set")


PHONE = {"size": (360, 740), "has_touch": True, "is_mobile": True}


async def test_a_phone_links_and_splits_two_workers(open_directory, harbour):
    page = await open_directory(
        harbour, "?section=people&company=" + HARBOUR, scheme="dark", **PHONE
    )
    await page.get_by_role("button", name="Who Bo Reed is").tap()
    await page.get_by_role("dialog").get_by_role("button", name="Link …").tap()
    find = page.get_by_role("combobox", name="Who this is in Procore")
    await find.tap()
    await page.keyboard.type("mos")
    found = page.get_by_role("option", name="Cy Moss cy.moss@example.com")
    await expect(found).to_be_in_viewport(ratio=1)
    await found.tap()
    await expect(find).to_have_value("Cy Moss")
    preview = page.get_by_role("complementary", name="What would change")
    await expect(preview).to_contain_text("Bo Reed, in both systems")
    await page.get_by_role("button", name="Link", exact=True).tap()
    await expect(said(page)).to_have_text("Bo Reed is now one worker in both systems.")
    await expect(row(page, "Cy Moss")).to_have_count(0)
    assert await overflow(page) == 0

    await page.get_by_role("button", name="Who Bo Reed is").tap()
    await page.get_by_role("dialog").get_by_role("button", name="Split …").tap()
    await page.get_by_role("button", name="Split", exact=True).tap()
    await expect(said(page)).to_have_text("Bo Reed is now two workers.")
    await expect(row(page, "Cy Moss")).to_have_count(1)


async def test_a_phone_keeps_a_workweek_and_a_holiday(open_directory, harbour):
    page = await open_directory(harbour, "?section=workweeks&company=" + HARBOUR, **PHONE)
    await page.get_by_role("button", name="New workweek").tap()
    await page.get_by_role("dialog").locator("label", has_text="One user").tap()
    await page.get_by_role("combobox", name="One user").tap()
    await page.keyboard.type("finn")
    await page.get_by_role("option", name="Finn Lowe").tap()
    await expect(page.get_by_role("combobox", name="One user")).to_have_value("Finn Lowe")
    await field(page, "Holds from").fill("2026-01-01")
    await field(page, "Friday").fill("4")
    await page.get_by_role("button", name="Save").tap()
    await expect(said(page)).to_have_text("Finn Lowe is saved.")
    await expect(row(page, "Finn Lowe")).to_contain_text("36")
    assert await overflow(page) == 0
    await page.get_by_role("button", name="Delete Finn Lowe").tap()
    await page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).tap()
    await expect(row(page, "Finn Lowe")).to_have_count(0)

    await page.get_by_role("link", name="Holidays").tap()
    await page.get_by_role("button", name="New holiday").tap()
    await field(page, "Holiday").fill("Rowing Day")
    await field(page, "First day").fill("2026-06-15")
    await field(page, "Id in Kantata OX").fill("9079")
    await field(page, "Company").select_option("Harbour")
    await page.get_by_role("button", name="Save").tap()
    await expect(said(page)).to_have_text("Rowing Day is saved.")
    await expect(row(page, "Mon, 15 Jun 2026")).to_contain_text("Rowing Day")
    assert await overflow(page) == 0
    await page.get_by_role("button", name="Delete Rowing Day").tap()
    await page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).tap()
    await expect(said(page)).to_have_text("Rowing Day is deleted.")


async def test_the_calendar_leads_to_the_directory(visit, harbour):
    page = await visit(harbour)
    await page.get_by_role("link", name="Directory").click()
    await expect(page).to_have_title("People · Directory")


async def test_one_goes_from_part_to_part_and_back(open_directory, harbour):
    page = await open_directory(harbour)
    await page.get_by_role("link", name="Holidays").click()
    await expect(page).to_have_title("Holidays · Directory")
    await expect(page.get_by_role("link", name="Holidays")).to_have_attribute(
        "aria-current", "page"
    )
    await page.go_back()
    await expect(page).to_have_title("People · Directory")
    await page.get_by_role("link", name="Calendar").click()
    await page.wait_for_url("**/calendar*")


# Who may what


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('directory') / 'timeoff.db'}"
    warm.run("migrate", "--database-url", url, env=clean_environment(), check=True)
    with guarding(url) as guarded:
        yield guarded


async def enter(open_directory, guarded, who, address=""):
    page = await open_directory(guarded.url, address)
    await sign_in(page, guarded.tokens[who])
    await page.wait_for_url(re.compile(r"/directory"))
    return page


@pytest.mark.parametrize("who", ["viewer", "planner"])
async def test_who_may_not_change_the_directory_reads_it_and_is_offered_nothing_else(
    open_directory, guarded, complaints, who
):
    page = await enter(open_directory, guarded, who)
    await expect(page.get_by_text("You may look at this, but change nothing")).to_be_visible()
    await look_at(page, "Bo Reed")
    dialog = page.get_by_role("dialog", name="Bo Reed")
    await expect(dialog.get_by_role("button")).to_have_count(1)  # that closes it
    await page.keyboard.press("Escape")
    for section in SECTIONS[1:]:
        await page.goto(f"{guarded.url}/directory?section={section}&year=2026")
        await expect(page.get_by_text("You may look at this, but change nothing")).to_be_visible()
        await expect(page.locator("main").get_by_role("button", name="New")).to_have_count(0)
        await expect(page.locator("main").get_by_role("button", name="Edit")).to_have_count(0)
    forgive(complaints, "303 for")


async def test_hr_may_change_it(open_directory, guarded, complaints):
    page = await enter(open_directory, guarded, "hr", "?section=holidays&year=2026")
    await expect(page.get_by_role("button", name="New holiday")).to_be_visible()
    await expect(page.get_by_text("You may look at this")).to_have_count(0)
    forgive(complaints, "303 for")


async def test_who_may_not_read_it_is_told_so(open_directory, guarded, complaints):
    page = await enter(open_directory, guarded, "blind")
    await expect(page.get_by_role("alert")).to_have_text("You may not read the directory.")
    await expect(page.get_by_role("table")).to_have_count(0)
    forgive(complaints, "303 for", "/graphql", "status of 403")


# Looks and languages


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 900), (360, 740)], ids=["wide", "narrow"])
async def test_axe_finds_nothing_and_nothing_sticks_out(
    open_directory, harbour, tmp_path, size, scheme, needs_axe
):
    async def look(name):
        found = await violations(page)
        await page.screenshot(path=tmp_path / f"{name}.png")
        assert found == []
        assert await overflow(page) == 0

    for section in SECTIONS:
        page = await open_directory(harbour, f"?section={section}&year=2026", size, scheme)
        await page.locator("[aria-busy=false]").wait_for()
        await look(section)
        if section in {"workweeks", "holidays"}:
            await page.locator("main button.primary").click()
            await page.get_by_role("button", name="Save").click()
            await page.locator("[aria-invalid=true]").first.wait_for()
            await look(f"{section}-form")
    page = await open_directory(harbour, "?name=bo", size, scheme)
    await look_at(page, "Bo Reed")
    await look("worker")
    await page.get_by_role("button", name="Link …").click()
    await page.get_by_role("combobox", name="Who this is").fill("a")
    await page.locator("[role=option]").first.wait_for()
    await look("found")
    await page.keyboard.press("Enter")
    await page.get_by_role("complementary").get_by_text("Until now").wait_for()
    await look("link")


@pytest.mark.parametrize(
    ("locale", "title", "heading"),
    [
        pytest.param("de-DE", "Personen · Verzeichnis", "Verbunden", id="German"),
        pytest.param("es-ES", "Personas · Directorio", "Unión", id="Spanish"),
        pytest.param("fr-FR", "Personnes · Annuaire", "Lien", id="French"),
    ],
)
async def test_it_speaks_the_readers_language(open_directory, harbour, locale, title, heading):
    page = await open_directory(harbour, locale=locale, size=(360, 740))
    await expect(page).to_have_title(title)
    await expect(page.locator("html")).to_have_attribute("lang", locale)
    for section in SECTIONS:
        await page.goto(f"{harbour}/directory?section={section}&year=2026")
        await page.locator("[aria-busy=false]").wait_for()
        assert await overflow(page) == 0
    await page.goto(f"{harbour}/directory")
    await expect(page.get_by_role("columnheader", name=heading, include_hidden=True)).to_have_count(
        1
    )


async def test_another_language_is_chosen_below_the_list(open_directory, harbour):
    page = await open_directory(harbour, "?section=holidays&year=2026")
    await page.get_by_label("Language").select_option("Deutsch")
    await expect(page).to_have_title("Feiertage · Verzeichnis")
    assert "section=holidays&year=2026" in page.url
