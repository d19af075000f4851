"""Only one process of all that share a database sends, and another follows it at once."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from app.db.connections.database import Database
from app.domain.errors import Unavailable

PROJECT = Path(__file__).parents[2]
HOLD = """
import asyncio, sys
from app.db.connections.database import Database

async def main(url):
    sole = Database(url).sole()
    print(await sole.take(), flush=True)
    await asyncio.sleep(60)

asyncio.run(main(sys.argv[1]))
"""


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


async def taken(sole):
    """Wait as long as a sender may be missing."""
    async with asyncio.timeout(60):
        while not await sole.take():  # noqa: ASYNC110 - as the sender looks
            await asyncio.sleep(0.05)


async def test_one_has_it_and_gives_it_back(database):
    first, second = database.sole(), database.sole()

    assert await first.take()
    assert await first.take()
    assert await first.is_held()
    assert not await second.take()
    assert not await second.is_held()
    await first.release()
    await first.release()
    assert not await first.is_held()
    await taken(second)
    assert await second.is_held()
    await second.release()


async def test_whoever_is_killed_is_followed_within_ten_seconds(database, database_url):
    holder = subprocess.Popen(  # noqa: ASYNC220 - another process is what this is about
        [sys.executable, "-c", HOLD, database_url],
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert await asyncio.to_thread(holder.stdout.readline) == "True\n"
        mine = database.sole()
        assert not await mine.take()

        holder.kill()

        await taken(mine)
    finally:
        holder.kill()
        holder.communicate()
    await mine.release()


@pytest.mark.only_on("postgresql")
async def test_with_its_session_it_is_lost(database):
    sole = database.sole()
    assert await sole.take()
    await end_session(database)

    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the driver says of it
        await sole.is_held()

    assert not await sole.is_held()
    assert await sole.take()
    await sole.release()


async def end_session(database):
    async with database.writing() as connection:
        ended = await connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert list(ended.scalars()) == [True]


@pytest.mark.only_on("postgresql")
async def test_whoever_lost_it_with_its_session_takes_it_anew(database):
    sole = database.sole()
    assert await sole.take()
    await end_session(database)

    await taken(sole)
    assert await sole.is_held()
    await sole.release()


@pytest.mark.only_on("postgresql")
async def test_a_server_that_is_away_is_an_outage():
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")

    with pytest.raises(Unavailable):
        await database.sole().take()
    await database.close()


@pytest.mark.only_on("sqlite")
async def test_with_its_file_it_is_lost(database, database_url):
    sole = database.sole()
    assert await sole.take()
    file = f"{make_url(database_url).database}-sender"
    assert os.stat(file).st_mode & 0o777 == 0o600  # noqa: PTH116

    os.unlink(file)  # noqa: PTH108

    assert not await sole.is_held()
    assert await sole.take()
    await sole.release()


@pytest.mark.only_on("sqlite")
async def test_where_no_file_can_be_made_nobody_has_it(database_url):
    database = Database("sqlite+aiosqlite:////nowhere/at/all.db")

    assert not await database.sole().take()
    await database.close()
