"""Procore Workforce Planning's person time off (section 3 of the rules)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Final

from app.domain.contributions import ClockHours, apart
from app.domain.days import DayRange, DaySpan, within_calendar
from app.domain.durations import MINUTE, QUARTER_HOUR
from app.domain.errors import (
    DaysReversed,
    InvalidValue,
    NoDayCounts,
    Path,
    Refusals,
    RepeatIncomplete,
    TooManyDays,
)
from app.domain.instances import (
    Instance,
    OccurrenceException,
    OccurrenceStatus,
    effective,
    ids_of_instances,
    with_exceptions,
)
from app.domain.pattern import Pattern
from app.domain.recurrence import Repeat, RepeatRule, occurrences
from app.domain.texts import is_blank
from app.domain.warnings import Warning, WarningCode
from app.domain.wire_formats import fit_text, format_clock, format_mm_dd_yy

MAX_REASON_LENGTH: Final = 2_000
MAX_COUNTED_DAYS: Final = 4_000
"""Of one record, unless a deployment sets another limit: a little more than ten years."""
KEPT_DELETED: Final = timedelta(hours=1)
"""So long a record that was deleted whole can be brought back (rule 3.13)."""
ROUNDING_MINUTES: Final = QUARTER_HOUR // MINUTE
FEW: Final = 3
"""How many of many days a warning names."""
LAST_TIME: Final = time(23, 60 - ROUNDING_MINUTES)
"""Where 11:53 PM and later are rounded to: the next quarter would leave the day (1.3)."""


@dataclass(frozen=True, slots=True)
class PersonTimeOff:
    """A person away for the same hours on each counted day of each instance.

    ``span`` is the first occurrence; ``last_day`` the last instance's end, which Procore
    answers as ``end_day`` (rule 3.3). ``reason`` is personal data: None for a caller who
    may not read it (rule 4.6). All durations are uncapped and know no holidays.
    """

    id: str
    company_id: str
    person_id: str
    span: DaySpan
    last_day: date
    pattern: Pattern
    is_paid: bool
    reason: str | None
    rule: RepeatRule | None
    instance_ids: tuple[str, ...]
    """As `instances.ids_of_instances` takes them."""
    created_at: datetime
    updated_at: datetime
    exceptions: tuple[OccurrenceException, ...] = ()
    """By original day; a record that never repeats has none (rule 3.11)."""
    split_from: str | None = None
    """The record from which this one goes on (rule 3.12); it may be deleted since."""

    @property
    def spans(self) -> tuple[DaySpan, ...]:
        """The span of each occurrence as the rule has it, earliest first."""
        return occurrences(self.span, self.rule)

    def planned_span(self, original_day: date) -> DaySpan:
        """Return where the rule has the occurrence of that day."""
        return DaySpan(original_day, original_day + (self.span.last - self.span.first))

    @property
    def occurrences(self) -> list[Instance]:
        """Each occurrence of the rule as it is now, also those that are skipped."""
        ids = ids_of_instances(self.instance_ids, len(self.spans))
        planned = [
            Instance(id_, span.first, span, self.pattern, self.is_paid)
            for id_, span in zip(ids, self.spans, strict=True)
        ]
        return with_exceptions(planned, self.exceptions) if self.exceptions else planned

    @property
    def instances(self) -> list[Instance]:
        """Each occurrence that takes place, with its id, earliest first (rule 3.3)."""
        return effective(self.occurrences) if self.exceptions else self.occurrences

    @property
    def excepted(self) -> list[Instance]:
        """The occurrences that are not as the rule has them, by original day."""
        if not self.exceptions:
            return []
        planned = OccurrenceStatus.PLANNED
        return [each for each in self.occurrences if each.status is not planned]

    def counted_days(self, window: DayRange | None = None) -> Iterator[date]:
        """Return every counted day inside the window once, earliest first."""
        if self.exceptions:
            return iter(dict.fromkeys(day for day, _ in self.clocked_days(window)))
        spans = filter(None, map(window.clip, self.spans)) if window else self.spans
        return chain.from_iterable(map(self.pattern.counted_days, spans))

    def clocked_days(self, window: DayRange | None = None) -> list[tuple[date, ClockHours]]:
        """Return what the record brings to each counted day inside the window, earliest first.

        A day has more than one interval where two occurrences lie on it.
        """
        if not self.exceptions:
            brought = ClockHours(self.id, *self.pattern.interval, self.is_paid)
            return [(day, brought) for day in self.counted_days(window)]
        by_day: dict[date, list[ClockHours]] = defaultdict(list)
        for each in self.occurrences:
            brought = ClockHours(self.id, *each.pattern.interval, each.is_paid)
            for day in each.counted_days():
                if window is None or day in window:
                    by_day[day].append(brought)
        return [(day, part) for day in sorted(by_day) for part in apart(by_day[day])]

    @property
    def day_count(self) -> int:
        """How many days count, of each instance its own: so much is stored at most (rule 3.4)."""
        if self.exceptions:
            return sum(1 for each in self.occurrences for _ in each.counted_days())
        return _day_count(self.pattern, self.spans)

    @property
    def total_seconds(self) -> int:
        """The seconds of all counted days, uncapped: workdays and holidays have no say."""
        if self.exceptions:
            return sum(brought.seconds for _, brought in self.clocked_days())
        return sum(map(self.pattern.seconds_of, self.spans))


@dataclass(frozen=True, slots=True)
class PersonTimeOffWish:
    """What a caller asks to be recorded; times as sent, not rounded (rule 1.3).

    ``end_day`` is the end of the first occurrence, which Procore answers otherwise (rule 3.3).
    """

    start_day: date
    end_day: date
    batch_start_time: time
    batch_end_time: time
    apply_to_saturday: bool
    apply_to_sunday: bool
    is_paid: bool
    reason: str
    repeat: Repeat = Repeat.NEVER
    cadence: int | None = None
    repeat_end_day: date | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A wish that the rules admit: what would be stored, and what to tell the caller."""

    pattern: Pattern
    rule: RepeatRule | None
    spans: Sequence[DaySpan]
    warnings: Sequence[Warning]


def plan(wish: PersonTimeOffWish) -> Plan:
    """Round, expand and judge a wish; what is wrong with it is one Refused, all of it (3.4)."""
    refusals = Refusals()
    pattern, warnings = _pattern(wish, refusals)
    judge_reason(wish.reason, refusals)
    span = _span(wish, refusals)
    rule = _rule(wish, refusals)
    spans: tuple[DaySpan, ...] = ()
    if span and (rule or wish.repeat is Repeat.NEVER):
        with refusals.collecting():
            spans = occurrences(span, rule)
    if spans and not any(_counts(pattern, instance) for instance in spans):
        msg = "Every day lies on a weekend that does not count: let Saturday or Sunday apply."
        refusals.add(NoDayCounts(msg, ("start_day",)))
    refusals.raise_any()
    return Plan(pattern, rule, spans, [*warnings, *_uncounted_instances(pattern, spans)])


def plan_occurrence(
    wish: PersonTimeOffWish, refusals: Refusals
) -> tuple[Pattern, DaySpan | None, list[Warning]]:
    """Round and judge a wish for one occurrence of a record; reason and repeat are the record's.

    The span is None where it is refused.
    """
    pattern, warnings = _pattern(wish, refusals)
    span = _span(wish, refusals)
    if span and not _counts(pattern, span):
        warnings.append(uncounted_warning(span, ("start_day",)))
    return pattern, span, warnings


def refuse_many_days(planned: Plan, most: int) -> None:
    """Refuse a plan that counts more days than a record may have: each is stored (3.4)."""
    _refuse_days(_day_count(planned.pattern, planned.spans), planned.rule, most)


def refuse_more_days(record: PersonTimeOff, most: int, path: Path | None = None) -> None:
    """Refuse a record that counts more days than it may have; ``path`` is what lets it grow."""
    _refuse_days(record.day_count, record.rule, most, path)


def _refuse_days(count: int, rule: RepeatRule | None, most: int, path: Path | None = None) -> None:
    if count > most:
        msg = f"The record counts {count} days; it may count at most {most}."
        raise TooManyDays(msg, path or ("end_day" if rule is None else "repeat_end_day",))


def rounded_to_quarter(sent: time) -> time:
    """Return the nearest quarter hour of the same day, as Procore rounds (rule 1.3).

    >>> rounded_to_quarter(time(7, 7)), rounded_to_quarter(time(7, 8))
    (datetime.time(7, 0), datetime.time(7, 15))
    >>> rounded_to_quarter(time(23, 53))
    datetime.time(23, 45)
    """
    minutes = sent.hour * 60 + sent.minute
    quarters = (minutes + ROUNDING_MINUTES // 2) // ROUNDING_MINUTES
    hour, minute = divmod(quarters * ROUNDING_MINUTES, 60)
    return time(hour, minute) if hour <= LAST_TIME.hour else LAST_TIME


def _pattern(wish: PersonTimeOffWish, refusals: Refusals) -> tuple[Pattern, list[Warning]]:
    start, end = map(rounded_to_quarter, (wish.batch_start_time, wish.batch_end_time))
    if start == end:
        steps = f"rounding to {ROUNDING_MINUTES} minutes"
        msg = f"Start and end are the same time of day, after {steps}."
        refusals.add(InvalidValue(msg, ("batch_end_time",)))
    warnings = [
        *_rounding("batch_start_time", wish.batch_start_time, start),
        *_rounding("batch_end_time", wish.batch_end_time, end),
    ]
    return Pattern(start, end, wish.apply_to_saturday, wish.apply_to_sunday), warnings


def _rounding(field: str, sent: time, stored: time) -> list[Warning]:
    if sent == stored:
        return []
    before, after = format_clock(sent), format_clock(stored)
    steps = f"steps of {ROUNDING_MINUTES} minutes"
    message = f"{before} was rounded to {after}: Procore keeps times in {steps}."
    return [Warning(WarningCode.TIME_ROUNDED, message, (field,), sent=before, stored=after)]


def refuse_other_series(
    rule: RepeatRule | None,
    repeat: Repeat | None,
    cadence: int | None,
    repeat_end_day: date | None,
    refusals: Refusals,
) -> None:
    """Refuse to change how a record repeats: ``rule`` is what it has, the others are sent (3.8).

    What is None, or as the record has it, changes nothing. Beside ``never`` the other two are
    ignored, as they are in a create (3.1).
    """
    if rule is None and repeat is Repeat.NEVER:
        return
    stored_repeat = rule.repeat if rule else Repeat.NEVER
    until = format_mm_dd_yy(rule.until) if rule else None
    for name, sent, stored, words in (
        ("repeat", repeat, stored_repeat, stored_repeat.value),
        ("cadence", cadence, rule and rule.cadence, rule and rule.cadence),
        ("repeat_end_day", repeat_end_day, rule and rule.until, until),
    ):
        if sent is not None and sent != stored:
            is_now = "this record never repeats" if words is None else f"here it is {words}"
            msg = (
                f"How a record repeats is fixed: {is_now}. Leave this out or as it is, or create "
                "another record. Over GraphQL it can be changed from one occurrence on."
            )
            refusals.add(InvalidValue(msg, (name,)))


def judge_reason(reason: str | None, refusals: Refusals) -> None:
    """Refuse a reason in which nothing can be seen (3.4), or that cannot be stored.

    None is left out and not judged. No refusal repeats the reason (rule 4.6).
    """
    with refusals.collecting("reason"):
        if reason is not None and is_blank(reason):
            msg = "A reason is required."
            raise InvalidValue(msg)
        fit_text(reason or "", longest=MAX_REASON_LENGTH)


def _span(wish: PersonTimeOffWish, refusals: Refusals) -> DaySpan | None:
    before = len(refusals.errors)
    for name, day in (("start_day", wish.start_day), ("end_day", wish.end_day)):
        with refusals.collecting(name):
            within_calendar(day)
    if len(refusals.errors) == before:
        with refusals.collecting("end_day"):
            return DaySpan(wish.start_day, wish.end_day)
    return None


def _rule(wish: PersonTimeOffWish, refusals: Refusals) -> RepeatRule | None:
    if wish.repeat is Repeat.NEVER:
        return None  # rule 3.1: cadence and repeat_end_day are ignored
    before = len(refusals.errors)
    for name, value in (("cadence", wish.cadence), ("repeat_end_day", wish.repeat_end_day)):
        if value is None:
            msg = "A repeat needs a cadence and the day on which it ends."
            refusals.add(RepeatIncomplete(msg, (name,)))
    if wish.cadence is not None and wish.cadence < 1:
        refusals.add(InvalidValue("A cadence is a whole number from 1 on.", ("cadence",)))
    if wish.repeat_end_day is not None:
        with refusals.collecting("repeat_end_day"):
            within_calendar(wish.repeat_end_day)
            if wish.repeat_end_day < wish.start_day:
                raise DaysReversed(wish.start_day, wish.repeat_end_day)
    if len(refusals.errors) > before or wish.cadence is None or wish.repeat_end_day is None:
        return None
    return RepeatRule(wish.repeat, wish.cadence, wish.repeat_end_day)


def _uncounted_instances(pattern: Pattern, spans: Sequence[DaySpan]) -> list[Warning]:
    return [
        uncounted_warning(span, ("instances", index))
        for index, span in enumerate(spans)
        if not _counts(pattern, span)
    ]


def uncounted_warning(span: DaySpan, path: Path) -> Warning:
    """Return the warning about an instance none of whose days counts (rule 3.6)."""
    message = "This instance lies wholly on weekend days that do not count: it takes no hours."
    return Warning(WarningCode.INSTANCE_WITHOUT_COUNTED_DAY, f"{span.first}: {message}", path)


def _day_count(pattern: Pattern, spans: Sequence[DaySpan]) -> int:
    return sum(1 for span in spans for _ in pattern.counted_days(span))


def month_end_warnings(planned: Plan) -> list[Warning]:
    """Return a warning where months of different length make instances unlike the first (3.2).

    Of a monthly or yearly repeat: instances that were moved to the last day of a month which
    lacks the first one's day, and instances that reach into the next month, which keep their
    length and so may end on another day of it.
    """
    spans, first = planned.spans, planned.spans[0]
    if planned.rule is None or planned.rule.repeat is Repeat.WEEKLY or len(spans) == 1:
        return []
    moved = [span for span in spans if span.first.day != first.first.day]
    crossing = [span for span in spans if span.first.month != span.last.month]
    if not moved and not crossing:
        return []
    sentences = []
    if moved:
        days = first_few([str(span.first) for span in moved])
        sentences.append(f"Months without day {first.first.day} have it on their last: {days}.")
    if crossing:
        days = first_few([f"{span.first} to {span.last}" for span in crossing])
        sentences.append(f"Over a month's end each instance keeps its {len(first)} days: {days}.")
    earliest = min(moved[:1] + crossing[:1], key=lambda span: span.first)
    path = ("instances", spans.index(earliest))
    return [Warning(WarningCode.REPEAT_MEETS_MONTH_END, " ".join(sentences), path)]


def first_few(texts: Sequence[str]) -> str:
    """Return the first FEW texts, and how many others there are.

    >>> first_few(["2026-02-28", "2026-04-30", "2026-06-30", "2026-09-30"])
    '2026-02-28, 2026-04-30, 2026-06-30 and 1 more'
    """
    others = len(texts) - FEW
    return ", ".join(texts[:FEW]) + (f" and {others} more" if others > 0 else "")


def _counts(pattern: Pattern, span: DaySpan) -> bool:
    """Say whether at least one day of the span counts."""
    return pattern.counts(span.first) or any(map(pattern.counts, span))


def overlap_warnings(others: Sequence[tuple[str, date]], path: Path) -> list[Warning]:
    """Return one warning per other record of the person, naming its id and a day (rule 3.9)."""
    return [
        Warning(
            WarningCode.OVERLAPS_TIME_OFF,
            f"Overlaps time off {other_id} of the same person, first on {day}.",
            path,
        )
        for other_id, day in others
    ]
