"""Starting what is measured, and reading how much CPU time and memory it has taken."""

import http.client
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Final

PROJECT: Final = Path(__file__).resolve().parents[2]
PEERS: Final = Path(__file__).with_name("peers")
BENCH_PYTHON: Final = Path(__file__).with_name(".venv") / "bin" / "python"
TIMEOFF: Final = PROJECT / ".venv" / "bin" / "timeoff"

SERVER_CORE: Final = "0"
LOAD_CORE: Final = "1"
START_SECONDS: Final = 60
TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")
TYPENAME: Final = '{"query": "query Typename { __typename }", "operationName": "Typename"}'


class WrongAnswers(Exception):
    """A server failed, or answered other than it should."""


class DidNotStart(Exception):
    """A server ended, or did not answer in time; the message has its log."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a server with a schema of its own is asked: what it can be asked, by workload."""

    documents: Mapping[str, str]
    variables: Callable[[str, dict[str, Any]], dict[str, Any]]
    """Makes its variables of the gateway's; the text names the workload."""
    answer: Callable[[str, Any], Any]
    """Makes the gateway's data of its own, so that they can be compared."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server to compare: how it is started, with {port} and {database} to fill in."""

    name: str
    what: str
    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    has_token: bool = False
    """Whether it is asked with an API token of its database, made before it starts."""
    wording: Wording | None = None
    """Its own words, where it does not know the gateway's schema."""

    def can_be_asked(self, workload: str) -> bool:
        """Say whether it has an answer to a workload."""
        return self.wording is None or workload in self.wording.documents


def _python(module: str) -> tuple[str, ...]:
    server = ("--host=127.0.0.1", "--port={port}", "--log-level=warning", "--no-access-log")
    parts = ("--loop=uvloop", "--http=httptools", "--app-dir", str(PEERS))
    return str(BENCH_PYTHON), "-m", "uvicorn", f"{module}:app", *server, *parts


_NODE: Final = ("node", str(PEERS / "node" / "server.js"))

GATEWAY: Final = Peer(
    "gateway",
    "this gateway, every feature on",
    (
        *(str(TIMEOFF), "serve", "--port", "{port}", "--no-demo"),
        *("--database-url", "{database}"),
    ),
    {"TIMEOFF_MODE": "production", "TIMEOFF_AUTH": "off"},
)
WITH_TOKEN: Final = replace(
    GATEWAY,
    name="gateway-token",
    what="the gateway, which asks who asks, and is told by an API token",
    variables={"TIMEOFF_MODE": "production", "TIMEOFF_AUTH": "required"},
    has_token=True,
)
NAIVE: Final = Peer("naive", "Strawberry, SQLModel, aiosqlite, DataLoader", _python("naive"))
BARE: Final = Peer("bare", "Starlette, fixed SQL, orjson; no GraphQL", _python("bare"))
BARE_AIOSQLITE: Final = Peer(
    "bare-aiosqlite", "the same through aiosqlite", _python("bare"), {"DRIVER": "aiosqlite"}
)
BARE_ALL_ROWS: Final = Peer(
    "bare-all-rows",
    "bare, which writes the rows that the gateway writes, for the change feed and the day table",
    _python("bare"),
    {"ROWS": "all"},
)
MERCURIUS: Final = Peer("mercurius", "Mercurius, graphql-jit, loaders", _NODE)
MERCURIUS_JOINED: Final = Peer(
    "mercurius-joined", "Mercurius, graphql-jit, joined rows", _NODE, {"JOINED": "1"}
)
READ_PEERS: Final = (GATEWAY, WITH_TOKEN, NAIVE, BARE, BARE_AIOSQLITE, MERCURIUS, MERCURIUS_JOINED)
WRITE_PEERS: Final = (GATEWAY, WITH_TOKEN, NAIVE, BARE, BARE_ALL_ROWS, MERCURIUS)
"""Mercurius writes alike with loaders and without."""


def timeoff(*arguments: str) -> str:
    """Run one of the gateway's commands, and return what it prints."""
    ended = subprocess.run(
        [TIMEOFF, *arguments], env=clean_environment(), capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"timeoff {' '.join(arguments)} failed:\n{ended.stderr}")
    return ended.stdout


def clean_environment() -> dict[str, str]:
    """Return the environment without settings of the gateway."""
    return {name: text for name, text in os.environ.items() if "TIMEOFF_" not in name}


def new_token(url: str) -> str:
    """Return a new API token that may do everything."""
    return timeoff("token", "create", "bench", "--role", "admin", "--database-url", url).strip()


class Server:
    """A running peer on a port of its own."""

    def __init__(
        self, peer: Peer, port: int, database: str, log: IO[str], cores: str, **variables: str
    ) -> None:
        self.peer = peer
        self.port = port
        self.backend: int | None = None
        """The main process of the database server, where there is one."""
        self._log = log
        is_gateway = peer.command == GATEWAY.command
        url = f"sqlite:///{database}" if is_gateway and "://" not in database else database
        filled = (part.format(port=port, database=url) for part in peer.command)
        clean = clean_environment()
        self.token = new_token(url) if peer.has_token else None
        ours = {"PORT": str(port), "DATABASE": database, "NODE_ENV": "production"}
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            ["taskset", "--cpu-list", cores, *filled],
            env=clean | ours | dict(peer.variables) | variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )

    def wait_until_ready(self) -> float:
        """Return how many seconds it took to its first answer."""
        while time.monotonic() < self.started + START_SECONDS and self.process.poll() is None:
            try:
                self.ask(TYPENAME)
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)
            else:
                return time.monotonic() - self.started
        raise DidNotStart(f"{self.peer.name} did not start:\n{self.log()}")

    def log(self) -> str:
        """Return the end of what it has written."""
        return Path(self._log.name).read_text(errors="replace")[-2000:]

    def ask(self, body: str) -> Any:  # noqa: ANN401 - JSON
        """Return the answer to one request."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("POST", "/graphql", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        if answer.status != http.client.OK:
            said = f"answered {answer.status}: {content.decode(errors='replace')[:500]}"
            raise WrongAnswers(f"{self.peer.name} {said}\n{self.log()}")
        return json.loads(content)

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its processes since they started."""
        return cpu_seconds(self.process.pid)

    def backend_seconds(self) -> float:
        """Return the CPU time of the database server's processes since they started."""
        return cpu_seconds(self.backend) if self.backend else 0.0

    def memory_mb(self, kind: str) -> float:
        """Return the memory of all its processes: ``Rss`` is resident, ``Pss`` its share of it."""
        return sum(_rolled_up(pid, kind) for pid in _family(self.process.pid)) / 1000

    def wait_until_idle(self) -> None:
        """Wait until it has finished the requests that the load has abandoned."""
        before = self.cpu_seconds()
        for _ in range(500):
            time.sleep(0.06)
            after = self.cpu_seconds()
            if after - before < 1.5 / TICKS_A_SECOND:
                return
            before = after

    def stop(self) -> None:
        """End it, in order."""
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(
    peer: Peer, port: int, database: str, logs: Path, *, cores: str = SERVER_CORE, **variables: str
) -> Iterator[Server]:
    """Run a peer until the block is left."""
    with (logs / f"{port}.log").open("w") as log:
        server = Server(peer, port, database, log, cores, **variables)
        try:
            server.wait_until_ready()
            yield server
        finally:
            server.stop()


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process and all below it have taken."""
    return sum(map(_ticks, _family(pid))) / TICKS_A_SECOND


def _family(pid: int) -> Iterator[int]:
    """Yield a process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # a thread that has just ended
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def _ticks(pid: int) -> int:
    """Return the user and system time of a process, and of its children that have ended."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended: its parent has its time
        return 0
    return sum(int(ticks) for ticks in after_name[11:15])


def _rolled_up(pid: int, kind: str) -> int:
    """Return the kB of the kind that the kernel adds up over all mappings."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1])
    raise LookupError(kind)
