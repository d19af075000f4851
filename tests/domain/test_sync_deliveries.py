"""The states of a delivery, and when a key is left alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from app.domain.sync.deliveries import (
    FLAPS_WITHIN,
    LONGEST_SETTLE,
    MOST_DEATHS,
    MOST_SAME_WRITES,
    AttemptOutcome,
    Delivery,
    DeliveryAttempt,
    DeliveryCode,
    DeliveryOperation,
    DeliveryState,
    SyncState,
    day_key,
    is_flapping,
    is_under_way,
    may_go_along,
    read_day_key,
    sync_state,
)

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
SETTLE = timedelta(seconds=200)
WANTED = Delivery("d", "up", "K:7:2026-03-04", NOW)
FOUR = {"seconds": 14_400, "references": {}}


def attempt(at=NOW, outcome=AttemptOutcome.DONE, sent=FOUR):
    operation = DeliveryOperation.UPDATE
    return DeliveryAttempt(
        "1", "up", WANTED.key, 1, operation, sent, None, at, at + SETTLE, outcome
    )


def test_a_users_day_is_known_by_its_key():
    day = date(2026, 3, 4)

    assert day_key(7, day) == day_key(7, "2026-03-04") == WANTED.key
    assert read_day_key(WANTED.key) == (7, day)


def test_what_is_sent_is_uncertain_until_it_settles():
    sent = WANTED.sent(NOW, SETTLE)

    assert (sent.state, sent.attempts) == (DeliveryState.UNCERTAIN, 1)
    assert sent.not_before == NOW + SETTLE
    again = sent.again()
    assert again == WANTED
    assert sent.again("X", NOW).not_before == NOW


def test_what_waits_for_a_person_says_why_and_is_counted_anew():
    sent = WANTED.sent(NOW, SETTLE)
    blocked = sent.blocked(DeliveryCode.REFUSED, "No.")
    held = sent.held(DeliveryCode.CONFLICT)

    assert (blocked.state, blocked.code, blocked.message) == ("BLOCKED", "REFUSED", "No.")
    assert (held.state, held.code) == ("HELD", "CONFLICT")
    assert held.message == "It was changed there as well: somebody has to decide whose holds."
    assert {each.attempts for each in (blocked, held)} == {0}
    assert {each.not_before for each in (blocked, held)} == {None}


def test_a_key_waits_for_an_hour_at_most_whatever_became_of_the_clock():
    sent = WANTED.sent(NOW, SETTLE)

    assert not WANTED.waits(NOW)
    assert sent.waits(NOW)
    assert not sent.waits(NOW + SETTLE)
    assert WANTED.sent(NOW, LONGEST_SETTLE).waits(NOW)
    assert not sent.waits(NOW - LONGEST_SETTLE), "the clock was set back"


def test_only_what_is_nothing_but_new_goes_along_with_others():
    done, refused = attempt(), attempt(outcome=AttemptOutcome.REFUSED)
    unknown = attempt(outcome=AttemptOutcome.UNKNOWN)

    assert may_go_along(WANTED, [])
    assert may_go_along(WANTED, [refused, done])
    assert may_go_along(WANTED, [attempt(outcome=AttemptOutcome.NOT_SENT)])
    assert not may_go_along(WANTED, [done, refused])
    assert not may_go_along(WANTED, [unknown, done]), "it may still be done, and adds up"
    assert not may_go_along(WANTED.sent(NOW, SETTLE), [])
    assert not may_go_along(WANTED.again(DeliveryCode.REFUSED.value), [])


def test_a_key_that_too_many_processes_died_of_is_poisoned():
    assert replace(WANTED, attempts=MOST_DEATHS).is_poisoned()
    assert not replace(WANTED, attempts=MOST_DEATHS - 1).is_poisoned()


def test_the_same_written_again_and_again_within_minutes_flaps():
    done = [attempt()] * MOST_SAME_WRITES
    few = done[1:]

    assert is_flapping(done, FOUR, NOW)
    assert not is_flapping(few, FOUR, NOW)
    assert not is_flapping(done, None, NOW), "something else is sent"
    assert not is_flapping([*few, attempt(NOW - FLAPS_WITHIN)], FOUR, NOW)
    assert not is_flapping([*few, attempt(NOW + SETTLE)], FOUR, NOW), "the clock was set back"
    assert not is_flapping([*few, attempt(outcome=AttemptOutcome.UNKNOWN)], FOUR, NOW)


def test_a_record_is_in_the_state_of_what_waits_of_it():
    blocked = WANTED.blocked(DeliveryCode.REFUSED, "No.")
    states = {
        None: SyncState.IN_SYNC,
        WANTED: SyncState.PENDING,
        WANTED.sent(NOW, SETTLE): SyncState.UNCERTAIN,
        blocked: SyncState.BLOCKED,
        WANTED.held(DeliveryCode.CONFLICT): SyncState.CONFLICT,
        WANTED.held(DeliveryCode.OUTSIDE_WINDOW): SyncState.OUTSIDE_WINDOW,
    }

    assert {each: sync_state(each, is_there=True) for each in states} == states
    assert sync_state(None, is_there=False) is SyncState.LOCAL
    assert sync_state(blocked, is_there=False) is SyncState.BLOCKED
    assert {each for each in states if is_under_way(each)} == {WANTED, WANTED.sent(NOW, SETTLE)}
