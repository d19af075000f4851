"""Reads a listing of Kantata's to its end, and says whether it can be believed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from app.domain.days import DaySpan
from app.domain.sync.listings import LOOKS, MOST_ROWS, Page, is_complete
from app.domain.sync.remote import EntryPage, RemoteEntry, RemoteProblem


@dataclass(slots=True)
class Listing:
    """What the pages of one listing brought; each entry once, as it was seen last."""

    entries: dict[int, RemoteEntry] = field(default_factory=dict)
    problems: dict[str, RemoteProblem] = field(default_factory=dict)
    is_complete: bool = False
    is_too_long: bool = False
    requests: int = 0

    def within(self, days: DaySpan) -> list[RemoteEntry]:
        """Return the entries of these days: whether a vendor counts both ends nobody says."""
        return [each for each in self.entries.values() if days.first <= each.day <= days.last]


async def read_listing(ask: Callable[[int], Awaitable[EntryPage]]) -> Listing:
    """Return all pages; where rows came or went meanwhile they are read again, LOOKS times.

    What every look brought is kept: an incomplete listing adds and changes, and deletes nothing.
    """
    listing = Listing()
    for _ in range(LOOKS):
        pages: list[Page] = []
        while True:
            answered = await ask(len(pages) + 1)
            listing.requests += 1
            pages.append(answered.page)
            listing.entries.update({each.id: each for each in answered.entries})
            listing.problems.update({each.remote_id: each for each in answered.problems})
            if answered.page.count > MOST_ROWS:
                listing.is_too_long = True
                return listing
            read = sum(len(each.ids) for each in pages)
            if not answered.page.ids or read >= answered.page.count:
                break
        if is_complete(pages):
            listing.is_complete = True
            return listing
    return listing
