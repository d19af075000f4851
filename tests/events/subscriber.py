"""A subscriber over WebSocket or Server-Sent Events, and what writes what it hears of."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

import httpx
import websockets

from tests import builders
from tests.graphql_http.clients import PROTOCOL

SECONDS = 60
CHANGES = """
subscription Changes($company: ID!, $after: String, $filter: ChangeFilter) {
  changes(companyId: $company, after: $after, filter: $filter) {
    cursor node { sequence operation subjectType subjectId days { from to } }
  }
}
"""
DAYS_CHANGED = """
subscription Days($company: ID!, $workers: [ID!], $from: Date, $to: Date, $after: String) {
  daysChanged(companyId: $company, workerIds: $workers, from: $from, to: $to, after: $after) {
    cursor days { from to } workers { id }
  }
}
"""
OF_COMPANY = {"company": builders.COMPANY}
PUT = """
mutation Put($companies: [CompanyInput!] = [], $users: [UserInput!] = []) {
  upsertCompanies(input: {companies: $companies}) { userErrors { message } }
  upsertUsers(input: {users: $users}) { userErrors { message } }
}
"""
CREATE = """
mutation Create($entries: [TimeOffEntryInput!]!) {
  createTimeOffEntries(input: {timeOffEntries: $entries}) { userErrors { code message } }
}
"""


class ComeAgain(AssertionError):
    """503: whoever subscribes is to come again later."""


class Events:
    """Events that come one after the other; ``None`` is the end."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self.ids: list[str] = []
        """Of Server-Sent Events: the id of each."""
        self.comments = 0

    def put(self, event: Any) -> None:
        self._queue.put_nowait(event)

    async def next(self, seconds: float = SECONDS) -> Any:
        """Wait for the next event."""
        async with asyncio.timeout(seconds):
            return await self._queue.get()

    async def take(self, count: int) -> list[Any]:
        """Wait for so many."""
        return [await self.next() for _ in range(count)]

    async def none(self, seconds: float) -> None:
        """See that nothing comes for a while."""
        with suppress(TimeoutError):
            event = await self.next(seconds)
            raise AssertionError(event)


@asynccontextmanager
async def over_websocket(
    url: str, query: str, variables: dict[str, Any], headers: dict[str, str] | None = None
) -> AsyncIterator[Events]:
    """Subscribe; events are messages of the protocol, and `("closed", code)` at the end."""
    address = url.replace("http", "ws", 1) + "/graphql"
    async with websockets.connect(
        address, subprotocols=[PROTOCOL], additional_headers=headers or {}
    ) as socket:
        await socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        payload = {"query": query, "variables": variables}
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        events = Events()

        async def receive() -> None:
            try:
                async for message in socket:
                    events.put(json.loads(message))
            except websockets.ConnectionClosedError:
                pass
            events.put(("closed", socket.close_code))

        receiving = asyncio.create_task(receive())
        try:
            yield events
        finally:
            receiving.cancel()


@asynccontextmanager
async def over_sse(
    url: str, query: str, variables: dict[str, Any], headers: dict[str, str] | None = None
) -> AsyncIterator[Events]:
    """Subscribe; events are `(name, data)`, and `("closed", None)` at the end."""
    body = {"query": query, "variables": variables}
    accept = {"accept": "text/event-stream"} | (headers or {})
    async with (
        httpx.AsyncClient(timeout=httpx.Timeout(SECONDS, read=None)) as client,
        client.stream("POST", f"{url}/graphql", json=body, headers=accept) as response,
    ):
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            raise ComeAgain(await response.aread())
        assert response.status_code == httpx.codes.OK, await response.aread()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        events = Events()
        receiving = asyncio.create_task(_read(response, events))
        try:
            yield events
        finally:
            receiving.cancel()


async def _read(response: httpx.Response, events: Events) -> None:
    """Read the stream as https://html.spec.whatwg.org/multipage/server-sent-events.html says."""
    fields: dict[str, str] = {}
    with suppress(httpx.TransportError):
        async for line in response.aiter_lines():
            name, _, value = line.partition(":")
            if line and not name:
                events.comments += 1
            elif line:
                fields[name] = value.removeprefix(" ")
            elif fields:
                data = fields.get("data")
                events.put((fields["event"], json.loads(data) if data else None))
                if "id" in fields:
                    events.ids.append(fields["id"])
                fields = {}
    events.put(("closed", None))


class Writer:
    """Writes by GraphQL over HTTP."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self._client = httpx.AsyncClient(base_url=url, headers=headers or {}, timeout=SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Return the data of an answer."""
        answer = await self._client.post("/graphql", json={"query": query, "variables": variables})
        said = answer.json()
        assert "errors" not in said, said
        data: dict[str, Any] = said["data"]
        return data

    async def fill(self, users: int = 2) -> None:
        """Store a company and its users, whose ids are 1, 2, 3."""
        await self.ask(
            PUT,
            companies=[builders.company()],
            users=[
                builders.user(sourceId=str(each), roleId=None, emailAddress=f"u{each}@x.example")
                for each in range(1, users + 1)
            ],
        )

    async def enter(self, *days: str, user_id: str = "1") -> None:
        """Store an hour on each of the days."""
        entries = [builders.entry(userId=user_id, requestedDate=day, hours=0.25) for day in days]
        answer = await self.ask(CREATE, entries=entries)
        assert answer["createTimeOffEntries"]["userErrors"] == []
