"""Instances as Procore gives them, where they are not those that our expansion makes (rule 3.2).

A rule here says where each occurrence is planned; what the vendor has elsewhere, or not at all, is
an exception of that occurrence (rule 3.11). So its days are the vendor's, to the letter.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid5

from app.domain.days import DaySpan
from app.domain.errors import TimeOffError
from app.domain.instances import OccurrenceException, ids_of_instances
from app.domain.recurrence import RepeatRule, occurrences
from app.domain.sync.remote_people import GivenInstance

INSTANCES_DIFFER: Final = "INSTANCES_DIFFER"
_OWN_IDS: Final = UUID("4a0c7f0e-6f8b-5f0a-9d55-2f1a4f6f0c21")
"""The namespace of the ids of occurrences that the vendor has not."""


class TooManyGiven(TimeOffError):
    """A record has instances that its rule does not make."""

    code = INSTANCES_DIFFER

    def __init__(self) -> None:
        super().__init__("It has more instances than its rule makes.")


@dataclass(frozen=True, slots=True)
class FittedInstances:
    """What is stored of instances: ids in the order of the rule, and what is otherwise than it."""

    ids: tuple[str, ...]
    exceptions: tuple[OccurrenceException, ...]


def first_span(start: date, given: Sequence[GivenInstance]) -> DaySpan:
    """Return the first occurrence of a rule that starts on a day, as long as most instances are.

    >>> one = GivenInstance("a", DaySpan(date(2026, 3, 9), date(2026, 3, 10)))
    >>> first_span(date(2026, 3, 2), [one]) == DaySpan(date(2026, 3, 2), date(2026, 3, 3))
    True
    """
    (length, _), *_ = Counter(len(each.span) for each in given).most_common()
    return DaySpan(start, start + timedelta(days=length - 1))


def fitted_instances(
    record_id: str, span: DaySpan, rule: RepeatRule | None, given: Sequence[GivenInstance]
) -> FittedInstances:
    """Return what is stored of a record's instances; ``given`` are at least one.

    Each belongs to the occurrence that is planned on its day, else to the nearest that has none.
    Raises a TimeOffError where no rule can hold them.
    """
    planned = occurrences(span, rule)
    if len(given) > len(planned):
        raise TooManyGiven
    found = _matched([each.first for each in planned], given)
    ids, exceptions = [], []
    for each in planned:
        instance = found.get(each.first)
        if instance is None:
            ids.append(str(uuid5(_OWN_IDS, f"{record_id}/{each.first}")))
            exceptions.append(OccurrenceException(each.first, None))
            continue
        ids.append(instance.id)
        if instance.span != each:
            exceptions.append(OccurrenceException(each.first, instance.span))
    return FittedInstances(_fewest(ids), tuple(exceptions))


def _matched(planned: Sequence[date], given: Sequence[GivenInstance]) -> dict[date, GivenInstance]:
    found: dict[date, GivenInstance] = {}
    others = []
    days = set(planned)
    for each in given:
        day = each.span.first
        if day in days and day not in found:
            found[day] = each
        else:
            others.append(each)
    free = [day for day in planned if day not in found]
    for each in others:
        found[free.pop(_nearest(free, each.span.first))] = each
    return found


def _nearest(days: Sequence[date], day: date) -> int:
    """Return where the nearest of the days is, which are in order; of two the earlier one."""
    after = bisect_left(days, day)
    near = [place for place in (after - 1, after) if 0 <= place < len(days)]
    return min(near, key=lambda place: (abs(days[place] - day), place))


def _fewest(ids: Sequence[str]) -> tuple[str, ...]:
    """Return as many ids as are needed to know all (``ids_of_instances``)."""
    count = len(ids)
    while count > 1 and ids_of_instances(ids[: count - 1], count)[-1] == ids[count - 1]:
        count -= 1
    return tuple(ids[:count])
