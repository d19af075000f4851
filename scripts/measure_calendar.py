"""Measures how smooth the calendar page is in a large company. See scripts/measure-calendar.

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
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

from playwright.async_api import CDPSession, Page, async_playwright

from tests.server import TIMEOFF, serving
from tests.web.calendar_company import ask
from tests.web.calendar_page import cell, field
from tests.web.chromium import launch

FRAME_AT_MOST: Final = 50
"""Milliseconds: what takes longer is felt as a stall."""
FIRST_ROWS_AT_MOST: Final = 0.5
"""Seconds from the address to the first rows."""
LOADS: Final = 3
MOST_TIMES_SLOWER: Final = 100
ROUNDS: Final = 5
WAYS: Final = {"a wheel that spins": 54, "a pull at the bar": 360}
"""Pixels a frame: one and a half rows, and ten."""
OTHERS_PAUSE: Final = 0.2
"""Seconds between what others store while the page is watched."""
SECONDS_OF_OTHERS: Final = 5
COMPANY: Final = "00000000-0000-4000-8000-000000000000"
FIRST_DAY: Final = date(2026, 1, 1)
DAYS: Final = 90
SATURDAY: Final = 5
WORKING: Final = [
    day for day in range(DAYS) if (FIRST_DAY + timedelta(days=day)).weekday() < SATURDAY
]
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
WATCH: Final = """
() => {
  window.framesSeen = [];
  let before = performance.now();
  const see = (now) => {
    window.framesSeen.push(now - before);
    before = now;
    window.nextFrame = requestAnimationFrame(see);
  };
  window.nextFrame = requestAnimationFrame(see);
}
"""
SEEN: Final = "() => (cancelAnimationFrame(window.nextFrame), window.framesSeen.slice(1))"


@dataclass(frozen=True, slots=True)
class Frames:
    """What the browser noted while something went on, in milliseconds."""

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


@dataclass(frozen=True, slots=True)
class Limits:
    """What the page is held to; ``factor`` says how many times slower this machine is."""

    factor: float = 1.0

    @property
    def frame(self) -> float:
        """Milliseconds."""
        return FRAME_AT_MOST * self.factor

    @property
    def first_rows(self) -> float:
        """Seconds."""
        return FIRST_ROWS_AT_MOST * self.factor

    def above(self, first_rows: float, longest: dict[str, float]) -> list[str]:
        """Say what is above the limits, each as a line."""
        late = [f"the first rows after {first_rows:.2f} s, at most {self.first_rows:g} s"]
        return (late if first_rows > self.first_rows else []) + [
            f"{way}: a frame of {each:.0f} ms, at most {self.frame:g} ms"
            for way, each in longest.items()
            # Browsers tell frames in steps of a display's: 50.0000001 is 50.
            if round(each, 1) > self.frame
        ]


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(prog="scripts/measure-calendar")
    parser.add_argument("--workers", type=int, default=500)
    parser.add_argument(
        "--slower",
        type=_factor,
        default=1.0,
        metavar="TIMES",
        help="this machine is so many times slower, or shared: the limits are so much higher",
    )
    return parser


def main() -> None:
    """Fill a gateway, use the page, and say whether it holds."""
    asked = parser().parse_args()
    workers, limits = asked.workers, Limits(asked.slower)
    with tempfile.TemporaryDirectory(prefix="measure-calendar-") as folder:
        database_url = f"sqlite:///{Path(folder) / 'timeoff.db'}"
        subprocess.run(
            [TIMEOFF, "migrate", "--database-url", database_url], check=True, capture_output=True
        )
        with serving(database_url, "--no-demo") as server:
            _fill(server.url, workers)
            first_rows, longest = asyncio.run(_measure(server.url, workers))
    if above := limits.above(first_rows, longest):
        sys.exit("\n".join(["scripts/measure-calendar: too slow", *above]))
    print(f"within {limits.first_rows:g} s and {limits.frame:g} ms")


def _factor(text: str) -> float:
    factor = float(text)
    if not 1 <= factor <= MOST_TIMES_SLOWER:
        raise argparse.ArgumentTypeError(f"must be between 1 and {MOST_TIMES_SLOWER}")
    return factor


def _fill(gateway: str, workers: int) -> None:
    numbers = range(1, workers + 1)
    _send(gateway, UPSERT_COMPANY, companies=[{"sourceId": COMPANY, "name": "Measured"}])
    users = [
        {"sourceId": number, "companyId": COMPANY, "fullName": _name(number)} for number in numbers
    ]
    for batch in _batches(users):
        _send(gateway, UPSERT_USERS, users=batch)
    for batch in _batches([entry for number in numbers for entry in _entries(number)]):
        _send(gateway, CREATE_ENTRIES, timeOffEntries=batch)


def _entries(number: int) -> list[dict[str, Any]]:
    return [_entry(number, day, 4 + day % 5) for day in _days_off(number)]


def _entry(number: int, day: int, hours: int) -> dict[str, Any]:
    requested = str(FIRST_DAY + timedelta(days=day))
    return {"userId": number, "requestedDate": requested, "hours": hours}


def _days_off(number: int) -> list[int]:
    return random.Random(number).sample(WORKING, ENTRIES_OF_A_WORKER)  # noqa: S311 - no secret


def _free_days(number: int) -> list[int]:
    return [day for day in WORKING if day not in _days_off(number)]


def _name(number: int) -> str:
    return f"Worker {number:05}"


def _batches(items: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


def _send(gateway: str, document: str, **items: list[dict[str, Any]]) -> None:
    (payload,) = ask(gateway, document, input=items).values()
    if payload["userErrors"]:
        raise RuntimeError(payload["userErrors"][0])


async def _measure(gateway: str, workers: int) -> tuple[float, dict[str, float]]:
    """Return the seconds to the first rows, and the longest frame of each way, in milliseconds."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        page = await browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB")
        first_rows = min([await _load(page, gateway, workers) for _ in range(LOADS)])
        longest = {
            way: await _calmest(way, partial(_scroll, page, pixels)) for way, pixels in WAYS.items()
        }
        numbers = iter(range(1, ROUNDS + 1))
        made = "an entry is made"
        longest[made] = await _calmest(made, lambda: _enter(page, next(numbers)))
        async with _others(gateway, workers):
            seen = "others write"
            longest[seen] = await _calmest(seen, partial(_look_on, page))
            way, pixels = next(iter(WAYS.items()))
            both = f"{way}, and others write"
            longest[both] = await _calmest(both, partial(_scroll, page, pixels))
        await browser.close()
    return first_rows, longest


async def _calmest(way: str, watch: Callable[[], Awaitable[Frames]]) -> float:
    """Do it a few times: what other programs of the machine disturb is not the page's."""
    rounds = [await watch() for _ in range(ROUNDS)]
    calmest = min(rounds, key=lambda each: each.longest)
    print(f"{way:38}{calmest}", flush=True)
    return calmest.longest


async def _scroll(page: Page, pixels: int) -> Frames:
    async with _processor_of(page) as spent:
        frames = await page.evaluate(SCROLL, pixels)
    return Frames(frames, *spent)


async def _enter(page: Page, number: int) -> Frames:
    """Make an entry as people do: a click on a day, the hours, Create, and the day has them."""
    place = cell(page, _name(number), str(FIRST_DAY + timedelta(days=_free_days(number)[0])))
    await page.evaluate("document.querySelector('.grid').scrollTop = 0")
    async with _processor_of(page) as spent:
        await page.evaluate(WATCH)
        await place.click()
        await page.get_by_role("dialog").get_by_role("button", name="New time off").click()
        await field(page, "Hours").fill("3")
        await page.get_by_role("button", name="Create").click()
        await page.get_by_role("dialog").wait_for(state="detached")
        await place.filter(has_text="3").wait_for()
        frames = await page.evaluate(SEEN)
    return Frames(frames, *spent)


async def _look_on(page: Page) -> Frames:
    async with _processor_of(page) as spent:
        await page.evaluate(WATCH)
        await page.wait_for_timeout(SECONDS_OF_OTHERS * 1000)
        frames = await page.evaluate(SEEN)
    return Frames(frames, *spent)


@asynccontextmanager
async def _others(gateway: str, workers: int) -> AsyncIterator[None]:
    """Let others make entries all the time, of people in sight and of others."""

    async def write() -> None:
        for turn in range(sys.maxsize):
            number = 1 + (ROUNDS + turn * 7) % workers
            free = _free_days(number)
            entry = _entry(number, free[1 + turn // workers % (len(free) - 1)], 1)
            await asyncio.to_thread(_send, gateway, CREATE_ENTRIES, timeOffEntries=[entry])
            await asyncio.sleep(OTHERS_PAUSE)

    writing = asyncio.create_task(write())
    yield
    if writing.done():
        writing.result()
    writing.cancel()


@asynccontextmanager
async def _processor_of(page: Page) -> AsyncIterator[list[float]]:
    """At the end the list has what the page's thread took of a processor, in milliseconds."""
    spent: list[float] = []
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = await _processor(session)
    yield spent
    spent.append(await _processor(session) - before)
    await session.detach()


async def _processor(session: CDPSession) -> float:
    answer = await session.send("Performance.getMetrics")
    metrics = {each["name"]: each["value"] for each in answer["metrics"]}
    return float(metrics["TaskDuration"]) * 1000


async def _load(page: Page, gateway: str, workers: int) -> float:
    """Return after how many seconds the first rows were there."""
    started = time.perf_counter()
    await page.goto(f"{gateway}/calendar?view=quarter&day={FIRST_DAY}")
    await page.get_by_role("rowheader", name=_name(1)).wait_for()
    first = time.perf_counter() - started
    await page.get_by_text(f"{workers} workers", exact=True).wait_for(timeout=120_000)
    print(
        f"{workers} workers over {DAYS} days: the first rows after {first:.2f} s, "
        f"all of them after {time.perf_counter() - started:.2f} s",
        flush=True,
    )
    return first


if __name__ == "__main__":
    main()
