"""One node of a cluster: a PostgreSQL, and the Patroni that runs it."""

import json
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

ANSWER_SECONDS: Final = 5.0
"""For Patroni to say something of itself; one that is stopped where it stands never does."""


@dataclass(eq=False)
class Node:
    """One PostgreSQL and its Patroni, each on a port of the loopback."""

    name: str
    folder: Path
    port: int
    api_port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """The folder of its PostgreSQL."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What its Patroni and its PostgreSQL say."""
        return self.folder / "log"

    @property
    def settings(self) -> Path:
        """The file that its Patroni reads."""
        return self.folder / "patroni.json"

    def ask(
        self, method: str, path: str, body: object = None, *, seconds: float = ANSWER_SECONDS
    ) -> bytes:
        """Return what its Patroni answers. Raises OSError where it does not, or refuses."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{self.api_port}{path}", data, method=method)
        with urlopen(request, timeout=seconds) as answer:
            return bytes(answer.read())

    def is_primary(self) -> bool:
        """Say whether it takes writes, by its own word: it holds the lock in etcd."""
        with suppress(OSError):
            self.ask("GET", "/primary")
            return True
        return False

    def postmaster(self) -> int | None:
        """Return the process id of its PostgreSQL, if it runs."""
        with suppress(OSError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            # The file outlives a server that was killed, and its number may be another's by now.
            if os.path.samestat(self.data.stat(), Path(f"/proc/{pid}/cwd").stat()):
                return pid
        return None

    def patroni(self) -> int | None:
        """Return the process id of its Patroni, whoever started it, if it runs."""
        if self.process is not None:
            return self.process.pid if self.process.poll() is None else None
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.fsencode(self.settings) in (folder / "cmdline").read_bytes().split(b"\0"):
                    return int(folder.name)
        return None

    def processes(self) -> list[int]:
        """Return its processes: Patroni, PostgreSQL, and the sessions of that, in this order."""
        found = [] if (patroni := self.patroni()) is None else [patroni]
        if (postmaster := self.postmaster()) is not None:
            found.append(postmaster)
            with suppress(OSError):
                children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
                found += map(int, children.split())
        return found

    def kill(self) -> None:
        """End Patroni and PostgreSQL as a power cut does."""
        self._signal(signal.SIGKILL)
        if self.process:
            self.process.wait()

    def pause(self) -> None:
        """Stop it where it stands: it says nothing, and has closed no connection."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on after a pause."""
        self._signal(signal.SIGCONT)

    def _signal(self, how: signal.Signals) -> None:
        # Patroni first, lest it start PostgreSQL again.
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, how)
