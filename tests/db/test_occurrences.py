"""SQL finds the records of which an occurrence meets a window, as the domain's rule has them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from random import Random

import pytest
from sqlalchemy import Date, literal, select, text
from sqlmodel import col

from app.db.connections.database import Database
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.db.reading.occurrences import latest_start, meets
from app.db.schema import conversions
from app.db.schema.tables import CompanyRow, PersonRow, PersonTimeOffRow
from app.db.writing.statements import insert_all
from app.domain.days import DayRange, DaySpan
from app.domain.errors import TimeOffError
from app.domain.filters import PersonTimeOffFilter
from app.domain.instances import OccurrenceException
from app.domain.pattern import Pattern
from app.domain.person_time_off import PersonTimeOff
from app.domain.recurrence import Repeat, RepeatRule, occurrences
from tests.builders import COMPANY, PERSON, uuid

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRST_DAYS = [
    date(2024, 1, 31),
    date(2024, 2, 29),
    date(2023, 12, 30),
    date(2024, 3, 1),
    date(2024, 4, 28),
]
LENGTHS = [0, 1, 6, 27]
RULES = list(product([Repeat.WEEKLY, Repeat.MONTHLY, Repeat.YEARLY], [1, 2, 5, 2**31 - 1]))
UNTIL_AFTER = [0, 6, 58, 400, 2_000]


def series():
    """Yield the spans and rules of all records that repeat and that the domain admits."""
    for first, length, (repeat, cadence), after in product(FIRST_DAYS, LENGTHS, RULES, UNTIL_AFTER):
        span = DaySpan(first, first + timedelta(days=length))
        rule = RepeatRule(repeat, cadence, first + timedelta(days=after))
        try:
            occurrences(span, rule)
        except TimeOffError:
            continue
        yield span, rule


def exceptions(random, starts):
    """Yield an exception of each: it is skipped, moved, or changed where it is."""
    for start in starts:
        moved = start + timedelta(days=random.randrange(-400, 400))
        last = moved + timedelta(days=random.choice([0, 0, 3, 30]))
        yield random.choice(
            [
                OccurrenceException(start, None),
                OccurrenceException(start, DaySpan(moved, last)),
                OccurrenceException(start, DaySpan(start, start), is_paid=False),
            ]
        )


def records():
    """Yield records that never repeat, that repeat, and that have exceptions."""
    random = Random(5)  # noqa: S311 - the same each time
    for day in FIRST_DAYS:
        yield DaySpan(day, day + timedelta(days=40)), None, ()
    for span, rule in series():
        yield span, rule, ()
        starts = [each.first for each in occurrences(span, rule)]
        if len(starts) > 1:
            some = sorted(random.sample(starts, random.randint(1, min(4, len(starts)))))
            yield span, rule, tuple(exceptions(random, some))


def record(id_, span, rule, exceptions):
    record = PersonTimeOff(
        id=id_,
        company_id=COMPANY,
        person_id=PERSON,
        span=span,
        last_day=span.last,
        pattern=Pattern(time(8), time(16), apply_to_saturday=False, apply_to_sunday=False),
        is_paid=True,
        reason="vacation",
        rule=rule,
        instance_ids=(id_,),
        created_at=NOW,
        updated_at=NOW,
        exceptions=exceptions,
    )
    ends = [each.span.last for each in record.instances]
    return replace(record, last_day=max(ends)) if ends else None


RECORDS = {
    each.id: each
    for number, given in enumerate(records(), 1)
    if (each := record(uuid(number), *given))
}
# Of both the domain works out the occurrences each time that it is asked.
SPANS = {id_: [each.span for each in record.instances] for id_, record in RECORDS.items()}
STARTS = {id_: [span.first for span in record.spans] for id_, record in RECORDS.items()}


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    person = {"id": PERSON, "company_id": COMPANY, "first_name": "A", "last_name": "B"}
    async with database.writing() as connection:
        await insert_all(connection, CompanyRow, [{"id": COMPANY, "name": "A", "name_key": "a"}])
        await insert_all(connection, PersonRow, [person | {"name_key": "a", "status": "active"}])
        rows = list(map(conversions.from_person_time_off, RECORDS.values()))
        await insert_all(connection, PersonTimeOffRow, rows)
    yield database
    await database.close()


def windows():
    """Yield windows of all sizes about the days of the records, open ones too."""
    random = Random(3)  # noqa: S311 - the same each time
    for _ in range(150):
        first = date(2023, 12, 1) + timedelta(days=random.randrange(900))
        yield DayRange(first, first + timedelta(days=random.choice([0, 0, 1, 2, 9, 40])))
    for first in [*FIRST_DAYS, date(2025, 2, 28), date(2028, 2, 29), date(2024, 6, 30)]:
        yield DayRange(first, first)
    yield DayRange(date(1, 1, 1), date(9999, 12, 31))
    yield DayRange(date(9999, 12, 31), date(9999, 12, 31))
    yield DayRange(date(2025, 1, 1), None)
    yield DayRange(None, date(2024, 2, 1))
    yield DayRange()


@pytest.mark.rule("3.2")
@pytest.mark.rule("4.3")
async def test_a_window_finds_the_records_of_which_an_occurrence_meets_it(database):
    found = {}
    async with database.reading() as connection:
        for window in windows():
            wanted = PersonTimeOffFilter(overlaps=window)
            page = await PERSON_TIME_OFFS.list_all(connection, None, wanted, "START_DAY")
            found[window] = {record.id for record in page}

    expected = {
        window: {id_ for id_, spans in SPANS.items() if any(map(window.clip, spans))}
        for window in windows()
    }
    assert found == expected
    assert len({frozenset(each) for each in expected.values()}) > 100


@pytest.mark.rule("3.2")
async def test_the_last_occurrence_by_a_day_is_that_of_the_rule(database):
    days = [date(2024, 5, 1) + timedelta(days=17 * number) for number in range(60)]
    for day in days:
        async with database.reading() as connection:
            statement = select(col(PersonTimeOffRow.id), latest_start(literal(day, Date())))
            rows = await connection.execute(statement)
            found = {id_: start for id_, start in rows}  # noqa: C416 - rows are no pairs to mypy

        assert found == {
            id_: max(start for start in starts if start <= day) for id_, starts in STARTS.items()
        }


@pytest.mark.only_on("sqlite")
async def test_an_index_ends_the_search_for_a_window(database):
    company = col(PersonTimeOffRow.company_id) == COMPANY
    window = DayRange(date(2024, 3, 1), date(2024, 3, 31))
    statement = (
        select(col(PersonTimeOffRow.id))
        .where(company, *meets(window))
        .order_by(col(PersonTimeOffRow.first_day), col(PersonTimeOffRow.id))
    )
    sql = statement.compile(database.engine, compile_kwargs={"literal_binds": True})
    async with database.reading() as connection:
        plan = [row[3] for row in await connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]

    by_company = "USING INDEX ix_person_time_offs_company (company_id=? AND first_day<?)"
    assert any(by_company in step for step in plan), plan
    assert any("USING INDEX ix_person_time_offs_excepted (first_day>?)" in step for step in plan)
    assert not any("TEMP B-TREE" in step for step in plan)
