"""A real `timeoff serve` in a process of its own, for tests that need one."""

import http.client
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests import warm

TIMEOFF = warm.TIMEOFF
Process = subprocess.Popen[str] | warm.WarmProcess
START_SECONDS = 180
DEVIATED = "graphql-core answered instead of a compiled operation"
STOP_SECONDS = 60


class Server:
    """A running server; `url` is where it listens, `pid` its (main) process."""

    def __init__(self, process: Process, log: IO[str]) -> None:
        self._process = process
        self._log = log
        self._lines: queue.Queue[str] = queue.Queue()
        self._said: list[str] = []
        self.pid = process.pid
        self.announcement = ""
        self.url = ""

    def wait_until_ready(self) -> None:
        """Wait for its announcement, and for /health/ready to agree."""
        deadline = time.monotonic() + START_SECONDS
        self.announcement = self._announcement(deadline)
        self.url = self.announcement.split(": ", 1)[1].removesuffix("/graphql")
        while not _answers(f"{self.url}/health/ready"):
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise AssertionError(f"{self.url} did not become ready:\n{self.log()}")
            time.sleep(0.05)

    def _announcement(self, deadline: float) -> str:
        """Return the line that names the address; the port was the system's choice."""
        lines = self._lines
        reader = threading.Thread(target=_pass_on, args=(self._process.stdout, lines), daemon=True)
        reader.start()
        while time.monotonic() < deadline:
            try:
                line = lines.get(timeout=0.2)
            except queue.Empty:
                continue
            if not line:
                break
            self._said.append(line.strip())
            if line.endswith("/graphql\n"):
                return line.strip()
        raise AssertionError(f"timeoff serve did not start:\n{self.log()}")

    def said(self) -> list[str]:
        """Return what it says on standard output when it has started."""
        while not self._said[-1].startswith("Stop it"):
            self._said.append(self._lines.get(timeout=START_SECONDS).strip())
        return self._said

    def log(self) -> str:
        """Return what it has written to standard error so far."""
        self._log.flush()
        return Path(self._log.name).read_text(errors="replace")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, as an operator does, and return its exit code."""
        self._process.send_signal(how)
        try:
            return self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still there {STOP_SECONDS} s after {how.name}") from None

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self._process.kill()
        self._process.wait()


@contextmanager
def serving(
    database_url: str | None,
    *options: str,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    cold: bool = False,
    before: Callable[[], None] | None = None,
) -> Iterator[Server]:
    """Run a server on a free port of 127.0.0.1 until the block is left.

    With None as its database it takes the embedded one, wherever the environment
    puts that. What is ``cold`` imports everything itself, which takes seconds; only then
    ``before`` is done in its process.
    """
    chosen = ["--database-url", database_url] if database_url else []
    arguments = ["serve", "--port", "0", *chosen, *options]
    env = clean_environment() | dict(environment or {})
    with (
        tempfile.NamedTemporaryFile("w", prefix="timeoff-serve-", suffix=".log") as log,
        _started(arguments, log, env, cwd, before, cold=cold) as process,
    ):
        server = Server(process, log)
        try:
            server.wait_until_ready()
            yield server
            # The answers were right all the same, only slower.
            assert DEVIATED not in server.log(), server.log()
        finally:
            if process.poll() is None:
                _end(process)


def _started(
    arguments: list[str],
    log: IO[str],
    env: Mapping[str, str],
    cwd: Path | None,
    before: Callable[[], None] | None,
    *,
    cold: bool,
) -> Process:
    if not cold:
        return warm.WarmProcess(arguments, stderr=log, env=env, cwd=cwd)
    return subprocess.Popen(
        [TIMEOFF, *arguments],
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        preexec_fn=before,  # noqa: PLW1509 - of one call into the system
    )


def clean_environment() -> dict[str, str]:
    """Return our environment without anybody's settings of the gateway."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TIMEOFF_")}


def _end(process: Process) -> None:
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _pass_on(stream: IO[str] | None, lines: queue.Queue[str]) -> None:
    for line in stream or ():
        lines.put(line)
    lines.put("")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bool(answer.status == http.client.OK)
    except (OSError, urllib.error.HTTPError):
        return False
