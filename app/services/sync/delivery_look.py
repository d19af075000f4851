"""What Kantata has on the days that are to be written: in as few lists as possible."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from app.db.connections.database import Database
from app.db.reading import sync as known
from app.db.writing import sync as bases
from app.db.writing import time_off_entries as store
from app.domain.days import DaySpan
from app.domain.sync.deliveries import Delivery, read_day_key
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.listings import MOST_ROWS
from app.domain.sync.remote import UNSEEN, RemoteEntry
from app.domain.sync.upstreams import Upstream, Wanted
from app.domain.time_off_entries import UserDay
from app.services.sync.listing import Listing, read_listing
from app.services.sync.take_in import refuse_overtaken
from app.services.sync.vendor import Kantata

MOST_LISTED: Final = 400
"""A list of more rows, which are two pages, is asked for in two parts."""
Places = Mapping[str, UserDay]
"""Users' days by their keys."""
Found = dict[str, RemoteEntry | None]
"""What is there by the day's key; None: nothing. A day that is missing cannot be told."""


async def look(
    database: Database, upstream: Upstream, vendor: Kantata, due: Sequence[Delivery]
) -> Mapping[str, RemoteEntry | None]:
    """Return what the vendor has on these days; nothing of days of which it cannot be told."""
    found: Found = {}
    for places, listing in await _listings(
        vendor, {each.key: read_day_key(each.key) for each in due}
    ):
        there = {(each.user_id, each.day): each for each in listing.entries.values()}
        odd = {(each.user_id, each.day) for each in listing.problems.values()}
        for key, place in places.items():
            # What cannot be read may be the entry of its day, or of any.
            is_told = place in there or not odd & {place, (None, None)}
            if is_told and listing.is_complete:
                found[key] = there.get(place)
    return await _looked_for(database, upstream, vendor, found)


async def _listings(vendor: Kantata, places: Places) -> list[tuple[Places, Listing]]:
    """Return what is there in one list of all users from the first of the days to the last.

    Two lists are asked for instead where one brings too much that is not asked for, and where the
    vendor refuses to tell of some user; of those of whom it does, there is none.
    """
    if not places:
        return []
    users, days = (sorted(set(each)) for each in zip(*places.values(), strict=True))
    span, most = DaySpan(days[0], days[-1]), MOST_ROWS if len(days) == 1 else MOST_LISTED
    try:
        listing = await read_listing(lambda page: vendor.entries_of(users, span, page), most)
    except VendorFailure as failure:
        if failure.kind not in {FailureKind.REFUSED, FailureKind.NOT_THERE}:
            raise
        if len(users) == 1:
            return []
        others = users[len(users) // 2 :]
        halves = _parted(places, lambda place: place[0] >= others[0])
    else:
        if not listing.is_too_long:
            return [(places, listing)]
        later = days[len(days) // 2]
        halves = _parted(places, lambda place: place[1] >= later)
    return [each for half in halves for each in await _listings(vendor, half)]


def _parted(places: Places, is_second: Callable[[UserDay], bool]) -> tuple[Places, Places]:
    """Return the places of which it is not so, and those of which it is."""
    second = {key: place for key, place in places.items() if is_second(place)}
    return {key: place for key, place in places.items() if key not in second}, second


async def _looked_for(
    database: Database, upstream: Upstream, vendor: Kantata, found: Found
) -> Found:
    """Ask for what is gone by its id, too: absence in one list proves nothing."""
    absent = [key for key, entry in found.items() if entry is None]
    async with database.reading() as connection:
        bases_of = await known.bases(connection, upstream.id, absent)
    before = {key: each for key, each in bases_of.items() if each.remote_id != UNSEEN}
    if not before:
        return found
    page = await vendor.entries_by_id([each.remote_id for each in before.values()])
    for each in before.values():
        day = [one for one in page.entries if str(one.id) == each.remote_id]
        is_there = bool(day) and (day[0].user_id, day[0].day) == read_day_key(each.key)
        is_odd = not day and each.remote_id in page.page.ids
        if is_there or is_odd:
            del found[each.key]
    await _leave_gone(database, upstream, found, before)
    return found


async def _leave_gone(
    database: Database, upstream: Upstream, found: Found, before: Collection[str]
) -> None:
    """Leave to a whole pass what is here, and gone there: so much may be that somebody looks."""
    days = {read_day_key(key): key for key in before if key in found}
    async with database.reading() as connection:
        here = await store.stored_days(connection, set(days))
    if not here:
        return
    async with database.writing() as connection:
        now = await refuse_overtaken(connection, upstream)
        await bases.change_upstream(connection, now.wanting(Wanted.WHOLE))
    for day in here:
        del found[days[day]]
