"""What was found, as tables: medians, ratios, goals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from scripts.benchmarks.load import Visit
from scripts.benchmarks.postgraphile import POSTGRAPHILE
from scripts.benchmarks.servers import (
    BARE,
    BARE_AIOSQLITE,
    BARE_ALL_ROWS,
    GATEWAY,
    MERCURIUS,
    MERCURIUS_JOINED,
    NAIVE,
    WITH_TOKEN,
)
from scripts.benchmarks.workloads import DURABLE_WRITERS, WORKLOADS

COLUMNS: Final = {
    WITH_TOKEN.name: "of with a token",
    NAIVE.name: "x naive",
    BARE.name: "of bare",
    MERCURIUS.name: "x Mercurius",
    MERCURIUS_JOINED.name: "x Mercurius, joined",
    POSTGRAPHILE.name: "x PostGraphile",
    BARE_AIOSQLITE.name: "of bare, aiosqlite",
    BARE_ALL_ROWS.name: "of bare, all rows",
}
IN_PERCENT: Final = {WITH_TOKEN.name, BARE.name, BARE_AIOSQLITE.name, BARE_ALL_ROWS.name}

OF_BARE: Final = 1 / 1.3
"""A schedule costs at most 1.3 times what it costs without GraphQL."""

Goals = Mapping[tuple[str, str], tuple[float, float | None]]
"""At least, and the aim, of the gateway's speed over the peer's, by workload and peer."""

GOALS: Final[Goals] = {
    ("W1", NAIVE.name): (40, 60),
    ("W1", BARE.name): (0.85, 1.15),
    ("W1", MERCURIUS.name): (2.0, None),
    ("W1", MERCURIUS_JOINED.name): (1.3, 1.9),
    ("W2", NAIVE.name): (28, 38),
    ("W2", BARE.name): (0.78, 0.97),
    ("W2", MERCURIUS.name): (1.3, None),
    ("W2", MERCURIUS_JOINED.name): (1.2, 1.5),
    ("W5", NAIVE.name): (12, 20),
    ("W5", BARE.name): (0.85, None),
    ("W5", MERCURIUS.name): (0.85, 1.3),
    ("W6", NAIVE.name): (33, 60),
    ("W6", BARE.name): (0.80, 1.4),
    ("W6", MERCURIUS.name): (1.75, None),
    ("W6", MERCURIUS_JOINED.name): (1.0, 1.7),
    ("W7", BARE.name): (OF_BARE, None),
    ("W7", MERCURIUS.name): (1.0, None),
    ("W7", MERCURIUS_JOINED.name): (1.0, None),
    ("W8", BARE.name): (OF_BARE, None),
    ("W8", MERCURIUS.name): (1.0, None),
    ("W8", MERCURIUS_JOINED.name): (1.0, None),
    ("W3", BARE.name): (0.80, None),
    ("W3", MERCURIUS.name): (1.0, 1.2),
    ("W4", NAIVE.name): (13, None),
    ("W4", BARE.name): (0.80, None),
    ("W4", MERCURIUS.name): (1.15, None),
    (DURABLE_WRITERS, MERCURIUS.name): (1.5, None),
}

_AHEAD: Final = (1.0, None)
POSTGRESQL_GOALS: Final[Goals] = {
    **{(each, peer.name): _AHEAD for each in WORKLOADS for peer in (NAIVE, POSTGRAPHILE)},
    **{
        (each, peer.name): _AHEAD
        for each in ("W1", "W2", "W6", "W7")
        for peer in (MERCURIUS, MERCURIUS_JOINED)
    },
}
POSTGRESQL_MS: Final = (
    ("W1", "the backend's share", "backend_ms", 0.45),
    ("W3", "its own share", "cpu_ms", 4.5),
    ("W3", "the backend's share", "backend_ms", 5.0),
)
"""What an answer of the gateway may take at most, of whom."""

AT_MOST: Final[Mapping[str, float]] = {WITH_TOKEN.name: 1.03}
"""What a peer may cost, of the gateway's cost: in every workload."""

IDLE_MB: Final = 120
START_SECONDS: Final = 1.5

Visits = Mapping[str, Mapping[str, Sequence[Visit]]]
"""By workload and peer."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """The gateway beside one peer, in one workload."""

    workload: str
    peer: str
    value: float
    goals: Goals

    @property
    def goal(self) -> tuple[float, float | None] | None:
        """At least, and the aim; at most, for the peers of AT_MOST."""
        if self.peer in AT_MOST:
            return AT_MOST[self.peer], None
        return self.goals.get((self.workload, self.peer))

    @property
    def verdict(self) -> str:
        """Whether the goal is met; nothing where there is none."""
        if self.goal is None:
            return ""
        least, aim = self.goal
        if self.peer in AT_MOST:
            return "met" if self.value <= AT_MOST[self.peer] else "not met"
        if self.value < least:
            return "not met"
        return "aim met" if aim and self.value >= aim else "met"

    def __str__(self) -> str:
        goal = f" ({self._text(self.goal[0])}: {self.verdict})" if self.goal else ""
        return self._text(self.value) + goal

    def _text(self, value: float) -> str:
        return f"{value:.0%}" if self.peer in IN_PERCENT else f"{value:.3g}"


def median_of(visits: Sequence[Visit], figure: str) -> float:
    """Return the median of one figure over the rounds."""
    return float(median(getattr(visit, figure) for visit in visits))


def ratios(visits: Visits, goals: Goals = GOALS, figure: str = "total_ms") -> Iterator[Ratio]:
    """Yield how many times as fast the gateway is: by CPU, and what waits for a disk by requests/s.

    It is the median of the rounds' ratios: a machine that is slower for a minute is slower for
    all servers of that round.
    """
    for workload, of_peer in visits.items():
        ours = of_peer.get(GATEWAY.name, [])
        for peer, theirs in of_peer.items():
            if peer != GATEWAY.name and ours:
                rounds = zip(ours, theirs, strict=True)
                value = float(median(_times_as_fast(workload, figure, *each) for each in rounds))
                yield Ratio(workload, peer, value, goals)


def _times_as_fast(workload: str, figure: str, ours: Visit, theirs: Visit) -> float:
    if workload == DURABLE_WRITERS and not ours.backend_ms:
        return ours.per_second / theirs.per_second
    return float(getattr(theirs, figure) / getattr(ours, figure))


def idle_worker(idle: Mapping[str, float] | None) -> Iterator[str]:
    """Yield how much memory an idle worker has, and how soon it answers."""
    if idle:
        seconds, rss, cpu = idle["seconds"], idle["rss_mb"], idle["cpu_seconds"]
        memory = f"{rss:.0f} MB resident, {idle['pss_mb']:.0f} MB of it its own"
        yield f"One idle worker: {memory} ({met(rss, IDLE_MB, 'MB')})"
        goal = met(seconds, START_SECONDS, "s")
        yield f"First answer after {seconds:.2f} s, {cpu:.2f} s of them on a core ({goal})"


def met(value: float, goal: float, unit: str = "") -> str:
    """Say whether a figure stays under its goal."""
    return f"goal: under {goal:g}{unit and f' {unit}'}, {'met' if value < goal else 'not met'}"


def figures(visits: Visits) -> Iterator[str]:
    """Yield the medians of each server."""
    for workload, of_peer in visits.items():
        about = WORKLOADS[workload]
        has_backend = any(visit.backend_ms for mine in of_peer.values() for visit in mine)
        backend = f"{'backend ms':>12}" if has_backend else ""
        rest = f"{'1/CPU':>9}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}"
        yield f"\n{workload}: {about.what}, {about.connections} connections"
        yield f"  {'':18}{'CPU ms':>9}{backend}{rest}"
        for peer, mine in of_peer.items():
            total = median_of(mine, "total_ms")
            share = f"{median_of(mine, 'backend_ms'):>12.3f}" if has_backend else ""
            rest = "{:>9.0f}{:>12.0f}{:>9.2f}{:>9.2f}".format(
                1000 / max(total, 1e-9),
                *(median_of(mine, each) for each in ("per_second", "p50_ms", "p99_ms")),
            )
            yield f"  {peer:18}{median_of(mine, 'cpu_ms'):>9.3f}{share}{rest}"


def on_postgresql(visits: Visits) -> Iterator[str]:
    """Yield what the gateway's answers take of whom, and its speed over each peer's."""
    yield ""
    for workload, whose, figure, most in POSTGRESQL_MS:
        if mine := visits.get(workload, {}).get(GATEWAY.name):
            value = median_of(mine, figure)
            goal = met(value, most, "ms")
            yield f"{workload}, the gateway: {whose} is {value:.3f} ms ({goal})"
    title = "The gateway's speed over each peer's, by the CPU of server and backend (goal)"
    yield from comparison(visits, POSTGRESQL_GOALS, title=title)
    title = "The same by the CPU of the server alone"
    yield from comparison(visits, {}, "cpu_ms", title)


def comparison(
    visits: Visits,
    goals: Goals = GOALS,
    figure: str = "total_ms",
    title: str = "The gateway's speed over each peer's (goal)",
) -> Iterator[str]:
    """Yield the gateway's speed over each peer's, with the goals."""
    found = {(each.workload, each.peer): each for each in ratios(visits, goals, figure)}
    peers = [peer for peer in COLUMNS if any(peer == key[1] for key in found)]
    if not peers:
        return
    yield f"\n{title}"
    rows = [["", *(COLUMNS[peer] for peer in peers)]]
    rows += [
        [workload, *(str(found.get((workload, peer), "")) for peer in peers)] for workload in visits
    ]
    yield from _aligned(rows)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()


def to_json(visits: Visits, goals: Goals = GOALS) -> dict[str, Any]:
    """Return medians and ratios for a file."""
    return {
        "medians": {
            workload: {
                peer: {
                    figure: median_of(mine, figure)
                    for figure in ("cpu_ms", "backend_ms", "per_second", "p50_ms", "p99_ms")
                }
                for peer, mine in of_peer.items()
            }
            for workload, of_peer in visits.items()
        },
        "ratios": [
            {
                "workload": each.workload,
                "peer": each.peer,
                "ratio": each.value,
                "goal": each.goal and each.goal[0],
                "verdict": each.verdict,
            }
            for each in ratios(visits, goals)
        ],
    }
