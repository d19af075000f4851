"""PostgreSQL on several nodes: streaming replication, failover by Patroni and etcd.

All on one machine and on its loopback only: for tests, for measurements, and for people who want
to see a failover. No process outlives the one that has started it.
"""

import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Self
from urllib.error import HTTPError

from tests.cluster.configuration import Durability, Ports, etcd_arguments, patroni_settings
from tests.cluster.nodes import Node
from tests.in_memory import new_folder
from tests.postgres import end_with_parent, programs

PACKAGES: Final = {"patroni": "patroni", "etcd": "etcd-server"}
"""The programs, and Debian's packages that have them. PostgreSQL is that of the tests' wheel."""

START_SECONDS: Final = 180.0
STOP_SECONDS: Final = 30.0
PORTS: Final = range(15_000, 32_000)
"""Below those that systems give to whoever connects: a node that is away finds its port free."""

NODES: Final = 3
KEPT: Final = "cluster.json"
"""The file with the ports and the passwords of a cluster, in its folder."""

ROLES: Final = ("postgres", "replicator", "timeoff")

MAKE_DATABASE: Final = r"""
SELECT format('CREATE ROLE timeoff LOGIN PASSWORD %L', :'password')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'timeoff') \gexec
SELECT 'CREATE DATABASE timeoff OWNER timeoff'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'timeoff') \gexec
"""


class MissingProgramsError(Exception):
    """A program is not installed; the message names the packages."""


class ClusterError(Exception):
    """The cluster did not do in time what was asked of it, or its folder is another's."""


@dataclass(frozen=True)
class Member:
    """A node as Patroni tells of it."""

    name: str
    role: str
    state: str


class Cluster:
    """Several nodes and their etcd. Without a folder it has a temporary one, in memory.

    ``is_kept``: its data are wanted again, so that it is ended in order.
    How many there are, is what the folder has already, or else NODES and one etcd. ``say`` is told
    what is being waited for.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        nodes: int | None = None,
        etcd_members: int | None = None,
        durability: Durability | None = None,
        is_kept: bool = False,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        refuse_missing_programs()
        self._is_temporary, self._is_kept = folder is None, is_kept
        self._folder = folder or new_folder()
        self._durability = durability or Durability()
        self._say = say
        # PostgreSQL refuses to run as root; whoever else starts it is good enough.
        self._user = "nobody" if os.geteuid() == 0 else None
        self._etcd_processes: list[subprocess.Popen[bytes]] = []
        self._read_or_choose(nodes, etcd_members)

    @classmethod
    def of(cls, folder: Path) -> Self | None:
        """Return the cluster that somebody has started in a folder, if there is one."""
        return cls(folder) if (folder / KEPT).exists() else None

    def _read_or_choose(self, count: int | None, etcd_members: int | None) -> None:
        """Take ports and passwords from the folder, or choose them, to be kept there."""
        kept = self._folder / KEPT
        chosen = json.loads(kept.read_text()) if kept.exists() else _choose(count, etcd_members)
        there = (len(chosen["nodes"]), len(chosen["etcd"]))
        if (count or there[0], etcd_members or there[1]) != there:
            raise ClusterError(
                f"{self._folder} has a cluster of {there[0]} nodes and {there[1]} of etcd: "
                "ask for as many, or take another folder."
            )
        self._chosen = chosen
        self._passwords: dict[str, str] = chosen["passwords"]
        self._etcd = [Ports(client, peer) for client, peer in chosen["etcd"]]
        self.nodes = [
            Node(f"node{number}", self._folder / f"node{number}", port, api_port)
            for number, (port, api_port) in enumerate(chosen["nodes"], 1)
        ]

    # What there is

    @property
    def url(self) -> str:
        """The address for gateways: all nodes, of which the one that takes writes is used."""
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        password = self._passwords["timeoff"]
        return f"postgresql://timeoff:{password}@{hosts}/timeoff?target_session_attrs=read-write"

    def url_of(self, node: Node, user: str = "timeoff") -> str:
        """Return the address of one node, whatever it is at the time."""
        return f"postgresql://{user}:{self._passwords[user]}@127.0.0.1:{node.port}/timeoff"

    def members(self) -> list[Member]:
        """Return what the first Patroni that answers tells of all nodes; none if none answers."""
        for node in self.nodes:
            with suppress(OSError, ValueError, KeyError):
                return [
                    Member(each["name"], each["role"], each.get("state", "unknown"))
                    for each in json.loads(node.ask("GET", "/cluster"))["members"]
                ]
        return []

    def primary(self) -> Node | None:
        """Return the node that takes writes now."""
        return next((node for node in self.nodes if node.is_primary()), None)

    def is_whole(self) -> bool:
        """Say whether there is a primary and all others follow it, one of them synchronously."""
        members = self.members()
        roles = {each.role for each in members}
        well = [each for each in members if each.state in {"running", "streaming"}]
        wanted = {"leader", "sync_standby"} if self._durability.is_synchronous else {"leader"}
        return len(well) == len(self.nodes) and wanted <= roles

    # What is done

    def start(self) -> None:
        """Start all, and return when there is a database and its standbys follow.

        Whatever fails, nothing of it goes on. To be called, as `start_node`, by a thread that lives
        as long as the cluster: Linux ends the processes with it.
        """
        try:
            self._write_settings()
            self._say("starting etcd")
            for number in range(len(self._etcd)):
                self._etcd_processes.append(self._start_etcd(number))
            self._say("starting Patroni, which starts the primary")
            # At first alone: the others would look only every 10 s whether there is a primary. When
            # there is a folder already, any of them may be what the others wait for.
            first, *others = self.nodes
            is_new = not first.data.exists()
            for node in self.nodes[:1] if is_new else self.nodes:
                self.start_node(node)
            primary = self.wait_for_primary(START_SECONDS)
            primary.ask("PATCH", "/config", self._durability.settings())
            self._make_database(primary)
            self._say("waiting for the standbys, which copy the primary")
            for node in others if is_new else ():
                self.start_node(node)
            self.wait_until_whole()
        except BaseException:
            self.stop()
            raise

    def start_node(self, node: Node) -> None:
        """Start a node, for the first time or again; it finds its place by itself."""
        node.process = self._run(["patroni", node.settings], node.log)

    def wait_for_primary(self, seconds: float, *, other_than: Node | None = None) -> Node:
        """Wait until a node, other than the one of before, takes writes; return that."""
        found: list[Node] = []

        def is_there() -> bool:
            found[:] = [node for node in self.nodes if node is not other_than and node.is_primary()]
            return bool(found)

        self._wait(is_there, "a node becomes the primary", seconds)
        return found[0]

    def wait_until_whole(self, seconds: float = START_SECONDS) -> None:
        """Wait until each node has its place and follows the primary."""
        self._wait(self.is_whole, "all nodes follow the primary", seconds)

    def switch_over(self) -> Node:
        """Have the primary hand its place to the synchronous standby; return who has it now."""
        before = self.wait_for_primary(START_SECONDS)

        def is_agreed() -> bool:
            # Patroni answers when it is done. It refuses while no standby is synchronous.
            wish = {"leader": before.name}
            with suppress(HTTPError):
                before.ask("POST", "/switchover", wish, seconds=START_SECONDS)
                return True
            return False

        self._wait(is_agreed, "a standby can take the primary's place", START_SECONDS)
        return self.wait_for_primary(START_SECONDS, other_than=before)

    def stop(self) -> None:
        """End all of it: in order where its data are kept, at once where they go away."""
        if self._is_kept:
            self._end_in_order()
        for node in self.nodes:
            node.go_on()
            node.kill()
        for process in self._etcd_processes:
            process.terminate()
            process.wait()
        self._etcd_processes.clear()
        if self._is_temporary:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _end_in_order(self) -> None:
        # The standbys first, so that none of them becomes the primary for a moment.
        nodes = [node for node in self.nodes if node.process and node.process.poll() is None]
        nodes.sort(key=Node.is_primary)
        for node in nodes:
            assert node.process is not None
            node.go_on()
            node.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                node.process.wait(timeout=STOP_SECONDS)

    # The pieces

    def _write_settings(self) -> None:
        self._refuse_closed_folder()
        binaries = self._programs()
        for node in self.nodes:
            node.folder.mkdir(mode=0o700, exist_ok=True)
            settings = patroni_settings(
                node, self._etcd, binaries, self._passwords, self._durability
            )
            node.settings.touch(mode=0o600)
            node.settings.write_text(json.dumps(settings, indent=2))
            self._give(node.folder, node.settings)
        for number in range(len(self._etcd)):
            folder = self._folder / f"etcd{number}"
            folder.mkdir(mode=0o700, exist_ok=True)
            self._give(folder)
        kept = self._folder / KEPT
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(self._chosen))

    def _refuse_closed_folder(self) -> None:
        if self._user is None:
            return
        enter = subprocess.run(["test", "-x", self._folder], user=self._user, check=False, cwd="/")
        if enter.returncode:
            raise ClusterError(
                f"As root, PostgreSQL runs as the user {self._user}, who may not enter "
                f"{self._folder}: name a folder that everybody may, such as one in /var/tmp."
            )

    def _programs(self) -> Path:
        if self._user is None:
            return programs(None)
        there = list((self._folder / "programs").glob("*/*/bin"))
        return there[0] if there else programs(self._folder / "programs")

    def _give(self, *paths: Path) -> None:
        for path in paths:
            if self._user:
                shutil.chown(path, self._user)

    def _start_etcd(self, number: int) -> subprocess.Popen[bytes]:
        arguments = etcd_arguments(number, self._etcd, self._folder)
        return self._run(["etcd", *arguments], self._folder / f"etcd{number}.log")

    def _run(self, command: list[str | Path], log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as file:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                # Patroni is a program of the system's Python: nothing of ours is its business.
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self._folder)},
                user=self._user,
                cwd=self._folder,
                start_new_session=True,  # Ctrl-C is for us, who then stop it in order
                preexec_fn=partial(end_with_parent, signal.SIGTERM),  # noqa: PLW1509 - no threads
            )

    def _make_database(self, primary: Node) -> None:
        binaries = self._programs()
        subprocess.run(
            [
                *(binaries / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"),
                f"--set=password={self._passwords['timeoff']}",
                self.url_of(primary, "postgres").removesuffix("timeoff") + "postgres",
            ],
            input=MAKE_DATABASE,
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _wait(self, holds: Callable[[], bool], what: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise ClusterError(f"After {seconds:.0f} s it is not so that {what}.{self._logs()}")
            self._refuse_dead_etcd()
            time.sleep(0.1)

    def _refuse_dead_etcd(self) -> None:
        if any(process.poll() is not None for process in self._etcd_processes):
            raise ClusterError(f"etcd has ended by itself.{self._logs()}")

    def _logs(self) -> str:
        texts = []
        for log in sorted({*self._folder.glob("*/log"), *self._folder.glob("*.log")}):
            lines = log.read_text(errors="replace").splitlines()[-12:]
            texts.append("\n".join((f"\n\nThe end of {log}:", *lines)))
        return "".join(texts)


def refuse_missing_programs() -> None:
    """Raise MissingProgramsError with the packages that are to be installed."""
    missing = [package for name, package in PACKAGES.items() if shutil.which(name) is None]
    if missing:
        raise MissingProgramsError(
            "A cluster needs programs that are not installed. On Debian and Ubuntu: "
            f"apt-get install --no-install-recommends {' '.join(missing)}"
        )


def _choose(count: int | None, etcd_members: int | None) -> dict[str, Any]:
    count, etcd_members = count or NODES, etcd_members or 1
    ports = free_ports(2 * (count + etcd_members))
    return {
        "nodes": [[ports.pop(), ports.pop()] for _ in range(count)],
        "etcd": [[ports.pop(), ports.pop()] for _ in range(etcd_members)],
        "passwords": {role: secrets.token_hex(16) for role in ROLES},
    }


def free_ports(count: int) -> list[int]:
    """Return so many ports of the loopback on which nobody listens."""
    with ExitStack() as held:
        found: list[int] = []
        for port in random.sample(PORTS, len(PORTS)):
            with suppress(OSError):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
                found.append(port)
            if len(found) == count:
                return found
    raise ClusterError("No ports are free.")
