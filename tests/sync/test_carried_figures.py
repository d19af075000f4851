"""How what is carried from one system into the other does, as figures."""

import time

import httpx
import pytest

from app.db.connections.database import Database
from app.db.reading.flow_figures import carrying as counted
from app.db.writing.flows import keep_problem
from app.domain.sync.deliveries import record_key
from app.domain.sync.flows import SyncFlow
from app.domain.sync.waiting import FlowBacklog
from app.services.caller import LOCAL
from app.services.sync.figures import SyncFigures
from app.services.sync.flow_service import SetSyncFlow
from tests.builders import COMPANY, OTHER_COMPANY, OTHER_PERSON, PERSON, company, person, uuid
from tests.graphql.api import put, put_person_time_off
from tests.server import serving
from tests.sync.carried_company import Carrying, carrying

__all__ = ["carrying"]

FLOW = SyncFlow.PROCORE_TO_KANTATA.value
SECONDS = 60


async def figures(database: Database) -> SyncFigures:
    async with database.reading() as connection:
        return SyncFigures(carrying=await counted(connection))


async def test_what_is_not_carried_yet_and_what_could_not_be_is_counted(carrying: Carrying):
    database = carrying.database
    none = await figures(database)
    await carrying.set()
    begun = await figures(database)
    await put(carrying.ask, people=[person(sourceId=OTHER_PERSON)])
    for personal in ({}, {"personId": OTHER_PERSON}):
        await put_person_time_off(carrying.ask, **personal)
    behind = await figures(database)
    await carrying.work(times=5)
    carried = await figures(database)
    await carrying.set(SyncFlow.NONE)
    ended = await figures(database)

    assert none.flow_problems == none.flow_lags == ended.flow_problems == ended.flow_lags == {}
    assert begun.carrying == {FLOW: FlowBacklog(0, 0)}
    assert behind.flow_problems == {FLOW: 0}
    assert behind.flow_lags[FLOW] >= 3  # two records, and a person
    assert carried.carrying == {FLOW: FlowBacklog(1, 0)}
    carried.nothing()
    assert carried.flow_problems == {}


async def test_problems_of_companies_are_added_and_the_furthest_behind_is_told(carrying: Carrying):
    await put(carrying.ask, companies=[company(sourceId=OTHER_COMPANY, name="Beam")])
    others = {"companyId": OTHER_COMPANY, "personId": OTHER_PERSON}
    await put(carrying.ask, people=[person(sourceId=OTHER_PERSON, companyId=OTHER_COMPANY)])
    flow = SyncFlow.PROCORE_TO_KANTATA
    await carrying.service.set(LOCAL, SetSyncFlow(OTHER_COMPANY, flow))
    await carrying.set()
    await put_person_time_off(carrying.ask, **others)
    before = await figures(carrying.database)
    for _ in range(3):
        await put_person_time_off(carrying.ask)

    after = await figures(carrying.database)
    async with carrying.database.writing() as connection:
        for each in (COMPANY, OTHER_COMPANY):
            told = ("NOT_CONVERTIBLE", "It could not.")
            await keep_problem(
                connection, each, record_key(PERSON, uuid(1)), told, carrying.clock()
            )

    assert (await figures(carrying.database)).flow_problems == {FLOW: 2}
    assert 0 < before.flow_lags[FLOW] < after.flow_lags[FLOW]


@pytest.mark.process
async def test_a_gateway_tells_it_also_where_no_system_is_connected(
    carrying: Carrying, database_url
):
    await carrying.set()
    await put(carrying.ask, people=[person(sourceId=OTHER_PERSON)])
    await put_person_time_off(carrying.ask, personId=OTHER_PERSON)
    await carrying.work(times=5)

    told = {
        'timeoff_sync_flow_problems{flow="procore_to_kantata"} 1.0',
        'timeoff_sync_flow_lag_changes{flow="procore_to_kantata"} 0.0',
    }
    with serving(database_url, "--no-demo", environment={"TIMEOFF_METRICS": "true"}) as server:
        wait_for(server.url, told)


def wait_for(url: str, told: set[str]) -> None:
    """Scrape until the lines are there."""
    deadline = time.monotonic() + SECONDS
    while not told <= {*(lines := httpx.get(f"{url}/metrics").text.splitlines())}:
        assert time.monotonic() < deadline, lines
        time.sleep(0.1)
