"""The worker's day: both systems' records merged and capped (rule 4.2)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from app.domain.contributions import (
    Contribution,
    EntryHours,
    Meeting,
    by_system,
    intersecting,
    union_seconds,
)
from app.domain.day_notes import DayNote, notes_of
from app.domain.days import DaySpan
from app.domain.directory import Holiday
from app.domain.durations import is_same_amount, rounded_up_to_hundredth
from app.domain.errors import DaysReversed, InvalidValue, TooManyItems
from app.domain.workers import Pair, Worker
from app.domain.workweek import Calendar, taken

MAX_WINDOW_DAYS: Final = 400
MAX_PAGE_DAYS: Final = 20_000
"""Workers of a page times days of the window (rule 6.4)."""


class Combine(StrEnum):
    """How hours that both systems have on a day are taken: as one absence, or as two."""

    MAX = "MAX"
    SUM = "SUM"


class DiscrepancyKind(StrEnum):
    """How the two systems differ about a worker's day (rule 4.5)."""

    ONLY_IN_KANTATA_OX = "ONLY_IN_KANTATA_OX"
    ONLY_IN_PROCORE_WORKFORCE_PLANNING = "ONLY_IN_PROCORE_WORKFORCE_PLANNING"
    HOURS_DIFFER = "HOURS_DIFFER"


@dataclass(slots=True, eq=False)
class MergedDay:
    """A day of whoever has these records. All amounts are seconds, and capped by the workday.

    ``low`` to ``high`` is the range of the hours off: one absence, or two (rule 4.2). ``paid``
    and ``unpaid`` share out what Procore has, ``procore``; what Kantata has, ``kantata``, is not
    said to be either. ``pair`` is whose day it is where both systems know the worker, so that they
    can differ (rule 4.5). The contributions are not capped.

    Never changed once it is made: workers of the same calendar share their free days, which is
    why it is compared by what it is and not by what it has.
    """

    date: date
    workday: int
    holiday: Holiday | None = None
    low: int = 0
    high: int = 0
    paid: int = 0
    unpaid: int = 0
    kantata: int = 0
    procore: int = 0
    contributions: Sequence[Contribution] = ()
    notes: Sequence[DayNote] = ()
    pair: Pair | None = None

    def off(self, combine: Combine) -> int:
        """Return the seconds off: the range's low end, or its high end for ``SUM``."""
        return self.high if combine is Combine.SUM else self.low

    def available(self, combine: Combine) -> int:
        """Return the seconds of the workday that are free."""
        return self.workday - self.off(combine)

    def unknown_paid(self, combine: Combine) -> int:
        """Return the seconds off that only Kantata has: whether they are paid it does not say."""
        return self.off(combine) - self.procore

    @property
    def discrepancy(self) -> DiscrepancyKind | None:
        """How the two systems differ, on capped hours; None where they agree (rule 4.5)."""
        if self.pair is None or is_same_amount(self.kantata, self.procore):
            return None
        if not self.procore:
            return DiscrepancyKind.ONLY_IN_KANTATA_OX
        if not self.kantata:
            return DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING
        return DiscrepancyKind.HOURS_DIFFER


@dataclass(frozen=True, slots=True)
class WorkerDay:
    """A worker's day, by itself: not among the others of a window."""

    worker: Worker
    merged: MergedDay


class CalendarDays(NamedTuple):
    """The days of a window by one calendar, in order, as they are without time off."""

    workdays: Sequence[int]
    """Seconds, exact to the minute."""
    free: Sequence[MergedDay]
    workday: int
    """Of all days, as they are shown."""


def calendar_days(calendar: Calendar, holidays: Sequence[Holiday], window: DaySpan) -> CalendarDays:
    """Return the window's days; ``holidays`` are the calendar's own, with their names."""
    workdays = [calendar.workday_seconds(day) for day in window]
    free = [
        MergedDay(day, rounded_up_to_hundredth(workday), _holiday_on(day, holidays))
        for day, workday in zip(window, workdays, strict=True)
    ]
    return CalendarDays(workdays, free, sum(day.workday for day in free))


def _holiday_on(day: date, holidays: Iterable[Holiday]) -> Holiday | None:
    return next((each for each in holidays if each.start_date <= day <= each.end_date), None)


def merge(
    day: date,
    workday: int,
    contributions: Collection[Contribution],
    holiday: Holiday | None = None,
    *,
    pair: Pair | None = None,
    across_midnight: Sequence[Meeting] = (),
) -> MergedDay:
    """Merge what both systems know of a worker's day; the records' order does not matter.

    ``workday`` is exact to the minute, so that a day which lacks less than 0.01 h is full
    (rule 2.3). ``across_midnight`` has the meetings of a record of the day with one of the day
    before or after: they are noted, and change no hours (rule 3.5).

    >>> from app.domain.contributions import ClockHours
    >>> both = [EntryHours(1, 4 * 3600), ClockHours("p", 8 * 3600, 14 * 3600, True)]
    >>> merged = merge(date(2026, 3, 2), 8 * 3600, both)
    >>> merged.low // 3600, merged.high // 3600
    (6, 8)
    """
    records = tuple(sorted(contributions, key=_order) if len(contributions) > 1 else contributions)
    entries, clocks = by_system(records)
    entered = clocked = kantata = procore = paid = 0
    if entries:
        entered = sum([entry.seconds for entry in entries])
        kantata = taken(workday, entered)
    if clocks:
        clocked = union_seconds(clocks)
        procore = taken(workday, clocked)
        paying = [clock for clock in clocks if clock.is_paid]
        is_all_paid = len(paying) == len(clocks)
        paid = procore if is_all_paid else taken(workday, union_seconds(paying))
    low = high = max(kantata, procore)
    is_same = False
    if entries and clocks:
        is_same = any(entry.is_mirrored for entry in entries)
        high = low if is_same else taken(workday, kantata + procore)
    shown = rounded_up_to_hundredth(workday)
    is_over = entered > shown or clocked > shown
    # Most days have one record, of which nothing is to be explained.
    notes: Sequence[DayNote] = ()
    if is_over or len(records) > 1 or across_midnight:
        met = intersecting(clocks), across_midnight
        notes = tuple(notes_of(entries, clocks, met, is_over=is_over, is_same=is_same))
    unpaid = procore - paid
    # By place: by name it takes three times as long, and a page of the calendar has thousands.
    return MergedDay(
        day, shown, holiday, low, high, paid, unpaid, kantata, procore, records, notes, pair
    )


def schedule_window(first: date, last: date) -> DaySpan:
    """Return the days of a window, or refuse one that is reversed or too long."""
    if last < first:
        raise DaysReversed(first, last, ("to",))
    span = DaySpan(first, last)
    if len(span) > MAX_WINDOW_DAYS:
        msg = f"A window has at most {MAX_WINDOW_DAYS} days, not {len(span)}."
        raise InvalidValue(msg, ("to",))
    return span


def refuse_large_page(workers: int, window: DaySpan, argument: str = "first") -> None:
    """Refuse a page of more worker days than one answer may have (rule 6.4)."""
    if workers * len(window) > MAX_PAGE_DAYS:
        msg = f"`{argument}` times the days of the window is at most {MAX_PAGE_DAYS}."
        raise TooManyItems(msg, (argument,))


def _order(record: Contribution) -> tuple[bool, int, str]:
    """Return a key that orders Kantata's entry first, then Procore's records by the clock."""
    if isinstance(record, EntryHours):
        return False, record.entry_id, ""
    return True, record.starts, record.record_id
