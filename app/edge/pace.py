"""When a client that was refused is heard again.

A client that comes back at once is refused again, and again: thousands of times a second, until
there is time for nothing else. So a refusal is written at once, and what the client sends then
waits for its turn.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from app.edge.limits import AdmissionLimits

SECONDS_OF_A_ROUND: Final = 0.005
MOST_SECONDS_MADE_UP: Final = 0.1
"""By a round that comes late, because requests have kept the event loop to themselves."""

IDLE_SHARE: Final = 0.25
"""Of the processor: who takes less, and is woken in time, keeps nobody from anything."""

GoOn = Callable[[], float]
"""Hears a client again, and returns how many refusals that has cost."""


class RefusalPace:
    """Gives those who were refused their turns, in the order in which they were.

    Each waits for ``refused_seconds`` at least, and no more of them than
    ``refusals_per_second`` are refused again in a second of this thread's processor time: a
    process that gets little of it refuses fewer, so that refusals take their share and never
    the whole. While the thread is idle, seconds are those of the clock.
    """

    def __init__(
        self,
        limits: AdmissionLimits,
        before_round: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
        processor_time: Callable[[], float] = time.thread_time,
    ) -> None:
        self._least = limits.refused_seconds
        self._per_second = limits.refusals_per_second
        self._before_round = before_round
        self._clock = clock
        self._processor_time = processor_time
        self._waiting: deque[tuple[float, GoOn]] = deque()
        self._round: asyncio.TimerHandle | None = None
        self._last_round = self._spent = 0.0
        self._left = 0.0

    def wait(self, go_on: GoOn) -> None:
        """Call this when it is its turn."""
        now = self._clock()
        if not self._waiting:
            self._last_round = now
            self._spent = self._processor_time()
        self._waiting.append((now + self._least, go_on))
        if self._round is None:
            self._call_round()

    async def turn(self, cost: float) -> None:
        """Wait for a turn that costs so much."""
        its_turn = asyncio.get_running_loop().create_future()

        def go_on() -> float:
            if its_turn.done():
                return 0  # the client has left meanwhile
            its_turn.set_result(None)
            return cost

        self.wait(go_on)
        await its_turn

    def _call_round(self) -> None:
        self._round = asyncio.get_running_loop().call_later(SECONDS_OF_A_ROUND, self.go_round)

    def _seconds_passed(self, now: float) -> float:
        """Return how long this thread has worked since the last round, or was free to."""
        passed, self._last_round = now - self._last_round, now
        spent = self._processor_time()
        worked, self._spent = spent - self._spent, spent
        is_idle = worked < passed * IDLE_SHARE and passed < 2 * SECONDS_OF_A_ROUND
        return passed if is_idle else min(worked, MOST_SECONDS_MADE_UP)

    def go_round(self) -> None:
        """Let those go on whose turn it is."""
        self._before_round()
        now = self._clock()
        self._left = min(self._left, 0.0) + self._seconds_passed(now) * self._per_second
        while self._waiting and self._left > 0 and self._waiting[0][0] <= now:
            _, go_on = self._waiting.popleft()
            self._left -= go_on()
        self._round = None
        if self._waiting:
            self._call_round()
