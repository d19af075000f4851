"""How many clicks and keys six everyday tasks take on the calendar, as docs/frontend.md says."""

import re
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web import differences, entries, repeats
from tests.web.calendar_company import HARBOUR, ask
from tests.web.calendar_page import cell, field
from tests.web.feeds import read
from tests.web.hand import MOST_ACTIONS, Hand

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

PROJECT = Path(__file__).parents[2]
DARA, EDDA = "Dara Fenn", "Edda Roe"
SWAP: Final = "Swap one Friday of a weekly day off for another day"
CHRISTMAS: Final = "Enter two weeks of holiday over Christmas"
SETTLE: Final = "Settle all that the systems disagree about this month, one way for all"
FREE: Final = "Find who is free on Thursday"
SUBSCRIBE: Final = "Subscribe to one's team"
UNDO: Final = "Undo what one has just done"
TASKS: Final = (SWAP, CHRISTMAS, SETTLE, FREE, SUBSCRIBE, UNDO)

_HOLIDAY: Final = """
mutation Christmas($input: UpsertHolidaysInput!) {
  upsertHolidays(input: $input) { userErrors { message } }
}
"""
_DIFFERENCES: Final = """
{ discrepancies(from: "2026-03-01", to: "2026-03-31", first: 100) { nodes { date } } }
"""
_THURSDAY: Final = """
{ schedule(from: "2026-03-12", to: "2026-03-12", first: 100) {
  nodes { worker { fullName } days { availableHours } }
} }
"""
_FEEDS: Final = (
    "{ calendarFeeds(first: 100) { nodes { id company { name } roles { name } worker { id } } } }"
)


def told() -> dict[str, tuple[int, int]]:
    """What docs/frontend.md says: each task, its number of actions, and its seconds."""
    text = (PROJECT / "docs/frontend.md").read_text(encoding="utf-8")
    _, section = text.split("\n## How much six tasks take\n")
    row = re.compile(r"^\| (.+?) \| (\d+) \| (\d+) \| .+ \|$", re.MULTILINE)
    rows = row.findall(section.split("\n## ")[0])
    return {task: (int(actions), int(seconds)) for task, actions, seconds in rows}


@pytest.fixture
def compare(request):
    """Hold what a hand did against what is told; called once the page shows that it is done."""

    def compare(hand: Hand, task: str) -> None:
        # Written into --junitxml.
        request.node.user_properties.append(("page", round(hand.page_seconds, 2)))
        assert (hand.actions, round(hand.seconds)) == told()[task]

    return compare


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(visit, harbour):
    yield lambda address: visit(harbour, f"?view=month&day={address}")
    differences.clear(harbour)


def button(page, name):
    return page.get_by_role("button", name=name)


def in_window(page, name):
    return page.get_by_role("dialog").get_by_role("button", name=name)


def choosing(page):
    """What is said while another day is to be chosen."""
    return page.get_by_role("status").filter(has_text="choose the other day")


async def test_the_table_names_these_tasks_and_none_takes_more_than_it_may():
    assert tuple(told()) == TASKS
    assert max(actions for actions, _ in told().values()) <= MOST_ACTIONS


async def test_swap_one_friday(open_page, harbour, compare):
    repeats.make(harbour, EDDA, "2026-09-04", "2026-09-25")
    page = await open_page("2026-09-10")
    await expect(cell(page, EDDA, "2026-09-11")).to_have_text("8")
    hand = Hand(page)
    await hand.click(cell(page, EDDA, "2026-09-11"), with_right=True)
    await hand.click(page.get_by_role("menuitem", name="Move…"))
    await expect(choosing(page)).to_be_visible()
    await hand.click(cell(page, EDDA, "2026-09-09"))
    await hand.click(in_window(page, "Save"))

    await expect(page.get_by_role("dialog")).to_have_count(0)
    compare(hand, SWAP)
    days = [*differences.spans(harbour, EDDA)]
    assert sorted(days) == ["2026-09-04", "2026-09-09", "2026-09-18", "2026-09-25"]
    assert moved_spans(harbour) == [("2026-09-09", "2026-09-09")]


def moved_spans(harbour):
    """The spans of what was moved."""
    (record,) = repeats.records(harbour, EDDA)
    document = (
        "query R($id: ID!) { personTimeOff(id: $id) { instances { startDay endDay status } } }"
    )
    found = ask(harbour, document, id=record["id"])["personTimeOff"]["instances"]
    return [
        (each["startDay"], each["endDay"]) for each in found if each["startDay"] == "2026-09-09"
    ]


async def test_two_weeks_over_christmas(open_page, harbour, compare):
    christmas = {
        "sourceId": 9002,
        "companyId": HARBOUR,
        "name": "Christmas",
        "startDate": "2026-12-25",
        "endDate": "2026-12-26",
    }
    done = ask(harbour, _HOLIDAY, input={"holidays": [christmas]})
    assert done["upsertHolidays"]["userErrors"] == []
    page = await open_page("2026-11-27")
    hand = Hand(page)
    await hand.click(button(page, "Next month"))
    await hand.click(cell(page, EDDA, "2026-12-21"))
    await hand.click(in_window(page, "New time off"))
    await hand.click(in_window(page, "2 weeks"))
    await expect(field(page, "Last day")).to_have_value("2027-01-01")
    await hand.click(in_window(page, "Create"))

    await expect(page.get_by_role("dialog")).to_have_count(0)
    compare(hand, CHRISTMAS)
    days = ["2026-12-21", "2026-12-22", "2026-12-23", "2026-12-24"]
    days += ["2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01"]
    assert entries.hours(harbour, EDDA) == dict.fromkeys(days, 8)


async def test_settle_this_month(open_page, harbour, compare):
    repeats.make(harbour, DARA, "2026-03-06", "2026-03-27")
    for day, hours in {"2026-03-06": 4, "2026-03-09": 8, "2026-03-10": 8}.items():
        differences.enter(harbour, DARA, day, hours)
    repeats.make(harbour, EDDA, "2026-03-16", endDay="2026-03-18")
    page = await open_page("2026-03-10")
    hand = Hand(page)
    await hand.click(button(page, re.compile("^Differences")))
    await hand.click(button(page, re.compile("^Choose all")))
    await hand.click(button(page, re.compile(r"^Settle \d+")))
    await hand.click(page.get_by_role("radio", name="Take Procore’s"))  # noqa: RUF001, as the page writes it
    await hand.click(in_window(page, re.compile(r"^Settle \d+ differences")))
    await hand.click(page.get_by_role("dialog").locator(".primary", has_text="Close"))

    await expect(page.get_by_role("heading", name="No differences")).to_be_visible()
    compare(hand, SETTLE)
    assert ask(harbour, _DIFFERENCES)["discrepancies"]["nodes"] == []
    fridays = ["2026-03-06", "2026-03-13", "2026-03-20", "2026-03-27"]
    assert differences.entries(harbour, DARA) == dict.fromkeys(fridays, 8)


async def test_who_is_free_on_thursday(open_page, harbour, compare):
    differences.enter(harbour, DARA, "2026-03-12", 8)
    differences.enter(harbour, EDDA, "2026-03-12", 3)
    page = await open_page("2026-03-10")
    hand = Hand(page)
    await hand.click(button(page, "Who is free on Thursday, 12 March 2026"))

    by_name = {
        each["worker"]["fullName"]: each["days"][0]["availableHours"]
        for each in ask(harbour, _THURSDAY)["schedule"]["nodes"]
    }
    wholly = [name for name, hours in by_name.items() if hours == 8]
    window = page.get_by_role("dialog", name="Thursday, 12 March 2026")
    free = window.get_by_role("region", name=f"Free ({len(wholly)})")
    await expect(free.locator("b")).to_have_text(wholly)
    partly = window.get_by_role("region", name="Free for a part of the day (1)")
    await expect(partly.get_by_role("listitem")).to_have_text(f"{EDDA} Engineer5 h free")
    off = window.get_by_role("region", name="Off (1)")
    await expect(off.locator("b")).to_have_text([DARA])
    compare(hand, FREE)


async def test_subscribe_to_ones_team(open_page, harbour, compare):
    page = await open_page("2026-03-10")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=harbour)
    hand = Hand(page)
    await hand.click(button(page, "Role: All roles"))
    await hand.click(page.get_by_role("checkbox", name="Engineer"))
    await hand.click(page.get_by_role("button", name="Subscribe", exact=True))
    await hand.click(in_window(page, "Make the link"))
    await hand.click(in_window(page, "Copy"))

    await expect(page.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
    compare(hand, SUBSCRIBE)
    status, media_type, _ = read(await page.evaluate("navigator.clipboard.readText()"))
    assert (status, media_type) == (200, "text/calendar")
    (made,) = ask(harbour, _FEEDS)["calendarFeeds"]["nodes"]
    whom = (made["company"]["name"], [each["name"] for each in made["roles"]], made["worker"])
    assert whom == ("Harbour", ["Engineer"], None)


async def test_undo(open_page, harbour, compare):
    differences.enter(harbour, EDDA, "2026-03-12", 6)
    page = await open_page("2026-03-10")
    await cell(page, EDDA, "2026-03-12").click()
    await in_window(page, "Delete…").click()
    await in_window(page, "Delete").click()
    await expect(cell(page, EDDA, "2026-03-12")).to_have_text("")
    hand = Hand(page)
    await hand.click(button(page, "Undo"))

    await expect(cell(page, EDDA, "2026-03-12")).to_have_text("6")
    compare(hand, UNDO)
    assert differences.entries(harbour, EDDA) == {"2026-03-12": 6}
