"""A second gateway that stands in for Kantata, and a company here that is connected to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from app.db.connections.database import Database
from app.db.reading import sync as known
from app.db.writing import sync as kept
from app.domain.sync.credentials import Credentials
from app.domain.sync.runs import Rhythm
from app.domain.sync.together import Together
from app.domain.sync.upstreams import Upstream, UpstreamApi, Window
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.sync.delivery_outcomes import Delivering
from app.services.sync.directory import TakeInDirectory
from app.services.sync.fill_outbox import FillOutbox
from app.services.sync.passes import Passes
from app.services.sync.take_in import TakeIn
from app.vendors.opening import OpenedVendors
from tests.builders import COMPANY
from tests.server import serving
from tests.standins import procore
from tests.standins.kantata import TOKEN, TOKEN_OF_PEOPLE, Between, StandIn, standing_in

if TYPE_CHECKING:
    from tests.sync.procore_company import Company, ConnectedCompany

TODAY = date(2026, 3, 2)
USERS = range(1, 41)
MOST_TURNS = 10_000
FILL = """mutation($companies: [CompanyInput!]!, $roles: [RoleInput!]!, $users: [UserInput!]!) {
  upsertCompanies(input: {companies: $companies}) { userErrors { message } }
  upsertRoles(input: {roles: $roles}) { userErrors { message } }
  upsertUsers(input: {users: $users}) { userErrors { message } } }"""


@dataclass
class Clock:
    """A clock that a test sets on."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 8, tzinfo=UTC))

    def __call__(self) -> datetime:
        """Return the time, which is never the same: what is told of it has an order."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def go_on(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Account:
    """An account of Kantata's, whose people use it by a client of its API."""

    vendor: StandIn
    people: httpx.Client

    def create(self, days: list[date], users: range = USERS, hours: float = 4) -> None:
        entries = [
            {
                "user_id": user,
                "hours": hours,
                "requested_date": str(day),
                "external_reference": {
                    "service_name": "hr",
                    "service_model": "Leave",
                    "service_model_ref": f"{user}-{day}",
                },
            }
            for user in users
            for day in days
        ]
        for at in range(0, len(entries), 500):
            some = {"time_off_entries": entries[at : at + 500]}
            self._ok(self.people.post("time_off_entries", json=some))

    def create_around_today(self) -> None:
        """Have entries on workdays of this month and the next, by the clock of this machine."""
        days = (datetime.now(UTC).date() + timedelta(days=each) for each in range(35))
        self.create([day for day in days if day.weekday() < 5][::4])

    def change(self, id_: str, hours: float) -> None:
        entry = {"time_off_entry": {"hours": hours}}
        self._ok(self.people.put(f"time_off_entries/{id_}", json=entry))

    def delete(self, ids: list[str]) -> None:
        self._ok(self.people.delete("time_off_entries", params={"ids": ",".join(ids)}))

    def entries(self) -> dict[str, Any]:
        """Return all entries by their ids."""
        found: dict[str, Any] = {}
        for page in range(1, 1_000):
            asked = {"page": page, "per_page": 200}
            answer = self._ok(self.people.get("time_off_entries", params=asked)).json()
            found |= answer["time_off_entries"]
            if len(answer["results"]) < 200:
                break
        return found

    def days(self) -> dict[tuple[int, str], int]:
        """Return the seconds of each user's day."""
        return {
            (int(each["user_id"]), each["requested_date"]): round(each["hours"] * 3600)
            for each in self.entries().values()
        }

    def statuses(self) -> dict[tuple[int, str], str]:
        """Return the status of each day's external reference, on the first 200 days."""
        asked = {"include": "external_references", "per_page": "200"}
        answer = self._ok(self.people.get("time_off_entries", params=asked)).json()
        references = answer.get("external_references", {})
        return {
            (int(each["user_id"]), each["requested_date"]): references[id_]["status"]
            for each in answer["time_off_entries"].values()
            for id_ in each["external_reference_ids"]
        }

    def read_as(self, **reading: str | int) -> None:
        """Have another reading of the documentation; none: the usual one."""
        self._ok(self.people.post(f"{self.vendor.url}/-/reading", json=reading))

    def written(self) -> list[str]:
        """Return the writes that were asked for so far: the method and the path of each."""
        asked = (each.split("?")[0] for each in self.vendor.requests)
        return [each for each in asked if not each.startswith("GET ")]

    def fault(self, *faults: dict[str, Any]) -> None:
        """Have these faults, and none that were set before."""
        self._ok(self.people.post(f"{self.vendor.url}/-/faults", json=faults))

    @contextmanager
    def answering(self, between: Between) -> Iterator[None]:
        """Have this make other answers of the gateway's until the block is left."""
        usual, self.vendor.between = self.vendor.between, between
        try:
            yield
        finally:
            self.vendor.between = usual

    def clear(self) -> None:
        """Have no entry and no fault any more, and the usual reading."""
        self.fault()
        self.read_as()
        entries = list(self.entries())
        for at in range(0, len(entries), 100):
            self.delete(entries[at : at + 100])
        self.vendor.requests.clear()
        self.vendor.together.clear()

    @staticmethod
    def _ok(answer: httpx.Response) -> httpx.Response:
        assert answer.is_success, answer.text
        return answer


@dataclass
class Connected:
    """An upstream and what reads it, on a clock of its own."""

    database: Database
    clock: Clock
    id: str
    token: str = TOKEN
    answer_seconds: float = 60
    faults: list[Exception] = field(default_factory=list)
    delivered: Callable[[Delivering], object] = lambda _: None
    together: dict[str, Together] = field(default_factory=dict)

    async def upstream(self) -> Upstream:
        async with self.database.reading() as connection:
            found = await known.find_upstream(connection, None, self.id)
        assert found is not None
        return found

    async def change(self, changed: Callable[[Upstream], Upstream]) -> None:
        """Have somebody change the upstream."""
        upstream = changed(await self.upstream())
        async with self.database.writing() as connection:
            await kept.change_upstream(connection, upstream)
        await self.fill()

    async def fill(self) -> None:
        """Have the outbox take notice of what has changed, as the driver does each second."""
        await FillOutbox(self.database).fill(self.id)

    def passes(self) -> Passes:
        """Return what makes the passes."""
        directory = DirectoryService(self.database, self.clock)
        return Passes(
            database=self.database,
            take_in=TakeIn(self.database, self.clock),
            directory=TakeInDirectory(self.database, directory),
            rhythm=Rhythm(),
            clock=self.clock,
            chance=lambda: 1.0,
            fault=self.faults.append,
            delivered=self.delivered,
            together=self.together,
        )

    async def work(self) -> Upstream:
        """Do all that is due now, and return the upstream as it is then."""
        return await self.turns(MOST_TURNS)

    async def turns(self, most: int) -> Upstream:
        """Do what is due now, in so many turns at most; return the upstream as it is then."""
        passes, upstream = self.passes(), await self.upstream()
        vendors = OpenedVendors(lambda *_: None, self.answer_seconds)
        async with vendors.open(upstream, Credentials(self.token)) as vendor:
            for _ in range(most):
                if not await passes.turn(upstream, vendor):
                    break
                upstream = await self.upstream()
        return await self.upstream()

    async def whole_pass(self) -> Upstream:
        """Let as much time pass that everything is read again."""
        self.clock.go_on(hours=7)
        return await self.work()

    async def days(self) -> dict[tuple[int, str], int]:
        """Return the seconds of each user's day as they are here; none is there twice."""
        rows = await self._rows("SELECT user_id, requested_date, seconds FROM time_off_entries")
        found = {(row[0], str(row[1])): row[2] for row in rows}
        assert len(found) == len(rows)
        return found

    async def last_change(self) -> int:
        """Return the number of the last change that the change feed tells of."""
        rows = await self._rows("SELECT COALESCE(MAX(sequence), 0) FROM changes")
        return int(rows[0][0])

    async def runs(self) -> list[Any]:
        """Return the runs, the first one first."""
        return await self._rows(
            "SELECT kind, state, message FROM sync_runs ORDER BY started_at, id"
        )

    async def do(self, statement: str) -> None:
        """Have the database changed otherwise than by the gateway."""
        async with self.database.writing() as connection:
            await connection.exec_driver_sql(statement)

    async def problems(self) -> set[str]:
        return {row[0] for row in await self._rows("SELECT code FROM sync_problems")}

    async def _rows(self, statement: str) -> list[Any]:
        async with self.database.reading() as connection:
            return list(await connection.exec_driver_sql(statement))


def workdays(count: int) -> list[date]:
    days = (TODAY + timedelta(days=each) for each in range(count * 2))
    return [day for day in days if day.weekday() < 5][:count]


def fill(url: str, users: range = USERS) -> None:
    """Have users in a gateway over HTTP."""
    variables = {
        "companies": [{"sourceId": COMPANY, "name": "Brick"}],
        "roles": [{"sourceId": "7", "companyId": COMPANY, "name": "Mason"}],
        "users": [
            {
                "sourceId": str(id_),
                "companyId": COMPANY,
                "fullName": f"User {id_}",
                "roleId": "7",
            }
            for id_ in users
        ],
    }
    answer = httpx.post(f"{url}/graphql", json={"query": FILL, "variables": variables}, timeout=60)
    answered = answer.json()
    assert "errors" not in answered, answer.text
    assert not any(each["userErrors"] for each in answered["data"].values()), answer.text


@pytest.fixture(scope="session")
def standing_account(tmp_path_factory) -> Iterator[Account]:
    """An account with users, behind which runs a second gateway."""
    folder = tmp_path_factory.mktemp("kantata")
    with serving(f"sqlite+aiosqlite:///{folder}/kantata.db", "--no-demo") as server:
        fill(server.url)
        with standing_in(server.url) as vendor, people_of(vendor) as people:
            yield Account(vendor, people)


@pytest.fixture
def account(standing_account) -> Iterator[Account]:
    """The account without any entry and any fault."""
    standing_account.vendor.requests.clear()
    standing_account.vendor.together.clear()
    yield standing_account
    standing_account.clear()


@pytest.fixture
def two_go_along(monkeypatch) -> None:
    """Have two days that are new at Kantata be made together already."""
    monkeypatch.setattr("app.services.sync.day_writes.FEWEST_TOGETHER", 2)


def people_of(vendor: StandIn) -> httpx.Client:
    """Return a client as the vendor's own people have it."""
    headers = {"Authorization": f"Bearer {TOKEN_OF_PEOPLE}"}
    return httpx.Client(base_url=vendor.base_url, headers=headers, timeout=60)


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


async def connect(database: Database, clock: Clock, api: UpstreamApi, base_url: str) -> str:
    """Have a company that has nothing yet but what it is connected to; return the upstream's id."""
    directory = DirectoryService(database, clock)
    await directory.upsert_companies(LOCAL, [UpsertItem({"source_id": COMPANY, "name": "Brick"})])
    upstream = Upstream(str(uuid4()), COMPANY, api, base_url, clock())
    upstream = replace(upstream, window=Window(10, 60))
    async with database.writing() as connection:
        await kept.add_upstream(connection, upstream, "sealed")
    return upstream.id


@pytest.fixture
async def connected(database, account) -> Connected:
    """A company that has nothing yet but the account that it is connected to."""
    clock = Clock()
    id_ = await connect(database, clock, UpstreamApi.KANTATA_OX, account.vendor.base_url)
    return Connected(database, clock, id_)


@pytest.fixture(scope="module")
def standing_company(tmp_path_factory) -> Iterator["Company"]:
    """A company with people, behind which runs a second gateway."""
    from tests.sync.procore_company import PEOPLE, Company, person  # noqa: PLC0415 - needs this one

    folder = tmp_path_factory.mktemp("procore")
    database_url = f"sqlite+aiosqlite:///{folder}/procore.db"
    with serving(database_url, "--no-demo") as server, procore.standing_in(server.url) as vendor:
        company = Company(vendor)
        company.fill(person(number) for number in PEOPLE)
        yield company


@pytest.fixture
def company(standing_company) -> Iterator["Company"]:
    """The company without any time off and any fault."""
    standing_company.vendor.requests.clear()
    yield standing_company
    standing_company.clear()


@pytest.fixture
async def connected_company(database, company) -> "ConnectedCompany":
    """A company that has nothing yet but the one of Procore's that it is connected to."""
    from tests.sync.procore_company import ConnectedCompany  # noqa: PLC0415 - needs this one

    clock = Clock()
    id_ = await connect(database, clock, UpstreamApi.PROCORE_REST, company.vendor.base_url)
    return ConnectedCompany(database, clock, id_)
