"""A gateway that is back a moment after it was killed, so that it can be killed often.

Run as a program it imports everything once, and each start is a fork of that: a process of
its own that runs the same uvicorn as `timeoff serve`, on a socket that outlives it.
"""

import gc
import importlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.server import clean_environment
from tests.warm import LAZY

PROJECT = Path(__file__).resolve().parent.parent.parent


class Phoenix:
    """The program, from the side of a test; `url` is where each of its starts listens."""

    def __init__(self, process: subprocess.Popen[str], url: str, log: IO[str]) -> None:
        self._process = process
        self._log = log
        self.url = url
        self.pid = 0

    def start(self) -> None:
        """Start a server; requests that come before it is ready wait at the socket."""
        self.pid = int(self._ask("start"))

    def kill(self) -> None:
        """End the server without a chance to tidy up, and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        assert int(self._ask("wait")) == signal.SIGKILL

    def log(self) -> str:
        """Return what its servers have written to standard error so far."""
        return Path(self._log.name).read_text(errors="replace")

    def _ask(self, command: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, self.log()
        return answer


@contextmanager
def phoenix(database_url: str, environment: Mapping[str, str] | None = None) -> Iterator[Phoenix]:
    """Run the program until the block is left, without a server at first."""
    with (
        tempfile.NamedTemporaryFile("w", prefix="timeoff-phoenix-", suffix=".log") as log,
        socket.create_server(("127.0.0.1", 0), backlog=2048) as listener,
        subprocess.Popen(
            [sys.executable, "-m", "tests.process.phoenix", str(listener.fileno())],
            env=clean_environment()
            | {"TIMEOFF_DATABASE_URL": database_url}
            | dict(environment or {}),
            cwd=PROJECT,
            pass_fds=[listener.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        host, port = listener.getsockname()
        yield Phoenix(process, f"http://{host}:{port}", log)


def main() -> None:
    """Do what standard input says: start a server, or wait for the end of the last one."""
    import uvicorn  # noqa: PLC0415 - what a test that only talks to the program does not need

    import app.main  # noqa: F401, PLC0415 - for the servers
    from app.server import uvicorn_config  # noqa: PLC0415
    from app.settings import Settings  # noqa: PLC0415

    for name in LAZY:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # else each fork writes to, and so copies, all that is here
    listener = socket.socket(fileno=int(sys.argv[1]))
    settings = Settings.read()
    pid = 0
    for line in sys.stdin:
        if line == "start\n":
            pid = os.fork()
            if pid == 0:
                uvicorn.Server(uvicorn_config(settings)).run(sockets=[listener])
                os._exit(0)
            answer = pid
        else:
            answer = os.WTERMSIG(os.waitpid(pid, 0)[1])
            pid = 0
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    if pid:  # the test has ended, and with it our input
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
