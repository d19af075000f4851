"""Every page on the narrowest phone: nothing is moved sideways, and no word is broken."""

import re

import pytest
from playwright.async_api import expect

from app.web.documentation import PATH, guides
from app.web.reference import PAGE_PATH
from tests.web.axe import violations
from tests.web.calendar_company import ask
from tests.web.chromium import listen

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
]

NARROW = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 800}
# A word is what stands between blanks and signs; one whose letters are on two lines is broken.
BROKEN_WORDS = r"""() => {
    const broken = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        for (const word of node.data.matchAll(/[\p{L}\p{N}]+/gu)) {
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            const lines = [...range.getClientRects()].map(({ top }) => Math.round(top));
            if (new Set(lines).size > 1) broken.push(word[0]);
        }
    }
    return broken;
}"""
CREATE_WEBHOOK = """
mutation Create($webhook: CreateWebhookInput!) {
  createWebhook(input: $webhook) { userErrors { message } }
}
"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def open_page(browser, gateway):
    """Open a page of the gateway in a window of some size."""

    async def open_page(path, size):
        page = await browser.new_page(viewport=size)
        await page.goto(gateway + path, wait_until="load")
        return page

    return open_page


async def test_no_page_is_moved_sideways(open_page, gateway):
    paths = ["/", PATH, PAGE_PATH, *(f"{PATH}/{name}" for name in guides())]
    page = await open_page("/", NARROW)
    too_wide = {}
    for path in paths:
        await page.goto(gateway + path)
        too_wide[path] = await page.evaluate(TOO_WIDE)

    assert {path: pixels for path, pixels in too_wide.items() if pixels > 0} == {}
    assert len(paths) >= 18


@pytest.fixture(scope="module")
def webhook_url(gateway):
    """The address of a webhook; it and the ids have no blanks at which a line could end."""
    companies = ask(gateway, "{ companies { nodes { id } } }")["companies"]["nodes"]
    url = f"https://hooks.example.com/{'a' * 300}"
    webhook = {"companyId": companies[0]["id"], "url": url, "types": ["holiday.deleted"]}
    ask(gateway, CREATE_WEBHOOK, webhook=webhook)  # of what nobody does here, so it is sent nothing
    return url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 600, 1280], ids=["phone", "narrow table", "desktop"])
async def test_the_webhooks_are_all_there_and_axe_finds_nothing(
    browser, gateway, complaints, webhook_url, width, scheme, needs_axe
):
    context = await browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 740}
    )
    listen(context, gateway, complaints)
    page = await context.new_page()
    await page.goto(f"{gateway}/webhooks")
    await expect(page.get_by_text(webhook_url)).to_be_visible()

    assert await violations(page) == []
    assert await page.evaluate(TOO_WIDE) <= 0
    dark = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    channels = [int(each) for each in re.findall(r"\d+", dark)[:3]]
    assert (max(channels) < 80) == (scheme == "dark")


@pytest.mark.usefixtures("calendar_bundle")
@pytest.mark.parametrize("view", ["week", "month", "quarter"])
async def test_the_calendar_is_not_moved_sideways(open_page, view):
    page = await open_page(f"/calendar?view={view}", NARROW)
    await expect(page.locator(".grid[aria-busy=false]")).to_be_visible()

    assert await page.evaluate(TOO_WIDE) <= 0


async def test_graphiql_is_not_moved_sideways(open_page):
    page = await open_page("/graphql", NARROW)
    await page.locator("main, .graphiql-container").first.wait_for()

    assert await page.evaluate(TOO_WIDE) <= 0


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "desktop"])
async def test_the_rest_reference_breaks_no_word(open_page, size):
    page = await open_page(PAGE_PATH, size)

    assert await page.evaluate(BROKEN_WORDS) == []


async def test_a_broken_word_would_be_found(open_page):
    page = await open_page(PAGE_PATH, NARROW)
    await page.evaluate("document.querySelector('h1').textContent = 'W'.repeat(60)")
    await page.evaluate("document.querySelector('h1').style.overflowWrap = 'anywhere'")

    # The policy of the page forbids styles in attributes, not those of a script of ours.
    assert await page.evaluate(BROKEN_WORDS) == ["W" * 60]


async def test_the_paths_of_the_reference_can_still_be_copied(open_page):
    page = await open_page(PAGE_PATH, NARROW)

    text = await page.locator("main").inner_text()
    assert "/procore/v2/companies/{company_id}/people/{person_id}/time-off" in text
    assert "time_off_entries.external_reference.service_name" in text
