"""A pooled connection of PostgreSQL is asked whether it lives, unless it has just answered."""

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.db.connections import postgresql
from app.db.connections.database import Database

pytestmark = pytest.mark.only_on("postgresql")


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


async def read(database):
    """The statements that a connection is sent to read one row, and its server process."""
    async with database.reading() as connection:
        row = await connection.execute(text("SELECT pg_backend_pid()"))
        return row.scalar_one()


async def sent_by(database):
    sent = []
    async with database.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
    driver.add_query_logger(lambda record: sent.append(record.query))
    await read(database)
    return sent


async def test_one_that_has_just_answered_is_not_asked(database):
    await read(database)

    assert "SELECT 1" not in await sent_by(database)


async def test_one_that_was_idle_is_asked_first(database, monkeypatch):
    await read(database)
    monkeypatch.setattr(postgresql, "TRUSTED_SECONDS", 0)

    assert (await sent_by(database))[0] == "SELECT 1"


async def test_one_that_the_server_has_just_closed_is_replaced(database, database_url):
    first = await read(database)
    url = make_url(database_url).set(drivername="postgresql")
    other = await asyncpg.connect(url.render_as_string(hide_password=False))
    await other.execute("SELECT pg_terminate_backend($1, 5000)", first)
    await other.close()

    assert await read(database) != first
