"""A time by which work has to be done, at no cost for work that never waits."""

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine as awaitable
from typing import Any, TypeVar

T = TypeVar("T")


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return what the work returns; when it waits too long, cancel it and raise TimeoutError.

    Nothing can stop work that only computes, and a timer takes as long as a small operation:
    so one is set when the work first waits for something.
    """
    try:
        awaited = work.send(None)
    except StopIteration as ended:
        return ended.value
    async with asyncio.timeout(seconds):
        return await _resumed(work, awaited)


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
        return ended.value
