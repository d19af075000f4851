"""Measures who is off: the day table against the records' spans. See scripts/measure-day-table.

Asks the same questions of both, in the companies of `timeoff seed --profile bench` on SQLite.
Prints a table of medians in microseconds.
"""

import argparse
import json
import random
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

from app.services.sample_data.bench import COMPANY, DAYS, FIRST_DAY
from scripts.benchmarks.data import data_file

Parameters = Callable[[random.Random], tuple[object, ...]]

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
    AND starts IS NOT NULL
"""


def main() -> None:
    """Ask, print."""
    parser = argparse.ArgumentParser(description="Measure the day table.")
    parser.add_argument("--entries", type=int, action="append", help="another number of entries")
    sizes = sorted({10_000, 1_000_000, *(parser.parse_args().entries or [])})
    titles = ("entries", "who is off, 7 days", "by spans", "50 people, 31 days")
    print("{:>12}  {:>20}  {:>12}  {:>20}".format(*titles))
    for entries in sizes:
        with closing(sqlite3.connect(data_file(entries, print))) as connection:
            connection.execute("PRAGMA cache_size = -16384")  # as the gateway sets it
            figures = [
                median_us(connection, WHO_IS_OFF, week),
                median_us(connection, WHO_IS_OFF_BY_SPANS, week, questions=20),
                median_us(connection, DAYS_OF_FIFTY, fifty(connection)),
            ]
        print("{:>12,}  {:>17,.0f} us  {:>9,.0f} us  {:>17,.0f} us".format(entries, *figures))


def iso(day: int) -> str:
    """Return a day of the window as the database keeps it."""
    return (FIRST_DAY + timedelta(days=day)).isoformat()


def week(chance: random.Random) -> tuple[object, ...]:
    """Return a company and a week."""
    first = chance.randrange(DAYS - 7)
    return COMPANY, iso(first), iso(first + 6)


def fifty(connection: sqlite3.Connection) -> Parameters:
    """Return a maker of fifty people and a month."""
    people = [f"P{id_}" for (id_,) in connection.execute("SELECT id FROM people ORDER BY id")]

    def parameters(chance: random.Random) -> tuple[object, ...]:
        first = chance.randrange(DAYS - 31)
        return json.dumps(chance.sample(people, 50)), iso(first), iso(first + 30)

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
