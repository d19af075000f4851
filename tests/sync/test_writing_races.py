"""Who writes here while what waits is decided: each waits for the other, and sees what it did."""

import asyncio
import threading

import pytest
from sqlalchemy import text

from app.db.writing import deliveries as kept
from app.db.writing import sync as bases
from app.domain.errors import NotFound, Refused
from app.domain.identifiers import Kind, node_id
from app.domain.sync.conflicts import ConflictPolicy, SyncSide
from app.domain.sync.deliveries import day_key
from app.services.caller import LOCAL
from tests.sync.test_outbox import only, outbox_of
from tests.sync.test_writing_brakes import MANY, OUTSIDE
from tests.sync.test_writing_guarded import alike, of
from tests.sync.test_writing_kantata import ADA, FIRST, HOUR, writing

__all__ = ["writing"]

pytestmark = pytest.mark.only_on("postgresql")

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
SECONDS = 60


async def until_somebody_waits(database) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            async with database.reading() as connection:
                if await connection.scalar(WAITING):
                    return
            await asyncio.sleep(0.02)


async def disconnected_while(connected, waits) -> asyncio.Task:
    """Disconnect, so that all is gone, while this waits for it."""
    async with connected.database.writing() as connection:
        await bases.lock_upstream(connection, connected.id)
        task = asyncio.create_task(waits)
        await until_somebody_waits(connected.database)
        await bases.remove_upstream(connection, connected.id)
    return task


async def test_a_mutation_beside_a_disconnection_is_done(account, writing):
    connected = writing.connected
    database = connected.database
    async with database.writing() as other:
        await other.execute(text("SELECT 1 FROM change_counters FOR UPDATE"))
        task = asyncio.create_task(writing.enter(FIRST, 4))
        await until_somebody_waits(database)
        async with database.writing() as connection:
            await bases.lock_upstream(connection, connected.id)
            await bases.remove_upstream(connection, connected.id)
    await task

    assert await connected.days() == {(ADA, str(FIRST)): 4 * HOUR}


async def test_a_conflict_that_is_gone_before_it_is_decided_is_not_found(account, writing):
    await writing.decide(ConflictPolicy.ASK)
    account.create([FIRST], range(ADA, ADA + 1), 2)
    await writing.enter(FIRST, 4)
    await writing.work()
    conflict = await only(writing, "sync_conflicts", Kind.SYNC_CONFLICT)
    deciding = outbox_of(writing.connected).resolve(LOCAL, conflict, SyncSide.VENDOR)

    task = await disconnected_while(writing.connected, deciding)

    with pytest.raises(NotFound):
        await task


async def test_what_is_changed_while_its_write_is_refused_is_tried_in_its_new_state(
    account, writing
):
    connected, key = writing.connected, day_key(ADA, FIRST)
    is_asked, is_changed = threading.Event(), threading.Event()

    def late(asked, answer):
        if len(account.written()) > 1:
            is_asked.set()
            is_changed.wait(SECONDS)
        return answer

    account.fault({"kind": "status", "status": 422, "method": "POST", "times": 2})
    await writing.enter(FIRST, 4)
    with account.answering(late):
        work = asyncio.create_task(writing.work())
        await asyncio.to_thread(is_asked.wait, SECONDS)
        async with connected.database.writing() as connection:  # as a caller's change does
            await kept.want(connection, connected.id, [key], connected.clock())
            is_changed.set()
            await until_somebody_waits(connected.database)
        await work

    await alike(account, writing, of(4, FIRST))


async def test_what_is_changed_while_it_is_held_is_looked_at_in_its_new_state(account, writing):
    connected, key = writing.connected, day_key(ADA, OUTSIDE)
    await writing.enter(OUTSIDE, 4)
    async with connected.database.writing() as connection:
        await kept.want(connection, connected.id, [key], connected.clock())
        work = asyncio.create_task(writing.work())
        await until_somebody_waits(connected.database)
    await work

    [(state, generation)] = await writing.rows("SELECT state, generation FROM deliveries")
    assert (state, generation) == ("HELD", 2)


async def test_refused_days_that_are_decided_at_once_in_other_orders_wait_for_each_other(
    account, writing
):
    connected = writing.connected
    for user in MANY:
        await writing.enter(FIRST, 4, user)
    await connected.fill()
    await connected.do("UPDATE deliveries SET state = 'BLOCKED', code = 'REFUSED'")
    rows = await writing.rows("SELECT id, key FROM deliveries ORDER BY key")
    ids = [node_id(Kind.DELIVERY, str(each.id)) for each in rows]
    async with connected.database.writing() as connection:
        await kept.want(connection, connected.id, [rows[0].key], connected.clock())
        task = asyncio.create_task(outbox_of(connected).retry(LOCAL, ids[::-1]))
        await until_somebody_waits(connected.database)
        await kept.want(connection, connected.id, [rows[-1].key], connected.clock())

    with pytest.raises(Refused, match="INVALID_VALUE"):
        await task
