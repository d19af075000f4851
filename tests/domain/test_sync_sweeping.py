"""Whose time off is read next, and how much of an account's requests that may take."""

from datetime import UTC, date, datetime, timedelta

from app.domain.days import DaySpan
from app.domain.sync.budget import LONGEST_APART, Allowance, Budget
from app.domain.sync.remote_people import list_of
from app.domain.sync.sweeping import (
    SHORTEST_ROUND,
    PersonToRead,
    SweepShares,
    is_last_page,
    survey_windows,
    surveyed,
)

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
WINDOW = DaySpan(date(2025, 12, 2), date(2028, 3, 1))


def test_surveys_ask_for_the_same_windows_whatever_day_it_is():
    asked = list(survey_windows(WINDOW))
    tomorrow = list(survey_windows(DaySpan(date(2025, 12, 3), date(2028, 3, 2))))

    assert asked == tomorrow
    assert {len(each) for each in asked} == {360}
    assert asked[0].first <= WINDOW.first <= asked[0].last
    assert asked[-1].first <= WINDOW.last <= asked[-1].last
    assert len(asked) == 3


def test_a_sweep_takes_half_of_the_requests_and_nobody_is_left_out():
    shares = SweepShares(3_000)

    assert shares.people(timedelta(days=3)) == 1_500
    assert shares.people(timedelta(0)) == 1
    assert SweepShares(10).people(timedelta(minutes=1)) == 1
    assert shares.seen_within(3) == SHORTEST_ROUND
    assert shares.between_surveys(1_200, timedelta(minutes=10)) == timedelta(hours=2)


def test_a_list_ends_with_its_last_record_a_short_page_or_one_without_anything_new():
    full = [str(number) for number in range(100)]

    assert is_last_page([], full[:99], None)
    assert not is_last_page([], full[:99], 100)
    assert is_last_page(full, full, None)
    assert is_last_page(full, full, 200)
    assert is_last_page([], full, 100)
    assert is_last_page([], [], 3)
    assert not is_last_page([], full, 101)
    assert not is_last_page([], full, None)


def test_whom_a_survey_tells_something_else_of_is_first_in_line():
    person = PersonToRead("p", NOW, is_wanted=False, digests={})
    window = next(survey_windows(WINDOW))

    first = surveyed(person, window, "a")
    assert first is not None
    assert not first.is_wanted, "there was nothing to compare with"
    assert surveyed(first, window, "a") is None
    other = surveyed(first, window, None)
    assert other is not None
    assert other.is_wanted
    assert other.digests == {window.first.isoformat(): ""}
    assert surveyed(person, window, None) is not None


def test_what_is_the_matter_with_a_list_is_not_what_is_the_matter_with_its_person():
    assert list_of("p") == "time-off:p"


def test_of_what_is_left_nothing_lets_the_next_request_wait():
    minute = timedelta(minutes=1)

    waiting = Budget().told(NOW, Allowance(0, minute))
    assert waiting.wait(NOW) == minute
    assert waiting.told(NOW, Allowance(0, minute / 2)).wait(NOW) == minute
    assert Budget().told(NOW, Allowance(1, minute)) == Budget()
    assert Budget().told(NOW, Allowance(0, -minute)) == Budget()
    assert Budget().told(NOW, Allowance(0, 60 * minute)).wait(NOW) == LONGEST_APART
