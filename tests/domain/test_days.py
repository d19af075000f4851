"""Calendar days, spans of them and ranges of them (rules 1.4, 1.5, 3.1 and 4.3)."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.days import FIRST_DAY, LAST_DAY, DayRange, DaySpan, within_calendar
from app.domain.errors import DaysReversed, InvalidValue

days = st.dates(FIRST_DAY, LAST_DAY)
near_days = st.dates(date(2026, 1, 1), date(2026, 3, 31))


def day(text):
    return date.fromisoformat(text)


def span(first, last):
    return DaySpan(day(first), day(last))


@st.composite
def spans(draw):
    return DaySpan(*sorted(draw(st.tuples(near_days, near_days))))


@st.composite
def ranges(draw):
    first, last = draw(st.tuples(st.none() | near_days, st.none() | near_days))
    return DayRange(*sorted((first, last))) if first and last else DayRange(first, last)


@pytest.mark.rule("1.5")
@pytest.mark.parametrize("text", ["2000-01-01", "2024-02-29", "2099-12-31"])
def test_the_calendar_holds_the_years_2000_to_2099(text):
    assert within_calendar(day(text)) == day(text)


@pytest.mark.rule("1.5")
@pytest.mark.rule("6.1")
@pytest.mark.parametrize("text", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31"])
def test_a_day_outside_the_calendar_is_refused(text):
    with pytest.raises(InvalidValue, match="between 2000-01-01 and 2099-12-31"):
        within_calendar(day(text))


@pytest.mark.rule("3.1")
def test_both_ends_belong_to_a_span():
    assert [str(each) for each in span("2024-02-28", "2024-03-01")] == [
        "2024-02-28",
        "2024-02-29",
        "2024-03-01",
    ]


@pytest.mark.rule("3.1")
def test_a_span_of_one_day_has_one_day():
    assert list(span("2026-03-02", "2026-03-02")) == [day("2026-03-02")]


@pytest.mark.rule("3.1")
@pytest.mark.parametrize("kind", [DaySpan, DayRange])
def test_days_cannot_end_before_they_start(kind):
    with pytest.raises(DaysReversed) as refusal:
        kind(day("2026-03-03"), day("2026-03-02"))

    assert refusal.value.message == "2026-03-02 is before 2026-03-03."
    assert (refusal.value.first, refusal.value.last) == (day("2026-03-03"), day("2026-03-02"))


@pytest.mark.rule("1.4")
@given(spans())
def test_no_change_of_clocks_makes_a_day_longer_or_shorter(some):
    each = list(some)

    assert len(each) == len(some) == (some.last - some.first).days + 1
    assert all(after - before == timedelta(days=1) for before, after in pairwise(each))
    assert not any(isinstance(one, datetime) for one in each)


@pytest.mark.rule("4.3")
@given(spans(), spans())
def test_spans_overlap_where_they_share_a_day(one, other):
    assert one.overlaps(other) == other.overlaps(one) == bool(set(one) & set(other))


@pytest.mark.rule("4.3")
@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        pytest.param("2026-03-03", "2026-03-04", ("2026-03-03", "2026-03-04"), id="inside"),
        pytest.param("2026-03-01", "2026-03-09", ("2026-03-02", "2026-03-06"), id="around"),
        pytest.param("2026-03-06", "2026-03-09", ("2026-03-06", "2026-03-06"), id="its last day"),
        pytest.param("2026-02-01", "2026-03-02", ("2026-03-02", "2026-03-02"), id="its first day"),
        pytest.param(None, "2026-03-03", ("2026-03-02", "2026-03-03"), id="open at the start"),
        pytest.param("2026-03-05", None, ("2026-03-05", "2026-03-06"), id="open at the end"),
        pytest.param(None, None, ("2026-03-02", "2026-03-06"), id="open on both sides"),
    ],
)
def test_a_span_is_clipped_to_the_range(first, last, expected):
    window = DayRange(first and day(first), last and day(last))

    assert window.clip(span("2026-03-02", "2026-03-06")) == span(*expected)


@pytest.mark.rule("4.3")
@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param("2026-03-07", "2026-03-09", id="after it"),
        pytest.param("2026-02-01", "2026-03-01", id="before it"),
        pytest.param(None, "2026-03-01", id="open, but before it"),
        pytest.param("2026-03-07", None, id="open, but after it"),
    ],
)
def test_a_range_beside_the_span_leaves_nothing_of_it(first, last):
    window = DayRange(first and day(first), last and day(last))

    assert window.clip(span("2026-03-02", "2026-03-06")) is None


@pytest.mark.rule("4.3")
@pytest.mark.rule("6.4")
@given(ranges(), spans())
def test_clipping_keeps_exactly_the_days_inside(window, some):
    clipped = window.clip(some)

    assert list(clipped or ()) == [each for each in some if each in window]


@pytest.mark.rule("6.4")
@given(days)
def test_a_range_without_ends_contains_every_day(some):
    assert some in DayRange()


@pytest.mark.parametrize(
    ("one", "other", "meet", "both"),
    [
        pytest.param((1, 2), (3, 4), False, (1, 4), id="apart"),
        pytest.param((1, 3), (3, 4), True, (1, 4), id="a day in common"),
        pytest.param((1, None), (3, 4), True, (1, None), id="without an end"),
        pytest.param((None, 2), (3, 4), False, (None, 4), id="without a beginning, before it"),
        pytest.param((None, None), (3, 4), True, (None, None), id="all days"),
    ],
)
def test_ranges_meet_and_have_a_range_around_them(one, other, meet, both):
    first, second, around = (
        DayRange(*(each and date(2026, 3, each) for each in ends)) for ends in (one, other, both)
    )

    assert first.meets(second) is second.meets(first) is meet
    assert first.hull(second) == second.hull(first) == around
