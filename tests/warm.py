"""The `timeoff` command in a process of its own that need not import everything first.

Run as a program this imports the gateway once, and each start is a fork of that which runs
the command's `main`. What the command does from there on is what it always does; that it also
starts from nothing is held by tests/test_cli.py.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any, Self

PROJECT = Path(__file__).resolve().parent.parent
TIMEOFF = Path(sys.executable).with_name("timeoff")
MESSAGE_BYTES = 128 * 1024
LAZY = ("asyncpg", "uvloop", "uvicorn.protocols.http.httptools_impl", "uvicorn.lifespan.on")
"""What is imported only when a server runs."""
NOT_IMPORTED = ("app.db.migrations", "app.edge.traces")
"""What Alembic loads, and what starts threads: whoever traces imports it."""


class WarmProcess:
    """One start of the command, from the side of a test; as `subprocess.Popen` has it."""

    def __init__(
        self,
        arguments: Sequence[object],
        *,
        stderr: IO[Any],
        stdout: IO[Any] | None = None,
        env: Mapping[str, str],
        cwd: Path | None = None,
        typed: str = "",
    ) -> None:
        self._report, theirs = socket.socketpair()
        self.args = [str(TIMEOFF), *map(str, arguments)]
        wish = {"arguments": self.args, "environment": dict(env), "cwd": str(cwd or Path.cwd())}
        wish["typed"] = typed
        readable, writable = os.pipe()
        self.stdout = os.fdopen(readable)
        """What it says, unless that goes to a file."""
        with theirs, os.fdopen(writable, "w") as pipe:
            files = [(stdout or pipe).fileno(), stderr.fileno(), theirs.fileno()]
            socket.send_fds(_program(), [json.dumps(wish).encode()], files)
        self.returncode: int | None = None
        self.pid = self._told()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdout.close()
        self.wait()

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""
        try:
            return self.wait(timeout=0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit code, which a signal makes negative."""
        if self.returncode is None:
            self._report.settimeout(timeout)
            try:
                self.returncode = self._told()
            except (BlockingIOError, TimeoutError):
                raise subprocess.TimeoutExpired(self.args, timeout or 0) from None
            self._report.close()
        return self.returncode

    def send_signal(self, how: signal.Signals) -> None:
        """Send it a signal, if it is still there."""
        if self.poll() is None:
            os.kill(self.pid, how)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self.send_signal(signal.SIGKILL)

    def _told(self) -> int:
        return int.from_bytes(self._report.recv(4), signed=True)


def run(
    *arguments: object,
    env: Mapping[str, str],
    cwd: Path | None = None,
    check: bool = False,
    timeout: float = 600,
    typed: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; `check` makes an exit code other than 0 an error."""
    ended = run_bytes(*arguments, env=env, cwd=cwd, timeout=timeout, typed=typed)
    said = [each.decode().replace("\r\n", "\n") for each in (ended.stdout, ended.stderr)]
    done = subprocess.CompletedProcess(ended.args, ended.returncode, *said)
    if check:
        done.check_returncode()
    return done


def run_bytes(
    *arguments: object,
    env: Mapping[str, str],
    cwd: Path | None = None,
    timeout: float = 600,
    typed: str = "",
) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end, and return what it says as it is."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = WarmProcess(arguments, stdout=out, stderr=err, env=env, cwd=cwd, typed=typed)
        with process:
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(process.args, code, out.read(), err.read())


@cache
def _program() -> socket.socket:
    """The program's input, which ends with this process and the program with it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    clean = {name: each for name, each in os.environ.items() if not name.startswith("TIMEOFF_")}
    with theirs:
        program = subprocess.Popen(
            [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
            cwd=PROJECT,
            env=clean,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def end() -> None:
        ours.close()
        program.wait()

    atexit.register(end)
    return ours


def main() -> None:
    """Import everything, then start the command for each message until there are no more."""
    for package in ("app", "graphql_schema"):
        folder = importlib.import_module(package).__path__
        for module in pkgutil.walk_packages(folder, f"{package}."):
            if not module.name.startswith(NOT_IMPORTED):
                importlib.import_module(module.name)
    for name in LAZY:
        importlib.import_module(name)
    assert threading.active_count() == 1  # a fork would have none of the others
    gc.freeze()  # else each fork writes to, and so copies, all that is here
    wishes = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    while True:
        message, files, *_ = socket.recv_fds(wishes, MESSAGE_BYTES, 3)
        if not message:
            return
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            wishes.close()
            _start(json.loads(message), *files)
        for file in files:
            os.close(file)


def _start(wish: dict[str, object], out: int, err: int, report: int) -> None:
    """Fork once more: the command, and who waits for it and says how it ended."""
    pid = os.fork()
    if pid == 0:
        os.close(report)
        _become(wish, out, err)
    os.close(out)
    os.close(err)
    os.close(1)
    os.close(2)
    os.write(report, pid.to_bytes(4, signed=True))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        os.write(report, code.to_bytes(4, signed=True))
    finally:
        os._exit(0)


def _become(wish: dict[str, object], out: int, err: int) -> None:
    """Be the command, as a shell would have started it."""
    from app.cli import main as command  # noqa: PLC0415 - what a test need not import

    os.dup2(out, 1)
    os.dup2(err, 2)
    os.close(out)
    os.close(err)
    readable, writable = os.pipe()
    os.write(writable, str(wish["typed"]).encode())
    os.dup2(readable, 0)
    os.close(readable)
    os.close(writable)
    os.environ.clear()
    os.environ.update(wish["environment"])  # type: ignore[call-overload]
    time.tzset()
    os.chdir(str(wish["cwd"]))
    sys.argv = list(wish["arguments"])  # type: ignore[call-overload]
    sys.modules["__main__"].__package__ = None  # else its help says: python -m tests.timeoff
    try:
        sys.exit(command())
    except SystemExit as end:
        _leave(end.code)
        raise


def _leave(code: object) -> None:
    """End as the interpreter does, but without taking apart all that the command shares with us.

    That alone costs as much as most commands, for each page of memory is copied first. Where
    there is more to it, as output that nobody reads, nothing is done: the interpreter ends it.
    """
    gc.collect()  # what is lost without having been closed complains now
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - as the interpreter does
    atexit._run_exitfuncs()  # noqa: SLF001 - as the interpreter does
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    if code is None or isinstance(code, int):
        os._exit((code or 0) & 0xFF)


if __name__ == "__main__":
    main()
