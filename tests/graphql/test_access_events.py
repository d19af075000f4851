"""`accessEvents`: what happened that changes no record, as clients see it."""

import asyncio

import pytest

from app.services.exporting.request import ExportWish
from app.services.exporting.schedule_csv import write_schedule
from tests.builders import COMPANY, OTHER_COMPANY, company, node_id, user
from tests.graphql.api import gateway, put

EVENTS = """
query Events($filter: AccessEventFilter, $first: Int, $after: String) {
  accessEvents(filter: $filter, first: $first, after: $after) {
    nodes {
      kind actor { kind id name } via requestId peer count details company { sourceId }
    }
    totalCount
    pageInfo { hasNextPage endCursor }
  }
}
"""
WEEK = {"from": "2026-03-02", "to": "2026-03-08"}
CREATE_FEED = """
mutation Create($company: ID!) {
  createCalendarFeed(input: {companyId: $company}) { calendarFeed { id } link userErrors { code } }
}
"""
RENEW = "mutation Renew($id: ID!) { renewCalendarFeed(input: {id: $id}) { link } }"


@pytest.fixture
async def client(database_url):
    async with gateway(database_url) as client:
        companies = [company(), company(sourceId=OTHER_COMPANY)]
        await put(asking(client), companies=companies, users=[user()])
        yield client


def asking(client):
    async def ask(document, **variables):
        answer = await client.post("/graphql", json={"query": document, "variables": variables})
        return answer.json()

    return ask


async def events(client, least, **variables):
    """Events, once there are so many: they are stored soon, not at once."""
    for _ in range(100):
        answer = await asking(client)(EVENTS, **variables)
        page = answer["data"]["accessEvents"]
        if len(page["nodes"]) >= min(least, variables.get("first", least)):
            break
        await asyncio.sleep(0.1)
    return page


LOCAL = {"kind": "LOCAL", "id": "local", "name": "local"}


async def test_a_csv_link_is_told_with_its_days_and_its_request(client):
    exported = await client.get(
        "/exports/schedule.csv",
        params=WEEK | {"company": COMPANY, "name": "Ada"},
        headers={"X-Request-Id": "export-1"},
    )
    refused = await client.get("/exports/schedule.csv", params={"from": "2026-03-02"})
    assert [exported.status_code, refused.status_code] == [200, 400]

    page = await events(client, 1)

    assert page["nodes"] == [
        {
            "kind": "EXPORTED",
            "actor": LOCAL,
            "via": "PAGE",
            "requestId": "export-1",
            "peer": None,
            "count": 1,
            "details": {"format": "CSV", **WEEK},
            "company": {"sourceId": COMPANY},
        }
    ]


async def test_whose_data_were_given_is_told_once_for_each_operation(client):
    ask = asking(client)
    worker = node_id("Worker", f"U{user()['sourceId']}")
    wanted = f'personalData(workerId: "{worker}")'
    # An error has no place in a compiled answer: graphql-core asks for everything once more.
    twice = await ask(f'{{ {wanted} fails: worker(id: "none") {{ id }} }}')
    once = await ask(f"{{ {wanted} }}")
    assert twice["data"]["personalData"] == once["data"]["personalData"]
    assert "errors" in twice
    await client.get("/exports/schedule.csv", params=WEEK)

    page = await events(client, 3)

    assert sorted(each["details"]["format"] for each in page["nodes"]) == ["CSV", "JSON", "JSON"]


async def test_the_command_is_told_as_well(client, database_url):
    wish = ExportWish.read({"from": ["2026-03-02"], "to": ["2026-03-08"]})
    await asyncio.to_thread(write_schedule, database_url, wish, lambda _: None, lambda *_: None)

    (event,) = (await events(client, 1))["nodes"]

    assert (event["kind"], event["via"], event["requestId"]) == ("EXPORTED", "COMMAND", None)
    assert event["actor"] == {"kind": "COMMAND", "id": "command", "name": "timeoff"}
    assert (event["details"], event["company"]) == ({"format": "CSV", **WEEK}, None)


async def test_the_first_use_of_a_feeds_link_is_told_once_for_each_link(client):
    ask = asking(client)
    made = (await ask(CREATE_FEED, company=COMPANY))["data"]["createCalendarFeed"]
    for _ in range(3):
        answer = await client.get(made["link"], headers={"X-Request-Id": "poll"})
        assert answer.status_code == 200
    first = await events(client, 1)
    await client.get(made["link"])
    renewed = (await ask(RENEW, id=made["calendarFeed"]["id"]))["data"]["renewCalendarFeed"]
    await client.get(renewed["link"])
    await client.get("/feeds/nobodys.ics")
    await asyncio.sleep(1.2)

    told = (await events(client, 2))["nodes"]

    assert first["nodes"] == [
        {
            "kind": "FEED_LINK_FIRST_USED",
            "actor": None,
            "via": "PAGE",
            "requestId": "poll",
            "peer": "127.0.0.1",
            "count": 1,
            "details": {"calendarFeedId": made["calendarFeed"]["id"]},
            "company": {"sourceId": COMPANY},
        }
    ]
    assert [each["kind"] for each in told] == ["FEED_LINK_FIRST_USED"] * 2
    assert made["link"][len("/feeds/") : -len(".ics")] not in str(told)


async def test_a_link_that_is_taken_away_at_once_was_used_all_the_same(client):
    ask = asking(client)
    made = (await ask(CREATE_FEED, company=COMPANY))["data"]["createCalendarFeed"]
    for _ in range(2):
        assert (await client.get(made["link"])).status_code == 200
    await ask(RENEW, id=made["calendarFeed"]["id"])
    await asyncio.sleep(1.2)

    (told,) = (await events(client, 1))["nodes"]

    assert told["details"] == {"calendarFeedId": made["calendarFeed"]["id"]}


async def test_pages_and_filters(client):
    for name in (COMPANY, OTHER_COMPANY, COMPANY):
        await client.get("/exports/schedule.csv", params=WEEK | {"company": name})
    whole = await events(client, 3)
    first = await events(client, 3, first=2)
    rest = await events(client, 3, first=2, after=first["pageInfo"]["endCursor"])

    assert [each["company"]["sourceId"] for each in whole["nodes"]] == [
        COMPANY,
        OTHER_COMPANY,
        COMPANY,
    ]
    assert first["nodes"] + rest["nodes"] == whole["nodes"]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    for wanted, count in (
        ({"companyId": node_id("Company", OTHER_COMPANY)}, 1),
        ({"kinds": ["EXPORTED"], "actorIds": ["local"]}, 3),
        ({"kinds": ["SIGNED_IN"]}, 0),
        ({"at": {"since": "2099-01-01T00:00:00Z"}}, 0),
    ):
        page = await events(client, count, filter=wanted)
        assert (len(page["nodes"]), page["totalCount"]) == (count, count), wanted
