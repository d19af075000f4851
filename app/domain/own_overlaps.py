"""Which occurrences of one record meet, since one of them was changed (rules 3.9 and 3.11)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from app.domain.contributions import ClockHours, intersecting, meetings_across_midnight
from app.domain.person_time_off import PersonTimeOff
from app.domain.warnings import Warning, WarningCode


def own_overlaps(before: PersonTimeOff, records: Sequence[PersonTimeOff]) -> list[Warning]:
    """Return a warning for each pair of occurrences that this change lets meet (rule 3.9)."""
    known = set(_meeting(before))
    return [
        Warning(
            WarningCode.OVERLAPS_TIME_OFF,
            f"The occurrences of {one} and {other} of this time off meet, first on {day}.",
            ("original_day",),
        )
        for record in records
        for one, other, day in _meeting(record)
        if (one, other, day) not in known
    ]


def _meeting(record: PersonTimeOff) -> list[tuple[str, str, date]]:
    """Return pairs of occurrences whose true times meet, by original days, with the first day."""
    if not record.exceptions:
        return []
    clocks: dict[tuple[str, date], list[ClockHours]] = defaultdict(list)
    for each in record.occurrences:
        brought = ClockHours(str(each.original_day), *each.pattern.interval, each.is_paid)
        for day in each.counted_days():
            clocks[record.id, day].append(brought)
    meetings = {place: intersecting(of_day) for place, of_day in clocks.items()}
    for place, across in meetings_across_midnight(clocks).items():
        meetings[place] += across
    first_days: dict[tuple[str, str], date] = {}
    for (_, day), of_day in sorted(meetings.items()):
        for one, other in of_day:
            pair = min(one.record_id, other.record_id), max(one.record_id, other.record_id)
            first_days.setdefault(pair, day)
    return [(*pair, day) for pair, day in first_days.items()]
