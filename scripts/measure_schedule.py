"""Measures `schedule` in a small and in a large company. See scripts/measure-schedule.

Both are the company of `timeoff seed --profile bench`: 100 entries a user over two years and
a weekly record of Procore for each, so that a page of 50 workers has as much to show in both:
what differs is how much is around it. The two take turns, so that a busy machine is busy for
both.
"""

import argparse
import asyncio
import random
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Final

from app.db.connections.database import Database
from app.domain.days import DaySpan
from app.domain.filters import WorkerFilter
from app.domain.paging import PageRequest
from app.main import build_services
from app.services.caller import LOCAL
from app.services.sample_data.bench import COMPANY, ENTRIES_OF_A_USER, FIRST_DAY
from app.services.sample_data.bench import DAYS as ALL_DAYS
from app.services.schedule import BY_NAME, ScheduleService
from graphql_schema.context import Context
from graphql_schema.http.limits import Limits
from graphql_schema.http.operations import Operations
from graphql_schema.http.parameters import Parameters
from graphql_schema.schema import schema
from scripts.benchmarks.data import data_file
from tests.graphql.api import statements

OPERATIONS: Final = Operations(schema, Limits(), hides_suggestions=False, introspection=False)
AT_MOST: Final = 1.5
WORKERS: Final = 50
DAYS: Final = 31
WORKLOADS: Final = (
    "first page of the company",
    "50 random users",
    "only the absent",
    "GraphQL, first page with records",
)
DOCUMENT: Final = """
query Measure($from: Date!, $to: Date!) {
  schedule(first: 50, from: $from, to: $to) {
    nodes {
      worker { fullName }
      hoursOff availableHours
      days {
        date workdayHours hoursOff availableHours paidHours
        contributions { hours startTime endTime timeOff { sourceId } }
        notes { code }
      }
    }
  }
}
"""


def main() -> None:
    """Build both companies, measure in turns, and say whether it holds."""
    options = _options()
    sizes = (options.small, options.large)
    paths = [data_file(size, print) for size in sizes]
    ratios = asyncio.run(_measure(paths, sizes, options.rounds))
    if max(ratios) > AT_MOST:
        sys.exit(f"scripts/measure-schedule: {max(ratios):.2f} is above {AT_MOST}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/measure-schedule")
    parser.add_argument("--small", type=int, default=10_000, help="entries of the small company")
    parser.add_argument("--large", type=int, default=1_000_000, help="entries of the large one")
    parser.add_argument("--rounds", type=int, default=60, help="measurements of each")
    return parser.parse_args()


@dataclass(frozen=True, slots=True)
class _Company:
    database: Database
    users: int

    async def run(self, workload: str, seed: int) -> None:
        """Answer once; the same seed asks for the same window and users."""
        chosen = random.Random(seed)  # noqa: S311 - no secret
        first = FIRST_DAY + timedelta(days=chosen.randrange(ALL_DAYS - DAYS))
        window = DaySpan(first, first + timedelta(days=DAYS - 1))
        if workload.startswith("GraphQL"):
            context = Context(build_services(self.database), LOCAL)
            variables = {"from": str(window.first), "to": str(window.last)}
            parameters = Parameters(DOCUMENT, variables=variables)
            answer = await OPERATIONS.run(OPERATIONS.prepare(parameters), parameters, context)
            if "errors" in answer:
                raise RuntimeError(answer["errors"])
            _expect(len(answer["data"]["schedule"]["nodes"]))
            return
        wanted = WorkerFilter(company_id=COMPANY)
        if workload == "50 random users":
            users = chosen.sample(range(1, self.users + 1), WORKERS)
            wanted = WorkerFilter(user_ids=users)
        elif workload == "only the absent":
            wanted = WorkerFilter(company_id=COMPANY, only_absent=True)
        service = ScheduleService(self.database)
        page = await service.page(LOCAL, wanted, window, PageRequest(BY_NAME, WORKERS))
        _expect(len(page.items))


def _expect(workers: int) -> None:
    if workers != WORKERS:
        msg = f"{workers} workers instead of {WORKERS}"
        raise RuntimeError(msg)


async def _measure(paths: list[Path], sizes: tuple[int, int], rounds: int) -> list[float]:
    companies = [
        _Company(Database(f"sqlite+aiosqlite:///{path}"), size // ENTRIES_OF_A_USER)
        for path, size in zip(paths, sizes, strict=True)
    ]
    print(f"{'':34}{'small':>10}{'large':>10}{'ratio':>8}{'statements':>12}")
    ratios = []
    for workload in WORKLOADS:
        counts = [await _statements(company, workload) for company in companies]
        # Records are loaded in pieces: the two pages may differ by one.
        if abs(counts[0] - counts[1]) > 1:
            msg = f"{workload}: {counts} statements"
            raise RuntimeError(msg)
        taken = await _in_turns(companies, workload, rounds)
        small, large = (median(each) * 1000 for each in taken)
        ratios.append(large / small)
        figures = f"{small:>7.1f} ms{large:>7.1f} ms{large / small:>8.2f}{max(counts):>12}"
        print(f"{workload:34}{figures}", flush=True)
    for company in companies:
        await company.database.close()
    return ratios


async def _in_turns(companies: list[_Company], workload: str, rounds: int) -> list[list[float]]:
    taken: list[list[float]] = [[] for _ in companies]
    for seed in range(rounds):
        # Who goes first alternates.
        for place in (0, 1) if seed % 2 else (1, 0):
            started = time.perf_counter()
            await companies[place].run(workload, seed)
            taken[place].append(time.perf_counter() - started)
    return taken


async def _statements(company: _Company, workload: str) -> int:
    """Return how many statements an answer takes; it also warms up."""
    with statements() as sent:
        await company.run(workload, seed=-1)
    return len(sent)


if __name__ == "__main__":
    main()
