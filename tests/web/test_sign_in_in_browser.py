"""Signing in as a person does, in Chromium: by the keyboard, over http and https, on any screen."""

import re

import pytest
from playwright.async_api import expect

from tests.web.axe import violations
from tests.web.calendar_page import forgive
from tests.web.chromium import Complaints, listen
from tests.web.sign_in import FakeIssuer, own_certificate, signing_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.only_on("sqlite"),
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
]

SIZES = {"wide": (1280, 800), "narrow": (360, 740)}


@pytest.fixture(scope="module")
def harbour(module_database_url):
    with signing_in(module_database_url) as gateway:
        yield gateway.url


@pytest.fixture
def complaints():
    """What went wrong in the pages of a test, where a form that leads on is nothing wrong."""
    complaints = Complaints()
    forgive(complaints, "303 for")
    yield complaints
    assert complaints == []


@pytest.fixture
def visit(browser, complaints):
    """Open a page of a gateway in a browser of its own."""

    async def visit(address, size="wide", scheme="light", **options):
        width, height = SIZES[size]
        context = await browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}, **options
        )
        listen(context, address, complaints)
        page = await context.new_page()
        await page.goto(address)
        return page

    return visit


async def sign_in(page, given="tog_planner"):
    await page.get_by_label("Access token").fill(given)
    await page.get_by_role("button", name="Sign in").click()


async def test_a_person_signs_in_and_out_by_the_keyboard(visit, harbour):
    page = await visit(f"{harbour}/sign-in?return_to=/docs")

    await expect(page.get_by_label("Access token")).to_be_focused()
    await page.keyboard.type("tog_planner")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{harbour}/docs")
    await page.goto(f"{harbour}/sign-in")
    await expect(page.get_by_role("heading", name="You are signed in")).to_be_visible()
    for name in ("Time-off gateway", "Continue", "Where you are signed in"):
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name=name)).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Sign out")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("status")).to_have_text("You are signed out.")
    assert await page.context.cookies() == []


async def test_no_script_sees_the_secret_and_no_other_page_has_it(visit, harbour):
    page = await visit(f"{harbour}/sign-in")
    await sign_in(page)
    await page.wait_for_url(f"{harbour}/")

    (cookie,) = await page.context.cookies()

    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("timeoff", True, "Lax")
    assert (cookie["secure"], cookie["path"], cookie["expires"]) == (False, "/", -1)
    seen = await page.evaluate("[document.cookie, JSON.stringify({...localStorage})]")
    assert seen == ["", "{}"]
    assert "tog_" not in page.url


async def test_by_https_a_real_browser_takes_the_cookie(visit, database_url, tmp_path):
    with signing_in(database_url, certificate=own_certificate(tmp_path)) as gateway:
        page = await visit(f"{gateway.url}/sign-in", ignore_https_errors=True)
        await sign_in(page)
        await page.wait_for_url(f"{gateway.url}/")

        (cookie,) = await page.context.cookies()

        assert (cookie["name"], cookie["secure"]) == ("__Host-timeoff", True)
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
        await page.goto(f"{gateway.url}/sign-in")
        await expect(page.get_by_role("heading", name="You are signed in")).to_be_visible()
        # A connection of TLS that the browser holds would outlive the server's loop.
        await page.context.close()


async def test_a_wrong_token_is_told_at_its_field(visit, harbour, complaints):
    page = await visit(f"{harbour}/sign-in?return_to=/docs")

    await sign_in(page, "tog_wrong")

    field = page.get_by_label("Access token")
    await expect(page.get_by_role("alert")).to_contain_text("This token is not good")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("")
    await expect(field).to_have_accessible_description(re.compile("This token is not good"))
    await sign_in(page)
    await page.wait_for_url(f"{harbour}/docs")
    forgive(complaints, "401 for", "status of 401")


async def test_another_sites_form_signs_nobody_in_or_out(visit, harbour, complaints):
    page = await visit(f"{harbour}/sign-in")
    await sign_in(page)
    await page.wait_for_url(f"{harbour}/")
    evil = harbour.replace("127.0.0.1", "localhost")  # another site, for browsers
    await page.route(
        "**/evil",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form method=post action="{harbour}/sign-out"><button>Win!</button></form>',
        ),
    )
    await page.goto(f"{evil}/evil")
    await page.get_by_role("button", name="Win!").click()

    await expect(page.get_by_role("alert")).to_contain_text("not sent by a page of this gateway")
    await page.goto(f"{harbour}/sign-in")
    await expect(page.get_by_role("heading", name="You are signed in")).to_be_visible()
    forgive(complaints, "request to", "403 for", "status of 403")


async def test_one_browser_ends_the_session_of_another(visit, harbour):
    first, second = [await visit(f"{harbour}/sign-in?return_to=/sessions") for _ in range(2)]
    for page in (first, second):
        await sign_in(page, "tog_admin")
        await page.wait_for_url(f"{harbour}/sessions")
    await first.reload()

    other = first.get_by_role("row", name="<b>admin</b>").get_by_role("button", name="Sign out:")
    await expect(other).to_have_count(1)
    await other.click()
    await expect(other).to_have_count(0)
    await second.reload()

    await expect(second.get_by_label("Access token")).to_be_visible()
    await expect(first.get_by_text("This browser")).to_be_visible()


async def test_with_an_issuer_a_button_leads_there_and_back(visit, database_url):
    with signing_in(database_url, issuer=FakeIssuer()) as gateway:
        page = await visit(f"{gateway.url}/sign-in?return_to=/docs")
        await page.get_by_role("link", name="Sign in with Harbour & Sons").click()

        await page.wait_for_url(f"{gateway.url}/docs")
        assert {each["name"] for each in await page.context.cookies()} == {"timeoff"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_and_nothing_sticks_out(
    visit, harbour, complaints, tmp_path, size, scheme, needs_axe
):
    page = await visit(f"{harbour}/sign-in", size, scheme)
    await look(page, tmp_path / "form.png")
    await sign_in(page, "tog_wrong")
    await expect(page.get_by_role("alert")).to_be_visible()
    await look(page, tmp_path / "wrong.png")
    await sign_in(page, "tog_admin")
    await page.wait_for_url(f"{harbour}/")
    await page.goto(f"{harbour}/sign-in")
    await look(page, tmp_path / "signed-in.png")
    other = await visit(f"{harbour}/sign-in?return_to=/docs")
    await sign_in(other)
    await other.wait_for_url(f"{harbour}/docs")
    await page.goto(f"{harbour}/sessions")
    await look(page, tmp_path / "sessions.png")
    forgive(complaints, "401 for", "status of 401")


async def look(page, file):
    """Have axe look at the page, and keep a picture of it for a person to do so."""
    found = await violations(page)
    await page.screenshot(path=file, full_page=True)
    assert found == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_german_signs_in_is_refused_and_gets_lost_in_german(
    visit, harbour, complaints, tmp_path, needs_axe
):
    forgive(complaints, "401 for", "status of 401", "404 for", "status of 404")
    page = await visit(f"{harbour}/sign-in?return_to=/sessions", "narrow", locale="de-AT")
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    token = page.get_by_label("Zugangstoken")
    await token.fill("tog_falsch")
    await page.get_by_role("button", name="Anmelden", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Dieses Token gilt nicht")
    await look(page, tmp_path / "falsch.png")

    await token.fill("tog_planner")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Wo Sie angemeldet sind")
    await expect(page.get_by_role("columnheader", name="Zuletzt benutzt")).to_be_visible()
    await page.goto(f"{harbour}/nirgendwo")

    await expect(page).to_have_title("Time-off gateway · Hier ist nichts")
    await expect(page.get_by_role("alert")).to_contain_text("Diese Adresse führt nirgendwohin.")
    await look(page, tmp_path / "nichts.png")
    await page.get_by_role("link", name="Zur Startseite").click()
    await expect(page.get_by_text("Angemeldet: planning, Planung.")).to_be_visible()
    await page.get_by_role("button", name="Abmelden").click()
    await expect(page.get_by_role("status")).to_have_text("Sie sind abgemeldet.")
