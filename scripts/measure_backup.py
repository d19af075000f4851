"""Measures backup, restore, dump and load. See scripts/measure-backup.

Reads are those of scripts/bench (W1, 8 connections), with a write every 50 ms beside them. What is
promised of a million entries is held against what was measured; where it is not kept, the script
says so and fails.
"""

import argparse
import os
import subprocess
import sys
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
VISIT_SECONDS: Final = 2
WRITE_SECONDS: Final = 0.05
LOOK_SECONDS: Final = 0.1
_CORES: Final = os.cpu_count()
WRITE: Final = (
    '{"query": "mutation { upsertCompanies(input: {companies: [{sourceId: '
    '\\"a4592b47-42ae-478f-926d-e77a7f768059\\", name: \\"Number %d\\"}]}) '
    '{ userErrors { message } } }"}'
)

BACKUP_SECONDS: Final = 60
MOVE_SECONDS: Final = 600
SLOWER: Final = 2.0
"""How many times as long the slowest in a hundred reads may take while a backup is made."""

OWN_MEMORY: Final = 160
"""MB that each command has at the most, however many rows there are."""


@dataclass(slots=True)
class Run:
    """A command under way, and what memory of its own it was seen to have, in MB."""

    name: str
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

    def told(self) -> str:
        """Return its time, and its memory at the most in both halves of it."""
        half = len(self.seen) // 2
        first, second = (max(each, default=0) for each in (self.seen[:half], self.seen[half:]))
        times = f"{self.seconds:>8.1f} s {self.processor:>10.1f} s"
        return f"{self.name:34}{times} {first:>12.0f} MB {second:>9.0f} MB"

    def complaints(self, most_seconds: float) -> Iterator[str]:
        """Yield what is not as it is promised."""
        if self.seconds > most_seconds:
            yield f"{self.name}: {self.seconds:.1f} s, and {most_seconds:g} s are promised"
        if (most := max(self.seen, default=0)) > OWN_MEMORY:
            yield f"{self.name}: {most:.0f} MB, and {OWN_MEMORY} MB are promised"


@dataclass(slots=True)
class Report:
    """The lines of the figures, printed as they come, and what is not as promised."""

    lines: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def line(self, text: str) -> None:
        """Print a line."""
        print(text, flush=True)
        self.lines.append(text)

    def run(self, run: Run, most_seconds: float) -> None:
        """Print what a command took, and hold it against what is promised."""
        self.line(run.told())
        self.complaints += run.complaints(most_seconds)


def main() -> None:
    """Measure, print, and fail where a promise is not kept."""
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--only-backup", action="store_true", help="no restore, dump and load")
    parser.add_argument("--docs", action="store_true", help="put the figures into the page")
    options = parser.parse_args()
    data = data_file(options.entries, print)
    report = Report()
    with tempfile.TemporaryDirectory(prefix="measure-backup-", dir=data.parent) as name:
        folder = Path(name)
        served = copy_of(data, folder, "served")
        load = f"load before: {os.getloadavg()[0]:.1f}, on {_CORES} cores"
        report.line(f"{options.entries:,} entries, {data.stat().st_size / 1e6:,.0f} MB; {load}")
        _measure_backups(report, served, Questions(WORKLOADS["W1"], Bodies(data)), folder)
        if not options.only_backup:
            _measure_moves(report, served, folder)
    if options.docs:
        show(PAGE, COMMAND, report.lines)
    sys.exit("\n".join(f"NOT MET: {each}" for each in report.complaints) or None)


def _measure_backups(report: Report, served: Path, questions: Questions, folder: Path) -> None:
    """Make backups while others read and write, and see what the readers notice."""
    backup, runs = folder / "backup.db", []
    with running(GATEWAY, PORT, str(served), folder) as server, _writing(server):
        _visit(server, questions, 0)
        for name, words in (("backup --quick", ["--quick"]), ("backup", ["--overwrite"])):
            quiet = [_visit(server, questions, turn) for turn in range(QUIET_VISITS)]
            run = _started(f"{name}, while serving", "backup", backup, *words, url=_file(served))
            busy = _visits_during(run, server, questions)
            report.line(f"{f'W1 before {name}':28}{_asked(quiet)}")
            report.line(f"{f'W1 during {name}':28}{_asked(busy)}")
            before, during = _p99(quiet), _p99(busy)
            if during > SLOWER * before:
                report.complaints.append(
                    f"p99 of W1 during {name} is {during / before:.1f} times that before"
                )
            runs.append(run)
    report.line(f"{'':34}{'time':>10} {'processor':>12} {'own memory,':>15} {'halves':>12}")
    for run in runs:
        report.run(run, BACKUP_SECONDS)


def _visits_during(run: Run, server: Server, questions: Questions) -> list[Visit]:
    """Read as long as a command runs; what lasted longer than it is left out."""
    visits: list[Visit] = []
    watching = threading.Thread(target=run.watch)
    watching.start()
    while watching.is_alive():
        seen = _visit(server, questions, len(visits))
        if watching.is_alive() or not visits:
            visits.append(seen)
    watching.join()
    if run.process.returncode:
        raise subprocess.CalledProcessError(run.process.returncode, run.process.args)
    return visits


def _measure_moves(report: Report, served: Path, folder: Path) -> None:
    """Put the backup back, and move everything to PostgreSQL and back."""

    def measure(name: str, *arguments: object, url: str) -> None:
        report.run(_ended(name, *arguments, url=url), MOVE_SECONDS)

    measure("restore", "restore", folder / "backup.db", url=_file(served))
    postgres = PostgresServer()
    try:
        url = postgres.url.set(drivername="postgresql").render_as_string(hide_password=False)
        lines, again = folder / "all.jsonl", folder / "again.jsonl"
        measure("dump, of SQLite", "dump", lines, url=_file(served))
        _ended("migrate", "migrate", url=url)
        measure("load, into PostgreSQL", "load", lines, url=url)
        measure("dump, of PostgreSQL", "dump", again, url=url)
        measure("load, into SQLite", "load", again, url=_file(folder / "loaded.db"))
        report.line(f"The dump has {lines.stat().st_size / 1e6:,.0f} MB.")
    finally:
        postgres.stop()


def _visit(server: Server, questions: Questions, turn: int) -> Visit:
    """Ask for some seconds; again where a busy machine had requests refused meanwhile."""
    while True:
        with suppress(WrongAnswers):
            return visit(server, questions, VISIT_SECONDS, turn, 0)


def _asked(visits: Sequence[Visit]) -> str:
    p50, rate = median(each.p50_ms for each in visits), median(each.per_second for each in visits)
    times = f"p50 {p50:.1f} ms, p99 {_p99(visits):.1f} ms"
    return f"{times}, {rate:,.0f} requests/s, {len(visits)} visits"


def _p99(visits: Sequence[Visit]) -> float:
    return median(each.p99_ms for each in visits)


def _file(path: Path) -> str:
    return f"sqlite:///{path}"


def _started(name: str, *arguments: object, url: str) -> Run:
    command = [str(TIMEOFF), *map(str, arguments), "--database-url", url]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=clean_environment(), stdout=quiet, stderr=quiet)
    return Run(name, process)


def _ended(name: str, *arguments: object, url: str) -> Run:
    run = _started(name, *arguments, url=url)
    run.watch()
    if run.process.returncode:
        raise subprocess.CalledProcessError(run.process.returncode, run.process.args)
    return run


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
