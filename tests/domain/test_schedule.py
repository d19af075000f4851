"""The worker's day: what both systems know of it, merged (rule 4.2) and compared (4.5)."""

from datetime import date, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.contributions import ClockHours, EntryHours, clock_time, is_agreed
from app.domain.days import DaySpan
from app.domain.durations import (
    DAY,
    HOUR,
    HUNDREDTH,
    MINUTE,
    rounded_up_to_hundredth,
    seconds_of_hours,
)
from app.domain.errors import DaysReversed, InvalidValue, TooManyItems
from app.domain.pattern import Pattern
from app.domain.schedule import (
    MAX_PAGE_DAYS,
    MAX_WINDOW_DAYS,
    Combine,
    DiscrepancyKind,
    merge,
    refuse_large_page,
    schedule_window,
)
from app.domain.workweek import Calendar, WorkweekPattern
from tests.domain.worker_days import (
    DUPLICATE,
    FRIDAY,
    MIXED,
    MONDAY,
    OVER,
    OVERLAP,
    PAIR,
    SATURDAY,
    SUNDAY,
    Hours,
    clock,
    entry,
    hours_of,
    notes_of,
    one,
    workdays,
)

# Worked out by hand from rule 4.2, hours throughout.
DAYS = [
    pytest.param(8, [], one(0, 8), {}, None, id="nothing booked: all of the day is free"),
    pytest.param(
        8,
        [entry(3)],
        one(3, 5, unknown=3),
        {},
        DiscrepancyKind.ONLY_IN_KANTATA_OX,
        id="Kantata only: nobody says whether it is paid",
    ),
    pytest.param(
        8,
        [clock(8, 14)],
        one(6, 2, paid=6),
        {},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="Procore only, paid",
    ),
    pytest.param(
        8,
        [clock(8, 14, paid=False)],
        one(6, 2, unpaid=6),
        {},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="Procore only, unpaid",
    ),
    pytest.param(
        8,
        [entry(4), clock(8, 12)],
        Hours(4, 4, 8, 0, 4, 0, 0, 4),
        {DUPLICATE: "Kp"},
        None,
        id="both, the same hours: one absence, or two",
    ),
    pytest.param(
        8,
        [entry(2), clock(8, 13)],
        Hours(5, 3, 7, 1, 5, 0, 0, 2),
        {DUPLICATE: "Kp"},
        DiscrepancyKind.HOURS_DIFFER,
        id="both, Procore with more",
    ),
    pytest.param(
        8,
        [entry(5), clock(8, 10, paid=False)],
        Hours(5, 3, 7, 1, 0, 2, 3, 5),
        {DUPLICATE: "Kp"},
        DiscrepancyKind.HOURS_DIFFER,
        id="both, Kantata with more: what it has above Procore is unknown",
    ),
    pytest.param(
        8,
        [entry(6), clock(8, 13)],
        Hours(6, 2, 8, 0, 5, 0, 1, 3),
        {DUPLICATE: "Kp"},
        DiscrepancyKind.HOURS_DIFFER,
        id="both, whose sum is above the workday, is no case of OVER_WORKDAY",
    ),
    pytest.param(
        8,
        [entry(8), clock(8, 16)],
        Hours(8, 0, 8, 0, 8, 0, 0, 0),
        {DUPLICATE: "Kp"},
        None,
        id="both, the whole day each",
    ),
    pytest.param(
        8,
        [clock(8, 12, "p"), clock(10, 14, "q")],
        one(6, 2, paid=6),
        {OVERLAP: "pq"},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="two Procore records that overlap: their union",
    ),
    pytest.param(
        8,
        [clock(8, 12, "p"), clock(12, 14, "q")],
        one(6, 2, paid=6),
        {},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="two Procore records that touch do not overlap",
    ),
    pytest.param(
        8,
        [clock(8, 10, "p"), clock(9, 11, "q"), clock(13, 15, "r")],
        one(5, 3, paid=5),
        {OVERLAP: "pq"},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="only those who overlap are named",
    ),
    pytest.param(
        8,
        [clock(8, 12, "p"), clock(8, 12, "q")],
        one(4, 4, paid=4),
        {OVERLAP: "pq"},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="the same record twice counts once",
    ),
    pytest.param(
        8,
        [entry(1), clock(8, 12, "p"), clock(10, 14, "q")],
        Hours(6, 2, 7, 1, 6, 0, 0, 1),
        {DUPLICATE: "Kpq", OVERLAP: "pq"},
        DiscrepancyKind.HOURS_DIFFER,
        id="a possible duplicate names every record of the day",
    ),
    pytest.param(
        8,
        [clock(7, 15.5)],
        one(8, 0, paid=8),
        {OVER: "p"},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="8.5 clock hours on an 8 h workday",
    ),
    pytest.param(
        8,
        [entry(8), clock(7, 15.5)],
        Hours(8, 0, 8, 0, 8, 0, 0, 0),
        {DUPLICATE: "Kp", OVER: "Kp"},
        None,
        id="the systems are compared on capped hours: 8 h and 8.5 h of 8 agree",
    ),
    pytest.param(
        8,
        [entry(10)],
        one(8, 0, unknown=8),
        {OVER: "K"},
        DiscrepancyKind.ONLY_IN_KANTATA_OX,
        id="an entry from before the workweek became shorter",
    ),
    pytest.param(
        8,
        [clock(22, 30)],
        one(8, 0, paid=8),
        {},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="a night shift belongs to the day on which it starts, with all its hours",
    ),
    pytest.param(
        8,
        [clock(22, 30, "p"), clock(2, 6, "q")],
        one(8, 0, paid=8),
        {OVER: "qp"},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="the small hours of a day are not those of the night that starts on it",
    ),
    pytest.param(
        8,
        [clock(20, 26, "p"), clock(22, 28, "q", paid=False)],
        one(8, 0, paid=6, unpaid=2),
        {OVERLAP: "pq", MIXED: "pq"},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="two nights that start on one day overlap",
    ),
    pytest.param(
        4,
        [entry(2), clock(8, 11)],
        Hours(3, 1, 4, 0, 3, 0, 0, 1),
        {DUPLICATE: "Kp"},
        DiscrepancyKind.HOURS_DIFFER,
        id="a part-timer: the sum is capped at 4 h",
    ),
    pytest.param(
        4,
        [entry(4), clock(8, 16)],
        Hours(4, 0, 4, 0, 4, 0, 0, 0),
        {DUPLICATE: "Kp", OVER: "Kp"},
        None,
        id="a part-timer of 4 h, for whom Procore has a whole day",
    ),
    pytest.param(
        8,
        [clock(8, 12, "p"), clock(12, 15, "q", paid=False)],
        one(7, 1, paid=4, unpaid=3),
        {},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="paid and unpaid on one day, one after the other",
    ),
    pytest.param(
        8,
        [clock(8, 12, "p"), clock(10, 15, "q", paid=False)],
        one(7, 1, paid=4, unpaid=3),
        {OVERLAP: "pq", MIXED: "pq"},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="paid and unpaid at the same time counts as paid",
    ),
    pytest.param(
        8,
        [clock(8, 10, "p"), clock(9, 12, "q"), clock(11, 14, "r", paid=False)],
        one(6, 2, paid=4, unpaid=2),
        {OVERLAP: "pqr", MIXED: "qr"},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="each note names its own records",
    ),
    pytest.param(
        8,
        [clock(6, 13, "p", paid=False), clock(13, 18, "q")],
        one(8, 0, paid=5, unpaid=3),
        {OVER: "pq"},
        DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        id="of more than the workday, what is paid counts first",
    ),
    pytest.param(
        8,
        [entry(6, mirrored=True), clock(8, 14)],
        one(6, 2, paid=6),
        {},
        None,
        id="a mirrored entry is the same absence",
    ),
    pytest.param(
        8,
        [entry(6, mirrored=True), clock(8, 12)],
        one(6, 2, paid=4, unknown=2),
        {},
        DiscrepancyKind.HOURS_DIFFER,
        id="a mirrored entry with hours of its own besides",
    ),
    pytest.param(
        8,
        [entry(6, mirrored=True)],
        one(6, 2, unknown=6),
        {},
        DiscrepancyKind.ONLY_IN_KANTATA_OX,
        id="a mirrored entry whose record was deleted since",
    ),
    pytest.param(0, [], one(0, 0), {}, None, id="a day off, or a holiday: nothing to be free of"),
    pytest.param(
        0,
        [entry(8), clock(8, 16)],
        one(0, 0),
        {DUPLICATE: "Kp", OVER: "Kp"},
        None,
        id="time off on a holiday takes nothing, and is explained",
    ),
]


@pytest.mark.rule("4.2")
@pytest.mark.parametrize(("workday", "records", "expected", "notes", "kind"), DAYS)
def test_a_merged_day(workday, records, expected, notes, kind):
    day = merge(MONDAY, workday * HOUR, records, pair=PAIR)

    assert hours_of(day) == expected
    assert notes_of(day) == notes
    assert day.discrepancy is kind


@pytest.mark.rule("4.2")
def test_contributions_are_kantatas_then_procores_by_the_clock():
    late, early, night = clock(13, 17, "a"), clock(8, 12, "z"), clock(22, 30, "b")

    day = merge(MONDAY, 8 * HOUR, [night, late, entry(1), early])

    assert list(day.contributions) == [entry(1), early, late, night]


@pytest.mark.rule("4.2")
def test_contributions_are_uncapped():
    day = merge(MONDAY, 4 * HOUR, [clock(7, 15.5)])

    assert [each.seconds for each in day.contributions] == [8.5 * HOUR]


@pytest.mark.rule("4.2")
def test_each_code_is_noted_once_however_many_records_it_is_about():
    records = [clock(8 + number / 4, 12, str(number), paid=number % 2 == 0) for number in range(6)]

    day = merge(MONDAY, 2 * HOUR, [entry(3), *records])

    assert [note.code for note in day.notes] == [DUPLICATE, OVERLAP, OVER, MIXED]
    assert [len(note.records) for note in day.notes] == [7, 6, 7, 6]


@pytest.mark.rule("4.6")
@pytest.mark.parametrize(("workday", "records", "expected", "notes", "kind"), DAYS)
def test_a_note_says_what_it_is_about_without_hours_or_names(
    workday, records, expected, notes, kind
):
    for note in merge(MONDAY, workday * HOUR, records).notes:
        assert note.message.endswith(".")
        assert not any(character.isdigit() for character in note.message)


# Workdays whose minutes are no hundredths of an hour: 7 h 20 min are shown as 7.34 h.

SEVEN_TWENTY = 440 * MINUTE


@pytest.mark.rule("2.3")
@pytest.mark.parametrize(
    ("records", "off", "high", "kind"),
    [
        pytest.param(
            [entry(7.33)], 7.34, 7.34, DiscrepancyKind.ONLY_IN_KANTATA_OX, id="0.0033 h lack"
        ),
        pytest.param(
            [entry(7.34)], 7.34, 7.34, DiscrepancyKind.ONLY_IN_KANTATA_OX, id="as it is shown"
        ),
        pytest.param(
            [entry(7.32)], 7.32, 7.32, DiscrepancyKind.ONLY_IN_KANTATA_OX, id="0.0133 h lack"
        ),
        pytest.param([entry(7.33), clock(7, 15)], 7.34, 7.34, None, id="a full day in both"),
        pytest.param(
            [entry(7.32), clock(7, 15)],
            7.34,
            7.34,
            DiscrepancyKind.HOURS_DIFFER,
            id="a full day in one, almost one in the other",
        ),
        pytest.param(
            [entry(0.08), clock(8, 15.25)],
            7.25,
            7.34,
            DiscrepancyKind.HOURS_DIFFER,
            id="both together lack 0.0033 h",
        ),
        pytest.param([entry(7.25), clock(8, 15.25)], 7.25, 7.34, None, id="the same in both"),
    ],
)
def test_a_day_that_lacks_less_than_a_hundredth_of_an_hour_is_full(records, off, high, kind):
    day = merge(MONDAY, SEVEN_TWENTY, records, pair=PAIR)

    assert day.workday == seconds_of_hours(7.34)
    assert day.low == seconds_of_hours(off)
    assert day.high == seconds_of_hours(high)
    assert day.available(Combine.MAX) == day.workday - day.low
    assert day.discrepancy is kind
    assert OVER not in notes_of(merge(MONDAY, SEVEN_TWENTY, [entry(7.34)]))


@pytest.mark.rule("2.3")
@given(workdays, st.integers(min_value=0, max_value=2_500))
def test_an_entry_leaves_something_or_nothing_by_the_exact_minutes(workday, hundredths):
    """Counted in exact fractions of an hour, as the rule says it."""
    lacks = Fraction(workday, HOUR) - Fraction(hundredths, 100)

    day = merge(MONDAY, workday, [EntryHours(1, hundredths * HUNDREDTH)])

    assert (day.available(Combine.MAX) == 0) == (lacks < Fraction(1, 100))


@pytest.mark.rule("2.3")
@pytest.mark.rule("4.5")
@given(workdays)
def test_the_last_hundredth_that_fits_is_a_full_day_to_both_systems(workday):
    """What people enter who round down, and who round up, beside Procore's whole day."""
    assume(workday)
    whole_day = ClockHours("p", 0, DAY, is_paid=True)
    for entered in (workday // HUNDREDTH * HUNDREDTH, rounded_up_to_hundredth(workday)):
        day = merge(MONDAY, workday, [EntryHours(1, entered), whole_day], pair=PAIR)

        assert day.discrepancy is None
        assert day.kantata == day.procore == day.workday


@pytest.mark.rule("4.5")
def test_the_systems_do_not_differ_about_a_worker_whom_only_one_of_them_knows():
    assert merge(MONDAY, 8 * HOUR, [entry(8)], pair=None).discrepancy is None


# From a record's span and flags to the days of a worker.

FULL_TIME = Calendar()
PART_TIME = Calendar(own=[WorkweekPattern(date(2026, 1, 1), None, (480, 240, 0, 0, 480, 240, 0))])
CLOSED_ON_MONDAY = Calendar(holidays=[DaySpan(MONDAY, MONDAY)])


def week_of(pattern, calendar, span):
    """Each day's workday and hours off, for a record of the pattern and the span."""
    starts, ends = pattern.interval
    counted = set(pattern.counted_days(span))
    merged = [
        merge(
            day,
            calendar.workday_seconds(day),
            [ClockHours("p", starts, ends, is_paid=True)] if day in counted else [],
        )
        for day in span
    ]
    return [(day.workday / HOUR, day.low / HOUR, len(day.notes)) for day in merged]


@pytest.mark.rule("3.6")
@pytest.mark.rule("4.2")
@pytest.mark.parametrize(
    ("saturday", "sunday", "noted_on"),
    [
        pytest.param(False, False, [], id="neither"),
        pytest.param(True, False, [SATURDAY], id="Saturday"),
        pytest.param(False, True, [SUNDAY], id="Sunday"),
        pytest.param(True, True, [SATURDAY, SUNDAY], id="both"),
    ],
)
def test_weekend_flags_bring_a_record_to_days_on_which_nobody_works(saturday, sunday, noted_on):
    """From Friday to Monday: the weekend has no workday, so what counts there is only noted."""
    pattern = Pattern(time(8), time(16), saturday, sunday)

    days = week_of(pattern, FULL_TIME, DaySpan(FRIDAY, MONDAY))

    weekend = [(0.0, 0.0, int(day in noted_on)) for day in (SATURDAY, SUNDAY)]
    assert days == [(8.0, 8.0, 0), *weekend, (8.0, 8.0, 0)]


@pytest.mark.rule("2.3")
@pytest.mark.rule("4.2")
@pytest.mark.parametrize(
    ("saturday", "sunday", "saturday_hours"),
    [
        pytest.param(False, False, 0.0, id="neither"),
        pytest.param(True, False, 4.0, id="Saturday"),
        pytest.param(False, True, 0.0, id="Sunday"),
        pytest.param(True, True, 4.0, id="both"),
    ],
)
def test_weekend_flags_take_hours_of_somebody_who_works_on_saturdays(
    saturday, sunday, saturday_hours
):
    pattern = Pattern(time(8), time(16), saturday, sunday)

    days = week_of(pattern, PART_TIME, DaySpan(FRIDAY, MONDAY))

    assert [(workday, off) for workday, off, _ in days] == [
        (8.0, 8.0),
        (4.0, saturday_hours),
        (0.0, 0.0),
        (8.0, 8.0),
    ]


@pytest.mark.rule("2.3")
@pytest.mark.rule("4.2")
def test_a_holiday_inside_a_span_takes_no_hours():
    pattern = Pattern(time(8), time(16), apply_to_saturday=False, apply_to_sunday=False)

    days = week_of(pattern, CLOSED_ON_MONDAY, DaySpan(FRIDAY, MONDAY))

    assert days == [(8.0, 8.0, 0), (0.0, 0.0, 0), (0.0, 0.0, 0), (0.0, 0.0, 1)]


# Windows and pages.


@pytest.mark.rule("6.4")
def test_a_window_has_400_days_at_most():
    first = date(2026, 1, 1)

    assert len(schedule_window(first, first + timedelta(days=399))) == MAX_WINDOW_DAYS == 400
    with pytest.raises(InvalidValue, match="not 401") as refusal:
        schedule_window(first, first + timedelta(days=400))
    assert refusal.value.path == ("to",)


@pytest.mark.rule("6.4")
def test_a_window_is_one_day_at_least():
    assert list(schedule_window(MONDAY, MONDAY)) == [MONDAY]
    with pytest.raises(DaysReversed) as refusal:
        schedule_window(MONDAY, SUNDAY)
    assert refusal.value.path == ("to",)


@pytest.mark.rule("6.4")
def test_a_page_has_20_000_worker_days_at_most():
    window = DaySpan(date(2026, 1, 1), date(2026, 2, 9))

    refuse_large_page(MAX_PAGE_DAYS // len(window), window)
    for argument in ("first", "last"):
        with pytest.raises(TooManyItems, match=f"`{argument}`") as refusal:
            refuse_large_page(MAX_PAGE_DAYS // len(window) + 1, window, argument)
        assert refusal.value.path == (argument,)


@pytest.mark.rule("3.5")
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(0, time(0), id="midnight at the start"),
        pytest.param(int(15.5 * HOUR), time(15, 30), id="in the day"),
        pytest.param(int(23.75 * HOUR), time(23, 45), id="the last quarter hour"),
        pytest.param(24 * HOUR, time(0), id="midnight at the end"),
        pytest.param(30 * HOUR, time(6), id="the morning after a night"),
    ],
)
def test_a_contribution_starts_and_ends_by_the_wall_clock(seconds, expected):
    assert clock_time(seconds) == expected


@pytest.mark.rule("2.3")
@pytest.mark.rule("4.5")
@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param([], True, id="nothing in both"),
        pytest.param([entry(4), clock(8, 12)], True, id="as many"),
        pytest.param([entry(6), clock(8, 12), clock(10, 14, "q")], True, id="as their union"),
        pytest.param([entry(8), clock(8, 12), clock(10, 14, "q")], False, id="as their sum"),
        pytest.param([entry(7.33), clock(8, 15 + 1 / 3)], True, id="less than 0.01 h differs"),
        pytest.param([entry(9), clock(8, 16)], False, id="above every workday"),
        pytest.param([entry(4)], False, id="Kantata only"),
        pytest.param([clock(8, 12)], False, id="Procore only"),
    ],
)
def test_both_systems_agree_on_uncapped_hours(records, expected):
    assert is_agreed(iter(records)) is expected
