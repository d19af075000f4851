"""One picture of both systems: every worker's days, and where the systems differ (section 4)."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from app.db.connections.database import Database, Transaction
from app.db.reading import schedule as store
from app.db.reading.calendars import Calendars, load_calendars
from app.db.reading.lists import Condition
from app.db.reading.lists_of_nouns import WORKERS
from app.db.reading.workers import workers_of_subjects
from app.domain.access import Permission
from app.domain.days import DaySpan
from app.domain.errors import InvalidValue
from app.domain.filters import WorkerFilter
from app.domain.paging import CursorKey, Order, Page, PageRequest, write_cursor
from app.domain.schedule import WorkerDay, is_agreed, merge, refuse_large_page
from app.domain.workers import Worker, is_name_key, name_key
from app.services.caller import Caller
from app.services.pauses import Pauses

SubjectDay = tuple[str, date]
"""A user or person, by the key of their days, and a date."""

WORKERS_AT_A_TIME: Final = 100
BY_NAME: Final = Order("FULL_NAME")
BY_WORKER_AND_DAY: Final = Order("WORKER_DATE")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A worker's days in a window, each of them, also those with nothing booked."""

    worker: Worker
    window: DaySpan
    days: Sequence[WorkerDay]


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
        found: list[tuple[WorkerDay, Worker]] = []
        async with self.database.reading() as connection:
            async for day, worker in _differing(connection, caller, wanted, window, request):
                found.append((day, worker))
                if len(found) > request.size:
                    break
        has_more = len(found) > request.size
        kept = found[: request.size]
        if request.backward:
            kept.reverse()
        return Page(
            [day for day, _ in kept],
            [write_cursor(request.order, _key(day, worker)) for day, worker in kept],
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


async def schedules(
    connection: Transaction, workers: Sequence[Worker], window: DaySpan
) -> list[Schedule]:
    """Return the workers' days inside a transaction; four statements, however many they are."""
    if not workers:
        return []
    found = await store.contributions(connection, workers, window)
    loaded = await _calendars(connection, workers, window)
    pauses = Pauses()
    made = []
    for worker in workers:
        days = [_day(worker, day, loaded, found) for day in window]
        made.append(Schedule(worker, window, days))
        await pauses.pause_if_due()
    return made


async def subject_days(connection: Transaction, touched: Collection[SubjectDay]) -> list[WorkerDay]:
    """Return the merged days of the users and people, each worker-day once, as first named."""
    if not touched:
        return []
    worker_of = await workers_of_subjects(connection, {subject for subject, _ in touched})
    dates = [day for _, day in touched]
    window = DaySpan(min(dates), max(dates))
    workers = list({worker.id: worker for worker in worker_of.values()}.values())
    found = await store.contributions(connection, workers, window)
    loaded = await _calendars(connection, workers, window)
    keys = dict.fromkeys((worker_of[subject], day) for subject, day in touched)
    return [_day(worker, day, loaded, found) for worker, day in keys]


async def _calendars(
    connection: Transaction, workers: Sequence[Worker], window: DaySpan
) -> Calendars:
    return await load_calendars(
        connection,
        {worker.company_id for worker in workers},
        {worker.user_id for worker in workers if worker.user_id is not None},
        window,
    )


def _day(worker: Worker, day: date, calendars: Calendars, found: store.Brought) -> WorkerDay:
    calendar = calendars.of(worker.company_id, worker.user_id)
    holidays = calendars.holidays[worker.company_id]
    holiday = next((each.id for each in holidays if each.start_date <= day <= each.end_date), None)
    return merge(
        worker.id,
        day,
        calendar.workday_seconds(day),
        found.contributions.get((worker.id, day), ()),
        holiday,
        is_compared=worker.is_known_to_both,
        across_midnight=found.across_midnight.get((worker.id, day), ()),
    )


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
) -> AsyncIterator[tuple[WorkerDay, Worker]]:
    """Yield the differing days in the page's direction; workers are read a few at a time."""
    conditions = [store.is_known_to_both(), store.is_absent(window), *_scheduled(wanted, window)]
    for key, argument in ((request.after, "after"), (request.before, "before")):
        if key is not None:
            place = _worker_place(key, argument)
            conditions.append(store.is_at_or_beyond(*place, forward=argument == "after"))
    chunk = PageRequest(BY_NAME, WORKERS_AT_A_TIME, backward=request.backward)
    while True:
        page = await WORKERS.page(connection, caller.companies, wanted, chunk, *conditions)
        for day, worker in await _days_of(connection, page.items, window, backward=chunk.backward):
            if day.discrepancy and _is_inside(_key(day, worker), request):
                yield day, worker
        if not (page.has_previous if chunk.backward else page.has_next):
            return
        chunk = _following(chunk, page)


async def _days_of(
    connection: Transaction, workers: Sequence[Worker], window: DaySpan, *, backward: bool
) -> list[tuple[WorkerDay, Worker]]:
    """Return the workers' days that may differ, by worker and date, or from the end."""
    found = await store.contributions(connection, workers, window)
    loaded = await _calendars(connection, workers, window)
    place = {worker.id: index for index, worker in enumerate(workers)}
    brought = found.contributions
    keys = sorted(brought, key=lambda key: (place[key[0]], key[1]), reverse=backward)
    by_id = {worker.id: worker for worker in workers}
    return [
        (_day(by_id[worker_id], day, loaded, found), by_id[worker_id])
        for worker_id, day in keys
        if not is_agreed(brought[worker_id, day])
    ]


def _following(chunk: PageRequest, page: Page[Worker]) -> PageRequest:
    last = page.items[0] if chunk.backward else page.items[-1]
    place = (name_key(last.full_name), last.id)
    return replace(chunk, before=place) if chunk.backward else replace(chunk, after=place)


def _key(day: WorkerDay, worker: Worker) -> CursorKey:
    return name_key(worker.full_name), worker.id, day.date.isoformat()


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
