"""The worker's day: both systems' records merged, explained and capped (rule 4.2)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from enum import StrEnum
from itertools import combinations, product
from typing import Final

from app.domain.days import DaySpan
from app.domain.durations import DAY, MINUTE, is_same_amount, rounded_up_to_hundredth
from app.domain.errors import DaysReversed, InvalidValue, TooManyItems
from app.domain.workweek import taken

MAX_WINDOW_DAYS: Final = 400
MAX_PAGE_DAYS: Final = 20_000
"""Workers of a page times days of the window (rule 6.4)."""


class Combine(StrEnum):
    """How hours that both systems have on a day are taken: as one absence, or as two."""

    MAX = "MAX"
    SUM = "SUM"


class DayNoteCode(StrEnum):
    """What a note explains about a day (rule 4.2); its message has the words."""

    POSSIBLE_DUPLICATE = "POSSIBLE_DUPLICATE"
    OVERLAP = "OVERLAP"
    OVER_WORKDAY = "OVER_WORKDAY"
    PAID_UNPAID_OVERLAP = "PAID_UNPAID_OVERLAP"


class DiscrepancyKind(StrEnum):
    """How the two systems differ about a worker's day (rule 4.5)."""

    ONLY_IN_KANTATA_OX = "ONLY_IN_KANTATA_OX"
    ONLY_IN_PROCORE_WORKFORCE_PLANNING = "ONLY_IN_PROCORE_WORKFORCE_PLANNING"
    HOURS_DIFFER = "HOURS_DIFFER"


@dataclass(frozen=True, slots=True)
class EntryHours:
    """What a Kantata entry brings to a day, uncapped.

    ``is_mirrored`` says that it carries the conversion's reference to the same person's
    day: then it is the same absence as Procore's (rule 4.4).
    """

    entry_id: int
    seconds: int
    is_mirrored: bool = False


@dataclass(frozen=True, slots=True)
class ClockHours:
    """What a Procore record brings to a day: an interval in seconds from midnight."""

    record_id: str
    starts: int
    ends: int
    is_paid: bool

    @property
    def seconds(self) -> int:
        """The interval's length."""
        return self.ends - self.starts


Contribution = EntryHours | ClockHours
Meeting = tuple[ClockHours, ClockHours]
"""Two records of one person whose true times meet, the earlier day's first."""
_Met = tuple[Sequence[Meeting], Sequence[Meeting]]
"""A day's records that meet each other, and that meet some of the day before or after."""


@dataclass(frozen=True, slots=True)
class DayNote:
    """An explanation, with the records that it is about."""

    code: DayNoteCode
    message: str
    records: Sequence[Contribution]


@dataclass(frozen=True, slots=True)
class WorkerDay:
    """One worker's day. All amounts are seconds; but for contributions they are capped.

    ``low`` to ``high`` is the range of the hours off: one absence, or two (rule 4.2). ``paid``
    and ``unpaid`` share out what Procore has, ``procore``; what Kantata has, ``kantata``, is not
    said to be either. ``is_compared`` says that both systems know the worker, so that they can
    differ (rule 4.5).
    """

    worker_id: str
    date: date
    workday: int
    low: int = 0
    high: int = 0
    paid: int = 0
    unpaid: int = 0
    kantata: int = 0
    procore: int = 0
    holiday_id: int | None = None
    contributions: Sequence[Contribution] = ()
    notes: Sequence[DayNote] = ()
    is_compared: bool = True

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
        if not self.is_compared or is_same_amount(self.kantata, self.procore):
            return None
        if not self.procore:
            return DiscrepancyKind.ONLY_IN_KANTATA_OX
        if not self.kantata:
            return DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING
        return DiscrepancyKind.HOURS_DIFFER


def merge(
    worker_id: str,
    day: date,
    workday: int,
    contributions: Iterable[Contribution],
    holiday_id: int | None = None,
    *,
    is_compared: bool = True,
    across_midnight: Sequence[Meeting] = (),
) -> WorkerDay:
    """Merge what both systems know of a worker's day; the records' order does not matter.

    ``workday`` is exact to the minute, so that a day which lacks less than 0.01 h is full
    (rule 2.3). ``across_midnight`` has the meetings of a record of the day with one of the day
    before or after: they are noted, and change no hours (rule 3.5).

    >>> both = [EntryHours(1, 4 * 3600), ClockHours("p", 8 * 3600, 14 * 3600, True)]
    >>> merged = merge("U1", date(2026, 3, 2), 8 * 3600, both)
    >>> merged.low // 3600, merged.high // 3600
    (6, 8)
    """
    records = sorted(contributions, key=_order)
    empty = WorkerDay(
        worker_id=worker_id,
        date=day,
        workday=rounded_up_to_hundredth(workday),
        holiday_id=holiday_id,
        is_compared=is_compared,
    )
    # Most days have no record.
    return _merged(empty, workday, records, across_midnight) if records else empty


def _merged(
    empty: WorkerDay,
    workday: int,
    records: Sequence[Contribution],
    across_midnight: Sequence[Meeting],
) -> WorkerDay:
    """Return the day with its records, of which there is one at least, in their order."""
    entries, clocks = _by_system(records)
    entered, clocked = sum(entry.seconds for entry in entries), union_seconds(clocks)
    kantata, procore = taken(workday, entered), taken(workday, clocked)
    paid = taken(workday, union_seconds(clock for clock in clocks if clock.is_paid))
    low = max(kantata, procore)
    is_same = any(entry.is_mirrored for entry in entries)
    high = low if is_same or not (entries and clocks) else taken(workday, kantata + procore)
    notes = _notes(
        entries,
        clocks,
        (intersecting(clocks), across_midnight),
        is_over=max(entered, clocked) > empty.workday,
        is_same=is_same,
    )
    return replace(
        empty,
        low=low,
        high=high,
        paid=paid,
        unpaid=procore - paid,
        kantata=kantata,
        procore=procore,
        contributions=tuple(records),
        notes=tuple(notes),
    )


def _by_system(records: Iterable[Contribution]) -> tuple[list[EntryHours], list[ClockHours]]:
    entries: list[EntryHours] = []
    clocks: list[ClockHours] = []
    for record in records:
        if isinstance(record, EntryHours):
            entries.append(record)
        else:
            clocks.append(record)
    return entries, clocks


def union_seconds(clocks: Iterable[ClockHours]) -> int:
    """Return how long the union of one day's intervals is, never their sum (rule 3.9)."""
    total, covered_to = 0, 0
    for clock in sorted(clocks, key=lambda clock: (clock.starts, clock.ends)):
        total += max(0, clock.ends - max(clock.starts, covered_to))
        covered_to = max(covered_to, clock.ends)
    return total


def is_agreed(contributions: Iterable[Contribution]) -> bool:
    """Say whether both systems have the same hours, whatever the workday then caps."""
    entries, clocks = _by_system(contributions)
    return is_same_amount(sum(entry.seconds for entry in entries), union_seconds(clocks))


def is_meeting(one: ClockHours, other: ClockHours, days_later: int = 0) -> bool:
    """Say whether two records' true times meet; the other's day is so many days later.

    >>> night = ClockHours("a", 22 * 3600, 30 * 3600, True)
    >>> morning = ClockHours("b", 5 * 3600, 10 * 3600, True)
    >>> is_meeting(night, morning), is_meeting(night, morning, days_later=1)
    (False, True)
    """
    later = days_later * DAY
    return one.starts < other.ends + later and other.starts + later < one.ends


def intersecting(clocks: Sequence[ClockHours]) -> list[Meeting]:
    """Return each pair of records whose clock intervals meet on the day."""
    return [pair for pair in combinations(clocks, 2) if is_meeting(*pair)]


def meetings_across_midnight(
    clocks: Mapping[tuple[str, date], Sequence[ClockHours]],
) -> dict[tuple[str, date], list[Meeting]]:
    """Return which night shifts meet a record of the next day, by both of these days (rule 3.5).

    Keys are a person and a day. A record does not meet itself.
    """
    meetings: dict[tuple[str, date], list[Meeting]] = defaultdict(list)
    for (person, day), of_day in clocks.items():
        nights = [clock for clock in of_day if clock.ends > DAY]
        if not nights:
            continue
        following = person, day + timedelta(days=1)
        for night, other in product(nights, clocks.get(following, ())):
            if night.record_id != other.record_id and is_meeting(night, other, days_later=1):
                meetings[person, day].append((night, other))
                meetings[following].append((night, other))
    return meetings


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


def clock_time(seconds: int) -> time:
    """Return the time of day that a contribution's start or end is, also after midnight.

    >>> clock_time(30 * 3600)
    datetime.time(6, 0)
    """
    minutes = seconds % DAY // MINUTE
    return time(minutes // 60, minutes % 60)


def _notes(
    entries: Sequence[EntryHours],
    clocks: Sequence[ClockHours],
    met: _Met,
    *,
    is_over: bool,
    is_same: bool,
) -> Iterable[DayNote]:
    """Yield what deserves an explanation.

    ``is_over`` says that one system alone has more than the workday, ``is_same`` that a mirrored
    entry makes what both have the same absence.
    """
    if entries and clocks and not is_same:
        yield DayNote(
            DayNoteCode.POSSIBLE_DUPLICATE,
            "Both systems have time off on this day: most often the same absence, entered twice.",
            (*entries, *clocks),
        )
    yield from _note_of(
        DayNoteCode.OVERLAP,
        clocks,
        met,
        that_day="Procore records of the same person overlap; their common time counts once.",
        across_midnight=(
            "A night shift and a record of the next day overlap; each keeps its hours on its day."
        ),
    )
    if is_over:
        message = "More time off than the workday has hours; what is above counts nothing."
        yield DayNote(DayNoteCode.OVER_WORKDAY, message, (*entries, *clocks))
    yield from _note_of(
        DayNoteCode.PAID_UNPAID_OVERLAP,
        clocks,
        (
            [pair for pair in met[0] if _is_mixed(pair)],
            [pair for pair in met[1] if _is_mixed(pair)],
        ),
        that_day="A paid and an unpaid record overlap; their common time counts as paid.",
        across_midnight=(
            "A night shift and a record of the next day overlap, and only one of them is paid."
        ),
    )


def _is_mixed(pair: Meeting) -> bool:
    return pair[0].is_paid != pair[1].is_paid


def _note_of(
    code: DayNoteCode,
    clocks: Sequence[ClockHours],
    met: _Met,
    *,
    that_day: str,
    across_midnight: str,
) -> Iterable[DayNote]:
    """Yield the note of what met, if anything did: a sentence for each of the two ways."""
    of_day, of_midnight = met
    sentences = [that_day] * bool(of_day) + [across_midnight] * bool(of_midnight)
    if sentences:
        yield DayNote(code, " ".join(sentences), _involved(clocks, [*of_day, *of_midnight]))


def _involved(clocks: Sequence[ClockHours], pairs: Sequence[Meeting]) -> tuple[ClockHours, ...]:
    """Return the pairs' records, each once: the day's own, then those of the days beside it."""
    paired = [clock for pair in pairs for clock in pair]
    ids = {clock.record_id for clock in paired}
    involved = {clock.record_id: clock for clock in clocks if clock.record_id in ids}
    for clock in paired:
        involved.setdefault(clock.record_id, clock)
    return tuple(involved.values())


def _order(record: Contribution) -> tuple[bool, int, str]:
    """Return a key that orders Kantata's entry first, then Procore's records by the clock."""
    if isinstance(record, EntryHours):
        return False, record.entry_id, ""
    return True, record.starts, record.record_id
