"""How many days a record would lie on, estimated before any rule has judged it."""

from datetime import date

import pytest

from app.domain.days import DaySpan
from app.domain.recurrence import Repeat, days_asked_for

TWO_DAYS = DaySpan(date(2026, 1, 5), date(2026, 1, 6))


@pytest.mark.parametrize(
    ("repeat", "cadence", "until", "days"),
    [
        (Repeat.NEVER, None, None, 2),
        (Repeat.WEEKLY, 1, date(2026, 1, 19), 6),
        (Repeat.WEEKLY, None, date(2026, 1, 19), 1),
        (Repeat.WEEKLY, 1, None, 1),
        (Repeat.WEEKLY, 0, date(2026, 1, 19), 1),
    ],
)
def test_what_no_rule_admits_counts_as_a_day(repeat, cadence, until, days):
    assert days_asked_for(TWO_DAYS, repeat, cadence, until) == days
