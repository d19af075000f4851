"""One picture of both systems: every worker's days, and where the systems differ (section 4)."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.db.connections.database import Database, Transaction
from app.db.reading import schedule as store
from app.db.reading.lists import Condition
from app.db.reading.lists_of_nouns import WORKERS
from app.domain.access import Permission
from app.domain.days import DaySpan
from app.domain.errors import InvalidValue
from app.domain.filters import WorkerFilter
from app.domain.paging import CursorKey, Order, Page, PageRequest, write_cursor
from app.domain.schedule import WorkerDay, refuse_large_page
from app.domain.workers import Worker, is_name_key, name_key
from app.services.caller import Caller
from app.services.merged_days import (
    Schedule,
    SubjectDay,
    merging_of,
    schedules,
    subject_days,
)

WORKERS_AT_A_TIME: Final = 100
BY_NAME: Final = Order("FULL_NAME")
BY_WORKER_AND_DAY: Final = Order("WORKER_DATE")


@dataclass(frozen=True, slots=True)
class ScheduleService:
    """Read what both systems say together. Its statements do not grow with the page."""

    database: Database

    async def page(
        self, caller: Caller, wanted: WorkerFilter, window: DaySpan, request: PageRequest
    ) -> Page[Schedule]:
        """Return a page of workers by full name, each with every day of the window."""
        caller.require(Permission.READ_TIME_OFF)
        refuse_large_page(request.size, window, "last" if request.backward else "first")
        async with self.database.reading() as connection:
            page = await WORKERS.page(
                connection, caller.companies, wanted, request, *_scheduled(wanted, window)
            )
            days = await schedules(connection, page.items, window)
        return Page(days, page.cursors, page.has_next, page.has_previous)

    async def count(self, caller: Caller, wanted: WorkerFilter, window: DaySpan) -> int:
        """Return how many workers the schedule has."""
        caller.require(Permission.READ_TIME_OFF)
        async with self.database.reading() as connection:
            return await WORKERS.count(
                connection, caller.companies, wanted, *_scheduled(wanted, window)
            )

    async def of_workers(self, workers: Sequence[Worker], window: DaySpan) -> list[Schedule]:
        """Return the schedules of workers that the caller has seen."""
        async with self.database.reading() as connection:
            return await schedules(connection, workers, window)

    async def of_days(self, touched: Collection[SubjectDay]) -> list[WorkerDay]:
        """Return the days of users and people that the caller has written to."""
        async with self.database.reading() as connection:
            return await subject_days(connection, touched)

    async def discrepancies(
        self, caller: Caller, wanted: WorkerFilter, window: DaySpan, request: PageRequest
    ) -> Page[WorkerDay]:
        """Return a page of the days on which the systems differ, by worker, then date."""
        caller.require(Permission.READ_TIME_OFF)
        found: list[WorkerDay] = []
        async with self.database.reading() as connection:
            async for day in _differing(connection, caller, wanted, window, request):
                found.append(day)
                if len(found) > request.size:
                    break
        has_more = len(found) > request.size
        kept = found[: request.size]
        if request.backward:
            kept.reverse()
        return Page(
            kept,
            [write_cursor(request.order, _key(day)) for day in kept],
            has_next=request.before is not None if request.backward else has_more,
            has_previous=has_more if request.backward else request.after is not None,
        )

    async def count_discrepancies(
        self, caller: Caller, wanted: WorkerFilter, window: DaySpan
    ) -> int:
        """Return on how many worker-days the systems differ."""
        caller.require(Permission.READ_TIME_OFF)
        count = 0
        async with self.database.reading() as connection:
            everything = PageRequest(BY_WORKER_AND_DAY)
            async for _ in _differing(connection, caller, wanted, window, everything):
                count += 1
        return count


def _scheduled(wanted: WorkerFilter, window: DaySpan) -> list[Condition]:
    """Return who has a schedule: the inactive only if named, on wish only the absent."""
    is_named = wanted.worker_ids is not None or wanted.person_ids is not None
    return [
        *([] if is_named else [store.is_scheduled()]),
        *([store.is_absent(window)] if wanted.only_absent else []),
    ]


async def _differing(
    connection: Transaction,
    caller: Caller,
    wanted: WorkerFilter,
    window: DaySpan,
    request: PageRequest,
) -> AsyncIterator[WorkerDay]:
    """Yield the differing days in the page's direction; workers are read a few at a time."""
    conditions = [store.is_known_to_both(), store.is_absent(window), *_scheduled(wanted, window)]
    for key, argument in ((request.after, "after"), (request.before, "before")):
        if key is not None:
            place = _worker_place(key, argument)
            conditions.append(store.is_at_or_beyond(*place, forward=argument == "after"))
    chunk = PageRequest(BY_NAME, WORKERS_AT_A_TIME, backward=request.backward)
    while True:
        page = await WORKERS.page(connection, caller.companies, wanted, chunk, *conditions)
        merging = await merging_of(connection, page.items, window)
        for worker in reversed(page.items) if chunk.backward else page.items:
            for day in merging.differing(worker, backward=chunk.backward):
                if _is_inside(_key(day), request):
                    yield day
        if not (page.has_previous if chunk.backward else page.has_next):
            return
        chunk = _following(chunk, page)


def _following(chunk: PageRequest, page: Page[Worker]) -> PageRequest:
    last = page.items[0] if chunk.backward else page.items[-1]
    place = (name_key(last.full_name), last.id)
    return replace(chunk, before=place) if chunk.backward else replace(chunk, after=place)


def _key(day: WorkerDay) -> CursorKey:
    return name_key(day.worker.full_name), day.worker.id, day.merged.date.isoformat()


def _worker_place(key: CursorKey, argument: str) -> tuple[str, str]:
    if len(key) != len(("name", "id", "date")) or not all(isinstance(part, str) for part in key):
        raise InvalidValue("This is not a cursor of this list.", (argument,))
    name, worker_id, _ = map(str, key)
    if not is_name_key(name):
        raise InvalidValue("This is not a cursor of this list.", (argument,))
    return name, worker_id


def _is_inside(key: CursorKey, request: PageRequest) -> bool:
    """Say whether a day lies between the cursors, neither of which is inside."""
    is_after = request.after is None or key > request.after
    return is_after and (request.before is None or key < request.before)
