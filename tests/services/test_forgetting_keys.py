"""Idempotency keys are forgotten when their time is up, or when there are too many (rule 5.1)."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select
from sqlmodel import col

from app.db.connections.database import Database
from app.db.schema.tables import IdempotencyKeyRow
from app.services.idempotency import forget_old_keys

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
MANY = 1_000_000


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


async def put_keys(database, ages):
    """Keys so many hours old, each named by its age."""
    rows = [
        {
            "caller": "local",
            "operation": "createTimeOffEntries",
            "key": str(age),
            "fingerprint": "f",
            "created_at": NOW - timedelta(hours=age),
        }
        for age in ages
    ]
    async with database.writing() as connection:
        await connection.execute(insert(IdempotencyKeyRow), rows)


async def left(database):
    newest_first = col(IdempotencyKeyRow.created_at).desc()
    async with database.reading() as connection:
        keys = await connection.execute(select(col(IdempotencyKeyRow.key)).order_by(newest_first))
        return [float(key) for key in keys.scalars()]


@pytest.mark.rule("5.1")
@pytest.mark.parametrize(
    ("ages", "most", "kept", "is_told"),
    [
        pytest.param([1, 25, 47, 49, 100], MANY, [1, 25, 47], False, id="their time is up"),
        pytest.param([1, 2, 3], 3, [1, 2, 3], False, id="as many as are kept"),
        pytest.param([1, 2, 3], 2, [1, 2], True, id="one more"),
        pytest.param([1, 25, 26, 30], 2, [1, 25], False, id="kept longer than promised"),
        pytest.param([1, 25, 49], 1, [1], False, id="both"),
    ],
)
async def test_keys_are_forgotten(database, caplog, ages, most, kept, is_told):
    await put_keys(database, ages)

    with caplog.at_level(logging.WARNING):
        forgotten = await forget_old_keys(database, NOW, most)

    assert (await left(database), forgotten) == (kept, len(ages) - len(kept))
    assert bool(caplog.records) is is_told


async def test_where_there_are_none_nothing_is_forgotten(database):
    assert await forget_old_keys(database, NOW, 1) == 0


async def test_they_are_forgotten_in_portions(database):
    await put_keys(database, [round(1 + each / 1_000, 3) for each in range(2_500)])

    assert await forget_old_keys(database, NOW, 10) == 2_490
    assert len(await left(database)) == 10
