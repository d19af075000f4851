"""Procore's person time off: what holds of any wish (section 3 of the rules)."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.days import LAST_DAY
from app.domain.durations import HOUR
from app.domain.errors import Refused
from app.domain.person_time_off import (
    PersonTimeOffWish,
    plan,
    rounded_to_quarter,
)
from app.domain.recurrence import MAX_INSTANCES, Repeat
from app.domain.warnings import WarningCode
from tests.domain.person_records import (
    pattern,
    record,
)

times = st.builds(
    time, st.integers(min_value=0, max_value=23), st.integers(min_value=0, max_value=59)
)
start_days = st.dates(date(1999, 12, 1), date(2100, 1, 31))
FIELDS = {each.name for each in PersonTimeOffWish.__dataclass_fields__.values()}


@st.composite
def wishes(draw):
    start = draw(start_days)
    return PersonTimeOffWish(
        start_day=start,
        end_day=start + timedelta(days=draw(st.integers(min_value=-1, max_value=20))),
        batch_start_time=draw(times),
        batch_end_time=draw(times),
        apply_to_saturday=draw(st.booleans()),
        apply_to_sunday=draw(st.booleans()),
        is_paid=draw(st.booleans()),
        reason=draw(st.sampled_from(["medical", ""])),
        repeat=draw(st.sampled_from(Repeat)),
        cadence=draw(st.none() | st.integers(min_value=0, max_value=6)),
        repeat_end_day=start
        + timedelta(days=draw(st.integers(min_value=-1, max_value=1_500) | st.just(9_000))),
    )


@pytest.mark.rule("3.4")
@given(wishes())
def test_any_wish_is_planned_or_refused_with_the_fields_at_fault(wish):
    try:
        planned = plan(wish)
    except Refused as refusal:
        at_fault = {error.path[0] for error in refusal.errors}
        if at_fault and at_fault <= FIELDS:
            return
        raise

    assert planned.pattern.start_time != planned.pattern.end_time
    assert 1 <= len(planned.spans) <= MAX_INSTANCES
    assert all(len(each) == len(planned.spans[0]) for each in planned.spans)
    assert planned.spans[-1].last <= LAST_DAY
    assert any(planned.pattern.seconds_of(each) for each in planned.spans)


@pytest.mark.rule("3.3")
@given(wishes())
def test_a_stored_record_comes_back_on_the_days_that_were_planned(wish):
    try:
        planned = plan(wish)
    except Refused:
        return

    assert record(planned).spans == planned.spans


@pytest.mark.rule("3.6")
@given(wishes())
def test_the_hours_of_a_record_are_those_of_its_counted_days(wish):
    try:
        planned = plan(wish)
    except Refused:
        return

    stored = record(planned)
    days = list(stored.counted_days())
    assert stored.total_seconds == len(days) * planned.pattern.seconds_a_day
    assert days == sorted(set(days))
    warned_of = [
        each.path[1]
        for each in planned.warnings
        if each.code is WarningCode.INSTANCE_WITHOUT_COUNTED_DAY
    ]
    assert warned_of == [
        index for index, span in enumerate(stored.spans) if not planned.pattern.seconds_of(span)
    ]


@pytest.mark.rule("1.3")
@given(wishes())
def test_a_rounded_wish_is_planned_the_same_without_rounding_warnings(wish):
    try:
        planned = plan(wish)
    except Refused:
        return

    again = plan(
        replace(
            wish,
            batch_start_time=planned.pattern.start_time,
            batch_end_time=planned.pattern.end_time,
        )
    )

    assert (again.pattern, again.rule, again.spans) == (
        planned.pattern,
        planned.rule,
        planned.spans,
    )
    assert WarningCode.TIME_ROUNDED not in {each.code for each in again.warnings}


@pytest.mark.rule("3.5")
@given(times.map(rounded_to_quarter), times.map(rounded_to_quarter))
def test_a_shift_and_its_opposite_fill_a_day(start, end):
    if start == end:
        return

    both = pattern(start, end).seconds_a_day + pattern(end, start).seconds_a_day

    assert both == 24 * HOUR
