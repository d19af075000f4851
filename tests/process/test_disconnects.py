"""Clients leave at any point of what they ask: nothing of them stays, nothing is half done."""

import asyncio
import random

import httpx
import pytest

from app.db.connections.limits import DatabaseLimits
from tests import builders
from tests.process.client import Gateway, user
from tests.process.leaving import ask_in_part, own_memory, whole_request
from tests.process.outages import descriptors, settles
from tests.process.stored import refuse_violations
from tests.server import serving

pytestmark = pytest.mark.process

AT_A_TIME = 12
FIGURES = (
    "requests_running",
    "requests_writing",
    "requests_waiting",
    "subscriptions",
    "database_connections",
    "database_waiting",
)
POOL = DatabaseLimits().pool_size
SPARE = {"sqlite": 2 * POOL + AT_A_TIME + 1, "postgresql": POOL + 2}
"""Descriptors, however many leave: of the pool's connections that were not yet open, and of the
test's own. On SQLite a connection has the file and its log; and the file of one that is closed
stays open for the next one, of as many as ever were there at once: to close it would let go of
the process's locks (src/os_unix.c of SQLite)."""
MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    "times", [pytest.param(100, id="short"), pytest.param(5000, id="long", marks=pytest.mark.long)]
)
async def test_who_leaves_at_any_point_leaves_nothing_behind(
    database_url, database_kind, times, record_property
):
    on = {"TIMEOFF_METRICS": "true"}
    chance = random.Random(1)  # noqa: S311
    with serving(database_url, environment=on) as server:
        async with Gateway(database_url, [server], patient=True) as gateway:
            company = {"sourceId": builders.COMPANY, "name": "Brick"}
            await gateway.put("upsertCompanies", "companies", [company])
            users = [user(builders.COMPANY, str(number)) for number in range(1, 21)]
            await gateway.put("upsertUsers", "users", users)
            await leave_often(server.url, chance, times // 5)  # what is loaded once, is now
            await nobody_is_there(server.url)
            files, memory = descriptors(server.pid), own_memory(server.pid)
            await leave_often(server.url, chance, times)
            await nobody_is_there(server.url)
            await settles(lambda: descriptors(server.pid), files + SPARE[database_kind])
            files_more = descriptors(server.pid) - files
            grown = own_memory(server.pid) - memory
            assert await gateway.ask("{ companies { totalCount } }") == {"totalCount": 1}
        log = server.log()
    await refuse_violations(database_url)

    assert "ERROR" not in log, log
    # Of one that kept only what was sent, there would be more after thousands: the long form.
    assert grown < 20 * MEGABYTE
    record_property(
        f"{times} clients that left at any point on {database_kind}",
        f"{files_more:+d} descriptors, {grown / MEGABYTE:+.1f} MB, all gates at 0",
    )


async def leave_often(url, chance, times):
    gate = asyncio.Semaphore(AT_A_TIME)

    async def leave():
        async with gate:
            await ask_in_part(url, whole_request(url, chance), chance)

    await asyncio.gather(*(leave() for _ in range(times)))


async def nobody_is_there(url):
    """Wait until the gateway says that it works for nobody."""
    async with httpx.AsyncClient(timeout=60) as client, asyncio.timeout(120):
        while True:
            text = (await client.get(f"{url}/metrics")).text
            lines = dict(line.rpartition(" ")[::2] for line in text.splitlines())
            found = {name: float(lines[f"timeoff_{name}"]) for name in FIGURES}
            if not any(found.values()):
                return
            await asyncio.sleep(0.1)
