"""Measures the gateway beside its peers. See scripts/bench."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

from scripts.benchmarks import docs, plot, report, rounds, scale
from scripts.benchmarks.data import FOLDER, data_file
from scripts.benchmarks.databases import Files, Postgres
from scripts.benchmarks.postgraphile import POSTGRESQL_READERS, POSTGRESQL_WRITERS
from scripts.benchmarks.rounds import Plan
from scripts.benchmarks.servers import READ_PEERS, WRITE_PEERS, DidNotStart, Peer, WrongAnswers
from scripts.benchmarks.workloads import WORKLOADS

ENTRIES: Final = 1_000_000
QUICK_ENTRIES: Final = 100_000
ROUNDS: Final = 5
QUICK_ROUNDS: Final = 2


def main() -> None:
    """Measure what the options ask for, print it, and keep it in files."""
    options = _options()
    try:
        with _plan(options) as plan:
            if options.scale:
                _scale(plan, options.sizes or scale.SIZES, keep=options.docs)
            elif options.postgresql:
                _compare_on_postgresql(plan, options)
            else:
                _compare(plan, options)
    except (WrongAnswers, DidNotStart) as wrong:
        sys.exit(f"scripts/bench: {wrong}")


def _scale(plan: Plan, sizes: Sequence[int], *, keep: bool) -> None:
    lines = _printed(chain(scale.flatness(plan, sizes), scale.workers_on_postgresql(plan)))
    if keep:
        docs.show(docs.SCALE, "scripts/bench --scale", lines)


def _compare(plan: Plan, options: argparse.Namespace) -> None:
    idle = None if options.only else rounds.start_and_memory(plan)
    lines = _printed(report.idle_worker(idle))
    visits, figures = _measured(plan, options, READ_PEERS, WRITE_PEERS)
    lines += figures + _printed(report.comparison(visits))
    _keep_json(options, {"entries": plan.entries, "idle": idle, **report.to_json(visits)})
    if options.docs:
        docs.show(docs.COMPARISON, "scripts/bench", lines)
        options.plot = options.plot or docs.PICTURE
    if options.plot:
        options.plot.parent.mkdir(parents=True, exist_ok=True)
        options.plot.write_text(plot.svg(visits))


def _compare_on_postgresql(plan: Plan, options: argparse.Namespace) -> None:
    plan.say("PostgreSQL gets the same data")
    databases = Postgres(plan.entries)
    try:
        on_it = replace(plan, databases=databases)
        visits, lines = _measured(on_it, options, POSTGRESQL_READERS, POSTGRESQL_WRITERS)
    finally:
        databases.stop()
    lines += _printed(report.on_postgresql(visits))
    found = report.to_json(visits, report.POSTGRESQL_GOALS)
    _keep_json(options, {"entries": plan.entries, **found})
    if options.docs:
        docs.show(docs.COMPARISON, "scripts/bench --postgresql", lines)


def _measured(
    plan: Plan, options: argparse.Namespace, readers: Sequence[Peer], writers: Sequence[Peer]
) -> tuple[rounds.Visits, list[str]]:
    """Return what the chosen peers do, and what was printed of it."""
    chosen = [WORKLOADS[name] for name in options.only or WORKLOADS]
    visits: rounds.Visits = {}
    lines: list[str] = []
    for peers, writes in ((readers, False), (writers, True)):
        workloads = [each for each in chosen if each.writes is writes]
        if workloads:
            found = rounds.measure(plan, _named(peers, options.peers), workloads)
            lines += _printed(report.figures(found))
            visits |= found
    return visits, lines


def _keep_json(options: argparse.Namespace, medians: dict[str, Any]) -> None:
    if options.json:
        options.json.write_text(json.dumps(medians, indent=2) + "\n")


def _printed(lines: Iterable[str]) -> list[str]:
    """Print the lines as they come, and return them."""
    printed = []
    for line in lines:
        print(line, flush=True)
        printed.append(line)
    return printed


@contextmanager
def _plan(options: argparse.Namespace) -> Iterator[Plan]:
    started = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {what}", file=sys.stderr, flush=True)

    entries = options.entries or (QUICK_ENTRIES if options.quick else ENTRIES)
    turns = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    say(f"{entries:,} entries, {turns} rounds")
    data = data_file(entries, say)
    with tempfile.TemporaryDirectory(prefix="run-", dir=FOLDER) as folder:
        files = Files(data, Path(folder))
        yield Plan(data, files, entries, Path(folder), turns, options.quick, say)


def _named(peers: Sequence[Peer], names: Sequence[str] | None) -> list[Peer]:
    return [peer for peer in peers if names is None or peer.name in names]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    known = (*READ_PEERS, *WRITE_PEERS, *POSTGRESQL_READERS, *POSTGRESQL_WRITERS)
    peers = sorted({peer.name for peer in known})
    add = parser.add_argument
    add("--quick", action="store_true", help="100,000 entries, two short rounds: some 5 minutes")
    add("--scale", action="store_true", help="many sizes, and workers over PostgreSQL, instead")
    add("--postgresql", action="store_true", help="on one PostgreSQL, and PostGraphile as well")
    add("--sizes", type=_numbers, metavar="N,N", help="entries of the companies of --scale")
    add("--only", type=_some_of(WORKLOADS), metavar="W1,W5", help=f"of {', '.join(WORKLOADS)}")
    add("--peers", type=_some_of(peers), metavar="A,B", help=f"of {', '.join(peers)}")
    add("--entries", type=int, help=f"of the company (default: {ENTRIES:,})")
    add("--rounds", type=int, help=f"visits of each server (default: {ROUNDS})")
    add("--json", type=Path, metavar="FILE", help="write medians, ratios and goals")
    add("--docs", action="store_true", help="put the output and the picture into docs/")
    add("--plot", type=Path, metavar="FILE", help="write a picture, as SVG")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _some_of(known: Collection[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        names = text.split(",")
        if unknown := sorted(set(names) - set(known)):
            msg = f"{', '.join(unknown)}: not among {', '.join(known)}"
            raise argparse.ArgumentTypeError(msg)
        return names

    return read


if __name__ == "__main__":
    main()
