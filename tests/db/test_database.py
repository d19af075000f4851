"""How transactions open and end, and what a connection is set to."""

import asyncio
import threading
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.db.connections.database import Database
from app.db.connections.sqlite import BUSY_SECONDS, new_connection
from tests.builders import COMPANY, UNKNOWN_UUID

INSERT = text("INSERT INTO companies (id, name, name_key) VALUES (:id, :name, :name)")
COUNT = text("SELECT count(*) FROM companies")


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


async def found(company_id, connection, name="Brick"):
    await connection.execute(INSERT, {"id": company_id, "name": name})


async def companies(database):
    async with database.reading() as connection:
        return (await connection.execute(COUNT)).scalar_one()


async def pragma(connection, name):
    return (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()


@pytest.mark.only_on("sqlite")
async def test_every_connection_to_sqlite_is_safe_to_trust(database):
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    async with database.reading() as one, database.reading() as other:
        for connection in (one, other):
            assert {name: await pragma(connection, name) for name in expected} == expected
            assert await pragma(connection, "busy_timeout") > 0


@pytest.mark.only_on("sqlite")
async def test_a_writer_waits_for_another_processs_transaction(database, database_url):
    other = Database(database_url)
    try:
        async with other.writing() as connection:
            await found(COMPANY, connection)
            waiting = asyncio.create_task(count_while_writing(database))
            await asyncio.sleep(0.4)
            assert not waiting.done()
        assert await waiting == 1
    finally:
        await other.close()
    assert BUSY_SECONDS >= 10


async def count_while_writing(database):
    async with database.writing() as connection:
        return (await connection.execute(COUNT)).scalar_one()


async def test_leaving_a_writing_block_commits(database):
    async with database.writing() as connection:
        await found(COMPANY, connection)

    assert await companies(database) == 1


async def test_an_exception_rolls_everything_back(database):
    async def fail_after_a_write():
        async with database.writing() as connection:
            await found(COMPANY, connection)
            raise LookupError

    with pytest.raises(LookupError):
        await fail_after_a_write()

    assert await companies(database) == 0


async def test_a_cancelled_write_is_rolled_back_and_the_next_one_is_free(database):
    async def never_done():
        async with database.writing() as connection:
            await found(COMPANY, connection)
            await asyncio.sleep(60)

    task = asyncio.create_task(never_done())
    await asyncio.sleep(0.2)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    async with database.writing() as connection:
        await found(UNKNOWN_UUID, connection)

    assert await companies(database) == 1


async def test_a_dry_run_rolls_everything_back(database):
    async with database.writing(dry_run=True) as connection:
        await found(COMPANY, connection)
        assert (await connection.execute(COUNT)).scalar_one() == 1

    assert await companies(database) == 0


async def test_readers_see_what_was_committed_only(database):
    async with database.writing() as connection:
        await found(COMPANY, connection)
        assert await companies(database) == 0


async def test_foreign_keys_are_enforced(database):
    with pytest.raises(IntegrityError):
        async with database.writing() as connection:
            await connection.execute(
                text("INSERT INTO change_counters VALUES (:id, 0, '', 0, NULL)"),
                {"id": UNKNOWN_UUID},
            )


@pytest.mark.rule("4.6")
async def test_an_error_of_the_database_names_no_parameter(database):
    async def write_twice():
        async with database.writing() as connection:
            await found(COMPANY, connection, name="medical")
            await found(COMPANY, connection, name="medical")

    with pytest.raises(DBAPIError) as caught:
        await write_twice()

    assert "medical" not in str(caught.value)


@pytest.mark.only_on("postgresql")
async def test_a_connection_that_the_server_closed_is_replaced(database, database_url):
    async with database.reading() as connection:
        pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    other = Database(database_url)
    try:
        async with other.reading() as connection:
            await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    finally:
        await other.close()
    await asyncio.sleep(0.1)

    assert await companies(database) == 0


async def test_a_database_answers_a_ping(database):
    assert await database.ping()


async def test_a_database_that_is_not_there_answers_no_ping(tmp_path):
    threads = set(threading.enumerate())
    for url in (
        f"sqlite+aiosqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}",
        "postgresql+asyncpg://nobody@127.0.0.1:1/nothing",
    ):
        database = Database(url)
        assert not await database.ping()
        await database.close()
    # The driver's thread still tells the event loop that it ends: that must be there.
    for thread in set(threading.enumerate()) - threads:
        await asyncio.to_thread(thread.join, 10)


@pytest.mark.only_on("sqlite")
async def test_who_is_cancelled_with_rows_to_come_keeps_no_lock(database):
    """SQLite refuses to roll back after an interrupt as long as a statement has rows to give."""
    async with database.writing() as connection:
        await found(COMPANY, connection)
        await found(UNKNOWN_UUID, connection)
    async with database.engine.execution_options(begin="BEGIN IMMEDIATE").connect() as connection:
        await connection.begin()
        await found("b" * 32, connection)
        driver = (await connection.get_raw_connection()).driver_connection
        cursor = await driver.cursor()
        await cursor.execute("SELECT id FROM companies ORDER BY id")  # reads one row

        await connection.invalidate(asyncio.CancelledError())
        async with database.writing() as other:
            await found("c" * 32, other)

    assert await companies(database) == 3
    with pytest.raises(ValueError, match="closed"):
        await cursor.fetchone()


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("steps", range(4))
async def test_a_connection_that_is_given_up_while_it_closes_is_waited_for_by_nobody(
    database, steps
):
    """As where a task is cancelled in a statement, and again while SQLAlchemy closes after it."""
    async with database.reading() as connection:
        adapted = (await connection.get_raw_connection()).driver_connection
        driver = await new_connection(await file_of(connection))
    assert type(adapted) is type(driver)
    closing = asyncio.create_task(driver.close())
    for _ in range(steps):
        await asyncio.sleep(0)

    driver.stop()

    async with asyncio.timeout(60):
        with suppress(ValueError):  # it is closed already
            await closing


async def file_of(connection):
    return (await connection.execute(text("PRAGMA database_list"))).one()[2]
