"""Measures subscriptions: how soon, for how much. See scripts/measure-events.

A server process of its own is followed and written to from here. What a write costs is the
server's CPU time, with and without a subscriber in turns, so that a slow machine is slow for both.
"""

import argparse
import asyncio
import calendar
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
import websockets

from scripts.measure_overload import fresh_database
from tests import builders
from tests.server import Server, serving
from tests.webhooks.receiver import receiving

PROTOCOL: Final = websockets.Subprotocol("graphql-transport-ws")
CHANGES: Final = """
subscription Changes($company: ID!) {
  changes(companyId: $company) { cursor node { sequence operation subjectId days { from to } } }
}
"""
FILL: Final = """
mutation Fill($company: CompanyInput!, $users: [UserInput!]!) {
  upsertCompanies(input: {companies: [$company]}) { userErrors { message } }
  upsertUsers(input: {users: $users}) { userErrors { message } }
}
"""
CREATE: Final = """
mutation Create($entries: [TimeOffEntryInput!]!) {
  createTimeOffEntries(input: {timeOffEntries: $entries}) { userErrors { message } }
}
"""
CREATE_WEBHOOK: Final = """
mutation Webhook($webhook: CreateWebhookInput!) {
  createWebhook(input: $webhook) { webhook { id } userErrors { message } }
}
"""
DELETE_WEBHOOK: Final = """
mutation Delete($id: ID!) { deleteWebhook(input: {id: $id}) { userErrors { message } } }
"""
LAST: Final = """
query Last($company: ID!) { changes(companyId: $company, last: 1) { nodes { sequence } } }
"""
USERS: Final = 100
WORKDAYS: Final = [
    each
    for each in (date(2026, 1, 5) + timedelta(days=number) for number in range(700))
    if each.weekday() < calendar.SATURDAY
]
A_DAY: Final = 30
"""Entries of a quarter of an hour that a user has on one."""
WRITERS: Final = 8
"""At a time, as of W3 in docs/performance.md."""

SECONDS_TO_ALL: Final = 1.0
MEDIAN_MS_OF_100: Final = 100.0
MEGABYTES_OF_1000: Final = 100.0
LEFT_MEGABYTES: Final = 10.0
"""What Python keeps of memory that was used, whatever it was used for."""
OUR_OWN_FILES: Final = 2
"""So many files the server has open for whoever measures."""

AT_ONCE: Final = 20
LEAVING_SECONDS: Final = 10.0
"""In which it is seen that all have left: the server looks every two seconds who has."""
CALM_LOOKS: Final = 5
"""So often in a row nobody is there, a tenth of a second apart: nobody is on the way in either."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of each is measured."""

    subscribers: tuple[int, ...] = (100, 1_000)
    changes: int = 20
    drops: int = 10_000
    rounds: int = 9
    creates: int = 40
    small_creates: int = 300


SHORT: Final = Sizes(
    subscribers=(100,), changes=5, drops=300, rounds=3, creates=8, small_creates=16
)


@dataclass(slots=True)
class Arrivals:
    """When each subscriber heard of the change that is under way."""

    expected: int
    times: list[float] = field(default_factory=list)
    all_there: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self) -> None:
        """Note that one has heard."""
        self.times.append(time.monotonic())
        if len(self.times) >= self.expected:
            self.all_there.set()


class Writer:
    """Writes, each time something new."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=60)
        self._entered = 0

    async def ask(self, query: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
        """Run a mutation, and return its data."""
        body = {"query": query, "variables": variables}
        answer = (await self._client.post("/graphql", json=body)).json()
        if "errors" in answer or any(each["userErrors"] for each in answer["data"].values()):
            raise SystemExit(json.dumps(answer)[:1_000])
        return answer["data"]

    async def look(self, query: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
        """Run a query, and return its data."""
        body = {"query": query, "variables": variables}
        answer = (await self._client.post("/graphql", json=body)).raise_for_status()
        return answer.json()["data"]

    async def close(self) -> None:
        """End its connections."""
        await self._client.aclose()

    async def fill(self) -> None:
        """Store a company and its users."""
        users = [
            builders.user(sourceId=str(each), roleId=None, emailAddress=f"u{each}@x.example")
            for each in range(1, USERS + 1)
        ]
        await self.ask(FILL, company=builders.company(), users=users)

    async def enter(self, count: int) -> None:
        """Change so many days, one of each user in turn."""
        entries = []
        for _ in range(count):
            turn, user = divmod(self._entered, USERS)
            day = WORKDAYS[turn // A_DAY].isoformat()
            entries.append(builders.entry(userId=str(user + 1), requestedDate=day, hours=0.25))
            self._entered += 1
        await self.ask(CREATE, entries=entries)

    async def last(self) -> int:
        """Return the number of the last change."""
        answer = await self._client.post(
            "/graphql", json={"query": LAST, "variables": {"company": builders.COMPANY}}
        )
        return int(answer.json()["data"]["changes"]["nodes"][0]["sequence"])


@asynccontextmanager
async def subscribed(url: str) -> AsyncIterator[websockets.ClientConnection]:
    """Open a socket with a subscription on it."""
    address = url.replace("http", "ws", 1) + "/graphql"
    async with websockets.connect(
        address, subprotocols=[PROTOCOL], compression=None, open_timeout=60
    ) as socket:
        await socket.send('{"type":"connection_init"}')
        await socket.recv()
        payload = {"query": CHANGES, "variables": {"company": builders.COMPANY}}
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        yield socket


async def listen(socket: websockets.ClientConnection, heard: dict[str, Arrivals]) -> None:
    """Note what comes."""
    async for _ in socket:
        if arrivals := heard.get("now"):
            arrivals.note()


async def fan_out(server: Server, writer: Writer, count: int, changes: int) -> Iterator[str]:
    """Measure how soon so many subscribers hear, and what they take."""
    idle = megabytes(server.pid)
    heard: dict[str, Arrivals] = {}
    waited: list[float] = []
    last: list[float] = []
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(subscribed(server.url)) for _ in range(count)]
        listening = [asyncio.create_task(listen(each, heard)) for each in sockets]
        await asyncio.sleep(1)
        for _ in range(changes):
            await asyncio.sleep(0.1)  # what follows at once is read together with what comes next
            arrivals = heard["now"] = Arrivals(count)
            started = time.monotonic()
            await writer.enter(1)
            async with asyncio.timeout(30):
                await arrivals.all_there.wait()
            waited += [each - started for each in arrivals.times]
            last.append(max(arrivals.times) - started)
        taken = megabytes(server.pid) - idle
        for task in listening:
            task.cancel()
        await asyncio.wait(listening)
    print(
        f"  {count:>6,} subscribers: a change is with them after {median(waited) * 1000:.0f} ms "
        f"(median), with all of them after {max(last) * 1000:.0f} ms at most; {taken:.0f} MB"
    )
    return _complaints_of_fan_out(count, median(waited) * 1000, max(last), taken)


def _complaints_of_fan_out(
    count: int, median_ms: float, last: float, taken: float
) -> Iterator[str]:
    if last > SECONDS_TO_ALL:
        yield f"all of {count} hear after {last:.2f} s"
    if count <= 100 and median_ms > MEDIAN_MS_OF_100:  # noqa: PLR2004 - as promised
        yield f"{count} hear after {median_ms:.0f} ms"
    if taken > MEGABYTES_OF_1000:
        yield f"{count} take {taken:.0f} MB"


async def come_and_go(server: Server, count: int) -> Iterator[str]:
    """Open so many subscriptions and drop them, without a word."""

    async def one() -> None:
        async with subscribed(server.url) as socket:
            socket.transport.abort()

    async def some(number: int) -> None:
        for _ in range(number):
            try:
                await one()
            except (OSError, websockets.WebSocketException):
                await asyncio.sleep(0.01)

    async def many(number: int) -> None:
        await asyncio.gather(*(some(number // AT_ONCE) for _ in range(AT_ONCE)))
        await all_have_left(server.url)

    await many(10 * AT_ONCE)  # so that its pools are as large as they become
    before, files = megabytes(server.pid), open_files(server.pid)
    await many(count)
    left, kept = megabytes(server.pid) - before, open_files(server.pid) - files
    if kept > OUR_OWN_FILES:  # a pool that became larger at a busy moment does so only once
        files = open_files(server.pid)
        await many(count)
        kept = open_files(server.pid) - files
    under_way = await subscriptions(server.url)
    print(
        f"  {count:>6,} that came and went leave {left:.1f} MB, {kept} open files, "
        f"{under_way:.0f} subscriptions"
    )
    return _complaints_of_leaving(left, kept, under_way)


async def all_have_left(url: str) -> None:
    """Wait until no subscription is under way, for LEAVING_SECONDS at most."""
    until, calm = time.monotonic() + LEAVING_SECONDS, 0
    while calm < CALM_LOOKS and time.monotonic() < until:
        await asyncio.sleep(0.1)
        calm = 0 if await subscriptions(url) else calm + 1


def _complaints_of_leaving(left: float, kept: int, under_way: float) -> Iterator[str]:
    if left > LEFT_MEGABYTES:
        yield f"{left:.1f} MB are left of those who went"
    if kept > OUR_OWN_FILES or under_way:
        yield f"{kept} open files and {under_way:.0f} subscriptions are left of those who went"


Follower = Callable[[], int]
"""Returns the number of the last change that it has heard of."""


async def writes(server: Server, writer: Writer, rounds: int, creates: int, size: int) -> None:
    """Measure what creates of so many entries cost alone, and followed in two ways, in turns."""
    alone: list[float] = []
    dearer: dict[str, list[float]] = {each: [] for each in FOLLOWED_BY}
    for _ in range(rounds):
        alone.append(await cost_of(server, writer, creates, size, None))
        for name, followed in FOLLOWED_BY.items():
            async with followed(server.url, writer) as heard:
                dearer[name].append(await cost_of(server, writer, creates, size, heard) - alone[-1])
    each = "one entry" if size == 1 else f"{size} entries"
    print(f"  A create of {each} takes {median(alone) * 1000:.2f} ms of CPU")
    for name, more in dearer.items():
        ratio = median(one / whole for one, whole in zip(more, alone, strict=True))
        print(
            f"    with {name} {ratio:+.0%}: {median(more) / size * 1e6:.0f} microseconds an event"
        )


@asynccontextmanager
async def by_subscriber(url: str, _: Writer) -> AsyncIterator[Follower]:
    """Have one subscriber who hears of each change."""
    last = 0

    async def hear(socket: websockets.ClientConnection) -> None:
        nonlocal last
        async for message in socket:
            last = int(json.loads(message)["payload"]["data"]["changes"]["node"]["sequence"])

    async with subscribed(url) as socket:
        listening = asyncio.create_task(hear(socket))
        await asyncio.sleep(1)
        yield lambda: last
        listening.cancel()


@asynccontextmanager
async def by_webhook(_: str, writer: Writer) -> AsyncIterator[Follower]:
    """Have one webhook that takes all types of events.

    The sender may find it late: it has when it has told of the first changes, which do not count.
    """
    with receiving() as receiver:
        webhook = {"companyId": builders.COMPANY, "url": receiver.url, "types": ["*"]}
        made = await writer.ask(CREATE_WEBHOOK, webhook=webhook)
        yield lambda: receiver.got[-1].sequences[-1] if receiver.got else 0
        id_ = made["createWebhook"]["webhook"]["id"]
        await writer.ask(DELETE_WEBHOOK, id=id_)
        await asyncio.sleep(2)  # and until it knows of none


FOLLOWED_BY: Final = {
    "one subscriber, who hears of each": by_subscriber,
    "one webhook, which is told of all at once where there are many": by_webhook,
}


async def cost_of(
    server: Server, writer: Writer, creates: int, size: int, heard: Follower | None
) -> float:
    """Return the CPU seconds of one create, until whoever follows has heard of all."""
    before = 0.0
    for count in (creates // 4, creates):  # the first ones are not counted
        before = cpu_seconds(server.pid)
        left = iter(range(count))
        await asyncio.gather(*(_create(writer, left, size) for _ in range(WRITERS)))
        last = await writer.last()
        while heard is not None and heard() < last:  # noqa: ASYNC110 - of a thread, or a socket
            await asyncio.sleep(0.01)
    return (cpu_seconds(server.pid) - before) / creates


async def _create(writer: Writer, left: Iterator[int], size: int) -> None:
    for _ in left:
        await writer.enter(size)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process by its own clock: of other ones there are only ticks."""
    return time.clock_gettime((~pid << 3) | 2)  # CPUCLOCK_SCHED of Linux


def megabytes(pid: int) -> float:
    """Return what the process has in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def open_files(pid: int) -> int:
    """Return how many the process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


async def subscriptions(url: str) -> float:
    """Return how many are under way, by its own figures."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{url}/metrics")).text
    (line,) = [each for each in text.splitlines() if each.startswith("timeoff_subscriptions ")]
    return float(line.split()[1])


async def measure(url: str, sizes: Sizes) -> list[str]:
    """Measure over one database; return what is not as promised."""
    most = max(sizes.subscribers) + 100
    settings = {
        "TIMEOFF_AUTH": "off",
        "TIMEOFF_METRICS": "true",
        "TIMEOFF_WEBHOOK_HOSTS": "127.0.0.1",
        "TIMEOFF_WEBHOOK_HTTP_HOSTS": "127.0.0.1",
        "TIMEOFF_LIMIT_SUBSCRIPTIONS": str(most),
        "TIMEOFF_LIMIT_SUBSCRIPTIONS_PER_CALLER": str(most),
        "TIMEOFF_LIMIT_CONNECTIONS": str(most + 100),
    }
    found: list[str] = []
    with serving(url, environment=settings) as server:
        writer = Writer(server.url)
        await writer.fill()
        await writer.enter(1)
        for count in sizes.subscribers:
            found += await fan_out(server, writer, count, sizes.changes)
        found += await come_and_go(server, sizes.drops)
        await writes(server, writer, sizes.rounds, sizes.creates, USERS)
        await writes(server, writer, sizes.rounds, sizes.small_creates, 1)
        await writer.close()
    return found


def main() -> None:
    """Measure what was asked for, and fail where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--subscribers", type=int, action="append")
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    sizes = SHORT if options.short else Sizes()
    if options.subscribers:
        sizes = Sizes(tuple(options.subscribers))
    found = []
    for kind in options.database or ("sqlite", "postgresql"):
        print(f"\n{kind}")
        with fresh_database(kind) as url:
            complaints = asyncio.run(measure(url, sizes))
        for each in complaints:
            print(f"  NOT MET: {each}")
        found += complaints
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
