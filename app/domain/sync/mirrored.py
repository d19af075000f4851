"""Records that a flow to Procore makes of Kantata's entries, and what becomes of them (rule 4.4).

Such a record is Kantata's image: it follows the entries of its user. Whoever changes or deletes it
in Procore makes it their own, and from then on it is a record like any other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Final

from app.domain.durations import hours_text
from app.domain.errors import TimeOffError
from app.domain.mirror import SpanPlan, days_of, mirror_facts, person_of_mark, plan_spans
from app.domain.mirror_days import service_reference
from app.domain.mirror_entries import NeededEntry, needed_entry, wish_of_span
from app.domain.person_time_off import PersonTimeOff, PersonTimeOffWish
from app.domain.time_off_entries import ExternalReference, StoredDay
from app.domain.workers import Worker

REACH: Final = timedelta(days=3)
"""How far from a record an entry may be that makes it longer: over a weekend."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What Procore wants to know of a record, and entries of Kantata do not say.

    ``round_to_quarter_hours``: hours that are no quarters are written as the nearest ones; else
    they are not carried.
    """

    reason: str = "Time off"
    is_paid: bool = True
    batch_start_time: time = time(8)
    round_to_quarter_hours: bool = False

    def wish(self, plan: SpanPlan) -> PersonTimeOffWish:
        """Return the record to ask for."""
        return wish_of_span(
            plan,
            batch_start_time=self.batch_start_time,
            is_paid=self.is_paid,
            reason=self.reason,
        )


class MirrorEdited(TimeOffError):
    """Somebody has lowered hours in Kantata that came from Procore, whose record stays."""

    code = "MIRROR_EDITED"

    def __init__(self, day: date, seconds: int, brought: int) -> None:
        super().__init__(
            f"Kantata OX has {hours_text(seconds)} on {day}, where Procore has brought "
            f"{hours_text(brought)}: change Procore's record, or mirror it to set the entry back."
        )


@dataclass(frozen=True, slots=True)
class MirroredRecord:
    """A record of a person that was made of a user's entries; ``plan`` is what was made."""

    record_id: str
    company_id: str
    person_id: str
    user_id: int
    plan: SpanPlan

    @property
    def seconds(self) -> dict[date, int]:
        """The seconds of each day that it stands for."""
        return dict(days_of(self.plan))

    def is_reached_by(self, days: Collection[date]) -> bool:
        """Say whether entries of these days may make it another one."""
        if self.plan.rule is not None:
            return not self.seconds.keys().isdisjoint(days)
        first, last = self.plan.span.first - REACH, self.plan.span.last + REACH
        return any(first <= day <= last for day in days)

    def stands_as(self, record: PersonTimeOff | None) -> bool:
        """Say whether the record is as it was made; reasons, clock times and pay are anybody's."""
        return record is not None and plan_of(record) == self.plan


def plan_of(record: PersonTimeOff) -> SpanPlan | None:
    """Return the plan that a record is; None where occurrences of it were changed."""
    if record.exceptions:
        return None
    pattern = record.pattern
    return SpanPlan(
        span=record.span,
        rule=record.rule,
        seconds=pattern.seconds_a_day,
        apply_to_saturday=pattern.apply_to_saturday,
        apply_to_sunday=pattern.apply_to_sunday,
    )


@dataclass(frozen=True, slots=True)
class CarriedDay:
    """A user's day as a flow to Procore finds it; amounts are seconds.

    ``mirrored`` is what mirrored records have of it, ``others`` what all other records of the
    person cover, and ``workday`` the user's, exact to the minute.
    """

    stored: StoredDay | None
    mirrored: int
    others: int
    workday: int

    def needed(self, worker: Worker, *, round_to_quarter_hours: bool) -> NeededEntry | None:
        """Return what mirrored records are to have of the day; None: nothing.

        Hours that came from Procore are Procore's, and not carried back. Raises NotConvertible
        where Procore cannot say it, and MirrorEdited.
        """
        if self.stored is None:
            return None
        entry, mark = self.stored.entry, service_reference(self.stored.references)
        # A mirrored record brings hours only where somebody has it mirrored by hand.
        is_of_others = not self.mirrored or self.others > 0
        is_brought = mark is not None and mark.brought_seconds > 0 and is_of_others
        if mark and is_brought and _is_of(mark, worker, entry.requested_date):
            if entry.seconds < mark.brought_seconds:
                raise MirrorEdited(entry.requested_date, entry.seconds, mark.brought_seconds)
            return None
        stored = _marked_anew(self.stored, mark, worker)
        needed = self._needed(stored, worker, 0, is_rounded=round_to_quarter_hours)
        if needed is None or not self.others or needed.seconds == self.mirrored:
            return needed
        return self._needed(stored, worker, self.others, is_rounded=round_to_quarter_hours)

    def _needed(
        self, stored: StoredDay, worker: Worker, clocked: int, *, is_rounded: bool
    ) -> NeededEntry | None:
        return needed_entry(
            stored,
            worker,
            clocked=clocked,
            workday=self.workday,
            round_to_quarter_hours=is_rounded,
        )


def _is_of(mark: ExternalReference, worker: Worker, day: date) -> bool:
    return worker.person_id is not None and person_of_mark(mark.facts, day) == worker.person_id


def _marked_anew(stored: StoredDay, mark: ExternalReference | None, worker: Worker) -> StoredDay:
    """Return the day with the mark of who the user is now, if an earlier link's brought nothing."""
    day = stored.entry.requested_date
    if mark is None or mark.brought_seconds or not worker.person_id:
        return stored
    if person_of_mark(mark.facts, day) in {None, worker.person_id}:
        return stored
    mine = replace(mark, facts=mirror_facts(worker.person_id, day))
    references = tuple(mine if each is mark else each for each in stored.references)
    return replace(stored, references=references)


@dataclass(frozen=True, slots=True)
class Replan:
    """What becomes of mirrored records: which are made, which become others, and which go."""

    made: Sequence[SpanPlan]
    changed: Sequence[tuple[MirroredRecord, SpanPlan]]
    gone: Sequence[MirroredRecord]


def replan(
    mirrored: Sequence[MirroredRecord], person_id: str | None, seconds: Mapping[date, int]
) -> Replan:
    """Plan the records of days anew: few that count exactly the days, each with its seconds.

    ``mirrored`` are all that stand for any of the days. What is as planned stays; one that does not
    repeat becomes the plan next to it, so that an absence that grows stays the same record. Those
    of another person than the user is now go.
    """
    plans = plan_spans(seconds.items())
    mine = [each for each in mirrored if each.person_id == person_id]
    gone = [each for each in mirrored if each.person_id != person_id]
    for each in list(mine):
        if each.plan in plans:
            plans.remove(each.plan)
            mine.remove(each)
    made, changed = list[SpanPlan](), list[tuple[MirroredRecord, SpanPlan]]()
    for plan in plans:
        near = next((each for each in mine if _can_become(each, plan)), None)
        if near is None:
            made.append(plan)
        else:
            mine.remove(near)
            changed.append((near, plan))
    return Replan(made, changed, [*gone, *mine])


def origin_of(plan: SpanPlan, mirrored: Sequence[MirroredRecord]) -> MirroredRecord | None:
    """Return of which record's days the plan has most; None where it has none of any."""
    days = dict(days_of(plan)).keys()
    shared = {each.record_id: len(days & each.seconds.keys()) for each in mirrored}
    found = max(mirrored, key=lambda each: shared[each.record_id], default=None)
    return found if found is not None and shared[found.record_id] else None


def _can_become(record: MirroredRecord, plan: SpanPlan) -> bool:
    if plan.rule is not None or record.plan.rule is not None:
        return False
    return record.is_reached_by([plan.span.first, plan.span.last]) or (
        plan.span.overlaps(record.plan.span)
    )
