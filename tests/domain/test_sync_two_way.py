"""An upstream that is written to: not before everything was read, and looked at."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.sync.upstreams import (
    ReviewReason,
    SyncDirection,
    Upstream,
    UpstreamApi,
    UpstreamState,
    Wanted,
)

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
READ = Upstream("up", "c", UpstreamApi.KANTATA_OX, "https://x.example", NOW, "9")
RUNNING = replace(READ, state=UpstreamState.RUNNING, last_full_read_at=NOW)
TWO_WAY = RUNNING.directed(SyncDirection.TWO_WAY)


def test_another_direction_is_compared_before_anything_is_written():
    assert RUNNING.directed(SyncDirection.READ_ONLY) is RUNNING
    assert TWO_WAY.is_two_way
    assert TWO_WAY.wanted is Wanted.WHOLE
    assert not TWO_WAY.writes
    back = replace(TWO_WAY, may_write=True).directed(SyncDirection.READ_ONLY)
    assert not back.may_write


def test_what_is_written_for_the_first_time_is_looked_at_first():
    held = TWO_WAY.may_write_if(is_nothing_due=False)

    assert (held.state, held.state_reason) == (UpstreamState.NEEDS_REVIEW, "FIRST_WRITE")
    assert not held.writes
    assert held.may_write_if(is_nothing_due=True) is held, "a person has to look"
    resumed = held.resumed()
    assert resumed.may_write
    assert resumed.wanted is not Wanted.APPROVED, "nobody has looked at what is gone"
    assert resumed.checked("9").writes


def test_nothing_to_write_needs_nobody():
    assert TWO_WAY.may_write_if(is_nothing_due=True).writes
    assert RUNNING.may_write_if(is_nothing_due=False) is RUNNING
    judged = replace(TWO_WAY, may_write=True)
    assert judged.may_write_if(is_nothing_due=False) is judged


def test_what_was_held_for_what_is_gone_is_still_judged_for_its_first_write():
    resumed = TWO_WAY.to_be_reviewed(ReviewReason.MASS_DELETION).resumed()

    assert resumed.wanted is Wanted.APPROVED
    assert not resumed.may_write


@pytest.mark.parametrize("state", UpstreamState)
def test_it_writes_only_while_it_runs_or_waits(state):
    may = replace(TWO_WAY, may_write=True, state=state)

    assert may.writes == (state in {UpstreamState.RUNNING, UpstreamState.WAITING})
