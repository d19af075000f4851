"""A company that writes to its account, over HTTP: connected, written, refused, decided."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import COMPANY, uuid
from tests.sync.conftest import fill
from tests.sync.test_graphql import SECONDS, Client, client, days_to_come

__all__ = ["client"]
pytestmark = pytest.mark.process
ENTER = """mutation($day: Date!, $hours: Float!) {
  createTimeOffEntries(
    input: {timeOffEntries: [{userId: "1", requestedDate: $day, hours: $hours}]}
  ) {
    userErrors { message } timeOffEntries { id } } }"""
LISTED = """{
  deliveries { totalCount nodes {
    id state date code message hours vendorHours worker { fullName } upstream { id } } }
  syncConflicts { totalCount nodes { id kind kept isByPolicy } } }"""
RETRY = """mutation($ids: [ID!]!) {
  retryDeliveries(input: {ids: $ids}) { userErrors { message } deliveries { id state } } }"""
STATES = """query($id: ID!) {
  upstream(id: $id) { pendingCount blockedCount openConflictCount seenWithinSeconds
    lagSeconds driftRepairedCount progress { what done total } }
  timeOffEntries { nodes { hours remoteId syncState syncMessage } } }"""
JOIN = """mutation($company: ID!, $person: ID!) {
  upsertUsers(input: {users: [
    {sourceId: "1", companyId: $company, fullName: "User 1", emailAddress: "one@x.example"}
  ]}) { userErrors { message } }
  upsertPeople(input: {people: [{
    sourceId: $person, companyId: $company, firstName: "One", lastName: "X", email: "one@x.example"
  }]}) { userErrors { message } } }"""
CARRY = """mutation($company: ID!, $flow: SyncFlow! = PROCORE_TO_KANTATA) {
  setSyncFlow(input: {companyId: $company, flow: $flow}) { userErrors { message } } }"""
RECORD = """mutation($company: ID!, $person: ID!, $day: Date!) {
  createPersonTimeOff(input: {
    companyId: $company, personId: $person, startDay: $day, endDay: $day, isPaid: true,
    reason: "medical", batchStartTime: "07:00", batchEndTime: "15:00"
  }) { userErrors { message } personTimeOff { id } } }"""
DELETE = """mutation($id: ID!) {
  deletePersonTimeOff(input: {id: $id}) { userErrors { message } } }"""
DIFFERENCES = """query($first: Date!, $last: Date!) {
  discrepancies(from: $first, to: $last) { nodes { date isSettling } } }"""
UPDATE = """mutation($id: ID!, $direction: SyncDirection!) {
  updateUpstream(input: {id: $id, direction: $direction}) {
    userErrors { message } upstream { direction conflictPolicy } } }"""


def until(ask: Callable[[], Any], is_so: Callable[[Any], bool]) -> Any:
    """Ask until the answer is so, and return it."""
    deadline = time.monotonic() + SECONDS
    while not is_so(found := ask()):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def test_what_is_entered_here_is_there_and_what_is_refused_is_tried_again(account, client: Client):
    fill(client.server.url)
    day = days_to_come()[0]
    connected = client.connect(account, direction="TWO_WAY")
    assert connected["userErrors"] == []
    id_ = connected["upstream"]["id"]
    client.wait(id_, lambda found: found["state"] == "RUNNING")
    account.fault({"kind": "status", "status": 422, "method": "POST", "words": "Not that day."})

    entered = client.ask(ENTER, day=str(day), hours=4)["createTimeOffEntries"]
    assert entered["userErrors"] == []
    listed = until(
        lambda: client.ask(LISTED)["deliveries"],
        lambda found: [each["state"] for each in found["nodes"]] == ["BLOCKED"],
    )
    [blocked] = listed["nodes"]
    refused = client.ask(STATES, id=id_)
    account.fault()
    retried = client.ask(RETRY, ids=[blocked["id"]])["retryDeliveries"]
    until(account.days, lambda found: found == {(1, str(day)): 4 * 3_600})
    until(lambda: client.ask(LISTED)["deliveries"]["totalCount"], lambda found: found == 0)

    done = client.ask(STATES, id=id_)
    [entry] = done["timeOffEntries"]["nodes"]
    assert refused["upstream"].pop("seenWithinSeconds") == 60
    assert done["upstream"].pop("seenWithinSeconds") == 60
    for each in (refused, done):
        assert (each["upstream"].pop("lagSeconds"), each["upstream"].pop("progress")) == (
            None,
            None,
        )
        assert each["upstream"].pop("driftRepairedCount") == 0
    assert refused["upstream"] == {"pendingCount": 0, "blockedCount": 1, "openConflictCount": 0}
    [state] = refused["timeOffEntries"]["nodes"]
    message = state.pop("syncMessage")
    assert (message, entry["syncMessage"]) == (blocked["message"], None)
    assert state == {"hours": 4, "remoteId": None, "syncState": "BLOCKED"}
    assert set(done["upstream"].values()) == {0}
    assert (entry["syncState"], entry["remoteId"] in account.entries()) == ("IN_SYNC", True)
    assert (blocked["hours"], blocked["vendorHours"]) == (4, None)
    assert (blocked["code"], blocked["date"]) == ("REFUSED", str(day))
    assert blocked["message"].endswith("Not that day.")
    assert blocked["worker"] == {"fullName": "User 1"}
    assert retried["userErrors"] == []


def test_a_day_that_waits_is_settling_until_nothing_is_written_there_any_more(
    account, client: Client
):
    fill(client.server.url)
    first, second, *_ = days_to_come()
    id_ = client.connect(account, direction="TWO_WAY")["upstream"]["id"]
    client.wait(id_, lambda found: found["state"] == "RUNNING")
    client.ask(JOIN, company=COMPANY, person=uuid(1))
    client.ask(ENTER, day=str(first), hours=4)
    until(account.days, lambda found: found == {(1, str(first)): 4 * 3_600})
    until(lambda: client.ask(LISTED)["deliveries"]["totalCount"], lambda found: found == 0)

    client.change("pauseUpstream", id_)
    client.ask(ENTER, day=str(second), hours=4)
    waiting = client.ask(DIFFERENCES, first=str(first), last=str(second))
    client.ask(CARRY, company=COMPANY, flow="PROCORE_TO_KANTATA")
    refused = client.ask(UPDATE, id=id_, direction="READ_ONLY")["updateUpstream"]
    client.ask(CARRY, company=COMPANY, flow="NONE")
    back = client.ask(UPDATE, id=id_, direction="READ_ONLY")["updateUpstream"]["upstream"]
    over = client.ask(DIFFERENCES, first=str(first), last=str(second))

    def told(answer: dict[str, Any]) -> dict[str, bool]:
        return {each["date"]: each["isSettling"] for each in answer["discrepancies"]["nodes"]}

    assert refused["userErrors"][0]["message"].startswith("Time off is carried to it")
    assert told(waiting) == {str(first): False, str(second): True}
    assert back == {"direction": "READ_ONLY", "conflictPolicy": "VENDOR_WINS"}
    assert told(over) == {str(first): False, str(second): False}
    assert client.ask(LISTED)["deliveries"]["totalCount"] == 0


def test_what_is_recorded_for_procore_is_there_in_kantata_a_moment_later(account, client: Client):
    fill(client.server.url)
    day = days_to_come()[0]
    id_ = client.connect(account, direction="TWO_WAY")["upstream"]["id"]
    client.wait(id_, lambda found: found["state"] == "RUNNING")
    client.ask(JOIN, company=COMPANY, person=uuid(1))
    assert client.ask(CARRY, company=COMPANY)["setSyncFlow"]["userErrors"] == []

    recorded = client.ask(RECORD, company=COMPANY, person=uuid(1), day=str(day))
    until(account.days, lambda found: found == {(1, str(day)): 8 * 3_600})
    made = recorded["createPersonTimeOff"]["personTimeOff"]["id"]
    client.ask(DELETE, id=made)
    until(account.days, lambda found: found == {})
    until(lambda: client.ask(LISTED)["deliveries"]["totalCount"], lambda found: found == 0)
