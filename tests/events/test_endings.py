"""A subscription ends when its caller may do less: within seconds, and nothing is told after that.

While others go on to write: who hears of nothing could not hear too much.
"""

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from time import monotonic

import httpx
import pytest
from sqlmodel import col, update

from app.db.schema.tables import AccessTokenRow
from app.domain.access import AccessRole
from app.services.access.tokens import CreateToken
from app.services.caller import COMMAND
from tests.builders import OTHER_COMPANY, company
from tests.events.subscriber import (
    CHANGES,
    DAYS_CHANGED,
    OF_COMPANY,
    PUT,
    Writer,
    over_sse,
    over_websocket,
)
from tests.server import serving

pytestmark = pytest.mark.rule("5.3")

SECONDS = 5.0
SLACK = 30.0
"""For a busy machine."""
BY_PAGE = {"sec-fetch-site": "same-origin"}
OVER = pytest.mark.parametrize("subscribing", [over_websocket, over_sse])


@pytest.fixture
def server(database_url):
    with serving(database_url) as server:
        yield server


async def token(services, role=AccessRole.ADMIN, **more):
    issued = await services.tokens.create(COMMAND, CreateToken("me", role, **more))
    return issued, {"authorization": f"Bearer {issued.text}"}


@asynccontextmanager
async def writing_on(server, services):
    """Write again and again while the block lasts."""
    _, headers = await token(services)

    async def write(writer):
        for number in range(200):
            await writer.enter(str(date(2026, 3, 2) + timedelta(weeks=number)))
            await asyncio.sleep(0.1)

    async with Writer(server.url, headers) as writer:
        await writer.fill()
        await writer.ask(PUT, companies=[company(sourceId=OTHER_COMPANY)])
        writing = asyncio.create_task(write(writer))
        try:
            yield
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing


@asynccontextmanager
async def subscribed(subscribing, server, headers=None):
    """Follow the changes, and the days."""
    async with (
        subscribing(server.url, CHANGES, OF_COMPANY, headers) as changes,
        subscribing(server.url, DAYS_CHANGED, OF_COMPANY, headers) as days,
    ):
        yield changes, days


async def told_after(events, ended_at):
    """Take what is told until the end; return for how long that was, and how it ended."""
    while True:
        event = await events.next(SECONDS + SLACK)
        kind = event["type"] if isinstance(event, dict) else event[0]
        if kind != "next":
            return monotonic() - ended_at, event


async def hold_that_both_end(both, over_websocket):
    now = monotonic()
    for took, ended in await asyncio.gather(*(told_after(each, now) for each in both)):
        assert took < SECONDS + SLACK
        assert ended in (over_websocket, ("complete", None))


async def change(services, issued, **values):
    """Change what a token may, as nobody can but who owns the database."""
    async with services.tokens.database.writing() as connection:
        statement = update(AccessTokenRow).where(col(AccessTokenRow.id) == issued.token.id)
        await connection.execute(statement.values(**values))


@OVER
@pytest.mark.parametrize(
    "less",
    [{"role": "EMPLOYEE"}, {"companies": [OTHER_COMPANY]}, {"taken": ["READ_TIME_OFF"]}],
    ids=["role", "companies", "permission"],
)
async def test_it_ends_when_its_caller_may_less(server, services, subscribing, less):
    issued, headers = await token(services)
    async with (
        writing_on(server, services),
        subscribed(subscribing, server, headers) as both,
    ):
        for events in both:
            await events.take(3)
        await change(services, issued, **less)
        await hold_that_both_end(both, {"id": "1", "type": "complete"})


@OVER
async def test_it_ends_when_its_browser_signs_out(server, services, subscribing):
    issued, _ = await token(services)
    async with httpx.AsyncClient(base_url=server.url, headers=BY_PAGE) as browser:
        await browser.post("/sign-in", data={"token": issued.text})
        cookie = BY_PAGE | {"cookie": f"timeoff={browser.cookies['timeoff']}"}
        async with (
            writing_on(server, services),
            subscribed(subscribing, server, cookie) as both,
        ):
            for events in both:
                await events.take(3)
            assert (await browser.post("/sign-out")).status_code == httpx.codes.SEE_OTHER
            await hold_that_both_end(both, ("closed", 4403))


@OVER
async def test_who_never_said_who_he_is_hears_nothing_once_there_is_a_token(
    server, services, subscribing
):
    async with Writer(server.url) as writer:
        await writer.fill()
    async with subscribed(subscribing, server) as both:
        await asyncio.sleep(0.5)
        async with writing_on(server, services):
            await hold_that_both_end(both, ("closed", 4403))
