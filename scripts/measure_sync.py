"""Measures what a connected system costs callers. See scripts/measure-sync.

A server process of its own is written to and read from here; what is counted is its CPU time, with
and without a connected system in turns, so that a slow machine is slow for both.
"""

import argparse
import asyncio
import sys
import time
from calendar import SATURDAY
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from app.services.sync.sealing import new_key
from scripts.measure_events import USERS, WRITERS, Writer, cpu_seconds
from scripts.measure_overload import fresh_database
from tests import builders
from tests.server import Server, serving
from tests.standins.kantata import TOKEN, StandIn, standing_in
from tests.sync.conftest import Account, fill, people_of

CONNECT: Final = """
mutation Connect($input: ConnectUpstreamInput!) {
  connectUpstream(input: $input) { upstream { id } userErrors { message } }
}
"""
DISCONNECT: Final = """
mutation Disconnect($id: ID!) { disconnectUpstream(input: {id: $id}) { userErrors { message } } }
"""
LIST: Final = """
query List($company: ID!) {
  timeOffEntries(first: 100, filter: {companyId: $company}) {
    nodes { id hours requestedDate user { fullName } }
  }
}
"""
MAKE: Final = """
mutation Make($company: CompanyInput!) {
  upsertCompanies(input: {companies: [$company]}) { userErrors { message } }
}
"""
STATES: Final = "query States { upstreams { nodes { state } } }"
COUNT: Final = "query Count { timeOffEntries { totalCount } }"
MOST_MEGABYTES: Final = 50.0
"""Above idle, while 100,000 entries are read for the first time."""
MOST_DEARER: Final = 0.02
"""So much dearer a create of 100 entries may be, by docs/sync.md; other figures are told alone."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: so many rounds of each, and so many requests a round."""

    rounds: int = 11
    creates: int = 40
    small_creates: int = 400
    lists: int = 400


MANY: Final = (1_000, 100)
"""So many users, each off on so many days."""
FEW: Final = (50, 10)
SHORT: Final = Sizes(rounds=3, creates=6, small_creates=20, lists=20)
Request = Callable[[], Awaitable[object]]


@asynccontextmanager
async def connected(writer: Writer, base_url: str) -> AsyncIterator[None]:
    """Have the company write to an account, which nobody asks."""
    asked = {
        "companyId": builders.COMPANY,
        "api": "KANTATA_OX",
        "baseUrl": base_url,
        "credentials": {"accessToken": TOKEN},
        "direction": "TWO_WAY",
    }
    made: Any = await writer.ask(CONNECT, input=asked)
    id_ = made["connectUpstream"]["upstream"]["id"]
    yield
    await writer.ask(DISCONNECT, id=id_)


async def cost_of(server: Server, request: Request, count: int) -> float:
    """Return the CPU seconds of one request."""
    before = 0.0
    for times in (count // 4 + 1, count):  # the first ones are not counted
        before = cpu_seconds(server.pid)
        left = iter(range(times))

        async def some() -> None:
            for _ in left:  # noqa: B023 - awaited within the round
                await request()

        await asyncio.gather(*(some() for _ in range(WRITERS)))
    return (cpu_seconds(server.pid) - before) / count


async def compare(
    server: Server,
    writer: Writer,
    base_url: str,
    what: str,
    request: Request,
    sizes: tuple[int, int],
) -> float:
    """Tell what a request costs without and with a connected system; return the difference."""
    alone, beside = [], []
    rounds, count = sizes
    for _ in range(rounds):
        alone.append(await cost_of(server, request, count))
        async with connected(writer, base_url):
            beside.append(await cost_of(server, request, count))
    dearer = median(two / one - 1 for one, two in zip(alone, beside, strict=True))
    print(
        f"  {what}: {median(alone) * 1000:.2f} ms of CPU, with a connected system "
        f"{median(beside) * 1000:.2f} ms ({dearer:+.1%})"
    )
    return dearer


def first_read(url: str, users: int, days: int) -> list[str]:
    """Tell what reading an account for the first time takes; return what is not as promised."""
    settings = {
        "TIMEOFF_AUTH": "off",
        "TIMEOFF_SYNC_EXTRA_HOSTS": "127.0.0.1",
        "TIMEOFF_SYNC_KEYS": new_key(),
        "TIMEOFF_SYNC_REQUESTS_PER_HOUR": "1000000",
    }
    with (
        TemporaryDirectory() as folder,
        serving(f"sqlite+aiosqlite:///{folder}/kantata.db", "--no-demo") as behind,
        standing_in(behind.url) as vendor,
        people_of(vendor) as people,
        serving(url, environment=settings) as server,
    ):
        everybody = range(1, users + 1)
        for first in range(0, users, USERS):
            fill(behind.url, everybody[first : first + USERS])
        all_days = (datetime.now(UTC).date() + timedelta(days=each) for each in range(2 * days))
        workdays = [day for day in all_days if day.weekday() < SATURDAY][:days]
        for day in workdays:
            Account(vendor, people).create([day], everybody)
        vendor.requests.clear()
        return asyncio.run(_read(server, vendor, users * days))


async def _read(server: Server, vendor: StandIn, entries: int) -> list[str]:
    writer = Writer(server.url)
    await writer.ask(MAKE, company=builders.company())
    idle, most, began = own_megabytes(server.pid), 0.0, time.monotonic()
    asked = {
        "companyId": builders.COMPANY,
        "api": "KANTATA_OX",
        "baseUrl": vendor.base_url,
        "credentials": {"accessToken": TOKEN},
    }
    await writer.ask(CONNECT, input=asked)
    while (await writer.look(STATES))["upstreams"]["nodes"][0]["state"] != "RUNNING":
        most = max(most, own_megabytes(server.pid))
        await asyncio.sleep(0.1)
    seconds, found = time.monotonic() - began, await writer.look(COUNT)
    await writer.close()
    read, more = found["timeOffEntries"]["totalCount"], max(most, own_megabytes(server.pid)) - idle
    print(
        f"  {read:,} entries are read in {seconds:.0f} s with {len(vendor.requests):,} requests; "
        f"{more:.0f} MB above idle at most"
    )
    complaints = [] if read == entries else [f"{read:,} of {entries:,} entries are read"]
    if more > MOST_MEGABYTES:
        complaints.append(f"{more:.0f} MB above idle")
    return complaints


def own_megabytes(pid: int) -> float:
    """Return what the process has in memory that is its own: SQLite maps its file besides."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("RssAnon")]
    return int(line.split()[1]) / 1024


async def measure(url: str, sizes: Sizes) -> list[str]:
    """Measure over one database; return what is not as promised."""
    settings = {
        "TIMEOFF_AUTH": "off",
        "TIMEOFF_SYNC": "false",  # what is done beside the requests is not the callers'
        "TIMEOFF_SYNC_EXTRA_HOSTS": "127.0.0.1",
        "TIMEOFF_SYNC_KEYS": new_key(),
    }
    with (
        TemporaryDirectory() as folder,
        serving(f"sqlite+aiosqlite:///{folder}/kantata.db", "--no-demo") as behind,
        standing_in(behind.url) as vendor,
        serving(url, environment=settings) as server,
    ):
        account = Writer(behind.url)
        await account.fill()
        await account.close()
        writer = Writer(server.url)
        await writer.fill()
        await writer.enter(USERS)
        base = vendor.base_url

        def told(what: str, request: Request, count: int) -> Awaitable[float]:
            return compare(server, writer, base, what, request, (sizes.rounds, count))

        dearer = await told("A create of 100 entries", lambda: writer.enter(USERS), sizes.creates)
        await told("A create of one entry", lambda: writer.enter(1), sizes.small_creates)
        await told(
            "A list of 100 entries",
            lambda: writer.look(LIST, company=builders.COMPANY),
            sizes.lists,
        )
        await writer.close()
    is_kept = dearer <= MOST_DEARER
    return [] if is_kept else [f"a create of 100 entries is {dearer:.1%} dearer"]


def main() -> None:
    """Measure what was asked for, and fail where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    found = []
    for kind in options.database or ("sqlite", "postgresql"):
        print(f"\n{kind}")
        with fresh_database(kind) as url:
            complaints = asyncio.run(measure(url, SHORT if options.short else Sizes()))
        with fresh_database(kind) as url:
            complaints += first_read(url, *(FEW if options.short else MANY))
        for each in complaints:
            print(f"  NOT MET: {each}")
        found += complaints
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
