"""Listings are read to their end, and hold what their last look has where that is complete."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.db.connections.database import Database
from app.db.writing import sync as kept
from app.domain.days import DaySpan
from app.domain.sync.listings import MOST_ROWS, MOST_ROWS_OF_A_DAY, Page
from app.domain.sync.remote import EntryPage, RemoteEntry
from app.domain.sync.runs import RunKind, SyncRun
from app.domain.sync.upstreams import Upstream, UpstreamApi, Window
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.sync.listing import read_listing
from app.services.sync.reading import FullPass
from app.services.sync.take_in import TakeIn
from tests.builders import COMPANY, uuid

pytestmark = pytest.mark.only_on("sqlite")

NOW = datetime(2026, 12, 24, 8, tzinfo=UTC)
TODAY = NOW.date()
UPSTREAM = Upstream(
    uuid(1), COMPANY, UpstreamApi.KANTATA_OX, "https://api.example", NOW, window=Window(0, 0)
)
RUN = SyncRun(uuid(2), UPSTREAM.id, RunKind.FULL, NOW)
PAGE = 200
ROWS = MOST_ROWS + 1


@dataclass
class Crowd:
    """An account of which the last entry is the only one of today; ``count`` is what it says."""

    count: int

    async def entries(self, days: DaySpan, page: int) -> EntryPage:
        ids = range(1 + (page - 1) * PAGE, 1 + min(page * PAGE, ROWS))
        entries = [RemoteEntry(id_, 7_000 + id_, days.first, TODAY, 3_600) for id_ in ids]
        if ROWS in ids:
            entries[-1] = RemoteEntry(ROWS, 7, TODAY, TODAY, 3_600)
        return EntryPage(Page(self.count, list(map(str, ids))), entries)


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    directory = DirectoryService(database, lambda: NOW)
    await directory.upsert_companies(LOCAL, [UpsertItem({"source_id": COMPANY, "name": "Brick"})])
    user = {"source_id": "7", "company_id": COMPANY, "full_name": "Ada"}
    await directory.upsert_users(LOCAL, [UpsertItem(user)])
    async with database.writing() as connection:
        await kept.add_upstream(connection, UPSTREAM, "sealed")
        await kept.add_run(connection, RUN)
    yield database
    await database.close()


@pytest.mark.parametrize(
    ("count", "stored", "code"),
    [(ROWS, [str(TODAY)], None), (MOST_ROWS_OF_A_DAY + 1, [], "TOO_MANY")],
)
async def test_a_day_is_read_to_its_end_or_it_is_told(database, count, stored, code):
    vendor: Any = Crowd(count)
    take_in = TakeIn(database, lambda: NOW)
    reading = FullPass(database, take_in, vendor, UPSTREAM, RUN, lambda: NOW, {7})
    await reading.read()

    async with database.reading() as connection:
        days = await connection.execute(text("SELECT requested_date FROM time_off_entries"))
        assert [str(each) for each in days.scalars()] == stored
        problems = await connection.execute(text("SELECT code, day FROM sync_problems"))
        assert [tuple(each) for each in problems] == ([(code, str(TODAY))] if code else [])


async def test_what_was_deleted_between_two_looks_is_not_listed():
    first, anew, other = (RemoteEntry(id_, 7, TODAY, TODAY, 3_600) for id_ in (70, 71, 72))
    tomorrow = replace(other, day=TODAY + timedelta(days=1))

    async def read(*pages):
        answers = iter(pages)

        async def ask(_number):
            count, *entries = next(answers)
            return EntryPage(Page(count, [str(each.id) for each in entries]), entries)

        return await read_listing(ask)

    complete = await read((2, first), (2,), (2, anew, tomorrow))
    changing = await read((3, first, tomorrow), (3,), *[(2, anew), (2,)] * 2)

    assert (complete.is_complete, set(complete.entries), set(complete.problems)) == (
        True,
        {71, 72},
        set(),
    )
    assert (changing.is_complete, set(changing.entries)) == (False, {71, 72})
    assert changing.problems["70"].code == "SECOND_OF_DAY"
    assert (complete.requests, changing.requests) == (3, 6)
