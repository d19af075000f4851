"""Clients that ask on and on while a database fails, and what came of each request."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

READ = "{ companies(first: 5) { totalCount nodes { name } } }"
WRITE = """
mutation ($input: UpsertCompaniesInput!) {
  upsertCompanies(input: $input) { companies { id } userErrors { code } }
}
"""
PAUSE = 0.02
ANSWER_SECONDS = 90


@dataclass(frozen=True)
class Outcome:
    """One request: when it was sent, how long it took, and what was answered."""

    kind: str
    sent: float
    took: float
    status: int
    code: str | None
    retry_after: bool


@dataclass
class Crowd:
    """Clients that do not give up."""

    url: str
    outcomes: list[Outcome] = field(default_factory=list)
    stored: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    async def ask(self, client: httpx.AsyncClient, kind: str) -> Outcome:
        """Send one request and note what came of it."""
        sent, id_ = time.monotonic(), str(uuid4())
        body: dict[str, Any] = {}
        if kind == "probe":
            answer = await client.get(f"{self.url}/health/ready")
        elif kind == "live":
            answer = await client.get(f"{self.url}/health/live")
        else:
            given: dict[str, Any] = {"query": READ}
            if kind == "write":
                companies = [{"sourceId": id_, "name": id_}]
                given = {"query": WRITE, "variables": {"input": {"companies": companies}}}
            answer = await client.post(f"{self.url}/graphql", json=given)
            body = answer.json()
        errors: list[dict[str, Any]] = body.get("errors", [])
        code = errors[0]["extensions"]["code"] if errors else None
        if kind == "write" and not errors:
            self.stored.add(id_)
        elif code == "SERVICE_UNAVAILABLE":
            self.refused.add(id_)
        headers = answer.headers
        outcome = Outcome(
            kind, sent, time.monotonic() - sent, answer.status_code, code, "retry-after" in headers
        )
        self.outcomes.append(outcome)
        return outcome

    async def ask_on(self, kind: str) -> None:
        """Ask again and again until cancelled."""
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            while True:
                await self.ask(client, kind)
                await asyncio.sleep(PAUSE)

    def of(self, *kinds: str, since: float = 0, until: float = float("inf")) -> list[Outcome]:
        """Return what was sent in a time."""
        return [each for each in self.outcomes if each.kind in kinds and since < each.sent < until]

    def slowest(self, *kinds: str) -> float:
        """Return the seconds that the slowest of these took."""
        return max((each.took for each in self.of(*kinds)), default=0.0)

    def codes(self) -> Counter[str]:
        """Return how often each code was answered."""
        return Counter(each.code for each in self.outcomes if each.code)


@asynccontextmanager
async def crowd(url: str, *, readers: int = 6, writers: int = 3) -> AsyncIterator[Crowd]:
    """Have readers, writers and probes ask until the block is left."""
    asking = Crowd(url)
    kinds = ["read"] * readers + ["write"] * writers + ["probe", "live"]
    tasks = [asyncio.create_task(asking.ask_on(kind)) for kind in kinds]
    try:
        yield asking
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def recovered(
    asking: Crowd, since: float, kinds: Sequence[str] = ("read", "write"), *, seconds: float = 60
) -> float:
    """Return how long after a moment one of each kind that was sent then was answered."""
    while time.monotonic() < since + seconds:
        firsts = [
            min(
                (
                    each.sent + each.took
                    for each in asking.of(kind, since=since)
                    if each.code is None and each.status == httpx.codes.OK
                ),
                default=None,
            )
            for kind in kinds
        ]
        if None not in firsts:
            return max(each for each in firsts if each is not None) - since
        await asyncio.sleep(0.02)
    raise AssertionError(f"not back after {seconds} s: {asking.codes()}")


async def readiness(asking: Crowd, since: float, status: int) -> str:
    """Wait until a probe that was sent after a moment was so answered; return how long it took."""
    while True:
        told = [
            each.sent + each.took
            for each in asking.of("probe", since=since)
            if each.status == status
        ]
        if told:
            return f"{status} after {min(told) - since:.1f} s"
        await asyncio.sleep(PAUSE)


def descriptors(pid: int) -> int:
    """Return how many files and sockets a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


async def stored(asking: Crowd, more: int) -> None:
    """Wait until so many more writes are acknowledged."""
    wanted = len(asking.stored) + more
    await until(lambda: len(asking.stored) >= wanted)


async def until(is_so: Callable[[], bool], *, seconds: float = 120) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never was so"
        await asyncio.sleep(PAUSE)


async def settles(measure: Callable[[], int], at_most: int, *, seconds: float = 60) -> None:
    """Wait until a figure is back at what it was."""
    until = time.monotonic() + seconds
    while (now := measure()) > at_most:
        assert time.monotonic() < until, f"still {now}, not {at_most}"
        await asyncio.sleep(0.1)
