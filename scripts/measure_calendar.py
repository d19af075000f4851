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
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

from playwright.async_api import CDPSession, Page, async_playwright

from scripts.benchmarks.docs import COMPARISON, show
from tests.server import TIMEOFF, serving
from tests.web.calendar_company import ask
from tests.web.calendar_page import cell, field
from tests.web.chromium import launch

COMMAND: Final = "scripts/measure-calendar"
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
UPSERT_PEOPLE: Final = (
    "mutation People($input: UpsertPeopleInput!) "
    "{ upsertPeople(input: $input) { userErrors { message } } }"
)
CREATE_RECORD: Final = (
    "mutation Record($input: CreatePersonTimeOffInput!) "
    "{ createPersonTimeOff(input: $input) { userErrors { message } } }"
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
        late = [f"the first rows after {first_rows:.2f} s, under {self.first_rows:g} s"]
        return (late if first_rows >= self.first_rows else []) + [
            f"{way}: a frame of {each:.0f} ms, under {self.frame:g} ms"
            for way, each in longest.items()
            # Browsers tell frames in steps of a display's: 49.9999999 is 50.
            if round(each, 1) >= self.frame
        ]


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("--workers", type=int, default=500)
    parser.add_argument(
        "--slower",
        type=_factor,
        default=1.0,
        metavar="TIMES",
        help="this machine is so many times slower, or shared: the limits are so much higher",
    )
    parser.add_argument("--docs", action="store_true", help="put the figures into the page")
    return parser


class Told(list[str]):
    """What was measured, line by line, which is shown at once."""

    def say(self, line: str) -> None:
        """Show a line and keep it."""
        print(line, flush=True)
        self.append(line)


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
            told = Told()
            first_rows, longest = asyncio.run(_measure(told, server.url, workers))
    if asked.docs:
        show(COMPARISON, COMMAND, told)
    if above := limits.above(first_rows, longest):
        sys.exit("\n".join([f"{COMMAND}: too slow", *above]))
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
        {
            "sourceId": number,
            "companyId": COMPANY,
            "fullName": _name(number),
            "emailAddress": _email(number),
        }
        for number in numbers
    ]
    for batch in _batches(users):
        _send(gateway, UPSERT_USERS, users=batch)
    of_both = [number for number in numbers if _is_of_both(number)]
    for batch in _batches([_person(number) for number in of_both]):
        _send(gateway, UPSERT_PEOPLE, people=batch)
    for number in of_both:
        _create_record(gateway, number)
    for batch in _batches([entry for number in numbers for entry in _entries(number)]):
        _send(gateway, CREATE_ENTRIES, timeOffEntries=batch)


def _is_of_both(number: int) -> bool:
    """Half of the workers are in both systems, joined by their e-mail."""
    return number % 2 == 1


def _person(number: int) -> dict[str, Any]:
    first, last = _name(number).split()
    names = {"firstName": first, "lastName": last, "email": _email(number)}
    return {"sourceId": _person_id(number), "companyId": COMPANY, **names}


def _create_record(gateway: str, number: int) -> None:
    """A morning each week all through the quarter: Kantata has no entry of most of them."""
    day = str(FIRST_DAY + timedelta(days=WORKING[number % 5]))
    record = {
        "companyId": COMPANY,
        "personId": _person_id(number),
        "startDay": day,
        "endDay": day,
        "batchStartTime": "08:00",
        "batchEndTime": "12:00",
        "isPaid": number % 3 > 0,
        "reason": "training",
        "repeat": "WEEKLY",
        "cadence": 1,
        "repeatEndDay": str(FIRST_DAY + timedelta(days=DAYS - 1)),
    }
    (payload,) = ask(gateway, CREATE_RECORD, input=record).values()
    if payload["userErrors"]:
        raise RuntimeError(payload["userErrors"][0])


def _person_id(number: int) -> str:
    return str(uuid.UUID(int=number))


def _email(number: int) -> str:
    return f"worker.{number}@example.com"


def _entries(number: int) -> list[dict[str, Any]]:
    return [_entry(number, day, 4 + day % 5) for day in _days_off(number)]


def _entry(number: int, day: int, hours: int) -> dict[str, Any]:
    requested = str(FIRST_DAY + timedelta(days=day))
    return {"userId": number, "requestedDate": requested, "hours": hours}


def _days_off(number: int) -> list[int]:
    return random.Random(number).sample(WORKING, ENTRIES_OF_A_WORKER)  # noqa: S311 - no secret


def _free_days(number: int) -> list[int]:
    """Return the days on which neither system has anything of this worker."""
    weekday = WORKING[number % 5] % 7 if _is_of_both(number) else None
    return [day for day in WORKING if day not in _days_off(number) and day % 7 != weekday]


def _name(number: int) -> str:
    return f"Worker {number:05}"


def _batches(items: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


def _send(gateway: str, document: str, **items: list[dict[str, Any]]) -> None:
    (payload,) = ask(gateway, document, input=items).values()
    if payload["userErrors"]:
        raise RuntimeError(payload["userErrors"][0])


async def _measure(told: Told, gateway: str, workers: int) -> tuple[float, dict[str, float]]:
    """Return the seconds to the first rows, and the longest frame of each way, in milliseconds."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        page = await browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB")
        first_rows = min([await _load(told, page, gateway, workers) for _ in range(LOADS)])
        longest = {
            way: await _calmest(told, way, partial(_scroll, page, pixels))
            for way, pixels in WAYS.items()
        }
        numbers = iter(range(1, ROUNDS + 1))
        made = "an entry is made"
        longest[made] = await _calmest(told, made, lambda: _enter(page, next(numbers)))
        alone = iter(number for number in range(1, 3 * ROUNDS) if not _is_of_both(number))
        edited = "an entry is edited"
        longest[edited] = await _calmest(told, edited, lambda: _edit(page, next(alone)))
        async with _others(gateway, workers):
            seen = "others write"
            longest[seen] = await _calmest(told, seen, partial(_look_on, page))
            way, pixels = next(iter(WAYS.items()))
            both = f"{way}, and others write"
            longest[both] = await _calmest(told, both, partial(_scroll, page, pixels))
        await browser.close()
    return first_rows, longest


async def _calmest(told: Told, way: str, watch: Callable[[], Awaitable[Frames]]) -> float:
    """Do it a few times: what other programs of the machine disturb is not the page's."""
    rounds = [await watch() for _ in range(ROUNDS)]
    calmest = min(rounds, key=lambda each: each.longest)
    told.say(f"{way:38}{calmest}")
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


async def _edit(page: Page, number: int) -> Frames:
    """Change an entry as people do: the menu of its day, Edit…, the hours, Save."""
    place = cell(page, _name(number), str(FIRST_DAY + timedelta(days=_days_off(number)[0])))
    await page.evaluate("document.querySelector('.grid').scrollTop = 0")
    async with _processor_of(page) as spent:
        await page.evaluate(WATCH)
        await place.click(button="right")
        await page.get_by_role("menuitem", name="Edit…").click()
        await field(page, "Hours").fill("2")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("dialog").wait_for(state="detached")
        await place.filter(has_text="2").wait_for()
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


async def _load(told: Told, page: Page, gateway: str, workers: int) -> float:
    """Return after how many seconds the first rows were there."""
    started = time.perf_counter()
    await page.goto(f"{gateway}/calendar?view=quarter&day={FIRST_DAY}")
    await page.get_by_role("rowheader", name=_name(1)).wait_for()
    first = time.perf_counter() - started
    await page.get_by_text(f"{workers} workers", exact=True).wait_for(timeout=120_000)
    told.say(
        f"{workers} workers over {DAYS} days: the first rows after {first:.2f} s, "
        f"all of them after {time.perf_counter() - started:.2f} s"
    )
    return first


if __name__ == "__main__":
    main()
