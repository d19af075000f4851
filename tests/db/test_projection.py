"""Rows of chosen columns are those that the objects of the same list are made of."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from app.db.connections import direct_reads
from app.db.connections.database import Database
from app.db.connections.direct_reads import Ready
from app.db.reading.chosen_columns import Projection, Statement
from app.db.reading.lists_of_nouns import ENTRIES
from app.db.schema.tables import CompanyRow, UserRow
from app.db.writing.statements import insert_all
from app.db.writing.time_off_entries import add_entries
from app.domain.days import DayRange
from app.domain.filters import EntryFilter, InstantRange, ReferenceFilter
from app.domain.paging import Order, PageRequest
from app.domain.time_off_entries import ReferenceStatus, TimeOffEntry
from tests.builders import COMPANY, uuid

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
OTHER = uuid(77)
USERS = {1: COMPANY, 2: COMPANY, 3: OTHER}
BY_DAY, BY_CREATION = Order("REQUESTED_DATE"), Order("CREATED_AT", descending=True)
FILTERS = [
    EntryFilter(),
    EntryFilter(user_ids=(1, 3)),
    EntryFilter(user_ids=()),
    EntryFilter(ids=(1, 5, 9, 1_000), company_id=COMPANY),
    EntryFilter(requested=DayRange(MONDAY + timedelta(days=3), None)),
    EntryFilter(requested=DayRange(MONDAY, MONDAY + timedelta(days=4)), user_ids=(2,)),
    EntryFilter(created=InstantRange(NOW + timedelta(minutes=3), NOW + timedelta(minutes=20))),
    EntryFilter(has_references=False),
    EntryFilter(has_references=True),
    EntryFilter(reference=ReferenceFilter(service_name="jira", status=ReferenceStatus.PENDING)),
    EntryFilter(without_service="jira"),
]


@pytest.fixture
async def database(database_url):
    """30 entries of three users in two companies, each created a minute after the other."""
    database = Database(database_url)
    companies = [{"id": id_, "name": "A", "name_key": "a"} for id_ in (COMPANY, OTHER)]
    users = [
        {"id": id_, "company_id": company, "full_name": f"U {id_}", "name_key": f"u {id_}"}
        for id_, company in USERS.items()
    ]
    entries = [
        TimeOffEntry(
            id_,
            USERS[id_ % 3 + 1],
            id_ % 3 + 1,
            MONDAY + timedelta(days=id_ // 3),
            MONDAY,
            3_600,
            NOW + timedelta(minutes=id_),
            NOW,
        )
        for id_ in range(1, 31)
    ]
    async with database.writing() as connection:
        await insert_all(connection, CompanyRow, companies)
        await insert_all(connection, UserRow, users)
        await add_entries(connection, entries)
    yield database
    await database.close()


async def rows_of(database, projection, scope, wanted, request):
    """The rows that are read directly, without the one that tells if there are more."""
    direct = database.direct
    first = Ready.of(*projection.page(direct.dialect, scope, wanted, request))
    rows, _ = await direct.read(first, lambda _: {})
    cursor = projection.cursor(direct.dialect, request)
    return [(row[0], row[1], row[2], cursor(row)) for row in rows[: request.size]]


@pytest.mark.parametrize("scope", [None, frozenset({COMPANY}), frozenset()])
@pytest.mark.parametrize("order", [BY_DAY, BY_CREATION], ids=lambda order: order.name)
async def test_each_filter_answers_the_rows_of_its_objects(database, scope, order):
    projection = Projection(ENTRIES, ("id", "created_at", "user.full_name"), {})
    for wanted in FILTERS:
        request = PageRequest(order, 7)
        async with database.reading() as connection:
            page = await ENTRIES.page(connection, scope, wanted, request)
        expected = [
            (
                each.id,
                each.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                f"U {each.user_id}",
                cursor,
            )
            for each, cursor in zip(page.items, page.cursors, strict=True)
        ]
        assert await rows_of(database, projection, scope, wanted, request) == expected, wanted


async def test_one_statement_serves_all_filters_of_a_shape(database):
    projection = Projection(ENTRIES, ("id", "created_at", "user.full_name"), {})
    request = PageRequest(BY_DAY, 5)
    for users in ((1,), (1, 2, 3), (), (2,)):
        await rows_of(database, projection, None, EntryFilter(user_ids=users), request)
    assert len(projection.statements) == 1

    await rows_of(database, projection, None, EntryFilter(has_references=True), request)
    await rows_of(database, projection, None, EntryFilter(has_references=False), request)
    assert len(projection.statements) == 3


@pytest.mark.only_on("sqlite")
async def test_a_read_that_would_keep_everybody_waiting_is_given_up(database):
    endless = (
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) "
        "SELECT count(*) FROM numbers"
    )
    async with asyncio.timeout(60):
        assert await database.direct.read(Ready(Statement(endless, []), []), lambda _: {}) is None

    # And the connection is good for the next one.
    rows, _ = await database.direct.read(Ready(Statement("SELECT 1", []), []), lambda _: {})
    assert list(rows) == [(1,)]


@pytest.mark.only_on("sqlite")
async def test_nothing_can_be_written_where_is_only_read(database):
    delete = Ready(Statement("DELETE FROM time_off_entries", []), [])
    with pytest.raises(Exception, match="SQLITE_READONLY"):
        await database.direct.read(delete, lambda _: {})


@pytest.mark.only_on("sqlite")
async def test_a_read_that_is_given_up_leaves_no_transaction_open(database, monkeypatch):
    """SQLite looks at the time once in so many steps of all runs of a statement: of any of ours."""
    monkeypatch.setattr(direct_reads, "MOST_SECONDS", -1)
    monkeypatch.setattr(direct_reads, "STEPS_BETWEEN_LOOKS", 100)
    one = Ready(Statement("SELECT 1", []), [])
    found = [await database.direct.read(one, lambda _: {}) for _ in range(300)]

    assert None in found
    assert found.count(([(1,)], {})) > 200
