"""Procore Workforce Planning's person time off (section 3 of the rules)."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.days import LAST_DAY, DayRange, DaySpan
from app.domain.durations import HOUR, MINUTE
from app.domain.errors import NotFound, Refusals, Refused, TooManyDays
from app.domain.person_time_off import (
    Pattern,
    PersonTimeOff,
    PersonTimeOffWish,
    month_end_warnings,
    overlap_warnings,
    plan,
    refuse_many_days,
    refuse_other_series,
    rounded_to_quarter,
)
from app.domain.recurrence import MAX_INSTANCES, Repeat, RepeatRule
from app.domain.warnings import WarningCode
from app.domain.wire_formats import format_mm_dd_yy, parse_clock, parse_mm_dd_yy

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
        created_at=NOW,
        updated_at=NOW,
    )


def record_of(wish, **changes):
    return record(plan(replace(wish, **changes)))


def warned(planned):
    return [(each.code, each.path) for each in planned.warnings]


# Rounding: 1.3.


@pytest.mark.rule("1.3")
@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        pytest.param(time(7, 0), time(7, 0), id="a quarter hour stays"),
        pytest.param(time(7, 7), time(7, 0), id="7:07 goes down"),
        pytest.param(time(7, 8), time(7, 15), id="7:08 goes up"),
        pytest.param(time(7, 22), time(7, 15), id="7:22 goes down"),
        pytest.param(time(7, 23), time(7, 30), id="7:23 goes up"),
        pytest.param(time(7, 53), time(8, 0), id="7:53 becomes the next hour"),
        pytest.param(time(11, 53), time(12, 0), id="11:53 AM becomes noon"),
        pytest.param(time(0, 7), time(0, 0), id="just after midnight becomes midnight"),
        pytest.param(time(23, 52), time(23, 45), id="11:52 PM goes down as the nearest"),
        pytest.param(time(23, 53), time(23, 45), id="11:53 PM would leave the day"),
        pytest.param(time(23, 59), time(23, 45), id="11:59 PM too"),
    ],
)
def test_times_are_rounded_to_the_nearest_quarter_hour(sent, stored):
    assert rounded_to_quarter(sent) == stored


@pytest.mark.rule("1.3")
def test_every_other_minute_of_the_day_is_moved_to_a_quarter_by_seven_minutes_at_most():
    before_the_last = range(23 * 60 + 53)
    rounded = [rounded_to_quarter(time(*divmod(minute, 60))) for minute in before_the_last]
    stored = [each.hour * 60 + each.minute for each in rounded]

    assert {minute % 15 for minute in stored} == {0}
    assert max(abs(after - sent) for after, sent in zip(stored, before_the_last, strict=True)) == 7


@pytest.mark.rule("1.3")
def test_a_rounded_time_is_answered_with_a_warning():
    planned = plan(replace(ONE_DAY, batch_start_time=time(7, 8), batch_end_time=time(23, 53)))

    assert (planned.pattern.start_time, planned.pattern.end_time) == (time(7, 15), time(23, 45))
    assert [(each.code, each.path, each.sent, each.stored) for each in planned.warnings] == [
        (WarningCode.TIME_ROUNDED, ("batch_start_time",), "7:08 AM", "7:15 AM"),
        (WarningCode.TIME_ROUNDED, ("batch_end_time",), "11:53 PM", "11:45 PM"),
    ]
    assert [each.message for each in planned.warnings] == [
        "7:08 AM was rounded to 7:15 AM: Procore keeps times in steps of 15 minutes.",
        "11:53 PM was rounded to 11:45 PM: Procore keeps times in steps of 15 minutes.",
    ]


@pytest.mark.rule("1.3")
def test_a_quarter_hour_is_stored_without_a_warning():
    assert warned(plan(ONE_DAY)) == []


# The seed's example and what a record answers: 3.1 to 3.3, 3.7.


@pytest.mark.rule("3.7")
def test_the_seed_example_to_the_letter():
    planned = plan(SEED_EXAMPLE)
    answered = [(format_mm_dd_yy(each.first), format_mm_dd_yy(each.last)) for each in planned.spans]

    assert answered == [
        ("11/01/23", "11/01/23"),
        ("11/08/23", "11/08/23"),
        ("11/15/23", "11/15/23"),
        ("11/22/23", "11/22/23"),
        ("11/29/23", "11/29/23"),
    ]
    assert warned(planned) == []


@pytest.mark.rule("3.1")
@pytest.mark.parametrize(
    ("cadence", "repeat_end_day"),
    [
        pytest.param(None, None, id="left out"),
        pytest.param(1, day("2023-12-01"), id="as if it repeated"),
        pytest.param(0, day("1999-01-01"), id="even where they are nonsense"),
    ],
)
def test_with_never_cadence_and_repeat_end_day_are_ignored(cadence, repeat_end_day):
    planned = plan(replace(ONE_DAY, cadence=cadence, repeat_end_day=repeat_end_day))

    assert planned.rule is None
    assert planned.spans == (DaySpan(day("2023-11-01"), day("2023-11-01")),)


@pytest.mark.rule("3.1")
def test_a_repeat_keeps_its_cadence_and_its_last_day():
    assert plan(SEED_EXAMPLE).rule == RepeatRule(Repeat.WEEKLY, 1, day("2023-12-01"))


@pytest.mark.rule("3.1")
def test_repeats_are_named_by_procores_words():
    assert [repeat.value for repeat in Repeat] == ["never", "weekly", "monthly", "yearly"]


@pytest.mark.rule("3.1")
@pytest.mark.rule("3.3")
@pytest.mark.parametrize(
    ("changes", "first_day", "last_day"),
    [
        pytest.param({}, "2023-11-01", "2023-11-29", id="weekly: the fifth instance's end"),
        pytest.param(
            {"end_day": day("2023-11-03")},
            "2023-11-01",
            "2023-12-01",
            id="three days each: the last day of the last three",
        ),
        pytest.param(
            {"end_day": day("2023-11-07")},
            "2023-11-01",
            "2023-12-05",
            id="the last instance may end after the repeat",
        ),
        pytest.param(
            {"repeat": Repeat.NEVER, "end_day": day("2023-11-07")},
            "2023-11-01",
            "2023-11-07",
            id="never: the end that was sent",
        ),
    ],
)
def test_a_record_ends_with_its_last_instance(changes, first_day, last_day):
    spans = plan(replace(SEED_EXAMPLE, **changes)).spans

    assert (str(spans[0].first), str(spans[-1].last)) == (first_day, last_day)


@pytest.mark.rule("3.3")
def test_the_span_of_one_occurrence_is_that_of_the_first_instance():
    stored = record_of(SEED_EXAMPLE, end_day=day("2023-11-02"))

    assert stored.spans[0] == stored.span == DaySpan(day("2023-11-01"), day("2023-11-02"))
    assert stored.last_day == day("2023-11-30")


@pytest.mark.rule("3.3")
def test_an_answer_that_is_sent_back_is_not_the_same_series():
    answered_end = plan(SEED_EXAMPLE).spans[-1].last

    with pytest.raises(Refused) as refusal:
        plan(replace(SEED_EXAMPLE, end_day=answered_end))

    assert [error.code for error in refusal.value.errors] == ["REPEAT_OVERLAPS_ITSELF"]


@pytest.mark.rule("3.2")
def test_the_31st_is_measured_from_the_first_day():
    planned = plan(
        replace(
            ONE_DAY,
            start_day=day("2026-03-31"),
            end_day=day("2026-03-31"),
            repeat=Repeat.MONTHLY,
            cadence=1,
            repeat_end_day=day("2026-07-31"),
        )
    )

    assert [str(each.first) for each in planned.spans] == [
        "2026-03-31",
        "2026-04-30",
        "2026-05-31",
        "2026-06-30",
        "2026-07-31",
    ]


# Refusals: 3.4.


@pytest.mark.rule("3.4")
@pytest.mark.parametrize(
    ("wish", "changes", "expected"),
    [
        pytest.param(
            ONE_DAY,
            {"end_day": day("2023-10-31")},
            [("DAYS_REVERSED", ("end_day",))],
            id="an end before the start",
        ),
        pytest.param(
            SEED_EXAMPLE,
            {"repeat_end_day": day("2023-10-31")},
            [("DAYS_REVERSED", ("repeat_end_day",))],
            id="a repeat that ends before the start",
        ),
        pytest.param(
            SEED_EXAMPLE,
            {"cadence": 0},
            [("INVALID_VALUE", ("cadence",))],
            id="a cadence of zero",
        ),
        pytest.param(
            SEED_EXAMPLE,
            {"cadence": -1},
            [("INVALID_VALUE", ("cadence",))],
            id="a cadence below zero",
        ),
        pytest.param(
            SEED_EXAMPLE,
            {"cadence": None},
            [("REPEAT_INCOMPLETE", ("cadence",))],
            id="a repeat without cadence",
        ),
        pytest.param(
            SEED_EXAMPLE,
            {"repeat_end_day": None},
            [("REPEAT_INCOMPLETE", ("repeat_end_day",))],
            id="a repeat without end",
        ),
        pytest.param(
            SEED_EXAMPLE,
            {"cadence": None, "repeat_end_day": None},
            [("REPEAT_INCOMPLETE", ("cadence",)), ("REPEAT_INCOMPLETE", ("repeat_end_day",))],
            id="a repeat without both",
        ),
        pytest.param(
            SEED_EXAMPLE,
            {"end_day": day("2023-11-08")},
            [("REPEAT_OVERLAPS_ITSELF", ("cadence",))],
            id="eight days every week",
        ),
        pytest.param(
            SEED_EXAMPLE,
            {"repeat_end_day": LAST_DAY},
            [("TOO_MANY_INSTANCES", ("repeat_end_day",))],
            id="every week to the end of the calendar",
        ),
        pytest.param(
            SEED_EXAMPLE,
            {
                "repeat": Repeat.YEARLY,
                "start_day": day("2023-12-31"),
                "end_day": day("2024-01-01"),
                "repeat_end_day": LAST_DAY,
            },
            [("INVALID_VALUE", ("repeat_end_day",))],
            id="a last instance that ends in 2100",
        ),
        pytest.param(
            ONE_DAY,
            {"batch_start_time": time(7), "batch_end_time": time(7)},
            [("INVALID_VALUE", ("batch_end_time",))],
            id="an end at the time of the start",
        ),
        pytest.param(
            ONE_DAY,
            {"batch_start_time": time(7, 2), "batch_end_time": time(7, 7)},
            [("INVALID_VALUE", ("batch_end_time",))],
            id="an end at the time of the start after rounding",
        ),
        pytest.param(
            ONE_DAY,
            {"batch_start_time": time(23, 45), "batch_end_time": time(23, 59)},
            [("INVALID_VALUE", ("batch_end_time",))],
            id="an end that is rounded back to a late start",
        ),
        pytest.param(
            ONE_DAY,
            {"start_day": SATURDAY, "end_day": SUNDAY},
            [("NO_DAY_COUNTS", ("start_day",))],
            id="a weekend that does not count",
        ),
        pytest.param(
            SEED_EXAMPLE,
            {"start_day": SATURDAY, "end_day": SATURDAY, "repeat_end_day": day("2026-12-31")},
            [("NO_DAY_COUNTS", ("start_day",))],
            id="every Saturday where Saturdays do not count",
        ),
        pytest.param(ONE_DAY, {"reason": ""}, [("INVALID_VALUE", ("reason",))], id="no reason"),
        pytest.param(
            ONE_DAY, {"reason": " \n"}, [("INVALID_VALUE", ("reason",))], id="a blank reason"
        ),
        pytest.param(
            ONE_DAY, {"reason": "a\x00"}, [("INVALID_VALUE", ("reason",))], id="a reason with NUL"
        ),
        pytest.param(
            ONE_DAY,
            {"reason": "\ud800"},
            [("INVALID_VALUE", ("reason",))],
            id="a reason with a lone surrogate",
        ),
        pytest.param(
            ONE_DAY,
            {"reason": "x" * 2_001},
            [("INVALID_VALUE", ("reason",))],
            id="a reason of 2,001 characters",
        ),
        pytest.param(
            ONE_DAY,
            {"start_day": day("1999-12-31")},
            [("INVALID_VALUE", ("start_day",))],
            id="a start before 2000",
        ),
        pytest.param(
            ONE_DAY,
            {"end_day": day("2100-01-01")},
            [("INVALID_VALUE", ("end_day",))],
            id="an end after 2099",
        ),
        pytest.param(
            SEED_EXAMPLE,
            {"repeat_end_day": day("2100-01-01")},
            [("INVALID_VALUE", ("repeat_end_day",))],
            id="a repeat that ends after 2099",
        ),
        pytest.param(
            SEED_EXAMPLE,
            {
                "reason": "",
                "batch_end_time": time(7),
                "end_day": day("2023-10-31"),
                "cadence": 0,
                "repeat_end_day": day("2023-10-30"),
            },
            [
                ("INVALID_VALUE", ("batch_end_time",)),
                ("INVALID_VALUE", ("reason",)),
                ("DAYS_REVERSED", ("end_day",)),
                ("INVALID_VALUE", ("cadence",)),
                ("DAYS_REVERSED", ("repeat_end_day",)),
            ],
            id="several at once, each named",
        ),
        pytest.param(
            ONE_DAY,
            {"start_day": SATURDAY, "end_day": SATURDAY, "reason": "", "batch_end_time": time(7)},
            [
                ("INVALID_VALUE", ("batch_end_time",)),
                ("INVALID_VALUE", ("reason",)),
                ("NO_DAY_COUNTS", ("start_day",)),
            ],
            id="a weekend beside other refusals",
        ),
        pytest.param(
            ONE_DAY,
            {"start_day": day("1999-01-01"), "end_day": day("2100-01-01")},
            [("INVALID_VALUE", ("start_day",)), ("INVALID_VALUE", ("end_day",))],
            id="both days outside the calendar",
        ),
    ],
)
def test_refused(wish, changes, expected):
    with pytest.raises(Refused) as refusal:
        plan(replace(wish, **changes))

    assert [(error.code, error.path) for error in refusal.value.errors] == expected


@pytest.mark.rule("3.4")
@pytest.mark.parametrize(
    ("wish", "changes", "instances"),
    [
        pytest.param(ONE_DAY, {"end_day": day("2023-11-01")}, 1, id="an end on the start day"),
        pytest.param(
            SEED_EXAMPLE,
            {"repeat_end_day": day("2023-11-01")},
            1,
            id="a repeat that ends on the start day",
        ),
        pytest.param(SEED_EXAMPLE, {"end_day": day("2023-11-07")}, 5, id="all days of each week"),
        pytest.param(
            SEED_EXAMPLE,
            {"repeat_end_day": day("2023-11-01") + timedelta(weeks=999)},
            1_000,
            id="a thousand instances",
        ),
        pytest.param(
            SEED_EXAMPLE,
            {"end_day": day("2024-11-01"), "repeat_end_day": day("2023-11-07")},
            1,
            id="a year that would repeat weekly, but does not",
        ),
        pytest.param(
            ONE_DAY,
            {"start_day": day("2000-01-01"), "end_day": LAST_DAY},
            1,
            id="the whole calendar",
        ),
        pytest.param(ONE_DAY, {"reason": "x" * 2_000}, 1, id="a reason of 2,000 characters"),
        pytest.param(
            ONE_DAY,
            {"start_day": SATURDAY, "end_day": MONDAY},
            1,
            id="a weekend with a Monday that counts",
        ),
        pytest.param(
            ONE_DAY,
            {"batch_start_time": time(7, 7), "batch_end_time": time(7, 8)},
            1,
            id="a minute that rounding makes a quarter",
        ),
    ],
)
def test_at_the_edge_of_being_refused(wish, changes, instances):
    assert len(plan(replace(wish, **changes)).spans) == instances


@pytest.mark.rule("3.4")
def test_a_refusal_of_equal_times_says_how_they_are_rounded():
    with pytest.raises(Refused) as refusal:
        plan(replace(ONE_DAY, batch_start_time=time(7, 2), batch_end_time=time(7, 7)))

    assert [error.message for error in refusal.value.errors] == [
        "Start and end are the same time of day, after rounding to 15 minutes."
    ]


@pytest.mark.rule("3.4")
@pytest.mark.parametrize(
    ("planned", "count", "path"),
    [
        pytest.param(
            plan(replace(ONE_DAY, start_day=FRIDAY, end_day=MONDAY)), 2, ("end_day",), id="a span"
        ),
        pytest.param(plan(SEED_EXAMPLE), 5, ("repeat_end_day",), id="a series"),
    ],
)
def test_no_more_days_count_than_a_record_may_have(planned, count, path):
    refuse_many_days(planned, count)
    with pytest.raises(TooManyDays) as refusal:
        refuse_many_days(planned, count - 1)

    message = f"The record counts {count} days; it may count at most {count - 1}."
    assert (refusal.value.message, refusal.value.path) == (message, path)
    assert record(planned).day_count == count


FIXED = (
    "How a record repeats is fixed: {}. Leave this out or as it is, or delete the record and "
    "create another."
)
NEVER_REPEATS = FIXED.format("this record never repeats")
WEEKLY = RepeatRule(Repeat.WEEKLY, 2, day("2023-12-01"))


@pytest.mark.rule("3.8")
@pytest.mark.parametrize(
    ("rule", "sent", "expected"),
    [
        pytest.param(WEEKLY, (None, None, None), {}, id="left out"),
        pytest.param(WEEKLY, (Repeat.WEEKLY, 2, day("2023-12-01")), {}, id="as it is"),
        pytest.param(
            WEEKLY,
            (Repeat.MONTHLY, 3, day("2023-12-02")),
            {
                "repeat": FIXED.format("here it is weekly"),
                "cadence": FIXED.format("here it is 2"),
                "repeat_end_day": FIXED.format("here it is 12/01/23"),
            },
            id="all otherwise, each named",
        ),
        pytest.param(
            WEEKLY,
            (Repeat.NEVER, None, None),
            {"repeat": FIXED.format("here it is weekly")},
            id="no more repeats",
        ),
        pytest.param(None, (None, None, None), {}, id="never repeats: left out"),
        pytest.param(
            None, (Repeat.NEVER, 3, day("2023-12-02")), {}, id="never: the others are ignored"
        ),
        pytest.param(
            None,
            (Repeat.WEEKLY, 3, day("2023-12-02")),
            {
                "repeat": FIXED.format("here it is never"),
                "cadence": NEVER_REPEATS,
                "repeat_end_day": NEVER_REPEATS,
            },
            id="never repeats: shall do so",
        ),
        pytest.param(None, (None, 3, None), {"cadence": NEVER_REPEATS}, id="never: a cadence"),
    ],
)
def test_how_a_record_repeats_is_fixed(rule, sent, expected):
    refusals = Refusals()
    repeat, cadence, repeat_end_day = sent

    refuse_other_series(rule, repeat, cadence, repeat_end_day, refusals)

    assert {error.path[0]: error.message for error in refusals.errors} == expected
    assert {error.code for error in refusals.errors} <= {"INVALID_VALUE"}


# Night shifts and hours: 1.4, 3.5.


@pytest.mark.rule("3.5")
@pytest.mark.parametrize(
    ("start", "end", "interval", "hours"),
    [
        pytest.param(time(7), time(15, 30), (7, 15.5), 8.5, id="the seed's day"),
        pytest.param(time(22), time(6), (22, 30), 8, id="a night lies at 22:00-30:00"),
        pytest.param(time(12), time(0), (12, 24), 12, id="an end at midnight"),
        pytest.param(time(0), time(23, 45), (0, 23.75), 23.75, id="the longest day"),
        pytest.param(time(12), time(11, 45), (12, 35.75), 23.75, id="the longest night"),
        pytest.param(time(23, 45), time(0), (23.75, 24), 0.25, id="the last quarter hour"),
    ],
)
def test_an_end_before_the_start_crosses_midnight(start, end, interval, hours):
    some = pattern(start, end)

    assert some.interval == tuple(each * HOUR for each in interval)
    assert some.seconds_a_day == hours * HOUR


@pytest.mark.rule("3.5")
def test_the_hours_of_a_night_belong_to_the_day_on_which_it_starts():
    """From Thursday to Saturday 10 PM to 6 AM: the Friday night runs into Saturday and counts."""
    stored = record_of(
        ONE_DAY,
        start_day=THURSDAY,
        end_day=SATURDAY,
        batch_start_time=time(22),
        batch_end_time=time(6),
    )

    assert list(stored.counted_days()) == [THURSDAY, FRIDAY]
    assert stored.total_seconds == 16 * HOUR


@pytest.mark.rule("3.5")
def test_a_window_cuts_nights_by_the_day_on_which_they_start():
    stored = record_of(
        ONE_DAY,
        start_day=THURSDAY,
        end_day=FRIDAY,
        batch_start_time=time(22),
        batch_end_time=time(6),
    )

    assert list(stored.counted_days(DayRange(FRIDAY, SATURDAY))) == [FRIDAY]
    assert list(stored.counted_days(DayRange(SATURDAY, None))) == []


@pytest.mark.rule("1.4")
@pytest.mark.parametrize(
    "when",
    [
        pytest.param("2026-03-08", id="clocks forward in New York"),
        pytest.param("2026-11-01", id="clocks back in New York"),
        pytest.param("2026-03-29", id="clocks forward in Berlin"),
    ],
)
def test_hours_are_the_difference_of_two_wall_clocks(when):
    stored = record_of(
        ONE_DAY,
        start_day=day(when),
        end_day=day(when),
        batch_start_time=time(1),
        batch_end_time=time(4),
        apply_to_sunday=True,
    )

    assert stored.total_seconds == 3 * HOUR


# Weekend flags: 3.6.


@pytest.mark.rule("3.6")
@pytest.mark.parametrize(
    ("saturday", "sunday", "counted"),
    [
        pytest.param(False, False, [FRIDAY, MONDAY], id="neither"),
        pytest.param(True, False, [FRIDAY, SATURDAY, MONDAY], id="Saturday only"),
        pytest.param(False, True, [FRIDAY, SUNDAY, MONDAY], id="Sunday only"),
        pytest.param(True, True, [FRIDAY, SATURDAY, SUNDAY, MONDAY], id="both"),
    ],
)
def test_weekend_flags_decide_which_days_count(saturday, sunday, counted):
    stored = record_of(
        ONE_DAY,
        start_day=FRIDAY,
        end_day=MONDAY,
        apply_to_saturday=saturday,
        apply_to_sunday=sunday,
    )

    assert list(stored.counted_days()) == counted
    assert stored.total_seconds == len(counted) * (8 * HOUR + 30 * MINUTE)


@pytest.mark.rule("3.6")
def test_weekend_flags_never_shorten_a_span():
    stored = record_of(ONE_DAY, start_day=FRIDAY, end_day=SUNDAY)

    assert stored.spans == (DaySpan(FRIDAY, SUNDAY),)


@pytest.mark.rule("3.6")
def test_an_instance_wholly_on_excluded_days_stays_counts_none_and_is_warned_of():
    """The 1st of each month from January to April 2026: Thursday, Sunday, Sunday, Wednesday."""
    planned = plan(
        replace(
            ONE_DAY,
            start_day=day("2026-01-01"),
            end_day=day("2026-01-01"),
            repeat=Repeat.MONTHLY,
            cadence=1,
            repeat_end_day=day("2026-04-30"),
        )
    )

    assert len(planned.spans) == 4
    assert [planned.pattern.seconds_of(each) / HOUR for each in planned.spans] == [8.5, 0, 0, 8.5]
    assert warned(planned) == [
        (WarningCode.INSTANCE_WITHOUT_COUNTED_DAY, ("instances", 1)),
        (WarningCode.INSTANCE_WITHOUT_COUNTED_DAY, ("instances", 2)),
    ]


def repeating(first, last, repeat, until, cadence=1):
    """A plan of days that come back, weekends too."""
    return plan(
        replace(
            ONE_DAY,
            start_day=day(first),
            end_day=day(last),
            repeat=repeat,
            cadence=cadence,
            repeat_end_day=day(until),
            apply_to_saturday=True,
            apply_to_sunday=True,
        )
    )


MOVED, OVER = "Months without day {} have it on their last: ", "Over a month's end each instance "


@pytest.mark.rule("3.2")
@pytest.mark.parametrize(
    ("planned", "message", "index"),
    [
        pytest.param(
            repeating("2026-01-31", "2026-01-31", Repeat.MONTHLY, "2026-03-31"),
            MOVED.format(31) + "2026-02-28.",
            1,
            id="31 January is on 28 February",
        ),
        pytest.param(
            repeating("2026-03-30", "2026-03-30", Repeat.MONTHLY, "2031-03-30"),
            MOVED.format(30) + "2027-02-28, 2028-02-29, 2029-02-28 and 2 more.",
            11,
            id="the first three are named, the others counted",
        ),
        pytest.param(
            repeating("2028-02-29", "2028-02-29", Repeat.YEARLY, "2032-12-31"),
            MOVED.format(29) + "2029-02-28, 2030-02-28, 2031-02-28.",
            1,
            id="29 February of years without one",
        ),
        pytest.param(
            repeating("2026-01-28", "2026-02-02", Repeat.MONTHLY, "2026-03-28"),
            OVER + "keeps its 6 days: 2026-01-28 to 2026-02-02, 2026-02-28 to 2026-03-05, "
            "2026-03-28 to 2026-04-02.",
            0,
            id="until the 2nd, the 5th, the 2nd",
        ),
        pytest.param(
            repeating("2026-03-28", "2026-03-30", Repeat.MONTHLY, "2027-02-28", cadence=11),
            OVER + "keeps its 3 days: 2027-02-28 to 2027-03-02.",
            1,
            id="only a later instance reaches over the month's end",
        ),
        pytest.param(
            repeating("2025-12-30", "2026-01-02", Repeat.YEARLY, "2026-12-30"),
            OVER + "keeps its 4 days: 2025-12-30 to 2026-01-02, 2026-12-30 to 2027-01-02.",
            0,
            id="over the year's end",
        ),
        pytest.param(
            repeating("2026-01-31", "2026-02-01", Repeat.MONTHLY, "2026-02-28"),
            MOVED.format(31) + "2026-02-28. " + OVER + "keeps its 2 days: 2026-01-31 to "
            "2026-02-01, 2026-02-28 to 2026-03-01.",
            0,
            id="both: one warning",
        ),
    ],
)
def test_a_repeat_that_meets_a_months_end_is_warned_of(planned, message, index):
    (warning,) = month_end_warnings(planned)

    assert (warning.code, warning.message) == (WarningCode.REPEAT_MEETS_MONTH_END, message)
    assert warning.path == ("instances", index)


@pytest.mark.rule("3.2")
@pytest.mark.parametrize(
    "planned",
    [
        pytest.param(plan(replace(ONE_DAY, end_day=day("2023-12-04"))), id="never repeats"),
        pytest.param(
            repeating("2026-01-30", "2026-02-02", Repeat.WEEKLY, "2026-04-30"),
            id="weekly: no month has a say",
        ),
        pytest.param(
            repeating("2026-01-31", "2026-01-31", Repeat.MONTHLY, "2026-07-31", cadence=2),
            id="every month in which it falls has a 31st",
        ),
        pytest.param(
            repeating("2026-01-28", "2026-01-28", Repeat.MONTHLY, "2027-12-31"),
            id="the 28th of each month",
        ),
        pytest.param(
            repeating("2026-01-31", "2026-02-01", Repeat.MONTHLY, "2026-02-27"),
            id="one instance: as it was sent",
        ),
        pytest.param(
            repeating("2024-02-29", "2024-02-29", Repeat.YEARLY, "2032-02-29", cadence=4),
            id="leap years only",
        ),
    ],
)
def test_a_repeat_that_is_as_it_was_sent_is_not(planned):
    assert month_end_warnings(planned) == []


@pytest.mark.rule("3.6")
def test_an_instance_partly_on_excluded_days_is_not_warned_of():
    planned = plan(replace(ONE_DAY, start_day=FRIDAY, end_day=SUNDAY))

    assert warned(planned) == []


@pytest.mark.rule("4.3")
def test_counted_days_are_clipped_to_the_window():
    stored = record_of(SEED_EXAMPLE, end_day=day("2023-11-03"))

    found = stored.counted_days(DayRange(day("2023-11-03"), day("2023-11-15")))

    assert [str(each) for each in found] == [
        "2023-11-03",
        "2023-11-08",
        "2023-11-09",
        "2023-11-10",
        "2023-11-15",
    ]


@pytest.mark.rule("4.2")
def test_a_records_own_figures_ignore_workdays_and_holidays():
    """Eleven hours on Christmas Day are eleven hours of the record."""
    stored = record_of(
        ONE_DAY,
        start_day=day("2026-12-25"),
        end_day=day("2026-12-25"),
        batch_start_time=time(6),
        batch_end_time=time(17),
    )

    assert stored.total_seconds == stored.pattern.seconds_of(stored.span) == 11 * HOUR


# Other records, unknown people, reasons: 3.9, 3.10, 4.6.


@pytest.mark.rule("3.9")
def test_each_overlapping_record_is_named_once():
    warnings = overlap_warnings([("one", FRIDAY), ("other", MONDAY)], ("person_time_off",))

    assert [(each.code, each.path, each.message) for each in warnings] == [
        (
            WarningCode.OVERLAPS_TIME_OFF,
            ("person_time_off",),
            "Overlaps time off one of the same person, first on 2026-03-06.",
        ),
        (
            WarningCode.OVERLAPS_TIME_OFF,
            ("person_time_off",),
            "Overlaps time off other of the same person, first on 2026-03-09.",
        ),
    ]


@pytest.mark.rule("3.10")
def test_not_found_does_not_tell_whether_there_is_one_elsewhere():
    assert (NotFound("person").message, NotFound("person").code) == (
        "There is no such person.",
        "NOT_FOUND",
    )


SECRET = "unmistakable words"  # noqa: S105 - the reason that must not be found anywhere


@pytest.mark.rule("4.6")
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"reason": SECRET + "\x00"}, id="of the reason itself"),
        pytest.param({"reason": SECRET * 200}, id="of its length"),
        pytest.param({"reason": SECRET, "end_day": day("2023-10-31")}, id="of something else"),
    ],
)
def test_no_refusal_repeats_the_reason(changes):
    with pytest.raises(Refused) as refusal:
        plan(replace(ONE_DAY, **changes))

    said = [refusal.value, *refusal.value.errors]
    assert not [each for each in said if SECRET in f"{each} {each!r} {vars(each)}"]


@pytest.mark.rule("4.6")
def test_no_warning_repeats_the_reason():
    planned = plan(replace(ONE_DAY, reason=SECRET, batch_start_time=time(7, 1)))

    assert warned(planned) == [(WarningCode.TIME_ROUNDED, ("batch_start_time",))]
    assert SECRET not in repr(planned)


# Laws.

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
