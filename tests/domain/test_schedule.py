"""The worker's day: what both systems know of it, merged (rule 4.2) and compared (4.5)."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.days import DaySpan
from app.domain.durations import (
    DAY,
    HOUR,
    HUNDREDTH,
    MINUTE,
    QUARTER_HOUR,
    rounded_up_to_hundredth,
    seconds_of_hours,
)
from app.domain.errors import DaysReversed, InvalidValue, TooManyItems
from app.domain.person_time_off import Pattern
from app.domain.schedule import (
    MAX_PAGE_DAYS,
    MAX_WINDOW_DAYS,
    ClockHours,
    Combine,
    DayNoteCode,
    DiscrepancyKind,
    EntryHours,
    clock_time,
    intersecting,
    is_agreed,
    meetings_across_midnight,
    merge,
    refuse_large_page,
    schedule_window,
    union_seconds,
)
from app.domain.workweek import Calendar, WorkweekPattern

workdays = st.integers(min_value=0, max_value=DAY // MINUTE).map(lambda minutes: minutes * MINUTE)

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 3, day) for day in (6, 7, 8, 9))
DUPLICATE, OVERLAP = DayNoteCode.POSSIBLE_DUPLICATE, DayNoteCode.OVERLAP
OVER, MIXED = DayNoteCode.OVER_WORKDAY, DayNoteCode.PAID_UNPAID_OVERLAP


def entry(hours, *, mirrored=False):
    """Kantata's entry, number 1: of which a day has one at most."""
    return EntryHours(1, seconds_of_hours(hours), mirrored)


def clock(starts, ends, record_id="p", *, paid=True):
    """A Procore record's hours, by the wall clock; beyond 24 for a night."""
    return ClockHours(record_id, int(starts * HOUR), int(ends * HOUR), paid)


@dataclass(frozen=True)
class Hours:
    """What a merged day says, in hours. Where the systems cannot differ, high is low."""

    off: float
    available: float
    high: float
    available_if_summed: float
    paid: float
    unpaid: float
    unknown: float
    unknown_if_summed: float


def one(off, available, *, paid=0.0, unpaid=0.0, unknown=0.0):
    """The same hours whether the systems' absences are taken as one or as two."""
    return Hours(off, available, off, available, paid, unpaid, unknown, unknown)


def hours_of(day):
    """What the day says, in hours."""
    seconds = (
        day.off(Combine.MAX),
        day.available(Combine.MAX),
        day.off(Combine.SUM),
        day.available(Combine.SUM),
        day.paid,
        day.unpaid,
        day.unknown_paid(Combine.MAX),
        day.unknown_paid(Combine.SUM),
    )
    return Hours(*(each / HOUR for each in seconds))


def notes_of(day):
    """Each note with the records that it names, by 'K' and Procore's ids."""
    return {
        note.code: "".join(
            "K" if isinstance(record, EntryHours) else record.record_id for record in note.records
        )
        for note in day.notes
    }


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
    day = merge("U1", MONDAY, workday * HOUR, records)

    assert hours_of(day) == expected
    assert notes_of(day) == notes
    assert day.discrepancy is kind


@pytest.mark.rule("4.2")
def test_contributions_are_kantatas_then_procores_by_the_clock():
    late, early, night = clock(13, 17, "a"), clock(8, 12, "z"), clock(22, 30, "b")

    day = merge("U1", MONDAY, 8 * HOUR, [night, late, entry(1), early])

    assert list(day.contributions) == [entry(1), early, late, night]


@pytest.mark.rule("4.2")
def test_contributions_are_uncapped():
    day = merge("U1", MONDAY, 4 * HOUR, [clock(7, 15.5)])

    assert [each.seconds for each in day.contributions] == [8.5 * HOUR]


@pytest.mark.rule("4.2")
def test_each_code_is_noted_once_however_many_records_it_is_about():
    records = [clock(8 + number / 4, 12, str(number), paid=number % 2 == 0) for number in range(6)]

    day = merge("U1", MONDAY, 2 * HOUR, [entry(3), *records])

    assert [note.code for note in day.notes] == [DUPLICATE, OVERLAP, OVER, MIXED]
    assert [len(note.records) for note in day.notes] == [7, 6, 7, 6]


@pytest.mark.rule("4.6")
@pytest.mark.parametrize(("workday", "records", "expected", "notes", "kind"), DAYS)
def test_a_note_says_what_it_is_about_without_hours_or_names(
    workday, records, expected, notes, kind
):
    for note in merge("U1", MONDAY, workday * HOUR, records).notes:
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
    day = merge("U1", MONDAY, SEVEN_TWENTY, records)

    assert day.workday == seconds_of_hours(7.34)
    assert day.low == seconds_of_hours(off)
    assert day.high == seconds_of_hours(high)
    assert day.available(Combine.MAX) == day.workday - day.low
    assert day.discrepancy is kind
    assert OVER not in notes_of(merge("U1", MONDAY, SEVEN_TWENTY, [entry(7.34)]))


@pytest.mark.rule("2.3")
@given(workdays, st.integers(min_value=0, max_value=2_500))
def test_an_entry_leaves_something_or_nothing_by_the_exact_minutes(workday, hundredths):
    """Counted in exact fractions of an hour, as the rule says it."""
    lacks = Fraction(workday, HOUR) - Fraction(hundredths, 100)

    day = merge("U1", MONDAY, workday, [EntryHours(1, hundredths * HUNDREDTH)])

    assert (day.available(Combine.MAX) == 0) == (lacks < Fraction(1, 100))


@pytest.mark.rule("2.3")
@pytest.mark.rule("4.5")
@given(workdays)
def test_the_last_hundredth_that_fits_is_a_full_day_to_both_systems(workday):
    """What people enter who round down, and who round up, beside Procore's whole day."""
    assume(workday)
    whole_day = ClockHours("p", 0, DAY, is_paid=True)
    for entered in (workday // HUNDREDTH * HUNDREDTH, rounded_up_to_hundredth(workday)):
        day = merge("U1", MONDAY, workday, [EntryHours(1, entered), whole_day])

        assert day.discrepancy is None
        assert day.kantata == day.procore == day.workday


@pytest.mark.rule("4.5")
def test_the_systems_do_not_differ_about_a_worker_whom_only_one_of_them_knows():
    assert merge("U1", MONDAY, 8 * HOUR, [entry(8)], is_compared=False).discrepancy is None


# Night shifts and the next day's records.

NIGHT = clock(22, 30, "n")


def met(*days):
    """What meets across midnight, by person and day; days from Monday on."""
    clocks = {("p", MONDAY + timedelta(days=index)): each for index, each in enumerate(days)}
    found = meetings_across_midnight(clocks)
    return {
        (day - MONDAY).days: {"".join(each.record_id for each in pair) for pair in pairs}
        for (_, day), pairs in found.items()
    }


@pytest.mark.rule("3.5")
@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param([[NIGHT], [clock(5, 10)]], {0: {"np"}, 1: {"np"}}, id="until 6, from 5"),
        pytest.param([[NIGHT], [clock(6, 10)]], {}, id="until 6, from 6: back to back"),
        pytest.param([[NIGHT], [], [clock(5, 10)]], {}, id="two days later"),
        pytest.param([[clock(5, 10)], [NIGHT]], {}, id="the morning before a night"),
        pytest.param([[clock(14, 24)], [clock(0, 8, "q")]], {}, id="until midnight, from midnight"),
        pytest.param([[NIGHT], [NIGHT], [NIGHT]], {}, id="a record does not meet itself"),
        pytest.param(
            [[NIGHT], [clock(5, 28, "m")], [clock(3, 4)]],
            {0: {"nm"}, 1: {"nm", "mp"}, 2: {"mp"}},
            id="a night meets a night that meets a morning",
        ),
        pytest.param(
            [[NIGHT, clock(20, 31, "m")], [clock(5, 10), clock(6.5, 7, "q"), clock(8, 9, "r")]],
            {0: {"np", "mp", "mq"}, 1: {"np", "mp", "mq"}},
            id="each pair is told",
        ),
    ],
)
def test_a_night_shift_meets_records_of_the_next_day_by_the_true_times(days, expected):
    assert met(*days) == expected


@pytest.mark.rule("3.5")
def test_nights_meet_over_the_ends_of_months_years_and_of_all_days():
    for first in (date(2026, 2, 28), date(2028, 2, 28), date(2026, 12, 31), date(2099, 12, 31)):
        following = first + timedelta(days=1)
        morning = clock(5, 10)

        found = meetings_across_midnight({("p", first): [NIGHT], ("p", following): [morning]})

        assert found == {("p", day): [(NIGHT, morning)] for day in (first, following)}


@pytest.mark.rule("3.5")
def test_two_people_do_not_meet():
    clocks = {("p", MONDAY): [NIGHT], ("q", MONDAY + timedelta(days=1)): [clock(5, 10)]}

    assert meetings_across_midnight(clocks) == {}


@pytest.mark.rule("3.5")
@pytest.mark.rule("4.2")
@pytest.mark.parametrize(
    ("is_paid", "notes"),
    [
        pytest.param(True, {OVERLAP: "qn"}, id="both paid"),
        pytest.param(False, {OVERLAP: "qn", MIXED: "qn"}, id="paid and unpaid"),
    ],
)
def test_what_meets_across_midnight_is_noted_and_changes_no_hours(is_paid, notes):
    morning = clock(5, 10, "q", paid=is_paid)
    without = merge("U1", MONDAY, 8 * HOUR, [entry(1), morning])

    day = merge("U1", MONDAY, 8 * HOUR, [entry(1), morning], across_midnight=[(NIGHT, morning)])

    assert hours_of(day) == hours_of(without)
    assert day.contributions == without.contributions
    assert notes_of(day) == {DUPLICATE: "Kq"} | notes


@pytest.mark.rule("4.2")
def test_a_note_tells_both_ways_in_which_records_of_a_day_meet():
    day_long, evening = clock(6, 21, "a"), clock(20, 26, "b")

    (of_day,) = merge("U1", MONDAY, DAY, [day_long, evening]).notes
    (of_night,) = merge("U1", MONDAY, DAY, [evening], across_midnight=[(NIGHT, evening)]).notes
    (of_both,) = merge(
        "U1", MONDAY, DAY, [day_long, evening], across_midnight=[(NIGHT, day_long)]
    ).notes

    assert of_both.message == f"{of_day.message} {of_night.message}"
    assert "counts once" in of_day.message
    assert "counts once" not in of_night.message
    assert of_both.records == (day_long, evening, NIGHT)


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
            "P",
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


# Laws.

entries = st.builds(
    EntryHours,
    st.just(1),
    st.integers(min_value=1, max_value=3_000).map(lambda each: each * HUNDREDTH),
    st.booleans(),
)


record_ids = st.integers(min_value=1, max_value=99).map(str)


@st.composite
def clocks(draw, record_ids=record_ids):
    """Hours in whole quarters, of less than a day, as Procore keeps them."""
    starts = draw(st.integers(min_value=0, max_value=95)) * QUARTER_HOUR
    length = draw(st.integers(min_value=1, max_value=95)) * QUARTER_HOUR
    return ClockHours(draw(record_ids), starts, starts + length, draw(st.booleans()))


@st.composite
def days_off(draw):
    """One entry at most, and any number of records, each once."""
    records = draw(st.lists(clocks(), max_size=6, unique_by=lambda each: each.record_id))
    return [*draw(st.lists(entries, max_size=1)), *records]


def minutes_covered(records):
    """The union, counted the slow way: which minutes does somebody cover?"""
    return len({minute for each in records for minute in range(each.starts, each.ends, MINUTE)})


@pytest.mark.rule("4.2")
@given(workdays, days_off())
def test_every_figure_lies_within_the_workday(workday, records):
    day = merge("U1", MONDAY, workday, records)

    assert day.workday == rounded_up_to_hundredth(workday)
    assert 0 <= day.low <= day.high <= day.workday
    for combine in Combine:
        assert 0 <= day.off(combine) <= day.workday
        assert day.available(combine) == day.workday - day.off(combine)
        assert day.available(combine) % HUNDREDTH == 0
        parts = (day.paid, day.unpaid, day.unknown_paid(combine))
        assert sum(parts) == day.off(combine)
        assert min(parts) >= 0


@pytest.mark.rule("4.2")
@given(workdays, days_off(), st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(workday, records, random):
    shuffled = random.sample(records, len(records))

    assert merge("U1", MONDAY, workday, shuffled) == merge("U1", MONDAY, workday, records)


@pytest.mark.rule("4.2")
@given(workdays, days_off(), entries | clocks(st.just("another")))
def test_another_record_never_lowers_the_high_end(workday, records, another):
    is_second_entry = isinstance(another, EntryHours) and any(
        isinstance(each, EntryHours) for each in records
    )
    assume(not is_second_entry)
    without = merge("U1", MONDAY, workday, records)

    day = merge("U1", MONDAY, workday, [*records, another])

    assert day.high >= without.high
    assert day.low >= without.low


@pytest.mark.rule("4.2")
@given(workdays, days_off())
def test_one_system_alone_leaves_no_range(workday, records):
    of_one_system = [each for each in records if isinstance(each, type(records[0]))]

    day = merge("U1", MONDAY, workday, of_one_system)

    assert day.low == day.high
    assert DUPLICATE not in notes_of(day)


@pytest.mark.rule("4.4")
@given(workdays, days_off())
def test_a_mirrored_entry_leaves_no_range(workday, records):
    mirrored = [
        EntryHours(each.entry_id, each.seconds, is_mirrored=True)
        if isinstance(each, EntryHours)
        else each
        for each in records
    ]

    day = merge("U1", MONDAY, workday, mirrored)

    assert day.low == day.high
    assert DUPLICATE not in notes_of(day)


@pytest.mark.rule("4.2")
@given(workdays, days_off())
def test_notes_name_records_of_the_day_each_code_once(workday, records):
    day = merge("U1", MONDAY, workday, records)

    codes = [note.code for note in day.notes]
    assert len(set(codes)) == len(codes)
    for note in day.notes:
        assert note.records
        assert set(note.records) <= set(records)
        assert len(set(note.records)) == len(note.records)
    assert (MIXED in codes) <= (OVERLAP in codes)


@pytest.mark.rule("4.5")
@given(workdays, days_off())
def test_a_day_differs_where_the_capped_hours_do(workday, records):
    day = merge("U1", MONDAY, workday, records)

    assert (day.discrepancy is None) == (day.kantata == day.procore)
    if day.discrepancy is DiscrepancyKind.ONLY_IN_KANTATA_OX:
        assert day.kantata > day.procore == 0
    if day.discrepancy is DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING:
        assert day.procore > day.kantata == 0
    if day.discrepancy is DiscrepancyKind.HOURS_DIFFER:
        assert min(day.kantata, day.procore) > 0


@pytest.mark.rule("3.9")
@given(st.lists(clocks(), max_size=8))
def test_the_union_is_every_minute_that_somebody_covers(records):
    assert union_seconds(records) == minutes_covered(records) * MINUTE


@pytest.mark.rule("3.9")
@given(st.lists(clocks(), max_size=8))
def test_the_union_is_neither_above_the_sum_nor_below_the_longest(records):
    lengths = [each.seconds for each in records]

    assert max(lengths, default=0) <= union_seconds(records) <= sum(lengths)


@pytest.mark.rule("3.5")
@given(st.lists(st.lists(clocks(), max_size=3), min_size=2, max_size=5))
def test_records_of_two_days_meet_where_they_have_a_quarter_of_an_hour_in_common(days):
    """Counted the slow way: which quarters after the first midnight does each cover?"""

    def quarters(index, clock_):
        starts, ends = index * DAY + clock_.starts, index * DAY + clock_.ends
        return set(range(starts, ends, QUARTER_HOUR))

    expected = {
        (index, one_clock, other)
        for index, (today, following) in enumerate(pairwise(days))
        for one_clock in today
        for other in following
        if one_clock.record_id != other.record_id
        and quarters(index, one_clock) & quarters(index + 1, other)
    }

    keyed = {("p", MONDAY + timedelta(days=index)): each for index, each in enumerate(days)}
    found = {
        (day, *pair)
        for (_, day), pairs in meetings_across_midnight(keyed).items()
        for pair in pairs
    }

    assert found == {
        (MONDAY + timedelta(days=index + later), one_clock, other)
        for index, one_clock, other in expected
        for later in (0, 1)
    }


@pytest.mark.rule("3.9")
@given(st.lists(clocks(), max_size=8, unique_by=lambda each: each.record_id))
def test_records_overlap_where_the_union_is_less_than_the_sum(records):
    pairs = intersecting(records)

    assert bool(pairs) == (union_seconds(records) < sum(each.seconds for each in records))
    for one_record, other in pairs:
        both = [one_record, other]
        assert union_seconds(both) < sum(each.seconds for each in both)


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
