"""Procore Workforce Planning's person time off (section 3 of the rules)."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from app.domain.days import LAST_DAY, DaySpan
from app.domain.errors import NotFound, Refusals, Refused, TooManyDays
from app.domain.person_time_off import (
    MAX_COUNTED_DAYS,
    overlap_warnings,
    plan,
    refuse_many_days,
    refuse_other_series,
    rounded_to_quarter,
)
from app.domain.recurrence import Repeat, RepeatRule
from app.domain.warnings import WarningCode
from app.domain.wire_formats import format_mm_dd_yy
from tests.domain.person_records import (
    FRIDAY,
    MONDAY,
    ONE_DAY,
    SATURDAY,
    SEED_EXAMPLE,
    SUNDAY,
    day,
    record,
    record_of,
    warned,
)

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
            {
                "repeat": Repeat.MONTHLY,
                "cadence": None,
                "start_day": SATURDAY,
                "end_day": SATURDAY,
                "repeat_end_day": day("2026-12-31"),
            },
            [("REPEAT_INCOMPLETE", ("cadence",))],
            id="a repeat without cadence, of which nobody knows whether a day counts",
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
    assert MAX_COUNTED_DAYS == 4_000
    refuse_many_days(planned, count)
    with pytest.raises(TooManyDays) as refusal:
        refuse_many_days(planned, count - 1)

    message = f"The record counts {count} days; it may count at most {count - 1}."
    assert (refusal.value.message, refusal.value.path) == (message, path)
    assert record(planned).day_count == count


FIXED = (
    "How a record repeats is fixed: {}. Leave this out or as it is, or create another record. "
    "Over GraphQL it can be changed from one occurrence on."
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
