"""Measures what the day table is for. See scripts/measure-day-table.

Asks the same questions of it and of the records, in the companies of `timeoff seed --profile
bench` on SQLite. Prints a table of medians in microseconds.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import select
from sqlmodel import col

from app.db.connections.database import Database, Transaction
from app.db.connections.url import async_database_url
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.db.reading.schedule import SCHEDULED, clock_hours
from app.db.schema.tables import PersonRow
from app.domain.days import DayRange, DaySpan
from app.domain.filters import PersonTimeOffFilter, ScheduleFilter, WorkerFilter
from app.domain.paging import Order, PageRequest
from app.services.sample_data.bench import DAYS, FIRST_DAY
from scripts.benchmarks.data import data_file

Question = Callable[[random.Random], Awaitable[object]]

SIZES = (10_000, 1_000_000)
TITLES = ("entries", "who is off, 7 days", "31 days by the table", "31 days by records")
QUESTIONS = 100
PEOPLE = 50


def main() -> None:
    """Ask, print."""
    parser = argparse.ArgumentParser(prog="scripts/measure-day-table")
    parser.add_argument(
        "--entries", type=int, action="append", help="of a company, instead of both sizes"
    )
    sizes = sorted(set(parser.parse_args().entries or SIZES))
    files = {entries: data_file(entries, print) for entries in sizes}
    print("{:>12}  {:>20}  {:>20}  {:>20}".format(*TITLES))
    for entries, path in files.items():
        figures = asyncio.run(measured(f"sqlite:///{path}"))
        print("{:>12,}  {:>17,.0f} us  {:>17,.0f} us  {:>17,.0f} us".format(entries, *figures))


async def measured(url: str) -> list[float]:
    """Return the medians of the three questions."""
    database = Database(async_database_url(url))
    try:
        async with database.reading() as connection:
            people = list((await connection.execute(select(col(PersonRow.id)))).scalars())
            return [
                await median_us(partial(who_is_off, connection)),
                await median_us(partial(days_of_people, connection, people)),
                await median_us(partial(days_of_records, connection, people)),
            ]
    finally:
        await database.close()


def window(chance: random.Random, days: int) -> DaySpan:
    """Return so many days of the two years that the data is of."""
    first = FIRST_DAY + timedelta(days=chance.randrange(DAYS - days))
    return DaySpan(first, first + timedelta(days=days - 1))


async def who_is_off(connection: Transaction, chance: random.Random) -> object:
    """Find the first page of workers, by name, who are off in a week."""
    wanted = ScheduleFilter(WorkerFilter(), is_named=False, absent_in=window(chance, 7))
    return await SCHEDULED.page(connection, None, wanted, PageRequest(Order("FULL_NAME")))


async def days_of_people(
    connection: Transaction, people: list[str], chance: random.Random
) -> object:
    """Read what fifty people's records bring to a month, from the day table."""
    return await clock_hours(connection, chance.sample(people, PEOPLE), window(chance, 31))


async def days_of_records(
    connection: Transaction, people: list[str], chance: random.Random
) -> object:
    """Read the same from the records: those that meet the month, and the days that they count."""
    asked, days = chance.sample(people, PEOPLE), window(chance, 31)
    overlaps = DayRange(days.first, days.last)
    wanted = PersonTimeOffFilter(person_ids=asked, overlaps=overlaps)
    records = await PERSON_TIME_OFFS.list_all(connection, None, wanted, "START_DAY")
    return [(record.id, day) for record in records for day in record.counted_days(overlaps)]


async def median_us(question: Question) -> float:
    """Return the median time of a question, in microseconds."""
    chance = random.Random(1)  # noqa: S311 - the same questions each time
    times = []
    for _ in range(QUESTIONS):
        start = time.perf_counter()
        await question(chance)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1_000_000


if __name__ == "__main__":
    main()
