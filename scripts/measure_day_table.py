"""Measures who is off: the day table against the records' spans. See scripts/measure-day-table.

Builds SQLite files with the gateway's own tables, fills them with entries and repeating
records, and asks the same questions of both. Prints a table of medians in microseconds.
"""

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from app.db.migrate import upgrade

Parameters = Callable[[random.Random], tuple[object, ...]]

COMPANY = "a4592b47-42ae-478f-926d-e77a7f768059"
FIRST_DAY = date(2025, 1, 1)
WINDOW_DAYS = 730
ROWS_A_SUBJECT = 100
ENTRIES_SHARE = 0.8
QUESTIONS = 200

WHO_IS_OFF = """
    SELECT day, subject FROM absence_days
    WHERE company_id = ? AND day BETWEEN ? AND ? ORDER BY day, subject LIMIT 100
"""
WHO_IS_OFF_BY_SPANS = """
    SELECT day, subject FROM (
        SELECT requested_date AS day, 'U' || user_id AS subject FROM time_off_entries
        WHERE company_id = ?1 AND requested_date BETWEEN ?2 AND ?3
        UNION ALL
        SELECT max(instance.start_day, ?2), 'P' || record.person_id
        FROM time_off_instances AS instance
        JOIN person_time_offs AS record ON record.id = instance.person_time_off_id
        WHERE record.company_id = ?1 AND instance.start_day <= ?3 AND instance.end_day >= ?2
    ) ORDER BY day, subject LIMIT 100
"""
DAYS_OF_FIFTY = """
    SELECT subject, day, seconds FROM absence_days
    WHERE subject IN (SELECT value FROM json_each(?)) AND day BETWEEN ? AND ?
"""


def main() -> None:
    """Build, ask, print."""
    parser = argparse.ArgumentParser(description="Measure the day table.")
    parser.add_argument("--rows", type=int, action="append", help="another number of rows")
    sizes = sorted({10_000, 1_000_000, *(parser.parse_args().rows or [])})
    print(
        f"{'rows':>12}  {'who is off, 7 days':>20}  {'by spans':>12}  {'50 workers, 31 days':>20}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for rows in sizes:
            connection = build(Path(folder) / f"{rows}.db", rows)
            figures = [
                median_us(connection, WHO_IS_OFF, week),
                median_us(connection, WHO_IS_OFF_BY_SPANS, week, questions=20),
                median_us(connection, DAYS_OF_FIFTY, fifty(rows // ROWS_A_SUBJECT)),
            ]
            print("{:>12,}  {:>17,.0f} us  {:>9,.0f} us  {:>17,.0f} us".format(rows, *figures))
            connection.close()


def build(path: Path, rows: int) -> sqlite3.Connection:
    """Return a database in which each worker has 100 days off, four fifths of them entries."""
    upgrade(f"sqlite+aiosqlite:///{path}")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -16384")  # as the gateway sets it
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN")
    chance = random.Random(rows)  # noqa: S311 - the same data each time
    for subject in range(rows // ROWS_A_SUBJECT):
        days = chance.sample(range(WINDOW_DAYS), ROWS_A_SUBJECT)
        entries = int(ROWS_A_SUBJECT * ENTRIES_SHARE)
        add_entries(connection, subject + 1, sorted(days[:entries]))
        add_series(connection, subject + 1, sorted(days[entries:]))
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    return connection


def add_entries(connection: sqlite3.Connection, user: int, days: list[int]) -> None:
    """Give a user an entry on each of the days."""
    moment = "2025-01-01 00:00:00.000000"
    first = user * WINDOW_DAYS
    connection.executemany(
        "INSERT INTO time_off_entries VALUES (?, ?, ?, ?, ?, 28800, ?, ?)",
        ((first + day, COMPANY, user, iso(day), iso(day), moment, moment) for day in days),
    )
    connection.executemany(
        "INSERT INTO absence_days VALUES (?, ?, ?, ?, 28800, NULL, NULL, NULL)",
        ((COMPANY, iso(day), f"U{user}", str(first + day)) for day in days),
    )


def add_series(connection: sqlite3.Connection, person: int, days: list[int]) -> None:
    """Give a person one record with an instance on each of the days."""
    record, who = uuid(1, person), uuid(2, person)
    moment = "2025-01-01 00:00:00.000000"
    connection.execute(
        "INSERT INTO person_time_offs VALUES (?, ?, ?, ?, ?, ?, 420, 930, 0, 0, 1, 'rest', "
        "'weekly', 1, ?, ?, ?)",
        (
            record,
            COMPANY,
            who,
            iso(days[0]),
            iso(days[0]),
            iso(days[-1]),
            iso(days[-1]),
            moment,
            moment,
        ),
    )
    connection.executemany(
        "INSERT INTO time_off_instances VALUES (?, ?, ?, ?)",
        ((uuid(person, day), record, iso(day), iso(day)) for day in days),
    )
    connection.executemany(
        "INSERT INTO absence_days VALUES (?, ?, ?, ?, 30600, 25200, 55800, 1)",
        ((COMPANY, iso(day), f"P{who}", record) for day in days),
    )


def iso(day: int) -> str:
    """Return a day of the window as the database keeps it."""
    return (FIRST_DAY + timedelta(days=day)).isoformat()


def uuid(high: int, low: int) -> str:
    """Return a UUID made of two numbers."""
    return f"{high:08x}-0000-4000-8000-{low:012x}"


def week(chance: random.Random) -> tuple[object, ...]:
    """Return a company and a week."""
    first = chance.randrange(WINDOW_DAYS - 7)
    return COMPANY, iso(first), iso(first + 6)


def fifty(subjects: int) -> Parameters:
    """Return a maker of fifty users and a month."""

    def parameters(chance: random.Random) -> tuple[object, ...]:
        users = ",".join(f'"U{chance.randrange(subjects) + 1}"' for _ in range(50))
        first = chance.randrange(WINDOW_DAYS - 31)
        return f"[{users}]", iso(first), iso(first + 30)

    return parameters


def median_us(
    connection: sqlite3.Connection,
    statement: str,
    parameters: Parameters,
    questions: int = QUESTIONS,
) -> float:
    """Return the median time of a question, in microseconds."""
    chance = random.Random(1)  # noqa: S311 - the same questions each time
    times = []
    for _ in range(questions):
        values = parameters(chance)
        start = time.perf_counter()
        connection.execute(statement, values).fetchall()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1_000_000


if __name__ == "__main__":
    main()
