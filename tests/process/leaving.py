"""Clients that ask in part and leave, and how much memory a process holds meanwhile."""

import asyncio
import base64
import json
import os
import struct
from pathlib import Path
from random import Random
from socket import SO_LINGER, SOL_SOCKET
from typing import Any, Final
from uuid import uuid4

from tests.events.subscriber import CHANGES, OF_COMPANY
from tests.graphql_http.clients import PROTOCOL
from tests.process.client import A_MONDAY, CREATE_ENTRIES, item

LONGEST_STAY: Final = 0.03
"""Seconds between the last byte and the end."""
SCHEDULE: Final = """{ schedule(first: 50, from: "2027-01-01", to: "2027-06-30") {
  nodes { worker { fullName } days { date hoursOff } }
} }"""


async def ask_in_part(url: str, request: bytes, chance: Random) -> None:
    """Send a part of a request, or all of it; then leave, with a word or without."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    sent = request[: chance.randint(1, len(request))] if chance.random() < 0.4 else request
    writer.write(sent)
    if len(sent) == len(request) and chance.random() < 0.5:
        await reader.read(chance.randint(1, 400))
    await asyncio.sleep(chance.random() * LONGEST_STAY)
    if chance.random() < 0.5:
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, at_once)
    writer.transport.abort()


def whole_request(url: str, chance: Random) -> bytes:
    """Return the bytes of a query, a mutation, a download or a subscription.

    In the company of tests/builders.py, whose users 1 to 20 are there.
    """
    kind = chance.choice(["read", "write", "events", "socket", "csv", "rest"])
    if kind == "read":
        return _post(url, {"query": SCHEDULE})
    if kind == "write":
        given = [item(str(chance.randint(1, 20)), 0.01, A_MONDAY)]
        wanted = {"timeOffEntries": given, "idempotencyKey": str(uuid4())}
        return _post(url, {"query": CREATE_ENTRIES, "variables": {"input": wanted}})
    if kind == "events":
        return _post(url, {"query": CHANGES, "variables": OF_COMPANY}, "Accept: text/event-stream")
    if kind == "socket":
        return _socket_request(url)
    if kind == "csv":
        return _head(url, "GET /exports/schedule.csv?from=2027-01-01&to=2027-06-30")
    return _head(url, "GET /kantata/api/v1/time_off_entries")


def _head(url: str, line: str, *headers: str) -> bytes:
    lines = [f"{line} HTTP/1.1", f"Host: {url.removeprefix('http://')}", *headers, "", ""]
    return "\r\n".join(lines).encode()


def _post(url: str, body: Any, *headers: str) -> bytes:
    content = json.dumps(body).encode()
    length = f"Content-Length: {len(content)}"
    return _head(url, "POST /graphql", "Content-Type: application/json", length, *headers) + content


def _socket_request(url: str) -> bytes:
    """Open a WebSocket, and subscribe without waiting for an answer."""
    key = base64.b64encode(os.urandom(16)).decode()
    opening = _head(
        url,
        "GET /graphql",
        *("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
        *(f"Sec-WebSocket-Key: {key}", f"Sec-WebSocket-Protocol: {PROTOCOL}"),
    )
    payload = {"query": CHANGES, "variables": OF_COMPANY}
    messages = [{"type": "connection_init"}, {"type": "subscribe", "id": "1", "payload": payload}]
    return opening + b"".join(_frame(json.dumps(each).encode()) for each in messages)


def _frame(text: bytes) -> bytes:
    """Return a text as a client's frame, whose mask of nothing changes nothing."""
    return struct.pack("!BBH", 0x81, 0x80 | 126, len(text)) + bytes(4) + text


def own_memory(pid: int) -> int:
    """Return the memory that a process has for itself alone, in bytes.

    What it maps of a SQLite file is the system's, which takes it back, and grows with the file.
    """
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = (each for each in status if each.startswith("RssAnon:"))
    return int(line.split()[1]) * 1024
