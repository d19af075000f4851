"""The vendors' endpoints as their clients have them, and GraphQL beside them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests import builders
from tests.applications import create_app
from tests.graphql.api import put

KANTATA = "/kantata/api/v1"
PROCORE = "/procore"
ENTRIES = f"{KANTATA}/time_off_entries"

Json = dict[str, Any]


def time_off_of(person: str = builders.PERSON, company: str = builders.COMPANY) -> str:
    """The address of a person's time off."""
    return f"{PROCORE}/v2/companies/{company}/people/{person}/time-off"


TIME_OFF = time_off_of()


@dataclass(frozen=True)
class Gateway:
    """The application, in process."""

    client: httpx.AsyncClient

    async def send(self, method: str, address: str, body: Any = None, **headers: str):
        """Send a request; what is no text is sent as JSON."""
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is None:
            return await self.client.request(method, address, headers=sent)
        sent = {"content-type": "application/json"} | sent
        return await self.client.request(method, address, content=content, headers=sent)

    async def get(self, address: str, **query: Any):
        """Ask for something."""
        return await self.client.get(address, params=query)

    async def ask(self, document: str, **variables: Any) -> Json:
        """Ask GraphQL."""
        sent = {"query": document, "variables": variables}
        answer: Json = (await self.client.post("/graphql", json=sent)).json()
        return answer

    async def put(self, **items: list[Any]) -> None:
        """Write the directory, which the vendors' endpoints only read."""
        await put(self.ask, **items)


@asynccontextmanager
async def running(database_url: str, **settings: Any) -> AsyncIterator[Gateway]:
    """Run the application over a database."""
    app = create_app(database_url, **settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield Gateway(client)


async def put_everyone(gateway: Gateway) -> None:
    """Two users, one with a role, and two people of two companies."""
    await gateway.put(
        companies=[builders.company(), builders.company(sourceId=builders.OTHER_COMPANY)],
        roles=[builders.role()],
        users=[
            builders.user(
                roleId="5", emailAddress="ada@example.com", headline="Structural Engineer"
            ),
            builders.user(sourceId="2", fullName="Bob Stone"),
        ],
        people=[
            builders.person(),
            builders.person(sourceId=builders.OTHER_PERSON, companyId=builders.OTHER_COMPANY),
        ],
    )


def entry(**given: Any) -> Json:
    """A time off entry to create."""
    return {"user_id": 1, "hours": 4, "requested_date": builders.MONDAY} | given


def reference(**given: Any) -> Json:
    """An external reference to create."""
    return {"service_name": "jira", "service_model": "Issue", "service_model_ref": "T-7"} | given


def time_off(**given: Any) -> Json:
    """Time off to record: a Monday that does not come back."""
    return {
        "apply_to_saturday": False,
        "apply_to_sunday": False,
        "batch_end_time": "3:00 PM",
        "batch_start_time": "7:00 AM",
        "end_day": "03/02/26",
        "is_paid": True,
        "reason": "vacation",
        "repeat": "never",
        "start_day": "03/02/26",
    } | given


def weekly(**given: Any) -> Json:
    """Time off to record that comes back."""
    return time_off(repeat="weekly", cadence=1, repeat_end_day="03/23/26") | given


async def put_entries(gateway: Gateway, *entries: Json) -> list[str]:
    """Create entries; return their ids."""
    answer = await gateway.send("POST", ENTRIES, {"time_off_entries": list(entries)})
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["results"]]


async def put_time_off(gateway: Gateway, address: str = TIME_OFF, **given: Any) -> str:
    """Record time off; return its id."""
    answer = await gateway.send("POST", address, time_off(**given))
    assert answer.status_code == 200, answer.text
    id_: str = answer.json()["data"]["id"]
    return id_
