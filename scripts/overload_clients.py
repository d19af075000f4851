"""Clients that ask again as soon as they have an answer, whatever it is.

    python overload_clients.py URL --clients 80 --seconds 10 [--face socket] [--query ...]

A process of its own, so that neither side's work holds up the other's clock. Health probes
ask meanwhile, each on a connection of its own. Prints as JSON what came of it.
"""

import argparse
import asyncio
import base64
import json
import struct
import sys
import time
from collections import defaultdict
from typing import Any, Final

import uvloop

PROBE: Final = b"GET /health/%b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
SECONDS_BETWEEN_PROBES: Final = 0.05
SECONDS_TO_WARM_UP: Final = 1.0
SECONDS_TO_END: Final = 15.0
"""For answers that are still to come when all is over."""

SHORT_FRAME: Final = 126
SUBSCRIBE_ID: Final = "1"


class Seen:
    """What the clients have seen, by the kind of answer."""

    def __init__(self, seconds: float) -> None:
        self.begins = time.monotonic() + SECONDS_TO_WARM_UP
        self.ends = self.begins + seconds
        self._seconds = seconds
        self._times: dict[str, list[float]] = defaultdict(list)
        self.without_retry_after = 0
        self.cut = 0
        self.refused_body = b""

    def note(self, kind: str, asked: float) -> None:
        """Note an answer that came now."""
        now = time.monotonic()
        if self.begins <= now < self.ends:
            self._times[kind].append(now - asked)

    def note_refusal(self, kind: str, asked: float, head: bytes) -> None:
        """Note a refusal, which has to say when to come back."""
        self.note(kind, asked)
        self.without_retry_after += b"retry-after: " not in head.lower()

    def summary(self) -> dict[str, Any]:
        """Return the figures."""
        answers = {kind: _figures(times, self._seconds) for kind, times in self._times.items()}
        return {
            "answers": answers,
            "without_retry_after": self.without_retry_after,
            "cut": self.cut,
        }


def _figures(times: list[float], seconds: float) -> dict[str, float]:
    times.sort()
    count = len(times)
    return {
        "count": count,
        "per_second": round(count / seconds, 1),
        "p50_ms": round(times[count // 2] * 1000, 2),
        "p99_ms": round(times[count * 99 // 100] * 1000, 2),
        "max_ms": round(times[-1] * 1000, 2),
    }


class HttpClient(asyncio.Protocol):
    """Sends one request after the other, on one connection or each on a new one."""

    def __init__(self, seen: Seen, request: bytes, ended: asyncio.Event) -> None:
        self._seen = seen
        self._request = request
        self._ended = ended
        self._received = b""
        self._asked = 0.0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._asked = time.monotonic()
        if self._asked >= self._seen.ends:
            self._transport.close()
            return
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Take a piece of the answer; when it is whole, note it and ask again."""
        self._received = self._received + data if self._received else data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank:
            return
        _, _, rest = head.lower().partition(b"content-length: ")
        if len(body) < int(rest.split(b"\r\n", 1)[0]):
            return
        self._received = b""
        status = head[9:12].decode("ascii")
        if status == "503":
            self._seen.note_refusal(status, self._asked, head)
        else:
            self._seen.note(status if b'"errors"' not in body else "errors", self._asked)
        if b"connection: close" in head.lower():
            self._transport.close()
        else:
            self._ask()

    def connection_lost(self, _: Exception | None) -> None:
        """Let a new connection be made."""
        self._seen.cut += bool(self._received)
        self._ended.set()


class SocketClient(asyncio.Protocol):
    """Subscribes to one query after the other over graphql-transport-ws."""

    def __init__(
        self, seen: Seen, payload: dict[str, Any], path: str, ended: asyncio.Event
    ) -> None:
        self._seen = seen
        self._subscribe = _frame(
            json.dumps({"id": SUBSCRIBE_ID, "type": "subscribe", "payload": payload}).encode()
        )
        self._path = path
        self._ended = ended
        self._received = b""
        self._is_open = False
        self._asked = 0.0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the protocol."""
        self._transport = transport
        self._asked = time.monotonic()
        key = base64.b64encode(b"0123456789abcdef").decode()
        lines = (
            f"GET {self._path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        )
        self._transport.write(lines.encode())

    def _ask(self) -> None:
        self._asked = time.monotonic()
        if self._asked >= self._seen.ends:
            self._transport.close()
            return
        self._transport.write(self._subscribe)

    def data_received(self, data: bytes) -> None:
        """Take frames."""
        self._received += data
        if not self._is_open:
            head, blank, rest = self._received.partition(b"\r\n\r\n")
            if not blank:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._seen.note_refusal("handshake refused", self._asked, head)
                self._transport.close()
                return
            self._is_open, self._received = True, rest
            self._transport.write(_frame(b'{"type":"connection_init"}'))
        while frame := _read_frame(self._received):
            opcode, payload, self._received = frame
            self._take(opcode, payload)

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == 9:  # noqa: PLR2004 - a ping, to be answered by a pong
            self._transport.write(_frame(payload, opcode=10))
        elif opcode == 1:
            message = json.loads(payload)
            if message["type"] == "next":
                self._seen.note("200", self._asked)
            elif message["type"] == "error":
                (error,) = message["payload"]
                is_busy = error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
                self._seen.note("503" if is_busy else "errors", self._asked)
                self._seen.without_retry_after += is_busy and not error["extensions"].get(
                    "retryAfterSeconds"
                )
            if message["type"] in {"connection_ack", "complete", "error"}:
                self._ask()

    def connection_lost(self, _: Exception | None) -> None:
        """Let a new connection be made."""
        self._ended.set()


def _frame(payload: bytes, opcode: int = 1) -> bytes:
    """Return a client's frame, whose mask of zeros leaves it as it is."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < SHORT_FRAME else struct.pack("!BH", 0xFE, size)
    return bytes([0x80 | opcode]) + length + b"\0\0\0\0" + payload


def _read_frame(data: bytes) -> tuple[int, bytes, bytes] | None:
    """Return the first frame's opcode and payload, and what follows it."""
    if len(data) < 2:  # noqa: PLR2004 - the shortest frame
        return None
    size, begin = data[1] & 0x7F, 2
    if size >= SHORT_FRAME:
        form, begin = ("!H", 4) if size == SHORT_FRAME else ("!Q", 10)
        if len(data) < begin:
            return None
        (size,) = struct.unpack(form, data[2:begin])
    if len(data) < begin + size:
        return None
    return data[0] & 0x0F, data[begin : begin + size], data[begin + size :]


async def _ask_for_ever(address: tuple[str, int], client: Any, seen: Seen) -> None:  # noqa: ANN401
    loop = asyncio.get_running_loop()
    while time.monotonic() < seen.ends:
        ended = asyncio.Event()
        try:
            await loop.create_connection(lambda: client(ended), *address)  # noqa: B023 - at once
        except OSError:
            seen.note("not connected", time.monotonic())
            await asyncio.sleep(0.01)
            continue
        await ended.wait()


async def _probe(address: tuple[str, int], name: str, seen: Seen) -> None:
    while time.monotonic() < seen.ends:
        asked = time.monotonic()
        try:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(PROBE % name.encode())
            status = (await reader.read())[9:12].decode("ascii")
            writer.close()
        except OSError:
            status = "cut"
        seen.note(name if status == "200" else f"{name} {status}", asked)
        await asyncio.sleep(SECONDS_BETWEEN_PROBES)


async def main(options: argparse.Namespace) -> None:
    """Let them ask, and print what they have seen."""
    host, port = options.url.removeprefix("http://").split(":")
    address = host, int(port)
    payload = {"query": options.query, "variables": json.loads(options.variables)}
    seen = Seen(options.seconds)
    body = json.dumps(payload).encode()
    kept = "close" if options.face == "close" else "keep-alive"
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: {kept}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    def client(ended: asyncio.Event) -> asyncio.Protocol:
        if options.face == "socket":
            return SocketClient(seen, payload, "/graphql", ended)
        return HttpClient(seen, head.encode() + body, ended)

    tasks = [
        asyncio.ensure_future(each)
        for each in (
            *(_probe(address, name, seen) for name in ("live", "ready")),
            *(_ask_for_ever(address, client, seen) for _ in range(options.clients)),
        )
    ]
    _, late = await asyncio.wait(
        tasks, timeout=options.seconds + SECONDS_TO_WARM_UP + SECONDS_TO_END
    )
    json.dump(seen.summary() | {"clients_without_an_answer": len(late)}, sys.stdout)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument(
        "--face",
        choices=("http", "close", "socket"),
        default="http",
        help="kept connections, a new connection for each request, or WebSockets",
    )
    parser.add_argument("--query", default="{ __typename }")
    parser.add_argument("--variables", default="{}")
    return parser.parse_args()


if __name__ == "__main__":
    uvloop.run(main(_options()))
