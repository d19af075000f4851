"""What is carried from one system into the other: set by those who may, and what could not be."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

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
from app.domain.sync.flows import Flow, FlowProblem, FlowProblemFilter, SyncFlow
from app.domain.sync.refusals import KANTATA, ReadOnlySystem
from app.domain.sync.upstreams import SyncDirection, UpstreamApi
from app.services.access.events import AccessEvents
from app.services.caller import Caller


@dataclass(frozen=True, slots=True)
class SetSyncFlow:
    """What is carried for a company from now on; ``settles_existing``: what stands, too."""

    company_id: str
    flow: SyncFlow
    settles_existing: bool = False


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
        refusals.raise_any()
        async with self.database.writing() as connection:
            if not await COMPANIES.find_many(connection, caller.companies, [company_id]):
                raise NotFound(Kind.COMPANY.words, ("company_id",))
            systems = await upstreams.upstreams_of(connection, frozenset({company_id}))
            if command.flow is not SyncFlow.NONE and any(
                each.api is UpstreamApi.KANTATA_OX and each.direction is SyncDirection.READ_ONLY
                for each in systems
            ):
                raise ReadOnlySystem(KANTATA, ("flow",))
            before = await known.find_flow(connection, company_id)
            goes_on = before is not None and before.flow is command.flow
            last = await changes.last_number(connection, company_id)
            after = Flow(
                company_id,
                command.flow,
                before.passed if before is not None and goes_on else last,
                "" if command.settles_existing and command.flow is not SyncFlow.NONE else None,
            )
            if goes_on and after.settled_after is None:
                return company_id
            await kept.keep_flow(connection, after)
            if after.flow is SyncFlow.NONE:
                await kept.forget_problems(connection, company_id)
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
