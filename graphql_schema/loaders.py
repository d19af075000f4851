"""One statement per level: what an operation asks for one by one is fetched together."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from app.domain.days import DaySpan
from app.domain.directory import Company, Holiday, Person, Role, User, Workweek
from app.domain.identifiers import Key
from app.domain.kantata import ExternalReference, TimeOffEntry
from app.domain.paging import Page, PageRequest
from app.domain.procore import Instance, PersonTimeOff
from app.domain.workers import Worker
from app.services.caller import Caller
from app.services.catalogue import Catalogue, Shelf
from app.services.schedule import Schedule, ScheduleService

T = TypeVar("T")


class Loaders:
    """The loaders of one operation."""

    def __init__(self, catalogue: Catalogue, schedule: ScheduleService, caller: Caller) -> None:
        self._catalogue = catalogue
        self._schedule = schedule
        self._caller = caller
        self._pages: dict[Any, DataLoader[Key, Any]] = {}
        self.companies: DataLoader[str, Company | None] = self._by_key(catalogue.companies)
        self.roles: DataLoader[int, Role | None] = self._by_key(catalogue.roles)
        self.users: DataLoader[int, User | None] = self._by_key(catalogue.users)
        self.people: DataLoader[str, Person | None] = self._by_key(catalogue.people)
        self.holidays: DataLoader[int, Holiday | None] = self._by_key(catalogue.holidays)
        self.workweeks: DataLoader[str, Workweek | None] = self._by_key(catalogue.workweeks)
        self.entries: DataLoader[int, TimeOffEntry | None] = self._by_key(catalogue.entries)
        self.references: DataLoader[int, ExternalReference | None] = self._by_key(
            catalogue.references
        )
        self.person_time_offs: DataLoader[str, PersonTimeOff | None] = self._by_key(
            catalogue.person_time_offs
        )
        self.workers: DataLoader[str, Worker | None] = DataLoader(self._load_workers)
        self.references_of: DataLoader[int, list[ExternalReference]] = DataLoader(
            self._load_references
        )
        self.instances_of: DataLoader[str, list[Instance]] = DataLoader(self._load_instances)
        self.possible_seconds: DataLoader[tuple[int, date], int] = DataLoader(
            self._load_possible_seconds
        )

    def pages(
        self,
        shelf: Shelf[T, Any],
        wanted: Any,  # noqa: ANN401 - the filter that the shelf takes
        request: PageRequest,
    ) -> DataLoader[Any, Page[T]]:
        """Return the loader of each parent's page of the same list."""

        async def load(keys: list[Any]) -> list[Page[T]]:
            found = await shelf.pages_by_parent(self._caller, wanted, request, keys)
            return [found[key] for key in keys]

        return self._shared((id(shelf), wanted, request), load)

    def counts(
        self,
        shelf: Shelf[Any, Any],
        wanted: Any,  # noqa: ANN401
    ) -> DataLoader[Any, int]:
        """Return the loader of the length of each parent's list."""

        async def load(keys: list[Any]) -> list[int]:
            found = await shelf.counts_by_parent(self._caller, wanted, keys)
            return [found[key] for key in keys]

        return self._shared((id(shelf), wanted), load)

    def schedules(self, window: DaySpan) -> DataLoader[Worker, Schedule]:
        """Return the loader of workers' schedules in one window."""

        async def load(workers: list[Worker]) -> list[Schedule]:
            return await self._schedule.of_workers(workers, window)

        return self._shared(("schedule", window), load)

    def _shared(self, key: tuple[Any, ...], load: Callable[..., Any]) -> DataLoader[Any, Any]:
        return self._pages.setdefault(key, DataLoader(load))

    def _by_key(self, shelf: Shelf[T, Any]) -> DataLoader[Any, T | None]:
        async def load(keys: list[Key]) -> list[T | None]:
            found = await shelf.find_many(self._caller, keys)
            return [found.get(key) for key in keys]

        return DataLoader(load)

    async def _load_workers(self, keys: list[str]) -> list[Worker | None]:
        found = await self._catalogue.find_workers(self._caller, keys)
        return [found.get(key) for key in keys]

    async def _load_references(self, keys: list[int]) -> list[list[ExternalReference]]:
        found = await self._catalogue.references.list_by_parent(self._caller, keys, "ID")
        return [found[key] for key in keys]

    async def _load_instances(self, keys: list[str]) -> list[list[Instance]]:
        found = await self._catalogue.instances_of(keys)
        return [found.get(key, []) for key in keys]

    async def _load_possible_seconds(self, keys: list[tuple[int, date]]) -> list[int]:
        found = await self._catalogue.possible_seconds(keys)
        return [found[key] for key in keys]
