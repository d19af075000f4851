"""Below a prefix each page finds its files, its data, its events and the other pages."""

import os

import pytest
from playwright.async_api import expect

from app.web import calendar, graphiql
from tests.server import serving
from tests.web.chromium import listen

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
]

PREFIX = "/hr/timeoff"


@pytest.fixture(scope="module")
def below(tmp_path_factory):
    """The address of a gateway with demo data that a proxy would show below a prefix."""
    if not (calendar.BUNDLE.find_manifest() and graphiql.BUNDLE.find_manifest()):
        in_ci = os.environ.get("CI", "").lower() in {"1", "true"}
        (pytest.fail if in_ci else pytest.skip)("the pages are not built")
    url = f"sqlite:///{tmp_path_factory.mktemp('below') / 'timeoff.db'}"
    with serving(url, "--demo", "--root-path", PREFIX) as server:
        assert server.url.endswith(PREFIX)
        assert f"Start page: {server.url}/" in server.said()
        yield server.url


async def test_every_page_works_and_leads_to_the_others(browser, below):
    complaints: list[str] = []
    context = await browser.new_context()
    listen(context, below, complaints)
    page = await context.new_page()

    await page.goto(below)
    async with page.expect_event("websocket") as opened:
        await page.get_by_role("link", name="Calendar").click()
        await expect(page.get_by_role("rowheader").first).to_be_visible()
    socket = await opened.value
    assert socket.url == below.replace("http", "ws") + "/graphql"
    await page.get_by_role("link", name="Directory").click()
    await expect(page.get_by_role("heading", name="Directory")).to_be_visible()
    await page.goto(f"{below}/graphql")
    await expect(page.locator(".graphiql-query-editor")).to_contain_text("TimeOffEntries")
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.locator(".graphiql-response")).to_contain_text('"data"')
    await page.goto(f"{below}/docs")
    await page.get_by_role("link", name="Behind a proxy").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Behind a proxy")

    assert page.url == f"{below}/docs/proxy"
    assert complaints == []
    await context.close()
