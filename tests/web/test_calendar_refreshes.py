"""What others change appears on the calendar by itself, in Chromium, against real gateways."""

import asyncio
import re
import sqlite3
from contextlib import closing

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests import warm
from tests.process.phoenix import phoenix
from tests.server import clean_environment, serving
from tests.web.axe import violations
from tests.web.calendar_company import EVERYBODY, HARBOUR, MILL, PEOPLE, ask, fill
from tests.web.calendar_page import LOCALE, MARCH, cell, field, forgive, look_away, open_form, row
from tests.web.chromium import listen

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

BO, EDDA, FINN = 9002, 9004, 9005
NOTE = "nothing new could be read"
LOST = ("WebSocket connection to", "ERR_CONNECTION", "/graphql")
ENTER = """
mutation Enter($input: CreateTimeOffEntriesInput!) {
  createTimeOffEntries(input: $input) { userErrors { message } }
}
"""
BEGIN_SPAN = """
mutation Begin($input: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $input) { personTimeOff { id } userErrors { message } }
}
"""
REMOVE_SPAN = """
mutation Remove($id: ID!) { deletePersonTimeOff(input: {id: $id}) { userErrors { message } } }
"""
UPSERT_HOLIDAY = """
mutation Holiday($holiday: HolidayInput!) {
  upsertHolidays(input: {holidays: [$holiday]}) { userErrors { message } }
}
"""


def enter(gateway, user, day, hours=2):
    """What a colleague does: somewhere else, by the API."""
    entries = [{"userId": user, "requestedDate": day, "hours": hours}]
    answer = ask(gateway, ENTER, input={"timeOffEntries": entries})
    assert answer["createTimeOffEntries"]["userErrors"] == []


def begin_span(gateway, name, day):
    person = PEOPLE[name]
    times = {"batchStartTime": "08:00", "batchEndTime": "10:00", "isPaid": True, "reason": "choir"}
    days = {"startDay": day, "endDay": day}
    span = {"companyId": HARBOUR, "personId": person, **days, **times}
    made = ask(gateway, BEGIN_SPAN, input=span)["createPersonTimeOff"]
    assert made["userErrors"] == []
    return made["personTimeOff"]["id"]


@pytest.fixture
def follow(browser, complaints):
    """Open the calendar, and wait until the gateway tells it what changes."""

    async def follow(gateway, address=MARCH, size=(1440, 900)):
        viewport = {"width": size[0], "height": size[1]}
        context = await browser.new_context(color_scheme="light", viewport=viewport, locale=LOCALE)
        listen(context, gateway, complaints)
        page = await context.new_page()
        sockets = Sockets(page)
        await page.goto(f"{gateway}/calendar{address}")
        await page.locator(".progress:not(.busy)").wait_for(state="attached")
        await sockets.all_begun(1 if "company=" in address else 2)
        await sockets.at_rest()
        return page, sockets

    return follow


class Sockets:
    """What goes over a page's WebSockets, and what it asks for by HTTP."""

    def __init__(self, page):
        self.begun = 0
        self.open = 0
        self.asked = []
        self._reading = []
        page.on("websocket", self._listen)
        page.on("request", self._note)

    def _listen(self, socket):
        self.open += 1
        socket.on("close", self._close)
        socket.on("framereceived", self._hear)

    def _close(self, _socket):
        self.open -= 1

    def _hear(self, frame):
        self.begun += '"workers":[]' in str(frame).replace(" ", "")

    def _note(self, request):
        if request.url.endswith("/graphql") and request.method == "POST":
            asked = request.post_data_json
            self.asked.append((asked["operationName"], asked["variables"]))
            self._reading.append(request)

    async def at_rest(self):
        """Wait until what was read before the gateway told of changes was read again."""
        await until(lambda: any(not each["after"] for each in self.schedules()[1:]))
        for _ in range(60):
            count = len(self._reading)
            answers = [await each.response() for each in self._reading]
            took = max(each.request.timing["responseEnd"] for each in answers if each) / 1000
            # After a reading the page pauses for twice as long, at least half a second.
            await asyncio.sleep(max(0.7, 3 * took))
            if len(self._reading) == count:
                return
        raise AssertionError("the page reads without end")

    async def all_begun(self, count):
        await until(lambda: self.begun >= count)

    def schedules(self):
        return [variables for name, variables in self.asked if name == "Schedule"]


async def until(is_so, seconds=60):
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - what is waited for happens elsewhere
            await asyncio.sleep(0.02)


async def test_what_a_colleague_enters_appears_and_only_that_is_read(follow, harbour):
    page, sockets = await follow(harbour)
    theirs, _ = await follow(harbour)
    sockets.asked.clear()

    await open_form(theirs, "Bo Reed", "2026-03-18", "Kantata OX")
    await field(theirs, "Hours").fill("3")
    await theirs.get_by_role("button", name="Create").click()

    await expect(cell(page, "Bo Reed", "2026-03-18")).to_have_text("3")
    await expect(row(page, "Bo Reed").get_by_role("gridcell").nth(31)).to_have_text("3")
    # The rows first, then how many differences there are.
    await until(lambda: len(sockets.asked) > 1)
    assert [name for name, _ in sockets.asked] == ["Schedule", "CountDifferences"]
    assert len(sockets.schedules()[0]["filter"]["workerIds"]) == 1

    sockets.asked.clear()
    enter(harbour, BO, "2026-05-18")
    await asyncio.sleep(1.5)
    assert sockets.asked == []  # of days that are not shown


async def test_where_one_has_scrolled_to_and_what_one_has_typed_stays(follow, harbour):
    page, _ = await follow(harbour, size=(1100, 520))
    grid = page.get_by_role("grid")
    await grid.evaluate("grid => grid.scrollTop = 700")
    await cell(page, "Miller 16", "2026-03-18").click()
    await page.get_by_role("dialog").get_by_role("button", name="New time off").click()
    await field(page, "Hours").fill("1.75")
    before = await grid.evaluate("grid => grid.scrollTop")

    enter(harbour, BO, "2026-03-19")
    for number in range(3):
        enter(harbour, 9115 + number, "2026-03-19", 5)

    await expect(cell(page, "Miller 17", "2026-03-19")).to_have_text("5")
    await expect(cell(page, "Miller 16", "2026-03-19")).to_have_text("5")
    assert await grid.evaluate("grid => grid.scrollTop") == before
    await expect(field(page, "Hours")).to_have_value("1.75")
    await expect(field(page, "Hours")).to_be_focused()
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_an_open_day_shows_what_comes_and_goes_and_keeps_the_focus(follow, harbour):
    page, sockets = await follow(harbour)
    await cell(page, "Edda Roe", "2026-03-24").click()
    day = page.get_by_role("dialog", name="Edda Roe")
    await expect(day).to_contain_text("No time off is recorded")
    sockets.asked.clear()

    id_ = begin_span(harbour, "Edda Roe", "2026-03-24")

    await expect(day.get_by_role("article")).to_contain_text("choir")
    await day.get_by_role("button", name="Delete…").focus()
    ask(harbour, REMOVE_SPAN, id=id_)
    await expect(day).to_contain_text("No time off is recorded")
    assert await day.evaluate("day => day.contains(document.activeElement)")
    await expect(page.get_by_role("alert")).to_have_count(0)

    sockets.asked.clear()
    enter(harbour, EDDA, "2026-03-25")
    await expect(cell(page, "Edda Roe", "2026-03-25")).to_have_text("2")
    asked = {name for name, _ in sockets.asked}
    assert asked <= {"Schedule", "CountDifferences"}  # another day than the open one


async def test_a_holiday_changes_everybodys_days(follow, harbour):
    page, sockets = await follow(harbour)
    sockets.asked.clear()

    day = {"startDate": "2026-03-30", "endDate": "2026-03-30"}
    holiday = {"sourceId": 9300, "companyId": MILL, "name": "Mill Day", **day}
    ask(harbour, UPSERT_HOLIDAY, holiday=holiday)

    await expect(cell(page, "Miller 00", "2026-03-30")).to_have_accessible_name(
        re.compile("holiday, Mill Day")
    )
    await page.get_by_role("grid").evaluate("grid => grid.scrollTop = 9999")
    await expect(cell(page, "Miller 59", "2026-03-30")).to_have_accessible_name(
        re.compile("holiday, Mill Day")
    )
    assert len(sockets.schedules()) <= 2


async def test_many_changes_are_read_by_few_requests(follow, harbour):
    page, sockets = await follow(harbour)
    sockets.asked.clear()

    def burst():
        for number in range(60):
            enter(harbour, 9100 + number, "2026-03-26", 1.5)

    await asyncio.to_thread(burst)

    await expect(row(page, "People off").get_by_role("gridcell").nth(25)).to_have_text("60")
    # More often where sixty changes take long, but not for each of them its rows and their sums.
    assert len(sockets.asked) < 60


async def test_who_is_off_comes_and_goes_where_only_those_are_shown(follow, harbour):
    page, _ = await follow(harbour, "?view=week&day=2026-06-03&off=1")
    await expect(page.get_by_role("heading", name="Nobody fits")).to_be_visible()

    span = begin_span(harbour, "Cy Moss", "2026-06-03")
    await expect(cell(page, "Cy Moss", "2026-06-03")).to_have_text("2")
    enter(harbour, BO, "2026-06-04")
    await expect(cell(page, "Bo Reed", "2026-06-04")).to_have_text("2")
    await expect(page.get_by_text(f"{EVERYBODY} workers · 2 off", exact=True)).to_be_visible()

    ask(harbour, REMOVE_SPAN, id=span)
    await expect(page.get_by_text(f"{EVERYBODY} workers · 1 off", exact=True)).to_be_visible()
    await expect(row(page, "Cy Moss")).to_have_count(0)


async def test_other_days_are_followed_from_where_it_was(follow, harbour):
    page, sockets = await follow(harbour)
    for _ in range(4):
        await page.get_by_role("button", name="Next month").click()
    enter(harbour, FINN, "2026-07-15")

    await expect(cell(page, "Finn Lowe", "2026-07-15")).to_have_text("2")
    await asyncio.sleep(1)
    enter(harbour, FINN, "2026-07-16")
    await expect(cell(page, "Finn Lowe", "2026-07-16")).to_have_text("2")
    assert sockets.open == 1


@pytest_asyncio.fixture(loop_scope="session")
async def reborn(tmp_path):
    """A gateway that can be killed and is back at the same address, and its database."""
    database = tmp_path / "timeoff.db"
    url = f"sqlite:///{database}"
    warm.run("migrate", "--database-url", url, env=clean_environment(), check=True)
    with phoenix(url) as gateway:
        gateway.start()
        fill(gateway.url)
        yield gateway, database, tmp_path


def copied(source, target):
    """As a backup is made, and put back."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


async def test_after_a_restart_what_happened_meanwhile_is_shown(follow, reborn, complaints):
    gateway, _, _ = reborn
    page, sockets = await follow(gateway.url)
    for day in ("2026-03-17", "2026-03-18"):
        begun = sockets.begun
        gateway.kill()
        await until(lambda: sockets.open == 0)
        gateway.start()
        enter(gateway.url, BO, day)

        await expect(cell(page, "Bo Reed", day)).to_have_text("2")
        await sockets.all_begun(begun + 2)

    await expect(page.get_by_text(NOTE)).to_have_count(0)
    await expect(page.get_by_role("alert")).to_have_count(0)
    forgive(complaints, *LOST)
    await page.close()


async def test_a_connection_that_stays_away_is_noted_quietly(follow, reborn, complaints, needs_axe):
    gateway, _, _ = reborn
    page, sockets = await follow(gateway.url)
    gateway.kill()

    await until(lambda: sockets.open == 0)
    assert await page.get_by_text(NOTE).count() == 0  # not at once
    await expect(page.get_by_role("status").filter(has_text=NOTE)).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(cell(page, "Ida Vale", "2026-03-02")).to_have_text("8")
    assert await violations(page) == []

    gateway.start()
    await expect(page.get_by_text(NOTE)).to_have_count(0)
    enter(gateway.url, BO, "2026-03-20")
    await expect(cell(page, "Bo Reed", "2026-03-20")).to_have_text("2")
    forgive(complaints, *LOST)
    await page.close()


async def test_after_a_restore_everything_is_read_anew(follow, reborn, complaints):
    gateway, database, folder = reborn
    copied(database, copy := folder / "copy.db")
    page, sockets = await follow(gateway.url)
    enter(gateway.url, BO, "2026-03-20")
    await expect(cell(page, "Bo Reed", "2026-03-20")).to_have_text("2")

    gateway.kill()
    copied(copy, database)
    begun = sockets.begun
    gateway.start()

    await expect(cell(page, "Bo Reed", "2026-03-20")).to_have_text("")
    await sockets.all_begun(begun + 2)
    enter(gateway.url, BO, "2026-03-24")
    await expect(cell(page, "Bo Reed", "2026-03-24")).to_have_text("2")
    forgive(complaints, *LOST)
    await page.close()


async def test_a_page_in_the_background_leaves_the_gateway_alone(follow, harbour):
    page, sockets = await follow(harbour)
    await look_away(page)
    sockets.asked.clear()
    enter(harbour, FINN, "2026-03-27")
    await until(lambda: sockets.open == 0)
    enter(harbour, FINN, "2026-03-31")
    assert sockets.asked == []

    await look_away(page, is_away=False)

    await expect(cell(page, "Finn Lowe", "2026-03-27")).to_have_text("2")
    await expect(cell(page, "Finn Lowe", "2026-03-31")).to_have_text("2")
    await expect(page.get_by_text(NOTE)).to_have_count(0)


async def works_without(page, gateway, day):
    await expect(page.get_by_text(f"{EVERYBODY} workers", exact=True)).to_be_visible()
    await open_form(page, "Edda Roe", day, "Kantata OX")
    await field(page, "Hours").fill("2")
    await page.get_by_role("button", name="Create").click()
    await expect(cell(page, "Edda Roe", day)).to_have_text("2")
    await asyncio.sleep(11)
    await expect(page.get_by_text(NOTE)).to_have_count(0)
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_where_no_more_may_subscribe_the_page_is_as_before(visit, database_file, harbour):
    limits = {"TIMEOFF_LIMIT_SUBSCRIPTIONS": "0"}
    with serving(database_file, "--no-demo", environment=limits) as server:
        page = await visit(server.url)

        await works_without(page, server.url, "2026-03-12")
        await page.close()


async def test_where_no_websocket_gets_through_the_page_is_as_before(visit, harbour):
    page = await visit(harbour, "?view=week&day=2040-01-02")
    tries = []

    async def end(socket):
        tries.append(socket)
        await socket.close(code=1011)

    await page.route_web_socket("**/graphql", end)
    await page.goto(f"{harbour}/calendar{MARCH}")

    await works_without(page, harbour, "2026-03-13")
    assert 2 <= len(tries) <= 8
