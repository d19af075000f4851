"""Which runs of days a span has in a feed, and when its events were changed."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar_feeds import LastChange, LastChanges, feed_window, runs
from app.domain.days import DaySpan
from app.domain.identifiers import Kind
from app.domain.person_time_off import Pattern, PersonTimeOff
from app.domain.time_off_entries import TimeOffEntry
from app.domain.workers import Worker

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


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
ENTRY = TimeOffEntry(7, "c", 1, MONDAY, MONDAY, 3600, NOON, NOON)
RECORD = PersonTimeOff(
    "r",
    "c",
    "p",
    DaySpan(MONDAY, MONDAY),
    MONDAY,
    Pattern(time(8), time(16), apply_to_saturday=False, apply_to_sunday=False),
    is_paid=True,
    reason=None,
    rule=None,
    created_at=NOON,
    updated_at=NOON,
)
JOINED = Worker("c", 1, "p", "Ada", None)
ALONE = Worker("c", None, "p", "Grace", None)


def at(number, hours=0, made_by=None):
    """A change with its number, so many hours after noon."""
    return LastChange(number, NOON + timedelta(hours=hours), made_by)


@pytest.mark.parametrize(
    ("record", "worker", "objects", "calendars", "sequence", "hours"),
    [
        pytest.param(ENTRY, JOINED, {"7": at(5, 0, 5)}, None, 0, 0, id="as it was made"),
        pytest.param(ENTRY, JOINED, {"7": at(9, 1, 5)}, at(3), 4, 1, id="changed since"),
        pytest.param(ENTRY, JOINED, {"7": at(5, 0, 5)}, at(8, 2), 3, 2, id="other hours of work"),
        pytest.param(ENTRY, JOINED, {"7": at(5, 0, 5), "1": at(6, 3)}, None, 1, 3, id="a name"),
        pytest.param(ENTRY, JOINED, {"7": at(5, 0, 5), "U1": at(6, 3)}, None, 0, 0, id="a link"),
        pytest.param(RECORD, JOINED, {"r": at(5, 0, 5), "U1": at(6, 3)}, None, 1, 3, id="a user"),
        pytest.param(RECORD, ALONE, {"r": at(5, 0, 5), "Pp": at(6, 3)}, None, 1, 3, id="a person"),
        pytest.param(RECORD, ALONE, {"r": at(5, 0, 5), "U1": at(6, 3)}, None, 0, 0, id="another"),
        pytest.param(RECORD, ALONE, {}, None, 0, 0, id="nothing is known"),
        pytest.param(RECORD, ALONE, {"r": at(4)}, at(3), 4, 0, id="not known which change made it"),
        pytest.param(
            RECORD, ALONE, {"r": at(6, -1, 5)}, at(7, -2), 2, 0, id="a clock that was set back"
        ),
    ],
)
def test_an_event_is_as_new_as_what_it_depends_on(
    record, worker, objects, calendars, sequence, hours
):
    kinds = {"7": Kind.ENTRY, "1": Kind.USER, "r": Kind.PERSON_TIME_OFF}
    known = {(kinds.get(key, Kind.WORKER), key): change for key, change in objects.items()}

    revised = LastChanges(known, calendars).revised(record, worker)

    assert (revised.sequence, revised.changed_at) == (sequence, NOON + timedelta(hours=hours))
    assert revised.created_at == NOON
