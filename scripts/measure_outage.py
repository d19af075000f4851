"""Measures outages as clients meet them. See scripts/measure-outage.

Six readers, three writers and two probes ask on and on, each again 20 ms after its answer,
while the database fails and afterwards. The deadlines are those of the tests of the same
outages (tests/process/test_outages.py): 3 s for a query, 5 s for a mutation.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from scripts.benchmarks.docs import show
from scripts.benchmarks.servers import PROJECT
from tests.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.postgres import PostgresServer
from tests.process.outages import Crowd, crowd, descriptors, recovered
from tests.proxy import proxied
from tests.server import Server, serving

PAGE: Final = PROJECT / "docs" / "reliability.md"
COMMAND: Final = "scripts/measure-outage"
LIMITS: Final = {
    "TIMEOFF_LIMIT_QUERY_SECONDS": "3",
    "TIMEOFF_LIMIT_MUTATION_SECONDS": "5",
    "TIMEOFF_DATABASE_WAIT_SECONDS": "2",
}
USUAL_SECONDS: Final = 2.0
SETTLING_SECONDS: Final = 5.0

Fail = Callable[[Crowd], Awaitable[list[float]]]
"""Breaks the database and mends it; returns how long each recovery took."""


@dataclass(frozen=True)
class Case:
    """One kind of outage on one database."""

    name: str
    url: str
    fail: Fail


def main() -> None:
    """Measure every outage, and print a line for each."""
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("--seconds", type=float, default=20, help="that an outage lasts")
    parser.add_argument("--restarts", type=int, default=5, help="of PostgreSQL")
    parser.add_argument("--docs", action="store_true", help="put the figures into the page")
    options = parser.parse_args()
    lines = asyncio.run(_measure(options.seconds, options.restarts))
    if options.docs:
        show(PAGE, COMMAND, lines)


async def _measure(seconds: float, restarts: int) -> list[str]:
    head = f"{'':38}{'slowest answer in s':^31}{'':3}{'back':>7}{'log':>9}{'files':>8}"
    figures = f"{'read':>7}{'write':>8}{'ready':>8}{'live':>8}{'':3}{'in s':>7}{'kB':>9}{'more':>8}"
    names = f"{'':38}{figures}"
    lines = [head, names]
    print(*lines, sep="\n", flush=True)
    async for case in _cases(seconds, restarts):
        for line in await _run(case):
            print(line, flush=True)
            lines.append(line)
    return lines


async def _cases(seconds: float, restarts: int) -> AsyncIterator[Case]:
    postgres = await asyncio.to_thread(PostgresServer)
    try:
        databases: Databases = await asyncio.to_thread(PostgresDatabases, postgres.url)
        url = await asyncio.to_thread(databases.create)
        async with proxied(url) as proxy:

            async def stall(asking: Crowd) -> list[float]:
                proxy.stall()
                await asyncio.sleep(seconds)
                proxy.go_on()
                return [await recovered(asking, time.monotonic())]

            yield Case(f"PostgreSQL silent for {seconds:g} s", proxy.url, stall)

        async def stop_sessions(asking: Crowd) -> list[float]:
            pids = _sessions(postgres.pid)
            _signal(pids, signal.SIGSTOP)
            stopped = time.monotonic()
            # A session that was stopped while it wrote keeps its locks, and writers waiting.
            took = await recovered(asking, stopped, ["read"])
            await asyncio.sleep(max(seconds - took, 0))
            _signal(pids, signal.SIGCONT)
            return [took, await recovered(asking, time.monotonic())]

        yield Case("PostgreSQL's sessions stopped", url, stop_sessions)

        async def restart(asking: Crowd) -> list[float]:
            took = []
            for _ in range(restarts):
                await asyncio.to_thread(postgres.halt)
                await asyncio.sleep(0.5)
                await asyncio.to_thread(postgres.start_again)
                took.append(await recovered(asking, time.monotonic()))
            return took

        yield Case(f"PostgreSQL started {restarts} times", url, restart)
    finally:
        await asyncio.to_thread(postgres.stop)
    async for case in _sqlite_cases(seconds):
        yield case


async def _sqlite_cases(seconds: float) -> AsyncIterator[Case]:
    with tempfile.TemporaryDirectory() as folder:
        databases = await asyncio.to_thread(SqliteDatabases, Path(folder))
        url = databases.create()
        file = str(make_url(url).database)

        async def lock(asking: Crowd) -> list[float]:
            with closing(sqlite3.connect(file)) as other:
                other.execute("BEGIN IMMEDIATE")
                await asyncio.sleep(seconds)
            return [await recovered(asking, time.monotonic())]

        yield Case(f"SQLite locked for {seconds:g} s", url, lock)
        async with _small_disk(file) as disk:
            if disk is None:
                return

            async def fill(asking: Crowd) -> list[float]:
                filler = disk / "filler"
                with suppress(OSError):
                    filler.write_bytes(b"x" * (1 << 26))
                await asyncio.sleep(seconds)
                filler.unlink()
                return [await recovered(asking, time.monotonic())]

            yield Case(f"disk full for {seconds:g} s", f"sqlite:///{disk}/timeoff.db", fill)


@asynccontextmanager
async def _small_disk(template: str) -> AsyncIterator[Path | None]:
    folder = Path(tempfile.mkdtemp())
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if os.geteuid() or (await asyncio.to_thread(subprocess.run, mount, check=False)).returncode:
        print("a full disk: only root may mount one")
        yield None
        return
    try:
        shutil.copy(template, folder / "timeoff.db")
        yield folder
    finally:
        unmount = ["umount", "--lazy", str(folder)]
        await asyncio.to_thread(subprocess.run, unmount, check=False)


async def _run(case: Case) -> list[str]:
    context = serving(case.url, environment=LIMITS)
    server = await asyncio.to_thread(context.__enter__)
    try:
        async with crowd(server.url) as asking:
            await asyncio.sleep(USUAL_SECONDS)
            before = descriptors(server.pid)
            began = time.monotonic()
            took = await case.fail(asking)
            lasted = time.monotonic() - began
        await asyncio.sleep(SETTLING_SECONDS)
        return _told(case, asking, took, server, lasted, descriptors(server.pid) - before)
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


def _told(
    case: Case, asking: Crowd, took: list[float], server: Server, lasted: float, more_files: int
) -> list[str]:
    slowest = "".join(
        f"{asking.slowest(kind):>{width}.2f}"
        for kind, width in (("read", 7), ("write", 8), ("probe", 8), ("live", 8))
    )
    kilobytes = len(server.log()) / 1000
    codes = ", ".join(f"{count} {code}" for code, count in sorted(asking.codes().items()))
    well = sum(each.code is None for each in asking.of("read", "write"))
    return [
        f"{case.name:38}{slowest}{'':3}{max(took):>7.2f}{kilobytes:>9.1f}{more_files:>+8}",
        f"    {well} answered, {codes or 'no error'} in {lasted:.0f} s",
    ]


def _sessions(postmaster: int) -> list[int]:
    """Return the processes of client sessions."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return [
        int(pid) for pid in children if b"127.0.0.1" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def _signal(pids: list[int], which: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, which)


if __name__ == "__main__":
    main()
