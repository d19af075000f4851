"""Whether the database answers, and can be written to: probed at most so often."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

FRESH_SECONDS: Final = 0.5
"""For which an answer is as good as a new one; that there was none is not so for as long."""

BEAT_SECONDS: Final = 0.25
"""Between two looks at a database that is lost, or in use."""

LATE_SECONDS: Final = 0.1
"""By which a loop that was busy wakes us too late: then what has come is not read yet."""

READING_SECONDS: Final = 0.2
"""For such a loop to read it."""

CLOSING_SECONDS: Final = 1.0
"""For a question that is given up at the end."""


async def wait_for_answer(asking: asyncio.Future[Any], seconds: float) -> None:
    """Wait so long until it is done; a loop that was late reads first what has come meanwhile."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.wait([asking], timeout=seconds)
    if not asking.done() and loop.time() > began + seconds + LATE_SECONDS:
        await asyncio.wait([asking], timeout=READING_SECONDS)


class Pulse:
    """Probes the database, one probe at a time, and gives each up after ``seconds``.

    ``beat`` asks the database why it cannot be written to, on a connection that nobody else uses;
    None where it can.
    """

    def __init__(self, beat: Callable[[], Awaitable[str | None]], seconds: float) -> None:
        self._beat = beat
        self._seconds = seconds
        self._asking: asyncio.Task[None] | None = None
        self._asked_at = float("-inf")
        self._question: asyncio.Future[str | None] | None = None
        self.is_lost = False
        self.why_unwritable: str | None = None
        self._lost_at = float("-inf")

    def was_lost_since(self, moment: float) -> bool:
        """Say whether it was silent at any time after a moment of the event loop's clock."""
        return self.is_lost or self._lost_at >= moment

    async def answers(self) -> bool:
        """Say whether the database answers; a result younger than FRESH_SECONDS is used again."""
        loop = asyncio.get_running_loop()
        fresh = BEAT_SECONDS / 2 if self.is_lost else FRESH_SECONDS
        if loop.time() > self._asked_at + fresh:
            if self._asking is None:
                self._asking = loop.create_task(self._ask())
                self._asking.add_done_callback(self._forget)
            await asyncio.wait([self._asking])
        return not self.is_lost

    async def keep(
        self, is_used: Callable[[], bool], lost: Callable[[], None], found: Callable[[], None]
    ) -> None:
        """Notice soon, while it is used, that it is lost, and then that it is there again.

        ``lost`` is told of the former, ``found`` of the latter.
        """
        was_lost = False
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if self.is_lost or is_used():
                await self.answers()
            if self.is_lost and not was_lost:
                lost()
            if was_lost and not self.is_lost:
                found()
            was_lost = self.is_lost

    async def close(self) -> None:
        """Stop, and wait until a probe that is under way has given its connection back."""
        if self._asking:
            self._asking.cancel()
            await asyncio.wait([self._asking])
        if self._question and not self._question.done():
            await asyncio.wait([self._question], timeout=CLOSING_SECONDS)

    def _forget(self, _: object) -> None:
        self._asking = None

    async def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        asking = self._question = asyncio.ensure_future(self._beat())
        try:
            await wait_for_answer(asking, self._seconds)
        finally:
            asking.cancel()
        self.is_lost = not asking.done() or asking.cancelled() or asking.exception() is not None
        self.why_unwritable = None if self.is_lost else asking.result()
        self._asked_at = loop.time()
        if self.is_lost:
            self._lost_at = self._asked_at
