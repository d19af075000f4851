"""What of a vendor's answers can be believed, and how fast it may be asked."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.days import DaySpan
from app.domain.sync.budget import (
    GROWS_EVERY,
    HIGHEST_RATE,
    LONGEST_APART,
    LOWEST_RATE,
    Budget,
)
from app.domain.sync.comparing import Verdict, compare
from app.domain.sync.listings import Page, halves, is_complete, months, needs_review
from app.domain.sync.runs import RunKind, RunState, SyncRun

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
A_DAY = timedelta(days=1)
RUN = SyncRun("run", "upstream", RunKind.FULL, NOW - timedelta(minutes=5), checkpoint="2026-03-31")
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "verdict"),
    [
        (8, 8, 8, Verdict.SAME),
        (8, 8, None, Verdict.THEIRS),
        (None, None, 8, Verdict.THEIRS),
        (8, None, 8, Verdict.OURS),
        (None, 8, None, Verdict.OURS),
        (None, 8, 4, Verdict.CONFLICT),
        (8, 4, 2, Verdict.CONFLICT),
        (8, None, 4, Verdict.CONFLICT),
        (8, 4, 4, Verdict.SAME),
    ],
)
def test_whoever_moved_alone_has_the_version_that_holds(base, ours, theirs, verdict):
    assert compare(base, ours, theirs) is verdict


@pytest.mark.parametrize(
    "pages",
    [
        [Page(3, ["1", "2"]), Page(4, ["3"])],
        [Page(3, ["1", "2"]), Page(3, ["2"])],
        [Page(1, ["1", "2"])],
        [],
    ],
)
def test_a_listing_that_changed_while_it_was_read_is_not_complete(pages):
    assert not is_complete(pages)


def test_an_empty_listing_is_complete():
    assert is_complete([Page(0, [])])


@given(DAYS, DAYS)
def test_months_and_halves_are_the_window_and_nothing_twice(one, other):
    window = DaySpan(min(one, other), max(one, other))
    slices = list(months(window))

    assert sum(map(len, slices)) == len(window)
    assert (slices[0].first, slices[-1].last) == (window.first, window.last)
    assert all(
        (each.first.year, each.first.month) == (each.last.year, each.last.month) for each in slices
    )
    parts = halves(window)
    assert [day for part in parts for day in (part.first, part.last)][:: len(parts) * 2 - 1] == [
        window.first,
        window.last,
    ]
    assert sum(map(len, parts)) == len(window)


@pytest.mark.parametrize(
    ("gone", "known", "is_held"), [(20, 20, False), (21, 420, False), (21, 419, True)]
)
def test_a_person_looks_before_much_is_deleted(gone, known, is_held):
    assert needs_review(gone, known) is is_held


def test_requests_wait_their_turn_and_no_longer_after_a_clock_was_set_back():
    budget = Budget()
    assert not budget.wait(NOW)
    spent = budget.spent(NOW)
    assert spent.wait(NOW) == timedelta(seconds=0.5)
    assert not spent.wait(NOW - timedelta(days=1))


def test_too_many_halve_the_rate_and_patience_brings_it_back():
    budget = Budget()
    for _ in range(20):
        budget = budget.throttled(NOW, None)
    assert budget.rate == LOWEST_RATE
    assert budget.wait(NOW) == timedelta(seconds=60)
    assert budget.throttled(NOW, timedelta(days=1)).wait(NOW) == LONGEST_APART

    now, before = NOW, budget.rate
    for _ in range(80):
        now += GROWS_EVERY
        budget = budget.spent(now)
    assert before < budget.rate == HIGHEST_RATE
    assert budget.spent(now + GROWS_EVERY / 2).rate == HIGHEST_RATE
    assert budget.spent(now - timedelta(days=1)).since == now - timedelta(days=1)


@pytest.mark.parametrize(
    ("run", "goes_on"),
    [
        pytest.param(RUN.ended(RunState.FAILED, NOW), True, id="it failed on its way"),
        pytest.param(RUN, True, id="it was killed"),
        pytest.param(RUN.ended(RunState.SUCCEEDED, NOW), False, id="it came to its end"),
        pytest.param(replace(RUN, checkpoint=None), False, id="nothing was stored"),
        pytest.param(replace(RUN, started_at=NOW - A_DAY), False, id="it is too old"),
        pytest.param(replace(RUN, started_at=NOW + A_DAY), False, id="the clock was set back"),
    ],
)
def test_a_pass_that_was_ended_goes_on_where_it_was(run, goes_on):
    assert run.goes_on(NOW, timedelta(minutes=30)) is goes_on


def test_a_pass_that_goes_on_keeps_what_it_has_counted():
    ended = RUN.ended(RunState.FAILED, NOW, "It did not answer.")

    assert ended.gone_on() == RUN
