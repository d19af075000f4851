"""How an upstream does: checked, imported, waiting, held for a person to look."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.days import DaySpan
from app.domain.errors import InvalidValue, Refused
from app.domain.sync.upstreams import (
    FAILURES_UNTIL_IT_WAITS,
    FAULT,
    LONGEST_WAIT,
    ReviewReason,
    Upstream,
    UpstreamApi,
    UpstreamState,
    Wanted,
    Window,
)
from tests.builders import COMPANY, uuid

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
NEW = Upstream(uuid(1), COMPANY, UpstreamApi.KANTATA_OX, "https://api.example", NOW)
RUNNING = NEW.checked("7").read(NOW, whole=True)


def test_it_is_checked_then_imported_then_it_runs():
    assert NEW.state is UpstreamState.CHECKING
    checked = NEW.checked("7")
    assert (checked.state, checked.account_key) == (UpstreamState.IMPORTING, "7")
    assert checked.read(NOW, whole=False).state is UpstreamState.IMPORTING
    assert RUNNING.state is UpstreamState.RUNNING
    assert RUNNING.read(NOW, whole=True).state is UpstreamState.RUNNING
    assert (RUNNING.last_read_at, RUNNING.last_full_read_at) == (NOW, NOW)


def test_it_waits_longer_each_time_and_goes_on_where_it_was():
    upstream, waits = RUNNING, []
    for _ in range(14):
        upstream = upstream.failed("It did not answer.", NOW, 1.0)
        assert upstream.next_try_at is not None
        waits.append(upstream.next_try_at - NOW)
        is_waiting = upstream.state is UpstreamState.WAITING
        assert is_waiting == (upstream.failures >= FAILURES_UNTIL_IT_WAITS)

    assert waits[:3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert waits[-1] == LONGEST_WAIT
    assert not upstream.is_due(NOW)
    assert upstream.is_due(NOW + LONGEST_WAIT)
    assert upstream.is_due(NOW - timedelta(days=1)), "a clock that was set back"
    assert upstream.answered() == RUNNING


@pytest.mark.parametrize(
    ("before", "after"),
    [(NEW, UpstreamState.CHECKING), (NEW.checked("7"), UpstreamState.IMPORTING)],
)
def test_an_outage_in_the_beginning_ends_where_it_began(before, after):
    failed = before
    for _ in range(FAILURES_UNTIL_IT_WAITS):
        failed = failed.failed("no", NOW, 0.5)

    assert failed.state is UpstreamState.WAITING
    assert failed.answered().state is after


def test_what_a_person_has_to_look_at_stays_so_whatever_the_network_does():
    held = RUNNING.to_be_reviewed(ReviewReason.MASS_DELETION)
    failed = held
    for _ in range(FAILURES_UNTIL_IT_WAITS):
        failed = failed.failed("no", NOW, 0.5)

    assert (failed.state, failed.state_reason) == (held.state, "MASS_DELETION")
    assert failed.answered() == held
    assert held.is_at_work
    assert held.renewed().state is UpstreamState.CHECKING
    assert held.read(NOW, whole=False) == held
    assert held.read(NOW, whole=True) == RUNNING


@pytest.mark.parametrize(
    ("upstream", "was_told", "is_doubtful", "is_whole", "is_held"),
    [
        (RUNNING, False, True, False, False),
        (RUNNING, True, True, True, True),
        (RUNNING, True, False, False, True),
        (RUNNING, True, False, True, False),
        (RUNNING.to_be_reviewed(ReviewReason.MASS_DELETION), False, True, True, True),
        (RUNNING.to_be_reviewed(ReviewReason.MASS_DELETION), False, False, True, False),
        (RUNNING.to_be_reviewed(ReviewReason.MASS_DELETION), False, False, False, True),
        (RUNNING.to_be_reviewed(ReviewReason.FIRST_WRITE), False, True, False, False),
        (RUNNING.to_be_reviewed(ReviewReason.FLAPPING), False, False, False, False),
        (replace(RUNNING, wanted=Wanted.APPROVED), True, True, False, False),
    ],
)
def test_a_review_ends_when_somebody_has_looked_or_a_whole_pass_misses_nothing(
    upstream, was_told, is_doubtful, is_whole, is_held
):
    told = {"was_told": was_told, "is_doubtful": is_doubtful, "is_whole": is_whole}

    assert upstream.is_still_held(**told) is is_held


def test_no_reading_tells_that_nobody_else_writes_any_more():
    flapping = RUNNING.to_be_reviewed(ReviewReason.FLAPPING).read(NOW, whole=True)
    gone = RUNNING.to_be_reviewed(ReviewReason.MASS_DELETION).read(NOW, whole=True)

    assert (flapping.state, flapping.state_reason) == (UpstreamState.NEEDS_REVIEW, "FLAPPING")
    assert (gone.state, gone.state_reason) == (UpstreamState.RUNNING, None)


def test_refused_credentials_and_pauses_end_all_asking():
    for ended in (RUNNING.refused("no"), RUNNING.ended(UpstreamState.PAUSED)):
        assert not ended.is_due(NOW)
        assert ended.renewed().is_due(NOW)


def test_the_window_moves_with_the_day_and_ends_with_the_calendar():
    assert Window(1, 2).around(date(2026, 3, 2)) == DaySpan(date(2026, 3, 1), date(2026, 3, 4))
    assert Window().around(date(2099, 12, 1)).last == date(2099, 12, 31)


@pytest.mark.parametrize("unfit", [Window(-1, 3), Window(3, 3_651)])
def test_an_end_of_a_window_that_is_none_is_refused(unfit):
    with pytest.raises(Refused):
        unfit.refuse_unfit()


def test_a_window_of_more_than_ten_years_is_refused():
    Window(1_825, 1_825).refuse_unfit()
    with pytest.raises(InvalidValue):
        Window(1_826, 1_825).refuse_unfit()


def test_nothing_else_of_an_upstream_changes_by_a_state():
    assert replace(RUNNING.refused("no"), state=RUNNING.state, state_reason=None) == RUNNING


def test_a_fault_of_ours_is_one_until_a_pass_succeeds():
    failed = RUNNING.failed(FAULT, NOW, 1.0)

    assert failed.is_at_fault
    assert not failed.answered().is_at_fault
    assert not RUNNING.failed("UNREACHABLE", NOW, 1.0).is_at_fault
