"""The instants of a company's changes are in the order of their numbers, whatever clocks say."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from app.db.connections.database import Database
from app.db.connections.migrate import upgrade
from app.db.schema.tables import ChangeCounterRow, ChangeRow, CompanyRow
from app.db.writing.changes import new_counter, record_changes
from app.db.writing.statements import insert_all
from app.domain.changes import FEED_ORDER, ChangeFilter
from app.domain.directory import Role
from app.domain.filters import InstantRange
from app.domain.paging import page_request
from app.services.caller import COMMAND, LOCAL
from app.services.changes import ChangeFeed, change
from tests.builders import COMPANY, OTHER_COMPANY
from tests.db.taking_back import downgrade

pytestmark = pytest.mark.rule("5.3")

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
IN_ORDER = select(col(ChangeRow.at)).order_by(col(ChangeRow.sequence))
LAST_AT = select(col(ChangeCounterRow.last_at)).where(col(ChangeCounterRow.company_id) == COMPANY)


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    async with database.writing() as connection:
        for id_, name in ((COMPANY, "a"), (OTHER_COMPANY, "b")):
            await insert_all(connection, CompanyRow, [{"id": id_, "name": name, "name_key": name}])
            await insert_all(connection, ChangeCounterRow, [new_counter(id_)])
    yield database
    await database.close()


async def write(database, at, company_id=COMPANY):
    async with database.writing() as connection:
        made = change(None, Role(id=1, company_id=company_id, name="R"))
        await record_changes(connection, COMMAND.origin, at, [made, made])


async def read(database, statement):
    async with database.reading() as connection:
        return list((await connection.execute(statement)).scalars())


async def test_a_clock_that_is_set_back_puts_no_change_before_another(database):
    hours = [0, -2, 0.5, -24, 0.25]
    for each in hours:
        await write(database, NOON + timedelta(hours=each))

    half_past = NOON + timedelta(minutes=30)
    assert await read(database, IN_ORDER) == [NOON] * 4 + [half_past] * 6
    assert await read(database, LAST_AT) == [half_past]


async def test_a_moment_is_found_although_a_clock_was_set_back(database):
    for hours in (0, -2, 0.5):
        await write(database, NOON + timedelta(hours=hours))
    request = page_request(FEED_ORDER, 50, None, None, None)

    async def since(moment):
        wanted = ChangeFilter(at=InstantRange(since=moment))
        page = await ChangeFeed(database).page(LOCAL, COMPANY, wanted, request)
        return [each.sequence for each in page.items]

    assert await since(NOON - timedelta(hours=1)) == [1, 2, 3, 4, 5, 6]
    assert await since(NOON) == [1, 2, 3, 4, 5, 6]
    assert await since(NOON + timedelta(minutes=1)) == [5, 6]


async def test_each_company_has_a_clock_of_its_own(database):
    await write(database, NOON)
    await write(database, NOON - timedelta(days=1), OTHER_COMPANY)

    assert sorted(set(await read(database, IN_ORDER))) == [NOON - timedelta(days=1), NOON]


async def test_those_who_write_at_once_by_other_clocks_stay_in_order(database):
    chance = random.Random(5)  # noqa: S311 - no secret
    moments = [NOON + timedelta(seconds=chance.randrange(3_600)) for _ in range(20)]

    await asyncio.gather(*(write(database, each) for each in moments))

    found = await read(database, IN_ORDER)
    assert found == sorted(found)
    assert await read(database, LAST_AT) == [max(moments)]


def test_the_migration_begins_at_the_latest_instant_that_there_is(database_url):
    async def fill():
        database = Database(database_url)
        async with database.writing() as connection:
            await insert_all(
                connection, CompanyRow, [{"id": COMPANY, "name": "a", "name_key": "a"}]
            )
            await insert_all(connection, ChangeCounterRow, [new_counter(COMPANY)])
        await write(database, NOON)
        async with database.writing() as connection:
            await connection.execute(text("UPDATE change_counters SET last_at = NULL"))
        await database.close()

    async def go_on():
        database = Database(database_url)
        begun = await read(database, LAST_AT)
        await write(database, NOON - timedelta(hours=1))
        found = await read(database, IN_ORDER)
        await database.close()
        return begun, found

    asyncio.run(fill())
    downgrade(database_url, "0013")
    upgrade(database_url)

    assert asyncio.run(go_on()) == ([NOON], [NOON] * 4)
