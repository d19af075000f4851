"""Measures the gateway under ten times the clients that fill it. See scripts/measure-overload.

One worker with the demo data is asked one list query by clients that come back at once, in a
process of their own: by as many as fill it, which gives the peak, and by ten times as many, in
turns, and at last by the first ones again. Promises are ratios of the medians, so that a slow
machine is slow in both; on a machine with other work the figures in ms say little.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from scripts.benchmarks.servers import TIMEOFF, cpu_seconds
from scripts.overload_clients import SECONDS_TO_WARM_UP
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.postgres import PostgresServer
from tests.server import Server, serving

CLIENTS: Final = Path(__file__).with_name("overload_clients.py")
FILL: Final = 8
"""Connections that fill one worker."""

TIMES: Final = 10
SECONDS_TO_RECOVER: Final = 5
QUERY: Final = """
query Entries($from: Date!, $to: Date!) {
  timeOffEntries(filter: { requestedDate: { from: $from, to: $to } }, first: 20) {
    nodes { id hours requestedDate user { id fullName } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
VARIABLES: Final = {"from": "2000-01-01", "to": "2099-12-31"}

GOODPUT: Final = 0.8
SLOWER: Final = 4.0
REFUSAL_MS: Final = {"http": 50.0, "close": 200.0, "socket": 100.0}
PROBE_MS: Final = 100.0
MEMORY: Final = 1.5


@dataclass(frozen=True, slots=True)
class Phase:
    """What some clients have seen, and what the server took."""

    name: str
    clients: int
    answers: dict[str, dict[str, float]]
    without_retry_after: int
    megabytes: float
    cpu_seconds: float

    def figure(self, kind: str, name: str) -> float:
        """Return a figure of one kind of answer, 0 where there was none."""
        return self.answers.get(kind, {}).get(name, 0.0)

    @property
    def per_cpu_second(self) -> float:
        """Return how many answers a second of the server's CPU time has made."""
        return self.figure("200", "count") / self.cpu_seconds

    @property
    def probe_ms(self) -> float:
        """Return the slower probe's 99th percentile."""
        return max(self.figure(name, "p99_ms") for name in ("live", "ready"))

    def line(self) -> str:
        """Return a row of the table."""
        return (
            f"  {self.name:<24} {self.clients:>7} {self.figure('200', 'per_second'):>9.0f}"
            f" {self.per_cpu_second:>9.0f}"
            f" {self.figure('200', 'p50_ms'):>8.1f} {self.figure('200', 'p99_ms'):>8.1f}"
            f" {self.figure('503', 'per_second'):>9.0f} {self.figure('503', 'p99_ms'):>8.1f}"
            f" {self.probe_ms:>8.1f} {self.megabytes:>6.0f}"
        )


HEAD: Final = (
    f"  {'':<24} {'clients':>7} {'answers/s':>9} {'of CPU':>9} {'p50 ms':>8} {'p99 ms':>8}"
    f" {'503/s':>9} {'p99 ms':>8} {'probe':>8} {'MB':>6}"
)


def ask(server: Server, face: str, clients: int, seconds: float, name: str) -> Phase:
    """Let so many clients ask for so long."""
    command = [sys.executable, str(CLIENTS), server.url, f"--clients={clients}"]
    command += [f"--seconds={seconds}", f"--face={face}", "--query", QUERY]
    command += ["--variables", json.dumps(VARIABLES)]
    before = cpu_seconds(server.pid)
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    # The clients do not count while they warm up; what was done then is taken off by its share.
    taken = (cpu_seconds(server.pid) - before) * seconds / (seconds + SECONDS_TO_WARM_UP)
    seen: dict[str, Any] = json.loads(ended.stdout)
    return Phase(
        name,
        clients,
        seen["answers"],
        seen["without_retry_after"],
        _peak_megabytes(server.pid),
        taken,
    )


def median_of(phases: list[Phase]) -> Phase:
    """Return the median of each figure of some phases of one kind."""
    kinds = {kind for each in phases for kind in each.answers}
    answers = {
        kind: {
            name: median(each.figure(kind, name) for each in phases)
            for name in ("count", "per_second", "p50_ms", "p99_ms", "max_ms")
        }
        for kind in kinds
    }
    return Phase(
        phases[0].name,
        phases[0].clients,
        answers,
        sum(each.without_retry_after for each in phases),
        max(each.megabytes for each in phases),
        median(each.cpu_seconds for each in phases),
    )


def _peak_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def complaints(face: str, peak: Phase, crowd: Phase, after: Phase) -> Iterator[str]:
    """Yield what is not as it is promised."""
    goodput = crowd.per_cpu_second / peak.per_cpu_second
    slower = crowd.figure("200", "p99_ms") / peak.figure("200", "p99_ms")
    recovered = after.per_cpu_second / peak.per_cpu_second
    if goodput < GOODPUT:
        yield f"goodput is {goodput:.0%} of the peak"
    if slower > SLOWER:
        yield f"p99 of what is answered is {slower:.1f} times that at the peak"
    if crowd.figure("503", "p99_ms") > REFUSAL_MS[face]:
        yield f"p99 of refusals is {crowd.figure('503', 'p99_ms'):.0f} ms"
    if crowd.without_retry_after:
        yield f"{crowd.without_retry_after} refusals do not say when to come back"
    if crowd.probe_ms > PROBE_MS:
        yield f"p99 of health probes is {crowd.probe_ms:.0f} ms"
    if crowd.megabytes > MEMORY * peak.megabytes:
        yield f"it holds {crowd.megabytes / peak.megabytes:.1f} times the memory"
    if recovered < GOODPUT:
        yield f"{SECONDS_TO_RECOVER} s later goodput is {recovered:.0%} of the peak"
    others = set(crowd.answers) - {"200", "503", "live", "ready"}
    if others:
        yield f"there were other answers: {', '.join(sorted(others))}"


@contextmanager
def fresh_database(kind: str) -> Iterator[str]:
    """Make a database with the demo data."""
    with ExitStack() as stack:
        if kind == "sqlite":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            url = SqliteDatabases(folder).create()
        else:
            server = PostgresServer()
            stack.callback(server.stop)
            databases = PostgresDatabases(server.url)
            stack.callback(databases.close)
            url = databases.create()
        yield url


def measure(kind: str, face: str, crowd: int, seconds: float, rounds: int) -> list[str]:
    """Measure one face over one database, and return what is not as promised."""
    print(f"\n{kind}, {face}\n{HEAD}")
    with fresh_database(kind) as url:
        subprocess.run([TIMEOFF, "seed", "--database-url", url], check=True, capture_output=True)
        with serving(
            url, environment={"TIMEOFF_MODE": "production", "TIMEOFF_AUTH": "off"}
        ) as server:
            ask(server, face, FILL, 1, "warm-up")
            peaks, crowds = [], []
            for _ in range(rounds):
                peaks.append(ask(server, face, FILL, min(seconds, 10), "peak"))
                crowds.append(ask(server, face, crowd, seconds, "crowd"))
            time.sleep(SECONDS_TO_RECOVER)
            after = ask(server, face, FILL, min(seconds, 10), "after")
    peak, many = median_of(peaks), median_of(crowds)
    for phase in (peak, many, after):
        print(phase.line())
    found = list(complaints(face, peak, many, after))
    for each in found:
        print(f"  NOT MET: {each}")
    return found


def main() -> None:
    """Measure what was asked for, and fail where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of each crowd")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--crowd", type=int, default=TIMES * FILL)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--face", choices=("http", "close", "socket"), action="append")
    options = parser.parse_args()
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    found = [
        complaint
        for kind in options.database or ("sqlite", "postgresql")
        for face in options.face or ("http", "socket")
        for complaint in measure(kind, face, options.crowd, options.seconds, options.rounds)
    ]
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
