"""A real gateway beside a vendor that is down, slow, hostile; killed in the middle of a pass."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.builders import COMPANY
from tests.process.phoenix import Phoenix
from tests.server import Server, serving
from tests.standins.kantata import TOKEN
from tests.sync.conftest import Account

pytestmark = pytest.mark.process

WAIT_SECONDS = 300
MEGABYTE = 1024 * 1024
SETTINGS = {
    "TIMEOFF_SYNC_EXTRA_HOSTS": "127.0.0.1",
    "TIMEOFF_SYNC_POLL_SECONDS": "3600",
}
CONNECT = """mutation($url: String!, $token: String!, $company: ID!) {
  upsertCompanies(input: {companies: [{sourceId: $company, name: "Brick"}]}) {
    userErrors { message } }
  connectUpstream(input: {companyId: $company, api: KANTATA_OX, baseUrl: $url,
      credentials: {accessToken: $token}, daysBack: 3, daysAhead: 40}) {
    userErrors { message } upstream { id } } }"""
HOW = """query($id: ID!) { upstream(id: $id) { state stateReason
  runs(first: 1) { nodes { id kind state message } } } }"""
READ = """mutation($id: ID!) { syncUpstream(input: {id: $id, isFull: true}) {
  userErrors { message } } }"""
DAYS = """query($after: String) { timeOffEntries(first: 500, after: $after) {
  pageInfo { hasNextPage endCursor } nodes { hours requestedDate user { sourceId } } } }"""


class Gateway:
    """A gateway over HTTP, and the account that is connected to it."""

    def __init__(self, server: Server | Phoenix) -> None:
        self.url, self.id = f"{server.url}/graphql", ""

    def ask(self, document: str, **variables: Any) -> Any:
        asked = {"query": document, "variables": variables}
        answered = httpx.post(self.url, json=asked, timeout=60).json()
        assert "errors" not in answered, answered
        return answered["data"]

    def connect(self, account: Account) -> None:
        base = account.vendor.base_url
        done = self.ask(CONNECT, url=base, token=TOKEN, company=COMPANY)["connectUpstream"]
        assert done["userErrors"] == []
        self.id = done["upstream"]["id"]

    def how(self) -> Any:
        return self.ask(HOW, id=self.id)["upstream"]

    def last_run(self) -> Any:
        return self.how()["runs"]["nodes"][0]

    def has_failed(self, message: str, before: str) -> bool:
        """Say whether a pass that is not the one before has ended with this message."""
        run = self.last_run()
        return run["id"] != before and (run["state"], run["message"]) == ("FAILED", message)

    def read(self) -> None:
        assert self.ask(READ, id=self.id)["syncUpstream"]["userErrors"] == []

    def days(self) -> dict[tuple[int, str], int]:
        found, after, more = {}, None, True
        while more:
            listed = self.ask(DAYS, after=after)["timeOffEntries"]
            for each in listed["nodes"]:
                place = int(each["user"]["sourceId"]), each["requestedDate"]
                found[place] = round(each["hours"] * 3600)
            more, after = listed["pageInfo"]["hasNextPage"], listed["pageInfo"]["endCursor"]
        return found


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "waited for in vain"
        time.sleep(0.05)


@contextmanager
def callers_of(gateway: Gateway) -> Iterator[list[int]]:
    """Ask the gateway again and again meanwhile; every answer is as if nothing was the matter."""
    stopping, statuses = threading.Event(), []

    def call() -> None:
        with httpx.Client(timeout=WAIT_SECONDS) as client:
            while not stopping.is_set():
                asked = {"query": "{ timeOffEntries(first: 20) { totalCount } }"}
                answer = client.post(gateway.url, json=asked)
                statuses.append(200 if "errors" not in answer.json() else 0)
                stopping.wait(0.05)

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield statuses
    finally:
        stopping.set()
        thread.join()


def memory(server: Server, name: str) -> int:
    """Return what a line of the process's status says, in bytes."""
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    line = next(each for each in lines if each.startswith(name))
    return int(line.split()[1]) * 1024


@pytest.fixture
def today(account: Account) -> Account:
    """The account with entries around the real today, which a server's clock has."""
    account.create_around_today()
    return account


def test_a_pass_that_was_killed_goes_on_where_it_was(today, tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/here.db"
    asked = today.vendor.requests
    today.fault({"kind": "slow", "seconds": 3600, "path": "time_off_entries", "skips": 1})
    with serving(url, "--no-demo", environment=SETTINGS) as server:
        gateway = Gateway(server)
        asked.clear()
        gateway.connect(today)
        wait_until(lambda: sum(each.startswith("GET time_off_entries") for each in asked) == 2)
        server.kill()
    first = next(each for each in asked if each.startswith("GET time_off_entries"))
    asked.clear()
    today.fault()
    with serving(url, "--no-demo", environment=SETTINGS) as server:
        again = Gateway(server)
        again.id = gateway.id
        wait_until(lambda: again.how()["state"] == "RUNNING")

        assert again.days() == today.days() != {}
        assert first not in asked


FAULTS = [
    ({"kind": "status", "status": 503}, "It answered 503."),
    ({"kind": "html"}, "Its answer is no JSON."),
    ({"kind": "deep"}, "Its answer is no JSON."),
    ({"kind": "huge"}, "It answered more than 16,777,216 bytes."),
    ({"kind": "bomb"}, "It answered more than 16,777,216 bytes."),
    ({"kind": "silent"}, "It hung up before it had answered."),
]


def test_callers_notice_nothing_of_a_vendor_that_is_down_or_hostile(today, tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/here.db"
    with serving(url, "--no-demo", environment=SETTINGS) as server:
        gateway = Gateway(server)
        gateway.connect(today)
        wait_until(lambda: gateway.how()["state"] == "RUNNING")
        before = memory(server, "VmRSS")
        with callers_of(gateway) as statuses:
            for fault, message in FAULTS:
                today.fault(fault)
                before_it = gateway.last_run()["id"]
                gateway.read()
                wait_until(lambda: gateway.has_failed(message, before_it))  # noqa: B023
            answered = len(statuses)
            today.fault({"kind": "slow", "seconds": 3600})
            asked = len(today.vendor.requests)
            gateway.read()
            wait_until(lambda: len(today.vendor.requests) > asked)
            wait_until(lambda: len(statuses) > answered + 5)
        assert set(statuses) == {200}
        assert memory(server, "VmHWM") - before < 128 * MEGABYTE
        assert gateway.days() == today.days()
