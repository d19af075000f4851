"""What a request carries in its address is not in the log, however much is logged."""

import json
from http.client import HTTPConnection

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.server import serving

TOKEN = f"tog_ab12cd34_{'s' * 43}_000000"
SECRETS = ("PERSONAL", "C0DE", "s" * 43)


@pytest.mark.rule("4.6")
def test_no_value_of_a_query_string_is_logged(database_url):
    """A filter by what somebody wrote, a code of a sign-in, a token in a wrong place."""
    paths = (
        "/kantata/api/v1/time_off_entries?external_reference_external_message=PERSONAL&page=2",
        "/graphql?query=%7Bviewer%7Bname%7D%7D&variables=%7B%22x%22:%22PERSONAL%22%7D",
        "/sign-in/callback?code=C0DE&state=C0DE",
        f"/calendar?access_token={TOKEN}",
        f"/calendar?{TOKEN}",
        f"/anything/{TOKEN}?a=b=PERSONAL;c=PERSONAL&d=PERSONAL?PERSONAL",
    )
    with serving(database_url, environment={"TIMEOFF_LOG_LEVEL": "debug"}) as server:
        for path in paths:
            for headers in ({}, _UPGRADE):
                _ask(server.url, path, headers)
        log = server.log()

    assert "/time_off_entries?external_reference_external_message=***&page=*** " in log
    assert "WebSocket /sign-in/callback?code=***&state=***" in log
    assert "/anything/tog_ab12cd34_***?a=***&d=*** " in log
    for secret in SECRETS:
        assert secret not in log


async def test_nothing_that_a_socket_carries_is_logged(database_url):
    """Neither the headers of its handshake nor its messages, which may be personal texts."""
    headers = {"Cookie": "timeoff=PERSONAL", "X-Secret": "PERSONAL"}
    with serving(database_url, environment={"TIMEOFF_LOG_LEVEL": "debug"}) as server:
        url = f"{server.url.replace('http:', 'ws:')}/graphql"
        protocol = [Subprotocol("graphql-transport-ws")]
        async with connect(url, subprotocols=protocol) as socket:
            await socket.send(json.dumps({"type": "ping", "payload": {"x": "PERSONAL"}}))
            await socket.recv()
        for each in (headers, {"Authorization": f"Bearer {TOKEN}"}):
            with pytest.raises(InvalidStatus):
                await connect(url, subprotocols=protocol, additional_headers=each)
        log = server.log()

    assert log.count("WebSocket /graphql") == len(("taken", "cookie", "token"))
    for secret in SECRETS:
        assert secret not in log


_UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def _ask(url, path, headers):
    connection = HTTPConnection(url.removeprefix("http://"))
    try:
        connection.request("GET", path, headers=headers)
        connection.getresponse()
    finally:
        connection.close()
