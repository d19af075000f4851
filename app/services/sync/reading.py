"""A pass of reading: slice by slice, each stored before the next is asked for.

A pass that is ended, however, goes on at the slice at which it stopped. What a vendor has no more
is taken away at the end, and only where a whole listing and a second look agree.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from app.db.connections.database import Database
from app.db.reading import sync as known
from app.db.writing import sync as kept
from app.domain.days import DaySpan
from app.domain.sync.deliveries import day_key
from app.domain.sync.listings import (
    MOST_ROWS,
    MOST_ROWS_OF_A_DAY,
    halves,
    months,
    needs_review,
)
from app.domain.sync.remote import UNSEEN, BaseRecord, EntryPage, RemoteProblem
from app.domain.sync.runs import RunCounts, SyncRun
from app.domain.sync.upstreams import Upstream, Wanted
from app.services.sync.listing import Listing, read_listing
from app.services.sync.pieces import pieces
from app.services.sync.take_in import DAYS_A_TRANSACTION, GONE, TakeIn, user_of
from app.services.sync.vendor import Kantata

A_DAY: Final = timedelta(days=1)
MOST_TOLD: Final = 500
"""Of what stays though it is gone, so many are told."""
TOO_MANY: Final = "TOO_MANY"
TOO_MANY_WORDS: Final = f"More than {MOST_ROWS_OF_A_DAY:,} entries on a day: they are not all read."
USER_GONE: Final = "USER_GONE"
USER_GONE_WORDS: Final = (
    "It went with its user, who is not active there, and of whom nothing is listed any more: "
    "it stays here."
)


@dataclass(slots=True)
class FullPass:
    """Reads all entries of the window, and compares them with what is here.

    ``needs_review``: so much is gone that a person has to look before it is deleted, or nobody has
    looked yet at what was. ``has_skipped``: it went on with a pass that was ended, and has not
    seen what was gone from the slices before. ``is_complete``: no listing changed all the while.
    ``active`` are the users whom the vendor lists as such, ``has_everybody`` whether that list is
    to be believed, and ``seen`` those of whom it has listed any entry.
    """

    database: Database
    take_in: TakeIn
    vendor: Kantata
    upstream: Upstream
    run: SyncRun
    clock: Callable[[], datetime]
    active: Collection[int]
    has_everybody: bool = True
    seen: set[int] = field(default_factory=set)
    needs_review: bool = False
    has_skipped: bool = False
    is_complete: bool = True
    between: Callable[[], Awaitable[object]] | None = None
    """Awaited after each slice: what cannot wait for all of them."""

    async def read(self) -> SyncRun:
        """Read the window, and return the run as far as it has come."""
        window = self.upstream.window.around(self.clock().astimezone(UTC).date())
        missing: list[BaseRecord] = []
        async with self.database.reading() as connection:
            count = await known.count_bases(connection, self.upstream.id, window)
        for slice_ in months(window):
            if self.run.checkpoint is not None and slice_.last.isoformat() <= self.run.checkpoint:
                self.has_skipped = True
                continue
            missing += await self._read_slice(slice_)
            await self._reach(slice_)
            if self.between is not None:
                await self.between()
        await self._settle(missing, count)
        return self.run

    async def _settle(self, missing: Sequence[BaseRecord], count: int) -> None:
        """Delete what is gone, have a person look at it first, or tell that it stays.

        An approval is one of what was listed when it was given, and of nothing else.
        """
        async with self.database.reading() as connection:
            ids = {each.remote_id for each in missing}
            found = await known.bases_of_remote(connection, self.upstream.id, ids)
            listed = await known.ids_of_problems(connection, self.upstream.id, GONE)
        keys = {each.key for each in missing}
        # What was missing may have been found since in a later month, or as somebody else's.
        elsewhere = {each.remote_id for each in found if each.key not in keys}
        left = [each for each in found if each.key in keys]
        moved = [each for each in left if each.remote_id in elsewhere]
        nowhere = [each for each in left if each.remote_id not in elsewhere]
        gone, stays = self._parted(nowhere)
        approved = listed if self.upstream.wanted is Wanted.APPROVED else set()
        # Where suddenly few people are listed, somebody looks at what went with them, too.
        suspect = gone if self.has_everybody else nowhere
        doubtful = [each for each in suspect if each.remote_id not in approved]
        is_still_held = self.upstream.is_still_held(
            was_told=bool(listed),
            is_doubtful=bool(doubtful),
            is_whole=self.is_complete and not self.has_skipped,
        )
        self.needs_review = is_still_held or needs_review(len(doubtful), count)
        held = {each.key for each in doubtful} if self.needs_review else set()
        deletable = [*moved, *(each for each in gone if each.key not in held)]
        for records in pieces(deletable, DAYS_A_TRANSACTION):
            self.run = await self.take_in.gone(self.upstream, self.run, records)
        if self.needs_review:
            await self.take_in.held(self.upstream, doubtful)
        await self._tell([each for each in stays if each.key not in held][:MOST_TOLD])

    def _parted(self, missing: Sequence[BaseRecord]) -> tuple[list[BaseRecord], list[BaseRecord]]:
        """Part what is missing from what went with its user as a whole, which is no deletion.

        Whoever leaves may be listed no more, and so may their time off, though it was taken.
        """
        there = self.seen | {*self.active}
        stays = [each for each in missing if user_of(each.key) not in there]
        return [each for each in missing if user_of(each.key) in there], stays

    async def _tell(self, stays: Sequence[BaseRecord]) -> None:
        """Keep what went with its user as problems, so that a person sees what it is."""
        problems = [
            RemoteProblem(each.remote_id, USER_GONE, USER_GONE_WORDS, user_of(each.key), each.day)
            for each in stays
        ]
        if not problems:
            return
        async with self.database.writing() as connection:
            await kept.keep_problems(connection, self.upstream.id, problems, self.clock())

    async def _reach(self, slice_: DaySpan) -> None:
        """Keep that all is stored to its end, also where there was nothing to store."""
        self.run = replace(self.run, checkpoint=slice_.last.isoformat())
        async with self.database.writing() as connection:
            await kept.change_run(connection, self.run)

    async def _read_slice(self, days: DaySpan) -> list[BaseRecord]:
        asked = DaySpan(days.first - A_DAY, days.last + A_DAY)
        most = MOST_ROWS if len(days) > 1 else MOST_ROWS_OF_A_DAY
        listing = await read_listing(lambda page: self.vendor.entries(asked, page), most)
        self._count(listing.requests)
        self.seen |= {each.user_id for each in listing.within(days)}
        if listing.is_too_long and len(days) > 1:
            return [record for half in halves(days) for record in await self._read_slice(half)]
        if listing.is_too_long:
            place = f"{days.first}"
            listing.problems[place] = RemoteProblem(place, TOO_MANY, TOO_MANY_WORDS, day=days.first)
        await self._store(listing, days)
        self.is_complete &= listing.is_complete
        if listing.is_complete:
            await self.take_in.unlisted(self.upstream, days, listing.within(days))
        return await self._missing(days, listing) if listing.is_complete else []

    async def _store(self, listing: Listing, days: DaySpan) -> None:
        problems = list(listing.problems.values())
        found = list(pieces(listing.within(days), DAYS_A_TRANSACTION))
        for piece in found or ([[]] if problems else []):
            self.run = await self.take_in.entries(self.upstream, self.run, piece, problems)
            problems = []

    async def _missing(self, days: DaySpan, listing: Listing) -> list[BaseRecord]:
        """Return what was there and is not any more, by this listing and by its id."""
        async with self.database.reading() as connection:
            bases = await known.bases_of_days(connection, self.upstream.id, days)
        listed = {day_key(each.user_id, each.day) for each in listing.within(days)}
        absent = [
            each
            for each in bases.values()
            if each.key not in listed and each.remote_id not in listing.problems
        ]
        missing = []
        for piece in pieces(absent, DAYS_A_TRANSACTION):
            ids = [each.remote_id for each in piece if each.remote_id != UNSEEN]
            there = await self._by_id(ids) if ids else {}
            missing += [each for each in piece if there.get(each.remote_id) not in {"", each.key}]
        return missing

    async def _by_id(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the key of each entry that is there; "" where it cannot be read."""
        found = await self.vendor.entries_by_id(ids)
        self._count(1)
        there = dict.fromkeys(found.page.ids, "")
        return there | {str(each.id): day_key(each.user_id, each.day) for each in found.entries}

    def _count(self, requests: int) -> None:
        self.run = replace(self.run, counts=self.run.counts + RunCounts(requests=requests))


@dataclass(slots=True)
class RecentPass:
    """Reads what was changed or made since a moment of the vendor's own clock.

    Whether an entry that was made counts as changed nobody says, so that both lists are read.
    What was deleted is in neither: a full pass finds it. ``is_complete``: nothing can have been
    missed; ``is_too_long``: so much was changed that a full pass is shorter; ``began``: the
    vendor's clock as of its first answer.
    """

    take_in: TakeIn
    vendor: Kantata
    upstream: Upstream
    run: SyncRun
    since: datetime
    clock: Callable[[], datetime]
    is_complete: bool = True
    is_too_long: bool = False
    began: datetime | None = None

    async def read(self) -> SyncRun:
        """Read it, and return the run."""
        for ask in (self.vendor.entries_changed, self.vendor.entries_created):
            await self._read_list(ask)
        return self.run

    async def _read_list(self, ask: Callable[[datetime, int], Awaitable[EntryPage]]) -> None:
        window = self.upstream.window.around(self.clock().astimezone(UTC).date())

        async def page_of(number: int) -> EntryPage:
            page = await ask(self.since, number)
            self.began = self.began or self.vendor.told_at
            return page

        listing = await read_listing(page_of)
        self.is_complete &= listing.is_complete
        self.is_too_long |= listing.is_too_long
        counted = self.run.counts + RunCounts(requests=listing.requests)
        self.run = replace(self.run, counts=counted)
        problems = list(listing.problems.values())
        for piece in list(pieces(listing.within(window), DAYS_A_TRANSACTION)) or [[]]:
            self.run = await self.take_in.entries(self.upstream, self.run, piece, problems)
            problems = []
