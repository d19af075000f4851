"""How many requests are worked on at a time, and who is told to come back later.

A server that takes on all it is asked answers nobody in time. Beyond what it can do at
once, some requests wait a moment, and the rest hear at once that they should try later.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.edge.limits import AdmissionLimits
from app.edge.probes import goes_first
from app.edge.refusals import BUSY
from app.http_json import WHOLE_BODY

SECONDS_OF_A_PASS = 0.002
"""For which requests start one after the other, before the event loop sees to all else."""

WEIGHT_OF_THE_LAST = 0.2
"""Of the last start, in the mean of how fast the queue moves."""

STANDING_SHARE = 0.1
"""Of the time to wait, once the queue has not been short for all of it."""


class Busy(Exception):
    """All places are taken, also those for waiting; or none became free in time."""


class Admission:
    """Places for requests that run, and for those that wait, first come, first served.

    Work that only computes keeps the event loop to itself until it is done. So requests
    start only in the first moment of each pass of the loop, and of those that wait only
    one: in between the loop sees to health probes, to refusals and to what else has come.

    Who would wait for too long hears so at once and not at the end of it. A burst may
    wait for all of ``wait_seconds``; when the queue has stood for so long, there is more
    to do than can be done, and a long queue would only make everybody late.
    """

    def __init__(
        self, limits: AdmissionLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.refused = 0
        self._limits = limits
        self._clock = clock
        self._running = 0
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._has_started = False
        self._pass_began = 0.0
        self._last_start = 0.0
        self._seconds_apart = 0.0
        self._last_short_wait = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def load(self) -> tuple[int, int]:
        """How many requests run, and how many wait."""
        return self._running, len(self._waiting)

    def is_full(self) -> bool:
        """Say whether a request would be refused now."""
        excess = self._running + len(self._waiting) - self._limits.running
        if excess < 0:
            return False
        if excess >= self._limits.waiting:
            return True
        return len(self._waiting) * self._seconds_apart > self._patience()

    async def enter(self) -> None:
        """Take a place to run, which leave() gives back. Raises Busy."""
        if not self._waiting and self._running < self._limits.running and self._is_early():
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
        if not self._has_started:
            self._has_started = True
            self._pass_began = self._clock()
            asyncio.get_running_loop().call_soon(self._begin_pass)

    def _begin_pass(self) -> None:
        self._has_started = False
        self._start_next()

    def _start_next(self) -> None:
        while self._waiting and self._running < self._limits.running and not self._has_started:
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
        if now - since < self._limits.wait_seconds * STANDING_SHARE / 4:
            self._last_short_wait = now

    def _patience(self) -> float:
        most = self._limits.wait_seconds
        stands = self._clock() - self._last_short_wait > most
        return most * STANDING_SHARE if stands else most


def _is_above(declared: bytes, most: int) -> bool:
    return declared.isdigit() and int(declared[:20]) > most


class AdmissionMiddleware:
    """Lets requests to the application in, one after another; probes and scrapes pass.

    A place is taken when the body is there, so that a slow client takes nobody's, and
    given back when the answer begins: then the work is done, or it is a stream that
    lasts. WebSockets pass as well: what runs on them is counted where it runs.
    """

    def __init__(self, app: ASGIApp, admission: Admission, most_body_bytes: int) -> None:
        self._app = app
        self._admission = admission
        self._most_body_bytes = most_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request now or soon, or refuse it."""
        if scope["type"] != "http" or goes_first(scope):
            await self._app(scope, receive, send)
            return
        if self._admission.is_full():
            await self._refuse(scope, receive, send)  # without a look at its body
            return
        try:
            received = await self._read_body(scope, receive)
            if received and received[-1]["type"] == "http.disconnect":
                return
            await self._admission.enter()
        except Busy:
            await self._refuse(scope, receive, send)
            return
        await self._run(scope, received, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._admission.refused += 1
        await BUSY(scope, receive, send)

    async def _run(
        self, scope: Scope, received: deque[Message], receive: Receive, send: Send
    ) -> None:
        has_left = False

        def leave() -> None:
            nonlocal has_left
            if not has_left:
                has_left = True
                self._admission.leave()

        if received and not received[-1].get("more_body", False):
            scope[WHOLE_BODY] = b"".join(each.get("body", b"") for each in received)

        async def receive_again() -> Message:
            return received.popleft() if received else await receive()

        async def leave_and_send(message: Message) -> None:
            leave()
            await send(message)

        try:
            await self._app(scope, receive_again, leave_and_send)
        finally:
            leave()

    async def _read_body(self, scope: Scope, receive: Receive) -> deque[Message]:
        """Read the body, or as much as shows that the application will refuse it."""
        received: deque[Message] = deque()
        for name, value in scope["headers"]:
            if name == b"content-length" and _is_above(value, self._most_body_bytes):
                return received
        size = 0
        while size <= self._most_body_bytes:
            message = await receive()
            received.append(message)
            if not message.get("more_body", False):
                break
            size += len(message["body"])
        return received
