"""Which occurrences of one record meet, since one of them was changed (rules 3.9 and 3.11)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Final

from app.domain.contributions import ClockHours, is_meeting
from app.domain.instances import Instance
from app.domain.person_time_off import PersonTimeOff
from app.domain.warnings import Warning, WarningCode

MOST_PAIRS: Final = 20
_Meeting = tuple[str, str, date]
"""Two occurrences by their original days, the earlier one first, and on which day they meet."""


def own_overlaps(before: PersonTimeOff, records: Sequence[PersonTimeOff]) -> list[Warning]:
    """Return a warning for each pair of occurrences that this change lets meet (rule 3.9).

    Of very many pairs, MOST_PAIRS are named and the others counted.
    """
    pairs = [each for record in records for each in _newly_meeting(before, record)]
    messages = [
        f"The occurrences of {one} and {other} of this time off meet, first on {day}."
        for one, other, day in pairs[:MOST_PAIRS]
    ]
    if others := len(pairs) - len(messages):
        messages.append(f"Other pairs of its occurrences that meet: {others}.")
    place = ("original_day",)
    return [Warning(WarningCode.OVERLAPS_TIME_OFF, message, place) for message in messages]


def _newly_meeting(before: PersonTimeOff, record: PersonTimeOff) -> Iterable[_Meeting]:
    """Return what meets now and did not: one of each pair is otherwise than it was."""
    if not record.exceptions:
        return []
    were = {each.original_day: each for each in before.occurrences}
    changed = {
        str(each.original_day)
        for each in record.occurrences
        if not _lies_alike(each, were.get(each.original_day))
    }
    known = set(_meeting(before, changed))
    return [each for each in _meeting(record, changed) if each not in known]


def _lies_alike(one: Instance, other: Instance | None) -> bool:
    return other is not None and (one.span, one.pattern, one.status) == (
        other.span,
        other.pattern,
        other.status,
    )


def _meeting(record: PersonTimeOff, some: Collection[str]) -> list[_Meeting]:
    """Return the pairs whose true times meet and of which one is among ``some``, by first day."""
    clocks: dict[date, list[ClockHours]] = defaultdict(list)
    for each in record.occurrences:
        brought = ClockHours(str(each.original_day), *each.pattern.interval, each.is_paid)
        for day in each.counted_days():
            clocks[day].append(brought)
    first_days: dict[tuple[str, str], date] = {}
    for day, days_later in product(sorted(clocks), (-1, 0, 1)):
        other_day = day + timedelta(days=days_later)
        for one in [each for each in clocks[day] if each.record_id in some]:
            for other in clocks.get(other_day, ()):
                if one.record_id != other.record_id and is_meeting(one, other, days_later):
                    pair = min(one.record_id, other.record_id), max(one.record_id, other.record_id)
                    first_days.setdefault(pair, min(day, other_day))
    return sorted((*pair, day) for pair, day in first_days.items())
