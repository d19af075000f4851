"""Places for requests that run, and the queue for those that wait for one."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from app.edge.limits import AdmissionLimits
from app.places import Busy

SECONDS_OF_A_PASS = 0.002
"""For which requests start one after the other, before the event loop sees to all else."""

WEIGHT_OF_THE_LAST = 0.2
"""Of the last start, in the mean of how fast the queue moves."""

NEVER_TOO_MANY = 8
"""May wait in a queue that stands, however long one takes: the heavier the work, the longer."""


class Queue:
    """Places for requests that run, and for those that wait, first come, first served.

    Work that only computes keeps the event loop to itself until it is done. So requests
    start only in the first moment of each pass of the loop, and of those that wait only
    one: in between the loop sees to health probes, to refusals and to what else has come.

    Who would wait for too long hears so at once and not at the end of it. A burst may
    wait for all of ``wait_seconds``; when the queue has stood for so long, there is more
    to do than can be done, and a long queue would only make everybody late. Then it is kept
    as long as is worked off in ``standing_seconds``, until for ``wait_seconds`` nobody had to
    be refused.
    """

    def __init__(
        self, most: int, limits: AdmissionLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._limits = limits
        self._clock = clock
        self._running = 0
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._starts = 0
        self._was_idle = True
        self._has_started = False
        self._pass_began = 0.0
        self._last_start = 0.0
        self._seconds_apart = 0.0
        self._last_short_wait = 0.0
        self._stands_until = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def load(self) -> tuple[int, int]:
        """How many requests run, and how many wait."""
        return self._running, len(self._waiting)

    def is_full(self, *, comes_back: bool = False) -> bool:
        """Say whether a request would be refused now.

        While the queue stands, those who were refused come back only when nobody else has
        started for a while: an answer leaves a place for its own client, who would else be the
        next to be refused. So whoever gets answers gets them soon.
        """
        waiting = len(self._waiting)
        if self._running + waiting >= self._most + self._limits.waiting:
            return True
        if not waiting and not comes_back:
            return False
        now = self._clock()
        stands = now < self._stands_until
        if comes_back and stands:
            return self._refuse_standing(now, not self._was_idle)
        if not waiting:
            return False
        if now - self._last_start > self._limits.wait_seconds:
            return True  # nobody has started since: they wait for something that does not come
        is_too_long = waiting * self._seconds_apart > self._patience(now)
        return self._refuse_standing(now, is_too_long) if stands else is_too_long

    def _refuse_standing(self, now: float, is_full: bool) -> bool:  # noqa: FBT001 - passed on
        """Let the queue stand for as long as somebody is refused."""
        if is_full:
            self._stands_until = now + self._limits.wait_seconds
        return is_full

    def look_back(self) -> None:
        """Note whether anybody has started since this was last asked."""
        self._was_idle = not self._starts
        self._starts = 0

    async def enter(self) -> None:
        """Take a place to run, which leave() gives back. Raises Busy."""
        if not self._waiting and self._running < self._most and self._is_early():
            self._start()
            return
        if self.is_full():
            raise Busy
        now = self._clock()
        if not self._waiting:
            self._last_short_wait = now
            self._last_start = now
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((now, turn))
        if self._alarm is None:
            self._alarm = turn.get_loop().call_later(self._limits.wait_seconds, self._give_up)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # it was our turn in the moment in which we gave up
            raise

    def _give_up(self) -> None:
        """Refuse those who have waited for too long; the first in the queue is the oldest."""
        self._alarm = None
        loop = asyncio.get_running_loop()
        while self._waiting:
            since, turn = self._waiting[0]
            left = since + self._limits.wait_seconds - self._clock()
            if left > 0 and not turn.done():
                self._alarm = loop.call_later(left, self._give_up)
                return
            self._waiting.popleft()
            if not turn.done():
                turn.set_exception(Busy())

    def leave(self) -> None:
        """Give the place back."""
        self._running -= 1
        self._start_next()

    def _is_early(self) -> bool:
        """Say whether this pass of the loop has begun only just now."""
        return not self._has_started or self._clock() < self._pass_began + SECONDS_OF_A_PASS

    def _start(self) -> None:
        self._running += 1
        self._starts += 1
        if not self._has_started:
            self._has_started = True
            self._pass_began = self._clock()
            asyncio.get_running_loop().call_soon(self._begin_pass)

    def _begin_pass(self) -> None:
        self._has_started = False
        self._start_next()

    def _start_next(self) -> None:
        while self._waiting and self._running < self._most and not self._has_started:
            since, turn = self._waiting.popleft()
            if not turn.done():
                self._learn(since)
                turn.set_result(None)
                self._start()

    def _learn(self, since: float) -> None:
        """Note how fast the queue moves, and whether it is short."""
        now = self._clock()
        apart = min(now - self._last_start, self._limits.wait_seconds)
        self._seconds_apart += (apart - self._seconds_apart) * WEIGHT_OF_THE_LAST
        self._last_start = now
        if now - since < self._limits.standing_seconds / 4:
            self._last_short_wait = now

    def _patience(self, now: float) -> float:
        most = self._limits.wait_seconds
        if now - self._last_short_wait > most:
            self._stands_until = now + most
        elif now > self._stands_until:
            return most
        return min(most, max(self._limits.standing_seconds, NEVER_TOO_MANY * self._seconds_apart))
