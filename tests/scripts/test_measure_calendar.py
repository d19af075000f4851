"""When scripts/measure-calendar fails. How fast the page is is for the script to say."""

import pytest

from scripts.measure_calendar import FIRST_ROWS_AT_MOST, FRAME_AT_MOST, Limits, parser


def test_what_is_above_a_limit_is_named():
    longest = {"a pull": 49.9, "a wheel that spins": 49.9999999, "others write": 66.7}

    assert Limits().above(0.4, longest) == [
        "a wheel that spins: a frame of 50 ms, under 50 ms",
        "others write: a frame of 67 ms, under 50 ms",
    ]
    assert Limits().above(0.5, {}) == ["the first rows after 0.50 s, under 0.5 s"]


def test_a_slow_machine_has_higher_limits():
    twice = Limits(2)

    assert (twice.frame, twice.first_rows) == (2 * FRAME_AT_MOST, 2 * FIRST_ROWS_AT_MOST)
    assert twice.above(0.99, {"others write": 99}) == []


@pytest.mark.parametrize("factor", ["0.5", "101", "nan", "much"])
def test_a_factor_that_is_none_is_refused(factor, capsys):
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["--slower", factor])

    assert ended.value.code == 2
    assert "--slower" in capsys.readouterr().err
    assert parser().parse_args(["--slower", "2.5"]).slower == 2.5
