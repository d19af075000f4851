"""A client of several servers over one database, and what its tests write through it."""

import asyncio
import itertools
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Protocol, Self
from uuid import uuid4

import httpx

ANSWER_SECONDS = 60
BUSY_SECONDS = 0.2
PAGE = 500
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
A_MONDAY = date(2027, 3, 1)

_ids = itertools.count(1)

CREATE_ENTRIES = """
mutation ($input: CreateTimeOffEntriesInput!) {
  createTimeOffEntries(input: $input) {
    results { index outcome timeOffEntry { sourceId } }
    timeOffEntries { id sourceId hours }
    userErrors {
      code path
      ... on WorkdayHoursExceeded {
        user { sourceId } date possibleHours takenHours requestedHours
      }
    }
  }
}
"""
UPDATE_ENTRY = """
mutation ($input: UpdateTimeOffEntryInput!) {
  updateTimeOffEntry(input: $input) {
    timeOffEntry { sourceId hours updatedAt }
    userErrors {
      code path
      ... on WorkdayHoursExceeded {
        user { sourceId } date possibleHours takenHours requestedHours
      }
    }
  }
}
"""
DELETE_ENTRIES = """
mutation ($input: DeleteTimeOffEntriesInput!) {
  deleteTimeOffEntries(input: $input) { deletedIds userErrors { code path } }
}
"""
CREATE_TIME_OFF = """
mutation ($input: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $input) {
    personTimeOff { id sourceId reason instances { id startDay } }
    userErrors { code path }
  }
}
"""
UPDATE_TIME_OFF = """
mutation ($input: UpdatePersonTimeOffInput!) {
  updatePersonTimeOff(input: $input) {
    personTimeOff { id isPaid } userErrors { code path }
  }
}
"""
DELETE_TIME_OFF = """
mutation ($input: DeletePersonTimeOffInput!) {
  deletePersonTimeOff(input: $input) { deletedId userErrors { code path } }
}
"""
LINK = """
mutation ($input: LinkWorkerInput!) {
  linkWorker(input: $input) { worker { id } userErrors { code path } }
}
"""
UNLINK = """
mutation ($input: UnlinkWorkerInput!) {
  unlinkWorker(input: $input) { workers { id } userErrors { code path } }
}
"""
CHANGES = """
query ($companyId: ID!, $first: Int!, $after: String) {
  changes(companyId: $companyId, first: $first, after: $after) {
    nodes { sequence operation subjectType subjectId before after }
    pageInfo { hasNextPage endCursor }
  }
}
"""
ENTRIES = """
query ($users: [ID!]!) {
  timeOffEntries(first: 500, filter: { userIds: $users }) {
    nodes { sourceId hours requestedDate user { sourceId } }
    pageInfo { hasNextPage }
  }
}
"""


def mutation_in_bulk(operation: str, path: str) -> str:
    """Return the document that upserts or deletes what `path` names."""
    kind = operation[0].upper() + operation[1:]
    answer = "deletedIds" if operation.startswith("delete") else f"{path} {{ id }}"
    return (
        f"mutation ($input: {kind}Input!) "
        f"{{ {operation}(input: $input) {{ {answer} userErrors {{ code path }} }} }}"
    )


class AnyServer(Protocol):
    """Where a server listens, and what it has written to its log."""

    url: str

    def log(self) -> str:
        """Return all of it."""


class Gateway:
    """Asks several servers in turn, each request on whatever connection is free.

    A ``patient`` one asks again where it reads that nothing was done: 503.
    """

    def __init__(
        self,
        database_url: str,
        servers: Sequence[AnyServer],
        *,
        keep_alive: bool = True,
        patient: bool = False,
    ) -> None:
        self.database_url = database_url
        self._is_patient = patient
        self._turn = itertools.cycle(servers)
        kept = None if keep_alive else 0
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=kept)
        self._client = httpx.AsyncClient(timeout=ANSWER_SECONDS, limits=limits)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._client.aclose()

    async def ask(self, document: str, **variables: Any) -> Any:
        """Return the answer of the document's only field; a top-level error fails the test."""
        server = next(self._turn)
        answer = await self._client.post(
            f"{server.url}/graphql", json={"query": document, "variables": variables}
        )
        body = answer.json()
        if self._is_patient and answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            await asyncio.sleep(BUSY_SECONDS)
            return await self.ask(document, **variables)
        assert (answer.status_code, body.get("errors")) == (200, None), f"{body}\n{server.log()}"
        (field,) = body["data"].values()
        return field

    async def write(self, document: str, **given: Any) -> Any:
        """Send a mutation and return its payload, refusals included."""
        return await self.ask(document, input=given)

    async def put(self, operation: str, path: str, items: Iterable[dict[str, Any]]) -> Any:
        """Upsert, and hold that nothing was refused."""
        answer = await self.write(mutation_in_bulk(operation, path), **{path: list(items)})
        assert answer["userErrors"] == [], answer
        return answer[path]

    async def new_company(self) -> str:
        """Return the id of a new company."""
        id_ = str(uuid4())
        await self.put("upsertCompanies", "companies", [{"sourceId": id_, "name": id_}])
        return id_

    async def new_users(self, company_id: str, count: int = 1) -> list[str]:
        """Return the ids of new users without an e-mail, of 8 h Monday to Friday."""
        users = [user(company_id, new_id()) for _ in range(count)]
        await self.put("upsertUsers", "users", users)
        return [each["sourceId"] for each in users]

    async def new_people(self, company_id: str, count: int = 1) -> list[str]:
        """Return the ids of new people without an e-mail."""
        people = [person(company_id, str(uuid4())) for _ in range(count)]
        await self.put("upsertPeople", "people", people)
        return [each["sourceId"] for each in people]

    async def create(self, *items: dict[str, Any], **more: Any) -> Any:
        """Send one create of several entries."""
        return await self.write(CREATE_ENTRIES, timeOffEntries=list(items), **more)

    async def hours_of(self, *users: str) -> dict[tuple[str, str], float]:
        """Return what is stored of the users, by user and day."""
        found = await self.ask(ENTRIES, users=list(users))
        assert not found["pageInfo"]["hasNextPage"]
        return {
            (each["user"]["sourceId"], each["requestedDate"]): each["hours"]
            for each in found["nodes"]
        }

    async def changes_after(
        self, company_id: str, after: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return all changes after the cursor, and the cursor to remember."""
        changes: list[dict[str, Any]] = []
        while True:
            page = await self.ask(CHANGES, companyId=company_id, first=PAGE, after=after)
            changes += page["nodes"]
            after = page["pageInfo"]["endCursor"] or after
            if not page["pageInfo"]["hasNextPage"]:
                return changes, after


def new_id() -> str:
    """Return a Kantata id that no object of the test run has."""
    return str(next(_ids))


def user(company_id: str, id_: str, **more: Any) -> dict[str, Any]:
    """Return a user to upsert."""
    return {"sourceId": id_, "companyId": company_id, "fullName": f"User {id_}"} | more


def person(company_id: str, id_: str, **more: Any) -> dict[str, Any]:
    """Return a person to upsert."""
    names = {"firstName": "Person", "lastName": id_}
    return {"sourceId": id_, "companyId": company_id} | names | more


def item(user_id: str, hours: float, day: date = A_MONDAY, ref: str | None = None) -> Any:
    """Return an item of a create; `ref` is the name of a service that refers to it."""
    reference = ref and {"serviceName": ref, "serviceModel": "Test", "serviceModelRef": ref}
    wanted = {"userId": user_id, "hours": hours, "requestedDate": day.isoformat()}
    return wanted | ({"externalReference": reference} if reference else {})


def time_off(company_id: str, person_id: str, reason: str, **more: Any) -> dict[str, Any]:
    """Return person time off to create: a weekly one of five instances."""
    return {
        "companyId": company_id,
        "personId": person_id,
        "startDay": A_MONDAY.isoformat(),
        "endDay": A_MONDAY.isoformat(),
        "batchStartTime": "07:00",
        "batchEndTime": "11:00",
        "isPaid": True,
        "reason": reason,
        "repeat": "WEEKLY",
        "cadence": 1,
        "repeatEndDay": (A_MONDAY + timedelta(weeks=4)).isoformat(),
    } | more
