"""GraphiQL behind the sign-in: it works with the cookie, says who one is, and when that ends."""

import os
import re

import pytest
from playwright.async_api import expect

from app.web import graphiql
from tests.web.axe import violations
from tests.web.calendar_page import forgive, overflow
from tests.web.chromium import listen
from tests.web.guarded import guarding, sign_in, sign_out_elsewhere
from tests.web.test_graphiql_in_browser import EDITOR, RESPONSE, TAB_NAME

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
]

SIZES = {"wide": (1280, 800), "narrow": (360, 740)}


@pytest.fixture(autouse=True)
def needs_the_bundle(needs_axe):
    if graphiql.BUNDLE.find_manifest() is None:
        missing = "GraphiQL is missing: app/web/*/build does that, with Node.js"
        in_ci = os.environ.get("CI", "").lower() in {"1", "true"}
        (pytest.fail if in_ci else pytest.skip)(missing)


@pytest.fixture(scope="module")
def guarded(database_file):
    with guarding(database_file) as guarded:
        yield guarded


@pytest.fixture
def enter(browser, complaints, guarded):
    """Open GraphiQL as somebody who was not signed in: by way of the sign-in."""

    async def enter(name, size="wide", scheme="light"):
        width, height = SIZES[size]
        context = await browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}
        )
        listen(context, guarded.url, complaints)
        page = await context.new_page()
        await page.goto(f"{guarded.url}/graphql")
        await sign_in(page, guarded.tokens[name])
        await page.wait_for_url(f"{guarded.url}/graphql")
        await page.locator(EDITOR).get_by_text("TimeOffEntries").first.wait_for()
        forgive(complaints, "303 for")
        return page

    return enter


async def run(page):
    await page.get_by_role("button", name="Execute query").click()


async def test_the_cookie_is_enough_and_the_page_says_who_one_is(enter):
    page = await enter("hr")

    await expect(page.get_by_role("link", name="hr, HR")).to_have_attribute("href", "/sessions")
    await expect(page.locator(TAB_NAME)).to_have_count(6)
    await run(page)
    await expect(page.locator(RESPONSE)).to_contain_text("totalCount")


async def test_one_signs_out_there(enter, guarded, complaints):
    page = await enter("planner")
    await page.get_by_role("button", name="Sign out").click()

    await expect(page.get_by_role("status")).to_have_text("You are signed out.")
    await page.goto(f"{guarded.url}/graphql")
    await expect(page.get_by_label("Access token")).to_be_visible()
    forgive(complaints, "303 for")


async def test_a_session_that_has_ended_is_told_with_a_way_back(enter, guarded, complaints):
    page = await enter("planner")
    await sign_out_elsewhere(page, guarded.url)
    await run(page)

    await expect(page.locator(RESPONSE)).to_contain_text("UNAUTHENTICATED")
    alert = page.get_by_role("alert").filter(has_text="You are signed out.")
    async with page.context.expect_page() as opening:
        await alert.get_by_role("link", name="Sign in").click()
    other = await opening.value
    await sign_in(other, guarded.tokens["hr"])
    await other.wait_for_url(f"{guarded.url}/graphql")
    await other.close()

    await run(page)
    await expect(page.locator(RESPONSE)).to_contain_text("totalCount")
    await expect(page.get_by_role("link", name="hr, HR")).to_be_visible()
    await expect(alert).to_have_count(0)
    forgive(complaints, "/graphql", "status of 401", "303 for")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_it_has_its_place(enter, guarded, complaints, tmp_path, size, scheme):
    page = await enter("planner", size, scheme)
    await expect(page.get_by_role("button", name="Sign out")).to_be_in_viewport()
    await page.screenshot(path=tmp_path / "known.png")
    assert await overflow(page) == 0
    # The rest of the page is GraphiQL's.
    assert await violations(page, ".gateway-who") == []
    await sign_out_elsewhere(page, guarded.url)
    await run(page)
    alert = page.get_by_role("alert").filter(has_text=re.compile("signed out"))
    await expect(alert.get_by_role("link", name="Sign in")).to_be_in_viewport()
    await page.screenshot(path=tmp_path / "ended.png")
    assert await overflow(page) == 0
    # The rest of the page is GraphiQL's.
    assert await violations(page, ".gateway-who") == []
    forgive(complaints, "/graphql", "status of 401", "303 for")
