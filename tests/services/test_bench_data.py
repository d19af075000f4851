"""The data that measurements are made on: a company like a real one, only larger."""

import asyncio
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from app.db.connections.database import Database
from app.services.caller import LOCAL
from app.services.data_check import check
from app.services.sample_data import bench
from app.services.time_off_entries.commands import CreateEntries, EntryItem
from app.services.time_off_entries.service import TimeOffEntryService
from tests.services.statements import ask

ENTRIES = 1_000


def no_progress(what, done=0, total=0):
    pass


@pytest.fixture(scope="module")
def loaded(module_database_url):
    """A database with ten users."""
    bench.load(module_database_url, no_progress, ENTRIES)
    return module_database_url


def count(url, table):
    ((rows,),) = ask(url, f"SELECT count(*) FROM {table}")  # noqa: S608 - our own names
    return rows


def test_nothing_is_wrong_with_it(loaded):
    found = check.examine(loaded, no_progress)

    assert (found.violations, found.notices) == ([], [])


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("users", 10),
        ("people", 10),
        ("workers", 10),
        ("time_off_entries", ENTRIES),
        ("external_references", ENTRIES // 5),
        ("person_time_offs", 10),
        ("person_days", 10 * 52),
    ],
)
def test_for_each_hundred_entries_there_is_a_user_with_all_that_belongs_to_one(loaded, table, rows):
    assert count(loaded, table) == rows


def test_everything_is_in_the_change_feed(loaded):
    objects = 1 + 1 + 20 + 3 * 10 + ENTRIES + ENTRIES // 5 + 10  # the company, its week, roles, …

    assert count(loaded, "changes") == objects


def test_entries_came_in_no_order_of_users_or_days(loaded):
    rows = ask(loaded, "SELECT user_id, requested_date FROM time_off_entries ORDER BY id")
    users, days = ([row[place] for row in rows] for place in (0, 1))

    for column in (users, days):
        rises = sum(before < after for before, after in pairwise(column))
        assert 0.4 * ENTRIES < rises < 0.6 * ENTRIES


def test_every_index_of_the_schema_is_there_again(databases, loaded):
    untouched = databases.create()
    statement = (
        "SELECT name FROM sqlite_master WHERE type = 'index'"
        if loaded.startswith("sqlite")
        else "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
    )

    assert sorted(ask(loaded, statement)) == sorted(ask(untouched, statement))
    databases.drop(untouched)


def test_the_next_entry_goes_on_where_it_ends(databases):
    url = databases.create()
    bench.load(url, no_progress, ENTRIES)

    created = asyncio.run(_create_entry(url))

    assert [entry.id for entry in created.entries] == [ENTRIES + 1]
    assert check.find_violations(url, no_progress) == []
    databases.drop(url)


async def _create_entry(url):
    database = Database(url)
    try:
        service = TimeOffEntryService(database, lambda: datetime(2026, 1, 5, 9, tzinfo=UTC))
        return await service.create(LOCAL, CreateEntries([EntryItem("1", 8.0, date(2026, 1, 5))]))
    finally:
        await database.close()


def test_a_database_with_companies_is_left_alone(loaded):
    before = count(loaded, "changes")

    with pytest.raises(bench.NotEmpty):
        bench.load(loaded, no_progress, ENTRIES)

    assert count(loaded, "changes") == before


def test_it_tells_how_far_it_is(databases):
    heard = []
    url = databases.create()

    bench.load(url, lambda *step: heard.append(step), ENTRIES)

    assert ("Loading entries", ENTRIES, ENTRIES) in heard
    databases.drop(url)
