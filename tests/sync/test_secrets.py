"""What opens an account is in no answer, log, figure, copy or list of processes."""

import time
from pathlib import Path

import httpx
import pytest

from app.services.sync.sealing import new_key
from tests import warm
from tests.builders import COMPANY
from tests.graphql.api import rows_of
from tests.server import clean_environment, serving
from tests.standins.kantata import TOKEN
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
RUNNING = 'timeoff_sync_upstreams{state="running",system="kantata_ox"} 1.0'
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

    def connect(self, base_url, token):
        asked = {"companyId": COMPANY, "api": "KANTATA_OX", "baseUrl": base_url}
        asked |= {"credentials": {"accessToken": token}, "daysBack": 5, "daysAhead": 20}
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


async def test_no_secret_is_anywhere_and_figures_and_lines_tell_how_it_went(
    database_url, account, tmp_path
):
    account.create(workdays(1))
    warm.run("migrate", "--database-url", database_url, env=clean_environment(), check=True)
    with serving(database_url, "--no-demo", environment=SETTINGS) as server:
        client = Client(server.url)
        fill(server.url)
        refused = client.connect(account.vendor.base_url, WRONG)
        connected = client.connect(account.vendor.base_url, TOKEN)
        client.wait_until_read()
        commands = [
            warm.run(*each, "--database-url", database_url, env=clean_environment() | SETTINGS)
            for each in (["dump", str(tmp_path / "dump")], ["upstreams"])
        ]
        commands.append(warm.run("settings", env=clean_environment() | SETTINGS))
        process = command_line_of(server.pid)
        client.ask(EVENTS)
        client.ask(CHANGES)
        page, metrics = client.get("/sync"), client.wait_for_figures(RUNNING)
        server.stop()
        log = server.log()
    rows = await rows_of(database_url)
    dump = (tmp_path / "dump").read_text("utf-8")

    assert [each["code"] for each in refused["userErrors"]] == ["CONNECTION_REFUSED"]
    assert connected["upstream"]["credentialHint"] == TOKEN[-4:]
    assert [each.returncode for each in commands] == [0, 0, 0]
    told = [*client.answers, page, log, dump, str(rows), process]
    told += [each.stdout + each.stderr for each in commands]
    for secret in (TOKEN, WRONG, KEY):
        assert not [each[:200] for each in told if secret in each]
    sealed = str(rows["upstreams"])
    assert "gAAAA" in sealed  # as Fernet begins, so that this would find it
    assert "gAAAA" not in dump

    assert 'timeoff_sync_requests_total{outcome="refused",system="kantata_ox"} 1.0' in metrics
    assert 'timeoff_sync_problems{system="kantata_ox"} 0.0' in metrics
    assert any(each.startswith("timeoff_sync_last_full_read_seconds{") for each in metrics)
    assert ": GET users/me: 401, " in log
    assert ": FULL SUCCEEDED: " in log
    assert "User 3" not in log
