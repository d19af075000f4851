"""Which days and hours a record of person time off has (rules 3.5, 3.6, 3.2 and 4.3)."""

from dataclasses import replace
from datetime import time

import pytest

from app.domain.days import DayRange, DaySpan
from app.domain.durations import HOUR, MINUTE
from app.domain.person_time_off import (
    month_end_warnings,
    plan,
)
from app.domain.recurrence import Repeat
from app.domain.warnings import WarningCode
from tests.domain.person_records import (
    FRIDAY,
    MONDAY,
    ONE_DAY,
    SATURDAY,
    SEED_EXAMPLE,
    SUNDAY,
    THURSDAY,
    day,
    pattern,
    record_of,
    warned,
)

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
