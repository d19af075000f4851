"""How much is asked of a vendor: the figures that docs/sync.md promises."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.sync.upstreams import UpstreamState, Window
from tests.server import serving
from tests.standins.kantata import standing_in
from tests.sync.conftest import TODAY, Account, fill, people_of

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
