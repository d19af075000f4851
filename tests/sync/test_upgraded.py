"""What a database of before has of connected systems is as it is to be after the upgrade."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from app.db.connections.database import Database
from app.db.connections.migrate import upgrade
from app.db.reading import sync as known
from app.db.reading.changes import last_number
from app.db.reading.sync_people import bases_of_person
from app.db.writing import sync as kept
from app.domain.sync.deliveries import record_key
from app.domain.sync.remote import BaseRecord
from app.domain.sync.upstreams import SyncDirection, Upstream, UpstreamApi
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from tests.builders import COMPANY, PERSON, uuid
from tests.db.taking_back import downgrade, within

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
KANTATA = Upstream(uuid(1), COMPANY, UpstreamApi.KANTATA_OX, "https://api.example/", NOW)
PROCORE = replace(KANTATA, id=uuid(2), api=UpstreamApi.PROCORE_REST)


@pytest.fixture
async def database(databases):
    url = databases.create()
    database = Database(url)
    directory = DirectoryService(database, lambda: NOW)
    await directory.upsert_companies(LOCAL, [UpsertItem({"source_id": COMPANY, "name": "Brick"})])
    base = BaseRecord(record_key(PERSON, uuid(3)), uuid(3), uuid(4), NOW.date(), {}, PERSON)
    async with database.writing() as connection:
        two_way = replace(KANTATA, direction=SyncDirection.TWO_WAY)
        await kept.add_upstream(connection, two_way, "sealed")
        await kept.add_upstream(connection, PROCORE, "sealed")
        await kept.keep_bases(connection, PROCORE.id, [base])
    await database.close()
    return url


def keys(connection):
    return connection.execute(sa.text("SELECT key FROM remote_records")).scalars().all()


async def test_keys_name_the_person_and_what_was_changed_before_is_not_followed(database):
    await asyncio.to_thread(downgrade, database, "0023")
    before = await asyncio.to_thread(within, database, keys)
    await asyncio.to_thread(upgrade, database)

    after = Database(database)
    async with after.reading() as connection:
        bases = await bases_of_person(connection, PROCORE.id, PERSON)
        followed = [await known.followed_to(connection, each.id) for each in (KANTATA, PROCORE)]
        last = await last_number(connection, COMPANY)
    await after.close()

    assert before == [f"P:{uuid(3)}"]
    assert [each.key for each in bases.values()] == [record_key(PERSON, uuid(3))]
    assert last
    assert followed == [last, None]
