"""The events that time off makes in a calendar feed; feeds.py says whose it is.

Events have no reason (rule 4.6). app/web/calendar_feed.py writes them as iCalendar text.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from app.domain.contributions import ClockHours, Contribution, EntryHours
from app.domain.days import SUNDAY, DayRange, DaySpan
from app.domain.identifiers import Kind
from app.domain.instances import Instance
from app.domain.pattern import Pattern
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import TimeOffEntry
from app.domain.workers import Worker
from app.domain.workweek import Calendar, is_filled

MAX_EVENTS: Final = 5_000
"""Events of one feed; of more, those that begin earliest are left out."""

DAYS_BACK: Final = 365
DAYS_AHEAD: Final = 730
_WEEK: Final = 7
_MONDAY: Final = 0


def judged_days(first: date, window: DaySpan) -> DaySpan:
    """Return the days of which the calendar must be known to judge the window's events.

    ``first`` is the day on which the earliest event begins, which may be before the window. A
    week decides whether an event takes whole days, also where it begins on the window's last.
    """
    return DaySpan(min(first, window.first), window.last + timedelta(days=_WEEK - 1))


@dataclass(frozen=True, slots=True)
class LastChange:
    """An object's last change: its number in the company's change feed (5.3), and its time.

    ``made_by`` is the number of the first known change that created the object, and ``made_at``
    its time; None if none is known. Before it an object may have been there that came back (3.13).
    """

    number: int
    at: datetime
    made_by: int | None = None
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LastChanges:
    """The last changes of objects, by kind and key, and of the company's calendars.

    Those are its workweeks and holidays, its users' too: they decide what is busy and what free.
    ``removals`` has the last deletion of an entry of each user and day on which one was deleted.
    Changes up to the number ``forgotten`` are not known any more.
    """

    objects: Mapping[tuple[Kind, str], LastChange]
    calendars: LastChange | None = None
    removals: Mapping[tuple[int, date], LastChange] = field(default_factory=dict)
    forgotten: int = 0

    def revised(
        self,
        record: TimeOffEntry | PersonTimeOff,
        worker: Worker,
        beside: Sequence[LastChange] = (),
    ) -> "Revised":
        """Return when and how often that of which an event of the record is made was changed.

        It is made of the record, of the user or worker whose name and workweek count, of the
        company's calendars, and of what stands ``beside`` it: Kantata's entries on its days.
        """
        if isinstance(record, TimeOffEntry):
            # Whether its user is a person, too, changes nothing about an entry's event.
            record_key = (Kind.ENTRY, str(record.id))
            owner_key = (Kind.USER, str(record.user_id))
        else:
            record_key = (Kind.PERSON_TIME_OFF, record.id)
            owner_key = (Kind.WORKER, worker.id)
        of_record = self.objects.get(record_key)
        candidates = (of_record, self.objects.get(owner_key), self.calendars, *beside)
        changes = [change for change in candidates if change]
        created_by = self._made_by(of_record, record.created_at)
        return Revised(
            created_at=record.created_at,
            changed_at=max([record.updated_at, *(change.at for change in changes)]),
            sequence=max([self.forgotten, *(each.number for each in changes)]) - created_by,
        )

    def _made_by(self, change: LastChange | None, created_at: datetime) -> int:
        """Return the number of the change that first created a record, 0 if it is not known.

        Where changes were forgotten, one that is later than the record may be what brought it back.
        """
        if change is None or change.made_by is None:
            return 0
        is_first = not self.forgotten or change.made_at == created_at
        return change.made_by if is_first else 0


@dataclass(frozen=True, slots=True)
class Revised:
    """When a record was created, when its event was last changed, and iCalendar's SEQUENCE.

    The sequence is by how much the numbers of the two changes differ. So it begins with 0 and
    never goes back (RFC 5545, 3.8.7.4), also when the event comes to depend on another worker
    or calendar: that is a change as well, with a higher number than all before it. A change that
    is forgotten counts as the last of those that are; the first as 0.
    """

    created_at: datetime
    changed_at: datetime
    sequence: int


class Entered(NamedTuple):
    """What Kantata has of the same worker on a day of an event, in seconds, uncapped."""

    day: date
    seconds: int


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """A run of whole days on which a worker is off by one record, so many hours on each.

    ``entered`` has the days of a run of Procore's for which Kantata has an entry, too: whether or
    not it was mirrored, a day that both systems have is one event.
    """

    uid: str
    worker_name: str
    span: DaySpan
    brought: Contribution
    takes_whole_days: bool
    revised: Revised
    entered: Sequence[Entered] = ()

    @property
    def seconds(self) -> int:
        """The seconds of each day; of a single day the larger of what both have (rule 4.2)."""
        entered = [each.seconds for each in self.entered] if len(self.span) == 1 else []
        return max([self.brought.seconds, *entered])


class KantataDays:
    """A worker's entries of Kantata by their days, and the days on which one was deleted."""

    def __init__(
        self, entries: Sequence[TimeOffEntry] = (), removed: Mapping[date, LastChange] | None = None
    ) -> None:
        self._entries = sorted(entries, key=_day_of_entry)
        self._removed = sorted((removed or {}).items(), key=_day_of_removal)

    def within(self, span: DaySpan) -> Sequence[TimeOffEntry]:
        """Return the entries on the days of the span, by day."""
        return self._entries[
            bisect_left(self._entries, span.first, key=_day_of_entry) : bisect_right(
                self._entries, span.last, key=_day_of_entry
            )
        ]

    def changes_within(self, span: DaySpan, known: LastChanges) -> list[LastChange]:
        """Return the last change of each entry on these days, and of each day's deleted ones."""
        of_entries = [known.objects.get((Kind.ENTRY, str(each.id))) for each in self.within(span)]
        begin = bisect_left(self._removed, span.first, key=_day_of_removal)
        end = bisect_right(self._removed, span.last, key=_day_of_removal)
        removals = [change for _, change in self._removed[begin:end]]
        return [*(change for change in of_entries if change), *removals]


def _day_of_entry(entry: TimeOffEntry) -> date:
    return entry.requested_date


def _day_of_removal(removal: tuple[date, LastChange]) -> date:
    return removal[0]


NOTHING_ENTERED: Final = KantataDays()


def feed_window(today: date) -> DaySpan:
    """Return the days whose time off a feed shows: a year back, two years ahead."""
    return DaySpan(today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD))


def runs(pattern: Pattern, span: DaySpan, window: DaySpan) -> Iterator[DaySpan]:
    """Yield the runs of consecutive counted days of a span that meet the window.

    A run that begins before the window is whole, not cut: its first day is part of its name.

    >>> from datetime import time
    >>> days = DaySpan(date(2026, 3, 5), date(2026, 3, 10))
    >>> of_weekdays = runs(Pattern(time(8), time(16), False, False), days, days)
    >>> [(str(run.first), str(run.last)) for run in of_weekdays]
    [('2026-03-05', '2026-03-06'), ('2026-03-09', '2026-03-10')]
    """
    if pattern.apply_to_saturday and pattern.apply_to_sunday:
        nearby_runs = iter((span,))
    else:
        # Every weekend ends a run: cut a week outside the window, a span keeps its runs inside.
        week = timedelta(days=_WEEK)
        nearby = DayRange(window.first - week, window.last + week).clip(span)
        nearby_runs = _consecutive(pattern.counted_days(nearby)) if nearby else iter(())
    return (run for run in nearby_runs if run.overlaps(window))


def _consecutive(days: Iterator[date]) -> Iterator[DaySpan]:
    first = last = next(days, None)
    if first is None or last is None:
        return
    for day in days:
        if (day - last).days > 1:
            yield DaySpan(first, last)
            first = day
        last = day
    yield DaySpan(first, last)


def entry_event(
    entry: TimeOffEntry, worker: Worker, calendar: Calendar, changes: LastChanges
) -> FeedEvent:
    """Return the event of a Kantata entry, named by the entry and its day."""
    day = entry.requested_date
    return FeedEvent(
        uid=f"{entry.id}-{day}",
        worker_name=worker.full_name,
        span=DaySpan(day, day),
        brought=EntryHours(entry.id, entry.seconds),
        takes_whole_days=_takes_whole_days(entry.seconds, (), DaySpan(day, day), calendar),
        revised=changes.revised(entry, worker),
    )


def instance_events(
    record: PersonTimeOff,
    instance: Instance,
    window: DaySpan,
    worker: Worker,
    calendar: Calendar,
    changes: LastChanges,
    kantata: KantataDays = NOTHING_ENTERED,
) -> Iterator[FeedEvent]:
    """Yield the events of an instance, named by the record, the instance and the run.

    A moved instance's runs have the names of those that it would have where its rule has it: to
    calendars they are the same events on other days. Kantata's entries on a run's days are told
    in its event, also in that of another record on the same day: so none depends on the others.
    """
    planned = record.planned_span(instance.original_day)
    brought = ClockHours(record.id, *instance.pattern.interval, instance.is_paid)
    for run in runs(instance.pattern, instance.span, window):
        entries = kantata.within(run)
        entered = tuple(Entered(each.requested_date, each.seconds) for each in entries)
        revised = changes.revised(record, worker, kantata.changes_within(run, changes))
        yield FeedEvent(
            uid=f"{record.id}-{instance.id}-{_name_of_run(instance, planned, run)}",
            worker_name=worker.full_name,
            span=run,
            brought=brought,
            takes_whole_days=_takes_whole_days(brought.seconds, entered, run, calendar),
            revised=revised,
            entered=entered,
        )


def _name_of_run(instance: Instance, planned: DaySpan, run: DaySpan) -> str:
    """Return the first day of the planned run that has the run's place among all of its instance.

    One more than were planned is named by the original day and its place, from 1 on.
    """
    if instance.span == planned:
        return str(run.first)
    place = _weeks_begun(instance.pattern, instance.span, run.first)
    begins = _begin_of_run(instance.pattern, planned, place)
    return str(begins) if begins else f"{instance.original_day}-{place + 1}"


def _weeks_begun(pattern: Pattern, span: DaySpan, day: date) -> int:
    """Return how many runs of the span end before the one that begins on the day."""
    first = next(pattern.counted_days(span))
    return (_week_of(pattern, day) - _week_of(pattern, first)).days // _WEEK


def _begin_of_run(pattern: Pattern, span: DaySpan, place: int) -> date | None:
    """Return the first day of the run with so many before it, None if the span has no such run."""
    first = next(pattern.counted_days(span), None)
    if first is None or place == 0:
        return first
    begins = _week_of(pattern, first) + timedelta(days=_WEEK * place)
    return begins if begins <= span.last else None


def _week_of(pattern: Pattern, day: date) -> date:
    """Return the first day of the day's run in a span without ends: the one after a weekend.

    Where every day counts there is one run, and all days are said to be of one week.
    """
    if pattern.apply_to_saturday and pattern.apply_to_sunday:
        return date.min
    begins = SUNDAY if pattern.apply_to_sunday else _MONDAY
    return day - timedelta(days=(day.weekday() - begins) % _WEEK)


def _takes_whole_days(
    seconds: int, entered: Sequence[Entered], span: DaySpan, calendar: Calendar
) -> bool:
    """Say whether the hours fill each workday (rule 2.3) of the span's first week.

    On a day that both systems have, the larger of both counts (rule 4.2). A week has every
    weekday; a span of years need not be gone through.
    """
    kantata = {each.day: each.seconds for each in entered}
    return all(
        is_filled(calendar.workday_seconds(day), max(seconds, kantata.get(day, 0)))
        for day in islice(span, _WEEK)
    )


def latest(events: Sequence[FeedEvent]) -> list[FeedEvent]:
    """Return the MAX_EVENTS events that begin last, the earliest of them first."""
    ordered = sorted(events, key=lambda event: (event.span.first, event.uid))
    return ordered[-MAX_EVENTS:]
