"""What a database of before has of connected systems is as it is to be after the upgrade."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from app.db.connections.database import Database
from app.db.connections.migrate import upgrade
from app.db.reading import flows
from app.db.reading import sync as known
from app.db.reading.changes import last_number
from app.db.reading.sync_people import bases_of_person
from app.db.writing import flows as kept_flows
from app.db.writing import sync as kept
from app.domain.sync.deliveries import day_key, record_key
from app.domain.sync.flows import Flow, Standing, SyncFlow
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


def problems(connection):
    return connection.execute(sa.text("SELECT code FROM flow_problems")).scalars().all()


async def test_what_could_not_be_carried_is_tried_again_and_goes_on_as_it_was_set(databases):
    url = databases.create()
    database = Database(url)
    directory = DirectoryService(database, lambda: NOW)
    await directory.upsert_companies(LOCAL, [UpsertItem({"source_id": COMPANY, "name": "Brick"})])
    key = record_key(PERSON, uuid(3))
    flow = Flow(COMPANY, SyncFlow.PROCORE_TO_KANTATA, 7, Standing(after=uuid(3)))
    async with database.writing() as connection:
        await kept_flows.keep_flow(connection, flow)
        await kept_flows.keep_problem(connection, COMPANY, key, ("OF_A_RECORD", "No."), NOW)
        of_a_day = day_key(1, NOW.date())
        await kept_flows.keep_problem(connection, COMPANY, of_a_day, ("OF_A_DAY", "No."), NOW)
    await database.close()
    await asyncio.to_thread(downgrade, url, "0024")
    before = await asyncio.to_thread(within, url, problems)
    await asyncio.to_thread(upgrade, url)

    after = Database(url)
    async with after.reading() as connection:
        found = await flows.keys_with_problems(connection, COMPANY, [key, of_a_day])
        stored = await flows.find_flow(connection, COMPANY)
    await after.close()

    assert before == ["OF_A_RECORD"]
    assert (found, stored) == ({key}, flow)
