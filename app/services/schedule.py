"""One picture of both systems: every worker's days, and where the systems differ (section 4)."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.db.connections.database import Database, Transaction
from app.db.connections.direct_reads import Ready, Rows
from app.db.reading.acknowledgements import acknowledged_of
from app.db.reading.lists import cut_page
from app.db.reading.schedule import SCHEDULED, asked_of, is_at_or_beyond
from app.db.reading.schedule_rows import WORKERS as WORKER_ROWS
from app.db.reading.schedule_rows import ScheduleStatements, worker_of
from app.domain.access import Permission
from app.domain.acknowledgements import (
    DiscrepancyAcknowledgement,
    DiscrepancyFilter,
    PairDay,
)
from app.domain.days import DaySpan
from app.domain.errors import InvalidValue
from app.domain.filters import ScheduleFilter, WorkerFilter
from app.domain.paging import CursorKey, Order, Page, PageRequest, write_cursor
from app.domain.schedule import WorkerDay, refuse_large_page
from app.domain.workers import Worker, is_name_key, name_key, without_common_subjects
from app.services.caller import Caller
from app.services.merged_days import (
    Merging,
    Schedule,
    SubjectDay,
    merging_of,
    subject_days,
)

WORKERS_AT_A_TIME: Final = 100
BY_NAME: Final = Order("FULL_NAME")
ALL_DISCREPANCIES: Final = DiscrepancyFilter()
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
        scheduled = _scheduled(wanted, window)
        read = await self._read_directly(caller, scheduled, window, request)
        if read is None:
            async with self.database.reading() as connection:
                page = await SCHEDULED.page(connection, caller.companies, scheduled, request)
                read = page, await merging_of(connection, page.items, window)
        page, merging = read
        days = await merging.schedules(page.items)
        return Page(days, page.cursors, page.has_next, page.has_previous)

    async def _read_directly(
        self, caller: Caller, wanted: ScheduleFilter, window: DaySpan, request: PageRequest
    ) -> tuple[Page[Worker], Merging] | None:
        """Read a page of workers and all of their days by the database's own driver, if it can."""
        direct = self.database.direct
        statements = ScheduleStatements.of(direct.dialect)

        def follow(rows: Rows) -> dict[str, Ready]:
            if not rows:
                return {}
            asked = asked_of([worker_of(row) for row in rows[: request.size]], window)
            return {name: Ready.of(each, asked) for name, each in statements.by_name.items()}

        first = WORKER_ROWS.page(direct.dialect, caller.companies, wanted, request)
        found = await direct.read(Ready.of(*first), follow)
        if found is None:
            return None
        rows, below = found
        kept, has_next, has_previous = cut_page(rows, request)
        workers = [worker_of(row) for row in kept]
        cursor = WORKER_ROWS.cursor(direct.dialect, request)
        page = Page(workers, [cursor(row) for row in kept], has_next, has_previous)
        brought = statements.brought(workers, window, below)
        return page, Merging(window, brought, statements.calendars(below))

    async def count(self, caller: Caller, wanted: WorkerFilter, window: DaySpan) -> int:
        """Return how many workers the schedule has."""
        caller.require(Permission.READ_TIME_OFF)
        async with self.database.reading() as connection:
            return await SCHEDULED.count(connection, caller.companies, _scheduled(wanted, window))

    async def of_workers(self, workers: Sequence[Worker], window: DaySpan) -> list[Schedule]:
        """Return the schedules of workers that the caller has seen."""
        found: dict[Worker, Schedule] = {}
        async with self.database.reading() as connection:
            for apart in without_common_subjects(workers):
                merging = await merging_of(connection, apart, window)
                found |= {each.worker: each for each in await merging.schedules(apart)}
        return [found[worker] for worker in workers]

    async def of_days(self, touched: Collection[SubjectDay]) -> list[WorkerDay]:
        """Return the days of users and people that the caller has written to."""
        async with self.database.reading() as connection:
            return await subject_days(connection, touched)

    async def discrepancies(
        self,
        caller: Caller,
        wanted: WorkerFilter,
        window: DaySpan,
        request: PageRequest,
        which: DiscrepancyFilter = ALL_DISCREPANCIES,
    ) -> Page[WorkerDay]:
        """Return a page of the days on which the systems differ, by worker, then date."""
        caller.require(Permission.READ_TIME_OFF)
        found: list[WorkerDay] = []
        async with self.database.reading() as connection:
            async for day in _differing(connection, caller, wanted, window, request, which):
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
        self,
        caller: Caller,
        wanted: WorkerFilter,
        window: DaySpan,
        which: DiscrepancyFilter = ALL_DISCREPANCIES,
    ) -> int:
        """Return on how many worker-days the systems differ."""
        caller.require(Permission.READ_TIME_OFF)
        count = 0
        async with self.database.reading() as connection:
            everything = PageRequest(BY_WORKER_AND_DAY)
            async for _ in _differing(connection, caller, wanted, window, everything, which):
                count += 1
        return count


def _scheduled(wanted: WorkerFilter, window: DaySpan) -> ScheduleFilter:
    """Return who has a schedule: the inactive only if named, on wish only the absent."""
    ids = (wanted.worker_ids, wanted.user_ids, wanted.person_ids)
    is_named = any(each is not None for each in ids)
    return ScheduleFilter(wanted, is_named, window if wanted.only_absent else None)


async def _differing(
    connection: Transaction,
    caller: Caller,
    wanted: WorkerFilter,
    window: DaySpan,
    request: PageRequest,
    which: DiscrepancyFilter,
) -> AsyncIterator[WorkerDay]:
    """Yield the differing days in the page's direction; workers are read a few at a time."""
    compared = replace(_scheduled(wanted, window), absent_in=window, is_known_to_both=True)
    conditions = []
    for key, argument in ((request.after, "after"), (request.before, "before")):
        if key is not None:
            place = _worker_place(key, argument)
            conditions.append(is_at_or_beyond(*place, forward=argument == "after"))
    chunk = PageRequest(BY_NAME, WORKERS_AT_A_TIME, backward=request.backward)
    while True:
        page = await SCHEDULED.page(connection, caller.companies, compared, chunk, *conditions)
        merging = await merging_of(connection, page.items, window)
        acknowledged: Mapping[PairDay, DiscrepancyAcknowledgement] = {}
        if which.is_acknowledged is not None:
            pairs = [worker.pair for worker in page.items if worker.pair is not None]
            acknowledged = await acknowledged_of(connection, caller.companies, pairs, window)
        for worker in reversed(page.items) if chunk.backward else page.items:
            for day in merging.differing(worker, backward=chunk.backward):
                if _is_inside(_key(day), request) and which.admits(day.merged, acknowledged):
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
