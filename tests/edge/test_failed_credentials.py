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


def fail(failed, times, peer=PEER, digest=BAD):
    for _ in range(times):
        failed.count(peer, digest)


def test_so_many_are_looked_at_and_no_more(failed):
    fail(failed, 19)
    assert failed.is_blocked(PEER) is None

    fail(failed, 1)
    assert failed.is_blocked(PEER) == 60
    assert failed.is_blocked(PEER, BAD) == 60


def test_others_are_not_blocked(failed):
    fail(failed, 20)

    assert failed.is_blocked(OTHER) is None


def test_in_no_minute_there_are_more(failed, clock):
    looked_at = []
    for _ in range(200):
        clock.seconds += 1
        if failed.is_blocked(PEER) is None:
            failed.count(PEER, BAD)
            looked_at.append(clock.seconds)
        assert sum(at > clock.seconds - 60 for at in looked_at) <= 20

    assert len(looked_at) == 20 * 4  # at 1 to 20, 61 to 80, 121 to 140 and 181 to 200 s
    clock.seconds += 60
    assert failed.is_blocked(PEER) is None


def test_the_seconds_to_wait_are_enough(failed, clock):
    fail(failed, 1)
    clock.seconds += 30.5
    fail(failed, 19)

    wait = failed.is_blocked(PEER)
    assert wait == 30
    clock.seconds += wait
    assert failed.is_blocked(PEER) is None


def test_a_credential_that_has_worked_is_looked_at_nevertheless(failed):
    failed.remember_good(GOOD)
    fail(failed, 20)

    assert failed.is_blocked(PEER, GOOD) is None
    assert failed.is_blocked(PEER, BAD) == 60


def test_not_any_more_once_it_has_failed(failed):
    failed.remember_good(GOOD)
    fail(failed, 19)
    fail(failed, 1, digest=GOOD)

    assert failed.is_blocked(PEER, GOOD) == 60


def test_what_is_remembered_is_bounded(clock, monkeypatch):
    monkeypatch.setattr(failed_credentials, "PEERS", 3)
    monkeypatch.setattr(failed_credentials, "GOOD_CREDENTIALS", 3)
    failed = FailedCredentials(1, clock)
    peers = [f"192.0.2.{number}" for number in range(6)]
    for peer in peers:
        failed.remember_good(peer.encode())
        failed.count(peer)

    assert [failed.is_blocked(peer) for peer in peers] == [None] * 3 + [60] * 3
    assert [failed.is_blocked(peers[-1], peer.encode()) for peer in peers] == [60] * 3 + [None] * 3
