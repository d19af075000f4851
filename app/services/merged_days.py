"""Workers' days, merged of what both systems and the calendars say (section 4)."""

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.db.connections.database import Transaction
from app.db.reading.calendars import Calendars
from app.db.reading.schedule import Brought
from app.db.reading.schedule_rows import read_window
from app.db.reading.workers import workers_of_subjects
from app.domain.contributions import Contribution, is_agreed
from app.domain.days import DaySpan
from app.domain.schedule import (
    CalendarDays,
    Combine,
    MergedDay,
    WorkerDay,
    calendar_days,
    merge,
)
from app.domain.workers import Worker
from app.services.pauses import Pauses

SubjectDay = tuple[str, date]
"""A user or person, by the key of their days, and a date."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A worker's days in a window, also those with nothing booked, and their sums in seconds.

    Days without records are the same objects for all workers of a calendar.
    """

    worker: Worker
    window: DaySpan
    days: Sequence[MergedDay]
    workday: int
    low: int
    high: int

    def off(self, combine: Combine) -> int:
        """Return the seconds off of all days: the range's low end, or with ``SUM`` its high end."""
        return self.high if combine is Combine.SUM else self.low


async def subject_days(connection: Transaction, touched: Collection[SubjectDay]) -> list[WorkerDay]:
    """Return the merged days of the users and people, each worker-day once, as first named."""
    if not touched:
        return []
    worker_of = await workers_of_subjects(connection, {subject for subject, _ in touched})
    dates = [day for _, day in touched]
    workers = list({worker.id: worker for worker in worker_of.values()}.values())
    merging = await merging_of(connection, workers, DaySpan(min(dates), max(dates)))
    keys = dict.fromkeys((worker_of[subject], day) for subject, day in touched)
    return [WorkerDay(worker, merging.day(worker, day)) for worker, day in keys]


async def merging_of(
    connection: Transaction, workers: Sequence[Worker], window: DaySpan
) -> "Merging":
    """Read what the workers' days in the window are merged of, in four statements."""
    return Merging(window, *await read_window(connection, workers, window))


class Merging:
    """Puts what was read of a window's records and calendars together, worker by worker."""

    def __init__(self, window: DaySpan, brought: Brought, calendars: Calendars) -> None:
        self._window = window
        self._brought = brought
        self._calendars = calendars
        self._days: dict[Hashable, CalendarDays] = {}

    async def schedules(self, workers: Sequence[Worker]) -> list[Schedule]:
        """Return the workers' days; others run in between."""
        pauses = Pauses()
        made = []
        for worker in workers:
            made.append(self._schedule(worker))
            await pauses.pause_if_due()
        return made

    def _schedule(self, worker: Worker) -> Schedule:
        of_calendar, first = self._days_of(worker), self._window.first.toordinal()
        days, low, high = list(of_calendar.free), 0, 0
        for day, brought in self._brought.contributions[worker.id].items():
            place = day.toordinal() - first
            days[place] = merged = self._merged(worker, of_calendar, place, brought)
            low += merged.low
            high += merged.high
        return Schedule(worker, self._window, days, of_calendar.workday, low, high)

    def day(self, worker: Worker, day: date) -> MergedDay:
        """Return one of the days."""
        of_calendar, place = self._days_of(worker), (day - self._window.first).days
        brought = self._brought.contributions[worker.id].get(day)
        return (
            self._merged(worker, of_calendar, place, brought)
            if brought
            else of_calendar.free[place]
        )

    def differing(self, worker: Worker, *, backward: bool) -> Iterator[WorkerDay]:
        """Yield the days on which the systems differ, in order or from the end.

        Days on which both have the same hours, whatever the workday then caps, are not merged.
        """
        brought = self._brought.contributions[worker.id]
        for day in sorted(brought, reverse=backward):
            if not is_agreed(brought[day]):
                merged = self.day(worker, day)
                if merged.discrepancy:
                    yield WorkerDay(worker, merged)

    def _merged(
        self,
        worker: Worker,
        of_calendar: CalendarDays,
        place: int,
        brought: Collection[Contribution],
    ) -> MergedDay:
        """Return a day that has records, by its place in the window."""
        free, across = of_calendar.free[place], self._brought.across_midnight
        return merge(
            free.date,
            of_calendar.workdays[place],
            brought,
            free.holiday,
            pair=worker.pair,
            across_midnight=across.get((worker.id, free.date), ()) if across else (),
        )

    def _days_of(self, worker: Worker) -> CalendarDays:
        """Return the days without records: the same for all who work by the same calendar."""
        calendar = self._calendars.of(worker.company_id, worker.user_id)
        key = worker.company_id, tuple(calendar.own)
        if key not in self._days:
            holidays = self._calendars.holidays[worker.company_id]
            self._days[key] = calendar_days(calendar, holidays, self._window)
        return self._days[key]
