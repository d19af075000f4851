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

SECONDS_OF_A_ROUND: Final = 0.002
MOST_SECONDS_MADE_UP: Final = 0.005
"""By a round that comes late, because a request kept the event loop or others the processor."""

GoOn = Callable[[], float]
"""Hears a client again, and returns how many refusals that has cost."""


class RefusalPace:
    """Gives those who were refused their turns, in the order in which they were.

    Each waits for ``refused_seconds`` at least, and no more of them than
    ``refusals_per_second`` are refused again in a second. They have their turns in rounds, of
    which a pass of the event loop sees one at most: a process that gets little of the
    processor makes fewer rounds, so that refusals take their share of its time and never the
    whole.
    """

    def __init__(
        self,
        limits: AdmissionLimits,
        before_round: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._least = limits.refused_seconds
        self._per_second = limits.refusals_per_second
        self._before_round = before_round
        self._clock = clock
        self._waiting: deque[tuple[float, GoOn]] = deque()
        self._round: asyncio.TimerHandle | None = None
        self._last_round = 0.0
        self._left = 0.0

    def wait(self, go_on: GoOn) -> None:
        """Call this when it is its turn."""
        now = self._clock()
        if not self._waiting:
            self._last_round = now
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

    def go_round(self) -> None:
        """Let those go on whose turn it is."""
        self._before_round()
        now = self._clock()
        elapsed = min(now - self._last_round, MOST_SECONDS_MADE_UP)
        self._last_round = now
        self._left = min(self._left, 0.0) + elapsed * self._per_second
        while self._waiting and self._left > 0 and self._waiting[0][0] <= now:
            _, go_on = self._waiting.popleft()
            self._left -= go_on()
        self._round = None
        if self._waiting:
            self._call_round()
