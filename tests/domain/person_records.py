"""Wishes and records for the tests of person time off."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from app.domain.days import DaySpan
from app.domain.pattern import Pattern
from app.domain.person_time_off import (
    PersonTimeOff,
    PersonTimeOffWish,
    plan,
)
from app.domain.recurrence import Repeat
from app.domain.wire_formats import parse_clock, parse_mm_dd_yy

NOW = datetime(2023, 10, 23, 15, 16, 55, tzinfo=UTC)

SEED_EXAMPLE = PersonTimeOffWish(
    start_day=parse_mm_dd_yy("11/01/23"),
    end_day=parse_mm_dd_yy("11/01/23"),
    batch_start_time=parse_clock("7:00 AM"),
    batch_end_time=parse_clock("3:30 PM"),
    apply_to_saturday=False,
    apply_to_sunday=False,
    is_paid=True,
    reason="medical",
    repeat=Repeat.WEEKLY,
    cadence=1,
    repeat_end_day=parse_mm_dd_yy("12/01/23"),
)
ONE_DAY = replace(SEED_EXAMPLE, repeat=Repeat.NEVER, cadence=None, repeat_end_day=None)

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 3, 6) + timedelta(days=each) for each in range(4))
THURSDAY = FRIDAY - timedelta(days=1)
LONG_WEEKEND = DaySpan(FRIDAY, MONDAY)


def day(text):
    return date.fromisoformat(text)


def pattern(start=time(8), end=time(16), *, saturday=False, sunday=False):
    return Pattern(start, end, saturday, sunday)


def record(planned):
    """Return the record that a plan becomes."""
    return PersonTimeOff(
        id="record",
        company_id="c",
        person_id="p",
        span=planned.spans[0],
        last_day=planned.spans[-1].last,
        pattern=planned.pattern,
        is_paid=True,
        reason="medical",
        rule=planned.rule,
        instance_ids=("5d0c3b1e-7f4e-4c35-9d8a-2f6f6c1f0a77",),
        created_at=NOW,
        updated_at=NOW,
    )


def record_of(wish, **changes):
    return record(plan(replace(wish, **changes)))


def warned(planned):
    return [(each.code, each.path) for each in planned.warnings]
