"""PgBouncer in transaction mode before PostgreSQL: nothing of ours may last for longer than one."""

import asyncio
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.db.connections.database import Database
from app.db.schema.tables import CompanyRow
from app.domain.errors import Unavailable
from tests.events.subscriber import CHANGES, over_websocket
from tests.poolers import SERVER_CONNECTIONS, pooled
from tests.process.client import (
    A_MONDAY,
    CREATE_ENTRIES,
    CREATE_TIME_OFF,
    Gateway,
    item,
    time_off,
)
from tests.process.outages import crowd, recovered
from tests.process.stored import one_moment, refuse_violations
from tests.server import serving

pytestmark = [pytest.mark.process, pytest.mark.only_on("postgresql")]

TIMES = 5
FAULTS = ("Traceback", "InvalidSQLStatementName", "DuplicatePreparedStatement")


@pytest.fixture
def pooler(database_url):
    with pooled(database_url) as pooler:
        yield pooler


@pytest.fixture
async def database(pooler):
    database = Database(pooler.url)
    yield database
    await database.close()


async def test_each_transaction_may_be_another_servers(database):
    """Otherwise the other tests of this module would prove nothing."""

    async def answering():
        async with database.reading() as connection:
            return (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()

    servers = {await answering() for _ in range(2 * SERVER_CONNECTIONS)}
    together = {*servers, *await asyncio.gather(*(answering() for _ in range(40)))}

    assert 1 < len(together) <= SERVER_CONNECTIONS


async def test_gateways_write_read_and_tell_as_without_it(pooler, database_url):
    with serving(pooler.url) as one, serving(pooler.url) as two:
        async with Gateway(database_url, [one, two]) as gateway:
            company = await gateway.new_company()
            (user_id,) = await gateway.new_users(company)
            (person_id,) = await gateway.new_people(company)
            keyed = {"timeOffEntries": [item(user_id, 1.5)], "idempotencyKey": "once"}
            series = time_off(company, person_id, "medical", idempotencyKey="series once")
            answers = await asyncio.gather(
                *(gateway.write(CREATE_ENTRIES, **keyed) for _ in range(TIMES)),
                *(gateway.write(CREATE_TIME_OFF, **series) for _ in range(TIMES)),
            )
            read = await asyncio.gather(*(gateway.hours_of(user_id) for _ in range(20)))
            changes, _ = await gateway.changes_after(company, None)
            _, cursor = await gateway.changes_after(company, None)
            since = {"company": company, "after": cursor}
            async with over_websocket(two.url, CHANGES, since) as events:
                for day in (A_MONDAY + timedelta(days=1), A_MONDAY + timedelta(days=2)):
                    await gateway.create(item(user_id, 1, day))
                    await events.next()
        logs = one.log() + two.log()

    assert answers == TIMES * answers[:1] + TIMES * answers[-1:]
    assert [set(each.values()) for each in read] == 20 * [{1.5}]
    written = [each["subjectType"] for each in changes if each["operation"] == "CREATED"]
    assert written.count("TimeOffEntry") == written.count("PersonTimeOff") == 1
    assert not [each for each in FAULTS if each in logs], logs


async def test_one_sends_and_another_follows_it_when_the_pooler_was_ended(pooler, database):
    first, second = database.sole(), database.sole()
    assert await first.take()
    assert not await second.take()  # also not on the session that has the lock
    assert await first.is_held()

    await asyncio.to_thread(pooler.kill)
    with suppress(Exception):  # the driver's: whoever holds it ends its work either way
        assert not await first.is_held()
    await asyncio.to_thread(pooler.start)

    async with asyncio.timeout(20):
        while not await second.take():  # noqa: ASYNC110 - as the sender looks
            await asyncio.sleep(0.05)
    assert not await first.take()
    await second.release()


async def test_a_pooler_that_is_ended_is_an_outage_that_ends(pooler, database_url):
    with serving(pooler.url) as server:
        async with crowd(server.url) as asking:
            await recovered(asking, time.monotonic())
            await asyncio.to_thread(pooler.kill)
            async with asyncio.timeout(20):
                while "SERVICE_UNAVAILABLE" not in asking.codes():  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            await asyncio.to_thread(pooler.start)
            await recovered(asking, time.monotonic())
        log = server.log()
    async with one_moment(database_url) as rows_of:
        names = {row.name for row in await rows_of(CompanyRow)}
    await refuse_violations(database_url)

    assert set(asking.codes()) <= {"SERVICE_UNAVAILABLE", "OUTCOME_UNKNOWN"}
    assert asking.stored <= names
    assert not asking.refused & names
    assert not [each for each in FAULTS if each in log], log


async def test_an_url_that_says_how_many_statements_are_kept_is_believed(pooler):
    """PgBouncer 1.21 keeps them for its clients; the one here does not, which shows it."""
    url = make_url(pooler.url).update_query_dict({"prepared_statement_cache_size": "100"})
    database = Database(url.render_as_string(hide_password=False))
    try:
        with pytest.raises(Exception, match="prepared statement") as failed:
            await _read_often(database)
    finally:
        await database.close()

    assert not isinstance(failed.value, Unavailable)


async def test_without_a_pooler_statements_are_kept(database_url):
    database = Database(database_url)
    try:
        async with database.reading() as connection:
            for _ in range(2):
                await connection.execute(text("SELECT count(*) FROM companies"))
            kept = (
                await connection.execute(text("SELECT count(*) FROM pg_prepared_statements"))
            ).scalar_one()
    finally:
        await database.close()

    assert kept > 0


async def _read_often(database):
    async def read():
        async with database.reading() as connection:
            await connection.execute(text("SELECT count(*) FROM companies"))

    for _ in range(2 * SERVER_CONNECTIONS):
        reading = [read() for _ in range(SERVER_CONNECTIONS)]
        for ended in await asyncio.gather(*reading, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended
