"""What records bring to a worker's day, before merging: hours, and when (rule 4.2)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from itertools import combinations, pairwise, product
from typing import NamedTuple

from app.domain.durations import DAY, MINUTE, is_same_amount


class EntryHours(NamedTuple):
    """What a Kantata entry brings to a day, uncapped.

    ``is_mirrored`` says that it carries the conversion's reference to the same person's
    day: then it is the same absence as Procore's (rule 4.4).
    """

    entry_id: int
    seconds: int
    is_mirrored: bool = False


class ClockHours(NamedTuple):
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


def by_system(records: Iterable[Contribution]) -> tuple[list[EntryHours], list[ClockHours]]:
    """Return Kantata's and Procore's, each in the order of the records."""
    entries: list[EntryHours] = []
    clocks: list[ClockHours] = []
    for record in records:
        if isinstance(record, EntryHours):
            entries.append(record)
        else:
            clocks.append(record)
    return entries, clocks


def union_seconds(clocks: Sequence[ClockHours]) -> int:
    """Return how long the union of one day's intervals is, never their sum (rule 3.9)."""
    if len(clocks) == 1:
        return clocks[0].ends - clocks[0].starts
    total, covered_to = 0, 0
    for starts, ends in sorted([(clock.starts, clock.ends) for clock in clocks]):
        if ends > covered_to:
            total += ends - max(starts, covered_to)
            covered_to = ends
    return total


def apart(clocks: Sequence[ClockHours]) -> list[ClockHours]:
    """Return the intervals of one record and day so that none meets another, earliest first.

    Occurrences of a record may have been moved onto each other (rule 3.11). What one of them
    pays is paid.

    >>> hours = [ClockHours("a", 8, 12, False), ClockHours("a", 10, 16, True)]
    >>> [(each.starts, each.ends, each.is_paid) for each in apart(hours)]
    [(8, 10, False), (10, 16, True)]
    """
    if len(clocks) == 1:
        return list(clocks)
    parts: list[ClockHours] = []
    for starts, ends in pairwise(
        sorted({edge for each in clocks for edge in (each.starts, each.ends)})
    ):
        going_on = [each for each in clocks if each.starts <= starts and ends <= each.ends]
        if not going_on:
            continue
        is_paid = any(each.is_paid for each in going_on)
        if parts and parts[-1].ends == starts and parts[-1].is_paid == is_paid:
            starts = parts.pop().starts  # noqa: PLW2901 - the part before goes on
        parts.append(ClockHours(clocks[0].record_id, starts, ends, is_paid))
    return parts


def is_agreed(contributions: Iterable[Contribution]) -> bool:
    """Say whether both systems have the same hours, whatever the workday then caps."""
    entries, clocks = by_system(contributions)
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


def clock_time(seconds: int) -> time:
    """Return the time of day that a contribution's start or end is, also after midnight.

    >>> clock_time(30 * 3600)
    datetime.time(6, 0)
    """
    minutes = seconds % DAY // MINUTE
    return time(minutes // 60, minutes % 60)
