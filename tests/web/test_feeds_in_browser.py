"""Subscribing to time off from the calendar page, in Chromium, with real sessions."""

import asyncio
import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web import feeds
from tests.web.axe import violations
from tests.web.calendar_company import ask
from tests.web.calendar_page import MARCH, cell, choose, field, forgive, overflow, press_until
from tests.web.chromium import Complaints
from tests.web.feeds import read
from tests.web.guarded import guarding, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

SUBSCRIBE = "Subscribe"
DAY = "2026-03-10"
LINK = re.compile(r"^http://127\.0\.0\.1:\d+/feeds/[\w-]{43}\.ics$")
IDA_WELDS = """
mutation Weld {
  upsertPeople(input: {people: [{sourceId: "9a7c2e14-6d3b-4f08-b1a5-c0d4e8f26b37",
    companyId: "3d6f1a52-0b6e-4c55-8f0e-5a1c7e9b2d10", firstName: "Ida", lastName: "Vale",
    email: "ida.vale@example.com", jobTitle: "Welder"}]}) { userErrors { message } }
}
"""


@pytest.fixture(scope="module")
def guarded(database_file):
    with guarding(database_file) as guarded:
        yield guarded


@pytest.fixture(autouse=True)
def tidy(guarded):
    """No feed of a test is left for the next."""
    yield
    for each in feeds.feeds(guarded):
        feeds.delete(guarded, each["id"])


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
        await page.get_by_role("grid").wait_for()
        return page

    return enter


@pytest_asyncio.fixture(loop_scope="session")
async def hr(enter):
    return await enter("hr")


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def item(page, whom):
    return page.get_by_role("dialog").get_by_role("listitem", name=whom)


async def make_link(page):
    """Make the feed that the window is at, and return its link."""
    await button(page, "Make the link").click()
    return await shown_link(page)


async def shown_link(page):
    link = field(page, "Link")
    await expect(link).to_be_focused()
    await expect(link).to_have_value(LINK)
    return await link.input_value()


async def act(page, whom, name):
    """Ask for something to be done with a feed, and say yes."""
    await item(page, whom).get_by_role("button", name=f"{name}…").click()
    await item(page, whom).get_by_role("button", name=name, exact=True).click()


async def test_employees_subscribe_to_their_own_time_off(enter, guarded):
    feeds.make(guarded)
    page = await enter("ida")
    await button(page, SUBSCRIBE).click()
    window = page.get_by_role("dialog", name=SUBSCRIBE)
    await expect(window.get_by_role("heading", name="My own time off: Ida Vale")).to_be_visible()
    await expect(window.get_by_text("It never shows reasons.")).to_be_visible()
    await expect(window.get_by_role("radio")).to_have_count(0)
    await expect(window.get_by_text("There is none yet.")).to_be_visible()  # of her own

    link = await make_link(page)

    status, media_type, text = read(link)
    assert (status, media_type) == (200, "text/calendar")
    assert "\r\nNAME:Time off: Ida Vale\r\n" in text
    await expect(window.get_by_text("It is shown only this once.")).to_be_visible()
    opened = window.get_by_role("link", name="Open it in this device")
    await expect(opened).to_have_attribute("href", link.replace("http:", "webcal:"))
    for calendar in ("Google Calendar", "Outlook", "Apple Calendar"):
        await expect(window.get_by_role("term").filter(has_text=calendar)).to_be_visible()
    await expect(item(page, "Ida Vale")).to_contain_text("Made ")
    await page.keyboard.press("Escape")
    await expect(button(page, SUBSCRIBE)).to_be_focused()

    await button(page, SUBSCRIBE).click()
    await expect(item(page, "Ida Vale")).to_have_count(1)
    await expect(field(page, "Link")).to_have_count(0)


async def test_a_link_is_copied(hr, guarded):
    await hr.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=guarded.url)
    await button(hr, SUBSCRIBE).click()
    await field(hr, "Company").select_option("Harbour")
    link = await make_link(hr)

    await button(hr, "Copy").click()

    await expect(hr.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
    assert await hr.evaluate("navigator.clipboard.readText()") == link


async def test_a_link_is_copied_where_a_page_came_without_tls(hr):
    """There is no clipboard then; the browser copies what is selected."""
    await hr.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    await button(hr, SUBSCRIBE).click()
    await field(hr, "Company").select_option("Harbour")
    await make_link(hr)

    await button(hr, "Copy").click()

    await expect(hr.get_by_role("status").filter(has_text="Copied.")).to_be_visible()


async def test_hr_subscribes_to_whom_the_page_shows(enter, guarded):
    done = ask(guarded.url, IDA_WELDS, token=guarded.tokens["admin"])
    assert done["upsertPeople"]["userErrors"] == []
    page = await enter("hr", f"{MARCH}&name=a")
    await choose(page, "Role", "Engineer", "Designer")
    await choose(page, "Job title", "Welder")
    await page.get_by_label("Only those off").check()
    await button(page, SUBSCRIBE).click()
    window = page.get_by_role("dialog")
    for fact in ("Harbour", "Designer, Engineer", "Welder", "“a”"):
        await expect(window.get_by_role("definition").filter(has_text=fact)).to_be_visible()
    await expect(window.get_by_text("makes no difference")).to_be_visible()

    link = await make_link(page)

    (feed,) = feeds.feeds(guarded)
    assert feed["company"]["name"] == "Harbour"
    assert {each["name"] for each in feed["roles"]} == {"Engineer", "Designer"}
    assert (feed["jobTitles"], feed["name"], feed["worker"]) == (["Welder"], "a", None)
    assert read(link)[0] == 200
    whom = re.compile(r"^Harbour, (Engineer, Designer|Designer, Engineer), Welder, “a”$")
    await expect(item(page, whom)).to_be_visible()


async def test_a_feed_is_of_one_company(hr, guarded):
    await button(hr, SUBSCRIBE).click()
    await expect(hr.get_by_role("dialog").get_by_text("A feed is of one company.")).to_be_visible()
    await button(hr, "Make the link").click()
    company = field(hr, "Company")
    await expect(company).to_be_focused()
    await expect(company).to_have_attribute("aria-invalid", "true")
    assert feeds.feeds(guarded) == []

    await company.select_option("Mill")
    await make_link(hr)

    assert [each["company"]["name"] for each in feeds.feeds(guarded)] == ["Mill"]
    await expect(item(hr, "Everybody of Mill")).to_be_visible()


async def test_a_workers_feed_is_made_from_a_day(hr, guarded):
    await cell(hr, "Ida Vale", DAY).click()
    await hr.get_by_role("dialog").get_by_role("button", name=SUBSCRIBE).click()
    await expect(hr.get_by_role("radio", name="Time off of Ida Vale")).to_be_checked()
    await expect(hr.get_by_role("radio", name="Whom the page shows")).not_to_be_checked()

    link = await make_link(hr)

    assert "NAME:Time off: Ida Vale" in read(link)[2]
    assert [each["worker"] for each in feeds.feeds(guarded)] == [{"fullName": "Ida Vale"}]


@pytest.mark.parametrize(
    ("who", "own"), [("planner", ()), ("employee", ()), ("clerk", ("Ida Vale",))]
)
async def test_nobody_is_offered_a_feed_that_would_be_refused(enter, who, own):
    page = await enter(who)
    await page.get_by_role("link", name="As CSV").wait_for()
    await expect(button(page, SUBSCRIBE)).to_have_count(len(own))
    for name in ("Ida Vale", "Bo Reed"):
        await cell(page, name, DAY).click()
        window = page.get_by_role("dialog")
        await window.get_by_text("No time off is recorded").wait_for()
        offered = window.get_by_role("button", name=SUBSCRIBE)
        await expect(offered).to_have_count(1 if name in own else 0)
        await page.keyboard.press("Escape")


async def test_a_link_is_renewed_revoked_and_deleted_when_it_was_asked_for_twice(hr, guarded):
    await button(hr, SUBSCRIBE).click()
    await field(hr, "Company").select_option("Harbour")
    first = await make_link(hr)
    whom = "Everybody of Harbour"

    await item(hr, whom).get_by_role("button", name="Renew…").click()
    await expect(item(hr, whom)).to_contain_text("The one before answers no more")
    await button(hr, "Cancel").click()
    await expect(item(hr, whom).get_by_role("button", name="Renew…")).to_be_focused()
    assert read(first)[0] == 200
    await act(hr, whom, "Renew")
    await expect(field(hr, "Link")).not_to_have_value(first)
    second = await shown_link(hr)
    assert (read(first)[0], read(second)[0]) == (404, 200)
    await expect(item(hr, whom)).to_contain_text("renewed")

    await act(hr, whom, "Revoke")
    told = hr.get_by_role("dialog").get_by_role("status")
    await expect(told.filter(has_text=f"Revoked: {whom}.")).to_be_visible()
    await expect(field(hr, "Link")).to_have_count(0)  # nobody is to copy it now
    await expect(item(hr, whom).get_by_role("button", name="Revoke…")).to_have_count(0)
    assert read(second)[0] == 404

    await act(hr, whom, "Renew")
    third = await shown_link(hr)
    assert (read(second)[0], read(third)[0]) == (404, 200)

    await act(hr, whom, "Delete")
    await expect(item(hr, whom)).to_have_count(0)
    await expect(told.filter(has_text=f"Deleted: {whom}.")).to_be_visible()
    assert read(third)[0] == 404
    assert feeds.feeds(guarded) == []


async def test_what_somebody_else_has_done_meanwhile_is_told_and_not_undone(hr, guarded):
    revoked, gone = feeds.make(guarded, name="revoked"), feeds.make(guarded, name="gone")
    await button(hr, SUBSCRIBE).click()
    of_revoked, of_gone = item(hr, "Harbour, “revoked”"), item(hr, "Harbour, “gone”")
    await of_revoked.get_by_role("button", name="Renew…").click()
    feeds.revoke(guarded, revoked)
    await of_revoked.get_by_role("button", name="Renew", exact=True).click()

    await expect(of_revoked.get_by_role("alert")).to_contain_text("Somebody has revoked it")
    await expect(of_revoked.get_by_role("button", name="Revoke…")).to_have_count(0)
    await expect(of_revoked.get_by_role("button", name="Renew…")).to_be_focused()
    assert all(each["renewedAt"] is None for each in feeds.feeds(guarded))
    await act(hr, "Harbour, “revoked”", "Renew")
    assert read(await shown_link(hr))[0] == 200

    feeds.delete(guarded, gone)
    await of_gone.get_by_role("button", name="Revoke…").click()
    await of_gone.get_by_role("button", name="Revoke", exact=True).click()
    await expect(of_gone).to_have_count(0)
    told = hr.get_by_role("status").filter(has_text="Somebody has deleted it meanwhile")
    await expect(told).to_be_visible()


async def test_what_is_sent_again_after_a_lost_answer_is_not_done_twice(hr, guarded, complaints):
    lost: list[str] = []

    async def lose_the_answer(route):
        if "CreateFeed" in (route.request.post_data or "") and not lost:
            await route.fetch()
            lost.append(route.request.url)
            await route.abort()
        else:
            await route.continue_()

    await hr.route("**/graphql", lose_the_answer)
    await button(hr, SUBSCRIBE).click()
    await field(hr, "Company").select_option("Harbour")
    await button(hr, "Make the link").click()
    await expect(hr.get_by_role("alert")).to_contain_text("could not be reached")
    await button(hr, "Try again").click()

    # The link was in the answer, and is kept nowhere.
    await expect(hr.get_by_text("the answer that had the link was lost")).to_be_visible()
    assert lost
    assert len(feeds.feeds(guarded)) == 1
    await act(hr, "Everybody of Harbour", "Renew")
    assert read(await shown_link(hr))[0] == 200
    await button(hr, "Make another").click()
    await field(hr, "Company").select_option("Harbour")
    await make_link(hr)
    assert len(feeds.feeds(guarded)) == 2
    forgive(complaints, "ERR_FAILED")


async def test_long_lists_come_in_pages_the_latest_first(hr, guarded):
    for number in range(23):
        feeds.make(guarded, name=f"n{number:02}")
    await button(hr, SUBSCRIBE).click()
    items = hr.get_by_role("dialog").get_by_role("listitem", name="Harbour, “n")
    await expect(items).to_have_count(20)
    await expect(items.first).to_contain_text("“n22”")

    await button(hr, "Show more (20 of 23)").click()

    await expect(items).to_have_count(23)
    await expect(items.last).to_contain_text("“n00”")
    await expect(hr.get_by_role("button", name="Show more")).to_have_count(0)


async def test_a_feed_that_is_made_before_the_list_has_come_is_listed(enter):
    page = await enter("ida")
    made = asyncio.Event()

    async def hold(route):
        if "query Feeds" not in (route.request.post_data or ""):
            return await route.continue_()
        before = await route.fetch()
        await made.wait()
        return await route.fulfill(response=before)

    await page.route("**/graphql", hold)
    await button(page, SUBSCRIBE).click()
    await make_link(page)
    made.set()

    await expect(page.get_by_role("dialog").get_by_text("Loading …")).to_have_count(0)
    await expect(button(page, "Revoke…").first).to_be_visible()


async def test_a_feed_is_made_and_revoked_by_the_keyboard_alone(enter, guarded):
    page = await enter("ida")
    await button(page, SUBSCRIBE).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await tab_to(page, "Make the link")
    await page.keyboard.press("Enter")
    link = await shown_link(page)
    await button(page, "Revoke…").wait_for()
    await tab_to(page, "Revoke…")
    await page.keyboard.press("Enter")
    await expect(button(page, "Revoke")).to_be_focused()
    await page.keyboard.press("Escape")  # closes the question, not the window
    await expect(button(page, "Revoke…")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(button(page, "Revoke")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="Existing feeds")).to_be_focused()
    assert read(link)[0] == 404
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(button(page, SUBSCRIBE)).to_be_focused()


async def test_the_feed_of_a_filter_is_made_and_renewed_by_the_keyboard_alone(enter, guarded):
    page = await enter("hr", f"{MARCH}&name=ida")
    roles = button(page, "Role: All roles")
    await press_until(page, "Tab", roles)
    await page.keyboard.press("Enter")
    engineer = page.get_by_role("checkbox", name="Engineer")
    await press_until(page, "Tab", engineer)
    await page.keyboard.press("Space")
    await expect(button(page, "Role: Engineer")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
    await press_until(page, "Tab", button(page, SUBSCRIBE), most=90)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await tab_to(page, "Make the link")
    await page.keyboard.press("Enter")
    first = await shown_link(page)
    (made,) = feeds.feeds(guarded)
    assert (made["name"], [each["name"] for each in made["roles"]]) == ("ida", ["Engineer"])

    await button(page, "Renew…").wait_for()
    await tab_to(page, "Renew…")
    await page.keyboard.press("Enter")
    await expect(button(page, "Renew")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(field(page, "Link")).not_to_have_value(first)
    second = await shown_link(page)
    assert (read(first)[0], read(second)[0]) == (404, 200)


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (390, "light")])
async def test_a_phone_renews_a_link_and_revokes_it(enter, guarded, width, scheme):
    options = {"size": (width, 740), "scheme": scheme, "has_touch": True, "is_mobile": True}
    page = await enter("hr", f"{MARCH}&name=ida", **options)
    await button(page, SUBSCRIBE).tap()
    await field(page, "Company").select_option("Harbour")
    await button(page, "Make the link").tap()
    first = await shown_link(page)
    feed = item(page, "Harbour, “ida”")
    await feed.get_by_role("button", name="Renew…").tap()
    await feed.get_by_role("button", name="Renew", exact=True).tap()
    await expect(field(page, "Link")).not_to_have_value(first)
    second = await shown_link(page)
    assert (read(first)[0], read(second)[0]) == (404, 200)
    assert await overflow(page) == 0

    await feed.get_by_role("button", name="Revoke…").tap()
    revoke = feed.get_by_role("button", name="Revoke", exact=True)
    await expect(revoke).to_be_in_viewport(ratio=1)
    await revoke.tap()
    await expect(page.get_by_role("status").filter(has_text="Revoked: Harbour")).to_be_in_viewport()
    await expect(field(page, "Link")).to_have_count(0)
    assert read(second)[0] == 404
    assert await overflow(page) == 0


async def tab_to(page, name):
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"{name} is not reached")


@pytest.mark.parametrize("size", [(1280, 800), (360, 740), (720, 400)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_window_fits_and_axe_finds_nothing(enter, guarded, needs_axe, size, scheme):
    feeds.revoke(guarded, feeds.make(guarded, name="revoked"))
    page = await enter("hr", f"{MARCH}&name=ida", size=size, scheme=scheme)
    await button(page, SUBSCRIBE).click()
    await item(page, "Harbour, “revoked”").wait_for()
    assert await violations(page, "dialog") == []
    await field(page, "Company").select_option("Harbour")
    await make_link(page)
    await item(page, "Harbour, “ida”").get_by_role("button", name="Renew…").click()

    assert await violations(page, "dialog") == []
    assert await overflow(page) == 0
    body = page.locator("dialog .window-body")
    assert await body.evaluate("each => each.scrollWidth - each.clientWidth") == 0
