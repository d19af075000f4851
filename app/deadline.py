"""How long work may take, and for whom it is done: at no cost for work that never waits."""

import asyncio
from collections.abc import Coroutine, Generator, MutableMapping
from contextlib import suppress
from types import coroutine as awaitable
from typing import Any, Final, TypeVar

from starlette.requests import ClientDisconnect

from app.db.availability.outages import noted_outage

T = TypeVar("T")

DEPARTURE: Final = "timeoff.departure"
"""Where a request's scope has its Departure, if whoever serves the connection tells of it."""

GRACE_SECONDS: Final = 0.03
"""For work to end by itself whose client has left.

Most statements do, and one that is cut costs PostgreSQL and us a connection.
"""


class Departure:
    """That the client of one request has left, told by whoever serves its connection."""

    __slots__ = ("_bound", "has_left")

    def __init__(self) -> None:
        self.has_left = False
        self._bound: asyncio.Timeout | None = None

    def tell(self) -> None:
        """Note it, and have the work end soon that is bound to it."""
        self.has_left = True
        if self._bound is not None:
            asyncio.get_running_loop().call_later(GRACE_SECONDS, self._end)

    def bind(self, bound: asyncio.Timeout | None) -> None:
        """Say which work is done for the client only; None when it is done."""
        self._bound = bound

    def _end(self) -> None:
        if self._bound is not None:
            with suppress(RuntimeError):  # its time is over in this very moment
                self._bound.reschedule(0)


def departure_of(scope: MutableMapping[str, Any]) -> Departure | None:
    """Return what tells that a request's client has left; None where nobody does."""
    return scope.get(DEPARTURE)


def stopped(what: str, seconds: float, *, writes: bool) -> str:
    """Say that the deadline has ended a request; of one that writes, also what may be stored.

    >>> stopped("request", 15, writes=False)
    'The request took more than 15 s and was stopped.'
    """
    words = f"The {what} took more than {seconds:g} s and was stopped."
    if writes:
        words += (
            " Nothing of it is half done, but it may be stored: look, or send it again with the "
            "same idempotency key."
        )
    return words


async def within(
    seconds: float | None, work: Coroutine[Any, Any, T], departure: Departure | None = None
) -> T:
    """Return what the work returns; when it waits too long, cancel it and raise TimeoutError.

    Or Unavailable, if that is what it waited for.
    With a departure it is cancelled as well when the client has left: ClientDisconnect.
    Nothing can stop work that only computes, and a timer takes as long as a small operation:
    so one is set when the work first waits for something.
    """
    if departure is not None and departure.has_left:
        work.close()
        raise ClientDisconnect
    try:
        awaited = work.send(None)
    except StopIteration as ended:
        result: T = ended.value
        return result
    try:
        async with asyncio.timeout(seconds) as bound:
            if departure is None:
                return await _resumed(work, awaited)
            departure.bind(bound)
            try:
                return await _resumed(work, awaited)
            finally:
                departure.bind(None)
    except TimeoutError as error:
        if departure is not None and departure.has_left:
            raise ClientDisconnect from None
        if outage := noted_outage(error, reads=departure is not None):
            raise outage from None
        raise


@awaitable
def _resumed(work: Coroutine[Any, Any, T], awaited: Any) -> Generator[Any, Any, T]:  # noqa: ANN401
    """Go on with work that has begun, and now waits for this."""
    try:
        while True:
            try:
                result = yield awaited
            except BaseException as error:  # noqa: BLE001 - the work's own matter, as in ``yield from``
                awaited = work.throw(error)
            else:
                awaited = work.send(result)
    except StopIteration as ended:
        value: T = ended.value
        return value
