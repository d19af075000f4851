"""The guides in Chromium: contents, search, copying, phones, paper; and the pages of refusals."""

import pytest
from playwright.async_api import expect

from app.web.documentation import PATH, guides
from tests.web.axe import violations
from tests.web.calendar_page import forgive
from tests.web.chromium import listen
from tests.web.test_narrow_in_browser import BROKEN_WORDS, TOO_WIDE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
]

SIZES = {"wide": (1280, 800), "narrow": (360, 740)}


@pytest.fixture
def visit(browser, gateway, complaints):
    """Open a page of the gateway in a browser of its own."""

    async def visit(path, size="wide", scheme="light", **options):
        width, height = SIZES[size]
        context = await browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}, **options
        )
        listen(context, gateway, complaints)
        page = await context.new_page()
        await page.goto(gateway + path)
        return page

    return visit


async def test_on_a_phone_no_guide_breaks_a_word_or_is_moved_sideways(visit, gateway):
    page = await visit(PATH, "narrow")
    broken = {}
    for path in (PATH, f"{PATH}?q=holiday", *(f"{PATH}/{name}" for name in guides())):
        await page.goto(gateway + path)
        broken[path] = await page.evaluate(BROKEN_WORDS)
        assert await page.evaluate(TOO_WIDE) <= 0, path

    assert {path: words for path, words in broken.items() if words} == {}
    assert len(broken) > 30


async def test_the_list_is_ordered_by_whom_a_guide_is_for(visit):
    page = await visit(PATH)

    headings = await page.get_by_role("main").get_by_role("heading", level=2).all_inner_texts()
    assert headings == [
        "People who plan and take time off",
        "Integrators",
        "Front ends",
        "Operators",
        "Contributors",
    ]
    contents = page.get_by_role("navigation", name="On this page")
    await contents.get_by_role("link", name="Operators").click()
    await expect(page.get_by_role("heading", name="Operators")).to_be_in_viewport()


async def test_a_reader_searches_and_goes_to_the_place_by_the_keyboard_alone(visit):
    page = await visit(f"{PATH}/rules")

    await page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search the guides")
    await expect(search).to_be_focused()
    await expect(search).to_have_value("")
    await page.keyboard.type("time zone calendar feed")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_have_text("“time zone calendar feed”")
    await expect(page.get_by_role("status").first).to_contain_text("place")
    first = page.locator(".results").get_by_role("link").first
    heading = await first.inner_text()
    await first.press("Enter")
    await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_in_viewport()


async def test_a_slash_that_is_typed_stays_one(visit):
    page = await visit(PATH)
    search = page.get_by_role("searchbox", name="Search the guides")

    await search.fill("")
    await search.press_sequentially("a/b")

    await expect(search).to_have_value("a/b")


async def test_the_first_key_leads_past_the_header(visit):
    page = await visit(f"{PATH}/access")

    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the text")
    await expect(skip).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")

    await expect(
        page.get_by_role("navigation", name="Where this is").get_by_role("link").first
    ).to_be_focused()


async def test_code_is_copied_by_a_button(visit):
    page = await visit(f"{PATH}/exports", permissions=["clipboard-read", "clipboard-write"])
    shown = await page.locator("pre").first.inner_text()
    button = page.get_by_role("button", name="Copy this code").first

    await button.press("Enter")

    await expect(button).to_have_text("Copied")
    await expect(page.locator(".told")).to_have_text("The code is in the clipboard.")
    assert await page.evaluate("navigator.clipboard.readText()") == shown.rstrip("\n")
    assert len(await page.get_by_role("button", name="Copy this code").all()) == len(
        await page.locator("pre").all()
    )
    await expect(button).to_have_text("Copy")


async def test_code_is_copied_where_there_is_no_clipboard(visit):
    """As on a page by plain http, where browsers have none."""
    page = await visit(f"{PATH}/exports", permissions=["clipboard-read", "clipboard-write"])
    await page.evaluate(
        "() => { window.kept = navigator.clipboard;"
        " Object.defineProperty(navigator, 'clipboard', { value: undefined }); }"
    )

    await page.get_by_role("button", name="Copy this code").first.click()

    await expect(page.get_by_role("button", name="Copy this code").first).to_have_text("Copied")
    text = await page.evaluate("window.kept.readText()")
    assert text.startswith("scripts/timeoff export")


async def test_on_a_phone_the_contents_are_folded_above_and_tables_stack(visit):
    page = await visit(f"{PATH}/exports", "narrow")
    columns = page.get_by_role("link", name="Columns", exact=True)
    await expect(columns).to_be_hidden()

    await page.get_by_text("On this page").locator("visible=true").click()
    await columns.click()

    await expect(page.get_by_role("heading", name="Columns")).to_be_in_viewport()
    cells = page.locator("table").nth(1).locator("tbody tr").first.locator("td")
    name, told = await cells.nth(0).bounding_box(), await cells.nth(1).bounding_box()
    assert told["y"] >= name["y"] + name["height"]
    assert told["width"] > 300
    label = "getComputedStyle(document.querySelector('[data-label]'), '::before').content"
    assert await page.evaluate(label) == '"Parameter: "'


async def test_on_paper_there_is_the_text_alone(visit):
    page = await visit(f"{PATH}/exports", scheme="dark")

    await page.emulate_media(media="print")

    await expect(page.get_by_role("heading", name="Columns")).to_be_visible()
    for gone in (".contents.beside", ".code button", "form", "header nav", ".more"):
        await expect(page.locator(gone).first).to_be_hidden()
    assert len(await page.pdf()) > 10_000


async def test_the_reference_shows_examples_that_can_be_copied_and_answers_that_unfold(visit):
    page = await visit("/openapi", permissions=["clipboard-read", "clipboard-write"])
    await (
        page.get_by_role("navigation", name="On this page")
        .get_by_role("link", name="Get a user")
        .click()
    )
    section = page.get_by_role("region", name="Get a user")
    await expect(section).to_be_in_viewport()

    await section.get_by_role("button", name="Copy this code").first.click()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == 'curl "$GATEWAY/kantata/api/v1/users/1"'

    answer = section.get_by_text('"full_name": "Ada Lovelace"')
    await expect(answer).to_be_hidden()
    await section.get_by_text("Answers 200").press("Enter")
    await expect(answer).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing(visit, size, scheme, needs_axe):
    for path in (f"{PATH}?q=holiday", f"{PATH}?q=xyzzy", f"{PATH}/exports", "/openapi"):
        page = await visit(path, size, scheme)
        assert await violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_what_is_not_there_is_told_on_a_page_that_leads_on(
    visit, complaints, size, scheme, needs_axe
):
    page = await visit(f"{PATH}/nope", size, scheme)

    await expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    await expect(page.get_by_role("alert")).to_have_text("There is no such guide.")
    assert await violations(page) == []
    assert await page.evaluate(TOO_WIDE) <= 0
    await page.get_by_role("link", name="All guides").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Documentation")
    forgive(complaints, "404 for", "status of 404")
