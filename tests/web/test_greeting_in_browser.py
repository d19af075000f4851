"""The start page as somebody finds it who signs in there and leaves again, in Chromium."""

import pytest
from playwright.async_api import expect

from tests.web.calendar_page import forgive, overflow
from tests.web.chromium import listen
from tests.web.guarded import guarding, sign_in
from tests.web.test_rights_in_browser import look

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
]

SIZES = {"wide": (1280, 800), "narrow": (360, 740)}


@pytest.fixture(scope="module")
def guarded(database_file):
    with guarding(database_file) as guarded:
        yield guarded


@pytest.fixture
def start(browser, complaints, needs_axe):
    """Open a start page in a browser of its own."""

    async def start(gateway, size="wide", scheme="light"):
        width, height = SIZES[size]
        context = await browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}
        )
        listen(context, gateway, complaints)
        page = await context.new_page()
        await page.goto(f"{gateway}/")
        return page

    return start


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_one_signs_in_sees_who_one_is_and_leaves(
    start, guarded, complaints, tmp_path, size, scheme
):
    page = await start(guarded.url, size, scheme)
    await expect(page.get_by_text("You are not signed in.")).to_be_visible()
    await look(page, tmp_path / "nobody.png")
    await page.get_by_role("link", name="Sign in").click()
    await sign_in(page, guarded.tokens["hr"])

    await page.wait_for_url(f"{guarded.url}/")
    await expect(page.get_by_text("Signed in as hr, HR.")).to_be_visible()
    await look(page, tmp_path / "known.png")
    await page.get_by_role("link", name="Where you are signed in").click()
    await page.wait_for_url(f"{guarded.url}/sessions")
    await page.go_back()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("status")).to_have_text("You are signed out.")
    await page.goto(f"{guarded.url}/")
    await expect(page.get_by_text("You are not signed in.")).to_be_visible()
    forgive(complaints, "303 for")


@pytest.mark.parametrize("size", SIZES)
async def test_on_ones_own_machine_it_says_why_nobody_signs_in(start, gateway, tmp_path, size):
    page = await start(gateway, size)

    await expect(page.get_by_text("Nobody has to sign in")).to_be_visible()
    await look(page, tmp_path / "local.png")
    assert await overflow(page) == 0
