"""One statement per level: what an operation asks for one by one is fetched together."""

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from app.domain.days import DaySpan
from app.domain.directory import Company, Holiday, Person, Role, User, Workweek
from app.domain.identifiers import Key
from app.domain.joining import Joining
from app.domain.paging import Page, PageRequest
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import ExternalReference, TimeOffEntry
from app.domain.workers import Worker
from app.services.caller import Caller
from app.services.catalogue import Catalogue, Shelf
from app.services.merged_days import Schedule
from app.services.schedule import ScheduleService
from app.services.workers import WorkerService
from graphql_schema.loading.shared_loader import SharedLoader

T = TypeVar("T")


class Loaders:
    """The loaders of one operation, each made when somebody asks for it."""

    def __init__(
        self,
        catalogue: Catalogue,
        schedule: ScheduleService,
        workers: WorkerService,
        caller: Caller,
    ) -> None:
        self._catalogue = catalogue
        self._schedule = schedule
        self._workers = workers
        self._caller = caller
        self._pages: dict[Any, SharedLoader[Key, Any]] = {}
        self._all: list[SharedLoader[Any, Any]] = []

    async def settle(self) -> None:
        """Wait for what is still being fetched, so that nothing outlives the operation."""
        for loader in self._all:
            await loader.settle()

    @cached_property
    def companies(self) -> SharedLoader[str, Company | None]:
        """Companies by id."""
        return self._by_key(self._catalogue.companies)

    @cached_property
    def roles(self) -> SharedLoader[int, Role | None]:
        """Roles by id."""
        return self._by_key(self._catalogue.roles)

    @cached_property
    def users(self) -> SharedLoader[int, User | None]:
        """Users by id."""
        return self._by_key(self._catalogue.users)

    @cached_property
    def people(self) -> SharedLoader[str, Person | None]:
        """People by id."""
        return self._by_key(self._catalogue.people)

    @cached_property
    def holidays(self) -> SharedLoader[int, Holiday | None]:
        """Holidays by id."""
        return self._by_key(self._catalogue.holidays)

    @cached_property
    def workweeks(self) -> SharedLoader[str, Workweek | None]:
        """Workweeks by id."""
        return self._by_key(self._catalogue.workweeks)

    @cached_property
    def entries(self) -> SharedLoader[int, TimeOffEntry | None]:
        """Entries by id."""
        return self._by_key(self._catalogue.entries)

    @cached_property
    def references(self) -> SharedLoader[int, ExternalReference | None]:
        """External references by id."""
        return self._by_key(self._catalogue.references)

    @cached_property
    def person_time_offs(self) -> SharedLoader[str, PersonTimeOff | None]:
        """Records of person time off by id."""
        return self._by_key(self._catalogue.person_time_offs)

    @cached_property
    def workers(self) -> SharedLoader[str, Worker | None]:
        """Workers by each id that names them."""
        return self._new(self._load_workers)

    @cached_property
    def joinings(self) -> SharedLoader[Worker, Joining]:
        """By what each worker is joined, or why it is apart."""
        return self._new(self._load_joinings)

    @cached_property
    def references_of(self) -> SharedLoader[int, list[ExternalReference]]:
        """The references of each entry."""
        return self._new(self._load_references)

    @cached_property
    def split_into(self) -> SharedLoader[str, list[PersonTimeOff]]:
        """The records that go on from each record."""
        return self._new(self._load_split_into)

    @cached_property
    def possible_seconds(self) -> SharedLoader[tuple[int, date], int]:
        """The possible workday hours of a user on a day."""
        return self._new(self._load_possible_seconds)

    def pages(
        self,
        shelf: Shelf[T, Any],
        wanted: Any,  # noqa: ANN401 - the filter that the shelf takes
        request: PageRequest,
    ) -> SharedLoader[Any, Page[T]]:
        """Return the loader of each parent's page of the same list."""

        async def load(keys: list[Any]) -> list[Page[T]]:
            found = await shelf.pages_by_parent(self._caller, wanted, request, keys)
            return [found[key] for key in keys]

        return self._shared((id(shelf), wanted, request), load)

    def counts(
        self,
        shelf: Shelf[Any, Any],
        wanted: Any,  # noqa: ANN401
    ) -> SharedLoader[Any, int]:
        """Return the loader of the length of each parent's list."""

        async def load(keys: list[Any]) -> list[int]:
            found = await shelf.counts_by_parent(self._caller, wanted, keys)
            return [found[key] for key in keys]

        return self._shared((id(shelf), wanted), load)

    def schedules(self, window: DaySpan) -> SharedLoader[Worker, Schedule]:
        """Return the loader of workers' schedules in one window."""

        async def load(workers: list[Worker]) -> list[Schedule]:
            return await self._schedule.of_workers(workers, window)

        return self._shared(("schedule", window), load)

    def _new(self, load: Callable[..., Any]) -> SharedLoader[Any, Any]:
        loader: SharedLoader[Any, Any] = SharedLoader(load)
        self._all.append(loader)
        return loader

    def _shared(self, key: tuple[Any, ...], load: Callable[..., Any]) -> SharedLoader[Any, Any]:
        if key not in self._pages:
            self._pages[key] = self._new(load)
        return self._pages[key]

    def _by_key(self, shelf: Shelf[T, Any]) -> SharedLoader[Any, T | None]:
        async def load(keys: list[Key]) -> list[T | None]:
            found = await shelf.find_many(self._caller, keys)
            return [found.get(key) for key in keys]

        return self._new(load)

    async def _load_workers(self, keys: list[str]) -> list[Worker | None]:
        found = await self._catalogue.find_workers(self._caller, keys)
        return [found.get(key) for key in keys]

    async def _load_joinings(self, workers: list[Worker]) -> list[Joining]:
        found = await self._workers.joinings(workers)
        # Of who is moved meanwhile, or would be by a dry run, nothing can be said.
        return [found.get(worker.id, Joining()) for worker in workers]

    async def _load_references(self, keys: list[int]) -> list[list[ExternalReference]]:
        found = await self._catalogue.references.list_by_parent(self._caller, keys, "ID")
        return [found[key] for key in keys]

    async def _load_split_into(self, keys: list[str]) -> list[list[PersonTimeOff]]:
        shelf = self._catalogue.split_person_time_offs
        found = await shelf.list_by_parent(self._caller, keys, "START_DAY")
        return [found[key] for key in keys]

    async def _load_possible_seconds(self, keys: list[tuple[int, date]]) -> list[int]:
        found = await self._catalogue.possible_seconds(keys)
        return [found[key] for key in keys]
