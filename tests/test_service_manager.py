"""What systemd hears of a server by its own protocol, on a real socket."""

import asyncio
import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

from app.service_manager import ALIVE, READY, STOPPING, alive, tell
from tests.server import serving

PATIENCE = 1.0
DEADLINE = 60


class Manager:
    """As much of systemd as hears what services say."""

    def __init__(self, address):
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1))

    def environment(self):
        return {"NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": str(int(PATIENCE * 1e6))}

    def hear(self, seconds=DEADLINE):
        """Return the next words, or None when it was silent for so long."""
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(4096).decode().splitlines()
        except TimeoutError:
            return None

    def hear_until(self, word):
        """Return all words up to the one that is waited for."""
        words: list[str] = []
        end = time.monotonic() + DEADLINE
        while word not in words:
            assert time.monotonic() < end, words
            words += self.hear() or []
        return words

    def would_end_it(self):
        """Wait until nothing was heard for as long as systemd has patience."""
        end = time.monotonic() + DEADLINE
        while self.hear(PATIENCE):
            assert time.monotonic() < end
        return True

    def close(self):
        self._socket.close()


@pytest.fixture
def manager(tmp_path):
    manager = Manager(f"{tmp_path}/notify")
    yield manager
    manager.close()


@pytest.mark.process
def test_a_server_says_that_it_is_ready_then_alive_and_at_last_that_it_stops(manager, tmp_path):
    with serving(f"sqlite:///{tmp_path}/ours.db", environment=manager.environment()) as server:
        until_ready = manager.hear_until(READY)
        after = [word for _ in range(3) for word in manager.hear()]
        assert server.stop() == 0
        until_stopping = manager.hear_until(STOPPING)

    assert set(until_ready) <= {ALIVE, READY, f"STATUS=Serves {server.url}"}
    assert after == [ALIVE] * 3
    assert set(until_stopping) <= {ALIVE, STOPPING}


@pytest.mark.process
def test_one_worker_that_stands_still_is_not_hidden_by_the_other(manager, tmp_path):
    url = f"sqlite:///{tmp_path}/ours.db"
    with serving(url, "--workers", "2", environment=manager.environment()) as server:
        manager.hear_until(READY)
        manager.hear_until(ALIVE)
        worker = a_worker(server.pid)
        os.kill(worker, signal.SIGSTOP)
        assert manager.would_end_it()
        with suppress(ProcessLookupError):  # by now uvicorn may have put another in its place
            os.kill(worker, signal.SIGCONT)
        manager.hear_until(ALIVE)
        assert server.stop() == 0
        manager.hear_until(STOPPING)


def a_worker(parent):
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return next(int(each) for each in children if b"spawn_main" in cmdline(each))


def cmdline(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()


async def test_it_is_the_event_loop_that_says_that_it_is_alive(manager, monkeypatch):
    for name, value in manager.environment().items():
        monkeypatch.setenv(name, value)
    async with alive():
        await asyncio.sleep(0)
        assert manager.hear(0.5) == [ALIVE]
        time.sleep(PATIENCE)  # noqa: ASYNC251 - that is what a loop does that stands still
        assert manager.hear(0.01) is None
        await asyncio.sleep(0.01)
        assert manager.hear(0.01) == [ALIVE]


async def test_a_watchdog_of_another_process_is_not_answered(manager, monkeypatch):
    for name, value in (manager.environment() | {"WATCHDOG_PID": "1"}).items():
        monkeypatch.setenv(name, value)
    async with alive():
        await asyncio.sleep(0.01)
        assert manager.hear(0.01) is None


def test_an_abstract_address_is_reached_and_one_that_is_gone_disturbs_nobody(tmp_path, monkeypatch):
    manager = Manager(f"@timeoff-test-{os.getpid()}")
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    tell(READY, "STATUS=Serves")
    assert manager.hear() == [READY, "STATUS=Serves"]
    manager.close()
    tell(READY)
