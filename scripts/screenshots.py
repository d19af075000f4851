"""Makes the pictures of docs/images. See scripts/screenshots.

The demo data lies around the day on which it is loaded, so it is loaded as of one day, and
the browser is told that it is that day: the pictures are alike whenever they are made.
"""

import asyncio
import re
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, async_playwright

from app.db.connections.migrate import upgrade
from app.services.sample_data.demo import load
from tests.server import serving
from tests.web.chromium import launch
from tests.web.guarded import make_token

IMAGES: Final = Path(__file__).resolve().parent.parent / "docs" / "images"
TODAY: Final = date(2026, 5, 5)
BUSY_DAY: Final = date(2026, 5, 27)
WIDE: Final = (1240, 680)
FORM: Final = (1040, 700)
"""Of a window above the page; of less than 150 kB as a file."""
NARROW: Final = (390, 780)


def main() -> None:
    """Fill a database, serve it, and take the pictures."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        path = Path(folder) / "timeoff.db"
        upgrade(f"sqlite+aiosqlite:///{path}")
        load(f"sqlite+aiosqlite:///{path}", _tell, TODAY)
        with serving(f"sqlite:///{path}", "--no-demo") as server:
            asyncio.run(_take_all(server.url))
        make_token(f"sqlite:///{path}", "pictures", "--role", "admin")
        with serving(f"sqlite:///{path}", "--no-demo") as server:
            asyncio.run(_take_sign_in(server.url))


def _tell(what: str, done: int = 0, total: int = 0) -> None:
    if done == total:
        print(f"{what}: done", flush=True)


async def _take_all(gateway: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        page = await _calendar(browser, gateway, "month", "light", WIDE)
        await _take(page, "calendar-light")
        page = await _calendar(browser, gateway, "month", "light", FORM)
        await _preview_a_repeat(page)
        await _take(page, "calendar-create")
        page = await _calendar(browser, gateway, "month", "dark", WIDE)
        await page.get_by_role("gridcell", name="conflict").first.click()
        await page.get_by_role("article").first.wait_for()
        await _take(page, "calendar-dark")
        page = await _calendar(browser, gateway, "month", "light", WIDE, locale="de-DE")
        await _take(page, "calendar-german")
        page = await _calendar(browser, gateway, "week", "light", NARROW, BUSY_DAY)
        await _take(page, "calendar-narrow")
        page = await _calendar(browser, gateway, "week", "dark", NARROW, BUSY_DAY)
        await page.get_by_role("gridcell", name="conflict").first.click()
        await page.get_by_role("article").first.wait_for()
        await _take(page, "calendar-narrow-dark")
        page = await _calendar(browser, gateway, "month", "light", FORM)
        await _settle_one(page)
        await _take(page, "settle")
        page = await _calendar(browser, gateway, "month", "light", FORM)
        await _subscribe(page)
        await _take(page, "feeds")
        await _take(await _directory(browser, gateway), "directory")
        page = await _calendar(browser, gateway, "month", "light", FORM)
        await _edit_what_follows(page)
        await _take(page, "calendar-edit")
        await _take(await _graphiql(browser, gateway), "graphiql")
        await _take_acts(browser, gateway)
        await _take_pages(browser, gateway)
        await browser.close()


async def _take_acts(browser: Browser, gateway: str) -> None:
    """What is done at the grid: the menu of a day, what is said of it, and how it goes on."""
    page = await _calendar(browser, gateway, "month", "light", FORM)
    await page.locator(".row > .cell.paid").first.click(button="right")
    await page.get_by_role("menu").wait_for()
    await _take(page, "calendar-menu")
    await page.get_by_role("menuitem", name="Move…").click()
    await page.locator(".moving-bar").wait_for()
    await _take(page, "calendar-move")
    page = await _calendar(browser, gateway, "week", "dark", NARROW, BUSY_DAY)
    await _enter_half_a_day(page)
    await page.get_by_role("button", name="Undo").wait_for()
    await _take(page, "calendar-undo")
    await page.get_by_role("button", name="Undo").click()
    page = await _calendar(browser, gateway, "month", "light", FORM)
    await page.get_by_role("button", name="Differences").click()
    await page.locator("[data-place]").first.wait_for()
    await _take(page, "differences")
    await page.get_by_role("button", name="Choose all").click()
    await page.get_by_role("button", name=re.compile(r"^Settle \d+")).click()
    await page.get_by_role("radio").first.check()
    await page.locator("aside[aria-busy=false]").get_by_text(re.compile("differences")).wait_for()
    await _take(page, "settle-several")


async def _take_pages(browser: Browser, gateway: str) -> None:
    """The pages beside the calendar, and the directory on a phone in the dark."""
    for name in ("docs", "openapi"):
        page = await _open(browser, "light", WIDE)
        await page.goto(f"{gateway}/{name}")
        for example in await page.get_by_text("GATEWAY=http").all():
            # Its port is another each time.
            await example.evaluate("each => each.textContent = 'GATEWAY=http://127.0.0.1:8000'")
        await _take(page, name)
    page = await _open(browser, "dark", NARROW)
    await page.goto(f"{gateway}/directory?section=people")
    await page.get_by_role("rowheader").first.wait_for()
    await _take(page, "directory-narrow-dark")
    await page.get_by_role("button", name="Who Anil Bamboo is").click()
    kantata = page.get_by_role("dialog").get_by_role("region", name="Kantata OX")
    await kantata.get_by_role("button", name="Edit").click()
    await page.get_by_role("dialog").get_by_label("Status").select_option("Inactive")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("dialog").wait_for(state="detached")
    leaver = page.get_by_role("row").filter(has_text="Anil Bamboo")
    await leaver.get_by_text("Has left", exact=True).wait_for()
    await _take(page, "directory-leaver")


async def _take_sign_in(gateway: str) -> None:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        page = await _open(browser, "light", FORM)
        await page.goto(f"{gateway}/calendar")
        await page.get_by_role("button").first.wait_for()
        await _take(page, "sign-in")
        await browser.close()


async def _enter_half_a_day(page: Page) -> None:
    await page.locator(".row > .cell.free").nth(3).click()
    form = page.get_by_role("dialog")
    await form.get_by_role("button", name="New time off").click()
    await form.get_by_role("radio", name="Half days").check()
    await form.locator("aside[aria-busy=false]").get_by_text("new entry").wait_for()
    await form.get_by_role("button", name="Create").click()
    await form.wait_for(state="detached")


async def _calendar(
    browser: Browser,
    gateway: str,
    span: str,
    scheme: str,
    size: tuple[int, int],
    day: date = TODAY,
    locale: str = "en-GB",
) -> Page:
    page = await _open(browser, scheme, size, locale)
    await page.goto(f"{gateway}/calendar?view={span}&day={day}")
    await page.locator(".grid[aria-busy=false]").wait_for()
    await page.locator(".settle-door b").wait_for()
    return page


async def _preview_a_repeat(page: Page) -> None:
    await page.get_by_role("gridcell", name=f"{TODAY:%A, %-d %B %Y}").nth(3).click()
    form = page.get_by_role("dialog")
    await form.get_by_role("button", name="New time off").click()
    await form.get_by_role("radio", name="Procore").check()
    await form.get_by_label("Reason").fill("training")
    await form.get_by_label("Repeat").select_option("WEEKLY")
    await form.get_by_label("Until").fill("2026-07-01")
    await form.get_by_text("9 instances").wait_for()
    await form.locator("aside[aria-busy=false]").wait_for()
    await form.get_by_role("heading", name="New time off").click()


async def _edit_what_follows(page: Page) -> None:
    await _preview_a_repeat(page)
    form = page.get_by_role("dialog")
    await form.get_by_role("button", name="Create").click()
    await form.wait_for(state="detached")
    await page.get_by_role("gridcell", name="12 May 2026").nth(3).click()
    record = form.get_by_role("article").filter(has_text="training")
    await record.get_by_role("button", name="Edit…").click()
    await form.get_by_role("radio", name="This and following").check()
    await form.get_by_label("First day").fill("2026-05-13")
    await form.get_by_text("days come").wait_for()
    await form.locator("aside[aria-busy=false]").wait_for()
    await form.get_by_role("heading", name="Edit time off").click()


async def _settle_one(page: Page) -> None:
    await page.get_by_role("button", name="Differences").click()
    await page.locator("[data-place]").filter(has_text="Other hours in each").first.click()
    window = page.get_by_role("dialog")
    await window.get_by_role("radio").first.check()
    await window.get_by_text("agree on this day").wait_for()
    await window.locator("aside[aria-busy=false]").wait_for()


async def _subscribe(page: Page) -> None:
    await page.get_by_role("button", name="Subscribe").click()
    company = page.get_by_role("dialog").get_by_label("Company", exact=True)
    await company.select_option("Example Builders")
    await page.get_by_role("button", name="Make the link").click()
    link = page.get_by_role("dialog").get_by_label("Link", exact=True)
    await link.wait_for()
    # Below are the feeds that there are, with the hour at which they were made.
    await page.set_viewport_size({"width": FORM[0], "height": 590})
    # Whoever has a link can read it, and its port is another each time.
    await link.evaluate("each => each.value = 'https://timeoff.example.com/feeds/…'")


async def _directory(browser: Browser, gateway: str) -> Page:
    page = await _open(browser, "light", WIDE)
    await page.goto(f"{gateway}/directory?section=people")
    await page.get_by_role("rowheader").first.wait_for()
    return page


async def _graphiql(browser: Browser, gateway: str) -> Page:
    page = await _open(browser, "light", WIDE)
    await page.goto(f"{gateway}/graphql")
    await page.locator(".graphiql-query-editor").get_by_text("TimeOffEntries").first.wait_for()
    await page.get_by_role("button", name="Execute query").click()
    await page.locator(".graphiql-response").get_by_text('"data"').wait_for()
    return page


async def _open(
    browser: Browser, scheme: str, size: tuple[int, int], locale: str = "en-GB"
) -> Page:
    context = await browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": size[0], "height": size[1]},
        reduced_motion="reduce",
        has_touch=size == NARROW,
        locale=locale,
    )
    page = await context.new_page()
    await page.clock.set_fixed_time(datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC))
    return page


async def _take(page: Page, name: str) -> None:
    path = IMAGES / f"{name}.png"
    await page.screenshot(path=path)
    print(f"{path.relative_to(Path.cwd())}: {path.stat().st_size // 1024} kB", flush=True)


if __name__ == "__main__":
    main()
