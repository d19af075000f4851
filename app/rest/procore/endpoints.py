"""What each of Procore's endpoints does; table.py says where it is found."""

from dataclasses import dataclass
from typing import Any

from app.domain import person_time_off as domain
from app.domain.errors import InvalidValue, NotFound
from app.domain.filters import PersonTimeOffFilter
from app.domain.identifiers import Kind
from app.domain.paging import CursorKey, Order, PageRequest
from app.domain.person_time_off_patch import Whose, unknown_places
from app.rest.endpoint import Call, NoQuery, Reply
from app.rest.procore.bodies import (
    ProcoreChangedTimeOff,
    ProcoreDeletedId,
    ProcoreDeletedTimeOff,
    ProcoreListQuery,
    ProcoreNewTimeOff,
    ProcoreOneTimeOff,
    ProcorePagination,
    ProcoreTimeOff,
    ProcoreTimeOffs,
)
from app.services.caller import Caller
from app.services.catalogue import Catalogue
from app.services.person_time_off.commands import (
    CreatePersonTimeOff,
    DeletePersonTimeOff,
    RevisedPersonTimeOff,
    StoredPersonTimeOff,
    UpdatePersonTimeOff,
)
from app.services.person_time_off.service import PersonTimeOffService


@dataclass(frozen=True)
class ProcoreEndpoints:
    """What Procore's endpoints do, over the services."""

    catalogue: Catalogue
    person_time_off: PersonTimeOffService

    async def create(self, call: Call[NoQuery, ProcoreNewTimeOff]) -> Reply:
        """Create a record for the person that the address names (rule 3.10)."""
        command = CreatePersonTimeOff(
            call.path["company_id"],
            call.path["person_id"],
            call.body.to_domain(),
            idempotency_key=call.idempotency_key,
        )
        return _stored(await self.person_time_off.create(call.caller, command))

    async def list_of_person(self, call: Call[ProcoreListQuery, None]) -> Reply:
        """Return a page of a person's time off, by start day."""
        whose, query = _whose(call), call.query
        await self._refuse_unknown(call.caller, whose)
        shelf = self.catalogue.person_time_offs
        wanted = PersonTimeOffFilter(company_id=whose.company_id, person_ids=(whose.person_id,))
        page = await shelf.page(call.caller, wanted, await self._request(call.caller, whose, query))
        records = page.items
        pagination = ProcorePagination(
            limit=query.size,
            next_starting_after=records[-1].id if records and page.has_next else None,
            previous_starting_before=records[0].id if records and page.has_previous else None,
            total_possible=await shelf.count(call.caller, wanted),
        )
        return Reply(
            ProcoreTimeOffs(
                data=list(map(ProcoreTimeOff.from_domain, records)), pagination=pagination
            )
        )

    async def get(self, call: Call[NoQuery, None]) -> Reply:
        """Return a record of the person that the address names; another person's is not found."""
        record = await self._find(call.caller, _whose(call), call.path["id"])
        if record is None:
            raise NotFound(Kind.PERSON_TIME_OFF.words, ("id",))
        return Reply(ProcoreOneTimeOff(data=ProcoreTimeOff.from_domain(record)))

    async def update(self, call: Call[NoQuery, ProcoreChangedTimeOff]) -> Reply:
        """Change what is sent of a record; what may not change is refused (rule 3.8)."""
        command = UpdatePersonTimeOff(
            call.path["id"], call.body.to_domain(), call.idempotency_key, _whose(call)
        )
        return _stored(await self.person_time_off.update(call.caller, command))

    async def delete(self, call: Call[NoQuery, None]) -> Reply:
        """Delete a record with its instances."""
        command = DeletePersonTimeOff(
            call.path["id"], idempotency_key=call.idempotency_key, whose=_whose(call)
        )
        deleted = await self.person_time_off.delete(call.caller, command)
        return Reply(ProcoreDeletedTimeOff(data=ProcoreDeletedId(id=deleted.id)))

    async def _find(self, caller: Caller, whose: Whose, id_: str) -> domain.PersonTimeOff | None:
        found = await self.catalogue.person_time_offs.find_many(caller, [id_])
        record = found.get(id_)
        return record if record and whose.has(record) else None

    async def _refuse_unknown(self, caller: Caller, whose: Whose) -> None:
        """Refuse an unknown company or, if it is known, an unknown person (rule 3.10)."""
        companies = await self.catalogue.companies.find_many(caller, [whose.company_id])
        people = await self.catalogue.people.find_many(caller, [whose.person_id])
        person = people.get(whose.person_id)
        company_id = whose.company_id if companies else None
        for unknown in unknown_places(company_id, person.company_id if person else None):
            raise unknown

    async def _request(self, caller: Caller, whose: Whose, query: ProcoreListQuery) -> PageRequest:
        if query.start_after and query.start_before:
            raise InvalidValue("Give start_after or start_before, not both.", ("start_before",))
        return PageRequest(
            Order("START_DAY"),
            query.size,
            after=await self._cursor(caller, whose, "start_after", query.start_after),
            before=await self._cursor(caller, whose, "start_before", query.start_before),
            backward=query.start_before is not None,
        )

    async def _cursor(
        self, caller: Caller, whose: Whose, name: str, id_: str | None
    ) -> CursorKey | None:
        """Return the place of a record in the list, as the keyset pages want it.

        A deleted record keeps its place: clients clear a list page by page.
        """
        if id_ is None:
            return None
        record = await self._find(caller, whose, id_)
        if record is not None:
            return record.span.first.isoformat(), record.id
        gone = await self.catalogue.place_of_deleted(caller, id_)
        if gone is None or whose != Whose(gone.company_id, gone.person_id):
            raise InvalidValue("There is no such record in this list.", (name,))
        return gone.start_day, id_


def _whose(call: Call[Any, Any]) -> Whose:
    return Whose(call.path["company_id"], call.path["person_id"])


def _stored(stored: StoredPersonTimeOff | RevisedPersonTimeOff) -> Reply:
    data = ProcoreTimeOff.from_domain(stored.record)
    return Reply(ProcoreOneTimeOff(data=data), stored.warnings)
