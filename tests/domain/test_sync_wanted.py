"""A pass that a person asks for: soon, once, and never less than was asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import InvalidValue
from app.domain.sync.runs import LATE, Rhythm, RunKind
from app.domain.sync.upstreams import ReviewReason, Upstream, UpstreamApi, UpstreamState, Wanted
from tests.builders import COMPANY, uuid

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
NEW = Upstream(uuid(1), COMPANY, UpstreamApi.KANTATA_OX, "https://api.example", NOW)
RUNNING = NEW.checked("7").read(NOW, whole=True)
RHYTHM = Rhythm()


@pytest.mark.parametrize(
    ("wanted", "kind", "is_whole"),
    [
        (Wanted.RECENT, RunKind.INCREMENTAL, False),
        (Wanted.WHOLE, RunKind.FULL, True),
        (Wanted.APPROVED, RunKind.FULL, True),
    ],
)
def test_it_is_due_at_once_and_no_more_when_it_was_made(wanted, kind, is_whole):
    assert RHYTHM.due(RUNNING, NOW) is None
    asked = RUNNING.wanting(wanted)

    assert RHYTHM.due(asked, NOW) is kind
    assert RHYTHM.due(asked.read(NOW, whole=is_whole), NOW) is None


def test_less_is_not_made_of_more():
    asked = RUNNING.wanting(Wanted.WHOLE).wanting(Wanted.RECENT)

    assert asked.wanted is Wanted.WHOLE
    assert asked.read(NOW, whole=False).wanted is Wanted.WHOLE


def test_one_that_waits_is_asked_at_once_but_not_against_the_vendors_word():
    waiting = RUNNING.failed("no", NOW, 1.0)
    assert not waiting.is_due(NOW)
    assert waiting.wanting(Wanted.RECENT).is_due(NOW)

    throttled = replace(waiting, budget=waiting.budget.throttled(NOW, timedelta(minutes=5)))
    assert not throttled.wanting(Wanted.RECENT).is_due(NOW)


@pytest.mark.parametrize(
    "state",
    [UpstreamState.PAUSED, UpstreamState.NEEDS_CREDENTIALS, UpstreamState.DISCONNECTED],
)
def test_where_nothing_is_asked_nothing_can_be_wished_for(state):
    with pytest.raises(InvalidValue):
        RUNNING.ended(state).wanting(Wanted.RECENT)


def test_whoever_resumes_what_was_held_back_has_looked_at_it():
    held = RUNNING.to_be_reviewed(ReviewReason.MASS_DELETION)

    assert held.resumed().wanted is Wanted.APPROVED
    assert RUNNING.ended(UpstreamState.PAUSED).resumed().wanted is None


def test_an_approval_ends_with_a_pause_and_with_more_that_is_gone():
    """And what was not seen whole is still to be read."""
    approved = RUNNING.to_be_reviewed(ReviewReason.MASS_DELETION).resumed()

    assert approved.read(NOW, whole=False).wanted is Wanted.APPROVED
    assert approved.to_be_reviewed(ReviewReason.MASS_DELETION).wanted is Wanted.WHOLE
    assert approved.ended(UpstreamState.PAUSED).wanted is Wanted.WHOLE


def test_reading_is_late_when_it_has_waited_for_some_minutes():
    assert not RHYTHM.is_late(RUNNING, NOW + LATE - timedelta(seconds=1))
    assert RHYTHM.is_late(RUNNING, NOW + LATE)
    assert RHYTHM.is_late(NEW, NOW), "it was never read"
    assert not Rhythm(incremental=LATE * 2).is_late(RUNNING, NOW + LATE)
