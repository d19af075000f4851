"""A client may leave while several operations write to its socket: that is nobody's fault."""

import asyncio
import json

import pytest

from tests.applications import create_app
from tests.graphql_http.clients import PROTOCOL

pytestmark = pytest.mark.only_on("sqlite")

SCOPE = {
    "type": "websocket",
    "asgi": {"version": "3.0", "spec_version": "2.4"},
    "http_version": "1.1",
    "scheme": "ws",
    "path": "/graphql",
    "raw_path": b"/graphql",
    "query_string": b"",
    "root_path": "",
    "headers": [(b"host", b"127.0.0.1")],
    "subprotocols": [PROTOCOL],
    "client": ("127.0.0.1", 50_000),
    "server": ("127.0.0.1", 80),
    "state": {},
}
ASKED = {"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}


class Leaver:
    """A server's side of a socket whose client leaves before its first answer is written."""

    def __init__(self):
        self.heard: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self.has_left = asyncio.Event()
        self.heard.put_nowait({"type": "websocket.connect"})
        for each in ({"type": "connection_init"}, ASKED):
            self.say(each)

    def say(self, message):
        self.heard.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    async def receive(self):
        return await self.heard.get()

    async def send(self, message):
        if '"next"' in message.get("text", ""):
            self.has_left.set()
            raise OSError("the client has left")


@pytest.mark.parametrize(
    "last",
    [
        pytest.param({"type": "ping"}, id="what is answered"),
        pytest.param({"type": "start"}, id="what closes the socket"),
        pytest.param(ASKED | {"id": "2"}, id="what starts another operation"),
    ],
)
async def test_what_was_read_before_the_end_was_found_is_no_fault(database_url, last):
    app = create_app(database_url)
    leaver = Leaver()
    async with app.router.lifespan_context(app), asyncio.timeout(60):
        serving = asyncio.create_task(app(SCOPE, leaver.receive, leaver.send))
        await leaver.has_left.wait()
        leaver.say(last)
        leaver.heard.put_nowait({"type": "websocket.disconnect", "code": 1006})
        await serving
