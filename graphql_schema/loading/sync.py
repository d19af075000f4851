"""Upstreams and what there is of them, each fetched together for all that ask alike."""

from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any

from app.domain.identifiers import Key
from app.domain.paging import Page, PageRequest
from app.domain.sync.conflicts import SyncConflict
from app.domain.sync.deliveries import Delivery
from app.domain.sync.flows import FlowProblem, SyncFlow
from app.domain.sync.remote import SyncProblem
from app.domain.sync.runs import SyncRun
from app.domain.sync.upstreams import Upstream
from app.domain.sync.waiting import Waiting
from app.services.caller import Caller
from app.services.sync.flow_service import FlowService
from app.services.sync.lines import RunProgress
from app.services.sync.outbox import Outbox
from app.services.sync.overview import Sides, SyncOverview
from graphql_schema.loading.shared_loader import SharedLoader


class SyncLoaders:
    """The loaders of one operation, each made when somebody asks for it."""

    def __init__(
        self, overview: SyncOverview, outbox: Outbox, flows: FlowService, caller: Caller
    ) -> None:
        self._overview = overview
        self._outbox = outbox
        self._flows = flows
        self._caller = caller
        self._run_pages: dict[PageRequest, SharedLoader[Key, Page[SyncRun]]] = {}
        self._all: list[SharedLoader[Any, Any]] = []

    async def settle(self) -> None:
        """Wait for what is still being fetched, so that nothing outlives the operation."""
        for loader in self._all:
            await loader.settle()

    @cached_property
    def upstreams(self) -> SharedLoader[Key, Upstream | None]:
        """Upstreams by id."""
        return self._of(self._overview.find_many, lambda: None)

    @cached_property
    def runs(self) -> SharedLoader[Key, SyncRun | None]:
        """Runs by id."""
        return self._of(self._overview.find_runs, lambda: None)

    @cached_property
    def problems(self) -> SharedLoader[Key, SyncProblem | None]:
        """Problems by id."""
        return self._of(self._overview.find_problems, lambda: None)

    @cached_property
    def deliveries(self) -> SharedLoader[Key, Delivery | None]:
        """Deliveries by id."""
        return self._of(self._outbox.find_deliveries, lambda: None)

    @cached_property
    def conflicts(self) -> SharedLoader[Key, SyncConflict | None]:
        """Conflicts by id."""
        return self._of(self._outbox.find_conflicts, lambda: None)

    @cached_property
    def of_companies(self) -> SharedLoader[Key, list[Upstream]]:
        """The upstreams of each company."""
        return self._of(self._overview.of_companies, list)

    @cached_property
    def flows(self) -> SharedLoader[Key, SyncFlow]:
        """What is carried for each company."""

        async def load(keys: list[Key]) -> list[SyncFlow]:
            found = await self._flows.of_companies(keys)
            return [found.get(str(key), SyncFlow.NONE) for key in keys]

        return self._new(load)

    @cached_property
    def flow_problems(self) -> SharedLoader[Key, FlowProblem | None]:
        """What could not be carried, by id."""
        return self._of(self._flows.find_problems, lambda: None)

    @cached_property
    def problem_counts(self) -> SharedLoader[Key, int]:
        """How many problems each upstream has."""
        return self._of(self._overview.problem_counts, int)

    @cached_property
    def people_counts(self) -> SharedLoader[Key, int]:
        """Of how many people each upstream's time off is read one by one."""
        return self._of(lambda _, ids: self._overview.count_read(ids), int)

    @cached_property
    def waiting(self) -> SharedLoader[Key, Waiting]:
        """What of each upstream waits to be written, was refused, or is to be decided."""
        return self._of(self._overview.waiting, Waiting)

    @cached_property
    def drift_repaired(self) -> SharedLoader[Key, int]:
        """How many records of each upstream had come to differ by themselves."""
        return self._of(self._overview.drift_repaired, int)

    @cached_property
    def progress(self) -> SharedLoader[Key, RunProgress | None]:
        """How far the whole pass over each upstream is; None where none is under way."""
        return self._of(self._overview.progress, lambda: None)

    @cached_property
    def run_counts(self) -> SharedLoader[Key, int]:
        """How many runs of each upstream are listed."""
        return self._of(self._overview.count_runs, int)

    @cached_property
    def remote_ids(self) -> SharedLoader[Key, str | None]:
        """The vendor's id of each record; None where no vendor has it."""

        async def load(keys: list[Key]) -> list[str | None]:
            found = await self._overview.remote_ids(keys)
            return [found.get(str(key)) for key in keys]

        return self._new(load)

    @cached_property
    def deliveries_of(self) -> SharedLoader[tuple[str, str], Delivery | None]:
        """What waits to be written of records, by their company and key."""

        async def load(places: list[tuple[str, str]]) -> list[Delivery | None]:
            found = await self._overview.deliveries(places)
            return [found.get(place) for place in places]

        return self._new(load)

    @cached_property
    def sides(self) -> SharedLoader[tuple[str, str], Sides]:
        """How much time off both have, by upstream and key."""
        return self._of(self._overview.sides, lambda: Sides(None, None))

    def run_pages(self, request: PageRequest) -> SharedLoader[Key, Page[SyncRun]]:
        """Return the loader of each upstream's page of runs."""

        async def load(keys: list[Key]) -> list[Page[SyncRun]]:
            found = await self._overview.runs(self._caller, keys, request)
            return [found[key] for key in keys]

        if request not in self._run_pages:
            self._run_pages[request] = self._new(load)
        return self._run_pages[request]

    def _of(
        self, find: Callable[[Caller, list[Any]], Awaitable[Any]], nothing: Callable[[], Any]
    ) -> SharedLoader[Any, Any]:
        """Return the loader of what is found by key, or of nothing."""

        async def load(keys: list[Any]) -> list[Any]:
            found = await find(self._caller, keys)
            return [found[key] if key in found else nothing() for key in keys]

        return self._new(load)

    def _new(self, load: Callable[[list[Any]], Awaitable[list[Any]]]) -> SharedLoader[Any, Any]:
        loader: SharedLoader[Any, Any] = SharedLoader(load)
        self._all.append(loader)
        return loader
