"""The server is killed in the midst of writes, again and again (rule 5.2)."""

import asyncio
import itertools
import random
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.db.schema.tables import (
    ExternalReferenceRow,
    PersonDayRow,
    PersonTimeOffRow,
    TimeOffEntryRow,
)
from tests.process.client import (
    A_MONDAY,
    CREATE_ENTRIES,
    CREATE_TIME_OFF,
    DELETE_ENTRIES,
    DELETE_TIME_OFF,
    Gateway,
    item,
    time_off,
)
from tests.process.phoenix import phoenix
from tests.process.stored import one_moment, refuse_violations

pytestmark = pytest.mark.process

KILLS = {"sqlite": 50, "postgresql": 10}
"""On PostgreSQL only the gateway dies, and its transactions with it."""
MANY_KILLS = {"sqlite": 1000, "postgresql": 200}
WRITERS = 8
EVERY = 25
"""Kills in the long form, after which all that is stored is read: it grows with each."""
USERS = 5
NUMBERS = 15_000
"""Of requests, for whose days there is room until 2099: then come other users."""
ENTRIES_OF_A_BATCH = 3
INSTANCES = 5


class Ledger:
    """What was asked of servers that may die, by the key of each request.

    A key is also the reason or the reference in what the request stores.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.requests: dict[str, tuple[str, dict[str, Any]]] = {}
        self.unknown: set[str] = set()
        self.acknowledged: dict[str, Any] = {}
        self.deleted: dict[str, str] = {}
        self._numbers = itertools.count()

    async def prepare(self, gateway: Gateway) -> None:
        """Make those whose time off is written."""
        self._company = await gateway.new_company()
        self._users = await gateway.new_users(self._company, USERS * 4)
        (self._person,) = await gateway.new_people(self._company)

    def next_request(self) -> str:
        """Return the key of a new request: a batch, a series, or the end of either."""
        number = next(self._numbers)
        key = f"request {number}"
        document, given = CREATE_ENTRIES, self._batch(number, key)
        if number % 3 == 1:
            document, given = CREATE_TIME_OFF, time_off(self._company, self._person, key)
        elif number % 3 == 2 and (ended := self._next_to_end()):
            document, given = self._end_of(ended)
            self.deleted[key] = ended
        self.requests[key] = (document, given | {"idempotencyKey": key})
        self.unknown.add(key)
        return key

    async def send(self, gateway: Gateway, key: str) -> None:
        """Send the request; without an answer it stays unknown what became of it."""
        document, given = self.requests[key]
        answer = await gateway.write(document, **given)
        assert answer["userErrors"] == [], answer
        self.unknown.discard(key)
        self.acknowledged[key] = answer

    def _batch(self, number: int, key: str) -> dict[str, Any]:
        """Hours for days of several users, on which nothing else is ever written."""
        group, number = divmod(number, NUMBERS)
        some = self._users[group * USERS :][:USERS]
        users = self.random.sample(some, ENTRIES_OF_A_BATCH)
        # Workdays only, some eight a round.
        day = A_MONDAY + timedelta(weeks=number // 5, days=number % 5)
        return {"timeOffEntries": [item(user_id, 1.25, day, ref=key) for user_id in users]}

    def _next_to_end(self) -> str | None:
        created = [key for key in self.acknowledged if key not in self.deleted]
        candidates = [key for key in created if key not in self.deleted.values()]
        return self.random.choice(candidates) if candidates else None

    def _end_of(self, key: str) -> tuple[str, dict[str, Any]]:
        answer = self.acknowledged[key]
        if "personTimeOff" in answer:
            return DELETE_TIME_OFF, {"id": answer["personTimeOff"]["id"]}
        return DELETE_ENTRIES, {"ids": [each["id"] for each in answer["timeOffEntries"]]}


async def write_until_it_dies(gateway: Gateway, ledger: Ledger, answered: asyncio.Event) -> None:
    """Send one request after another; `answered` is set with each answer."""
    while True:
        try:
            await ledger.send(gateway, ledger.next_request())
        except httpx.TransportError:
            return
        answered.set()


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(KILLS, id="short"),
        pytest.param(MANY_KILLS, id="long", marks=pytest.mark.long),
    ],
)
async def test_what_was_acknowledged_is_there_and_nothing_by_halves(
    database_url, database_kind, kills, record_property
):
    ledger = Ledger(seed=1)
    times, asked_again = kills[database_kind], 0
    with phoenix(database_url) as server:
        async with Gateway(database_url, [server], keep_alive=False, patient=True) as gateway:
            server.start()
            await ledger.prepare(gateway)
            for number in range(times):
                is_read = times < 2 * EVERY + 1 or number % EVERY == 0
                await write_and_kill(server, gateway, ledger)
                if is_read:
                    await refuse_halves(database_url, ledger)
                server.start()
                # Whoever got no answer asks again, with the same key.
                asked_again += len(ledger.unknown)
                await asyncio.gather(*(ledger.send(gateway, key) for key in sorted(ledger.unknown)))
                if is_read:
                    await refuse_halves(database_url, ledger)
            await refuse_halves(database_url, ledger)
            server.kill()

    await refuse_violations(database_url)
    record_property(
        f"{times} times kill -9 on {database_kind}",
        f"{len(ledger.acknowledged)} writes acknowledged, {asked_again} asked again, 0 lost",
    )


async def write_and_kill(server, gateway, ledger):
    """Kill the server after a few answers, while other requests are under way."""
    answered = asyncio.Event()
    wanted = len(ledger.acknowledged) + ledger.random.randint(1, 2 * WRITERS)
    async with asyncio.TaskGroup() as tasks:
        writers = [
            tasks.create_task(write_until_it_dies(gateway, ledger, answered))
            for _ in range(WRITERS)
        ]
        while len(ledger.acknowledged) < wanted:
            await answered.wait()
            answered.clear()
        server.kill()
        for writer in writers:  # one may wait at the socket, which outlives the server
            writer.cancel()
    assert ledger.unknown


async def refuse_halves(database_url: str, ledger: Ledger) -> None:
    """Hold that each request is stored whole or not at all; if acknowledged, whole."""
    found = await parts_of_requests(database_url)
    ends = {ended: key for key, ended in ledger.deleted.items()}
    for key in ledger.requests.keys() - ledger.deleted.keys():
        parts = found.pop(key, None)
        end = ends.get(key)
        if key in ledger.acknowledged and end is None:
            assert parts is not None, f"{key} was acknowledged"
        if end in ledger.acknowledged:
            assert parts is None, f"the deletion of {key} was acknowledged"
        if parts is not None:
            assert parts in WHOLE, f"{key} is stored by halves: {parts}"
    assert not found


WHOLE = (
    {"records": 1, "days": INSTANCES},
    {"references": ENTRIES_OF_A_BATCH, "entries": ENTRIES_OF_A_BATCH},
)


async def parts_of_requests(database_url: str) -> dict[str, Counter[str]]:
    """Return how many rows of each kind there are of each request."""
    parts: dict[str, Counter[str]] = defaultdict(Counter)
    async with one_moment(database_url) as rows_of:
        days = Counter(row.record_id for row in await rows_of(PersonDayRow))
        for record in await rows_of(PersonTimeOffRow):
            parts[record.reason] += Counter(records=1, days=days.pop(record.id, 0))
        hours = {row.id: row.seconds / 3600 for row in await rows_of(TimeOffEntryRow)}
        for reference in await rows_of(ExternalReferenceRow):
            assert hours.pop(reference.entry_id) == 1.25
            parts[reference.service_name] += Counter(references=1, entries=1)
    assert (dict(days), hours) == ({}, {}), "parts of nothing"
    return parts
