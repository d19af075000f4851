"""HTTP by hand: what no well-behaved client would send, and what comes back."""

import json
import re
import socket
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)

LONGEST_WAIT = 60.0
"""Seconds after which whoever should have been cut has not been."""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of the only error."""
        (error,) = json.loads(self.body)["errors"]
        code: str = error["extensions"]["code"]
        return code

    @property
    def data(self) -> Any:
        return json.loads(self.body)["data"]


class Wire:
    """A connection to a server, byte by byte."""

    def __init__(self, url: str, receive_buffer: int | None = None) -> None:
        host, port = url.removeprefix("http://").split(":")
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(LONGEST_WAIT)
        self._socket.connect((host, int(port)))
        self._received = b""

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._socket.sendall(piece)

    def close(self) -> None:
        self._socket.close()

    def answer(self) -> Answer:
        """Read one answer."""
        return self._read(self.raw_answer())

    def _read(self, raw: bytes) -> Answer:
        head, _, body = raw.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        return Answer(int(status_line.split()[1]), headers, body)

    def raw_answer(self) -> bytes:
        """Read one answer, and return it byte by byte."""
        while b"\r\n\r\n" not in self._received:
            self._receive()
        head, _, rest = self._received.partition(b"\r\n\r\n")
        declared = _LENGTH.search(head)
        length = int(declared[1]) if declared else 0
        self._received = rest
        while len(self._received) < length:
            self._receive()
        body, self._received = self._received[:length], self._received[length:]
        return head + b"\r\n\r\n" + body

    def is_cut(self) -> bool:
        """Wait for the end of the connection; what came before it must have been read."""
        try:
            return self._received + self._socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _receive(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise EOFError(f"the connection ended after {self._received!r}")
        self._received += data


@contextmanager
def wire(server, **options):
    with closing(Wire(server.url, **options)) as connected:
        yield connected


def head(first_line: str, *headers: str, host: str = "localhost") -> bytes:
    return "\r\n".join([first_line, f"Host: {host}", *headers, "", ""]).encode("latin-1")


def graphql(document: str = "{ __typename }", *headers: str) -> bytes:
    body = json.dumps({"query": document}).encode()
    first = head(
        "POST /graphql HTTP/1.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    )
    return first + body


LIVE = head("GET /health/live HTTP/1.1")
