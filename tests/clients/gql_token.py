"""gql with a token: over HTTP it is a header, on a WebSocket in the first message."""

import asyncio
import sys

# #region docs
from gql import Client, gql
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport


def over_http(url: str, token: str) -> Client:
    headers = {"Authorization": f"Bearer {token}"}
    return Client(transport=HTTPXAsyncTransport(url=url, headers=headers))


def over_websocket(url: str, token: str) -> Client:
    first = {"Authorization": f"Bearer {token}"}
    address = url.replace("http", "ws", 1)
    return Client(transport=WebsocketsTransport(url=address, init_payload=first))


# #endregion

WHO = gql("{ viewer { name } }")


async def main(url, token):
    for client in (over_http(url, token), over_websocket(url, token)):
        async with client as session:
            assert await session.execute(WHO) == {"viewer": {"name": "clients"}}


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
    sys.stdout.write("all passed\n")
