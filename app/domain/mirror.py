"""Conversion from one system's way to record an absence to the other's (rule 4.4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Final

from app.domain.days import SATURDAY, SUNDAY, DaySpan
from app.domain.durations import (
    DAY,
    HOUR,
    MINUTE,
    QUARTER_HOUR,
    hours_text,
    is_quarter_hours,
    is_same_amount,
    rounded_up_to_hundredth,
)
from app.domain.errors import NotConvertible
from app.domain.recurrence import MAX_INSTANCES, Repeat, RepeatRule, occurrences
from app.domain.time_off_entries import ReferenceFacts, ReferenceStatus

SERVICE_NAME: Final = "procore_workforce_planning"
SERVICE_MODEL: Final = "PersonDay"
WEEK: Final = timedelta(weeks=1)
MAX_CADENCE: Final = 52
"""Weeks between entries that may become one repeat: no more than a year."""


class MirrorOutcome(StrEnum):
    """What became of a day that was settled."""

    CREATED = "CREATED"
    COMBINED = "COMBINED"
    UNCHANGED = "UNCHANGED"
    ADJUSTED = "ADJUSTED"
    REMOVED = "REMOVED"


def person_day_ref(person_id: str, day: date) -> str:
    """Return the ``serviceModelRef`` (rule 2.7) that names a person's day."""
    return f"{person_id}:{day.isoformat()}"


def mirror_facts(person_id: str, day: date) -> ReferenceFacts:
    """Return the mark: the reference that says an entry is the same absence as a person's day."""
    ref = person_day_ref(person_id, day)
    return ReferenceFacts(SERVICE_NAME, SERVICE_MODEL, ref, ReferenceStatus.SUCCESSFUL)


def person_of_ref(ref: str, day: date) -> str | None:
    """Return the person whose day a ``serviceModelRef`` names; None if it names no such day."""
    person_id, _, named = ref.rpartition(":")
    return person_id if named == day.isoformat() else None


def person_of_mark(facts: ReferenceFacts, day: date) -> str | None:
    """Return the person with whose day a reference marks an entry of it; None if it is no mark."""
    is_mark = (facts.service_name, facts.service_model) == (SERVICE_NAME, SERVICE_MODEL)
    return person_of_ref(facts.service_model_ref, day) if is_mark else None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an entry has to become, in seconds: its hours, and what Procore brought of them.

    ``keeps_reference`` is False where Procore has nothing on the day any more.
    """

    seconds: int
    brought: int
    keeps_reference: bool


def settle(entry: int, brought: int, clocked: int) -> Settlement:
    """Return what an entry becomes: the larger of Procore's hours and those from elsewhere.

    All amounts are seconds. ``entry`` is what is stored (0 for none), of which an earlier
    conversion has ``brought`` a part; the rest is from elsewhere. ``clocked`` is Procore's union
    of the day, at most the workday. Where the two are the same amount (rule 2.3) nothing is
    brought; what is brought makes the entry whole hundredths of an hour. Settling twice changes
    nothing.

    >>> settle(entry=4 * 3600, brought=0, clocked=6 * 3600)
    Settlement(seconds=21600, brought=7200, keeps_reference=True)
    """
    elsewhere = max(0, entry - brought)
    seconds = elsewhere
    if clocked > elsewhere and not is_same_amount(clocked, elsewhere):
        seconds = rounded_up_to_hundredth(clocked)
    return Settlement(seconds, seconds - elsewhere, clocked > 0)


def settlement_outcome(entry: int, brought: int | None, settlement: Settlement) -> MirrorOutcome:
    """Return what became of an entry that was settled; amounts in seconds, as for ``settle``.

    ``brought`` is None where the day was never converted before.
    """
    if not settlement.seconds:
        return MirrorOutcome.REMOVED
    if not entry:
        return MirrorOutcome.CREATED
    if brought is None:
        return MirrorOutcome.COMBINED
    is_same = (entry, brought) == (settlement.seconds, settlement.brought)
    if is_same and settlement.keeps_reference:
        return MirrorOutcome.UNCHANGED
    return MirrorOutcome.ADJUSTED


@dataclass(frozen=True, slots=True)
class SpanPlan:
    """A record of person time off that stands for entries of equal hours, ``seconds`` each."""

    span: DaySpan
    rule: RepeatRule | None
    seconds: int
    apply_to_saturday: bool
    apply_to_sunday: bool


def can_be_clocked(seconds: int) -> bool:
    """Say whether Procore can record so many hours of a day: quarters, less than 24 h."""
    return 0 < seconds < DAY and is_quarter_hours(seconds)


def rounded_to_quarter_hours(seconds: int) -> int:
    """Return the nearest multiple of a quarter hour; half of one is rounded up.

    >>> rounded_to_quarter_hours(int(7.6 * HOUR)) / HOUR, rounded_to_quarter_hours(7 * MINUTE)
    (7.5, 0)
    """
    return (seconds + QUARTER_HOUR // 2) // QUARTER_HOUR * QUARTER_HOUR


def seconds_to_clock(seconds: int, *, round_to_quarter_hours: bool) -> int:
    """Return the seconds that Procore records for an entry of so many.

    What is no multiple of a quarter hour, or leaves none or a whole day after rounding, is
    NotConvertible.
    """
    rounded = rounded_to_quarter_hours(seconds)
    if not can_be_clocked(rounded):
        wanted = f"less than {hours_text(DAY)} a day" if rounded else "quarter hours"
        msg = f"{hours_text(seconds)} cannot be recorded: Procore keeps {wanted}."
        raise NotConvertible(msg)
    if seconds != rounded and not round_to_quarter_hours:
        msg = (
            f"{hours_text(seconds)} is no multiple of a quarter hour, as Procore's are: "
            f"`roundToQuarterHours` makes it {hours_text(rounded)}."
        )
        raise NotConvertible(msg)
    return rounded


def does_procore_lack(entry: int, clocked: int, workday: int, *, is_marked: bool) -> bool:
    """Say whether Procore needs the entry's hours; refuse a day on which it has others.

    All amounts are seconds: ``clocked`` is Procore's union of the day, ``workday`` exact to the
    minute. On a marked entry the hours rounded to quarters are what an earlier conversion has
    written: nothing is lacking.
    """
    entered, known = min(entry, workday), min(clocked, workday)
    if is_same_amount(entered, known):
        return False
    if is_marked and clocked == rounded_to_quarter_hours(entry):
        return False
    if known:
        words = f"Procore has {hours_text(clocked)} on this day, and the entry {hours_text(entry)}"
        msg = f"{words}: change Procore's record, or let the entry have its hours."
        raise NotConvertible(msg)
    return True


def end_time(start: time, seconds: int) -> time:
    """Return when time off of so many seconds ends; after midnight it is a night shift (3.5)."""
    end = (start.hour * HOUR + start.minute * MINUTE + seconds) % DAY
    return time(end // HOUR, end % HOUR // MINUTE)


def plan_spans(days: Iterable[tuple[date, int]]) -> list[SpanPlan]:
    """Return few records that count exactly the days, each with its seconds.

    Greedy, and the same for the same days: (1) days of equal hours are taken together; (2) from
    the earliest on, a block grows day by day, also over weekend days that are not among them
    where a weekend flag can leave those out; (3) the earliest block left is repeated weekly with
    the cadence that takes the most blocks of its shape, of equals the smallest. There are never
    more records than runs of consecutive days of equal hours.
    """
    by_seconds: dict[int, set[date]] = {}
    for day, seconds in days:
        by_seconds.setdefault(seconds, set()).add(day)
    plans = [
        plan for seconds, alike in by_seconds.items() for plan in _repeated(_blocks(alike), seconds)
    ]
    return sorted(plans, key=lambda plan: (plan.span.first, plan.seconds))


@dataclass(frozen=True, slots=True)
class _Block:
    span: DaySpan
    saturday: bool
    sunday: bool

    def moved(self, weeks: int) -> "_Block":
        by = WEEK * weeks
        return _Block(
            DaySpan(self.span.first + by, self.span.last + by), self.saturday, self.sunday
        )


def _blocks(days: set[date]) -> list[_Block]:
    left, blocks = set(days), []
    while left:
        block = _grown(min(left), left)
        blocks.append(block)
        left -= set(block.span)
    return blocks


def _grown(first: date, days: set[date]) -> _Block:
    """Return the longest block from the day on that one pair of weekend flags describes."""
    flags: dict[int, bool] = {}
    last, day = first, first
    while True:
        is_off, weekday = day in days, day.weekday()
        if weekday in (SATURDAY, SUNDAY):
            if flags.setdefault(weekday, is_off) != is_off:
                break
        elif not is_off:
            break
        if is_off:
            last = day
        day += timedelta(days=1)
    span = DaySpan(first, last)
    weekdays = {day.weekday() for day in span}
    return _Block(
        span,
        SATURDAY in weekdays and flags.get(SATURDAY, False),
        SUNDAY in weekdays and flags.get(SUNDAY, False),
    )


def _repeated(blocks: Sequence[_Block], seconds: int) -> list[SpanPlan]:
    left, plans = set(blocks), []
    for block in blocks:  # earliest first
        if block not in left:
            continue
        cadence, chain = _longest_chain(block, left)
        left -= set(chain)
        last = chain[-1].span.first
        rule = RepeatRule(Repeat.WEEKLY, cadence, last) if len(chain) > 1 else None
        plans.append(
            SpanPlan(
                span=block.span,
                rule=rule,
                seconds=seconds,
                apply_to_saturday=block.saturday,
                apply_to_sunday=block.sunday,
            )
        )
    return plans


def _longest_chain(block: _Block, left: set[_Block]) -> tuple[int, list[_Block]]:
    best: tuple[int, list[_Block]] = (1, [block])
    for cadence in range(1, MAX_CADENCE + 1):
        chain = [block]
        while len(chain) < MAX_INSTANCES and (following := chain[-1].moved(cadence)) in left:
            chain.append(following)
        if len(chain) > len(best[1]):
            best = cadence, chain
    return best


def days_of(plan: SpanPlan) -> Iterable[tuple[date, int]]:
    """Yield the days that a plan counts, with their seconds: the inverse of plan_spans."""
    for span in occurrences(plan.span, plan.rule):
        for day in span:
            skips = (day.weekday() == SATURDAY and not plan.apply_to_saturday) or (
                day.weekday() == SUNDAY and not plan.apply_to_sunday
            )
            if not skips:
                yield day, plan.seconds
