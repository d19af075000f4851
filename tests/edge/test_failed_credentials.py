"""Failed credentials are counted for each peer, and good ones get through all the same."""

import pytest

from app.edge import failed_credentials
from app.edge.failed_credentials import FailedCredentials

PEER, OTHER = "192.0.2.7", "192.0.2.8"
GOOD, BAD = b"g" * 32, b"b" * 32


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def failed(clock):
    return FailedCredentials(20, clock)


def fail(failed, times, peer=PEER):
    """Let so many other credentials of the peer be bad."""
    for number in range(times):
        failed.count(peer, b"%d" % number)


def test_so_many_are_looked_at_and_no_more(failed):
    fail(failed, 19)
    assert failed.is_blocked(PEER, BAD) is None

    failed.count(PEER, BAD)
    assert failed.is_blocked(PEER, b"another") == 60
    assert failed.is_blocked(PEER, BAD) == 60


def test_others_are_not_blocked(failed):
    fail(failed, 20)

    assert failed.is_blocked(OTHER, BAD) is None


def test_in_no_minute_there_are_more(failed, clock):
    looked_at = []
    for number in range(200):
        clock.seconds += 1
        guess = b"%d" % number
        if failed.is_blocked(PEER, guess) is None:
            failed.count(PEER, guess)
            looked_at.append(clock.seconds)
        assert sum(at > clock.seconds - 60 for at in looked_at) <= 20

    assert len(looked_at) == 20 * 4  # at 1 to 20, 61 to 80, 121 to 140 and 181 to 200 s
    clock.seconds += 60
    assert failed.is_blocked(PEER, BAD) is None


def test_the_seconds_to_wait_are_enough(failed, clock):
    failed.count(PEER, BAD)
    clock.seconds += 30.5
    fail(failed, 19)

    wait = failed.is_blocked(PEER, BAD)
    assert wait == 30
    clock.seconds += wait
    assert failed.is_blocked(PEER, BAD) is None


def test_the_same_one_counts_once_a_minute(failed, clock):
    for _ in range(1_000):
        clock.seconds += 0.05
        failed.count(PEER, BAD)

    fail(failed, 18)
    assert failed.is_blocked(PEER, GOOD) is None
    fail(failed, 19)
    assert failed.is_blocked(PEER, GOOD) == 11  # of the 60 s, 49.95 are over


def test_the_same_one_is_looked_at_every_five_seconds(failed, clock):
    looks = 0
    for _ in range(600):
        if not failed.was_just_bad(PEER, BAD):
            looks += 1
            failed.count(PEER, BAD)
        clock.seconds += 0.1

    assert looks == 12
    assert not failed.was_just_bad(PEER, GOOD)
    assert not failed.was_just_bad(OTHER, BAD)


def test_a_credential_that_has_worked_is_looked_at_nevertheless(failed):
    failed.remember_good(GOOD)
    fail(failed, 20)

    assert failed.is_blocked(PEER, GOOD) is None
    assert failed.is_blocked(PEER, BAD) == 60


def test_not_any_more_once_it_has_failed(failed):
    failed.remember_good(GOOD)
    fail(failed, 20)
    failed.count(PEER, GOOD)

    assert failed.is_blocked(PEER, GOOD) == 60


def test_what_is_remembered_is_bounded(clock, monkeypatch):
    monkeypatch.setattr(failed_credentials, "PEERS", 3)
    monkeypatch.setattr(failed_credentials, "GOOD_CREDENTIALS", 3)
    failed = FailedCredentials(1, clock)
    peers = [f"192.0.2.{number}" for number in range(6)]
    for peer in peers:
        failed.remember_good(peer.encode())
        failed.count(peer, BAD)

    assert [failed.is_blocked(peer, BAD) for peer in peers] == [None] * 3 + [60] * 3
    assert [failed.is_blocked(peers[-1], peer.encode()) for peer in peers] == [60] * 3 + [None] * 3


def test_no_more_of_one_peer_are_remembered_than_count(failed):
    for number in range(100):
        failed.remember_good(b"%d" % number)
    fail(failed, 100)

    assert not failed.was_just_bad(PEER, b"99")
    assert failed.was_just_bad(PEER, b"19")
