"""Measures `schedule` in a small and in a large company. See scripts/measure-schedule.

Both have 100 entries a user over two years and a weekly record of Procore for every second
one, so that a page of 50 workers has as much to show in both: what differs is how much is
around it. The two take turns, so that a busy machine is busy for both.
"""

import argparse
import asyncio
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.db.database import Database
from app.db.migrate import upgrade
from app.domain.days import DaySpan
from app.domain.filters import WorkerFilter
from app.domain.paging import PageRequest
from app.main import build_services
from app.services.caller import LOCAL
from app.services.schedule import BY_NAME, ScheduleService
from graphql_schema.context import Context
from graphql_schema.schema import schema

AT_MOST: Final = 1.5
WORKERS: Final = 50
DAYS: Final = 31
ENTRIES_OF_A_USER: Final = 100
COMPANY: Final = "00000000-0000-4000-8000-000000000000"
FIRST_DAY: Final = date(2025, 1, 6)
ALL_DAYS: Final = 730
AT: Final = "2025-01-01 00:00:00.000000"
HOUR: Final = 3600
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
    with tempfile.TemporaryDirectory(prefix="measure-schedule-") as folder:
        sizes = (options.small, options.large)
        paths = [Path(folder) / f"{size}.db" for size in sizes]
        for path, size in zip(paths, sizes, strict=True):
            started = time.monotonic()
            _build(path, size)
            print(f"{size:>9,} entries built in {time.monotonic() - started:.0f} s", flush=True)
        ratios = asyncio.run(_measure(paths, sizes, options.rounds))
    if max(ratios) > AT_MOST:
        sys.exit(f"scripts/measure-schedule: {max(ratios):.2f} is above {AT_MOST}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/measure-schedule")
    parser.add_argument("--small", type=int, default=10_000, help="entries of the small company")
    parser.add_argument("--large", type=int, default=1_000_000, help="entries of the large one")
    parser.add_argument("--rounds", type=int, default=60, help="measurements of each")
    return parser.parse_args()


# Building, with the real tables and indexes but without the services: these take hours.


def _build(path: Path, entries: int) -> None:
    upgrade(f"sqlite+aiosqlite:///{path}")
    users = entries // ENTRIES_OF_A_USER
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        database.execute(
            "INSERT INTO companies (id, name, name_key) VALUES (?, 'Measured', 'measured')",
            [COMPANY],
        )
        _put(database, "users", "id, full_name, name_key, email_key", _users(users))
        people = "id, first_name, last_name, name_key, email_key, status"
        _put(database, "people", people, _people(users))
        _put(database, "workers", "id, user_id, person_id, full_name, name_key", _workers(users))
        _put(
            database,
            "time_off_entries",
            "id, user_id, requested_date, submission_date, seconds, created_at, updated_at",
            _entries(users),
        )
        _put(
            database,
            "external_references",
            "id, entry_id, service_name, service_model, service_model_ref, locked, "
            "brought_seconds, created_at, updated_at",
            _references(users),
        )
        _put(
            database,
            "person_time_offs",
            "id, person_id, first_day, first_span_end, last_day, start_minute, end_minute, "
            "apply_to_saturday, apply_to_sunday, is_paid, reason, repeat, cadence, "
            "repeat_end_day, created_at, updated_at",
            _records(users),
        )
        database.execute(
            "INSERT INTO absence_days (company_id, day, subject, record, seconds) "
            "SELECT company_id, requested_date, 'U' || user_id, CAST(id AS TEXT), seconds "
            "FROM time_off_entries ORDER BY requested_date, user_id"
        )
        _put(
            database,
            "absence_days",
            "day, subject, record, seconds, starts, ends, is_paid",
            _record_days(users),
        )
        database.execute("COMMIT")
        database.execute("ANALYZE")


def _put(
    database: sqlite3.Connection, table: str, columns: str, rows: Iterator[tuple[Any, ...]]
) -> None:
    marks = ", ".join("?" * (columns.count(",") + 1))
    statement = f"INSERT INTO {table} (company_id, {columns}) VALUES ('{COMPANY}', {marks})"  # noqa: S608 - our own names
    database.executemany(statement, rows)


def _name(number: int) -> str:
    return f"name {number * 7919 % 1_000_003:07}"


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def _users(users: int) -> Iterator[tuple[Any, ...]]:
    return ((n, _name(n), _name(n), f"{n}@example.com") for n in range(1, users + 1))


def _people(users: int) -> Iterator[tuple[Any, ...]]:
    return (
        (_uuid(n), "A", _name(n), _name(n), f"{n}@example.com", "ACTIVE")
        for n in range(1, users + 1)
    )


def _workers(users: int) -> Iterator[tuple[Any, ...]]:
    return ((f"U{n}", n, _uuid(n), _name(n), _name(n)) for n in range(1, users + 1))


def _entries(users: int) -> Iterator[tuple[Any, ...]]:
    for n in range(1, users + 1):
        offsets = random.Random(n).sample(range(ALL_DAYS), ENTRIES_OF_A_USER)  # noqa: S311 - no secret
        for place, offset in enumerate(offsets):
            day = str(FIRST_DAY + timedelta(days=offset))
            id_ = n * ENTRIES_OF_A_USER + place
            yield id_, n, day, day, (4 + place % 5) * HOUR, AT, AT


def _references(users: int) -> Iterator[tuple[Any, ...]]:
    """Yield one for every fifth entry."""
    for id_ in range(ENTRIES_OF_A_USER, (users + 1) * ENTRIES_OF_A_USER, 5):
        yield id_, id_, "jira", "Issue", f"HR-{id_}", False, HOUR, AT, AT


def _records(users: int) -> Iterator[tuple[Any, ...]]:
    """Yield a weekly day off for every second person."""
    last = str(FIRST_DAY + timedelta(weeks=ALL_DAYS // 7))
    for n in range(2, users + 1, 2):
        first = str(FIRST_DAY + timedelta(days=n % 5))
        yield (
            _uuid(n), _uuid(n), first, first, last, 480, 720, False, False, True, "training",
            "weekly", 1, last, AT, AT,
        )  # fmt: skip


def _record_days(users: int) -> Iterator[tuple[Any, ...]]:
    for week in range(ALL_DAYS // 7):
        for n in range(2, users + 1, 2):
            day = str(FIRST_DAY + timedelta(days=n % 5, weeks=week))
            yield day, f"P{_uuid(n)}", _uuid(n), 4 * HOUR, 8 * HOUR, 12 * HOUR, True


# Measuring.


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
            answer = await schema.execute(DOCUMENT, variables, context)
            if answer.errors or answer.data is None:
                raise RuntimeError(answer.errors)
            _expect(len(answer.data["schedule"]["nodes"]))
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
        if counts[0] != counts[1]:
            msg = f"{workload}: {counts} statements"
            raise RuntimeError(msg)
        taken = await _in_turns(companies, workload, rounds)
        small, large = (median(each) * 1000 for each in taken)
        ratios.append(large / small)
        figures = f"{small:>7.1f} ms{large:>7.1f} ms{large / small:>8.2f}{counts[0]:>12}"
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
    sent: list[str] = []

    def collect(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", collect)
    try:
        await company.run(workload, seed=-1)
    finally:
        event.remove(Engine, "before_cursor_execute", collect)
    return len(sent)


if __name__ == "__main__":
    main()
