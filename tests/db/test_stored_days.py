"""What is stored of some users' days is looked up day by day, however much there is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, text

from app.db.connections.database import Database
from app.db.schema.tables import CompanyRow, UserRow
from app.db.writing.statements import insert_all
from app.db.writing.time_off_entries import add_entries, stored_days
from app.domain.time_off_entries import TimeOffEntry
from tests.builders import COMPANY

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
USERS = range(1, 21)
DAYS = [MONDAY + timedelta(days=offset) for offset in range(100)]


def entry(id_, user_id, day):
    return TimeOffEntry(id_, COMPANY, user_id, day, MONDAY, 3_600, NOW, NOW)


@pytest.fixture
async def database(database_url):
    """2,000 entries: 20 users with 100 days each."""
    database = Database(database_url)
    company = {"id": COMPANY, "name": "Brick", "name_key": "brick"}
    users = [{"id": id_, "company_id": COMPANY, "full_name": "A", "name_key": "a"} for id_ in USERS]
    places = [(user_id, day) for user_id in USERS for day in DAYS]
    async with database.writing() as connection:
        await insert_all(connection, CompanyRow, [company])
        await insert_all(connection, UserRow, users)
        await add_entries(connection, [entry(id_, *at) for id_, at in enumerate(places, 1)])
    yield database
    await database.close()


async def test_only_the_days_asked_for_are_returned(database):
    wanted = [(1, DAYS[0]), (2, DAYS[1]), (3, date(2020, 1, 1)), (99, DAYS[0])]

    async with database.reading() as connection:
        found = await stored_days(connection, wanted)

    # Not user 1's second day, nor user 2's first.
    assert {place: day.entry.id for place, day in found.items()} == {
        (1, DAYS[0]): 1,
        (2, DAYS[1]): 102,
    }
    assert found[1, DAYS[0]].entry == entry(1, 1, DAYS[0])


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("is_analyzed", [False, True])
async def test_each_is_found_by_the_index_of_the_days(database, is_analyzed):
    """A list of pairs, compared as rows, would read the whole table."""
    sent = []

    def collect(_connection, _cursor, statement, parameters, *_):
        sent.append((statement, parameters))

    async with database.writing() as connection:
        if is_analyzed:
            await connection.execute(text("ANALYZE"))
        event.listen(connection.sync_connection, "before_cursor_execute", collect)
        await stored_days(connection, [(1, DAYS[0]), (2, DAYS[1])])
        event.remove(connection.sync_connection, "before_cursor_execute", collect)
        (statement, parameters), *_ = sent
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = [row.detail for row in plan]

    (found,) = [step for step in steps if " time_off_entries " in step]
    assert found.startswith("SEARCH ")
    assert found.endswith("(user_id=? AND requested_date=?)")
