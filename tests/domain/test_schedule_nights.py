"""Night shifts and the next day's records (rule 3.5)."""

from datetime import date, timedelta

import pytest

from app.domain.contributions import meetings_across_midnight
from app.domain.durations import (
    DAY,
    HOUR,
)
from app.domain.schedule import merge
from tests.domain.worker_days import (
    DUPLICATE,
    MIXED,
    MONDAY,
    OVERLAP,
    clock,
    entry,
    hours_of,
    notes_of,
)

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
    without = merge(MONDAY, 8 * HOUR, [entry(1), morning])

    day = merge(MONDAY, 8 * HOUR, [entry(1), morning], across_midnight=[(NIGHT, morning)])

    assert hours_of(day) == hours_of(without)
    assert day.contributions == without.contributions
    assert notes_of(day) == {DUPLICATE: "Kq"} | notes


@pytest.mark.rule("4.2")
def test_a_note_tells_both_ways_in_which_records_of_a_day_meet():
    day_long, evening = clock(6, 21, "a"), clock(20, 26, "b")

    (of_day,) = merge(MONDAY, DAY, [day_long, evening]).notes
    (of_night,) = merge(MONDAY, DAY, [evening], across_midnight=[(NIGHT, evening)]).notes
    (of_both,) = merge(MONDAY, DAY, [day_long, evening], across_midnight=[(NIGHT, day_long)]).notes

    assert of_both.message == f"{of_day.message} {of_night.message}"
    assert "counts once" in of_day.message
    assert "counts once" not in of_night.message
    assert of_both.records == (day_long, evening, NIGHT)
