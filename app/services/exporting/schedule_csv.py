"""The schedule as a CSV file: a row for each worker and day, made a few workers at a time.

For the link and for the command. No row has a reason.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Final

from app.db.connections.database import Database
from app.db.connections.one_transaction import JoinedDatabase
from app.db.data_check.scan import one_moment
from app.domain.access_events import AccessEventKind
from app.domain.days import DaySpan
from app.domain.errors import Unavailable
from app.domain.filters import WorkerFilter
from app.domain.paging import Page, PageRequest, read_cursor
from app.domain.schedule import MAX_WINDOW_DAYS
from app.domain.schedule_csv import (
    BYTE_ORDER_MARK,
    COLUMNS,
    Cell,
    WorkersWords,
    csv_text,
    day_row,
)
from app.domain.workers import Worker
from app.progress import Progress
from app.services.access.events import AccessEvents, only_one
from app.services.caller import COMMAND, Caller
from app.services.catalogue import Catalogue
from app.services.exporting.request import ExportWish
from app.services.merged_days import Schedule
from app.services.own_writes import again_if_lost
from app.services.schedule import BY_NAME, ScheduleService

DAYS_A_PORTION: Final = 2_000
"""Workers times days that are in memory at a time."""

MOST_WORKERS_A_PORTION: Final = 100


@dataclass(frozen=True, slots=True)
class Portion:
    """A piece of the file, and of how many workers it is."""

    text: str
    rows: int = 0
    workers: int = 0


@dataclass(frozen=True, slots=True)
class ScheduleExport:
    """Makes the file; its statements do not grow with a portion."""

    schedule: ScheduleService
    catalogue: Catalogue
    events: AccessEvents

    async def portions(self, caller: Caller, wish: ExportWish) -> AsyncIterator[Portion]:
        """Yield the header, then workers by name with their days in order.

        Where the window is longer than a schedule's may be, year after year.
        """
        said = {"format": "CSV", "from": f"{wish.window.first}", "to": f"{wish.window.last}"}
        company_id = wish.workers.company_id or only_one(caller.companies)
        kind = AccessEventKind.EXPORTED
        event = self.events.event_of(caller, kind, company_id=company_id, details=said)
        self.events.note(event)
        yield Portion((BYTE_ORDER_MARK if wish.bom else "") + csv_text([COLUMNS], wish.separator))
        for window in windows(wish.window):
            async for page in self._pages(caller, wish, window):
                rows = await again_if_lost(partial(self._rows, caller, wish, page.items))
                yield Portion(csv_text(rows, wish.separator), len(rows), len(page.items))

    async def count(self, caller: Caller, wish: ExportWish) -> int:
        """Return of how many workers there will be portions, once for each window."""
        wanted = _wanted(wish)
        counts = [await self.schedule.count(caller, wanted, each) for each in windows(wish.window)]
        return sum(counts)

    async def _pages(
        self, caller: Caller, wish: ExportWish, window: DaySpan
    ) -> AsyncIterator[Page[Schedule]]:
        size = max(1, min(MOST_WORKERS_A_PORTION, DAYS_A_PORTION // len(window)))
        request = PageRequest(BY_NAME, size)
        while True:
            read = partial(self.schedule.page, caller, _wanted(wish), window, request)
            page = await again_if_lost(read)
            if page.items:
                yield page
            if not page.has_next:
                return
            request = replace(request, after=read_cursor(BY_NAME, page.cursors[-1], "after"))

    async def _rows(
        self, caller: Caller, wish: ExportWish, schedules: Sequence[Schedule]
    ) -> list[list[Cell]]:
        shown = [
            (each.worker, day)
            for each in schedules
            for day in each.days
            if wish.all_days or day.contributions
        ]
        words = await self._words(caller, dict.fromkeys(worker for worker, _ in shown))
        return [day_row(worker, words[worker], day) for worker, day in shown]

    async def _words(
        self, caller: Caller, workers: Collection[Worker]
    ) -> dict[Worker, WorkersWords]:
        """Return what the directory says of the workers, in a statement for each kind."""
        catalogue = self.catalogue
        companies = await catalogue.companies.find_many(
            caller, {each.company_id for each in workers}
        )
        users = await catalogue.users.find_many(
            caller, {each.user_id for each in workers if each.user_id is not None}
        )
        people = await catalogue.people.find_many(
            caller, {each.person_id for each in workers if each.person_id is not None}
        )
        roles = await catalogue.roles.find_many(
            caller, {each.role_id for each in users.values() if each.role_id is not None}
        )

        def of(worker: Worker) -> WorkersWords:
            company = companies.get(worker.company_id)
            user = users.get(worker.user_id) if worker.user_id is not None else None
            role = roles.get(user.role_id) if user and user.role_id is not None else None
            person = people.get(worker.person_id) if worker.person_id is not None else None
            return WorkersWords(
                company=company.name if company else "",
                role=role.name if role else "",
                job_title=(person.job_title or "") if person else "",
            )

        return {worker: of(worker) for worker in workers}


def windows(span: DaySpan) -> Iterator[DaySpan]:
    """Yield the span, or its years if it is longer than a schedule's window may be.

    >>> len(list(windows(DaySpan(date(2026, 1, 1), date(2027, 2, 4)))))
    1
    >>> [str(each.first) for each in windows(DaySpan(date(2026, 7, 1), date(2028, 1, 1)))]
    ['2026-07-01', '2027-01-01', '2028-01-01']
    """
    if len(span) <= MAX_WINDOW_DAYS:
        yield span
        return
    for year in range(span.first.year, span.last.year + 1):
        yield DaySpan(max(span.first, date(year, 1, 1)), min(span.last, date(year, 12, 31)))


def write_schedule(
    database_url: str, wish: ExportWish, write: Callable[[str], None], progress: Progress
) -> int:
    """Write the file, all of it as it is at one moment; return how many rows it has."""
    return asyncio.run(_write(database_url, wish, write, progress))


async def _write(
    database_url: str, wish: ExportWish, write: Callable[[str], None], progress: Progress
) -> int:
    database = Database(database_url)
    events = AccessEvents(database, lambda: datetime.now(UTC))
    label, rows, done = "Exporting the schedule", 0, 0
    try:
        async with one_moment(database) as connection:
            joined = JoinedDatabase(connection)
            export = ScheduleExport(ScheduleService(joined), Catalogue(joined), events)
            total = await export.count(COMMAND, wish)
            async for portion in export.portions(COMMAND, wish):
                write(portion.text)
                rows += portion.rows
                done += portion.workers
                progress(label, done, total)
        with suppress(Unavailable):  # what may only be read may be exported
            await events.store_noted()
    finally:
        await database.close()
    return rows


def _wanted(wish: ExportWish) -> WorkerFilter:
    """Leave out who has no row: without all days, that is whoever has no record."""
    return replace(wish.workers, only_absent=wish.workers.only_absent or not wish.all_days)
