"""A company that writes to Procore, over HTTP: refused, decided, told by the API and the page."""

import httpx
import pytest

from tests.builders import COMPANY, uuid
from tests.standins.procore import CLIENT_ID, CLIENT_SECRET, COMPANY_NUMBER
from tests.sync.test_graphql import Client, client, days_to_come
from tests.sync.test_writing_graphql import RECORD, RETRY, until

__all__ = ["client"]
pytestmark = pytest.mark.process

MAKE = """mutation($company: ID!) {
  upsertCompanies(input: {companies: [{sourceId: $company, name: "Brick"}]}) {
    userErrors { message } } }"""
LISTED = """{ deliveries { totalCount nodes {
  id state operation date code message summary vendorSummary hours vendorHours
  worker { fullName } personTimeOff { id } } } }"""
CONFLICTS = """{ syncConflicts { nodes {
  id kind date gateway vendor base worker { fullName } personTimeOff { id } } } }"""
RECORDS = "{ personTimeOffs { nodes { id sourceId remoteId syncState syncMessage isPaid } } }"
CHANGE = """mutation($id: ID!, $start: LocalTime!) {
  updatePersonTimeOff(input: {id: $id, batchStartTime: $start}) { userErrors { message } } }"""
RESOLVE = """mutation($id: ID!) {
  resolveSyncConflict(input: {id: $id, keep: GATEWAY}) {
    userErrors { message } syncConflict { kept } } }"""


@pytest.fixture
def upstream_id(company, client: Client) -> str:
    """A company here that writes to that one, in which nothing is yet."""
    client.ask(MAKE, company=COMPANY)
    credentials = {
        "clientId": CLIENT_ID,
        "clientSecret": CLIENT_SECRET,
        "company": COMPANY_NUMBER,
    }
    made = client.connect(
        company,
        api="PROCORE_REST",
        credentials=credentials,
        direction="TWO_WAY",
        conflictPolicy="ASK",
    )
    assert made["userErrors"] == []
    client.wait(made["upstream"]["id"], lambda found: found["state"] == "RUNNING")
    id_: str = made["upstream"]["id"]
    return id_


def test_what_procore_refuses_is_told_without_a_reason_and_tried_again(
    company, client: Client, upstream_id
):
    day = str(days_to_come()[0])
    refusal = {"kind": "status", "status": 422, "method": "POST", "words": "medical is no reason"}
    company.fault(refusal)

    made = client.ask(RECORD, company=COMPANY, person=uuid(1), day=day)["createPersonTimeOff"]
    listed = until(
        lambda: client.ask(LISTED)["deliveries"],
        lambda found: [each["state"] for each in found["nodes"]] == ["BLOCKED"],
    )
    [refused] = client.ask(RECORDS)["personTimeOffs"]["nodes"]
    page = httpx.get(f"{client.server.url}/sync").text
    company.fault()
    [blocked] = listed["nodes"]
    client.ask(RETRY, ids=[blocked["id"]])
    until(company.records, lambda found: len(found) == 1)
    until(lambda: client.ask(LISTED)["deliveries"]["totalCount"], lambda found: found == 0)
    [done] = client.ask(RECORDS)["personTimeOffs"]["nodes"]

    assert made["userErrors"] == []
    summary = f"{day}, 07:00 to 15:00, paid"
    assert (blocked["summary"], blocked["vendorSummary"]) == (summary, "nothing")
    assert blocked["operation"] == "CREATE"
    assert (blocked["code"], blocked["date"], blocked["hours"]) == ("REFUSED", None, None)
    assert blocked["worker"] == {"fullName": "Person 1 Mason"}
    assert blocked["personTimeOff"] == {"id": made["personTimeOff"]["id"]}
    assert (refused["syncState"], refused["remoteId"]) == ("BLOCKED", None)
    assert refused["syncMessage"] == blocked["message"]
    assert summary in blocked["message"]
    assert "medical" not in blocked["message"]
    assert "Not written: 1 absence" in page
    assert "Person 1 Mason" in page
    assert summary in page
    assert "medical" not in page
    [there] = company.records()
    assert (done["syncState"], done["syncMessage"]) == ("IN_SYNC", None)
    assert done["remoteId"] == there != done["sourceId"]


def test_what_both_have_changed_is_decided_by_a_person(company, client: Client, upstream_id):
    day = str(days_to_come()[0])
    made = client.ask(RECORD, company=COMPANY, person=uuid(1), day=day)["createPersonTimeOff"]
    id_ = made["personTimeOff"]["id"]
    until(company.records, lambda found: len(found) == 1)
    until(lambda: client.ask(LISTED)["deliveries"]["totalCount"], lambda found: found == 0)
    client.change("pauseUpstream", upstream_id)
    [there] = company.records()
    company.change(1, there, batch_start_time="9:00 AM")
    client.ask(CHANGE, id=id_, start="10:00")
    client.change("resumeUpstream", upstream_id)

    [conflict] = until(lambda: client.ask(CONFLICTS)["syncConflicts"]["nodes"], bool)
    [asked] = client.ask(RECORDS)["personTimeOffs"]["nodes"]
    page = httpx.get(f"{client.server.url}/sync").text
    resolved = client.ask(RESOLVE, id=conflict["id"])["resolveSyncConflict"]
    until(
        company.records,
        lambda found: [each["batch_start_time"] for each in found.values()] == ["10:00 AM"],
    )

    assert (conflict["kind"], conflict["date"]) == ("BOTH_CHANGED", day)
    starts = [conflict[side]["batchStartTime"] for side in ("gateway", "vendor", "base")]
    assert starts == ["10:00", "09:00", "07:00"]
    assert conflict["personTimeOff"] == {"id": id_}
    assert asked["syncState"] == "CONFLICT"
    assert "Keep ours" in page
    assert f"{day}, 09:00 to 15:00, paid" in page
    assert resolved == {"userErrors": [], "syncConflict": {"kept": "GATEWAY"}}
