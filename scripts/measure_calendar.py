"""Measures how the calendar page scrolls in a large company. See scripts/measure-calendar.

Everything is as it is for people: a real server, whose data came in through its API, and a
real browser, which draws without a graphics card here.
"""

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

from playwright.async_api import CDPSession, Page, async_playwright

from tests.server import TIMEOFF, serving
from tests.web.calendar_company import ask
from tests.web.chromium import launch

AT_MOST: Final = 100
"""Milliseconds of a frame."""
ROUNDS: Final = 5
WAYS: Final = {"a wheel that spins": 54, "a pull at the bar": 360}
"""Pixels a frame: one and a half rows, and ten."""
COMPANY: Final = "00000000-0000-4000-8000-000000000000"
FIRST_DAY: Final = date(2026, 1, 1)
DAYS: Final = 90
ENTRIES_OF_A_WORKER: Final = 12
BATCH: Final = 1000
UPSERT_COMPANY: Final = (
    "mutation Company($input: UpsertCompaniesInput!) "
    "{ upsertCompanies(input: $input) { userErrors { message } } }"
)
UPSERT_USERS: Final = (
    "mutation Users($input: UpsertUsersInput!) "
    "{ upsertUsers(input: $input) { userErrors { message } } }"
)
CREATE_ENTRIES: Final = (
    "mutation Entries($input: CreateTimeOffEntriesInput!) "
    "{ createTimeOffEntries(input: $input) { userErrors { message } } }"
)
SCROLL: Final = """
async (pixels) => {
  const grid = document.querySelector(".grid");
  const frame = () => new Promise(requestAnimationFrame);
  grid.scrollTop = 0;
  for (let settled = 0; settled < 20; settled += 1) await frame();
  const frames = [];
  let before = await frame();
  while (grid.scrollTop + grid.clientHeight < grid.scrollHeight - 1) {
    grid.scrollTop += pixels;
    const now = await frame();
    frames.push(now - before);
    before = now;
  }
  return frames;
}
"""


@dataclass(frozen=True, slots=True)
class Scrolled:
    """What the browser noted on its way from the first row to the last, in milliseconds."""

    frames: list[float]
    processor: float
    """What the page's thread took of a processor, over all frames."""

    @property
    def longest(self) -> float:
        """The longest frame."""
        return max(self.frames)

    def __str__(self) -> str:
        """One line of figures."""
        count = len(self.frames)
        return (
            f"{count:>5} frames, median {median(self.frames):.0f} ms, longest "
            f"{self.longest:.0f} ms; {self.processor / count:.1f} ms of the processor a frame"
        )


def main() -> None:
    """Fill a gateway, scroll, and say whether it holds."""
    parser = argparse.ArgumentParser(prog="scripts/measure-calendar")
    parser.add_argument("--workers", type=int, default=500)
    workers = parser.parse_args().workers
    with tempfile.TemporaryDirectory(prefix="measure-calendar-") as folder:
        database_url = f"sqlite:///{Path(folder) / 'timeoff.db'}"
        subprocess.run(
            [TIMEOFF, "migrate", "--database-url", database_url], check=True, capture_output=True
        )
        with serving(database_url, "--no-demo") as server:
            _fill(server.url, workers)
            longest = asyncio.run(_measure(server.url, workers))
    if longest > AT_MOST:
        sys.exit(f"scripts/measure-calendar: {longest:.0f} ms is above {AT_MOST} ms")


def _fill(gateway: str, workers: int) -> None:
    numbers = range(1, workers + 1)
    _send(gateway, UPSERT_COMPANY, companies=[{"sourceId": COMPANY, "name": "Measured"}])
    users = [
        {"sourceId": number, "companyId": COMPANY, "fullName": f"Worker {number:05}"}
        for number in numbers
    ]
    for batch in _batches(users):
        _send(gateway, UPSERT_USERS, users=batch)
    for batch in _batches([entry for number in numbers for entry in _entries(number)]):
        _send(gateway, CREATE_ENTRIES, timeOffEntries=batch)


def _entries(number: int) -> list[dict[str, Any]]:
    working = [day for day in range(DAYS) if (FIRST_DAY + timedelta(days=day)).weekday() < 5]  # noqa: PLR2004 - Saturday
    days = random.Random(number).sample(working, ENTRIES_OF_A_WORKER)  # noqa: S311 - no secret
    return [
        {
            "userId": number,
            "requestedDate": str(FIRST_DAY + timedelta(days=day)),
            "hours": 4 + day % 5,
        }
        for day in days
    ]


def _batches(items: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


def _send(gateway: str, document: str, **items: list[dict[str, Any]]) -> None:
    (payload,) = ask(gateway, document, input=items).values()
    if payload["userErrors"]:
        raise RuntimeError(payload["userErrors"][0])


async def _measure(gateway: str, workers: int) -> float:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await _load(page, gateway, workers)
        longest = [await _calmest(page, *each) for each in WAYS.items()]
        await browser.close()
    return max(longest)


async def _calmest(page: Page, way: str, pixels: int) -> float:
    """Scroll a few times: what other programs of the machine disturb is not the page's."""
    rounds = [await _scroll(page, pixels) for _ in range(ROUNDS)]
    calmest = min(rounds, key=lambda each: each.longest)
    print(f"{way:22}{calmest}", flush=True)
    return calmest.longest


async def _scroll(page: Page, pixels: int) -> Scrolled:
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = await _processor(session)
    frames = await page.evaluate(SCROLL, pixels)
    after = await _processor(session)
    await session.detach()
    return Scrolled(frames, after - before)


async def _processor(session: CDPSession) -> float:
    answer = await session.send("Performance.getMetrics")
    metrics = {each["name"]: each["value"] for each in answer["metrics"]}
    return float(metrics["TaskDuration"]) * 1000


async def _load(page: Page, gateway: str, workers: int) -> None:
    started = time.perf_counter()
    await page.goto(f"{gateway}/calendar?view=quarter&day={FIRST_DAY}")
    await page.get_by_role("rowheader", name="Worker 00001").wait_for()
    first = time.perf_counter() - started
    await page.get_by_text(f"{workers} workers", exact=True).wait_for(timeout=120_000)
    print(
        f"{workers} workers over {DAYS} days: the first rows after {first:.1f} s, "
        f"all of them after {time.perf_counter() - started:.1f} s",
        flush=True,
    )


if __name__ == "__main__":
    main()
