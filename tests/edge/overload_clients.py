"""Clients that ask again as soon as they have an answer: python overload_clients.py URL N SECONDS.

Prints as JSON what came of it.
"""

import asyncio
import json
import statistics
import sys
import time
from collections import defaultdict

DOCUMENT = "{ __schema { types { name kind fields { name type { name } } } } }"
BODY = json.dumps({"query": DOCUMENT}).encode()
WORK = (
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n" % len(BODY)
) + BODY
PROBE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Crowd:
    """What the clients have seen."""

    def __init__(self, url: str, seconds: float) -> None:
        self._address = url.removeprefix("http://").split(":")
        self._end = time.monotonic() + seconds
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.without_retry_after = 0

    async def ask_again_and_again(self, request: bytes, kind: str | None, pause: float) -> None:
        host, port = self._address
        reader, writer = await asyncio.open_connection(host, int(port))
        while time.monotonic() < self._end:
            began = time.monotonic()
            writer.write(request)
            status, headers = await _read_answer(reader)
            self.seconds[kind or status].append(time.monotonic() - began)
            if status == "503":
                self.without_retry_after += "retry-after" not in headers
                await asyncio.sleep(0.5)
            await asyncio.sleep(pause)
        writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status_line, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    await reader.readexactly(int(headers["content-length"]))
    return status_line.split()[1], headers


async def main(url: str, clients: int, seconds: float) -> None:
    crowd = Crowd(url, seconds)
    await asyncio.gather(
        crowd.ask_again_and_again(PROBE, "probe", 0.05),
        *(crowd.ask_again_and_again(WORK, None, 0) for _ in range(clients)),
    )
    seen = {
        "statuses": {kind: len(each) for kind, each in crowd.seconds.items() if kind != "probe"},
        "median_seconds": {kind: statistics.median(each) for kind, each in crowd.seconds.items()},
        "slowest_of_20": {
            kind: sorted(each)[len(each) * 19 // 20] for kind, each in crowd.seconds.items()
        },
        "without_retry_after": crowd.without_retry_after,
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
