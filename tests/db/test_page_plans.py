"""How PostgreSQL reads a page: its rows by an index, and only those are joined."""

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from app.db.connections.database import Database
from app.db.connections.direct_reads import LONG_LIST, Ready
from app.db.reading.chosen_columns import PARENTS, Projection
from app.db.reading.lists import Listing
from app.db.reading.lists_of_nouns import (
    ENTRIES,
    PEOPLE,
    PERSON_TIME_OFFS,
    ROLES,
    USERS,
    WORKERS,
)
from app.db.schema.column_types import UuidText
from app.domain.filters import (
    DirectoryFilter,
    EntryFilter,
    PersonTimeOffFilter,
    WorkerFilter,
)
from app.domain.paging import Order, PageRequest
from app.domain.workers import name_key
from tests.builders import COMPANY

pytestmark = pytest.mark.only_on("postgresql")

FILLING = (
    """INSERT INTO companies (id, name, name_key)
       SELECT CAST(md5(n::text) AS uuid), 'A', 'a' FROM generate_series(1, 40) AS n""",
    """INSERT INTO users (id, company_id, full_name, name_key)
       SELECT n, CAST(md5((n % 40 + 1)::text) AS uuid), 'U', 'u'
       FROM generate_series(1, 400) AS n""",
    """INSERT INTO time_off_entries (id, company_id, user_id, requested_date, submission_date,
                                     seconds, created_at, updated_at)
       SELECT u.id * 1000 + d, u.company_id, u.id, date '2026-01-01' + d, date '2026-01-01',
              3600, now(), now()
       FROM users AS u, generate_series(0, 24) AS d""",
    "VACUUM (ANALYZE) users, time_off_entries",
)
"""10,000 entries: 400 users of 40 companies, each with 25 days."""

LISTS: dict[str, tuple[Listing[Any, Any], tuple[str, ...], object]] = {
    "entries": (ENTRIES, ("user.full_name", "worker.full_name"), EntryFilter()),
    "records": (PERSON_TIME_OFFS, ("person.first_name",), PersonTimeOffFilter()),
    "users": (USERS, ("role.name",), DirectoryFilter()),
    "people": (PEOPLE, ("company.name",), DirectoryFilter()),
    "workers": (WORKERS, ("user.role.name",), WorkerFilter()),
    "roles": (ROLES, ("company.name",), DirectoryFilter()),
}


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def filled(database):
    async with database.engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for each in FILLING:
            await outside.execute(text(each))
    return database


def entries(database, wanted, *, scope=None, size=10):
    projection = Projection.of(ENTRIES, ("id", "user.full_name"), (), is_single=False)
    request = PageRequest(Order("REQUESTED_DATE"), size)
    return Ready.of(*projection.page(database.direct.dialect, scope, wanted, request))


async def plan_of(database, sql, *settings):
    """The steps of the plan that is made once for any values, each with the one above it."""
    places = len(set(re.findall(r"\$\d+", sql)))
    given = f"({', '.join(['NULL'] * places)})" if places else ""
    async with database.reading() as connection:
        for each in ("plan_cache_mode = force_generic_plan", *settings):
            await connection.execute(text(f"SET LOCAL {each}"))
        driver = (await connection.get_raw_connection()).driver_connection
        await driver.execute(f"PREPARE page AS {sql}")
        (row,) = await driver.fetch(f"EXPLAIN (FORMAT JSON) EXECUTE page{given}")
        await driver.execute("DEALLOCATE page")
    return list(steps(row[0][0]["Plan"]))


def steps(plan):
    yield plan
    for each in plan.get("Plans", ()):
        yield from steps(each)


def example_of(type_):
    """A part of a cursor."""
    if isinstance(type_, UuidText):
        return COMPANY
    return {int: 1, date: "2026-03-02"}.get(type_.python_type, name_key("Ann"))


def is_join(step):
    return "Join" in step["Node Type"] or "Loop" in step["Node Type"]


def test_every_list_that_joins_is_looked_at():
    assert {listing.table for listing, *_ in LISTS.values()} == set(PARENTS)


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("bounds", [(), ("after",), ("before",), ("after", "before")])
@pytest.mark.parametrize("name", LISTS)
async def test_a_page_is_limited_before_it_is_joined(database, name, bounds, backward):
    listing, columns, wanted = LISTS[name]
    projection = Projection.of(listing, ("id", *columns), (), is_single=False)
    (field, order), *_ = listing.orders.items()
    key = tuple(example_of(each.type) for each in order)
    request = PageRequest(Order(field), 10, **dict.fromkeys(bounds, key), backward=backward)
    statement, _ = projection.page(database.direct.dialect, None, wanted, request)

    # Of empty tables any plan is good, so a look-up must be the better one.
    plan = await plan_of(database, statement.text, "enable_seqscan = off")

    (limit,) = [step for step in plan if step["Node Type"] == "Limit"]
    assert any(map(is_join, plan))
    assert not any(map(is_join, steps(limit)))


async def test_a_plan_for_any_values_knows_how_many_rows_are_wanted(filled):
    """An unknown LIMIT would be taken for a tenth of all rows."""
    plan = await plan_of(filled, entries(filled, EntryFilter()).statement.text)

    (limit,) = [step for step in plan if step["Node Type"] == "Limit"]
    assert limit["Plan Rows"] == 11


async def test_entries_of_one_company_are_read_in_the_order_of_its_index(filled):
    ready = entries(filled, EntryFilter(), scope=frozenset({COMPANY}))

    plan = await plan_of(filled, ready.statement.text)

    (limit,) = [step for step in plan if step["Node Type"] == "Limit"]
    _, found = steps(limit)
    assert found["Index Name"] == "ix_time_off_entries_company"


async def test_a_long_list_is_planned_for_its_own_values(filled):
    """What is made for any list takes each for one of ten values."""
    short, long = (
        entries(filled, EntryFilter(user_ids=tuple(range(1, count + 1))), size=size)
        for count, size in ((LONG_LIST, 10), (LONG_LIST + 1, 11))
    )
    for ready in (short, long):
        rows, _ = await filled.direct.read(ready, lambda _: {})
        assert [row[0] for row in rows] == [id_ * 1000 for id_ in range(1, len(rows) + 1)]
        assert len(rows) in {11, 12}

    async with filled.reading() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        kept = await driver.fetch("SELECT statement FROM pg_prepared_statements")
    texts = {row["statement"] for row in kept}
    assert short.statement.text in texts
    assert long.statement.text not in texts
