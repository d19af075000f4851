"""A calendar feed: whom it shows, and which events their time off makes in it.

What an event looks like as text is not said here; a reason is no part of it (rule 4.6).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

from app.domain.days import DayRange, DaySpan
from app.domain.errors import InvalidValue, Refusals
from app.domain.filters import WorkerFilter
from app.domain.identifiers import Kind
from app.domain.person_time_off import Instance, Pattern, PersonTimeOff
from app.domain.schedule import ClockHours, Contribution, EntryHours
from app.domain.time_off_entries import TimeOffEntry, refuse_count
from app.domain.wire_formats import fit_name
from app.domain.workers import Worker
from app.domain.workweek import Calendar, is_filled

MAX_ROLES: Final = 100
MAX_EVENTS: Final = 5_000
"""Of one feed; of more, those that begin earliest are left out."""

DAYS_BACK: Final = 365
DAYS_AHEAD: Final = 730
_WEEK: Final = 7


def judged_days(first: date, window: DaySpan) -> DaySpan:
    """Return the days whose workdays decide about events from the first day on.

    A run that begins on the window's last day is judged by a week, whenever it is shown.
    """
    return DaySpan(min(first, window.first), window.last + timedelta(days=_WEEK - 1))


@dataclass(frozen=True, slots=True)
class CalendarFeed:
    """What a secret link shows: one worker, or those of a company that a filter finds.

    The link's secret is no part of it: nobody can read it again.
    """

    id: str
    company_id: str
    worker_id: str | None
    role_ids: tuple[int, ...]
    name: str | None
    created_at: datetime
    renewed_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def wanted(self) -> WorkerFilter:
        """Return whom it shows, as workers are looked for everywhere."""
        return WorkerFilter(
            company_id=self.company_id,
            worker_ids=None if self.worker_id is None else (self.worker_id,),
            role_ids=self.role_ids or None,
            name=self.name,
        )


@dataclass(frozen=True, slots=True)
class CalendarFeedFilter:
    """Of calendar feeds."""

    company_id: str | None = None
    worker_ids: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class LastChange:
    """An object's last change: its number in the company's change feed, and its time.

    ``made_by`` is the number of the change that made the object; None if that is not known.
    """

    number: int
    at: datetime
    made_by: int | None = None


@dataclass(frozen=True, slots=True)
class LastChanges:
    """The last changes of objects, by kind and key, and of the company's calendars.

    Those are its workweeks and holidays, its users' too: they decide what is busy and what free.
    """

    objects: Mapping[tuple[Kind, str], LastChange]
    calendars: LastChange | None = None

    def revised(self, record: TimeOffEntry | PersonTimeOff, worker: Worker) -> "Revised":
        """Return when and how often what an event of the record says was changed.

        That is the record, its worker's name and whose workweek counts, and the calendars.
        """
        if isinstance(record, TimeOffEntry):
            # Whether its user is a person, too, changes nothing about an entry's event.
            own, whose = (Kind.ENTRY, str(record.id)), (Kind.USER, str(record.user_id))
        else:
            own, whose = (Kind.PERSON_TIME_OFF, record.id), (Kind.WORKER, worker.id)
        candidates = (self.objects.get(own), self.objects.get(whose), self.calendars)
        known = [last for last in candidates if last]
        made = self.objects.get(own)
        since = (made and made.made_by) or 0
        return Revised(
            record.created_at,
            max([record.updated_at, *(last.at for last in known)]),
            max([last.number - since for last in known], default=0),
        )


@dataclass(frozen=True, slots=True)
class Revised:
    """When a record was made, when its event was last changed, and the event's SEQUENCE.

    The sequence is how many changes of the company lie between the two. So it begins with 0 and
    never goes back, also where the event depends on another worker or calendar than before:
    that, too, is by a change, which has a higher number than all before it.
    """

    created_at: datetime
    changed_at: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """A run of whole days on which a worker is off by one record, so many hours on each."""

    uid: str
    worker_name: str
    span: DaySpan
    brought: Contribution
    takes_whole_days: bool
    revised: Revised


def feed_window(today: date) -> DaySpan:
    """Return the days whose time off a feed shows: a year back, two years ahead."""
    return DaySpan(today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD))


def judge_feed(
    worker_id: str | None,
    company_id: str | None,
    role_ids: Sequence[str] | None,
    name: str | None,
    refusals: Refusals,
) -> None:
    """Refuse a feed of nobody, of a worker and a filter at once, or of a filter that is none."""
    if worker_id is None and company_id is None:
        refusals.add(InvalidValue("A feed is of a worker or of a company.", ("company_id",)))
    if worker_id is not None:
        for field, given in (("company_id", company_id), ("role_ids", role_ids), ("name", name)):
            if given is not None:
                refusals.add(InvalidValue("A worker's feed takes no filter.", (field,)))
    with refusals.collecting():
        if role_ids is not None:
            refuse_count(len(role_ids), MAX_ROLES, ("role_ids",))
    if name is not None:
        with refusals.collecting("name"):
            fit_name(name)


def runs(pattern: Pattern, span: DaySpan, window: DaySpan) -> Iterator[DaySpan]:
    """Yield the runs of consecutive counted days of a span that meet the window, each whole.

    A run that began before the window is not cut: the day on which it begins names it.

    >>> from datetime import time
    >>> days = DaySpan(date(2026, 3, 5), date(2026, 3, 10))
    >>> found = runs(Pattern(time(8), time(16), False, False), days, days)
    >>> [(str(run.first), str(run.last)) for run in found]
    [('2026-03-05', '2026-03-06'), ('2026-03-09', '2026-03-10')]
    """
    if pattern.apply_to_saturday and pattern.apply_to_sunday:
        every = iter((span,))
    else:
        # Weekends end every run, so that a week beyond the window no run is cut that meets it.
        week = timedelta(days=_WEEK)
        near = DayRange(window.first - week, window.last + week).clip(span)
        every = _consecutive(pattern.counted_days(near)) if near else iter(())
    return (run for run in every if run.overlaps(window))


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
        takes_whole_days=_takes_whole_days(entry.seconds, DaySpan(day, day), calendar),
        revised=changes.revised(entry, worker),
    )


def instance_events(
    record: PersonTimeOff,
    instance: Instance,
    window: DaySpan,
    worker: Worker,
    calendar: Calendar,
    changes: LastChanges,
) -> Iterator[FeedEvent]:
    """Yield the events of an instance, named by the record, the instance and their first day."""
    brought = ClockHours(record.id, *record.pattern.interval, record.is_paid)
    revised = changes.revised(record, worker)
    for run in runs(record.pattern, instance.span, window):
        yield FeedEvent(
            uid=f"{record.id}-{instance.id}-{run.first}",
            worker_name=worker.full_name,
            span=run,
            brought=brought,
            takes_whole_days=_takes_whole_days(brought.seconds, run, calendar),
            revised=revised,
        )


def _takes_whole_days(seconds: int, span: DaySpan, calendar: Calendar) -> bool:
    """Say whether the hours leave nothing of the workdays; a week shows every weekday."""
    return all(is_filled(calendar.workday_seconds(day), seconds) for day in islice(span, _WEEK))


def latest(events: Sequence[FeedEvent]) -> list[FeedEvent]:
    """Return as many events as a feed may have, those that begin last, earliest first."""
    ordered = sorted(events, key=lambda event: (event.span.first, event.uid))
    return ordered[-MAX_EVENTS:]
