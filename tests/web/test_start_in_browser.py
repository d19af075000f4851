"""The start page and the guides in Chromium: links, colours, small screens, accessibility."""

import pytest
from anyio import Path as AsyncPath
from playwright.async_api import expect

from tests.web.axe import violations
from tests.web.chromium import listen

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
]

SIZES = {"wide": (1280, 800), "narrow": (360, 740)}


@pytest.fixture
def visit(browser, gateway, complaints):
    """Open a page of the gateway in a browser of its own."""

    async def visit(path, size="wide", scheme="light"):
        width, height = SIZES[size]
        context = await browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}
        )
        listen(context, gateway, complaints)
        page = await context.new_page()
        await page.goto(gateway + path)
        return page

    return visit


async def test_every_link_leads_somewhere(visit, gateway):
    page = await visit("/")
    await expect(page).to_have_title("Time-off gateway")
    links = await page.get_by_role("listitem").get_by_role("link").all()

    assert len(links) == 7
    for link in links:
        address = gateway + (await link.get_attribute("href") or "")
        answer = await page.request.get(address, headers={"Accept": "text/html"})
        assert answer.status == 200, address


async def test_a_person_finds_the_way_by_the_keyboard(visit):
    page = await visit("/")
    calendar = page.get_by_role("link", name="Calendar")

    for pages in ("Webhooks", "Connected systems"):
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name=pages)).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(calendar).to_be_focused()
    await page.keyboard.press("Enter")

    await page.wait_for_url("**/calendar*")
    await page.go_back()
    await page.get_by_role("link", name="Documentation").click()
    await page.get_by_role("link", name="A front end").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("A front end")
    await page.get_by_role("link", name="trusted documents").click()
    await expect(page.get_by_role("heading", name="Trusted documents")).to_be_in_viewport()


async def test_the_months_file_is_downloaded(visit):
    page = await visit("/")

    async with page.expect_download() as begun:
        await page.get_by_role("link", name="This month as CSV").click()
    download = await begun.value

    assert download.suggested_filename.startswith("schedule-")
    file = AsyncPath(await download.path())
    text = await file.read_text("utf-8")
    assert text.removeprefix("\ufeff").startswith("name,role,job_title,email,")
    assert text.count("\n") > 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_and_nothing_sticks_out(visit, tmp_path, size, scheme, needs_axe):
    for name, path in (("start", "/"), ("docs", "/docs"), ("guide", "/docs/frontend")):
        page = await visit(path, size, scheme)

        found = await violations(page)

        await page.screenshot(path=tmp_path / f"{name}.png")
        assert found == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_page_is_light_or_dark_as_the_person_wants(visit):
    backgrounds = [
        await (await visit("/", scheme=scheme)).evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    ]

    assert backgrounds == ["rgb(241, 245, 249)", "rgb(11, 18, 32)"]
