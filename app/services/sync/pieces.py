"""Lists in pieces, as many at a time as one transaction or one request takes."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def pieces(items: Sequence[T], most: int) -> Iterator[list[T]]:
    """Return the items in their order, at most so many at a time.

    >>> list(pieces("abc", 2))
    [['a', 'b'], ['c']]
    """
    for at in range(0, len(items), most):
        yield list(items[at : at + most])
