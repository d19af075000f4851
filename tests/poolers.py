"""A real PgBouncer in transaction mode, before the PostgreSQL of a test."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection, create_server
from typing import Final

from sqlalchemy.engine import make_url

from tests.proxies import program

START_SECONDS: Final = 20
SERVER_CONNECTIONS: Final = 16
"""Fewer than two gateways have, so that clients do get another one's server; and more than write at
once, for whoever looks whether it answers."""


class PgBouncer:
    """A pooler that can be ended and started again; ``url`` is a database through it."""

    def __init__(self, database_url: str, folder: Path) -> None:
        target = make_url(database_url)
        with create_server(("127.0.0.1", 0)) as probe:
            port = int(probe.getsockname()[1])
        self.url = target.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        self._address, self._folder = ("127.0.0.1", port), folder
        (folder / "users.txt").write_text(f'"{target.username}" "{target.password}"\n')
        self._file = folder / "pgbouncer.ini"
        self._file.write_text(
            f"[databases]\n{target.database} = host={target.host} port={target.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = plain\nauth_file = {folder}/users.txt\npool_mode = transaction\n"
            f"default_pool_size = {SERVER_CONNECTIONS}\nmax_client_conn = 200\n"
            # Whoever comes next gets the server that was not used for longest: another one.
            "server_round_robin = 1\nserver_login_retry = 1\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, as somebody else where we are root: as root it does not run."""
        user = "nobody" if os.geteuid() == 0 else None
        if user:
            for path in (self._folder, *self._folder.iterdir()):
                shutil.chown(path, user)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program("pgbouncer"), self._file],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=user,
                cwd=self._folder,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                create_connection(self._address, 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError((self._folder / "log").read_text(errors="replace"))

    def kill(self) -> None:
        """End it at once, and with it every connection of either side."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_SECONDS)


@contextmanager
def pooled(database_url: str) -> Iterator[PgBouncer]:
    """Run a PgBouncer before a database."""
    folder = Path(tempfile.mkdtemp(prefix="timeoff-pooler-"))  # which its user may enter
    pooler = PgBouncer(database_url, folder)
    try:
        pooler.start()
        yield pooler
    finally:
        pooler.kill()
        shutil.rmtree(folder, ignore_errors=True)
