"""A gateway in this process: documents in, feeds out, and what the tests read in both."""

import datetime as dt
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from httpx import ASGITransport, AsyncClient, Response
from icalendar import Calendar

from tests.applications import create_app
from tests.graphql import api

TODAY = dt.datetime.now(dt.UTC).date()
MONDAY = TODAY + dt.timedelta(days=7 - TODAY.weekday())
"""The next one: feeds show what is around today."""

FEED = """
fragment Feed on CalendarFeed {
  id name jobTitles createdAt renewedAt revokedAt
  company { sourceId } worker { id fullName } roles { sourceId }
}
"""
ISSUE = (
    """
    mutation Issue($input: %sCalendarFeedInput!) {
      answer: %sCalendarFeed(input: $input) {
        calendarFeed { ...Feed } link userErrors { ...Refusal }
      }
    }
    """
    + FEED
    + api.REFUSAL
)
CREATE = ISSUE % ("Create", "create")
RENEW = ISSUE % ("Renew", "renew")
REVOKE = (ISSUE % ("Revoke", "revoke")).replace(" link ", " ")
DELETE = (
    """
mutation Delete($input: DeleteCalendarFeedInput!) {
  answer: deleteCalendarFeed(input: $input) { deletedId userErrors { ...Refusal } }
}
"""
    + api.REFUSAL
)
WRITES = {"create": CREATE, "renew": RENEW, "revoke": REVOKE, "delete": DELETE}
UPDATE_ENTRY = """
mutation Update($input: UpdateTimeOffEntryInput!) {
  updateTimeOffEntry(input: $input) { timeOffEntry { updatedAt } userErrors { code } }
}
"""
DELETE_ENTRIES = """
mutation Delete($input: DeleteTimeOffEntriesInput!) {
  deleteTimeOffEntries(input: $input) { deletedIds userErrors { code } }
}
"""
UPDATE_RECORD = """
mutation Update($input: UpdatePersonTimeOffInput!) {
  updatePersonTimeOff(input: $input) { personTimeOff { updatedAt } userErrors { code } }
}
"""
DELETE_RECORD = """
mutation Delete($input: DeletePersonTimeOffInput!) {
  deletePersonTimeOff(input: $input) { deletedId userErrors { code } }
}
"""


def day(offset: int) -> str:
    """So many days after the next Monday."""
    return (MONDAY + dt.timedelta(days=offset)).isoformat()


class Gateway:
    """One running application."""

    def __init__(self, client: AsyncClient) -> None:
        self.client = client

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """Run a document."""
        response = await self.client.post(
            "/graphql",
            content=json.dumps({"query": document, "variables": variables}),
            headers={"content-type": "application/json"},
        )
        answer: dict[str, Any] = response.json()
        return answer

    async def did(self, document: str, **input_: Any) -> Any:
        """Run a mutation that must succeed; return its payload."""
        answer = await self.ask(document, input=input_)
        (payload,) = answer["data"].values()
        assert payload["userErrors"] == [], answer
        return payload

    async def put_everyone(self) -> None:
        await api.put_everyone(self.ask)

    async def put(self, **items: list[Any]) -> None:
        await api.put(self.ask, **items)

    async def put_entries(self, *entries: Any) -> list[str]:
        return await api.put_entries(self.ask, *entries)

    async def put_person_time_off(self, **given: Any) -> str:
        return await api.put_person_time_off(self.ask, **given)

    async def link(self, **input_: Any) -> str:
        """Make a feed; return its link."""
        link: str = (await self.did(CREATE, **input_))["link"]
        return link

    async def get(self, link: str, etag: str | None = None, method: str = "GET") -> Response:
        """Ask for a feed, as a calendar does that may have it already."""
        headers = {} if etag is None else {"If-None-Match": etag}
        return await self.client.request(method, link, headers=headers)

    async def calendar(self, link: str) -> Any:
        """Read a feed as icalendar does."""
        response = await self.get(link)
        assert response.status_code == 200
        return read_calendar(response.content)


def read_calendar(body: bytes) -> Any:
    """Read what must be one calendar without a mistake."""
    calendar = Calendar.from_ical(body)
    assert [each.errors for each in calendar.walk() if each.errors] == []
    return calendar


def titles(calendar: Any) -> set[str]:
    """Both properties that name a calendar; icalendar leaves their escapes as they are."""
    return {re.sub(r"\\(.)", r"\1", calendar[name]) for name in ("NAME", "X-WR-CALNAME")}


def events(calendar: Any) -> list[Any]:
    """The events in their order."""
    return list(calendar.walk("VEVENT"))


@asynccontextmanager
async def gateway_over(database_url: str, **given: Any) -> AsyncIterator[Gateway]:
    """The application over a database, with settings of its own."""
    app = create_app(database_url, **given)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1") as client,
    ):
        yield Gateway(client)
