"""What systemd is told, as sd_notify tells it: that we are ready, alive, and stopping.

Each is one datagram to the socket that NOTIFY_SOCKET names, which is less than a library for it
would ask to be looked after. Nothing is sent, and nothing costs anything, where none is named.
"""

import asyncio
import os
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
ALIVE: Final = "WATCHDOG=1"

_SEND_SECONDS: Final = 0.1
"""For a manager whose queue is full: the loop that serves must not wait for it."""

_ALIVE_TO: Final = "GATEWAY_ALIVE_SOCKET"
"""Where the workers of one gateway say that they are alive: to the process that started them."""


def tell(*words: str) -> None:
    """Tell the service manager, if one started us; whether it hears is none of our concern."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        _send(address, "\n".join(words))


@asynccontextmanager
async def alive() -> AsyncIterator[None]:
    """Say until the block is left that the event loop turns, where somebody watches that."""
    every = _watchdog_seconds() / 4
    address = os.environ.get(_ALIVE_TO)
    is_watched = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    if not every or not (address or is_watched):
        yield
        return

    async def beat() -> None:
        while True:
            if address:
                _send(address, str(os.getpid()))
            else:
                tell(ALIVE)
            await asyncio.sleep(every)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


@contextmanager
def watching(workers: Callable[[], set[int]]) -> Iterator[None]:
    """Tell the service manager that we are alive as long as each of the workers says so.

    systemd hears of one process only. A worker whose event loop has stopped must not be
    hidden by the others: once it was silent for half of the manager's patience, nothing is
    told any more. ``workers`` gives the ids of their processes, as they are just now; one
    that is new has the same patience for its start.
    """
    patience = _watchdog_seconds()
    if not patience:
        yield
        return
    ended = threading.Event()
    with (
        tempfile.TemporaryDirectory(prefix="timeoff-alive-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours,
    ):
        address = f"{folder}/socket"
        ours.bind(address)
        ours.settimeout(patience / 8)
        os.environ[_ALIVE_TO] = address
        relay = threading.Thread(target=_relay, args=(ours, workers, patience, ended), daemon=True)
        relay.start()
        try:
            yield
        finally:
            ended.set()
            relay.join()
            del os.environ[_ALIVE_TO]


def _relay(
    ours: socket.socket, workers: Callable[[], set[int]], patience: float, ended: threading.Event
) -> None:
    heard: dict[int, float] = {}
    told = 0.0
    while not ended.is_set():
        with suppress(TimeoutError, ValueError):
            heard[int(ours.recv(32))] = time.monotonic()
        now = time.monotonic()
        # Whoever is new has had no time to say anything; whoever is gone is forgotten.
        heard = {pid: heard.get(pid, now) for pid in workers()}
        if now - told >= patience / 8 and all(now - each < patience / 2 for each in heard.values()):
            tell(ALIVE)
            told = now


def _watchdog_seconds() -> float:
    """Return after how long a silence systemd ends us; 0 where it does not."""
    if not os.environ.get("NOTIFY_SOCKET"):
        return 0
    try:
        return int(os.environ.get("WATCHDOG_USEC", "0")) / 1e6
    except ValueError:
        return 0


def _send(address: str, text: str) -> None:
    # Linux's abstract sockets are written with @, and begin with a zero byte.
    place = f"\0{address[1:]}" if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as theirs:
        theirs.settimeout(_SEND_SECONDS)
        theirs.connect(place)
        theirs.sendall(text.encode())
