"""The gateway as a client over HTTP and over WebSocket has it, with settings of its own."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
import websockets
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.applications import create_app

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
PROTOCOL = Subprotocol("graphql-transport-ws")
START_SECONDS = 20
ANSWER_SECONDS = 20


@dataclass(frozen=True)
class Http:
    """A client over HTTP."""

    client: httpx.AsyncClient

    async def post(self, query: str | None = None, /, *, headers=None, **members: Any):
        """Send a request as a client does."""
        given = members if query is None else {"query": query, **members}
        return await self.send(json.dumps(given), **(headers or {}))

    async def send(self, body: str | bytes, **headers: str):
        """Send a body as it is."""
        sent = {"content-type": JSON} | {
            name.replace("_", "-").lower(): value for name, value in headers.items()
        }
        return await self.client.post("/graphql", content=body, headers=sent)

    async def get(self, **parameters: str):
        """Ask by GET."""
        accept = {"accept": JSON}
        return await self.client.get("/graphql", params=parameters, headers=accept)


@asynccontextmanager
async def over_http(database_url: str, **settings: Any) -> AsyncIterator[Http]:
    """Run the application in process."""
    app = create_app(database_url, **settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
        ) as client,
    ):
        yield Http(client)


class Socket:
    """A client over WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: Any) -> None:
        """Send a message; text and bytes go as they are."""
        is_raw = isinstance(message, str | bytes)
        await self.connection.send(message if is_raw else json.dumps(message))

    async def receive(self) -> Any:
        """Wait for the next message."""
        async with asyncio.timeout(ANSWER_SECONDS):
            return json.loads(await self.connection.recv())

    async def ask(self, query: str | None = None, /, *, id_: str = "1", **members: Any) -> Any:
        """Run an operation; return its answer, or its errors as the protocol's list."""
        given = members if query is None else {"query": query, **members}
        await self.send({"type": "subscribe", "id": id_, "payload": given})
        answered = await self.receive()
        if answered["type"] == "next":
            assert await self.receive() == {"id": id_, "type": "complete"}
        assert answered["id"] == id_
        return answered["payload"]

    async def closed(self) -> tuple[int, str]:
        """Wait until the gateway closes the connection; return its code and reason."""
        with suppress(websockets.ConnectionClosed):
            async with asyncio.timeout(ANSWER_SECONDS):
                while True:
                    await self.connection.recv()
        assert self.connection.close_code is not None
        return self.connection.close_code, self.connection.close_reason or ""


@asynccontextmanager
async def open_socket(url: str, **options: Any) -> AsyncIterator[Socket]:
    """Connect to a served gateway, and introduce ourselves."""
    async with connect(url, **({"subprotocols": [PROTOCOL]} | options)) as connection:
        opened = Socket(connection)
        await opened.send({"type": "connection_init"})
        assert await opened.receive() == {"type": "connection_ack"}
        yield opened


@contextmanager
def served(database_url: str, **settings: Any) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 from a thread; yields the address for sockets."""
    app = create_app(database_url, **settings)
    with listening(app) as address:
        yield f"ws://{address}/graphql"


@contextmanager
def listening(app: Starlette) -> Iterator[str]:
    """Serve an application until the block is left; yields host and port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        waited = threading.Event()
        for _ in range(START_SECONDS * 100):
            if server.started or not thread.is_alive():
                break
            waited.wait(0.01)
        assert server.started
        host, port = listener.getsockname()
        yield f"{host}:{port}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listener.close()
