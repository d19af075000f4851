"""Few spans and weekly repeats that stand for entries (rule 4.4)."""

from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.days import LAST_DAY, DaySpan
from app.domain.durations import (
    HOUR,
    QUARTER_HOUR,
)
from app.domain.mirror import (
    days_of,
    end_time,
    plan_spans,
)
from app.domain.person_time_off import PersonTimeOffWish, plan
from app.domain.recurrence import MAX_INSTANCES, Repeat

MONDAY = date(2026, 3, 2)


def days(text, hours=8):
    """Read '2026-03-02..06 2026-03-09': days of March 2026 and others, alike in hours."""
    found = []
    for part in text.split():
        first, _, last = part.partition("..")
        start = date.fromisoformat(first)
        end = start.replace(day=int(last)) if last else start
        found += [(day, int(hours * HOUR)) for day in DaySpan(start, end)]
    return found


def every(weeks, first, count, hours=8):
    """So many days, so many weeks apart."""
    start = date.fromisoformat(first)
    return [(start + timedelta(weeks=weeks * turn), int(hours * HOUR)) for turn in range(count)]


def shown(planned):
    """A plan in words: span, flags, hours, repeat."""
    span = f"{planned.span.first}..{planned.span.last:%m-%d}"
    flags = "".join(
        letter
        for letter, flag in (("S", planned.apply_to_saturday), ("U", planned.apply_to_sunday))
        if flag
    )
    rule = planned.rule
    repeat = f"every {rule.cadence} until {rule.until:%m-%d}" if rule else ""
    return " ".join(part for part in (span, flags, f"{planned.seconds / HOUR:g}h", repeat) if part)


# 2 March 2026 is a Monday.
PLANS = [
    pytest.param([], [], id="nothing"),
    pytest.param(days("2026-03-04"), ["2026-03-04..03-04 8h"], id="one day"),
    pytest.param(days("2026-03-02..06"), ["2026-03-02..03-06 8h"], id="a week"),
    pytest.param(
        days("2026-03-02..06 2026-03-09..13 2026-03-16..20"),
        ["2026-03-02..03-20 8h"],
        id="three weeks from Monday to Friday are one span",
    ),
    pytest.param(
        days("2026-03-05..06 2026-03-09..10"),
        ["2026-03-05..03-10 8h"],
        id="a long weekend",
    ),
    pytest.param(
        days("2026-03-02..08"), ["2026-03-02..03-08 SU 8h"], id="all of a week, weekend included"
    ),
    pytest.param(
        days("2026-03-02..07 2026-03-09..14"),
        ["2026-03-02..03-14 S 8h"],
        id="two weeks with their Saturdays but not the Sunday",
    ),
    pytest.param(
        days("2026-03-05..06 2026-03-08..10"),
        ["2026-03-05..03-10 U 8h"],
        id="with the Sunday but not the Saturday",
    ),
    pytest.param(
        days("2026-03-02..07 2026-03-09..13"),
        ["2026-03-02..03-13 S 8h"],
        id="the first Saturday included, and no second one to contradict",
    ),
    pytest.param(
        days("2026-03-02..07 2026-03-09..13 2026-03-16"),
        ["2026-03-02..03-13 S 8h", "2026-03-16..03-16 8h"],
        id="a second Saturday left out ends the span: one flag is for all of it",
    ),
    pytest.param(
        days("2026-03-02..06 2026-03-09..14"),
        ["2026-03-02..03-13 8h", "2026-03-14..03-14 S 8h"],
        id="a second Saturday included ends the span too",
    ),
    pytest.param(
        days("2026-03-07"), ["2026-03-07..03-07 S 8h"], id="a Saturday alone counts by its flag"
    ),
    pytest.param(
        every(1, "2026-03-07", 4),
        ["2026-03-07..03-07 S 8h every 1 until 03-28"],
        id="Saturdays, weekly",
    ),
    pytest.param(
        every(1, "2026-04-03", 13),
        ["2026-04-03..04-03 8h every 1 until 06-26"],
        id="every Friday of a quarter is one weekly record",
    ),
    pytest.param(
        every(2, "2026-04-03", 7),
        ["2026-04-03..04-03 8h every 2 until 06-26"],
        id="every second Friday: cadence 2",
    ),
    pytest.param(
        every(2, "2026-04-03", 3) + every(2, "2026-04-08", 3),
        ["2026-04-03..04-03 8h every 2 until 05-01", "2026-04-08..04-08 8h every 2 until 05-06"],
        id="Fridays and Wednesdays in turn",
    ),
    pytest.param(
        every(1, "2026-03-03", 3) + every(1, "2026-03-04", 3),
        ["2026-03-03..03-04 8h every 1 until 03-17"],
        id="two days a week",
    ),
    pytest.param(
        every(1, "2026-04-03", 2) + every(1, "2026-04-24", 2),
        ["2026-04-03..04-03 8h every 1 until 04-10", "2026-04-24..04-24 8h every 1 until 05-01"],
        id="of two cadences that take as many, the smaller",
    ),
    pytest.param(
        [*every(1, "2026-04-03", 1), *every(2, "2026-04-10", 3)],
        ["2026-04-03..04-03 8h every 1 until 04-10", "2026-04-24..04-24 8h every 2 until 05-08"],
        id="greedy: the earliest takes what it can, though another cut is as short",
    ),
    pytest.param(
        days("2026-03-02..03") + days("2026-03-04..06", 4),
        ["2026-03-02..03-03 8h", "2026-03-04..03-06 4h"],
        id="other hours are another record",
    ),
    pytest.param(
        days("2026-03-02 2026-03-04 2026-03-06") + days("2026-03-03 2026-03-05", 4),
        [
            "2026-03-02..03-02 8h",
            "2026-03-03..03-03 4h",
            "2026-03-04..03-04 8h",
            "2026-03-05..03-05 4h",
            "2026-03-06..03-06 8h",
        ],
        id="days of other hours between them cut a span, for no weekday can be left out",
    ),
    pytest.param(days("2099-12-28..31"), ["2099-12-28..12-31 8h"], id="to the calendar's last day"),
    pytest.param(
        every(60, "2026-03-02", 2),
        ["2026-03-02..03-02 8h", "2027-04-26..04-26 8h"],
        id="farther apart than a year is no weekly habit",
    ),
]


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(("entries", "expected"), PLANS)
def test_entries_become_few_records(entries, expected):
    assert [shown(planned) for planned in plan_spans(entries)] == expected


@pytest.mark.rule("4.4")
def test_a_weekly_habit_longer_than_a_record_may_be_is_cut():
    weekly = every(1, "2026-03-02", MAX_INSTANCES + 3)

    planned = plan_spans(weekly)

    assert [len(list(days_of(each))) for each in planned] == [MAX_INSTANCES, 3]


# Days that look like time off: near each other, on few weekdays, of few amounts.
scattered = st.dictionaries(
    st.integers(min_value=0, max_value=120).map(lambda offset: MONDAY + timedelta(days=offset)),
    st.sampled_from([QUARTER_HOUR, 4 * HOUR, 8 * HOUR]),
    max_size=60,
)


@st.composite
def habits(draw):
    """A few spans and weekly repeats laid over each other, one amount for all of them."""
    found: dict[date, int] = {}
    for _ in range(draw(st.integers(min_value=1, max_value=4))):
        first = MONDAY + timedelta(days=draw(st.integers(min_value=0, max_value=40)))
        cadence = draw(st.integers(min_value=1, max_value=3))
        length = draw(st.integers(min_value=1, max_value=7))
        for turn in range(draw(st.integers(min_value=1, max_value=8))):
            start = first + timedelta(weeks=cadence * turn)
            found |= dict.fromkeys(DaySpan(start, start + timedelta(days=length - 1)), 8 * HOUR)
    return found


entries_by_day = scattered | habits()


def runs(entries):
    """How many runs of consecutive days of equal hours there are."""
    ordered = sorted(entries)
    return bool(ordered) + sum(
        after != before + timedelta(days=1) or entries[after] != entries[before]
        for before, after in pairwise(ordered)
    )


@pytest.mark.rule("4.4")
@given(entries_by_day)
def test_the_records_count_exactly_the_entries_days_and_hours(entries):
    counted = [each for planned in plan_spans(entries.items()) for each in days_of(planned)]

    assert sorted(counted) == sorted(entries.items())


@pytest.mark.rule("4.4")
@given(entries_by_day, st.sampled_from([time(0), time(7), time(8, 15), time(20), time(23, 45)]))
def test_as_procore_expands_them_too(entries, start):
    """Through the wish that is sent and the plan that is stored, whatever time it starts."""
    counted = []
    for planned in plan_spans(entries.items()):
        rule = planned.rule
        stored = plan(
            PersonTimeOffWish(
                start_day=planned.span.first,
                end_day=planned.span.last,
                batch_start_time=start,
                batch_end_time=end_time(start, planned.seconds),
                apply_to_saturday=planned.apply_to_saturday,
                apply_to_sunday=planned.apply_to_sunday,
                is_paid=True,
                reason="vacation",
                repeat=rule.repeat if rule else Repeat.NEVER,
                cadence=rule.cadence if rule else None,
                repeat_end_day=rule.until if rule else None,
            )
        )
        assert stored.warnings == []
        counted += [
            (day, stored.pattern.seconds_a_day)
            for span in stored.spans
            for day in stored.pattern.counted_days(span)
        ]

    assert sorted(counted) == sorted(entries.items())


@pytest.mark.rule("4.4")
@given(entries_by_day)
def test_there_are_never_more_records_than_runs_of_equal_days(entries):
    assert len(plan_spans(entries.items())) <= runs(entries)


@pytest.mark.rule("4.4")
@given(entries_by_day, st.randoms(use_true_random=False))
def test_the_same_days_become_the_same_records_in_any_order(entries, random):
    shuffled = random.sample(list(entries.items()), len(entries))

    assert plan_spans(shuffled) == plan_spans(entries.items())


@pytest.mark.rule("4.4")
@given(entries_by_day)
def test_records_come_by_their_first_day(entries):
    starts = [(planned.span.first, planned.seconds) for planned in plan_spans(entries.items())]

    assert starts == sorted(starts)
    assert all(first <= LAST_DAY for first, _ in starts)


@pytest.mark.rule("4.4")
@given(entries_by_day)
def test_a_span_starts_and_ends_on_days_that_count(entries):
    for planned in plan_spans(entries.items()):
        assert {planned.span.first, planned.span.last} <= entries.keys()
