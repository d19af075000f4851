"""What one operation tells of itself is one event, also where parts of it are done again.

A query whose replica is lost is read anew, and so is one whose compiled form has met an error.
"""

from collections.abc import Awaitable, Hashable
from contextvars import ContextVar
from typing import Final, TypeVar

T = TypeVar("T")

_TOLD: Final[ContextVar[set[Hashable] | None]] = ContextVar("timeoff_told", default=None)


async def telling_once(operation: Awaitable[T]) -> T:
    """Do an operation, in which ``is_told`` knows what was told before."""
    token = _TOLD.set(set())
    try:
        return await operation
    finally:
        _TOLD.reset(token)


def is_told(what: Hashable) -> bool:
    """Say whether the operation has told this already; from now on it has.

    Outside of operations nothing is done again, and nothing is told.
    """
    told = _TOLD.get()
    if told is None:
        return False
    if what in told:
        return True
    told.add(what)
    return False
