"""Subscriptions over WebSocket and Server-Sent Events: history, then news, and nothing missing."""

import asyncio
import json
from datetime import date, timedelta

import httpx
import pytest
import websockets

from app.domain.access import AccessRole
from app.services.access.tokens import CreateToken
from app.services.caller import COMMAND
from tests.builders import COMPANY, MONDAY, OTHER_COMPANY, TUESDAY, company, holiday, node_id
from tests.events.subscriber import (
    CHANGES,
    DAYS_CHANGED,
    OF_COMPANY,
    SECONDS,
    Writer,
    over_sse,
    over_websocket,
)
from tests.graphql_http.clients import PROTOCOL
from tests.server import serving

pytestmark = pytest.mark.rule("5.3")

PUT_COMPANIES = """
mutation Put($all: [CompanyInput!]!) {
  upsertCompanies(input: {companies: $all}) { userErrors { message } }
}
"""
MANY = 20
WEDNESDAY = "2026-03-04"
OVER = pytest.mark.parametrize("subscribing", [over_websocket, over_sse])


@pytest.fixture
def server(database_url):
    with serving(database_url) as server:
        yield server


@pytest.fixture
async def writer(server):
    async with Writer(server.url) as writer:
        await writer.fill()
        yield writer


def edge_of(event):
    """What an event says, over either."""
    payload = event["payload"] if isinstance(event, dict) else event[1]
    return next(iter(payload["data"].values()))


def errors_of(event):
    return event["payload"] if isinstance(event, dict) else event[1]["errors"]


def numbers(events):
    return [int(edge_of(each)["node"]["sequence"]) for each in events]


@OVER
async def test_what_was_committed_comes_first_and_then_what_is(server, writer, subscribing):
    await writer.enter(MONDAY)
    first = {"after": None}
    page = await writer.ask(
        "query P($id: ID!) { changes(companyId: $id, first: 1) { edges { cursor } } }", id=COMPANY
    )
    first = page["changes"]["edges"][0]["cursor"]

    async with subscribing(server.url, CHANGES, OF_COMPANY | {"after": first}) as events:
        history = await events.take(5)
        await writer.enter(TUESDAY)
        news = await events.next()

    assert numbers([*history, news]) == [2, 3, 4, 5, 6, 7][: len(history) + 1]
    node = edge_of(news)["node"]
    assert (node["operation"], node["subjectType"]) == ("CREATED", "TimeOffEntry")
    assert node["days"] == {"from": TUESDAY, "to": TUESDAY}


@OVER
async def test_without_a_cursor_it_begins_now_and_any_cursor_goes_on(server, writer, subscribing):
    async with subscribing(server.url, CHANGES, OF_COMPANY) as events:
        await asyncio.sleep(0.3)
        await writer.enter(MONDAY)
        seen = edge_of(await events.next())
    await writer.enter(TUESDAY)

    again = OF_COMPANY | {"after": seen["cursor"]}
    async with subscribing(server.url, CHANGES, again) as events:
        next_one = edge_of(await events.next())

    assert int(next_one["node"]["sequence"]) == int(seen["node"]["sequence"]) + 1


async def test_an_event_has_its_cursor_as_its_id_and_a_browser_goes_on_from_there(server, writer):
    async with over_sse(server.url, CHANGES, OF_COMPANY) as events:
        await asyncio.sleep(0.3)
        await writer.enter(MONDAY)
        seen = edge_of(await events.next())
        (id_,) = events.ids
    await writer.enter(TUESDAY)

    resumed = {"last-event-id": id_}
    async with over_sse(server.url, CHANGES, OF_COMPANY, resumed) as events:
        next_one = edge_of(await events.next())

    assert id_ == seen["cursor"]
    assert int(next_one["node"]["sequence"]) == int(seen["node"]["sequence"]) + 1


@OVER
async def test_a_filter_leaves_out_what_is_not_asked_for(server, writer, subscribing):
    wanted = {"filter": {"subjectTypes": ["TimeOffEntry"], "days": {"from": TUESDAY}}}
    async with subscribing(server.url, CHANGES, OF_COMPANY | wanted) as events:
        await asyncio.sleep(0.3)
        await writer.enter(MONDAY)
        await writer.enter(TUESDAY)
        event = edge_of(await events.next())

    assert event["node"]["days"] == {"from": TUESDAY, "to": TUESDAY}


@OVER
async def test_a_calendar_hears_whose_days_have_changed(server, writer, subscribing):
    wanted = {"workers": ["1"], "from": MONDAY, "to": TUESDAY}
    wanted["workers"] = [node_id("Worker", "U1")]
    async with subscribing(server.url, DAYS_CHANGED, OF_COMPANY | wanted) as events:
        begun = edge_of(await events.next())
        await writer.enter(MONDAY, user_id="2")
        await writer.enter(WEDNESDAY)
        await writer.enter(MONDAY, TUESDAY)
        one = edge_of(await events.next())
        await writer.ask(
            "mutation H($all: [HolidayInput!]!) { upsertHolidays(input: {holidays: $all})"
            " { userErrors { message } } }",
            all=[holiday(startDate=TUESDAY, endDate=WEDNESDAY)],
        )
        everybodys = edge_of(await events.next())

    assert begun["workers"] == []
    assert one["workers"] == [{"id": node_id("Worker", "U1")}]
    assert one["days"] == {"from": MONDAY, "to": TUESDAY}
    assert everybodys["workers"] is None
    assert everybodys["days"] == {"from": TUESDAY, "to": WEDNESDAY}


@OVER
@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"company": OTHER_COMPANY}, "BAD_USER_INPUT"),
        ({"company": "nonsense"}, "BAD_USER_INPUT"),
        (OF_COMPANY | {"after": "nonsense"}, "BAD_USER_INPUT"),
        ({"company": None}, "BAD_USER_INPUT"),
        (OF_COMPANY | {"filter": {"operations": ["MOVED"]}}, "BAD_USER_INPUT"),
        (
            OF_COMPANY
            | {
                "filter": {"at": {"since": "2026-03-02T08:00:00Z", "until": "2026-03-01T08:00:00Z"}}
            },
            "BAD_USER_INPUT",
        ),
    ],
)
async def test_what_cannot_be_followed_is_refused(server, writer, subscribing, variables, code):
    async with subscribing(server.url, CHANGES, variables) as events:
        refused = await events.next()
        assert errors_of(refused)[0]["extensions"]["code"] == code
        if isinstance(refused, dict):
            assert refused["type"] == "error"
        else:
            assert await events.next() == ("complete", None)
            assert await events.next() == ("closed", None)


@OVER
async def test_a_cursor_of_another_company_is_refused(server, writer, subscribing):
    await writer.ask(PUT_COMPANIES, all=[company(sourceId=OTHER_COMPANY)])
    page = await writer.ask(
        "query P($id: ID!) { changes(companyId: $id, last: 1) { edges { cursor } } }",
        id=OTHER_COMPANY,
    )
    foreign = page["changes"]["edges"][0]["cursor"]

    async with subscribing(server.url, CHANGES, OF_COMPANY | {"after": foreign}) as events:
        refused = errors_of(await events.next())

    assert refused[0]["extensions"] == {"code": "CURSOR_EXPIRED", "path": ["after"]}


async def post(server, query, variables=None, **headers):
    async with httpx.AsyncClient(base_url=server.url) as client:
        body = {"query": query, "variables": variables or OF_COMPANY}
        return await client.post("/graphql", json=body, headers=headers)


async def test_a_subscription_needs_a_client_that_takes_events(server, writer):
    whole = await post(server, CHANGES, accept="application/json")
    multipart = await post(server, CHANGES, accept='multipart/mixed;subscriptionSpec="1.0"')

    assert (whole.status_code, multipart.status_code) == (406, 406)
    assert "text/event-stream" in whole.json()["errors"][0]["message"]
    assert "There is no multipart" in multipart.json()["errors"][0]["message"]


@pytest.mark.parametrize("accept", ["text/event-stream", "Text/Event-Stream; q=0.9, */*;q=0.1"])
async def test_a_query_may_be_answered_as_events_too(server, accept):
    async with over_sse(server.url, "{ __typename }", {}, {"accept": accept}) as events:
        assert await events.next() == ("next", {"data": {"__typename": "Query"}})
        assert await events.next() == ("complete", None)
        assert await events.next() == ("closed", None)


@pytest.mark.parametrize(
    "lines", [["application/json", "text/event-stream"], ["*/*;q=0.1", "text/event-stream"]]
)
async def test_what_is_accepted_may_be_said_in_several_lines(server, writer, lines):
    accept = [("Accept", each) for each in lines]
    body = {"query": DAYS_CHANGED, "variables": OF_COMPANY}
    async with (
        httpx.AsyncClient(base_url=server.url, timeout=SECONDS) as client,
        client.stream("POST", "/graphql", json=body, headers=accept) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")


async def test_what_is_refused_before_it_begins_has_a_status(server):
    syntax = await post(server, "subscription {", accept="text/event-stream")
    several = await post(
        server,
        "subscription { a: changes(companyId: 1) { cursor } b: changes(companyId: 2) { cursor } }",
        accept="text/event-stream",
    )

    assert (syntax.status_code, several.status_code) == (400, 400)
    assert several.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_browsers_event_source_subscribes_by_get(server, writer):
    parameters = {"query": CHANGES, "variables": f'{{"company": "{COMPANY}"}}'}
    async with (
        httpx.AsyncClient(base_url=server.url) as client,
        client.stream(
            "GET", "/graphql", params=parameters, headers={"accept": "text/event-stream"}
        ) as response,
    ):
        lines = response.aiter_lines()
        assert await anext(lines) == ":"
        await writer.enter(MONDAY)
        async for line in lines:
            if line.startswith("data:"):
                break

    assert response.headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in response.headers
    assert "TimeOffEntry" in line


@OVER
async def test_it_lasts_no_longer_than_it_may(database_url, subscribing):
    with serving(database_url, environment={"TIMEOFF_LIMIT_SUBSCRIPTION_SECONDS": "1"}) as server:
        async with Writer(server.url) as writer:
            await writer.fill()
        async with subscribing(server.url, CHANGES, OF_COMPANY) as events:
            ended = await events.next()

    assert ended in ({"id": "1", "type": "complete"}, ("complete", None))


async def test_only_so_many_are_under_way(database_url):
    limits = {"TIMEOFF_LIMIT_SUBSCRIPTIONS_PER_CALLER": "2", "TIMEOFF_LIMIT_SUBSCRIPTIONS": "3"}
    with serving(database_url, environment=limits) as server:
        async with Writer(server.url) as writer:
            await writer.fill()
        async with (
            over_sse(server.url, CHANGES, OF_COMPANY),
            over_websocket(server.url, CHANGES, OF_COMPANY) as second,
        ):
            await second.none(0.5)
            refused = await post(server, CHANGES, accept="text/event-stream")
            async with over_websocket(server.url, CHANGES, OF_COMPANY) as third:
                also = await third.next()
        await asyncio.sleep(2.5)  # it is seen that they have left
        async with over_sse(server.url, CHANGES, OF_COMPANY) as events:
            await events.none(0.2)

    assert refused.status_code == 429
    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert also["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


@OVER
async def test_at_the_end_of_the_process_clients_are_sent_away_at_once_to_come_back(
    server, writer, subscribing
):
    async with subscribing(server.url, CHANGES, OF_COMPANY) as events:
        await events.none(0.3)
        code = await asyncio.to_thread(server.stop)
        ended = await events.next()

    assert code == 0
    assert "graceful shutdown exceeded" not in server.log()
    # Not completed: a client that comes back goes on where it was.
    assert ended in (("closed", 1012), ("closed", None))


async def token_of(services, role, **more):
    issued = await services.tokens.create(COMMAND, CreateToken("me", role, **more))
    return issued, {"authorization": f"Bearer {issued.text}"}


@OVER
async def test_who_may_read_no_changes_follows_none_but_hears_of_days(
    server, writer, services, subscribing
):
    _, viewer = await token_of(services, AccessRole.VIEWER)
    _, planner = await token_of(services, AccessRole.PLANNER)
    async with subscribing(server.url, CHANGES, OF_COMPANY, viewer) as events:
        refused = errors_of(await events.next())
    async with (
        subscribing(server.url, DAYS_CHANGED, OF_COMPANY, viewer) as events,
        Writer(server.url, planner) as planning,
    ):
        begun = edge_of(await events.next())
        await planning.enter(MONDAY)
        heard = edge_of(await events.next())

    assert refused[0]["extensions"]["code"] == "FORBIDDEN"
    assert refused[0]["extensions"]["permission"] == "READ_CHANGES"
    assert begun["workers"] == []
    assert heard["days"] == {"from": MONDAY, "to": MONDAY}


@OVER
async def test_who_has_heard_only_where_it_began_misses_nothing(server, writer, subscribing):
    async with subscribing(server.url, DAYS_CHANGED, OF_COMPANY) as events:
        begun = edge_of(await events.next())
    await writer.enter(MONDAY)

    again = OF_COMPANY | {"after": begun["cursor"]}
    async with subscribing(server.url, DAYS_CHANGED, again) as events:
        first, missed = edge_of(await events.next()), edge_of(await events.next())

    assert first == begun
    assert missed["days"] == {"from": MONDAY, "to": MONDAY}


@OVER
async def test_nobody_follows_a_company_of_others(server, writer, services, subscribing):
    await writer.ask(PUT_COMPANIES, all=[company(sourceId=OTHER_COMPANY)])
    _, stranger = await token_of(services, AccessRole.ADMIN, companies=[OTHER_COMPANY])
    for query in (CHANGES, DAYS_CHANGED):
        async with subscribing(server.url, query, OF_COMPANY, stranger) as events:
            refused = errors_of(await events.next())
        assert refused[0]["message"] == "There is no such company."


@OVER
async def test_a_subscription_ends_with_its_credential(server, writer, services, subscribing):
    issued, headers = await token_of(services, AccessRole.PLANNER)
    async with subscribing(server.url, CHANGES, OF_COMPANY, headers) as events:
        await events.none(0.5)
        await services.tokens.revoke(COMMAND, issued.token.id)
        ended = await events.next(8)

    assert ended in (("complete", None), ("closed", 4403))


@OVER
async def test_also_while_nothing_of_all_that_happens_is_asked_for(
    server, writer, services, subscribing
):
    issued, headers = await token_of(services, AccessRole.PLANNER)
    _, other = await token_of(services, AccessRole.PLANNER)
    wanted = OF_COMPANY | {"filter": {"subjectTypes": ["Holiday"]}}
    async with (
        subscribing(server.url, CHANGES, wanted, headers) as events,
        subscribing(server.url, DAYS_CHANGED, OF_COMPANY | {"to": "2020-01-01"}, headers) as days,
        Writer(server.url, other) as planning,
    ):
        assert edge_of(await days.next())["workers"] == []  # where it begins
        await events.none(0.5)
        writing = asyncio.create_task(write_on(planning))
        try:
            await services.tokens.revoke(COMMAND, issued.token.id)
            ended = [await each.next(8) for each in (events, days)]
        finally:
            writing.cancel()

    assert all(each in (("complete", None), ("closed", 4403)) for each in ended)


async def write_on(writer):
    """Write again and again, sooner than a follower would hear that there is nothing."""
    for number in range(100):
        await writer.enter(str(date(2026, 3, 2) + timedelta(weeks=number)))
        await asyncio.sleep(0.2)


async def test_a_client_that_leaves_in_the_middle_is_no_fault(server, writer):
    entries = [str(date(2026, 3, 2) + timedelta(weeks=each)) for each in range(60)]
    await writer.enter(*entries)
    page = await writer.ask(
        "query P($id: ID!) { changes(companyId: $id, first: 1) { edges { cursor } } }", id=COMPANY
    )
    after = OF_COMPANY | {"after": page["changes"]["edges"][0]["cursor"]}
    payload = {"query": CHANGES, "variables": after}
    address = server.url.replace("http", "ws", 1) + "/graphql"

    async def leave() -> None:
        async with websockets.connect(address, subprotocols=[PROTOCOL], max_queue=None) as socket:
            await socket.send(json.dumps({"type": "connection_init"}))
            await socket.recv()
            for each in map(str, range(MANY)):
                message = {"type": "subscribe", "id": each, "payload": payload}
                await socket.send(json.dumps(message))
            await socket.recv()

    for _ in range(3):
        await asyncio.gather(*(leave() for _ in range(4)))

    assert "ERROR" not in server.log()


async def test_an_id_that_is_used_again_hears_nothing_of_what_had_it_before(server, writer):
    entries = [str(date(2026, 3, 2) + timedelta(weeks=each)) for each in range(60)]
    await writer.enter(*entries)
    page = await writer.ask(
        "query P($id: ID!) { changes(companyId: $id, first: 1) { edges { cursor } } }", id=COMPANY
    )
    after = OF_COMPANY | {"after": page["changes"]["edges"][0]["cursor"]}
    payload = {"query": CHANGES, "variables": after}
    address = server.url.replace("http", "ws", 1) + "/graphql"
    async with websockets.connect(address, subprotocols=[PROTOCOL], max_queue=None) as socket:
        await socket.send(json.dumps({"type": "connection_init"}))
        await socket.recv()
        for each in range(300):
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            await asyncio.sleep(each % 10 / 1000)
            await socket.send(json.dumps({"type": "complete", "id": "1"}))
        await socket.send(json.dumps({"type": "subscribe", "id": "2", "payload": payload}))
        while (message := json.loads(await socket.recv()))["id"] != "2":
            assert message["type"] == "next"

    assert "ERROR" not in server.log()
