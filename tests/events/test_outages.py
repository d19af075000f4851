"""A database that is away for a while: whoever goes on from the last cursor misses nothing."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from tests.builders import COMPANY
from tests.events.subscriber import OF_COMPANY, Writer, over_sse, over_websocket
from tests.process.test_outages import serving_beside
from tests.proxy import proxied

pytestmark = [pytest.mark.rule("5.3"), pytest.mark.only_on("postgresql")]

USERS, DAYS = 10, 90
BY_ITSELF = """
subscription Changes($company: ID!, $after: String) {
  changes(companyId: $company, after: $after) { cursor node { sequence } }
}
"""
WITH_SUBJECT = BY_ITSELF.replace("sequence", "sequence subject { id }")
ENDS = "query Ends($id: ID!) { %s: changes(companyId: $id, %s: 1) { edges { cursor } } }"


async def cursor(writer, end):
    page = await writer.ask(ENDS % (end, end), id=COMPANY)
    return page[end]["edges"][0]["cursor"]


def payload_of(event):
    """What an event says over either: its data, and its errors."""
    said = event["payload"] if isinstance(event, dict) else event[1]
    return (None, said) if isinstance(said, list) else (said.get("data"), said.get("errors"))


async def edges_until(events, last):
    """Take edges up to this cursor, or to the errors that end them; return both."""
    edges: list[Any] = []
    while True:
        data, errors = payload_of(await events.next())
        if errors:
            return edges, data, errors
        edges.append(data["changes"])
        if edges[-1]["cursor"] == last:
            return edges, None, None


@pytest.mark.parametrize("query", [BY_ITSELF, WITH_SUBJECT], ids=["feed alone", "more"])
@pytest.mark.parametrize("subscribing", [over_websocket, over_sse])
async def test_an_outage_ends_a_subscription_that_has_to_read_and_no_event_is_half(
    database_url, subscribing, query
):
    """A subject that could not be read must not look like one that is gone."""
    monday = date(2026, 1, 5)
    days = [str(monday + timedelta(weeks=each)) for each in range(DAYS)]
    async with (
        proxied(database_url) as proxy,
        serving_beside(proxy.url) as server,
        Writer(server.url) as writer,
    ):
        await writer.fill(USERS)
        for each in range(1, USERS + 1):
            await writer.enter(*days, user_id=str(each))
        first, last = await cursor(writer, "first"), await cursor(writer, "last")
        async with subscribing(server.url, query, OF_COMPANY | {"after": first}) as events:
            begun = [payload_of(each)[0]["changes"] for each in await events.take(5)]
            proxy.cut()
            more, data, errors = await edges_until(events, last)
        proxy.go_on()
        await asyncio.sleep(1)
        heard = begun + more
        again = OF_COMPANY | {"after": heard[-1]["cursor"]}
        async with subscribing(server.url, query, again) as events:
            rest, _, refused = await edges_until(events, last)

    assert refused is None
    (error,) = errors
    assert data is None
    assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfterSeconds": 2}
    numbers = [int(each["node"]["sequence"]) for each in heard + rest]
    assert numbers == list(range(2, 2 + len(numbers)))
    assert all(each["node"].get("subject", each) for each in (heard + rest)[-DAYS:])
