"""What the calendar shows as a file, in Chromium: what is in it, and why there is none."""

import re
import urllib.request

import pytest
from playwright.async_api import expect

from tests import warm
from tests.server import clean_environment
from tests.web.calendar_page import MARCH, choose, forgive
from tests.web.guarded import guarding, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

NAME = "schedule-2026-03-01-to-2026-03-31.csv"
ABOUT = "31 days of 1 worker; a row for each day with time off"
A_YEAR = "/exports/schedule.csv?from=2026-01-01&to=2026-12-31&all_days=true"


async def file_of(page, link="As CSV"):
    """The file that the page stores, as text."""
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name=link).click()
    download = await waiting.value
    assert download.suggested_filename == NAME
    return (await download.path()).read_bytes().decode()


async def test_the_page_says_of_how_many_days_and_workers_the_file_is(page):
    link = page.get_by_role("link", name="As CSV")
    await choose(page, "Role", "Engineer", "Designer")
    await page.get_by_role("searchbox", name="Name").fill("ida")
    await expect(link).to_have_attribute("title", ABOUT)

    text = await file_of(page)

    told = page.get_by_text(f"Saved {NAME}: {ABOUT}.")
    await expect(told).to_be_visible()
    assert [line.split(",")[0] for line in text.splitlines()] == ["\ufeffname"] + ["Ida Vale"] * 2
    # What was said is about what was shown.
    await page.get_by_role("button", name="Next month").click()
    await expect(told).to_have_count(0)


@pytest.mark.parametrize(
    ("locale", "link", "separator"),
    [("de-DE", "Als CSV", ";"), ("fr-CH", "En CSV", ";"), ("en-US", "As CSV", ",")],
)
async def test_a_spreadsheet_of_the_readers_region_opens_the_file(
    visit, harbour, locale, link, separator
):
    page = await visit(harbour, f"{MARCH}&name=ida", locale=locale)

    text = await file_of(page, link)

    assert text.startswith(f"\ufeffname{separator}role{separator}")


@pytest.fixture
def another_database(tmp_path):
    url = f"sqlite:///{tmp_path / 'timeoff.db'}"
    warm.run("migrate", "--database-url", url, env=clean_environment(), check=True)
    return url


def take_a_year(gateway, token):
    """Take a large file by a token, whose allowance is overdrawn then."""
    headers = {"Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(gateway + A_YEAR, headers=headers)) as file:
        file.read()


async def test_a_file_that_is_refused_is_told_in_words_on_the_page(
    visit, another_database, complaints
):
    with guarding(another_database, {"TIMEOFF_LIMIT_COST_PER_MINUTE": "150000"}) as guarded:
        page = await visit(guarded.url, f"{MARCH}&name=ida")
        await sign_in(page, guarded.tokens["hr"])
        await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
        take_a_year(guarded.url, guarded.tokens["hr"])

        await page.get_by_role("link", name="As CSV").click()

        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("No file was made.")
        await expect(alert).to_contain_text(re.compile(r"too much at a time\. Wait \d+ s, then"))
        assert page.url.startswith(f"{guarded.url}/calendar")
        await page.close()
    forgive(complaints, "303 for", "status of 429", "429 for")


async def test_a_file_that_cannot_be_read_is_told_and_can_be_asked_for_again(page, complaints):
    await page.get_by_role("searchbox", name="Name").fill("ida")
    await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
    await page.context.set_offline(True)
    await page.get_by_role("link", name="As CSV").click()
    await expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    await page.context.set_offline(False)

    assert "Ida Vale" in await file_of(page)

    await expect(page.get_by_role("alert")).to_have_count(0)
    forgive(complaints, "ERR_INTERNET_DISCONNECTED")
