"""Reads a listing of Kantata's to its end, and says whether it can be believed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from app.domain.days import DaySpan
from app.domain.sync.listings import LOOKS, MOST_ROWS, Page, is_complete
from app.domain.sync.remote import EntryPage, RemoteEntry, RemoteProblem

SECOND_OF_DAY: Final = "SECOND_OF_DAY"
SECOND_WORDS: Final = "Its user has a newer entry on the same day, and that one is taken."


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


async def read_listing(
    ask: Callable[[int], Awaitable[EntryPage]], most: int = MOST_ROWS
) -> Listing:
    """Return all pages; where rows came or went meanwhile they are read again, LOOKS times.

    A look that is complete holds alone. What all others brought is kept: an incomplete listing
    adds and changes, and deletes nothing. One of more than ``most`` rows is not read to its end.
    """
    listing, requests = Listing(), 0
    for _ in range(LOOKS):
        look = await _look(ask, most)
        requests += look.requests
        if look.is_complete:
            listing = look
            break
        listing.entries |= look.entries
        listing.problems |= look.problems
        if look.is_too_long:
            listing.is_too_long = True
            break
    listing.requests = requests
    _keep_one_a_day(listing)
    return listing


async def _look(ask: Callable[[int], Awaitable[EntryPage]], most: int) -> Listing:
    listing, pages, read = Listing(), list[Page](), 0
    while True:
        answered = await ask(len(pages) + 1)
        pages.append(answered.page)
        read += len(answered.page.ids)
        listing.requests += 1
        listing.entries |= {each.id: each for each in answered.entries}
        listing.problems |= {each.remote_id: each for each in answered.problems}
        if answered.page.count > most:
            listing.is_too_long = True
            return listing
        if not answered.page.ids or read >= answered.page.count:
            listing.is_complete = is_complete(pages)
            return listing


def _keep_one_a_day(listing: Listing) -> None:
    """Have one entry of each user's day, as there can be no two: the newest, by its id.

    Another one is a problem; so is, until the next whole pass, one that was deleted and made anew
    between two looks.
    """
    newest: dict[tuple[int, date], int] = {}
    for each in listing.entries.values():
        place = each.user_id, each.day
        newest[place] = max(each.id, newest.get(place, 0))
    for each in list(listing.entries.values()):
        if newest[each.user_id, each.day] != each.id:
            del listing.entries[each.id]
            listing.problems[str(each.id)] = RemoteProblem(
                str(each.id), SECOND_OF_DAY, SECOND_WORDS, each.user_id, each.day
            )
