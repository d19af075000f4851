"""What a calendar feed shows: the events of whoever it is about, in a fixed number of reads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import nlargest
from itertools import islice

from app.db.connections.database import Transaction
from app.db.reading import calendar_feeds as store
from app.db.reading.calendars import load_calendars
from app.db.reading.lists_of_nouns import COMPANIES, ROLES, WORKERS
from app.db.reading.workers import workers_of_subjects
from app.domain.calendar_feeds import (
    NOTHING_ENTERED,
    FeedEvent,
    KantataDays,
    LastChange,
    LastChanges,
    entry_event,
    feed_window,
    instance_events,
    judged_days,
    latest,
)
from app.domain.days import DayRange, DaySpan
from app.domain.feeds import CalendarFeed
from app.domain.identifiers import Kind, person_subject, user_subject
from app.domain.instances import Instance
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import TimeOffEntry
from app.domain.workers import Worker
from app.domain.workweek import Calendar
from app.services.pauses import Pauses


@dataclass(frozen=True, slots=True)
class FeedContent:
    """Whose time off it is, and its events by first day; ``is_cut`` if there were too many."""

    title: str
    events: Sequence[FeedEvent]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read for the events of a window: records, workers, calendars and last changes."""

    entries: Sequence[TimeOffEntry]
    instances: Sequence[tuple[PersonTimeOff, Instance]]
    workers: Mapping[str, Worker]
    calendars: Mapping[str, Calendar]
    changes: LastChanges

    def events(self, window: DaySpan) -> list[FeedEvent]:
        """Return the events; no more of either kind than show that they are too many.

        An entry on a day of a record's event is told there, and has no event of its own.
        """
        told: set[tuple[str, date]] = set()
        of_instances = []
        for worker, event in islice(self._of_instances(window), store.MOST_ROWS):
            told.update((worker.id, each.day) for each in event.entered)
            of_instances.append(event)
        shown = DayRange(window.first, window.last)
        of_entries = (
            entry_event(entry, *self._of(subject))
            for entry in self.entries
            for subject in [user_subject(entry.user_id)]
            if entry.requested_date in shown
            and (self.workers[subject].id, entry.requested_date) not in told
        )
        return [*islice(of_entries, store.MOST_ROWS), *of_instances]

    def _of_instances(self, window: DaySpan) -> Iterator[tuple[Worker, FeedEvent]]:
        kantata = self._kantata()
        for record, instance in self.instances:
            worker, calendar, changes = self._of(person_subject(record.person_id))
            entered = kantata.get(worker.id, NOTHING_ENTERED)
            for event in instance_events(
                record, instance, window, worker, calendar, changes, entered
            ):
                yield worker, event

    def _kantata(self) -> dict[str, KantataDays]:
        """Return what Kantata has, and had, by the workers' ids."""
        entries: dict[int, list[TimeOffEntry]] = defaultdict(list)
        for entry in self.entries:
            entries[entry.user_id].append(entry)
        removed: dict[int, dict[date, LastChange]] = defaultdict(dict)
        for (user_id, day), change in self.changes.removals.items():
            removed[user_id][day] = change
        return {
            worker.id: KantataDays(entries[worker.user_id], removed[worker.user_id])
            for worker in self.workers.values()
            if worker.user_id is not None
        }

    def _of(self, subject: str) -> tuple[Worker, Calendar, LastChanges]:
        worker = self.workers[subject]
        return worker, self.calendars[worker.id], self.changes


async def feed_content(connection: Transaction, feed: CalendarFeed, today: date) -> FeedContent:
    """Return what the feed shows on a day."""
    title = await _title(connection, feed)
    window = feed_window(today)
    found = await _find(connection, feed, window)
    events = found.events(window)
    counts = (len(found.instances), len(events), len(found.entries) // 2)
    is_cut = max(counts) >= store.MOST_ROWS
    return FeedContent(title, latest(events), is_cut)


async def _title(connection: Transaction, feed: CalendarFeed) -> str:
    """Return whose time off it is, by the names of today."""
    scope = frozenset([feed.company_id])
    if feed.worker_id is not None:
        workers = await WORKERS.list_all(connection, scope, feed.wanted, "FULL_NAME")
        return ", ".join(worker.full_name for worker in workers)
    companies = await COMPANIES.find_many(connection, scope, [feed.company_id])
    roles = await ROLES.find_many(connection, scope, feed.role_ids)
    names = [companies[feed.company_id].name, *(roles[id_].name for id_ in feed.role_ids)]
    names.extend(feed.job_titles)
    return ", ".join(names if feed.name is None else [*names, f"“{feed.name}”"])


async def _instances_of(
    records: Sequence[PersonTimeOff], window: DaySpan
) -> list[tuple[PersonTimeOff, Instance]]:
    """Return the instances in the window with their records, the MOST_ROWS that start last."""
    found: list[tuple[PersonTimeOff, Instance]] = []
    pauses = Pauses()
    for record in records:
        found += [(record, each) for each in record.instances if each.span.overlaps(window)]
        if len(found) > 2 * store.MOST_ROWS:  # a company may have hundreds of thousands
            found = _latest_first(found)
        await pauses.pause_if_due()
    return _latest_first(found)


def _latest_first(
    instances: Iterable[tuple[PersonTimeOff, Instance]],
) -> list[tuple[PersonTimeOff, Instance]]:
    return nlargest(store.MOST_ROWS, instances, key=lambda each: (each[1].span.first, each[0].id))


async def _find(connection: Transaction, feed: CalendarFeed, window: DaySpan) -> _Found:
    instances = await _instances_of(await store.records_of(connection, feed, window), window)
    # Events are whole, and tell of the entries on all of their days.
    first = min([window.first, *(instance.span.first for _, instance in instances)])
    last = max([window.last, *(instance.span.last for _, instance in instances)])
    entries = await store.entries_of(connection, feed, DaySpan(first, last))
    workers = await workers_of_subjects(
        connection,
        {user_subject(entry.user_id) for entry in entries}
        | {person_subject(record.person_id) for record, _ in instances},
    )
    user_ids = {each.user_id for each in workers.values() if each.user_id is not None}
    # What began before the window is judged by its own first days.
    days = judged_days(first, window)
    loaded = await load_calendars(connection, {feed.company_id}, user_ids, days)
    calendars = {
        worker.id: loaded.of(feed.company_id, worker.user_id) for worker in workers.values()
    }
    changes = await store.last_changes(
        connection,
        feed.company_id,
        {
            Kind.ENTRY: {entry.id for entry in entries},
            Kind.USER: {entry.user_id for entry in entries},
            Kind.PERSON_TIME_OFF: {record.id for record, _ in instances},
            Kind.WORKER: {workers[person_subject(record.person_id)].id for record, _ in instances},
        },
        DaySpan(first, last),
    )
    return _Found(
        entries=entries, instances=instances, workers=workers, calendars=calendars, changes=changes
    )
