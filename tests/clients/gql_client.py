"""gql: over HTTP by httpx, and over a WebSocket; one user's day for each."""

import asyncio
import sys

# #region docs
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport


def over_http(url: str) -> Client:
    return Client(transport=HTTPXAsyncTransport(url=url))


def over_websocket(url: str) -> Client:
    return Client(transport=WebsocketsTransport(url=url.replace("http", "ws", 1)))


async def code_of(session, document):
    try:
        await session.execute(document)
    except TransportQueryError as failure:
        [error] = failure.errors or []
        return error["extensions"]["code"]
    return None


# #endregion


CREATE = gql("""
    mutation Create($input: CreateTimeOffEntriesInput!) {
      createTimeOffEntries(input: $input) {
        timeOffEntries { id hours }
        userErrors { code path }
      }
    }
""")
ENTRY = gql("query Entry($id: ID!) { timeOffEntry(id: $id) { hours } }")
USERS = gql("query Users($after: String) { users(after: $after) { nodes { id } } }")


async def create(session, user, hours):
    item = {"userId": user, "requestedDate": "2031-03-05", "hours": hours}
    CREATE.variable_values = {"input": {"timeOffEntries": [item]}}
    return (await session.execute(CREATE))["createTimeOffEntries"]


async def talk(client, user):
    async with client as session:
        created = await create(session, user, 3)
        [entry] = created["timeOffEntries"]
        assert (entry["hours"], created["userErrors"]) == (3, [])

        combined = await create(session, user, 2)
        assert combined["timeOffEntries"] == [{"id": entry["id"], "hours": 5}]
        ENTRY.variable_values = {"id": entry["id"]}
        assert await session.execute(ENTRY) == {"timeOffEntry": {"hours": 5}}

        assert await create(session, user, 4) == {
            "timeOffEntries": [],
            "userErrors": [
                {"code": "WORKDAY_HOURS_EXCEEDED", "path": ["timeOffEntries", "0", "hours"]}
            ],
        }
        USERS.variable_values = {"after": "nowhere"}
        assert await code_of(session, USERS) == "BAD_USER_INPUT"


async def main(url):
    await talk(over_http(url), "107")
    await talk(over_websocket(url), "108")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
    sys.stdout.write("all passed\n")
