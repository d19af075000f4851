"""Measures backup, restore, dump and load. See scripts/measure-backup.

Reads are those of scripts/bench (W1, 8 connections), with a write every 50 ms beside them.
"""

import argparse
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from scripts.benchmarks.data import copy_of, data_file
from scripts.benchmarks.docs import show
from scripts.benchmarks.load import Questions, Visit, visit
from scripts.benchmarks.servers import (
    GATEWAY,
    PROJECT,
    TIMEOFF,
    Server,
    WrongAnswers,
    clean_environment,
    running,
)
from scripts.benchmarks.workloads import WORKLOADS, Bodies
from tests.postgres import PostgresServer

PAGE: Final = PROJECT / "docs" / "backup.md"
COMMAND: Final = "scripts/measure-backup"
PORT: Final = 8790
QUIET_VISITS: Final = 5
VISIT_SECONDS: Final = 3
WRITE_SECONDS: Final = 0.05
LOOK_SECONDS: Final = 0.1
_CORES: Final = os.cpu_count()
WRITE: Final = (
    '{"query": "mutation { upsertCompanies(input: {companies: [{sourceId: '
    '\\"a4592b47-42ae-478f-926d-e77a7f768059\\", name: \\"Number %d\\"}]}) '
    '{ userErrors { message } } }"}'
)


@dataclass(slots=True)
class Run:
    """A command under way, and what memory of its own it was seen to have, in MB."""

    process: subprocess.Popen[bytes]
    begun: float = field(default_factory=time.monotonic)
    seen: list[float] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0

    def watch(self) -> None:
        """Look at its memory until it ends."""
        while True:
            ended, code, usage = os.wait4(self.process.pid, os.WNOHANG)
            if ended:
                break
            with suppress(OSError, StopIteration):
                status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
                line = next(each for each in status if each.startswith("RssAnon:"))
                self.seen.append(int(line.split()[1]) / 1000)
            time.sleep(LOOK_SECONDS)
        self.seconds = time.monotonic() - self.begun
        self.processor = usage.ru_utime + usage.ru_stime
        self.process.returncode = os.waitstatus_to_exitcode(code)
        if self.process.returncode:
            raise subprocess.CalledProcessError(self.process.returncode, self.process.args)

    def told(self) -> str:
        """Return its time, and its memory at the most in both halves of it."""
        half = len(self.seen) // 2
        first, second = (max(each, default=0) for each in (self.seen[:half], self.seen[half:]))
        times = f"{self.seconds:>8.1f} s {self.processor:>10.1f} s"
        return f"{times} {first:>12.0f} MB {second:>9.0f} MB"


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--docs", action="store_true", help="put the figures into the page")
    options = parser.parse_args()
    data = data_file(options.entries, print)
    lines = []
    with tempfile.TemporaryDirectory(prefix="measure-backup-", dir=data.parent) as folder:
        for line in _measured(data, Path(folder), options.entries):
            print(line, flush=True)
            lines.append(line)
    if options.docs:
        show(PAGE, COMMAND, lines)


def _measured(data: Path, folder: Path, entries: int) -> Iterator[str]:
    load = os.getloadavg()[0]
    size = data.stat().st_size / 1e6
    yield f"{entries:,} entries, {size:,.0f} MB; load before: {load:.1f}, on {_CORES} cores"
    served = copy_of(data, folder, "served")
    backup = folder / "backup.db"
    memory = f"{'time':>10} {'processor':>12} {'own memory,':>15} {'halves':>12}"
    with running(GATEWAY, PORT, str(served), folder) as server, _writing(server):
        questions = Questions(WORKLOADS["W1"], Bodies(data))
        _visit(server, questions, 0)
        quiet = [_visit(server, questions, turn) for turn in range(QUIET_VISITS)]
        yield f"W1 while it serves, {'':13}{_asked(quiet)}"
        run = _started("backup", backup, "--quick", url=_file(served))
        busy: list[Visit] = []
        watching = threading.Thread(target=run.watch)
        watching.start()
        while watching.is_alive():
            busy.append(_visit(server, questions, len(busy)))
        watching.join()
        yield f"  during backup --quick{'':10}{_asked(busy)}"
    yield f"{'':34}{memory}"
    yield f"{'backup --quick, while serving':34}{run.told()}"
    yield _line("restore", "restore", backup, url=_file(served))
    postgres = PostgresServer()
    try:
        url = postgres.url.set(drivername="postgresql").render_as_string(hide_password=False)
        lines, again = folder / "all.jsonl", folder / "again.jsonl"
        yield _line("dump, of SQLite", "dump", lines, url=_file(served))
        _ended("migrate", url=url)
        yield _line("load, into PostgreSQL", "load", lines, url=url)
        yield _line("dump, of PostgreSQL", "dump", again, url=url)
        yield _line("load, into SQLite", "load", again, url=_file(folder / "loaded.db"))
        yield f"The dump has {lines.stat().st_size / 1e6:,.0f} MB."
    finally:
        postgres.stop()
    with running(GATEWAY, PORT, str(served), folder) as server, _writing(server):
        yield _line(
            "backup, while others write", "backup", "--overwrite", backup, url=_file(served)
        )


def _visit(server: Server, questions: Questions, turn: int) -> Visit:
    """Ask for some seconds; again where a busy machine had requests refused meanwhile."""
    while True:
        with suppress(WrongAnswers):
            return visit(server, questions, VISIT_SECONDS, turn, 0)


def _asked(visits: Sequence[Visit]) -> str:
    p50, p99 = (median(getattr(each, name) for each in visits) for name in ("p50_ms", "p99_ms"))
    rate = median(each.per_second for each in visits)
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, {rate:,.0f} requests/s, {len(visits)} visits"


def _file(path: Path) -> str:
    return f"sqlite:///{path}"


def _started(*arguments: object, url: str) -> Run:
    command = [str(TIMEOFF), *map(str, arguments), "--database-url", url]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=clean_environment(), stdout=quiet, stderr=quiet)
    return Run(process)


def _ended(*arguments: object, url: str) -> Run:
    run = _started(*arguments, url=url)
    run.watch()
    return run


def _line(what: str, *arguments: object, url: str) -> str:
    return f"{what:34}{_ended(*arguments, url=url).told()}"


@contextmanager
def _writing(server: Server) -> Iterator[None]:
    """Write on and on until the block is left."""
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.wait(WRITE_SECONDS):
            number += 1
            with suppress(WrongAnswers):  # the machine is busy
                server.ask(WRITE % number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


if __name__ == "__main__":
    main()
