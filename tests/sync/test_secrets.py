"""What opens an account is in no answer, log, figure, copy or list of processes."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from app.services.sync.sealing import new_key
from tests import warm
from tests.builders import COMPANY
from tests.graphql.api import rows_of
from tests.server import clean_environment, serving
from tests.standins.kantata import TOKEN
from tests.standins.procore import CLIENT_ID, CLIENT_SECRET, COMPANY_NUMBER
from tests.sync.conftest import fill, workdays

pytestmark = pytest.mark.process

KEY = new_key()
WRONG = "another-token-that-opens-nothing"
SETTINGS = {
    "TIMEOFF_SYNC_EXTRA_HOSTS": "127.0.0.1",
    "TIMEOFF_SYNC_KEYS": KEY,
    "TIMEOFF_METRICS": "true",
    "TIMEOFF_LOG_LEVEL": "debug",
    "TIMEOFF_LOG_REQUESTS": "true",
}
CONNECT = """mutation($input: ConnectUpstreamInput!) {
  connectUpstream(input: $input) { upstream { id credentialHint } userErrors { code message path } }
}"""
UPSTREAMS = """{ upstreams { nodes {
  id state stateReason lastFullReadAt credentialHint runs(first: 9) { nodes { message } } } } }"""
EVENTS = "{ accessEvents(first: 20) { nodes { kind details } } }"
CHANGES = f'{{ changes(companyId: "{COMPANY}", first: 50) {{ nodes {{ before after }} }} }}'
RUNNING = 'timeoff_sync_upstreams{state="running",system="%s"} 1.0'
READ_WITHIN_SECONDS = 120


class Client:
    """Asks a server, and keeps all that it answers."""

    def __init__(self, url):
        self.url, self.answers = url, []

    def get(self, path):
        self.answers.append(httpx.get(f"{self.url}{path}", timeout=60).text)
        return self.answers[-1]

    def ask(self, document, **variables):
        sent = {"query": document, "variables": variables}
        answer = httpx.post(f"{self.url}/graphql", json=sent, timeout=60)
        self.answers.append(answer.text)
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    def connect(self, api, base_url, credentials):
        asked = {"companyId": COMPANY, "api": api, "baseUrl": base_url}
        asked |= {"credentials": credentials, "daysBack": 5, "daysAhead": 20}
        return self.ask(CONNECT, input=asked)["connectUpstream"]

    def wait_until_read(self):
        deadline = time.monotonic() + READ_WITHIN_SECONDS
        while time.monotonic() < deadline:
            (upstream,) = self.ask(UPSTREAMS)["upstreams"]["nodes"]
            if upstream["lastFullReadAt"]:
                return
            time.sleep(0.1)
        raise AssertionError(upstream)

    def wait_for_figures(self, line):
        """Return the figures once they have the line: they are a second old."""
        deadline = time.monotonic() + READ_WITHIN_SECONDS
        while line not in (lines := self.get("/metrics").splitlines()):
            assert time.monotonic() < deadline, lines
            time.sleep(0.1)
        return lines


def command_line_of(pid):
    """Return what others of this machine see of a process."""
    return Path(f"/proc/{pid}/cmdline").read_text("utf-8")


@dataclass(frozen=True)
class Told:
    """All that anybody may read, and what only the database has."""

    texts: list[str]
    metrics: list[str]
    log: str
    sealed: str
    dump: str

    def has_none_of(self, secrets):
        for secret in secrets:
            assert not [each[:200] for each in self.texts if secret in each]
        assert "gAAAA" in self.sealed  # as Fernet begins, so that this would find it
        assert "gAAAA" not in self.dump


async def told_of(database_url, tmp_path, api, base_url, wrong, right):
    """Connect by wrong credentials, and by the right ones; return all that was told of it."""
    warm.run("migrate", "--database-url", database_url, env=clean_environment(), check=True)
    with serving(database_url, "--no-demo", environment=SETTINGS) as server:
        client = Client(server.url)
        fill(server.url)
        refused = client.connect(api, base_url, wrong)
        assert [each["code"] for each in refused["userErrors"]] == ["CONNECTION_REFUSED"]
        connected = client.connect(api, base_url, right)
        assert connected["userErrors"] == []
        client.wait_until_read()
        commands = [
            warm.run(*each, "--database-url", database_url, env=clean_environment() | SETTINGS)
            for each in (["dump", str(tmp_path / "dump")], ["upstreams"])
        ]
        commands.append(warm.run("settings", env=clean_environment() | SETTINGS))
        process = command_line_of(server.pid)
        client.ask(EVENTS)
        client.ask(CHANGES)
        page = client.get("/sync")
        metrics = client.wait_for_figures(RUNNING % api.lower())
        server.stop()
        log = server.log()
    rows = await rows_of(database_url)
    dump = (tmp_path / "dump").read_text("utf-8")
    assert [each.returncode for each in commands] == [0, 0, 0]
    texts = [*client.answers, page, log, dump, str(rows), process]
    texts += [each.stdout + each.stderr for each in commands]
    return connected["upstream"], Told(texts, metrics, log, str(rows["upstreams"]), dump)


async def test_no_secret_of_kantata_is_anywhere_and_figures_and_lines_tell_how_it_went(
    database_url, account, tmp_path
):
    account.create(workdays(1))

    upstream, told = await told_of(
        database_url,
        tmp_path,
        "KANTATA_OX",
        account.vendor.base_url,
        {"accessToken": WRONG},
        {"accessToken": TOKEN},
    )

    assert upstream["credentialHint"] == TOKEN[-4:]
    told.has_none_of([TOKEN, WRONG, KEY])
    assert 'timeoff_sync_requests_total{outcome="refused",system="kantata_ox"} 1.0' in told.metrics
    assert 'timeoff_sync_problems{system="kantata_ox"} 0.0' in told.metrics
    assert any(each.startswith("timeoff_sync_last_full_read_seconds{") for each in told.metrics)
    assert 'timeoff_sync_deliveries{state="blocked",system="kantata_ox"} 0.0' in told.metrics
    assert 'timeoff_sync_oldest_pending_seconds{system="kantata_ox"} 0.0' in told.metrics
    assert 'timeoff_sync_conflicts_open{system="kantata_ox"} 0.0' in told.metrics
    assert ": GET users/me: 401, " in told.log
    assert ": FULL SUCCEEDED: " in told.log
    assert "User 3" not in told.log


async def test_no_secret_of_procore_is_anywhere_nor_a_token_that_it_has_handed_out(
    database_url, company, tmp_path
):
    company.create(1, f"{datetime.now(UTC):%m/%d/%y}")
    opens = {"clientId": CLIENT_ID, "company": COMPANY_NUMBER}

    upstream, told = await told_of(
        database_url,
        tmp_path,
        "PROCORE_REST",
        company.vendor.base_url,
        opens | {"clientSecret": WRONG},
        opens | {"clientSecret": CLIENT_SECRET},
    )

    assert upstream["credentialHint"] is None, "it is short: its end would be half of it"
    assert company.vendor.tokens
    told.has_none_of([CLIENT_SECRET, WRONG, KEY, *company.vendor.tokens])
    assert ": FULL SUCCEEDED: " in told.log
    assert "Mason" not in told.log
