"""What Kantata has on the days that are to be written: in as few lists as possible."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from app.db.connections.database import Database
from app.db.reading import sync as known
from app.db.writing import sync as bases
from app.db.writing import time_off_entries as store
from app.domain.days import DaySpan
from app.domain.sync.deliveries import Delivery, read_day_key
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.remote import UNSEEN, RemoteEntry
from app.domain.sync.upstreams import Upstream, Wanted
from app.services.sync.listing import Listing, read_listing
from app.services.sync.take_in import refuse_overtaken
from app.services.sync.vendor import Kantata

Found = dict[str, RemoteEntry | None]
"""What is there by the day's key; None: nothing. A day that is missing cannot be told."""


async def look(
    database: Database, upstream: Upstream, vendor: Kantata, due: Sequence[Delivery]
) -> Mapping[str, RemoteEntry | None]:
    """Return what the vendor has on these days; nothing of days of which it cannot be told."""
    places = {each.key: read_day_key(each.key) for each in due}
    of_month: dict[tuple[int, int], list[str]] = defaultdict(list)
    for key, (_, day) in places.items():
        of_month[day.year, day.month].append(key)
    found: Found = {}
    for keys in of_month.values():
        users = sorted({places[key][0] for key in keys})
        days = [places[key][1] for key in keys]
        span = DaySpan(min(days), max(days))
        for of, listing in await _listings(vendor, users, span):
            there = {(each.user_id, each.day): each for each in listing.within(span)}
            odd = {(each.user_id, each.day) for each in listing.problems.values()}
            for key in keys if listing.is_complete else ():
                # What cannot be read may be the entry of its day, or of any.
                is_told = places[key] in there or not odd & {places[key], (None, None)}
                if places[key][0] in of and is_told:
                    found[key] = there.get(places[key])
    return await _looked_for(database, upstream, vendor, found)


async def _listings(
    vendor: Kantata, users: Sequence[int], span: DaySpan
) -> list[tuple[Sequence[int], Listing]]:
    """Return what these users have; of those of whom the vendor refuses to tell, nothing."""
    try:
        return [(users, await read_listing(lambda page: vendor.entries_of(users, span, page)))]
    except VendorFailure as failure:
        if failure.kind not in {FailureKind.REFUSED, FailureKind.NOT_THERE}:
            raise
    if len(users) == 1:
        return []
    half = len(users) // 2
    return [
        each
        for some in (users[:half], users[half:])
        for each in await _listings(vendor, some, span)
    ]


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
