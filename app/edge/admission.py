"""How much is taken on at a time, and who is told to come back later.

A server that takes on all it is asked answers nobody in time. Beyond what it can do at
once, some requests wait a moment, and the rest hear at once that they should try later.
"""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.edge.limits import AdmissionLimits
from app.edge.pace import RefusalPace
from app.edge.probes import goes_first
from app.edge.queues import Queue
from app.edge.refusals import BUSY
from app.http_json import WHOLE_BODY
from app.places import PLACE, Busy, Place

ADMISSION: Final = "timeoff.admission"
"""In the state that the application leaves for its server: the admission, for connections."""

COST_OF_AN_OPERATION: Final = 1.25
"""HTTP requests that are refused in the time in which one operation of a socket is."""

REFUSED: Final = "timeoff.refused"
"""In a request's scope, once it was refused because all is busy."""


class Admission:
    """Places for what reads and, apart from these, for what writes.

    A writer may have to wait for a lock, which somebody else may hold for long. So it has
    a place of another kind: readers wait for readers only.
    """

    def __init__(self, limits: AdmissionLimits) -> None:
        self.refused = 0
        self.reads = Queue(limits.running, limits)
        self.writes = Queue(limits.writing, limits)
        self.pace = RefusalPace(limits, self.reads.look_back)

    @property
    def load(self) -> tuple[int, int]:
        """How many requests run, and how many wait for a place, be it to read or to write."""
        (reading, to_read), (writing, to_write) = self.reads.load, self.writes.load
        return reading + writing, to_read + to_write

    def is_full(self, *, comes_back: bool = False) -> bool:
        """Say whether a request would be refused now, before anybody knows if it writes."""
        return self.reads.is_full(comes_back=comes_back)

    def note_refusal(self, scope: Scope) -> None:
        """Count it, and leave word for the connection."""
        self.refused += 1
        scope[REFUSED] = True

    async def turn_of_refused(self) -> None:
        """Count an operation of a socket that was refused, and wait until it is its turn."""
        self.refused += 1
        await self.pace.turn(COST_OF_AN_OPERATION)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """Take a place for what is no HTTP request. Raises Busy."""
        await self.reads.enter()
        place = TakenPlace(self)
        try:
            yield place
        finally:
            place.leave()


class TakenPlace:
    """The place of one request: among those who read, until it says that it writes."""

    __slots__ = ("_admission", "_queue", "_scope")

    def __init__(self, admission: Admission, scope: Scope | None = None) -> None:
        self._admission = admission
        self._scope = scope
        self._queue: Queue | None = admission.reads

    async def write(self) -> None:
        """Give the place back, and take one for writers. Raises Busy."""
        self.leave()
        try:
            await self._admission.writes.enter()
        except Busy:
            if self._scope is not None:
                self._admission.note_refusal(self._scope)
            raise
        self._queue = self._admission.writes

    def leave(self) -> None:
        """Give the place back, if it is not given back yet."""
        queue, self._queue = self._queue, None
        if queue:
            queue.leave()


def declares_more(scope: Scope, most: int) -> bool:
    """Say whether a request's body is larger than ``most`` bytes, by its own words."""
    return any(
        name == b"content-length" and value.isdigit() and int(value[:20]) > most
        for name, value in scope["headers"]
    )


class AdmissionMiddleware:
    """Lets requests to the application in, one after another; probes and scrapes pass.

    A place is taken when the body is there, so that a slow client takes nobody's, and
    given back when the answer begins: then the work is done, or it is a stream that
    lasts. WebSockets pass as well: each operation on them takes a place of its own.
    """

    def __init__(self, app: ASGIApp, admission: Admission, most_body_bytes: int) -> None:
        self._app = app
        self._admission = admission
        self._most_body_bytes = most_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request now or soon, or refuse it."""
        if scope["type"] == "lifespan":
            scope.get("state", {})[ADMISSION] = self._admission
        if scope["type"] != "http" or goes_first(scope):
            await self._app(scope, receive, send)
            return
        if self._admission.reads.is_full():
            await self._refuse(scope, receive, send)  # without a look at its body
            return
        try:
            received = await self._read_body(scope, receive)
            if received and received[-1]["type"] == "http.disconnect":
                return
            await self._admission.reads.enter()
        except Busy:
            await self._refuse(scope, receive, send)
            return
        await self._run(scope, received, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._admission.note_refusal(scope)
        await BUSY(scope, receive, send)

    async def _run(
        self, scope: Scope, received: deque[Message], receive: Receive, send: Send
    ) -> None:
        place = scope[PLACE] = TakenPlace(self._admission, scope)
        if received and not received[-1].get("more_body", False):
            scope[WHOLE_BODY] = b"".join(each.get("body", b"") for each in received)

        async def receive_again() -> Message:
            return received.popleft() if received else await receive()

        async def leave_and_send(message: Message) -> None:
            place.leave()
            await send(message)

        try:
            await self._app(scope, receive_again, leave_and_send)
        finally:
            place.leave()

    async def _read_body(self, scope: Scope, receive: Receive) -> deque[Message]:
        """Read the body, or as much as shows that the application will refuse it."""
        received: deque[Message] = deque()
        if declares_more(scope, self._most_body_bytes):
            return received
        size = 0
        while size <= self._most_body_bytes:
            message = await receive()
            received.append(message)
            if not message.get("more_body", False):
                break
            size += len(message["body"])
        return received
