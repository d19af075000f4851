"""A vendor that takes no request of several days is asked for one seldom."""

from datetime import UTC, datetime, timedelta

from app.domain.sync.together import ALONE_FOR, MOST_REFUSED, Together

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def refused(times, at=NOW):
    together = Together()
    for _ in range(times):
        together = together.after_refusal(at)
    return together


def test_one_that_is_refused_now_and_then_is_no_reason_to_ask_otherwise():
    assert Together().is_asked(NOW)
    assert refused(MOST_REFUSED - 1).is_asked(NOW)


def test_who_refuses_again_and_again_is_left_alone_for_hours_and_then_asked_once():
    alone = refused(MOST_REFUSED)
    later = NOW + ALONE_FOR

    assert not alone.is_asked(NOW)
    assert not alone.is_asked(later - timedelta(seconds=1))
    assert alone.is_asked(later)
    assert not alone.after_refusal(later).is_asked(later)


def test_a_clock_that_was_set_back_delays_nothing():
    assert refused(MOST_REFUSED).is_asked(NOW - timedelta(days=1))
