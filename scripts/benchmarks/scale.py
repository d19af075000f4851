"""What size costs: hot reads in companies of many sizes, and workers over one PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from statistics import median
from typing import Final

from scripts.benchmarks.data import data_file, seed
from scripts.benchmarks.load import Questions, Visit, visit
from scripts.benchmarks.report import median_of, met
from scripts.benchmarks.rounds import FIRST_PORT, FIRST_RATE, Plan
from scripts.benchmarks.servers import GATEWAY, Server, cpu_seconds, running
from scripts.benchmarks.workloads import SCALE_WORKLOADS, WORKLOADS, Bodies, Workload
from tests.postgres import PostgresServer

SIZES: Final = (10_000, 100_000, 1_000_000, 10_000_000)
GOALS: Final = {"W1": (100_000, 2.0), "off": (10_000, 1.5)}
"""The largest company takes at most so many times what one of this size takes."""

WORKERS: Final = (1, 2)
"""What two do is told beside one: what an answer costs is for `scripts/bench --postgresql`."""

BOTH_CORES: Final = "0-1"


def flatness(plan: Plan, sizes: Sequence[int]) -> Iterator[str]:
    """Yield a table: CPU time of one answer, by how much there is around it."""
    found = _by_size(plan, sizes)
    yield "\nCPU ms of an answer, by the entries of the company (SQLite)"
    yield f"  {'':36}" + "".join(f"{size:>12,}" for size in sizes)
    for name, of_size in found.items():
        what = SCALE_WORKLOADS[name].what
        figures = {size: median_of(visits, "cpu_ms") for size, visits in of_size.items()}
        row = "".join(f"{figure:>12.3f}" for figure in figures.values())
        yield f"  {what:36}{row}{_flat(name, figures)}"


def _flat(name: str, figures: dict[int, float]) -> str:
    base, most = GOALS.get(name, (None, 0))
    if base not in figures or base == max(figures):
        return ""
    ratio = figures[max(figures)] / figures[base]
    return f"   {ratio:.2f} times that of {base:,} ({met(ratio, most)})"


def _by_size(plan: Plan, sizes: Sequence[int]) -> dict[str, dict[int, list[Visit]]]:
    found: dict[str, dict[int, list[Visit]]] = {
        name: {size: [] for size in sizes} for name in SCALE_WORKLOADS
    }
    with ExitStack() as exits:
        questions: dict[int, tuple[Server, Bodies]] = {}
        for number, size in enumerate(sizes):
            path = data_file(size, plan.say)
            started = running(GATEWAY, FIRST_PORT + number, str(path), plan.folder)
            questions[size] = exits.enter_context(started), Bodies(path)
        for name, workload in SCALE_WORKLOADS.items():
            asked = {size: Questions(workload, bodies) for size, (_, bodies) in questions.items()}
            for size, (server, _) in questions.items():
                visit(server, asked[size], 1, 0, 0)
            for turn in range(plan.rounds):
                for size in sizes[::-1] if turn % 2 else sizes:
                    server = questions[size][0]
                    seconds = plan.seconds(workload)
                    found[name][size].append(visit(server, asked[size], seconds, turn, 0))
            plan.say(f"{name}: asked in {len(sizes)} companies")
    return found


def workers_on_postgresql(plan: Plan) -> Iterator[str]:
    """Yield a table: what two workers answer, and what an answer takes, as times one's."""
    postgresql = PostgresServer()
    try:
        url = postgresql.url.render_as_string(hide_password=False)
        seed(url, plan.entries)
        plan.say("PostgreSQL has the same data")
        how = f"{plan.entries:,} entries; all share two cores"
        yield f"\nTwo workers beside one over PostgreSQL, {how}"
        titles = ("requests/s", "CPU, gateway", "CPU, PostgreSQL")
        yield f"  {'':26}" + "".join(f"{title:>20}" for title in titles)
        with ExitStack() as exits:
            servers = {
                workers: exits.enter_context(
                    running(
                        GATEWAY,
                        FIRST_PORT + workers,
                        url,
                        plan.folder,
                        cores=BOTH_CORES,
                        TIMEOFF_WORKERS=str(workers),
                    )
                )
                for workers in WORKERS
            }
            for name in ("W1", "W2", "W3", "W4"):
                found = _throughputs(plan, servers, WORKLOADS[name], postgresql.pid)
                one, two = (found[workers] for workers in WORKERS)
                yield beside_one(WORKLOADS[name].what, one, two)
    finally:
        postgresql.stop()


def beside_one(what: str, one: Sequence[float], two: Sequence[float]) -> str:
    """Return the row of a workload: each figure of two workers as times that of one."""
    times = (b / a if a else 0 for a, b in zip(one, two, strict=True))
    return f"  {what:26}" + "".join(f"{f'{each:.2f} x':>20}" for each in times)


def _throughputs(
    plan: Plan, servers: dict[int, Server], workload: Workload, database_pid: int
) -> dict[int, tuple[float, float, float]]:
    """Return requests/s, and CPU ms of the gateway and of the database, by workers."""
    asked = Questions(workload, Bodies(plan.data))
    found: dict[int, list[tuple[float, float, float]]] = {workers: [] for workers in servers}
    rates = dict.fromkeys(servers, float(FIRST_RATE))
    for turn in range(-1, plan.rounds):
        for workers, server in servers.items():
            before = cpu_seconds(database_pid)
            seconds = plan.seconds(workload)
            done = visit(server, asked, seconds, max(turn, 0), rates[workers])
            rates[workers] = max(rates[workers], done.per_second)
            database_ms = (cpu_seconds(database_pid) - before) * 1000 / max(1, done.requests)
            if turn >= 0:  # the first warms up
                found[workers].append((done.per_second, done.cpu_ms, database_ms))
    plan.say(f"{workload.name}: asked of PostgreSQL")
    return {
        workers: (
            median(a for a, _, _ in mine),
            median(b for _, b, _ in mine),
            median(c for _, _, c in mine),
        )
        for workers, mine in found.items()
    }
