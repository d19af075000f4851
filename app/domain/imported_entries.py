"""What an import makes of Kantata OX's entries: files say what is so, requests what is to be added.

A row carries the reference of the system that it comes from. Sent again it changes nothing, as in
a request (rule 2.8); with other hours it takes the place of what it brought (rule 2.10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.domain.errors import ExternalReferenceConflict, Refusals, TimeOffError
from app.domain.time_off_entries import (
    ChangedDay,
    EntryWish,
    ExternalReference,
    NewReference,
    ReferenceFacts,
    StoredDay,
    UserDay,
    refuse_above_workday,
)
from app.domain.workweek import Calendar


class RowOutcome(StrEnum):
    """What became of one row of a file.

    COMBINED is a new row on a day that has hours already; LEFT_OUT one that was to be cut to the
    workday and of which nothing was left.
    """

    NEW = "NEW"
    COMBINED = "COMBINED"
    CHANGED = "CHANGED"
    SAME = "SAME"
    LEFT_OUT = "LEFT_OUT"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row, and how many seconds it brings now; fewer than it said if it was cut.

    ``taken`` are the seconds that the day has besides.
    """

    wish: EntryWish
    outcome: RowOutcome
    brought: int
    taken: int


@dataclass(frozen=True, slots=True)
class Brought:
    """Every day that the rows name, in the order of first mention, and what became of each row."""

    days: Sequence[ChangedDay]
    references: Sequence[tuple[ExternalReference, ExternalReference]]
    """Those that bring other seconds now: as they were, and as they are."""
    results: Sequence[RowResult]


@dataclass(slots=True)
class _Judge:
    calendars: Mapping[int, Calendar]
    cuts: bool
    references: list[tuple[ExternalReference, ExternalReference]] = field(default_factory=list)

    def row(self, wish: EntryWish, facts: ReferenceFacts, day: ChangedDay) -> RowResult:
        """Lay a row over its day, or refuse it and leave the day as it was."""
        standing = _standing(facts, day)
        before = standing.brought_seconds if standing else 0
        taken = max(0, day.seconds - before)
        if standing and before == wish.seconds:
            return RowResult(wish, RowOutcome.SAME, before, taken)
        seconds = self._fitting(wish, day, taken, before)
        if seconds == 0:
            return RowResult(wish, RowOutcome.LEFT_OUT, 0, taken)
        if standing:
            if seconds == before:
                return RowResult(wish, RowOutcome.SAME, before, taken)
            self.references.append((standing, replace(standing, brought_seconds=seconds)))
            outcome = RowOutcome.CHANGED
        else:
            day.new_references.append(NewReference(wish.index, facts, seconds))
            outcome = RowOutcome.COMBINED if taken else RowOutcome.NEW
        day.seconds = taken + seconds
        return RowResult(wish, outcome, seconds, taken)

    def _fitting(self, wish: EntryWish, day: ChangedDay, taken: int, before: int) -> int:
        """Return the seconds that the row brings: all of it, or what fits if it is to be cut.

        An over-full day, left by a changed calendar, may be lowered (rule 2.2), and is never
        lowered by cutting.
        """
        if taken + wish.seconds <= day.seconds:
            return wish.seconds
        calendar = self.calendars[wish.user_id]
        if self.cuts:
            free = max(0, calendar.possible_seconds(wish.day) - taken)
            return max(min(wish.seconds, free), min(before, wish.seconds))
        refuse_above_workday(wish.user_id, wish.day, calendar, taken=taken, requested=wish.seconds)
        return wish.seconds


def bring(
    wishes: Sequence[EntryWish],
    stored: Mapping[UserDay, StoredDay],
    calendars: Mapping[int, Calendar],
    refusals: Refusals,
    *,
    cuts: bool,
) -> Brought:
    """Lay the rows over their days, in the order of the file (rule 2.10).

    Each has a reference, and no two of the same day the same. Where ``cuts``, hours that the
    workday has no room for are left out instead of refused.
    """
    judge = _Judge(calendars, cuts)
    days: dict[UserDay, ChangedDay] = {}
    results = []
    for wish in wishes:
        key = (wish.user_id, wish.day)
        before = stored.get(key)
        day = days.get(key) or ChangedDay(
            wish.user_id, wish.day, before, before.entry.seconds if before else 0
        )
        if wish.reference is None:
            raise AssertionError
        try:
            result = judge.row(wish, wish.reference, day)
        except TimeOffError as error:
            refusals.add(error.below("time_off_entries", wish.index))
            continue
        results.append(result)
        if day.seconds:  # a day of which all was left out has no entry
            days[key] = day
    return Brought(list(days.values()), judge.references, results)


def _standing(facts: ReferenceFacts, day: ChangedDay) -> ExternalReference | None:
    """Return this very reference if the day has it; refuse a second one of its service (2.7)."""
    for stored in day.stored.references if day.stored else ():
        if stored.facts.service_name == facts.service_name:
            if stored.facts.identity == facts.identity:
                return stored
            raise _another(existing_id=stored.id)
    if any(new.facts.service_name == facts.service_name for new in day.new_references):
        raise _another()
    return None


def _another(existing_id: int | None = None) -> ExternalReferenceConflict:
    words = "The entry already has another reference of this service."
    return ExternalReferenceConflict(words, existing_id=existing_id)
