"""A thousand marked reasons: whoever may not read them meets none, whatever goes right or wrong.

A real server, with its log at `debug`: answers of every door, refusals, replays, a fault of the
database, a kill, metrics and audit.
"""

import json
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing

import pytest
from sqlalchemy.engine import make_url

from tests import builders, warm
from tests.builders import COMPANY, PERSON, node_id
from tests.server import clean_environment, serving

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

MARK = "Rsn7Zq"
RECORDS = 1_000
AT_A_TIME = 20
DAYS = 'from: "2026-03-01", to: "2026-03-31"'
READING = {
    "records": "{ personTimeOffs(first: 500) { nodes { reason isPaid } } }",
    "people": "{ people { nodes { timeOff(first: 500) { nodes { reason } } } } }",
    "schedule": f"{{ schedule({DAYS}) {{ nodes {{ days {{ contributions {{ reason }} }} }} }} }}",
    "differences": f"{{ discrepancies({DAYS}) {{ nodes {{ contributions {{ reason }} }} }} }}",
    "changes": f'{{ changes(companyId: "{COMPANY}", first: 500) {{ nodes {{ after before }} }} }}',
    "audit": "{ accessEvents(first: 500) { nodes { kind details } } }",
}
CREATE = """
m%d: createPersonTimeOff(input: {companyId: "%s", personId: "%s", startDay: "%s", endDay: "%s",
  isPaid: true, reason: "%s%d", batchStartTime: "07:00", batchEndTime: "15:00",
  idempotencyKey: "k%d"}) { personTimeOff { reason } userErrors { message path } }
"""


UPDATE = """
mutation { updatePersonTimeOff(input: {id: %s, isPaid: false}) { personTimeOff { reason } } }
"""
PAGE = 500


class Gateway:
    """A server's doors, as the holder of a token opens them."""

    def __init__(self, url, token):
        self.url, self.token = url, token

    def get(self, path, body=None):
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.read().decode()

    def ask(self, document):
        return self.get("/graphql", json.dumps({"query": document}).encode())


def make_token(url, name, *options):
    words = ("token", "create", name, *options, "--database-url", url)
    made = warm.run(*words, env=clean_environment(), check=True)
    return made.stdout.strip()


def created(first, last=None):
    """Mutations of the next records; each has its own key and its own reason.

    They are of all workdays of four weeks: each is compared with those that it overlaps.
    """
    parts = []
    for number in range(first, first + AT_A_TIME):
        week, weekday = divmod(number % 20, 5)
        day = f"2026-03-{2 + 7 * week + weekday:02}"
        spot = (COMPANY, PERSON, day, last or day)
        parts.append(CREATE % (number, *spot, MARK, number, number))
    return f"mutation {{ {' '.join(parts)} }}"


def pictures(gateway, link):
    """Everything that a caller can read, at every door."""
    yield from (gateway.ask(document) for document in READING.values())
    yield gateway.get("/exports/schedule.csv?from=2026-03-01&to=2026-03-31&all_days=true")
    yield gateway.get(link)
    yield gateway.get(f"/procore/{COMPANY}/people/{PERSON}/time-off")
    yield gateway.get("/kantata/api/v1/time_off_entries?include=external_references,user")
    yield gateway.get("/metrics")


def test_no_reason_reaches_anybody_who_may_not_read_it(database_url):
    admin = make_token(database_url, "admin", "--role", "admin")
    reader = make_token(
        database_url, "all but reasons", "--role", "admin", "--deny", "READ_REASONS"
    )
    environment = {"TIMEOFF_METRICS": "true", "TIMEOFF_LOG_LEVEL": "debug"}
    logs = []
    with serving(database_url, "--no-demo", environment=environment) as server:
        hr, other = Gateway(server.url, admin), Gateway(server.url, reader)
        link = _fill(hr)
        heard = list(pictures(other, link))
        # Refused, done again under its key by another, and done by who may not read it.
        heard.append(other.ask(created(5_000, last="2026-02-02")))
        heard.append(other.ask(created(0)))
        heard.append(other.ask(UPDATE % _record(hr)))
        assert hr.ask(READING["records"]).count(MARK) == PAGE
        with closing(sqlite3.connect(str(make_url(database_url).database))) as connection:
            connection.execute("ALTER TABLE person_days RENAME TO gone")
            heard.append(other.ask(created(6_000)))
            heard += pictures(other, link)
            connection.execute("ALTER TABLE gone RENAME TO person_days")
        logs.append(server.log())
        server.kill()
        logs.append(server.log())
    with serving(database_url, "--no-demo", environment=environment) as server:
        heard += pictures(Gateway(server.url, reader), link)
        logs.append(server.log())

    assert [each[:300] for each in heard if MARK in each] == []
    assert "isPaid" in heard[0]
    assert [line for log in logs for line in log.splitlines() if MARK in line] == []


def _fill(hr):
    for noun, item in (("companies", builders.company()), ("people", builders.person())):
        fields = ", ".join(f"{name}: {json.dumps(value)}" for name, value in item.items())
        answer = hr.ask(
            f"mutation {{ upsert{noun.title()}(input: {{{noun}: [{{{fields}}}]}})"
            " { userErrors { message } } }"
        )
        assert '"userErrors":[]' in answer
    for first in range(0, RECORDS, AT_A_TIME):
        assert hr.ask(created(first)).count(MARK) == AT_A_TIME
    worker = node_id("Worker", f"P{PERSON}")
    made = hr.ask(f'mutation {{ createCalendarFeed(input: {{workerId: "{worker}"}}) {{ link }} }}')
    return json.loads(made)["data"]["createCalendarFeed"]["link"]


def _record(hr):
    found = json.loads(hr.ask("{ personTimeOffs(first: 1) { nodes { id } } }"))
    return json.dumps(found["data"]["personTimeOffs"]["nodes"][0]["id"])
