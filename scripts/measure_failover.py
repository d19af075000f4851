"""Measures failovers as clients of one gateway meet them. See scripts/measure-failover.

Three readers and two writers ask on and on. A time without writes begins with the last write
that was acknowledged before, and ends with the first one after.
"""

import argparse
import asyncio
import itertools
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from app.db.connections.url import async_database_url
from scripts.benchmarks.docs import SCALE, show
from tests.cluster.cluster import START_SECONDS, Cluster, ClusterError, MissingProgramsError
from tests.cluster.nodes import Node
from tests.databases import migrate
from tests.process.client import A_MONDAY, Gateway, item
from tests.process.outages import Crowd, crowd, recovered
from tests.process.test_outages import all_names
from tests.server import Server, serving

COMMAND: Final = "scripts/measure-failover"
USUAL_SECONDS: Final = 3.0
REQUESTS: Final = 150
BATCH: Final = 100
TITLE: Final = 42

READ: Final = """query ($users: [ID!]!) {
  timeOffEntries(first: 50, filter: { userIds: $users }) {
    nodes { sourceId hours requestedDate user { sourceId fullName } }
  }
}"""

Fail = Callable[[Cluster, Node], None]


def main() -> int:
    """Measure, and print a line for each kind of failover."""
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument(
        "--runs", type=int, default=3, help="of each kind; 0: only what a standby costs"
    )
    parser.add_argument("--docs", action="store_true", help="put the figures into the page")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="timeoff-failover-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        cluster = Cluster(folder, say=lambda what: print(f"{what} …", file=sys.stderr))
        cluster.start()
        try:
            lines = _measure(cluster, options.runs)
        finally:
            cluster.stop()
    except (ClusterError, MissingProgramsError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.docs:
        show(SCALE, COMMAND, lines)
    return 0


def _measure(cluster: Cluster, runs: int) -> list[str]:
    url = async_database_url(cluster.url)
    migrate(url)
    lines: list[str] = []

    def tell(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    if runs:
        tell(f"{f'Seconds without writes ({runs} runs)':{TITLE}}   least  median    most    lost")
    with serving(url) as server:
        for name, fail in KINDS.items() if runs else ():
            took, lost = [], 0
            for _ in range(runs):
                seconds, missing = asyncio.run(_one_failover(cluster, server, fail))
                took.append(seconds)
                lost += missing
            figures = (min(took), statistics.median(took), max(took))
            tell(f"{name:{TITLE}}" + "".join(f"{each:8.1f}" for each in figures) + f"{lost:8}")
    tell("")
    with (
        serving(_commits(cluster.url, "on")) as waiting,
        serving(_commits(cluster.url, "local")) as alone,
    ):
        for line in asyncio.run(_cost(url, waiting, alone)):
            tell(line)
    return lines


async def _one_failover(cluster: Cluster, server: Server, fail: Fail) -> tuple[float, int]:
    """Return the seconds without writes, and how many acknowledged ones are missing then."""
    await asyncio.to_thread(cluster.wait_until_whole)
    async with crowd(server.url, readers=3, writers=2) as asking:
        await recovered(asking, time.monotonic(), seconds=START_SECONDS)
        await asyncio.sleep(USUAL_SECONDS)
        primary = cluster.wait_for_primary(START_SECONDS)
        failed = time.monotonic()
        await asyncio.to_thread(fail, cluster, primary)
        await asyncio.to_thread(cluster.wait_for_primary, START_SECONDS, other_than=primary)
        await recovered(asking, time.monotonic(), seconds=START_SECONDS)
        primary.go_on()
        if primary.patroni() is None:
            cluster.start_node(primary)
        await asyncio.to_thread(cluster.wait_until_whole)
        await recovered(asking, time.monotonic(), seconds=START_SECONDS)
    missing = asking.stored - await _stored_names(server.url)
    return _longest_gap(asking, failed), len(missing)


async def _stored_names(url: str) -> set[str]:
    names: set[str] = await all_names(url)  # type: ignore[no-untyped-call]  # a test's
    return names


def _longest_gap(asking: Crowd, failed: float) -> float:
    stored = sorted(each.sent + each.took for each in asking.of("write") if each.status == 200)  # noqa: PLR2004
    gaps = [after - before for before, after in itertools.pairwise(stored) if after > failed]
    return max(gaps)


def _kill(_: Cluster, primary: Node) -> None:
    primary.kill()


def _switch(cluster: Cluster, _: Node) -> None:
    cluster.switch_over()


def _pause(_: Cluster, primary: Node) -> None:
    primary.pause()


KINDS: Final[dict[str, Fail]] = {
    "primary killed (kill -9)": _kill,
    "primary stopped where it stands (SIGSTOP)": _pause,
    "primary hands over (switchover)": _switch,
}


# What a synchronous standby costs


def _commits(url: str, how: str) -> str:
    """Return the URL for sessions whose commits wait so: `on` for the standby, `local` not."""
    return async_database_url(f"{url}&options=-c%20synchronous_commit%3D{how}")


async def _cost(url: str, waiting: Server, alone: Server) -> list[str]:
    """Ask two gateways in turn, so that whatever else the machine does is the same for both."""
    async with Gateway(url, [waiting]) as one, Gateway(url, [alone]) as other:
        users = await one.new_users(await one.new_company(), BATCH)
        days = (A_MONDAY + timedelta(weeks=at // 5, days=at % 5) for at in itertools.count())

        async def read(gateway: Gateway) -> None:
            await gateway.ask(READ, users=users[:10])

        async def create_one(gateway: Gateway) -> None:
            await gateway.create(item(users[-1], 1, next(days)))

        async def create_many(gateway: Gateway) -> None:
            day = next(days)
            await gateway.create(*(item(user, 1, day) for user in users))

        works: dict[str, Callable[[Gateway], Awaitable[None]]] = {
            "  50 entries of 10 users (W1)": read,
            "  create an entry": create_one,
            f"  create {BATCH} entries (W3)": create_many,
        }
        lines = ["A synchronous standby, beside commits that wait for none (median, in turn)"]
        for name, work in works.items():
            took: tuple[list[float], list[float]] = ([], [])
            for _ in range(REQUESTS):
                for gateway, seconds in zip((one, other), took, strict=True):
                    began = time.perf_counter()
                    await work(gateway)
                    seconds.append(time.perf_counter() - began)
            ratio = statistics.median(took[0]) / statistics.median(took[1])
            lines.append(f"{name:{TITLE}}{ratio:8.2f} times")
    return lines


if __name__ == "__main__":
    sys.exit(main())
