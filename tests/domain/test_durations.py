"""Hours are exact (rules 1.1 and 1.2)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.durations import (
    DAY,
    HOUR,
    HUNDREDTH,
    MINUTE,
    QUARTER_HOUR,
    hours_of_seconds,
    hours_text,
    is_quarter_hours,
    is_same_amount,
    rounded_up_to_hundredth,
    seconds_of_hours,
)

hundredths = st.integers(min_value=1, max_value=1_000_000)


@pytest.mark.rule("1.1")
def test_durations_are_seconds():
    assert (HUNDREDTH, MINUTE, QUARTER_HOUR, HOUR, DAY) == (36, 60, 900, 3_600, 86_400)


@pytest.mark.rule("2.3")
@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(8 * HOUR, 8 * HOUR, True, id="the same"),
        pytest.param(8 * HOUR, 8 * HOUR - 35, True, id="less than 0.01 h below"),
        pytest.param(8 * HOUR - 35, 8 * HOUR, True, id="less than 0.01 h above"),
        pytest.param(8 * HOUR, 8 * HOUR - 36, False, id="0.01 h below"),
        pytest.param(8 * HOUR, 8 * HOUR + 36, False, id="0.01 h above"),
        pytest.param(8 * HOUR, 4 * HOUR, False, id="half of it"),
        pytest.param(0, 8 * HOUR, False, id="nothing, and something"),
    ],
)
def test_amounts_are_the_same_within_less_than_a_hundredth(one, other, expected):
    assert is_same_amount(one, other) is expected


@pytest.mark.rule("1.1")
@pytest.mark.parametrize(
    ("hours", "seconds"),
    [
        pytest.param(0.01, 36, id="the smallest hour is 36 seconds"),
        pytest.param(0.1, 360, id="a tenth is exact although no float is"),
        pytest.param(0.29, 1_044, id="0.29 is not cut to 0.28"),
        pytest.param(4.35, 15_660, id="4.35 is not cut to 4.34"),
        pytest.param(8, 28_800, id="a whole number may come as an int"),
        pytest.param(7.5, 27_000, id="a half hour"),
        pytest.param(1e2, 360_000, id="an exponent is only a way of writing"),
        pytest.param(Decimal("7.25"), 26_100, id="a decimal"),
        pytest.param(Decimal("7.2500"), 26_100, id="zeros at the end are no fraction digits"),
        pytest.param(0.0, 0, id="nothing is nothing; whether it is allowed is another rule"),
        pytest.param(-0.25, -900, id="less than nothing keeps its sign"),
        pytest.param(1.1 + 2.2, 11_880, id="a float sum that missed its decimal"),
        pytest.param(8.1 - 0.7, 26_640, id="one that fell short of it"),
        pytest.param(3.300001, 11_880, id="a millionth above a hundredth"),
        pytest.param(Decimal("3.299999"), 11_880, id="a millionth below a hundredth"),
        pytest.param(5e-324, 0, id="the smallest float is as good as nothing"),
        pytest.param(-5e-324, 0, id="nor is it less than nothing"),
        pytest.param(Decimal("1e-999999999"), 0, id="nor what no machine could work out"),
    ],
)
def test_hours_are_whole_seconds(hours, seconds):
    assert seconds_of_hours(hours) == seconds


@pytest.mark.rule("1.1")
@pytest.mark.parametrize(
    "hours",
    [
        pytest.param(0.005, id="three fraction digits"),
        pytest.param(8.001, id="a thousandth too much"),
        pytest.param(3.300002, id="two millionths above a hundredth"),
        pytest.param(Decimal("3.3000010000001"), id="a trace more than a millionth above it"),
        pytest.param(Decimal("3.2999989999999"), id="a trace more than a millionth below it"),
        pytest.param(float("nan"), id="not a number"),
        pytest.param(float("inf"), id="infinity"),
        pytest.param(float("-inf"), id="minus infinity"),
        pytest.param(Decimal("NaN"), id="a decimal that is not a number"),
        pytest.param(Decimal("Infinity"), id="a decimal infinity"),
        pytest.param(Decimal("1e999999"), id="a decimal larger than any float"),
        pytest.param(10**400, id="an integer larger than any float"),
    ],
)
def test_other_numbers_are_no_hours(hours):
    with pytest.raises(ValueError, match="hours "):
        seconds_of_hours(hours)


@pytest.mark.rule("1.1")
def test_ten_times_a_tenth_is_one_hour():
    total = sum(seconds_of_hours(0.1) for _ in range(10))

    assert (total, hours_of_seconds(total)) == (HOUR, 1.0)


@pytest.mark.rule("1.1")
@given(hundredths)
def test_hours_leave_as_the_number_that_came(count):
    hours = count / 100

    assert hours_of_seconds(seconds_of_hours(hours)) == hours


@pytest.mark.rule("1.1")
@given(hundredths)
def test_a_float_and_its_decimal_are_the_same_hours(count):
    decimal = Decimal(count).scaleb(-2)

    assert seconds_of_hours(float(decimal)) == seconds_of_hours(decimal) == count * HUNDREDTH


@pytest.mark.rule("1.1")
@given(st.lists(hundredths))
def test_sums_of_hours_are_exact(counts):
    total = sum(seconds_of_hours(count / 100) for count in counts)

    assert hours_of_seconds(total) == sum(counts) / 100


@pytest.mark.rule("1.1")
@given(st.integers(min_value=0, max_value=24 * 60))
def test_every_minute_is_a_whole_number_of_seconds_and_comes_back_from_its_json_number(minutes):
    assert round(hours_of_seconds(minutes * MINUTE) * HOUR) == minutes * MINUTE


@pytest.mark.rule("1.1")
@given(st.floats() | st.decimals() | st.integers())
def test_any_number_is_whole_hundredths_or_no_hours(number):
    try:
        seconds = seconds_of_hours(number)
    except ValueError:
        return

    assert seconds % HUNDREDTH == 0


@pytest.mark.rule("1.2")
@pytest.mark.parametrize(
    ("hours", "is_quarter"),
    [
        pytest.param(0.25, True, id="a quarter"),
        pytest.param(8, True, id="whole hours"),
        pytest.param(0.01, False, id="a hundredth"),
        pytest.param(7.3, False, id="7.3 h is 7 h 18 min"),
        pytest.param(7.24, False, id="just below a quarter"),
    ],
)
def test_quarter_hours_are_multiples_of_15_minutes(hours, is_quarter):
    assert is_quarter_hours(seconds_of_hours(hours)) is is_quarter


@pytest.mark.rule("2.3")
@pytest.mark.parametrize(
    ("minutes", "hundredth_hours"),
    [
        pytest.param(0, 0, id="nothing stays nothing"),
        pytest.param(1, 2, id="one minute, 0.0166.. h, becomes 0.02 h"),
        pytest.param(3, 5, id="three minutes are 0.05 h exactly"),
        pytest.param(20, 34, id="twenty minutes, 0.333.. h, become 0.34 h"),
        pytest.param(444, 740, id="7 h 24 min are 7.40 h exactly"),
        pytest.param(1_440, 2_400, id="a whole day"),
    ],
)
def test_minutes_become_hours_rounded_up_to_a_hundredth(minutes, hundredth_hours):
    assert rounded_up_to_hundredth(minutes * MINUTE) == hundredth_hours * HUNDREDTH


@pytest.mark.rule("2.3")
@given(st.integers(min_value=0, max_value=10**6))
def test_rounding_up_adds_less_than_a_hundredth(seconds):
    rounded = rounded_up_to_hundredth(seconds)

    assert rounded % HUNDREDTH == 0
    assert 0 <= rounded - seconds < HUNDREDTH


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(28_800, "8 h", id="whole hours have no fraction"),
        pytest.param(900, "0.25 h", id="a quarter"),
        pytest.param(36, "0.01 h", id="the smallest"),
        pytest.param(0, "0 h", id="nothing"),
    ],
)
def test_hours_are_written_for_people(seconds, text):
    assert hours_text(seconds) == text
