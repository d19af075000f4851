"""Both systems connected to one company, and time off carried both ways: from vendor to vendor.

The vendors are stand-ins behind HTTP; the clock is set on, as people wait for hours.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.db.reading import flows as known
from app.domain.sync.flows import SyncFlow
from app.domain.sync.upstreams import SyncDirection, UpstreamApi, UpstreamState
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.changes import ChangeFeed
from app.services.mirror.service import MirrorService
from app.services.sync.flow_service import FlowService, SetSyncFlow
from app.services.sync.flows import Flows
from app.services.workers import WorkerService
from tests.builders import COMPANY, uuid
from tests.sync.conftest import Account, Clock, Connected, connect
from tests.sync.procore_company import Company, ConnectedCompany

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 3, each) for each in (9, 10, 11))
HOUR = 3_600
MOST_ROUNDS = 8


class Between:
    """A company that is connected to both, and of which time off is carried."""

    def __init__(self, kantata: Connected, procore: ConnectedCompany, is_written: Any) -> None:
        self.systems, self.is_written = (kantata, procore), is_written
        database, clock = kantata.database, kantata.clock
        self.faults: list[Exception] = []
        mirror, woken = MirrorService(database, clock), asyncio.Event()
        feed = ChangeFeed(database)
        self.flows = Flows(database, feed, mirror, clock, woken, self.faults.append)

    async def peace(self) -> None:
        """Read all, carry and write, again and again until nothing is written any more."""
        for _ in range(MOST_ROUNDS):
            before = self.is_written(), await self.flows.feed.last(COMPANY)
            for each in self.systems:
                await each.whole_pass()
            for each in self.systems:
                async with each.database.reading() as connection:
                    [flow] = await known.flows_under_way(connection)
                await self.flows.turn(flow, await self.flows.feed.last(COMPANY))
                await each.fill()
                each.clock.go_on(minutes=2)
                await each.work()
            assert self.faults == self.systems[0].faults == self.systems[1].faults == []
            if before == (self.is_written(), await self.flows.feed.last(COMPANY)):
                return
        pytest.fail(f"it comes to no rest in {MOST_ROUNDS} rounds")

    async def told(self) -> list[str]:
        async with self.flows.database.reading() as connection:
            found = await connection.exec_driver_sql("SELECT message FROM flow_problems")
            return list(found.scalars())


@pytest.fixture
async def between(database, account, company) -> Between:
    """Two systems that are written to, a user who is a person, and nothing on either side."""
    clock = Clock()
    first = await connect(database, clock, UpstreamApi.KANTATA_OX, account.vendor.base_url)
    kantata = Connected(database, clock, first)
    second = await connect(database, clock, UpstreamApi.PROCORE_REST, company.vendor.base_url)
    procore = ConnectedCompany(database, clock, second)
    for each in (kantata, procore):
        await each.change(lambda found: replace(found, direction=SyncDirection.TWO_WAY))
        assert (await each.work()).state is UpstreamState.RUNNING
    await WorkerService(database, clock).link(LOCAL, "1", uuid(1))
    service = FlowService(database, clock, AccessEvents(database, clock), lambda: None)
    await service.set(LOCAL, SetSyncFlow(COMPANY, SyncFlow.BOTH))
    return Between(kantata, procore, lambda: (account.written(), writes_of(company)))


def writes_of(company: Company) -> list[str]:
    """Return the writes that were asked for, each with its method."""
    return [each for each in company.vendor.requests if " " in each]


def shown(company: Company) -> list[tuple[str, str, str, str]]:
    """Return what Procore has: first and last day, and the times of a day."""
    names = ("start_day", "end_day", "batch_start_time", "batch_end_time")
    return sorted(tuple(each[name] for name in names) for each in company.records().values())


def hours(account: Account) -> dict[str, float]:
    return {day: seconds / HOUR for (_, day), seconds in account.days().items()}


def longer(company: Company, id_: str) -> None:
    company.change(1, id_, end_day="03/11/26")


def gone(company: Company, id_: str) -> None:
    company.delete(1, id_)


@pytest.mark.parametrize(
    ("change", "there", "here"),
    [
        pytest.param(
            longer,
            [("03/09/26", "03/11/26", "8:00 AM", "4:00 PM")],
            {"2026-03-09": 8, "2026-03-10": 8, "2026-03-11": 8},
            id="made longer",
        ),
        pytest.param(gone, [], {}, id="deleted"),
    ],
)
async def test_what_is_typed_in_kantata_is_in_procore_and_what_becomes_of_it_there_comes_back(
    account: Account,
    company: Company,
    between: Between,
    change: Callable[[Company, str], None],
    there: list[Any],
    here: dict[str, float],
):
    account.create([MONDAY, TUESDAY], range(1, 2), hours=8)
    await between.peace()
    made = shown(company)
    [id_] = company.records()
    change(company, id_)
    await between.peace()

    assert made == [("03/09/26", "03/10/26", "8:00 AM", "4:00 PM")]
    assert (shown(company), hours(account)) == (there, here)
    assert await between.told() == []


async def test_what_is_recorded_in_procore_is_in_kantata_and_goes_with_it(
    account: Account, company: Company, between: Between
):
    id_ = company.create(1, "03/09/26", end_day="03/11/26")
    await between.peace()
    made = hours(account)
    company.delete(1, id_)
    await between.peace()

    assert made == {"2026-03-09": 8, "2026-03-10": 8, "2026-03-11": 8}  # of 8.5 h: the workday
    assert (hours(account), shown(company)) == ({}, [])
    assert await between.told() == []


async def test_entries_that_are_deleted_in_kantata_take_their_record_along(
    account: Account, company: Company, between: Between
):
    account.create([MONDAY, TUESDAY, WEDNESDAY], range(1, 2), hours=4)
    await between.peace()
    made = shown(company)
    account.delete([id_ for id_, each in account.entries().items() if each["hours"] == 4][:3])
    await between.peace()

    assert made == [("03/09/26", "03/11/26", "8:00 AM", "12:00 PM")]
    assert (hours(account), shown(company)) == ({}, [])
