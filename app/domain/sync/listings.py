"""When a list that came page by page can be believed, and what is missing from it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from app.domain.days import DaySpan

LOOKS: Final = 3
"""How often a listing is read that changed while it was: then it only adds and changes."""
MOST_ROWS: Final = 10_000
"""Of one slice: a longer one is read in halves."""
MOST_ROWS_OF_A_DAY: Final = 200_000
"""A day cannot be halved: it is read to its end, but for one that has none."""
FREE_DELETIONS: Final = 20
FREE_PART: Final = 0.05
"""So many may vanish, and such a part of all that are known, before a person has to look."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing: how many rows the vendor said there are, and the ids it brought."""

    count: int
    ids: Sequence[str]


def is_complete(pages: Collection[Page]) -> bool:
    """Say whether pages are a whole list: rows that come or go meanwhile move the others.

    >>> is_complete([Page(3, ["1", "2"]), Page(3, ["3"])]), is_complete([Page(3, ["1", "2"])])
    (True, False)
    """
    counts = {page.count for page in pages}
    return counts == {len({id_ for page in pages for id_ in page.ids})}


def months(window: DaySpan) -> Iterator[DaySpan]:
    """Return the calendar months of a window, the first and the last as far as they are in it."""
    first = window.first
    while first <= window.last:
        following = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
        yield DaySpan(first, min(window.last, following - timedelta(days=1)))
        first = following


def halves(slice_: DaySpan) -> tuple[DaySpan, ...]:
    """Return both halves of a slice that is too long a list; a day alone cannot be halved."""
    if len(slice_) == 1:
        return (slice_,)
    middle = slice_.first + timedelta(days=(len(slice_) - 1) // 2)
    return DaySpan(slice_.first, middle), DaySpan(middle + timedelta(days=1), slice_.last)


def needs_review(gone: int, known: int) -> bool:
    """Say whether so many of what is known are gone that a person has to look first.

    >>> needs_review(20, 20), needs_review(21, 1_000), needs_review(51, 1_000)
    (False, False, True)
    """
    return gone > FREE_DELETIONS and gone > known * FREE_PART
