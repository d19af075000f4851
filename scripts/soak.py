"""Serves a mixed load for long, and says whether memory stays flat. See scripts/soak.

Each client asks again 50 ms after its answer. The gateway's memory, descriptors and gates are read
ten times a minute; what is compared are the medians of tenths of the whole time, of which the first
does not count: in it what is kept ready becomes so.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import urljoin

import httpx
from websockets.exceptions import InvalidStatus

from scripts.benchmarks.docs import show
from scripts.benchmarks.servers import PROJECT
from tests import builders
from tests.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.events.subscriber import CHANGES, ComeAgain, over_sse, over_websocket
from tests.postgres import PostgresServer
from tests.process.client import (
    A_MONDAY,
    CREATE_TIME_OFF,
    DELETE_ENTRIES,
    DELETE_TIME_OFF,
    Gateway,
    item,
    time_off,
)
from tests.process.leaving import ask_in_part, own_memory, whole_request
from tests.process.outages import descriptors
from tests.server import Server, serving
from tests.webhooks.conftest import SETTINGS
from tests.webhooks.receiver import Receiver, receiving

PAGE: Final = PROJECT / "docs" / "reliability.md"
COMMAND: Final = "scripts/soak"
MEGABYTE: Final = 1_000_000
PAUSE: Final = 0.05
QUIET_SECONDS: Final = 5
SAMPLES_A_MINUTE: Final = 10
TENTHS: Final = 10
MOST_GROWTH: Final = 1.1
"""Of the last tenth's memory to the second's."""
MORE_FILES: Final = 12
"""Connections of the pool that were not yet open."""
SCHEDULE: Final = """query ($from: Date!, $to: Date!) {
  schedule(first: 20, from: $from, to: $to) {
    nodes { worker { fullName } days { date hoursOff contributions { hours } } }
  }
}"""
ENTRIES: Final = "{ timeOffEntries(first: 50) { totalCount nodes { id hours requestedDate } } }"
MAKE_FEED: Final = """mutation ($input: CreateCalendarFeedInput!) {
  createCalendarFeed(input: $input) { link userErrors { code } }
}"""
MAKE_WEBHOOK: Final = """mutation ($input: CreateWebhookInput!) {
  createWebhook(input: $input) { webhook { id } userErrors { code message } }
}"""


@dataclass
class Load:
    """Whoever asks, and what came of it."""

    gateway: Gateway
    server: Server
    company: str
    users: Sequence[str]
    person: str
    feed: str
    random: Random = field(default_factory=lambda: Random(1))  # noqa: S311
    done: Counter[str] = field(default_factory=Counter)

    async def read(self) -> None:
        """Ask for a part of the schedule, or of the entries."""
        day = A_MONDAY + timedelta(days=self.random.randrange(300))
        wanted = {"from": str(day), "to": str(day + timedelta(days=30))}
        await self.gateway.ask(SCHEDULE, **wanted)
        await self.gateway.ask(ENTRIES)

    async def write_entry(self) -> None:
        """Write hours for a day, and take them back."""
        day = A_MONDAY + timedelta(weeks=self.random.randrange(500))
        made = await self.gateway.create(item(self.random.choice(self.users), 0.5, day))
        if self.random.randrange(10):  # the table grows, but slowly
            await self.gateway.write(
                DELETE_ENTRIES, ids=[each["id"] for each in made["timeOffEntries"]]
            )

    async def write_series(self) -> None:
        """Write a series, and take it back."""
        made = await self.gateway.write(
            CREATE_TIME_OFF, **time_off(self.company, self.person, "soak")
        )
        await self.gateway.write(DELETE_TIME_OFF, id=made["personTimeOff"]["id"])

    async def fetch(self) -> None:
        """Fetch the feed and the download."""
        async with httpx.AsyncClient(timeout=60) as client:
            (await client.get(self.feed)).raise_for_status()
            csv = f"{self.server.url}/exports/schedule.csv?from=2027-03-01&to=2027-04-30"
            (await client.get(csv)).raise_for_status()

    async def leave(self) -> None:
        """Ask for anything and go."""
        await ask_in_part(self.server.url, whole_request(self.server.url, self.random), self.random)

    async def listen(self) -> None:
        """Hear a few changes, and subscribe anew."""
        over = self.random.choice([over_sse, over_websocket])
        try:
            async with over(self.server.url, CHANGES, {"company": self.company}) as events:
                with suppress(TimeoutError):
                    for _ in range(20):
                        if not self._hears(await events.next(QUIET_SECONDS)):
                            break
        except ComeAgain:
            self.done["refused"] += 1
        except InvalidStatus as refusal:
            if refusal.response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                raise
            self.done["refused"] += 1

    def _hears(self, event: Any) -> bool:  # noqa: ANN401 - of either transport
        """Return whether more may come; what is neither a change nor a 503 ends the run."""
        kind, told = event if isinstance(event, tuple) else (event["type"], event.get("payload"))
        if kind == "closed":
            self.done["subscription closed"] += 1
            return False
        if kind in {"ping", "pong"} or (kind == "next" and not told.get("errors")):
            return True
        errors = told if isinstance(told, list) else (told or {}).get("errors", [])
        if {each["extensions"]["code"] for each in errors} != {"SERVICE_UNAVAILABLE"}:
            raise AssertionError(event)
        self.done["refused"] += 1
        return False

    async def go_on(self, do: Callable[[], Awaitable[None]], until: float) -> None:
        """Do it again and again."""
        while time.monotonic() < until:
            try:
                await do()
                self.done[do.__name__] += 1
            except (OSError, httpx.TransportError):  # on a machine that is busy, and it is told
                self.done["without an answer"] += 1
            await asyncio.sleep(PAUSE)


def main() -> None:
    """Run it, print what was seen, and fail if it grows."""
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--docs", action="store_true", help="put the figures into the page")
    given = parser.parse_args()
    with ExitStack() as stack:
        databases = _databases(stack, given.database)
        receiver = stack.enter_context(receiving())
        server = stack.enter_context(serving(databases.create(), environment=SETTINGS, cold=True))
        lines, is_flat = asyncio.run(_soak(server, receiver, given.minutes, given.database))
        log = server.log()
    print("\n".join(lines))
    if given.docs:
        show(PAGE, COMMAND, lines)
    if "ERROR" in log:
        raise SystemExit(log)
    if not is_flat:
        raise SystemExit("The memory or the descriptors have grown.")


def _databases(stack: ExitStack, kind: str) -> Databases:
    if kind == "sqlite":
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="timeoff-soak-"))
        return SqliteDatabases(Path(folder))
    postgres = PostgresServer()
    stack.callback(postgres.stop)
    databases = PostgresDatabases(postgres.url)
    stack.callback(databases.close)
    return databases


async def _soak(
    server: Server, receiver: Receiver, minutes: float, kind: str
) -> tuple[list[str], bool]:
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(Gateway("", [server], patient=True))
        load = await _prepared(gateway, server, receiver)
        until = time.monotonic() + minutes * 60
        clients = [load.read] * 2 + [load.write_entry] * 2 + [load.listen] * 4
        clients += [load.write_series, load.fetch, load.leave, load.leave]
        samples: list[tuple[float, int]] = []
        async with asyncio.TaskGroup() as tasks:
            for each in clients:
                tasks.create_task(load.go_on(each, until))
            while time.monotonic() < until:
                await asyncio.sleep(60 / SAMPLES_A_MINUTE)
                samples.append((own_memory(server.pid) / MEGABYTE, descriptors(server.pid)))
    return _told(samples, load, receiver, minutes, kind)


async def _prepared(gateway: Gateway, server: Server, receiver: Receiver) -> Load:
    company = builders.COMPANY
    given = {"sourceId": company, "name": "Brick"}
    await gateway.put("upsertCompanies", "companies", [given])
    users = await gateway.new_users(company, 50)
    (person,) = await gateway.new_people(company)
    link = (await gateway.write(MAKE_FEED, companyId=company))["link"]
    webhook: dict[str, Any] = {"companyId": company, "url": receiver.url, "types": ["*"]}
    if refused := (await gateway.write(MAKE_WEBHOOK, **webhook))["userErrors"]:
        raise SystemExit(str(refused))
    return Load(gateway, server, company, users, person, urljoin(server.url, link))


def _told(
    samples: Sequence[tuple[float, int]],
    load: Load,
    receiver: Receiver,
    minutes: float,
    kind: str,
) -> tuple[list[str], bool]:
    """Return what was seen, and whether it stayed flat."""
    size = max(1, len(samples) // TENTHS)
    parts = [samples[at : at + size] for at in range(0, len(samples), size)][:TENTHS]
    memory = [statistics.median(each[0] for each in part) for part in parts]
    files = [int(statistics.median(each[1] for each in part)) for part in parts]
    done = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in load.done.items())
    messages = len(receiver.got)
    lines = [
        f"{minutes:g} minutes on {kind}: {done}, {messages} messages of a webhook",
        "tenth of the time" + "".join(f"{number:>7}" for number in range(1, len(parts) + 1)),
        "own memory in MB " + "".join(f"{each:>7.1f}" for each in memory),
        "descriptors      " + "".join(f"{each:>7}" for each in files),
    ]
    is_flat = memory[-1] <= memory[1] * MOST_GROWTH and files[-1] <= files[1] + MORE_FILES
    return lines, is_flat


if __name__ == "__main__":
    main()
