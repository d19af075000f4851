"""What is carried from one system into the other: set by those who may, and what could not be."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from app.db.connections.database import Database
from app.db.reading import changes
from app.db.reading import flows as known
from app.db.reading import sync as upstreams
from app.db.reading.lists_of_nouns import COMPANIES
from app.db.writing import flows as kept
from app.domain.access import Permission
from app.domain.access_events import AccessEventKind
from app.domain.errors import NotFound, Refusals
from app.domain.identifiers import Key, Kind, read_text_id
from app.domain.paging import Page, PageRequest
from app.domain.person_time_off import judge_reason
from app.domain.sync.flows import Flow, FlowProblem, FlowProblemFilter, SyncFlow
from app.domain.sync.mirrored import Terms
from app.domain.sync.refusals import SYSTEMS, ReadOnlySystem
from app.domain.sync.upstreams import SyncDirection
from app.services.access.events import AccessEvents
from app.services.caller import Caller


@dataclass(frozen=True, slots=True)
class SetSyncFlow:
    """What is carried for a company from now on; ``settles_existing``: what stands, too.

    The others are of records that are made of entries, as ``Terms``; None: as it was.
    """

    company_id: str
    flow: SyncFlow
    settles_existing: bool = False
    reason: str | None = None
    is_paid: bool | None = None
    batch_start_time: time | None = None
    round_to_quarter_hours: bool | None = None

    def terms(self, before: Terms) -> Terms:
        """Return the terms as they become."""
        given = {
            "reason": self.reason,
            "is_paid": self.is_paid,
            "batch_start_time": self.batch_start_time,
            "round_to_quarter_hours": self.round_to_quarter_hours,
        }
        said: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        return replace(before, **said)


@dataclass(frozen=True, slots=True)
class FlowService:
    """Sets and reads, held to the caller's companies; ``woken`` hears that something is due."""

    database: Database
    clock: Callable[[], datetime]
    events: AccessEvents
    woken: Callable[[], object]

    async def set(self, caller: Caller, command: SetSyncFlow) -> str:
        """Have time off be carried from now on, or no more; return the company's id.

        Raises Refused, also where nothing can be written to the system that it goes to.
        """
        caller.require(Permission.MANAGE_UPSTREAMS)
        refusals = Refusals()
        company_id = ""
        with refusals.collecting("company_id"):
            company_id = read_text_id(Kind.COMPANY, command.company_id)
        judge_reason(command.reason, refusals)
        refusals.raise_any()
        async with self.database.writing() as connection:
            if not await COMPANIES.find_many(connection, caller.companies, [company_id]):
                raise NotFound(Kind.COMPANY.words, ("company_id",))
            systems = await upstreams.upstreams_of(connection, frozenset({company_id}))
            for each in systems:
                if each.direction is SyncDirection.READ_ONLY and command.flow.is_into(each.api):
                    raise ReadOnlySystem(SYSTEMS[each.api], ("flow",))
            before = await known.find_flow(connection, company_id)
            last = await changes.last_number(connection, company_id)
            after = _after(before, command, company_id, last)
            if after == before:
                return company_id
            await kept.keep_flow(connection, after)
            await kept.forget_problems(connection, after)
            event = self.events.event_of(
                caller,
                AccessEventKind.SYNC_FLOW_SET,
                company_id=company_id,
                details={"flow": after.flow.value},
            )
            await self.events.record(connection, event)
        self.woken()
        return company_id

    async def under_way(self, caller: Caller) -> list[Flow]:
        """Return what is carried for the companies that the caller manages."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            found = await known.flows_under_way(connection)
        return [each for each in found if caller.sees(each.company_id)]

    async def of_companies(self, company_ids: Collection[Key]) -> Mapping[str, SyncFlow]:
        """Return what is carried for companies that the caller has seen."""
        async with self.database.reading() as connection:
            return await known.flows_of(connection, [str(each) for each in company_ids])

    async def problems(
        self, caller: Caller, wanted: FlowProblemFilter, request: PageRequest
    ) -> Page[FlowProblem]:
        """Return what could not be carried."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            return await known.FLOW_PROBLEMS.page(connection, caller.companies, wanted, request)

    async def count_problems(self, caller: Caller, wanted: FlowProblemFilter) -> int:
        """Return how much could not be carried."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            return await known.FLOW_PROBLEMS.count(connection, caller.companies, wanted)

    async def find_problems(
        self, caller: Caller, ids: Collection[Key]
    ) -> Mapping[Key, FlowProblem]:
        """Return what could not be carried by id, as far as the caller manages it."""
        if not caller.may(Permission.MANAGE_UPSTREAMS):
            return {}
        async with self.database.reading() as connection:
            return await known.FLOW_PROBLEMS.find_many(connection, caller.companies, ids)


def _after(before: Flow | None, command: SetSyncFlow, company_id: str, last: int) -> Flow:
    """Return what is carried from now on, from the last change on if nothing was before."""
    if before is None:
        before = Flow(company_id, SyncFlow.NONE, last)
    is_new = before.flow is SyncFlow.NONE and command.flow is not SyncFlow.NONE
    passed = last if is_new else before.passed
    flow = Flow(company_id, command.flow, passed, before.settled, command.terms(before.terms))
    if flow.flow is SyncFlow.NONE:
        return replace(flow, settled=None)
    # What is still to be settled of another flow is settled from the beginning.
    is_anew = before.settled is not None and before.flow is not flow.flow
    return replace(flow, settled=flow.beginning) if command.settles_existing or is_anew else flow
