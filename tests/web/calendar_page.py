"""Where things are on the calendar page, for tests that use it as a person does."""

from datetime import date

from playwright.async_api import FloatRect, Locator, Page, expect

from tests.web.chromium import PATIENCE

# A busy machine is no failure of the page.
expect.set_options(timeout=PATIENCE)
MARCH = "?view=month&day=2026-03-10"
LOCALE = "en-GB"
"""The browser's, where a test is not about languages: weeks start on Monday."""


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def cell(page: Page, name: str, day: str) -> Locator:
    return row(page, name).locator(f'[role=gridcell][aria-label*="{in_full(day)}"]')


def in_full(day: str) -> str:
    """As the page writes a day: "Tuesday, 3 March 2026"."""
    return f"{date.fromisoformat(day):%A, %-d %B %Y}"


async def go_to(page, number):
    """Walk to a day of the month that is shown, in the row where one is, by the keyboard."""
    await page.locator('[role=grid] [tabindex="0"]').focus()
    await page.keyboard.press("Home")
    for _ in range(number):
        await page.keyboard.press("ArrowRight")


async def press_until(page, key, wanted, most=30):
    """Press the key until the focus is there, as a person does."""
    await wanted.wait_for()
    for _ in range(most):
        if await wanted.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{most} times {key} did not lead to {wanted}")


async def box_of(place: Locator) -> FloatRect:
    """Where it stands in the window, in pixels."""
    box = await place.bounding_box()
    assert box, "it is not drawn"
    return box


def field(page: Page, label: str) -> Locator:
    return page.get_by_role("dialog").get_by_label(label, exact=True)


async def todays(page):
    """The browser's own day, as the page writes it."""
    return in_full(await page.evaluate("new Date().toLocaleDateString('sv')"))


async def stands_still(page: Page) -> None:
    """Wait for all that comes late above the grid, and moves it: a tap would hit something else."""
    await expect(page.locator(".settle-door b")).to_be_visible()
    await expect(page.locator("header").get_by_role("button", name="New time off")).to_be_visible()
    await expect(page.locator(".grid[aria-busy=false]")).to_be_visible()


async def choose(page, label, *names):
    """Choose exactly these in a list of several, which a phone folds away."""
    await unfold(page)
    await page.get_by_role("button", name=f"{label}: ").click()
    options = page.get_by_role("group", name=label, exact=True)
    await options.get_by_role("checkbox").first.wait_for()
    for option in await options.get_by_role("checkbox").all():
        name = await option.evaluate("each => each.labels[0].textContent")
        await option.set_checked(name in names)
    await page.keyboard.press("Escape")


async def unfold(page):
    """Show the filters where there is no room for them beside the days."""
    door = page.locator(".filters-door[aria-expanded=false]")
    if await door.is_visible():
        await door.click()


async def choose_worker(page, name, *, label="Who is off"):
    """Type the name in the form, and take who is found first."""
    await page.get_by_role("combobox", name=label).fill(name)
    found = page.get_by_role("listbox").get_by_role("option", name=name)
    await found.first.wait_for()
    await page.keyboard.press("Enter")


async def open_form(page, name, day, model):
    await cell(page, name, day).click()
    await page.get_by_role("dialog").get_by_role("button", name="New time off").click()
    await page.get_by_role("radio", name=model).check()


def forgive(complaints, *expected):
    """Take away what a test provoked, also what is told of it later; anything else stays."""
    complaints.forgive(*expected)


async def look_away(page, *, is_away=True):
    """Let the page believe that it is in the background: it reads nothing anew then."""
    await page.evaluate(
        """(isHidden) => {
            Object.defineProperty(document, "hidden", {value: isHidden, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        is_away,
    )


async def overflow(page):
    """How far the page can be moved sideways."""
    return await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
