"""A gateway that is killed while it writes absences to Procore, again and again, at any moment."""

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.services.sync.sealing import new_key
from tests.builders import COMPANY, uuid
from tests.process.phoenix import phoenix
from tests.standins.procore import CLIENT_ID, CLIENT_SECRET, COMPANY_NUMBER
from tests.sync.procore_company import Company
from tests.sync.test_killed import LEFT, UNCERTAIN, is_to_write, left, read_whole
from tests.sync.test_processes import SETTINGS, Gateway, wait_until

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

KILLS = 4
MANY_KILLS = 200
PEOPLE = range(1, 6)
WRITES = (3, 12)
"""Before each kill, at least and at most."""
SLOW = [
    {"kind": "slow", "seconds": 0.05, "method": method, "is_done": is_done}
    for method, is_done in (("POST", False), ("PATCH", True), ("DELETE", False))
]
"""Each write takes a while, before it is done or after it, so that many a kill meets one."""
CONNECT = """mutation($input: ConnectUpstreamInput!, $company: ID!) {
  upsertCompanies(input: {companies: [{sourceId: $company, name: "Brick"}]}) {
    userErrors { message } }
  connectUpstream(input: $input) { userErrors { message } upstream { id } } }"""
CREATE = """mutation($company: ID!, $person: ID!, $day: Date!, $reason: String!, $repeat: Repeat!) {
  answer: createPersonTimeOff(input: {
    companyId: $company, personId: $person, startDay: $day, endDay: $day, isPaid: true,
    reason: $reason, batchStartTime: "07:00", batchEndTime: "15:00",
    repeat: $repeat, cadence: 1, repeatEndDay: "2027-12-31"
  }) { userErrors { message } personTimeOff { id } } }"""
CHANGE = """mutation($id: ID!, $paid: Boolean!) {
  answer: updatePersonTimeOff(input: {id: $id, isPaid: $paid}) { userErrors { message } } }"""
DELETE = """mutation($id: ID!) {
  answer: deletePersonTimeOff(input: {id: $id}) { userErrors { message } } }"""
RECORDS = """{ personTimeOffs(first: 500) { nodes { reason isPaid } } }"""


class Writer:
    """Writes here; ``records`` says of each reason whether it is paid, as it is to be."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.random = random.Random(7)  # noqa: S311 - the same each time
        self.records: dict[str, bool] = {}
        self.written = 0
        self._ids: dict[str, str] = {}
        self._day = str(datetime.now(UTC).date() + timedelta(days=3))

    def write(self) -> None:
        """Make, change or delete a record, whichever comes."""
        chance = self.random.random()
        if len(self.records) < 4 or chance < 0.3:
            self._create(f"r{self.written}")
            return
        reason = self.random.choice(sorted(self.records))
        if chance < 0.5:
            self._ask(DELETE, id=self._ids.pop(reason))
            del self.records[reason]
            return
        self.records[reason] = not self.records[reason]
        self._ask(CHANGE, id=self._ids[reason], paid=self.records[reason])

    def _create(self, reason: str) -> None:
        made = self._ask(
            CREATE,
            company=COMPANY,
            person=uuid(self.random.choice(PEOPLE)),
            day=self._day,
            reason=reason,
            repeat=self.random.choice(["NEVER", "MONTHLY"]),
        )
        self._ids[reason] = made["personTimeOff"]["id"]
        self.records[reason] = True

    def _ask(self, document: str, **given: Any) -> Any:
        answer = self.gateway.ask(document, **given)["answer"]
        assert answer["userErrors"] == []
        self.written += 1
        return answer


def connected(gateway: Gateway, company: Company) -> None:
    asked = {
        "companyId": COMPANY,
        "api": "PROCORE_REST",
        "baseUrl": company.vendor.base_url,
        "credentials": {
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "company": COMPANY_NUMBER,
        },
        "direction": "TWO_WAY",
    }
    done = gateway.ask(CONNECT, input=asked, company=COMPANY)["connectUpstream"]
    assert done["userErrors"] == []
    gateway.id = done["upstream"]["id"]
    wait_until(lambda: gateway.how()["state"] == "RUNNING")


def here(gateway: Gateway) -> list[tuple[str, bool]]:
    nodes = gateway.ask(RECORDS)["personTimeOffs"]["nodes"]
    return sorted((each["reason"], each["isPaid"]) for each in nodes)


def there(company: Company) -> list[tuple[str, bool]]:
    return sorted((each["reason"], each["is_paid"]) for each in company.records().values())


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(KILLS, id="short"),
        pytest.param(MANY_KILLS, id="long", marks=pytest.mark.long),
    ],
)
def test_nothing_is_lost_or_doubled_however_often_it_is_killed(
    company, database_url, kills, record_property
):
    settings = {
        "TIMEOFF_SYNC_SETTLE_SECONDS": "1",
        "TIMEOFF_SYNC_REQUESTS_PER_HOUR": "1000000",
        "TIMEOFF_SYNC_KEYS": new_key(),
    }
    with phoenix(database_url, SETTINGS | settings) as server:
        server.start()
        gateway = Gateway(server)
        connected(gateway, company)
        writer = Writer(gateway)
        company.fault(*SLOW)
        met = 0
        for number in range(3 * kills):
            if number >= kills and met:
                break
            for _ in range(writer.random.randint(*WRITES)):
                writer.write()
            time.sleep(2 * writer.random.random())
            server.kill()
            server.start()
            met += gateway.ask(UNCERTAIN)["deliveries"]["totalCount"]
        company.fault()
        wait_until(lambda: not is_to_write(gateway))
        written = [each for each in company.vendor.requests if " " in each]
        for _ in range(2):
            read_whole(gateway)

        assert left(gateway) == []
        assert there(company) == sorted(writer.records.items()) == here(gateway)
        assert gateway.ask(LEFT)["syncConflicts"] == {"totalCount": 0}
        assert [each for each in company.vendor.requests if " " in each] == written
        assert met
        server.kill()
    record_property(
        f"{kills} times kill -9 while writing absences to a vendor",
        f"{writer.written} writes here, {len(written)} there, of {met} nobody knew: "
        "0 lost, 0 doubled",
    )
