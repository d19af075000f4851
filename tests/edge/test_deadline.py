"""Work ends by its deadline, and otherwise as if there was none."""

import asyncio

import pytest

from app.deadline import within

LONG = 60.0
SHORT = 0.01


async def sleep():
    await asyncio.sleep(LONG)


async def fail():
    raise KeyError


class Work:
    """Waits some times, does one thing more, and notes how it ended."""

    def __init__(self, waits, last=None):
        self.waits = waits
        self.last = last
        self.ended = ""

    async def __call__(self):
        try:
            for _ in range(self.waits):
                await asyncio.sleep(0)
            if self.last:
                await self.last()
        except BaseException as error:
            self.ended = type(error).__name__
            raise
        return "answer"


@pytest.mark.parametrize("waits", [0, 1, 5])
async def test_work_answers_whether_it_waits_or_not(waits):
    assert await within(LONG, Work(waits)()) == "answer"


@pytest.mark.parametrize("waits", [0, 1, 5])
async def test_its_errors_are_its_own(waits):
    with pytest.raises(KeyError):
        await within(LONG, Work(waits, fail)())


@pytest.mark.parametrize("waits", [0, 1, 5])
async def test_what_waits_too_long_is_cancelled(waits):
    work = Work(waits, sleep)

    with pytest.raises(TimeoutError):
        await within(SHORT, work())

    assert work.ended == "CancelledError"


@pytest.mark.parametrize("waits", [0, 1, 5])
async def test_who_asked_can_give_up(waits):
    work = Work(waits, sleep)
    task = asyncio.ensure_future(within(LONG, work()))
    for _ in range(waits + 1):
        await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.ended == "CancelledError"


@pytest.mark.parametrize("waits", [0, 1])
async def test_work_that_catches_an_error_where_it_waits_goes_on(waits):
    async def careful():
        for _ in range(waits):
            await asyncio.sleep(0)
        failing = asyncio.get_running_loop().create_future()
        failing.get_loop().call_soon(failing.set_exception, ValueError())
        try:
            await failing
        except ValueError:
            await asyncio.sleep(0)
            return asyncio.current_task()
        return None

    assert await within(LONG, careful()) is asyncio.current_task()


async def test_a_timeout_of_the_work_itself_is_told_apart():
    async def impatient():
        try:
            async with asyncio.timeout(SHORT):
                await asyncio.sleep(LONG)
        except TimeoutError:
            return "went on"

    assert await within(LONG, impatient()) == "went on"
