"""A gateway that is killed while it writes to its vendor, at random moments, again and again."""

import random
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.services.sync.sealing import new_key
from tests.builders import COMPANY
from tests.process.phoenix import phoenix
from tests.standins.kantata import TOKEN
from tests.sync.conftest import Account
from tests.sync.test_processes import SETTINGS, Gateway, wait_until

pytestmark = pytest.mark.process

KILLS = {"sqlite": 8, "postgresql": 5}
MANY_KILLS = {"sqlite": 200, "postgresql": 200}
USERS = range(1, 13)
WRITES = (3, 15)
"""Before each kill, at least and at most."""
SLOW = [
    {"kind": "slow", "seconds": 0.05, "method": method, "is_done": is_done}
    for method, is_done in (("POST", False), ("PUT", True), ("DELETE", False))
]
"""Each write takes a while, before it is done or after it, so that many a kill meets one."""
CONNECT = """mutation($url: String!, $token: String!, $company: ID!) {
  upsertCompanies(input: {companies: [{sourceId: $company, name: "Brick"}]}) {
    userErrors { message } }
  connectUpstream(input: {companyId: $company, api: KANTATA_OX, baseUrl: $url,
      credentials: {accessToken: $token}, direction: TWO_WAY, daysBack: 3, daysAhead: 40}) {
    userErrors { message } upstream { id } } }"""
CREATE = """mutation($entries: [TimeOffEntryInput!]!) {
  answer: createTimeOffEntries(input: {timeOffEntries: $entries}) {
    userErrors { message } timeOffEntries { id } } }"""
CHANGE = """mutation($id: ID!, $hours: Float!) {
  answer: updateTimeOffEntry(input: {id: $id, hours: $hours}) { userErrors { message } } }"""
DELETE = """mutation($id: ID!) {
  answer: deleteTimeOffEntries(input: {ids: [$id]}) { userErrors { message } } }"""
UNCERTAIN = """{ deliveries(filter: {states: [UNCERTAIN]}) { totalCount } }"""
PENDING = """query($id: ID!) { upstream(id: $id) { pendingCount } }"""
LEFT = """{ deliveries { totalCount nodes { date state code message } }
  syncConflicts { totalCount } }"""


class Writer:
    """Writes here; ``days`` are the seconds of each user's day as they are to be."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.random = random.Random(7)  # noqa: S311 - the same each time
        self.days: dict[tuple[int, str], int] = {}
        self.written = 0
        self._ids: dict[tuple[int, str], str] = {}
        today = datetime.now(UTC).date()
        days = (today + timedelta(days=each) for each in range(1, 10))
        self._workdays = [day for day in days if day.weekday() < 5][:7]

    def write(self) -> None:
        """Make, change or delete an entry, whichever comes."""
        user, day = self.random.choice(USERS), self.random.choice(self._workdays)
        place, hours = (user, str(day)), self.random.choice([1, 3, 5, 7])
        if place not in self.days:
            self._create(user, day, hours)
            return
        if self.random.random() < 0.3:
            self._ask(DELETE, id=self._ids.pop(place))
            del self.days[place]
            return
        self._ask(CHANGE, id=self._ids[place], hours=hours)
        self.days[place] = hours * 3_600

    def _create(self, user: int, day: date, hours: int) -> None:
        """Make an entry, and perhaps those of all the user's days that have none."""
        others = self._workdays if self.random.random() < 0.5 else []
        places = {(user, str(each)) for each in [day, *others]} - self.days.keys()
        entries = [
            {"userId": str(user), "requestedDate": each, "hours": hours}
            for _, each in sorted(places)
        ]
        made = self._ask(CREATE, entries=entries)["timeOffEntries"]
        for place, each in zip(sorted(places), made, strict=True):
            self._ids[place], self.days[place] = each["id"], hours * 3_600

    def _ask(self, document: str, **given: Any) -> Any:
        answer = self.gateway.ask(document, **given)["answer"]
        assert answer["userErrors"] == []
        self.written += 1
        return answer


def connected(gateway: Gateway, account: Account) -> None:
    base = account.vendor.base_url
    done = gateway.ask(CONNECT, url=base, token=TOKEN, company=COMPANY)["connectUpstream"]
    assert done["userErrors"] == []
    gateway.id = done["upstream"]["id"]
    wait_until(lambda: gateway.how()["state"] == "RUNNING")


def read_whole(gateway: Gateway) -> None:
    """Have everything be compared once."""
    before = gateway.last_run()["id"]
    gateway.read()
    wait_until(lambda: gateway.last_run()["id"] != before and is_over(gateway.last_run()))


def left(gateway: Gateway) -> list[Any]:
    found: list[Any] = gateway.ask(LEFT)["deliveries"]["nodes"]
    return found


def is_to_write(gateway: Gateway) -> bool:
    """Say whether anything waits to be written, or is uncertain."""
    waits = gateway.ask(PENDING, id=gateway.id)["upstream"]["pendingCount"]
    return bool(waits) or any(each["state"] == "UNCERTAIN" for each in left(gateway))


def is_over(run: Any) -> bool:
    return (run["kind"], run["state"]) == ("FULL", "SUCCEEDED")


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(KILLS, id="short"),
        pytest.param(MANY_KILLS, id="long", marks=pytest.mark.long),
    ],
)
def test_nothing_is_lost_or_doubled_however_often_it_is_killed(
    account, database_url, database_kind, kills, record_property
):
    settings = {
        "TIMEOFF_SYNC_SETTLE_SECONDS": "1",
        "TIMEOFF_SYNC_REQUESTS_PER_HOUR": "1000000",
        "TIMEOFF_SYNC_KEYS": new_key(),
    }
    with phoenix(database_url, SETTINGS | settings) as server:
        server.start()
        gateway = Gateway(server)
        connected(gateway, account)
        writer = Writer(gateway)
        account.fault(*SLOW)
        met = most = 0
        for number in range(3 * kills[database_kind]):
            if number >= kills[database_kind] and most > 1:
                break
            for _ in range(writer.random.randint(*WRITES)):
                writer.write()
            time.sleep(writer.random.random())
            server.kill()
            server.start()
            unknown = gateway.ask(UNCERTAIN)["deliveries"]["totalCount"]
            met, most = met + unknown, max(most, unknown)
        account.fault()
        wait_until(lambda: not is_to_write(gateway))
        written = account.written()
        for _ in range(2):
            read_whole(gateway)

        assert left(gateway) == []
        assert account.days() == writer.days == gateway.days()
        assert gateway.ask(LEFT)["syncConflicts"] == {"totalCount": 0}
        assert account.written() == written
        assert most > 1, "none was killed while it made several days"
        server.kill()
    record_property(
        f"{kills[database_kind]} times kill -9 while writing to a vendor, on {database_kind}",
        f"{writer.written} writes here, {len(written)} there, {len(account.vendor.together)} of "
        f"them of several days; of {met} days nobody knew: 0 lost, 0 doubled",
    )
