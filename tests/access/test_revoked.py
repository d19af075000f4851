"""A credential that is revoked or expires opens nothing 5 s later, in no process of the gateway."""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from time import monotonic

import httpx
import pytest
import websockets

from app.domain.access import AccessRole
from app.services.access.tokens import CreateToken
from app.services.caller import COMMAND
from tests.graphql_http.clients import PROTOCOL
from tests.server import serving

pytestmark = pytest.mark.process

CONNECTIONS = 8
"""To each server; which of two workers takes one is chance."""
SECONDS = 5.0
SLACK = 30.0
"""For a busy machine, and only where the server says something of its own accord."""
SOON_CLOSED = httpx.Limits(keepalive_expiry=1)
"""Of idle connections: before the server closes them, which a request might cross."""
VIEWER = {"query": "{ viewer { kind } }"}
BY_PAGE = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def servers(database_url):
    """A server of one process, and one of two, over one database."""
    with serving(database_url) as one, serving(database_url, "--workers", "2") as two:
        yield [one, two]


async def last_let_in(client, headers, ended):
    """Ask until it is refused; return how long after the end it asked for its last answer."""
    last = 0.0
    while True:
        asked = monotonic()
        answer = await client.post("/graphql", json=VIEWER, headers=headers)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            return last
        assert answer.status_code == httpx.codes.OK
        last = asked - await ended
        await asyncio.sleep(0.2)


async def told_to_go(socket, ended):
    """Wait until the server closes the socket; return how long after the end that is."""
    with pytest.raises(websockets.ConnectionClosed, match="4403"):
        await socket.recv()
    return monotonic() - await ended


async def open_socket(exits, url, headers):
    connecting = websockets.connect(
        f"{url.replace('http', 'ws')}/graphql", subprotocols=[PROTOCOL], additional_headers=headers
    )
    socket = await exits.enter_async_context(connecting)
    await socket.send(json.dumps({"type": "connection_init"}))
    assert json.loads(await socket.recv())["type"] == "connection_ack"
    return socket


async def sign_in(url, token):
    """Return the cookie of a browser that has signed in with the token."""
    async with httpx.AsyncClient(base_url=url) as browser:
        answer = await browser.post("/sign-in", data={"token": token}, headers=BY_PAGE)
        assert answer.status_code == httpx.codes.SEE_OTHER
        return f"timeoff={answer.cookies['timeoff']}"


async def revoke(services, issued):
    await services.tokens.revoke(COMMAND, issued.token.id)
    return monotonic()


async def expire(_, issued):
    await asyncio.sleep((issued.token.expires_at - datetime.now(UTC)).total_seconds())
    return monotonic()


@pytest.mark.parametrize(
    ("lives", "end"),
    [
        pytest.param(timedelta(days=1), revoke, id="revoked"),
        pytest.param(timedelta(seconds=6), expire, id="expired"),
    ],
)
async def test_what_has_ended_is_refused_everywhere(servers, services, lives, end):
    expires_at = datetime.now(UTC) + lives
    command = CreateToken("me", AccessRole.EMPLOYEE, expires_at=expires_at)
    issued = await services.tokens.create(COMMAND, command)
    cookie = await sign_in(servers[0].url, issued.text)
    credentials = [{"authorization": f"Bearer {issued.text}"}, BY_PAGE | {"cookie": cookie}]
    async with AsyncExitStack() as exits:
        ended = asyncio.get_running_loop().create_future()
        clients: list[httpx.AsyncClient] = []
        sockets: list[websockets.ClientConnection] = []
        for url in [server.url for server in servers for _ in range(CONNECTIONS)]:
            client = httpx.AsyncClient(base_url=url, timeout=300, limits=SOON_CLOSED)
            clients.append(await exits.enter_async_context(client))
            sockets.append(await open_socket(exits, url, credentials[len(sockets) % 2]))
        asking = [
            asyncio.ensure_future(last_let_in(client, headers, asyncio.shield(ended)))
            for client in clients
            for headers in credentials
        ]
        going = [asyncio.ensure_future(told_to_go(each, asyncio.shield(ended))) for each in sockets]
        await asyncio.sleep(0.5)
        ended.set_result(await end(services, issued))

        let_in = await asyncio.gather(*asking)
        gone = await asyncio.gather(*going)

    assert max(let_in) < SECONDS
    assert max(gone) < SECONDS + SLACK
