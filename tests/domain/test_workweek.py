"""How long a user can work on a day (rule 2.3)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.days import DaySpan
from app.domain.durations import HOUR, HUNDREDTH, MINUTE
from app.domain.workweek import Calendar, WorkweekPattern, is_filled, taken

MONDAY, TUESDAY, SATURDAY, SUNDAY = "2026-03-02", "2026-03-03", "2026-03-07", "2026-03-08"

SIX_HOURS = (360,) * 5 + (0, 0)
FOUR_HOURS = (240,) * 5 + (0, 0)
WEEKEND_WORK = (0, 0, 0, 0, 0, 300, 600)

patterns = st.builds(
    WorkweekPattern,
    st.dates(date(2026, 1, 1), date(2026, 3, 31)),
    st.none() | st.dates(date(2026, 4, 1), date(2026, 6, 30)),
    st.tuples(*[st.integers(min_value=0, max_value=1_440)] * 7),
)
some_days = st.dates(date(2025, 12, 1), date(2026, 7, 31))


def day(text):
    return date.fromisoformat(text)


def workweek(minutes, since, until=None):
    return WorkweekPattern(day(since), until and day(until), minutes)


def holiday(first, last=None):
    return DaySpan(day(first), day(last or first))


@pytest.mark.rule("2.3")
@pytest.mark.parametrize(
    ("calendar", "when", "hours"),
    [
        pytest.param(Calendar(), MONDAY, 8, id="without any workweek, Monday has 8 h"),
        pytest.param(Calendar(), "2026-03-06", 8, id="without any workweek, Friday has 8 h"),
        pytest.param(Calendar(), SATURDAY, 0, id="without any workweek, Saturday has none"),
        pytest.param(Calendar(), SUNDAY, 0, id="without any workweek, Sunday has none"),
        pytest.param(
            Calendar(company=[workweek(SIX_HOURS, "2026-01-01")]),
            MONDAY,
            6,
            id="the company's workweek replaces Kantata's default",
        ),
        pytest.param(
            Calendar(company=[workweek(SIX_HOURS, "2026-03-03")]),
            MONDAY,
            8,
            id="the company's workweek does not hold before it is effective",
        ),
        pytest.param(
            Calendar(company=[workweek(SIX_HOURS, MONDAY)]),
            MONDAY,
            6,
            id="a workweek holds on the day from which it is effective",
        ),
        pytest.param(
            Calendar(company=[workweek(SIX_HOURS, "2026-01-01", MONDAY)]),
            MONDAY,
            6,
            id="a workweek holds on its last day",
        ),
        pytest.param(
            Calendar(company=[workweek(SIX_HOURS, "2026-01-01", MONDAY)]),
            TUESDAY,
            8,
            id="a workweek does not hold after its last day",
        ),
        pytest.param(
            Calendar(
                company=[workweek(SIX_HOURS, "2026-01-01")],
                own=[workweek(FOUR_HOURS, "2026-01-01")],
            ),
            MONDAY,
            4,
            id="the user's own workweek comes before the company's",
        ),
        pytest.param(
            Calendar(
                company=[workweek(SIX_HOURS, "2026-02-01")],
                own=[workweek(FOUR_HOURS, "2025-01-01")],
            ),
            MONDAY,
            4,
            id="the user's own workweek comes first even where the company's is newer",
        ),
        pytest.param(
            Calendar(
                company=[workweek(SIX_HOURS, "2026-01-01")],
                own=[workweek(FOUR_HOURS, "2026-03-03")],
            ),
            MONDAY,
            6,
            id="before the user's own workweek the company's holds",
        ),
        pytest.param(
            Calendar(
                company=[workweek(SIX_HOURS, "2026-01-01")],
                own=[workweek(FOUR_HOURS, "2026-01-01", "2026-02-28")],
            ),
            MONDAY,
            6,
            id="after the user's own workweek the company's holds",
        ),
        pytest.param(
            Calendar(own=[workweek(FOUR_HOURS, "2026-01-01", "2026-02-28")]),
            MONDAY,
            8,
            id="after the user's own workweek Kantata's default holds if there is no other",
        ),
        pytest.param(
            Calendar(
                own=[workweek(FOUR_HOURS, "2026-02-01"), workweek(SIX_HOURS, "2026-01-01")],
            ),
            MONDAY,
            4,
            id="of two workweeks the later one holds, however they are listed",
        ),
        pytest.param(
            Calendar(
                own=[
                    workweek(FOUR_HOURS, "2026-01-01"),
                    workweek(SIX_HOURS, "2026-02-01", "2026-02-28"),
                ],
            ),
            MONDAY,
            4,
            id="after dated hours the person's open week goes on",
        ),
        pytest.param(
            Calendar(
                company=[
                    workweek(FOUR_HOURS, "2026-01-01"),
                    workweek(SIX_HOURS, "2026-02-01", "2026-02-28"),
                ],
            ),
            MONDAY,
            4,
            id="after dated hours the company's open week goes on",
        ),
        pytest.param(
            Calendar(
                own=[
                    workweek(SIX_HOURS, "2026-03-02", "2026-03-08"),
                    workweek(FOUR_HOURS, "2026-01-01"),
                ],
            ),
            SUNDAY,
            0,
            id="dated hours hold on each of their days, also with none of a weekday",
        ),
        pytest.param(
            Calendar(
                company=[workweek(SIX_HOURS, "2026-01-01")],
                own=[
                    workweek(FOUR_HOURS, "2026-01-01", "2026-06-30"),
                    workweek(WEEKEND_WORK, "2026-02-01", "2026-03-01"),
                ],
            ),
            MONDAY,
            4,
            id="one range inside another: the outer one goes on",
        ),
        pytest.param(
            Calendar(
                company=[workweek(SIX_HOURS, "2026-01-01")],
                own=[
                    workweek(FOUR_HOURS, "2026-01-01", "2026-02-15"),
                    workweek(WEEKEND_WORK, "2026-02-01", "2026-03-01"),
                ],
            ),
            MONDAY,
            6,
            id="after two ranges that meet, when both are over, the company's holds",
        ),
        pytest.param(
            Calendar(own=[workweek(WEEKEND_WORK, "2026-01-01")]),
            SATURDAY,
            5,
            id="somebody may work on Saturday",
        ),
        pytest.param(
            Calendar(own=[workweek(WEEKEND_WORK, "2026-01-01")]),
            MONDAY,
            0,
            id="an own workweek of 0 h is one, and does not fall back to the company's",
        ),
        pytest.param(Calendar(holidays=[holiday(MONDAY)]), MONDAY, 0, id="a holiday has none"),
        pytest.param(
            Calendar(own=[workweek(FOUR_HOURS, "2026-01-01")], holidays=[holiday(MONDAY)]),
            MONDAY,
            0,
            id="a holiday comes before the user's own workweek",
        ),
        pytest.param(
            Calendar(holidays=[holiday("2026-02-27", MONDAY)]),
            MONDAY,
            0,
            id="the last day of a holiday belongs to it",
        ),
        pytest.param(
            Calendar(holidays=[holiday("2026-02-27", MONDAY)]),
            TUESDAY,
            8,
            id="the day after a holiday is a workday",
        ),
    ],
)
def test_possible_workday_hours(calendar, when, hours):
    assert calendar.possible_seconds(day(when)) == hours * HOUR


@pytest.mark.rule("2.3")
def test_each_weekday_has_its_own_minutes_from_monday_on():
    minutes = (60, 120, 180, 240, 300, 360, 420)
    calendar = Calendar(own=[WorkweekPattern(day("2026-01-01"), None, minutes)])

    week = [calendar.possible_seconds(each) // HOUR for each in holiday(MONDAY, SUNDAY)]

    assert week == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.rule("2.3")
def test_minutes_of_a_weekday_are_rounded_up_to_a_hundredth_hour():
    calendar = Calendar(own=[workweek((440,) * 7, "2026-01-01")])

    assert calendar.possible_seconds(day(MONDAY)) == 734 * HUNDREDTH


@pytest.mark.rule("2.3")
@given(st.lists(patterns, unique_by=lambda each: each.effective_from), some_days)
def test_the_order_in_which_workweeks_are_listed_is_irrelevant(workweeks, when):
    listed = Calendar(own=workweeks).possible_seconds(when)

    assert Calendar(own=workweeks[::-1]).possible_seconds(when) == listed


@pytest.mark.rule("2.3")
@given(
    st.lists(patterns, unique_by=lambda each: each.effective_from),
    st.lists(patterns, unique_by=lambda each: each.effective_from),
    some_days,
)
def test_possible_hours_are_those_of_a_wall_calendar_written_over_in_order(own, company, when):
    """Each workweek is written over the days of its range, the latest to begin on top."""

    def written(workweeks):
        minutes = None
        for each in sorted(workweeks, key=lambda each: each.effective_from):
            if each.effective_from <= when <= (each.effective_to or date.max):
                minutes = each.minutes[when.weekday()]
        return minutes

    default = 480 if when.weekday() < 5 else 0
    minutes = next(each for each in (written(own), written(company), default) if each is not None)

    assert 0 <= Calendar(company, own).possible_seconds(when) - minutes * MINUTE < HUNDREDTH


@pytest.mark.rule("2.3")
def test_kantatas_default_is_forty_hours_from_monday_to_friday():
    week = DaySpan(day(MONDAY), day(SUNDAY))

    assert [Calendar().workday_seconds(each) for each in week] == [8 * HOUR] * 5 + [0, 0]


@pytest.mark.rule("2.3")
def test_a_holiday_is_its_days_and_no_other():
    calendar = Calendar(holidays=[holiday("2026-03-03", "2026-03-05")])
    week = DaySpan(day(MONDAY), day("2026-03-06"))

    assert [calendar.workday_seconds(each) / HOUR for each in week] == [8, 0, 0, 0, 8]


@pytest.mark.rule("2.3")
@pytest.mark.parametrize(
    ("workday", "seconds", "takes"),
    [
        pytest.param(8 * HOUR, 8 * HOUR, 8 * HOUR, id="all of it"),
        pytest.param(8 * HOUR, 10 * HOUR, 8 * HOUR, id="more than it has"),
        pytest.param(8 * HOUR, 8 * HOUR - HUNDREDTH, None, id="0.01 h less"),
        pytest.param(440 * MINUTE, 733 * HUNDREDTH, 734 * HUNDREDTH, id="less than 0.01 h lacks"),
        pytest.param(440 * MINUTE, 732 * HUNDREDTH, None, id="more than 0.01 h lacks"),
        pytest.param(440 * MINUTE, 440 * MINUTE, 734 * HUNDREDTH, id="as many minutes"),
        pytest.param(0, 0, 0, id="no workday"),
        pytest.param(0, HOUR, 0, id="something off where nobody works"),
        pytest.param(8 * HOUR, 0, None, id="nothing off"),
    ],
)
def test_time_off_fills_a_workday_or_takes_what_it_has(workday, seconds, takes):
    assert is_filled(workday, seconds) is (takes is not None)
    assert taken(workday, seconds) == (seconds if takes is None else takes)
