"""Servers are asked to end while clients write: what was begun is answered, nothing is lost."""

import asyncio
import itertools
import os
import random
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from app.db.schema.tables import PersonTimeOffRow
from tests.process.client import CREATE_TIME_OFF, Gateway, time_off
from tests.process.outages import ANSWER_SECONDS, READ, until
from tests.process.stored import one_moment, refuse_violations
from tests.proxies import nginx
from tests.server import serving
from tests.web.sign_in import own_certificate

pytestmark = pytest.mark.process

WRITERS = 6
PAUSE = 0.05
TRIES = 400


class Book:
    """What was asked of servers that end, and what became of it."""

    def __init__(self):
        self.acknowledged, self.refused, self.unanswered = set(), set(), set()
        self.tries = 0

    async def begin(self, database_url, server):
        """Make somebody of whom is written."""
        async with Gateway(database_url, [server], patient=True) as gateway:
            self._company = await gateway.new_company()
            (self._person,) = await gateway.new_people(self._company)

    async def write(self, client, url, key):
        """Send a write under a key, which is also its reason, and note what came of it."""
        self.tries += 1
        given = time_off(self._company, self._person, key, idempotencyKey=key)
        sent = {"query": CREATE_TIME_OFF, "variables": {"input": given}}
        try:
            answer = await client.post(f"{url}/graphql", json=sent)
        except httpx.TransportError:
            self.unanswered.add(key)
            return
        if answer.status_code == httpx.codes.OK:
            told = answer.json()
            assert "errors" not in told, told
            assert told["data"]["createPersonTimeOff"]["userErrors"] == []
            self.acknowledged.add(key)
        else:
            assert answer.status_code in {502, 503}, answer.text
            self.refused.add(key)

    async def write_until_it_is_gone(self, url, *, kept):
        """Write over one connection, or over one for each, until nobody answers any more."""
        limits = httpx.Limits(max_keepalive_connections=None if kept else 0)
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, limits=limits) as client:
            unanswered = 0
            while unanswered < 2:  # a connection that was kept ends with the first
                key = str(uuid4())
                await self.write(client, url, key)
                unanswered += key in self.unanswered

    async def written(self, count):
        """Wait for so many more acknowledged writes."""
        wanted = len(self.acknowledged) + count
        await until(lambda: len(self.acknowledged) >= wanted)


@asynccontextmanager
async def serving_aside(database_url, *options, **more):
    """Run a server; its start and its end keep no client waiting."""
    server = serving(database_url, *options, **more)
    running = await asyncio.to_thread(server.__enter__)
    try:
        yield running
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


async def stored_keys(database_url):
    async with one_moment(database_url) as rows_of:
        return [row.reason for row in await rows_of(PersonTimeOffRow)]


@pytest.mark.parametrize(
    "times", [pytest.param(2, id="short"), pytest.param(100, id="long", marks=pytest.mark.long)]
)
async def test_who_is_asked_to_end_answers_what_it_has_begun(database_url, times, record_property):
    book, chance = Book(), random.Random(1)  # noqa: S311
    for number in range(times):
        options = ["--workers", "2"] if number % 2 else []
        async with serving_aside(database_url, *options) as server, asyncio.TaskGroup() as tasks:
            if number == 0:
                await book.begin(database_url, server)
            for writer in range(WRITERS):
                kept = writer % 2 == 0
                tasks.create_task(book.write_until_it_is_gone(server.url, kept=kept))
            await book.written(chance.randint(1, 3 * WRITERS))
            assert await asyncio.to_thread(server.stop) == 0
    stored = await stored_keys(database_url)
    await refuse_violations(database_url)

    assert len(stored) == len(set(stored))
    assert book.acknowledged <= set(stored)
    assert not book.refused & set(stored)
    # Who heard nothing was not listened to either: a request that was begun is answered.
    assert not book.unanswered & set(stored)
    record_property(
        f"{times} times SIGTERM under {WRITERS} writers",
        f"exit code 0; {len(book.acknowledged)} writes acknowledged, {len(book.refused)} refused, "
        f"{len(book.unanswered)} not accepted, none of them stored",
    )


def dies_with_its_terminal():
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # CI may have been started by nohup


def outlives_its_terminal():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    "options",
    [
        pytest.param([], id="one process"),
        pytest.param(["--workers", "2"], id="workers", marks=pytest.mark.long),
    ],
)
async def test_who_loses_its_terminal_answers_what_it_has_begun(database_url, options):
    """All processes of the terminal are told of it: SIGHUP."""
    book = Book()
    started = serving_aside(database_url, *options, cold=True, before=dies_with_its_terminal)
    async with started as server, asyncio.TaskGroup() as tasks:
        await book.begin(database_url, server)
        for _ in range(WRITERS):
            tasks.create_task(book.write_until_it_is_gone(server.url, kept=False))
        await book.written(WRITERS)
        for worker in children(server.pid) if options else ():
            os.kill(worker, signal.SIGHUP)
        await book.written(WRITERS)
        assert await asyncio.to_thread(server.stop, signal.SIGHUP) == 0
    stored = set(await stored_keys(database_url))
    await refuse_violations(database_url)

    assert book.acknowledged <= stored
    assert not (book.refused | book.unanswered) & stored


@pytest.mark.long
@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("options", [[], ["--workers", "2"]], ids=["one process", "workers"])
async def test_who_was_started_to_outlive_its_terminal_does(database_url, options):
    """As nohup starts it."""
    started = serving_aside(database_url, *options, cold=True, before=outlives_its_terminal)
    async with started as server:
        for each in (server.pid, *children(server.pid)):
            os.kill(each, signal.SIGHUP)
        await asyncio.sleep(1.5)
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            answer = await client.post(f"{server.url}/graphql", json={"query": READ})
        log = server.log()
        assert await asyncio.to_thread(server.stop) == 0

    assert answer.status_code == httpx.codes.OK
    assert "died" not in log


def children(pid):
    """Return the processes that a process has started."""
    return map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    "rounds", [pytest.param(1, id="short"), pytest.param(20, id="long", marks=pytest.mark.long)]
)
async def test_two_that_are_started_anew_one_after_the_other_fail_nobody(
    database_url, rounds, tmp_path, record_property
):
    """Behind nginx as docs/proxy.md shows it; clients ask again as docs/scaling.md says."""
    book, asked = Book(), itertools.count()
    certificate = own_certificate(tmp_path)
    async with AsyncExitStack() as stack:
        one, two = [await stack.enter_async_context(serving_aside(database_url)) for _ in range(2)]
        await book.begin(database_url, one)
        addresses = [each.url.removeprefix("http://") for each in (one, two)]
        both = " fail_timeout=1s;\n    server ".join(addresses) + " fail_timeout=1s"
        with nginx(both, certificate, tmp_path) as proxy:
            async with httpx.AsyncClient(timeout=ANSWER_SECONDS, verify=False) as client:  # noqa: S501
                ending = asyncio.Event()
                clients = [write_on(book, client, proxy.url, ending) for _ in range(3)]
                clients += [read_on(client, proxy.url, ending, asked) for _ in range(2)]
                async with asyncio.TaskGroup() as tasks:
                    for each in clients:
                        tasks.create_task(each)
                    await start_anew(stack, database_url, [one, two], book, rounds)
                    ending.set()
    stored = await stored_keys(database_url)
    await refuse_violations(database_url)

    assert sorted(stored) == sorted(book.acknowledged)  # each once, however often it was sent
    record_property(
        f"{rounds} rolling restarts of two behind nginx",
        f"{len(stored)} writes, {next(asked)} reads, none failed; "
        f"{book.tries - len(stored)} writes were sent again",
    )


async def start_anew(stack, database_url, servers, book, rounds):
    """End one after the other, and start it at its place before the next one ends."""
    for _ in range(rounds):
        for number, server in enumerate(servers):
            await book.written(5)
            assert await asyncio.to_thread(server.stop) == 0
            await book.written(5)  # by the other one
            port = server.url.rpartition(":")[2]
            begun = serving_aside(database_url, "--port", port)
            servers[number] = await stack.enter_async_context(begun)
    await book.written(5)


async def write_on(book, client, url, ending):
    """Write, and send what was not answered or refused again, under the same key."""
    while not ending.is_set():
        key = str(uuid4())
        for _ in range(TRIES):
            await book.write(client, url, key)
            if key in book.acknowledged:
                break
            await asyncio.sleep(PAUSE)
        assert key in book.acknowledged


async def read_on(client, url, ending, asked):
    """Read, and ask again where nobody was there to answer."""
    while not ending.is_set():
        for _ in range(TRIES):
            try:
                answer = await client.post(f"{url}/graphql", json={"query": READ})
            except httpx.TransportError:
                continue
            if answer.status_code == httpx.codes.OK:
                break
            assert answer.status_code in {502, 503}, answer.text
            await asyncio.sleep(PAUSE)
        assert answer.status_code == httpx.codes.OK
        assert "errors" not in answer.json()
        next(asked)
