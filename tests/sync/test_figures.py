"""How much is asked of a vendor: the figures that docs/sync.md promises."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.sync.upstreams import SyncDirection, UpstreamApi, UpstreamState, Window
from app.services.caller import LOCAL
from app.services.sync.pieces import pieces
from app.services.time_off_entries.commands import CreateEntries, EntryItem
from app.services.time_off_entries.service import TimeOffEntryService
from tests.server import serving
from tests.standins import procore
from tests.standins.kantata import standing_in
from tests.sync.conftest import TODAY, Account, Clock, Connected, connect, fill, people_of
from tests.sync.procore_company import Company, ConnectedCompany, person

USERS = range(1, 1_001)
DAYS_OF_EACH = 10
MOST_REQUESTS = 80


@pytest.fixture
def account(tmp_path):
    """An account of 1,000 users, each of whom is off ten times in two years."""
    with serving(f"sqlite+aiosqlite:///{tmp_path}/kantata.db", "--no-demo") as server:
        for first in range(0, len(USERS), 500):
            fill(server.url, USERS[first : first + 500])
        with standing_in(server.url) as vendor, people_of(vendor) as people:
            account = Account(vendor, people)
            for number in range(DAYS_OF_EACH):
                account.create([workday(TODAY + timedelta(days=number * 78 - 80))], USERS)
            yield account


def workday(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


@pytest.mark.long
@pytest.mark.only_on("sqlite")
async def test_ten_thousand_entries_are_read_with_few_requests(account, connected, record_property):
    await connected.change(lambda upstream: replace(upstream, window=Window()))

    upstream = await connected.work()

    assert upstream.state is UpstreamState.RUNNING
    assert len(await connected.days()) == len(USERS) * DAYS_OF_EACH
    record_property("requests for 10,000 entries of 1,000 users", len(account.vendor.requests))
    assert len(account.vendor.requests) <= MOST_REQUESTS


PEOPLE_OF_PROCORE = 500
RECORDS_OF_EACH = 20
MOST_REQUESTS_TO_PROCORE = 520


@pytest.fixture
def large_company(tmp_path):
    """A company of Procore's with 500 people, each of whom is off twenty times."""
    with (
        serving(f"sqlite+aiosqlite:///{tmp_path}/procore.db", "--no-demo") as server,
        procore.standing_in(server.url) as vendor,
    ):
        company = Company(vendor)
        numbers = range(1, PEOPLE_OF_PROCORE + 1)
        company.fill([person(number) for number in numbers])
        for number in numbers:
            for week in range(RECORDS_OF_EACH):
                company.create(number, f"{TODAY + timedelta(weeks=week):%m/%d/%y}")
        vendor.requests.clear()
        yield company


@pytest.mark.long
@pytest.mark.only_on("sqlite")
async def test_ten_thousand_absences_are_read_with_a_request_for_each_of_their_people(
    large_company, database, record_property
):
    clock = Clock()
    base_url = large_company.vendor.base_url
    id_ = await connect(database, clock, UpstreamApi.PROCORE_REST, base_url)
    connected = ConnectedCompany(database, clock, id_)
    await connected.change(lambda upstream: replace(upstream, window=Window()))

    upstream = await connected.work()

    asked = len(large_company.vendor.requests)
    assert upstream.state is UpstreamState.RUNNING
    assert len(await connected.records()) == PEOPLE_OF_PROCORE * RECORDS_OF_EACH
    record_property("requests for 10,000 absences of 500 people", asked)
    assert asked <= MOST_REQUESTS_TO_PROCORE


PUSHED_USERS = range(1, 201)
PUSHED_OF_EACH = {"short": 3, "long": 50}
MOST_REQUESTS_OF_A_PUSH = {"short": 60, "long": 400}


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("size", ["short", pytest.param("long", marks=pytest.mark.long)])
async def test_days_that_are_all_new_there_are_written_with_few_requests(
    tmp_path, database, size, record_property
):
    """The first comparison is counted in; every second week of two years has such a day."""
    days = [workday(TODAY + timedelta(days=each * 14)) for each in range(PUSHED_OF_EACH[size])]
    with serving(f"sqlite+aiosqlite:///{tmp_path}/kantata.db", "--no-demo") as server:
        fill(server.url, PUSHED_USERS)
        with standing_in(server.url) as vendor, people_of(vendor) as people:
            account, clock = Account(vendor, people), Clock()
            id_ = await connect(database, clock, UpstreamApi.KANTATA_OX, vendor.base_url)
            connected = Connected(database, clock, id_)
            await connected.change(
                lambda each: replace(each, window=Window(), direction=SyncDirection.TWO_WAY)
            )
            await connected.work()
            entries = TimeOffEntryService(database, clock)
            for day in days:
                for some in pieces(PUSHED_USERS, 100):
                    items = [EntryItem(str(user), 4, day) for user in some]
                    await entries.create(LOCAL, CreateEntries(items))

            await connected.work()

            assert account.days() == await connected.days()
            assert len(account.days()) == len(PUSHED_USERS) * len(days)
            asked = len(vendor.requests)
            record_property(f"requests to write {len(account.days()):,} new days", asked)
            assert asked <= MOST_REQUESTS_OF_A_PUSH[size]
