"""A receiver of webhooks on loopback: it keeps what comes, and answers as a test wishes."""

import json
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.domain.webhook_signatures import key_of

WAIT_SECONDS = 60


@dataclass(frozen=True)
class Got:
    """A message as it came."""

    headers: Mapping[str, str]
    body: bytes
    path: str
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> Any:
        return json.loads(self.body)

    @property
    def type(self) -> str:
        return str(self.told["type"])

    @property
    def sequences(self) -> range:
        """The numbers of the changes that it tells of."""
        data = self.told["data"]
        if "sequence" in data:
            return range(int(data["sequence"]), int(data["sequence"]) + 1)
        return range(int(data["from"]), int(data["to"]) + 1)

    def is_signed_by(self, secret: str) -> bool:
        """Verify as a receiver does that has never seen our code."""
        content = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = b64encode(digest(key_of(secret), content, sha256)).decode()
        return f"v1,{expected}" in self.headers["webhook-signature"].split(" ")


@dataclass(frozen=True)
class Reply:
    """An answer; ``seconds`` is how long it takes, ``trickles`` that its bytes come one by one.

    Of status 0 there is none: the receiver has taken the message and died.
    """

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0
    trickles: bool = False


class Receiver:
    """Its address and what came; ``answer`` may be replaced at any time."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/hook"
        self.got: list[Got] = []
        self.answer: Callable[[Got], Reply] = lambda _: Reply()
        self.connections = 0
        self.sent_bytes = 0
        self._came = threading.Condition()

    def take(self, got: Got) -> Reply:
        with self._came:
            self.got.append(got)
            self._came.notify_all()
        return self.answer(got)

    def wait_for(
        self, is_so: Callable[[list[Got]], bool], seconds: float = WAIT_SECONDS
    ) -> list[Got]:
        """Wait until what came is as wished, and return it."""
        with self._came:
            found = self._came.wait_for(lambda: is_so(self.got), seconds)
        told = [(each.type, [*each.sequences]) for each in self.got if each.type != "webhook.test"]
        assert found, told
        return self.got


class _Handler(BaseHTTPRequestHandler):
    """Answers as the server's receiver says."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def setup(self) -> None:
        self.server.receiver.connections += 1
        super().setup()

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(length)
        if len(body) < length:  # the sender was killed in the middle of it
            self.close_connection = True
            return
        got = Got(headers, body, self.path, time.time())
        reply = self.server.receiver.take(got)
        time.sleep(reply.seconds)
        if not reply.status:
            self.close_connection = True
            return
        with suppress(OSError):
            self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        step = 1 if reply.trickles else 4_096
        for start in range(0, len(reply.body), step):
            self.wfile.write(reply.body[start : start + step])
            self.server.receiver.sent_bytes += step
            if reply.trickles:
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100
    receiver: Receiver

    def handle_error(self, *_: object) -> None:
        """A client that has gone is no error of ours."""


@contextmanager
def receiving(
    tls: ssl.SSLContext | None = None, port: int = 0, answer: Callable[[Got], Reply] | None = None
) -> Iterator[Receiver]:
    """Run a receiver until the block is left."""
    server = _Server(("127.0.0.1", port), _Handler)
    receiver = server.receiver = Receiver(server.server_address[1])
    if answer is not None:
        receiver.answer = answer
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
