"""Somebody changes a system while it is being asked: the request under way decides nothing."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from app.db.writing import sync as kept
from app.domain.identifiers import Kind, node_id
from app.domain.sync.addresses import VendorHosts
from app.domain.sync.credentials import Credentials
from app.domain.sync.runs import Rhythm
from app.domain.sync.upstreams import Upstream, UpstreamApi, UpstreamState
from app.services.access.events import AccessEvents
from app.services.caller import COMMAND, LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.sync.commands import ConnectUpstream, ReplaceCredentials
from app.services.sync.directory import TakeInDirectory
from app.services.sync.driver import Driver
from app.services.sync.figures import SyncFigures
from app.services.sync.keys import SyncKeys
from app.services.sync.passes import Passes
from app.services.sync.resealing import reseal
from app.services.sync.sealing import Seal
from app.services.sync.service import UpstreamService
from app.services.sync.take_in import TakeIn
from app.vendors.opening import OpenedVendors
from tests.builders import OTHER_COMPANY
from tests.standins.kantata import ACCOUNT, TOKEN
from tests.sync.conftest import workdays

SECONDS = 60
OLD = "token-of-before"


class Gate:
    """Stands before a vendor; whoever asks it waits there until the gate is opened."""

    def __init__(self):
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def wait(self):
        self.reached.set()
        await self.opened.wait()

    def answered(self, status, left=None):
        """Whatever it was."""


class House:
    """What drives and changes systems, wired as a process has it but for the gate."""

    def __init__(self, connected, folder):
        self.connected, self.gate = connected, Gate()
        self.faults: list[Exception] = []
        self.asked: Counter[tuple[str, str]] = Counter()
        database, clock = connected.database, connected.clock
        self.keys = SyncKeys(file=folder / "keys")
        self.seal = Seal(self.keys)
        directory = DirectoryService(database, clock)
        self.passes = Passes(
            database,
            TakeIn(database, clock),
            TakeInDirectory(database, directory),
            Rhythm(),
            clock,
            lambda: 1.0,
            self.faults.append,
        )
        self.gated = OpenedVendors(self._count, turns_of=lambda _: self.gate)

    def _count(self, upstream, asked):
        self.asked[upstream.id, asked.path] += 1

    def service(self, vendors=None):
        database, clock = self.connected.database, self.connected.clock
        return UpstreamService(
            database,
            clock,
            vendors or OpenedVendors(lambda *_: None),
            VendorHosts(frozenset({"127.0.0.1"})),
            self.seal,
            AccessEvents(database, clock),
            lambda: None,
        )

    @asynccontextmanager
    async def driving(self):
        """Drive until the block is left; at its beginning the first request waits."""
        stopping = asyncio.Event()
        driver = Driver(
            self.connected.database,
            self.passes,
            self.gated,
            self.seal,
            asyncio.Event(),
            self.faults.append,
            SyncFigures(),
        )
        task = asyncio.create_task(driver.run(stopping))
        try:
            async with asyncio.timeout(SECONDS):
                await self.gate.reached.wait()
                yield driver
        finally:
            stopping.set()
            await task

    async def seal_token(self, token):
        """Have the system be opened by this token."""
        sealed = self.seal.close(self.connected.id, Credentials(token))
        async with self.connected.database.writing() as connection:
            await kept.change_credentials(connection, self.connected.id, sealed)


@pytest.fixture
def house(connected, tmp_path):
    return House(connected, tmp_path)


async def until(is_so):
    while not await is_so():  # noqa: ASYNC110 - no database tells of it
        await asyncio.sleep(0.02)


async def rows(connected, statement):
    async with connected.database.reading() as connection:
        return list(await connection.exec_driver_sql(statement))


async def test_new_credentials_are_not_refused_for_what_the_old_ones_open(connected, house):
    await connected.change(lambda upstream: upstream.checked(ACCOUNT))
    await house.seal_token(OLD)

    async with house.driving():
        command = ReplaceCredentials(node_id(Kind.UPSTREAM, connected.id), Credentials(TOKEN))
        await house.service().replace_credentials(COMMAND, command)
        house.gate.opened.set()

        async def is_settled():
            upstream = await connected.upstream()
            return upstream.last_read_at or not upstream.is_at_work

        await until(is_settled)

    assert (await connected.upstream()).state is UpstreamState.RUNNING
    assert house.faults == []


async def test_a_system_that_is_disconnected_is_not_asked_again(connected, house):
    """Also while the process has another one to read."""
    await house.seal_token(TOKEN)
    database, clock = connected.database, connected.clock
    directory = DirectoryService(database, clock)
    company = UpsertItem({"source_id": OTHER_COMPANY, "name": "Concrete"})
    await directory.upsert_companies(LOCAL, [company])
    other = Upstream(str(uuid4()), OTHER_COMPANY, UpstreamApi.KANTATA_OX, "https://x/", clock())
    async with database.writing() as connection:
        await kept.add_upstream(
            connection, other.failed("UNANSWERED", clock(), 1).failed("", clock(), 300), "sealed"
        )

    async with house.driving() as driver:
        await house.service().disconnect(COMMAND, node_id(Kind.UPSTREAM, connected.id))
        house.gate.opened.set()

        async def is_left():
            return house.asked and driver.tasks[connected.id].done()

        await until(is_left)

    assert house.asked == {(connected.id, "users/me"): 1}
    assert house.faults == []


@pytest.mark.parametrize("is_gone", [True, False], ids=["disconnected", "paused"])
async def test_nobody_is_taken_in_from_a_system_that_has_ended(connected, house, is_gone):
    await connected.change(lambda upstream: upstream.checked(ACCOUNT))
    upstream, service = await connected.upstream(), house.service()
    id_ = node_id(Kind.UPSTREAM, connected.id)

    async with house.gated.open(upstream, Credentials(TOKEN)) as vendor:
        turn = asyncio.create_task(house.passes.turn(upstream, vendor))
        await house.gate.reached.wait()
        await (service.disconnect if is_gone else service.pause)(COMMAND, id_)
        house.gate.opened.set()
        assert await turn

    users = await rows(connected, "SELECT id FROM users")
    runs = [each[:2] for each in await connected.runs()]
    assert users == []
    assert runs == ([] if is_gone else [("DIRECTORY", "STOPPED")])


async def test_a_pass_that_is_asked_for_follows_the_one_under_way(connected, account, house):
    """And undoes nothing of it: asked for each minute, a long one would never come to its end."""
    account.create(workdays(1))
    await house.seal_token(TOKEN)
    await connected.change(lambda upstream: upstream.checked(ACCOUNT))

    async with house.driving() as driver:
        await house.service().read_soon(COMMAND, node_id(Kind.UPSTREAM, connected.id), whole=False)
        house.gate.opened.set()

        async def is_read():
            return driver.tasks[connected.id].done()

        await until(is_read)

    upstream = await connected.upstream()
    assert upstream.wanted is None
    assert upstream.last_full_read_at is not None
    assert await connected.days() == account.days()
    assert [each[:2] for each in await connected.runs()] == [
        ("DIRECTORY", "SUCCEEDED"),
        ("FULL", "SUCCEEDED"),
        ("INCREMENTAL", "SUCCEEDED"),
    ]


async def test_keys_that_rotate_while_a_token_is_tried_lose_nothing(connected, account, house):
    database = connected.database
    house.seal.close("any", Credentials(OLD))
    directory = DirectoryService(database, connected.clock)
    company = UpsertItem({"source_id": OTHER_COMPANY, "name": "Concrete"})
    await directory.upsert_companies(LOCAL, [company])
    command = ConnectUpstream(
        OTHER_COMPANY,
        UpstreamApi.KANTATA_OX,
        Credentials(TOKEN),
        base_url=account.vendor.base_url,
    )
    connecting = asyncio.create_task(house.service(house.gated).connect(COMMAND, command))
    await asyncio.wait(
        [connecting, asyncio.create_task(house.gate.reached.wait())],
        return_when=asyncio.FIRST_COMPLETED,
    )
    async with database.writing() as connection:
        await kept.remove_upstream(connection, connected.id)
    await reseal(database, house.keys)
    house.gate.opened.set()
    upstream = await connecting

    stored = await rows(connected, "SELECT credentials FROM upstreams")
    assert [house.seal.open(upstream.id, each[0]) for each in stored] == [Credentials(TOKEN)]
