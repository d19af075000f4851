"""A company of Procore's whose people type time off there, and one here that is connected to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any
from uuid import UUID

import httpx

from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.db.schema.conversions import to_person_time_off
from app.db.writing import person_time_off as store
from app.domain.person_time_off import PersonTimeOffWish, plan
from app.domain.sync.credentials import ClientCredentials
from app.domain.sync.upstreams import Upstream
from app.rest.procore.bodies import ProcoreTimeOff
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.person_time_off.commands import CreatePersonTimeOff
from app.services.person_time_off.service import PersonTimeOffService, new_record
from app.vendors.opening import OpenedVendors
from app.vendors.procore.token import ProcoreTokens
from tests.builders import COMPANY, OTHER_COMPANY, OTHER_PERSON, uuid
from tests.standins.faults import Fault
from tests.standins.procore import CLIENT_ID, CLIENT_SECRET, COMPANY_NUMBER, StandIn
from tests.sync.conftest import Connected

PEOPLE = range(1, 9)
FILL = """mutation($companies: [CompanyInput!]!, $people: [PersonInput!]!) {
  upsertCompanies(input: {companies: $companies}) { userErrors { message } }
  upsertPeople(input: {people: $people}) { userErrors { message } } }"""
SKIP = """mutation($input: DeletePersonTimeOffInput!) {
  deletePersonTimeOff(input: $input) { userErrors { message } } }"""
WISH = PersonTimeOffWish(
    start_day=date(2026, 3, 4),
    end_day=date(2026, 3, 4),
    batch_start_time=time(7),
    batch_end_time=time(15, 30),
    apply_to_saturday=True,
    apply_to_sunday=True,
    is_paid=True,
    reason="medical",
)
CREDENTIALS = ClientCredentials(COMPANY_NUMBER, CLIENT_ID, CLIENT_SECRET)


def person(number: int, **given: Any) -> dict[str, Any]:
    """One of the company's people, as a client of the gateway behind says it."""
    return {
        "sourceId": uuid(number),
        "companyId": COMPANY,
        "firstName": f"Person {number}",
        "lastName": "Mason",
        "jobTitle": "Mason" if number % 2 else "Carpenter",
    } | given


@dataclass
class Company:
    """The company as its people see it, who type by its own API."""

    vendor: StandIn

    def fill(self, people: Iterable[dict[str, Any]]) -> None:
        """Have people there."""
        variables = {
            "companies": [{"sourceId": COMPANY, "name": "Brick"}],
            "people": list(people),
        }
        answered = self._ok(
            self.vendor.behind.post("/graphql", json={"query": FILL, "variables": variables})
        ).json()
        assert not any(each["userErrors"] for each in answered["data"].values()), answered

    def create(self, number: int, day: str = "03/04/26", **given: Any) -> str:
        """Record time off for somebody, and return its id."""
        body = {
            "apply_to_saturday": True,
            "apply_to_sunday": True,
            "batch_end_time": "3:30 PM",
            "batch_start_time": "7:00 AM",
            "end_day": day,
            "start_day": day,
            "is_paid": True,
            "reason": "medical",
            "repeat": "never",
        } | given
        answer = self._ok(self.vendor.behind.post(self._path(number), json=body))
        return str(answer.json()["data"]["id"])

    def change(self, number: int, id_: str, **given: Any) -> None:
        self._ok(self.vendor.behind.patch(f"{self._path(number)}/{id_}", json=given))

    def delete(self, number: int, id_: str) -> None:
        self._ok(self.vendor.behind.delete(f"{self._path(number)}/{id_}"))

    def skip(self, id_: str, day: str) -> None:
        """Have one occurrence of a repeat not take place."""
        skipped = {"id": id_, "scope": "ONE", "originalDay": day}
        asked = {"query": SKIP, "variables": {"input": skipped}}
        answered = self._ok(self.vendor.behind.post("/graphql", json=asked)).json()
        assert answered["data"]["deletePersonTimeOff"] == {"userErrors": []}, answered

    def records(self) -> dict[str, Any]:
        """Return what the vendor answers of everybody's time off, by id."""
        found: dict[str, Any] = {}
        for number in PEOPLE:
            asked = {"timezone": "UTC", "limit": "500"}
            listed = self._ok(self.vendor.behind.get(self._path(number), params=asked)).json()
            found |= {each["id"]: each for each in listed["data"]}
        return found

    def clear(self) -> None:
        """Have nothing any more, and be as it was."""
        vendor = self.vendor
        self.fault()
        self.read_as()
        vendor.writes.before.clear()
        vendor.left, vendor.people_a_page, vendor.records_a_page = None, 400, 100
        for id_, each in self.records().items():
            self.delete(int(each["person_id"][-12:], 16), id_)

    def fault(self, *faults: dict[str, Any]) -> None:
        """Have these faults, and none that were set before."""
        self.vendor.faults.put(*(Fault(**each) for each in faults))

    def read_as(self, **reading: str | int) -> None:
        """Have another reading of the documentation; none: the usual one."""
        self._ok(httpx.post(f"{self.vendor.url}/-/reading", json=reading, timeout=60))

    @staticmethod
    def _path(number: int) -> str:
        return f"/procore/v2/companies/{COMPANY}/people/{uuid(number)}/time-off"

    @staticmethod
    def _ok(answer: httpx.Response) -> httpx.Response:
        assert answer.is_success, answer.text
        return answer


@dataclass
class ConnectedCompany(Connected):
    """An upstream of Procore's and what reads it, on a clock of its own."""

    credentials: ClientCredentials = CREDENTIALS
    tokens: ProcoreTokens = field(default_factory=ProcoreTokens)

    async def work(self) -> Upstream:
        """Do all that is due now, and return the upstream as it is then."""
        upstream = await self.upstream()
        while await self.turn_of(upstream):
            upstream = await self.upstream()
        return await self.upstream()

    async def turn_of(self, upstream: Upstream) -> bool:
        """Do one turn of what is taken for the upstream; return whether anything was due."""
        vendors = OpenedVendors(lambda *_: None, self.answer_seconds, tokens=self.tokens)
        async with vendors.open(upstream, self.credentials) as vendor:
            return await self.passes().turn(upstream, vendor)

    async def records(self) -> dict[str, Any]:
        """Return all time off that is here as Procore would answer it, by id."""
        async with self.database.reading() as connection:
            rows = await connection.execute(PERSON_TIME_OFFS.select(None))
            records = [to_person_time_off(row) for row in rows]
        return {
            each.id: ProcoreTimeOff.from_domain(each).model_dump(mode="json") for each in records
        }

    async def people(self) -> dict[int, str]:
        """Return the state of everybody by number."""
        rows = await self._rows("SELECT id, status FROM people")
        return {int(str(row.id)[-12:], 16): row.status for row in rows}

    async def problem_places(self) -> set[str]:
        """Return what something is the matter with."""
        return {row[0] for row in await self._rows("SELECT remote_id FROM sync_problems")}

    async def first_in_line(self) -> set[int]:
        """Return whose list is read first."""
        rows = await self._rows("SELECT person_id, is_wanted FROM swept_people")
        return {int(str(row.person_id)[-12:], 16) for row in rows if row.is_wanted}

    async def told(self, code: str) -> list[tuple[str, str]]:
        """Return whose records have a problem of this code, and its words."""
        rows = await self._rows("SELECT code, person_id, message FROM sync_problems")
        return [(str(UUID(str(row[1]))), row[2]) for row in rows if row[0] == code]

    async def record_here(self, number: int, id_: str | None = None) -> str:
        """Have time off of somebody that was recorded here before the company was connected."""
        planned = plan(WISH)
        record = new_record(
            COMPANY, uuid(number), planned, self.clock(), is_paid=True, reason=WISH.reason
        )
        record = replace(record, id=id_ or record.id)
        async with self.database.writing() as connection:
            await store.add_record(connection, record)
        return record.id

    async def record_now(self, number: int) -> None:
        """Record time off of somebody as a caller does."""
        service = PersonTimeOffService(self.database, self.clock)
        await service.create(LOCAL, CreatePersonTimeOff(COMPANY, uuid(number), WISH))

    async def record_of_another_company(self, id_: str) -> Any:
        """Have a record with this id of another company, and return it as Procore would."""
        directory = DirectoryService(self.database, self.clock)
        other = {"source_id": OTHER_COMPANY, "name": "Other"}
        await directory.upsert_companies(LOCAL, [UpsertItem(other)])
        somebody = {"source_id": OTHER_PERSON, "company_id": OTHER_COMPANY, "first_name": "Grace"}
        await directory.upsert_people(LOCAL, [UpsertItem(somebody | {"last_name": "Hopper"})])
        service = PersonTimeOffService(self.database, self.clock)
        await service.create(LOCAL, CreatePersonTimeOff(OTHER_COMPANY, OTHER_PERSON, WISH, id=id_))
        return (await self.records())[id_]
