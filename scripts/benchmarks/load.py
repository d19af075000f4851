"""One visit: wrk sends bodies to one server for some seconds, and looks at each answer."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from scripts.benchmarks.servers import LOAD_CORE, Server, WrongAnswers
from scripts.benchmarks.workloads import READ_BODIES, Bodies, Workload

SCRIPT: Final = Path(__file__).with_name("load.lua")
_ANSWERS: Final = re.compile(r"^ANSWERS ((?:\d+ ?)+)$", re.MULTILINE)
_EXAMPLE: Final = re.compile(r"^EXAMPLE (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Visit:
    """What one visit has found."""

    requests: int
    cpu_ms: float
    per_second: float
    p50_ms: float
    p99_ms: float
    backend_ms: float = 0.0
    """Of the database server, where there is one."""

    @property
    def total_ms(self) -> float:
        """The CPU time of an answer, whoever took it."""
        return self.cpu_ms + self.backend_ms


class Questions:
    """The bodies of a workload for one server: those that write are used once."""

    def __init__(self, workload: Workload, bodies: Bodies) -> None:
        self.workload = workload
        self._new = bodies.of(workload)
        self.read = [] if workload.writes else list(self._new)
        self.hard = list(bodies.of_hard_days(workload))

    def some(self, count: int) -> list[str]:
        """Return so many bodies, the next ones where they write."""
        return list(islice(self._new, count)) if self.workload.writes else self.read[:count]

    @contextmanager
    def file(self, at_most: int) -> Iterator[Path]:
        """Write the bodies of one visit to a file, one a line."""
        with tempfile.NamedTemporaryFile("w", suffix=".bodies") as file:
            file.writelines(f"{body}\n" for body in self.some(at_most))
            file.flush()
            yield Path(file.name)


def visit(server: Server, questions: Questions, seconds: int, turn: int, rate: float) -> Visit:
    """Load the server for some seconds, and wait until it is idle again.

    ``rate`` is what it may answer per second: what writes needs so many bodies.
    """
    workload = questions.workload
    at_most = 500 + int(3 * rate * seconds) if workload.writes else READ_BODIES
    with questions.file(at_most) as bodies:
        before, before_backend = server.cpu_seconds(), server.backend_seconds()
        output = _wrk(server, workload, bodies, seconds, first=0 if workload.writes else turn * 97)
        server.wait_until_idle()
        cpu_seconds = server.cpu_seconds() - before
        backend_seconds = server.backend_seconds() - before_backend
    where = f"{server.peer.name}, {workload.name}"
    found = _ANSWERS.search(output)
    if found is None:
        raise WrongAnswers(f"{where}: wrk said\n{output}")
    requests, micros, p50, p99, wrong, failed, made = map(int, found[1].split())
    sent = made - 1  # wrk makes one to look at it
    if wrong or failed:
        example = _EXAMPLE.search(output)
        words = f"{wrong} wrong answers, {failed} failed; the first: {example and example[1]}"
        raise WrongAnswers(f"{where}: {words}\n{server.log()}")
    if workload.writes and sent > at_most:
        raise WrongAnswers(f"{where}: {at_most} bodies were too few for {seconds} s")
    # What wrk abandons at the end is worked off all the same, and so are its bodies.
    return Visit(
        requests,
        cpu_seconds * 1000 / max(1, sent),
        requests * 1e6 / micros,
        p50 / 1e3,
        p99 / 1e3,
        backend_seconds * 1000 / max(1, sent),
    )


def _wrk(server: Server, workload: Workload, bodies: Path, seconds: int, first: int) -> str:
    is_plain = not workload.writes or server.peer.wording is not None
    variables = {
        "BODIES": str(bodies),
        "FIRST": str(first),
        "TOKEN": server.token or "",
        "MUST": '{"data":{' if is_plain else '"userErrors":[]',
    }
    command = (
        *("taskset", "--cpu-list", LOAD_CORE, "wrk", "--threads=1"),
        *(f"--connections={workload.connections}", f"--duration={seconds}s", "--timeout=30s"),
        *(f"--script={SCRIPT}", f"http://127.0.0.1:{server.port}"),
    )
    ended = subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    return ended.stdout + ended.stderr
