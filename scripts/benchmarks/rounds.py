"""The rounds: all servers up at once, each visited once a round, in changing order."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from scripts.benchmarks.databases import Databases
from scripts.benchmarks.load import Questions, Visit, visit
from scripts.benchmarks.sameness import compare
from scripts.benchmarks.servers import GATEWAY, Peer, Server, running
from scripts.benchmarks.workloads import Bodies, Workload

FIRST_PORT: Final = 8240
STARTS: Final = 5
FIRST_RATE: Final = 500
"""Of what writes, before any was measured."""

Visits = dict[str, dict[str, list[Visit]]]
"""By workload and peer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: on which data, how often, how long; and where to say how far it is."""

    data: Path
    databases: Databases
    entries: int
    folder: Path
    rounds: int
    is_quick: bool
    say: Callable[[str], None]

    def seconds(self, workload: Workload) -> int:
        """Return how long a visit is."""
        return workload.seconds - self.is_quick


def measure(plan: Plan, peers: Sequence[Peer], workloads: Sequence[Workload]) -> Visits:
    """Return what the peers do.

    Each gets a copy of the data if anything is written; one with a token always does.
    """
    visits: Visits = {workload.name: {} for workload in workloads}
    if not workloads:
        return visits
    with _all_running(plan, peers, copies=workloads[0].writes) as databases:
        questions = {
            workload.name: {
                server: Questions(workload, Bodies(plan.data, server.peer.wording))
                for server in databases
                if server.peer.can_be_asked(workload.name)
            }
            for workload in workloads
        }
        for name, mine in questions.items():
            count = compare(mine, databases)
            plan.say(f"{name}: {count} answers of {len(mine)} servers are the same")
            for server, asked in mine.items():  # to warm it up
                first = visit(server, asked, 1, 0, FIRST_RATE)
                visits[name][server.peer.name] = [first]
        for turn in range(plan.rounds):
            for name, mine in questions.items():
                for server in _in_turn(list(mine), turn):
                    before = visits[name][server.peer.name]
                    asked = mine[server]
                    seconds = plan.seconds(asked.workload)
                    rate = max(each.per_second for each in before)
                    before.append(visit(server, asked, seconds, turn, rate))
            plan.say(f"{', '.join(questions)}: round {turn + 1} of {plan.rounds}")
    return {name: {peer: each[1:] for peer, each in mine.items()} for name, mine in visits.items()}


def start_and_memory(plan: Plan) -> dict[str, float]:
    """Return seconds to the first answer of a gateway, and the memory of its idle worker."""
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(STARTS):
        with (plan.folder / "start.log").open("w") as log:
            server = Server(GATEWAY, FIRST_PORT, str(plan.data), log, "0-1")
            try:
                found["seconds"].append(server.wait_until_ready())
                found["cpu_seconds"].append(server.cpu_seconds())
                server.wait_until_idle()
                found["rss_mb"].append(server.memory_mb("Rss"))
                found["pss_mb"].append(server.memory_mb("Pss"))
            finally:
                server.stop()
    return {name: median(figures) for name, figures in found.items()}


def _in_turn(servers: list[Server], turn: int) -> list[Server]:
    """Return the servers from another one on each time, every second time backwards."""
    place = turn % len(servers)
    order = servers[place:] + servers[:place]
    return order[::-1] if turn % 2 else order


@contextmanager
def _all_running(
    plan: Plan, peers: Sequence[Peer], *, copies: bool
) -> Iterator[Mapping[Server, str]]:
    with ExitStack() as exits:
        databases = {}
        for number, peer in enumerate(peers):
            database = plan.databases.shared
            if copies or peer.has_token:
                database = exits.enter_context(plan.databases.copy(peer.name))
            server = exits.enter_context(running(peer, FIRST_PORT + number, database, plan.folder))
            server.backend = plan.databases.backend
            databases[server] = database
        yield databases
