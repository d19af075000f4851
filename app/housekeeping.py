"""What runs beside the requests, from the start of a process to its end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from app.faults import log_fault

GRACE: Final = timedelta(seconds=3)
"""For chores that are under way when the server stops."""


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do after each span of time, at the start and, if told, at the end too."""

    every: timedelta
    do: Callable[[], Awaitable[object]]
    at_the_start: bool = True
    at_the_end: bool = False


@asynccontextmanager
async def doing(chores: Sequence[Chore]) -> AsyncIterator[None]:
    """Do the chores until the block is left."""
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(_repeat(chore, stopping)) for chore in chores]
    yield
    # Not cut off in the middle of a statement, whose driver's thread would outlive the loop.
    stopping.set()
    await asyncio.wait(tasks, timeout=GRACE.total_seconds())
    for task in tasks:
        task.cancel()


async def _repeat(chore: Chore, stopping: asyncio.Event) -> None:
    is_due = chore.at_the_start
    while not stopping.is_set():
        if is_due:
            await _try(chore)
        is_due = True
        with suppress(TimeoutError):
            async with asyncio.timeout(chore.every.total_seconds()):
                await stopping.wait()
    if chore.at_the_end:
        await _try(chore)


async def _try(chore: Chore) -> None:
    try:
        await chore.do()
    except Exception as fault:  # noqa: BLE001 - the next time may be better
        log_fault(fault)
