"""Several processes over one database: what one commits, subscribers of the other hear of."""

import asyncio
import random
import time
from datetime import date, timedelta
from functools import partial

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from tests.builders import COMPANY
from tests.events.subscriber import CHANGES, OF_COMPANY, Writer, over_sse, over_websocket
from tests.server import serving

pytestmark = [pytest.mark.process, pytest.mark.rule("5.3")]

SECONDS = 1.0
SLACK = 20.0
"""For a busy machine."""
KILLS = [pytest.param(4, id="some"), pytest.param(200, id="many", marks=pytest.mark.long)]
SUBSCRIBING = (over_sse, over_websocket)
BACKENDS_THAT_LISTEN = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~ '(LISTEN|NOTIFY)'
"""


@pytest.fixture
def servers(database_url):
    with serving(database_url) as one, serving(database_url) as two:
        yield [one, two]


def day(number):
    """Workdays from a Monday on."""
    return str(date(2026, 3, 2) + timedelta(weeks=number // 5, days=number % 5))


async def heard_after(events, writer, number):
    """Write at one server, and return how long it takes until a subscriber of another hears."""
    await writer.enter(day(number))
    written = time.monotonic()
    await events.next()
    return time.monotonic() - written


async def test_a_change_at_one_reaches_subscribers_of_the_other_within_a_second(servers):
    one, two = servers
    async with Writer(one.url) as writer:
        await writer.fill()
        async with over_websocket(two.url, CHANGES, OF_COMPANY) as events:
            await events.none(0.5)
            waited = [await heard_after(events, writer, each) for each in range(8)]

    assert max(waited) < SECONDS + SLACK, waited


@pytest.mark.only_on("postgresql")
async def test_also_when_postgresqls_messages_are_lost(servers, database_url):
    one, two = servers
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    operator = await asyncpg.connect(url)
    try:
        async with Writer(one.url) as writer:
            await writer.fill()
            async with over_websocket(two.url, CHANGES, OF_COMPANY) as events:
                await events.none(0.5)
                waited, ended = [], 0
                for each in range(6):
                    ended += len(await operator.fetch(BACKENDS_THAT_LISTEN))
                    waited.append(await heard_after(events, writer, each))
    finally:
        await operator.close()

    assert ended
    assert max(waited) < SECONDS + SLACK, waited


class Following:
    """A subscriber that comes back with its last cursor, whatever happens to the server."""

    def __init__(self) -> None:
        self.sequences: list[int] = []
        self.cursor: str | None = None

    async def follow(self, urls, subscribing):
        """Subscribe at the server that is there now, until cancelled."""
        while True:
            try:
                variables = OF_COMPANY | {"after": self.cursor}
                async with subscribing(urls[0], CHANGES, variables) as events:
                    while await self._take(await events.next(60)):
                        pass
            except Exception:  # noqa: BLE001 - whatever it was, it comes back
                await asyncio.sleep(0.05)

    async def _take(self, event):
        payload = event.get("payload") if isinstance(event, dict) else event[1]
        if not payload:
            return False
        edge = payload["data"]["changes"]
        self.cursor = edge["cursor"]
        self.sequences.append(int(edge["node"]["sequence"]))
        return True


@pytest.mark.parametrize("kills", KILLS)
async def test_no_number_is_missing_or_twice_however_often_servers_are_killed(database_url, kills):
    chance = random.Random(7)  # noqa: S311
    followers = [Following(), Following()]
    urls, written = [""], 0
    tasks: list[asyncio.Task[None]] = []
    for kill in range(kills + 1):
        with serving(database_url) as server:
            urls[0] = server.url
            async with Writer(server.url) as writer:
                if not tasks:
                    await writer.fill()
                    start = await writer.ask(
                        "query P($id: ID!) { changes(companyId: $id, last: 1) "
                        "{ edges { cursor node { sequence } } } }",
                        id=COMPANY,
                    )
                    (edge,) = start["changes"]["edges"]
                    for follower in followers:
                        follower.cursor = edge["cursor"]
                    tasks = [
                        asyncio.create_task(follower.follow(urls, subscribing))
                        for follower, subscribing in zip(followers, SUBSCRIBING, strict=True)
                    ]
                for _ in range(chance.randrange(4, 12)):
                    await writer.enter(day(written))
                    written += 1
                if kill == kills:
                    await until(partial(have_heard, followers, written))
                else:
                    await asyncio.sleep(chance.random() / 20)
            if kill < kills:
                server.kill()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)

    first = int(edge["node"]["sequence"]) + 1
    for follower in followers:
        assert follower.sequences == list(range(first, first + written))


def have_heard(followers, count):
    return all(len(each.sequences) >= count for each in followers)


async def until(is_so, seconds=120):
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - of what other processes do
            await asyncio.sleep(0.05)
