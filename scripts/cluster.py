"""Runs a cluster of PostgreSQL for people. See scripts/cluster."""

import argparse
import fcntl
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.cluster.cluster import Cluster, ClusterError, MissingProgramsError
from tests.cluster.configuration import TTL_SECONDS, Durability
from tests.cluster.nodes import Node

COMMAND: Final = "scripts/cluster"
LOOK_SECONDS: Final = 1.0
REPAIR_SECONDS: Final = 2.0 * TTL_SECONDS
"""After which a node that was killed is started again, as a machine that was repaired."""


class BadUsageError(Exception):
    """What was asked for cannot be; the message says why."""


def main() -> int:
    """Do what the command line says; return the exit code."""
    options = _options()
    try:
        if options.action == "start":
            _run(options)
        else:
            _act(options.action, _running(options.folder or _usual_folder()))
    except (BadUsageError, ClusterError, MissingProgramsError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=COMMAND)
    actions = ["start", "state", "kill", "switch"]
    parser.add_argument("action", nargs="?", default="start", choices=actions)
    parser.add_argument("--folder", type=Path, help="keep the data there")
    parser.add_argument("--nodes", type=int, choices=range(2, 8), metavar="2-7")
    parser.add_argument("--etcd", type=int, choices=[1, 3], help="how many of etcd")
    parser.add_argument("--strict", action="store_true", help="never write without a standby")
    options = parser.parse_args()
    if options.folder:
        options.folder = options.folder.expanduser().absolute()
    return options


def _usual_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"timeoff-cluster-{os.geteuid()}"


# To run one


def _run(options: argparse.Namespace) -> None:
    """Start a cluster, say what can be done with it, and watch it until Ctrl-C."""
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:4.0f} s  {what}", flush=True)

    # A shell has what it starts in the background ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _folder_of_ours(options.folder) as folder:
        cluster = Cluster(
            folder,
            nodes=options.nodes,
            etcd_members=options.etcd,
            durability=Durability(is_strict=options.strict),
            is_kept=options.folder is not None,
            say=say,
        )
        try:
            cluster.start()
            say("ready")
            _tell(cluster, options)
            _watch(cluster, say)
        finally:
            # A second Ctrl-C would leave some of it running.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            say("stopping")
            cluster.stop()


def _tell(cluster: Cluster, options: argparse.Namespace) -> None:
    where = f" --folder {options.folder}" if options.folder else ""
    print(
        f"""
{_state(cluster)}

A gateway over it, which goes on after each failover:
  timeoff serve --database-url '{cluster.url}'
Which node is what:           {COMMAND} state{where}
To kill the primary:          {COMMAND} kill{where}     (it comes back after {REPAIR_SECONDS:.0f} s)
To have it hand over:         {COMMAND} switch{where}
What the nodes say:           {cluster.nodes[0].log} and so on
To stop all:                  Ctrl-C
""",
        flush=True,
    )


def _watch(cluster: Cluster, say: Callable[[str], None]) -> None:
    """Tell of each change, and start again what was killed, after a while."""
    told = _state(cluster)
    killed: dict[Node, float] = {}
    while True:
        time.sleep(LOOK_SECONDS)
        now = time.monotonic()
        for node in cluster.nodes:
            if node.patroni() is None and now > killed.setdefault(node, now) + REPAIR_SECONDS:
                say(f"{node.name} is started again")
                cluster.start_node(node)
                del killed[node]
        state = _state(cluster)
        if state not in {told, ""}:
            told = state
            say(", ".join(state.splitlines()))


def _state(cluster: Cluster) -> str:
    return "\n".join(f"{each.name}: {each.role}, {each.state}" for each in cluster.members())


# To do something to one that runs


def _running(folder: Path) -> Cluster:
    """Return the cluster that runs in a folder."""
    try:
        cluster = Cluster.of(folder)
    except PermissionError:
        raise BadUsageError(f"The cluster in {folder} is another user's.") from None
    if cluster is None or not cluster.members():
        raise BadUsageError(f"No cluster runs in {folder}: {COMMAND} starts one.")
    return cluster


def _act(action: str, cluster: Cluster) -> None:
    primary = cluster.primary()
    if action == "state":
        print(_state(cluster))
        return
    if primary is None:
        raise BadUsageError("There is no primary at the moment.")
    if action == "kill":
        primary.kill()
        print(f"{primary.name} is killed. Another takes its place within {TTL_SECONDS} s or so.")
    else:
        print(f"{cluster.switch_over().name} is the primary now.")


# Its folder


@contextmanager
def _folder_of_ours(named: Path | None) -> Iterator[Path]:
    """Hold a folder for one cluster: the named one stays, the usual one is a new one each time."""
    folder = named or _usual_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if named is None and folder.stat().st_uid != os.geteuid():
            raise BadUsageError(f"{folder} is another user's: name one with --folder.")
        folder.chmod(0o755)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise BadUsageError(f"{folder}: {error.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadUsageError(
                f"A cluster runs in {folder} already: {COMMAND} state. To have another one, "
                "name a folder with --folder."
            ) from None
        if named is None:
            _empty(folder)
        try:
            yield folder
        finally:
            if named is None:
                _empty(folder)


def _empty(folder: Path) -> None:
    """Remove all but the lock."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != "lock":
            path.unlink()


if __name__ == "__main__":
    sys.exit(main())
