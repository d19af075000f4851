"""Measures what it costs to be watched. See scripts/measure-watching.

A server for each way to be watched runs all the time; in each round every one of them answers the
same number of requests, one after another on one connection. What is compared is the time of the
processor, within a round: other work on the machine is the same for all.
"""

import argparse
import json
import os
import socket
import statistics
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from scripts.benchmarks.docs import show
from scripts.benchmarks.servers import PROJECT
from tests.server import Server, serving

PAGE: Final = PROJECT / "docs" / "metrics.md"
COMMAND: Final = "scripts/measure-watching"
WAYS: Final[Mapping[str, Mapping[str, str]]] = {
    "nothing": {},
    "lines, text": {"TIMEOFF_LOG_REQUESTS": "true"},
    "lines, JSON": {"TIMEOFF_LOG_REQUESTS": "true", "TIMEOFF_LOG_FORMAT": "json"},
    "slow lines": {"TIMEOFF_SLOW_OPERATION_MS": "60000"},
    "figures": {"TIMEOFF_METRICS": "true"},
}
TRACES: Final = {"TIMEOFF_TRACES": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
SAMPLED: Final = {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01"}
QUERIES: Final = {
    "{ __typename }": 6_000,
    "query Page { timeOffEntries(first: 20) { nodes { id hours requestedDate } } }": 1_500,
}
"""And how many of it are sent in a round."""


def main() -> None:
    """Measure each way to be watched, and print a line for each."""
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("--docs", action="store_true", help="put the figures into docs/metrics.md")
    given = parser.parse_args()
    ways = dict(WAYS)
    if find_spec("opentelemetry"):
        ways |= {"traces": TRACES, "traces, 1 % of them": TRACES | SAMPLED}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        servers = {
            name: stack.enter_context(_serving(Path(folder), number, way))
            for number, (name, way) in enumerate(ways.items())
        }
        table = _table(servers, given.rounds)
    print("\n".join(table))
    if given.docs:
        show(PAGE, COMMAND, table)


def _serving(folder: Path, number: int, way: Mapping[str, str]) -> AbstractContextManager[Server]:
    return serving(f"sqlite:///{folder}/{number}.db", "--demo", environment=way, cold=True)


def _table(servers: Mapping[str, Server], rounds: int) -> list[str]:
    lines = [f"{'':22}" + "".join(f"{query.partition(' {')[0]:>18}" for query in QUERIES)]
    ratios: dict[str, list[str]] = {name: [] for name in servers}
    for query, count in QUERIES.items():
        for server in servers.values():
            _ask(server, query, count // 4)
        found: dict[str, list[float]] = {name: [] for name in servers}
        names = list(servers)
        for number in range(rounds):
            turned = number % len(names)  # who comes first is not always the same
            for name in names[turned:] + names[:turned]:
                found[name].append(_microseconds(servers[name], query, count))
        without = found["nothing"]
        for name, times in found.items():
            each = [one / other for one, other in zip(times, without, strict=True)]
            is_base = name == "nothing"
            middle = statistics.median(times if is_base else each)
            ratios[name].append(f"{middle:.0f} µs" if is_base else f"{middle:.2f}")
    lines += [f"{name:22}" + "".join(f"{each:>18}" for each in ratios[name]) for name in servers]
    return lines


def _microseconds(server: Server, query: str, count: int) -> float:
    """Return the processor's time for one request."""
    before = _cpu_seconds(server.pid)
    _ask(server, query, count)
    return (_cpu_seconds(server.pid) - before) / count * 1e6


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _ask(server: Server, query: str, count: int) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    body = json.dumps({"query": query}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(count):
            client.sendall(head.encode() + body)
            answer = client.recv(65_536)
            if b'"data":{' not in answer:
                raise SystemExit(answer.decode())


if __name__ == "__main__":
    main()
