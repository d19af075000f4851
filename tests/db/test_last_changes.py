"""The last changes of what the events of a calendar feed depend on."""

from datetime import date

import pytest
from sqlalchemy import event, text

from app.db.connections.database import Database
from app.db.reading.calendar_feeds import last_changes
from app.db.schema.tables import IS_OF_A_CALENDAR, IS_OF_A_DELETED_ENTRY
from app.domain.changes import ChangeOperation
from app.domain.days import DaySpan
from app.domain.identifiers import Kind
from tests.builders import (
    COMPANY,
    FRIDAY,
    MONDAY,
    OTHER_COMPANY,
    company,
    entry,
    holiday,
    node_id,
    user,
    workweek,
)
from tests.graphql.api import api, put, put_entries

DELETE = """
mutation Delete($input: DeleteTimeOffEntriesInput!) {
  deleteTimeOffEntries(input: $input) { deletedIds userErrors { code } }
}
"""


@pytest.fixture
async def database(database_url):
    """A company: it, a user, two entries, a workweek and a holiday are its first changes."""
    async with api(database_url) as ask:
        await put(ask, companies=[company(), company(sourceId=OTHER_COMPANY)], users=[user()])
        await put_entries(ask, entry())
        await put(ask, workweeks=[workweek()], holidays=[holiday()])
        await put_entries(ask, entry(hours=1))
        await put(ask, holidays=[holiday(sourceId="4", companyId=OTHER_COMPANY)])
    database = Database(database_url)
    yield database
    await database.close()


MARCH = DaySpan(date(2026, 3, 1), date(2026, 3, 31))


async def asked(connection, company_id=COMPANY):
    keys = {Kind.ENTRY: {1}, Kind.USER: {1, 2}}
    return await last_changes(connection, company_id, keys, MARCH)


async def test_each_object_has_its_last_change_and_the_company_that_of_its_calendars(database):
    async with database.reading() as connection:
        mine, foreign = await asked(connection), await asked(connection, OTHER_COMPANY)

    numbers = {key: (last.number, last.made_by) for key, last in mine.objects.items()}
    # The company, the user, the worker that they make, the entry, and so on.
    assert numbers == {(Kind.USER, "1"): (2, 2), (Kind.ENTRY, "1"): (7, 4)}
    assert mine.calendars
    assert mine.calendars.number == 6
    assert mine.calendars.at <= mine.objects[Kind.ENTRY, "1"].at
    assert foreign.calendars
    assert foreign.calendars.number == 2


@pytest.mark.rule("4.10")
async def test_of_who_was_moved_there_are_only_the_changes_of_the_company(database, database_url):
    """The feed of the company before has higher numbers, which new changes would not surpass."""
    wish = f'{{workerId: "{node_id("Worker", "U1")}", companyId: "{OTHER_COMPANY}"}}'
    seen = []
    async with api(database_url) as ask:
        await ask(f"mutation {{ moveWorker(input: {wish}) {{ __typename }} }}")
        for _ in range(2):
            async with database.reading() as connection:
                there = await asked(connection, OTHER_COMPANY)
            last = there.objects[Kind.ENTRY, "1"]
            seen.append((last.number, last.made_by))
            await put_entries(ask, entry(hours=1))

    # The company, its holiday, the user and the worker came before the entry.
    assert seen == [(5, 5), (6, 5)]


async def test_a_day_has_the_last_deletion_of_an_entry_of_each_user(database, database_url):
    async with api(database_url) as ask:
        await put(ask, users=[user(sourceId="2")])
        for _ in range(2):
            ids = await put_entries(ask, entry(userId="2"), entry(userId="2", requestedDate=FRIDAY))
            await ask(DELETE, input={"ids": ids})
        await put_entries(ask, entry(userId="2", requestedDate="2026-04-01"))

    async with database.reading() as connection:
        mine, foreign = await asked(connection), await asked(connection, OTHER_COMPANY)

    assert mine.removals.keys() == {(2, date.fromisoformat(day)) for day in (MONDAY, FRIDAY)}
    numbers = {change.number for change in mine.removals.values()}
    # Of the company's changes before: 7, a user and its worker; twice two entries come and go.
    assert numbers == {16, 17}
    assert foreign.removals == {}


async def test_a_deleted_entry_is_what_the_index_has():
    assert str(IS_OF_A_DELETED_ENTRY) == (
        f"subject_type = '{Kind.ENTRY.type_name}' AND operation = '{ChangeOperation.DELETED.value}'"
    )


async def test_calendars_are_all_kinds_that_decide_possible_hours():
    assert str(IS_OF_A_CALENDAR) == (
        f"subject_type IN ('{Kind.HOLIDAY.type_name}', '{Kind.WORKWEEK.type_name}')"
    )


async def test_they_are_found_by_indexes(database):
    found: list[str] = []

    def explain(_, cursor, statement, parameters, *__):
        if "FROM changes" in statement:
            how = "EXPLAIN QUERY PLAN " if database_name == "sqlite" else "EXPLAIN "
            cursor.execute(how + statement, parameters)
            found.append(str(cursor.fetchall()))

    async with database.reading() as connection:
        database_name = connection.dialect.name
        if database_name == "postgresql":
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        engine = connection.sync_connection.engine
        event.listen(engine, "before_cursor_execute", explain)
        try:
            await asked(connection)
        finally:
            event.remove(engine, "before_cursor_execute", explain)

    (plan,) = found
    assert "ix_changes_calendars" in plan
    assert "ix_changes_subject" in plan
    assert "ix_changes_deleted_entries" in plan
    assert "SCAN changes" not in plan
