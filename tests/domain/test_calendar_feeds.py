"""Which runs of days a span has in a feed."""

from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar_feeds import feed_window, runs
from app.domain.days import DaySpan
from app.domain.procore import Pattern

days = st.dates(date(2026, 1, 1), date(2026, 3, 31))
spans = st.lists(days, min_size=2, max_size=2).map(lambda ends: DaySpan(min(ends), max(ends)))
patterns = st.builds(Pattern, st.just(time(8)), st.just(time(16)), st.booleans(), st.booleans())


@given(patterns, spans, spans)
def test_runs_are_the_counted_days_each_as_long_as_can_be(pattern, span, window):
    found = list(runs(pattern, span, window))

    counted = set(pattern.counted_days(span))
    assert {day for run in found for day in run} >= counted & set(window)
    for run in found:
        assert run.overlaps(window)
        assert set(run) <= counted
        assert run.first - timedelta(days=1) not in counted
        assert run.last + timedelta(days=1) not in counted
    assert all(one.last < other.first for one, other in pairwise(found))


@pytest.mark.parametrize("both", [True, False])
def test_a_century_takes_no_longer_than_its_window(both):
    century = DaySpan(date(2000, 1, 1), date(2099, 12, 31))
    window = feed_window(date(2026, 3, 2))

    found = list(runs(Pattern(time(8), time(16), both, both), century, window))

    # One run in all, or one a week, of which the first begins before the window.
    assert len(found) == (1 if both else 157)
    assert found[0].overlaps(window)


def test_a_window_is_a_year_back_and_two_ahead():
    assert feed_window(date(2026, 3, 2)) == DaySpan(date(2025, 3, 2), date(2028, 3, 1))
