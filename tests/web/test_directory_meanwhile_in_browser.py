"""Two readers edit the same of the directory: neither puts back unseen what the other has done."""

import re

import pytest
from playwright.async_api import expect

from tests.web.axe import violations
from tests.web.calendar_company import HARBOUR, ask
from tests.web.calendar_page import field, forgive
from tests.web.chromium import listen

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

FINN = "Finn Lowe"
_FINN = '{ user(id: "9005") { fullName emailAddress headline role { name } } }'
_HARBOUR = "query($id: ID!) { company(id: $id) { name minimumWorkersAvailable } }"


@pytest.fixture
def read(browser, complaints):
    """Open the form of somebody or something, as one reader of several."""

    async def read(gateway, address, *buttons):
        context = await browser.new_context(locale="en-GB")
        listen(context, gateway, complaints)
        page = await context.new_page()
        await page.goto(f"{gateway}/directory{address}")
        for name in buttons:
            await page.get_by_role("button", name=name, exact=True).click()
        await expect(page.get_by_role("button", name="Save")).to_be_visible()
        return page

    return read


def finns(read, harbour):
    """Open the form of a user."""
    who = f"Who {FINN} is in both systems"
    return read(harbour, f"?section=people&company={HARBOUR}", who, "Edit")


def user(harbour):
    return ask(harbour, _FINN)["user"]


async def save(page, name=FINN):
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".directory > .said")).to_contain_text(f"{name} is saved.")


async def test_each_reader_stores_what_they_changed_and_sees_what_they_would_write_over(
    read, harbour, needs_axe
):
    first, second = await finns(read, harbour), await finns(read, harbour)
    await field(first, "Headline").fill("Baker")
    await field(first, "Full name").fill("Finn Lowell")
    await save(first, "Finn Lowell")

    # The other one has typed nothing there: these stay as the first has made them.
    await field(second, "E-mail").fill("finn@example.com")
    await second.get_by_role("button", name="Save").click()
    await expect(second.locator(".directory > .said")).to_contain_text("is saved.")
    now = {"fullName": "Finn Lowell", "emailAddress": "finn@example.com", "headline": "Baker"}
    assert user(harbour) == now | {"role": {"name": "Designer"}}

    third = await read(
        harbour,
        f"?section=people&company={HARBOUR}&name=lowell",
        "Who Finn Lowell is in both systems",
        "Edit",
    )
    ask(
        harbour,
        "mutation($users: [UserInput!]!) { upsertUsers(input: {users: $users}) { users { id } } }",
        users=[
            {
                "sourceId": "9005",
                "companyId": HARBOUR,
                "fullName": FINN,
                "roleId": "91",
                "emailAddress": "finn.lowe@example.com",
            }
        ],
    )
    await field(third, "E-mail").fill("other@example.com")
    await field(third, "Role").select_option("")
    await third.get_by_role("button", name="Save").click()
    alert = third.get_by_role("alert")
    await expect(alert.get_by_role("term")).to_have_text(["E-mail", "Role"])
    sides = alert.get_by_role("definition")
    await expect(sides.first).to_contain_text("finn.lowe@example.com before: finn@example.com")
    await expect(sides.first).to_contain_text("yours: other@example.com")
    await expect(sides.last).to_contain_text("Engineer before: Designer")
    await expect(sides.last).to_contain_text("yours: nothing")
    await expect(alert.get_by_role("button")).to_be_focused()
    assert await violations(third) == []
    assert user(harbour)["emailAddress"] == "finn.lowe@example.com"

    await third.keyboard.press("Enter")
    await expect(alert).to_have_count(0)
    # What they have done besides is in the form by now.
    await expect(field(third, "Full name")).to_have_value(FINN)
    await expect(field(third, "E-mail")).to_have_value("other@example.com")
    await save(third)
    now = {"fullName": FINN, "emailAddress": "other@example.com", "headline": "Baker"}
    assert user(harbour) == now | {"role": None}


async def test_of_a_company_only_what_was_changed_is_stored(read, harbour):
    page = await read(harbour, "?section=companies", "Edit Harbour")
    ask(
        harbour,
        """mutation($companies: [CompanyInput!]!) {
          upsertCompanies(input: {companies: $companies}) { companies { id } }
        }""",
        companies=[{"sourceId": HARBOUR, "name": "Harbour Ltd"}],
    )
    await field(page, "Fewest free workers").fill("3")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".directory > .said")).to_contain_text("is saved.")
    now = ask(harbour, _HARBOUR, id=HARBOUR)["company"]
    assert now == {"name": "Harbour Ltd", "minimumWorkersAvailable": 3}


_HOLIDAYS = """mutation($items: [HolidayInput!]!) {
  upsertHolidays(input: {holidays: $items}) { holidays { id } userErrors { message } }
}"""
_WEEKS = """mutation($items: [WorkweekInput!]!) {
  upsertWorkweeks(input: {workweeks: $items}) { workweeks { id } userErrors { message } }
}"""


_ALL = """{
  holidays(first: 500) { nodes { sourceId name startDate endDate } }
  workweeks(first: 500) { nodes { effectiveFrom monday tuesday friday } }
}"""


async def once_before(page, sent, change):
    """Let somebody else do something once the page has sent this, before it arrives."""
    done: list[str] = []

    async def overtake(route):
        if sent in (route.request.post_data or "") and not done:
            done.append(sent)
            change()
        await route.continue_()

    await page.route("**/graphql", overtake)
    return done


async def test_of_a_holiday_only_what_was_changed_is_stored_whenever_others_do_theirs(
    read, harbour
):
    day = {"sourceId": "777", "companyId": HARBOUR, "name": "Regatta"}
    dates = {"startDate": "2031-06-02", "endDate": "2031-06-02"}
    ask(harbour, _HOLIDAYS, items=[day | dates])
    page = await read(harbour, "?section=holidays&year=2031", "Edit Regatta")
    await field(page, "Holiday").fill("Great regatta")
    later = {"startDate": "2031-06-03", "endDate": "2031-06-04"}
    done = await once_before(
        page, "upsertHolidays", lambda: ask(harbour, _HOLIDAYS, items=[day | later])
    )
    await save(page, "Great regatta")
    assert done
    (found,) = [
        each for each in ask(harbour, _ALL)["holidays"]["nodes"] if each.pop("sourceId") == "777"
    ]
    assert found == {"name": "Great regatta"} | later

    # A new one under an id that is taken writes nothing over.
    await page.get_by_role("button", name="New holiday").click()
    await field(page, "Holiday").fill("Fair")
    await field(page, "First day").fill("2031-07-01")
    await field(page, "Id in Kantata OX").fill("777")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("There is one already")


async def test_of_a_workweek_others_hours_stay_and_are_shown_where_both_changed_them(read, harbour):
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    week = {"companyId": HARBOUR, "effectiveFrom": "2031-01-06", "saturday": 0, "sunday": 0}
    theirs = week | dict.fromkeys(days, 480) | {"monday": 300, "friday": 240}
    ask(harbour, _WEEKS, items=[week | dict.fromkeys(days, 480)])
    page = await read(harbour, "?section=workweeks", re.compile("^Edit Everybody at .* 2031$"))
    await field(page, "Monday").fill("6")
    done = await once_before(
        page,
        "upsertWorkweeks",
        lambda: ask(harbour, _WEEKS, items=[theirs]),
    )
    await page.get_by_role("button", name="Save").click()
    alert = page.get_by_role("alert")
    await expect(alert.get_by_role("term")).to_have_text(["Monday"])
    await expect(alert.get_by_role("definition")).to_contain_text("5 before: 8")
    assert done
    await page.get_by_role("button", name="Go on with what it is now").click()
    await expect(field(page, "Friday")).to_have_value("4")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".directory > .said")).to_contain_text("is saved.")
    nodes = ask(harbour, _ALL)["workweeks"]["nodes"]
    assert {"effectiveFrom": "2031-01-06", "monday": 360, "tuesday": 480, "friday": 240} in nodes


async def lose_first_answer(page, sent):
    """Let the first request of these words be carried out, and its answer be lost."""
    lost: list[object] = []

    async def lose(route):
        if not lost and sent in (route.request.post_data or ""):
            lost.append(await route.fetch())
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await page.route("**/graphql", lose)


async def test_what_is_new_and_whose_answer_was_lost_is_stored_and_not_in_its_own_way(
    read, harbour, complaints
):
    page = await read(harbour, f"?section=holidays&company={HARBOUR}&year=2032", "New holiday")
    await lose_first_answer(page, "upsertHolidays")
    await field(page, "Holiday").fill("Spring fair")
    await field(page, "First day").fill("2032-04-01")
    await field(page, "Id in Kantata OX").fill("778")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".directory > .said")).to_contain_text("Spring fair is saved.")

    page = await read(harbour, f"?section=workweeks&company={HARBOUR}", "New workweek")
    await lose_first_answer(page, "upsertWorkweeks")
    await field(page, "Holds from").fill("2032-01-05")
    await field(page, "Monday").fill("7:20")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".directory > .said")).to_contain_text("is saved.")
    forgive(complaints, "ERR_CONNECTION_RESET")
