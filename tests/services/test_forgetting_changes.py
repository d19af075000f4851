"""The change feed is kept for as long as is set, without a gap, and whoever comes late hears it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.db.connections.database import Database
from app.db.writing import changes as store
from app.main import build_services
from app.services.changes import forget_old_changes
from app.services.data_check.check import find_violations
from tests.builders import COMPANY, OTHER_COMPANY, company, entry, user
from tests.graphql.api import api, put, put_entries

pytestmark = pytest.mark.rule("5.3")

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
TOMORROW = datetime.now(UTC) + timedelta(days=1)
DAYS = [f"2026-03-{day:02}" for day in range(2, 7)]
FEED = """
query Feed($id: ID!, $after: String, $last: Int) {
  changes(companyId: $id, after: $after, last: $last) {
    nodes { sequence actor { id } } pageInfo { endCursor }
  }
}
"""


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def ask(database_url):
    async with api(database_url) as ask:
        await put(ask, companies=[company(), company(sourceId=OTHER_COMPANY)])
        await put(ask, users=[user(roleId=None)])
        for day in DAYS:
            await put_entries(ask, entry(requestedDate=day, hours=0.25))
        yield ask


async def numbers(ask, **variables):
    answer = await ask(FEED, id=COMPANY, **variables)
    return [int(each["sequence"]) for each in answer["data"]["changes"]["nodes"]]


async def test_what_is_young_stays(ask, database):
    before = await numbers(ask)

    assert await forget_old_changes(database, datetime.now(UTC), 1) == 0
    assert await numbers(ask) == before


async def test_what_is_old_goes_and_numbers_go_on(ask, database, database_url, monkeypatch):
    monkeypatch.setattr(store, "CHANGES_A_PIECE", 3)
    all_of_them = await numbers(ask)
    last = (await ask(FEED, id=COMPANY, last=1))["data"]["changes"]["pageInfo"]["endCursor"]

    forgotten = await forget_old_changes(database, TOMORROW + timedelta(days=1), 1)
    await put_entries(ask, entry(requestedDate="2026-03-09", hours=0.25))

    assert forgotten == len(all_of_them) + 1  # the other company's own
    assert await numbers(ask) == await numbers(ask, after=last) == [len(all_of_them) + 1]
    assert not await asyncio.to_thread(find_violations, database_url, lambda *_: None)


async def test_who_comes_too_late_hears_it(ask, database):
    first = (await ask(FEED, id=COMPANY, last=1))["data"]["changes"]["pageInfo"]["endCursor"]
    await put_entries(ask, entry(requestedDate="2026-03-09", hours=0.25))
    await forget_old_changes(database, TOMORROW + timedelta(days=1), 1)

    answer = await ask(FEED, id=COMPANY, after=first)

    assert answer["errors"][0]["extensions"] == {"code": "CURSOR_EXPIRED", "path": ["after"]}
    assert "no longer kept" in answer["errors"][0]["message"]


async def test_nothing_goes_that_would_leave_a_gap(ask, database):
    """The clock of one writer may be behind another's: what it wrote waits for what is before."""
    async with database.writing() as connection:
        assert await store.forget_before(connection, COMPANY, NEVER) == 0
    assert await numbers(ask) != []


async def test_followers_of_what_is_gone_hear_it(ask, database, database_url):
    services = build_services(database)
    await forget_old_changes(database, TOMORROW + timedelta(days=1), 1)

    with pytest.raises(Exception, match="no longer kept"):
        await services.changes.after(COMPANY, 0, 10)
