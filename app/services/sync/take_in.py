"""Takes in what Kantata has: one transaction for some days, told to the change feed as all is.

Nothing on the network happens here. What the vendor had is stored beside, so that the next look
compares with it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.db.connections.database import Database, Transaction
from app.db.reading import sync as known
from app.db.reading.lists_of_nouns import ENTRIES, REFERENCES
from app.db.writing import deliveries as outbox
from app.db.writing import sync as kept
from app.db.writing import time_off_entries as store
from app.db.writing.changes import record_changes
from app.db.writing.statements import ENTRY_IDS, REFERENCE_IDS, next_ids
from app.domain.changes import Change
from app.domain.days import DaySpan
from app.domain.durations import hours_text
from app.domain.identifiers import Key
from app.domain.sync.deliveries import day_key, read_day_key
from app.domain.sync.remote import REPLACED, BaseRecord, RemoteEntry, RemoteProblem
from app.domain.sync.runs import RunCounts, SyncRun
from app.domain.sync.taking_in import DayVersion, Laid, Ours, lay
from app.domain.sync.upstreams import ReviewReason, Upstream
from app.domain.time_off_entries import TimeOffEntry
from app.services.caller import SYNC
from app.services.changes import change
from app.services.sync.two_way import settle_days, settle_gone

DAYS_A_TRANSACTION: Final = 200
UNKNOWN_USER: Final = "UNKNOWN_USER"
GONE: Final = "GONE"
GONE_WORDS: Final = "It is not there any more: it is deleted here when somebody has looked."


def user_of(key: str) -> int:
    """Return the user whose day a key is."""
    return read_day_key(key)[0]


@dataclass(frozen=True, slots=True)
class TakeIn:
    """Stores what a vendor has, and takes away what it has no more."""

    database: Database
    clock: Callable[[], datetime]

    async def entries(
        self,
        upstream: Upstream,
        run: SyncRun,
        entries: Sequence[RemoteEntry],
        problems: Sequence[RemoteProblem] = (),
    ) -> SyncRun:
        """Store at most DAYS_A_TRANSACTION entries, and return the run with what was counted."""
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            counts, _ = await self._take(connection, upstream, entries, problems)
            run = replace(run, counts=run.counts + counts)
            await kept.change_run(connection, run)
        return run

    async def _take(
        self,
        connection: Transaction,
        upstream: Upstream,
        entries: Sequence[RemoteEntry],
        problems: Sequence[RemoteProblem] = (),
    ) -> tuple[RunCounts, set[str]]:
        """Return what was counted, and the keys that were left alone for now."""
        now = self.clock()
        scope = frozenset({upstream.company_id})
        users = await store.lock_users(connection, scope, {each.user_id for each in entries})
        theirs = [each for each in entries if each.user_id in users]
        settled = await settle_days(connection, upstream, theirs, now)
        mine = settled.taken
        left = await _left_days(connection, upstream, mine)
        laid = await _laid(connection, upstream, mine, now, settled.of)
        changes = [*left, *await _store(connection, laid)]
        bases = [*map(_base, mine, laid), *settled.deleted]
        await kept.keep_bases(connection, upstream.id, bases)
        await kept.forget_problems(connection, upstream.id, [str(each.id) for each in mine])
        strangers = [_of_nobody(each) for each in entries if each.user_id not in users]
        await kept.keep_problems(connection, upstream.id, [*problems, *strangers], now)
        await kept.keep_replaced(connection, upstream.id, _replaced(mine, laid), now)
        await record_changes(connection, SYNC.origin, now, changes)
        return _counts(laid, len(entries)), settled.keys.left

    async def unlisted(
        self, upstream: Upstream, days: DaySpan, listed: Sequence[RemoteEntry]
    ) -> None:
        """Have what is here on these days, and never was there, be made there, too.

        Only where the company writes to the vendor; else it stays here alone.
        """
        if not upstream.is_two_way:
            return
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            here = await known.entries_of_days(connection, upstream.company_id, days)
            bases = await known.bases_of_days(connection, upstream.id, days)
            keys = {day_key(*each) for each in here} - {_key(each) for each in listed}
            new = keys - bases.keys()
            await outbox.make_sure(connection, upstream.id, new, self.clock())

    async def looked_at(
        self, upstream: Upstream, there: Mapping[str, RemoteEntry | None]
    ) -> Collection[str]:
        """Settle days of which it was read what the vendor has; None: it has nothing.

        Return the keys that were not left alone: what was read may be an old answer, say.
        """
        entries = [each for each in there.values() if each is not None]
        absent = [key for key, each in there.items() if each is None]
        left = set[str]()
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            if entries:
                _, left = await self._take(connection, upstream, entries)
            if absent:
                before = await known.bases(connection, upstream.id, absent)
                _, others = await self._part(connection, upstream, list(before.values()))
                left |= others
        return there.keys() - left

    async def gone(
        self, upstream: Upstream, run: SyncRun, records: Collection[BaseRecord]
    ) -> SyncRun:
        """Delete the entries that the vendor has no more, and return the run.

        What has come under the id meanwhile, such as the same entry on another day, stays.
        """
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            deleted, _ = await self._part(connection, upstream, records)
            run = replace(run, counts=run.counts + RunCounts(deleted=deleted))
            await kept.change_run(connection, run)
        return run

    async def _part(
        self, connection: Transaction, upstream: Upstream, records: Collection[BaseRecord]
    ) -> tuple[int, set[str]]:
        """Return how many went, and the keys that were left alone for now."""
        now = self.clock()
        gone, stays = await settle_gone(connection, upstream, records, now)
        keys = {int(each.local_key): each.key for each in gone if each.local_key}
        scope = frozenset({upstream.company_id})
        found = await ENTRIES.find_many(connection, scope, list(keys))
        await store.lock_users(connection, scope, {each.user_id for each in found.values()})
        found = await ENTRIES.find_many(connection, scope, list(keys))
        entries = [
            each
            for each in found.values()
            if day_key(each.user_id, each.requested_date) == keys[each.id]
        ]
        changes = await _remove(connection, entries)
        over = [each.key for each in (*gone, *stays)]
        await kept.forget_bases(connection, upstream.id, over)
        remote_ids = [each.remote_id for each in records]
        await kept.forget_problems(connection, upstream.id, remote_ids, GONE)
        await record_changes(connection, SYNC.origin, now, changes)
        return len(entries), {each.key for each in records} - {*over}

    async def held(self, upstream: Upstream, records: Collection[BaseRecord]) -> None:
        """Have a person look at entries that the vendor has no more, before they are deleted.

        All are told at once with the state, so that whoever approves has them before their eyes.
        """
        problems = [
            RemoteProblem(each.remote_id, GONE, GONE_WORDS, user_of(each.key), each.day)
            for each in records
        ]
        await hold(self.database, upstream, problems, self.clock())


async def hold(
    database: Database, upstream: Upstream, problems: Sequence[RemoteProblem], at: datetime
) -> None:
    """Have a person look at what is told, before any is deleted; raises Overtaken."""
    async with database.writing() as connection:
        now = await refuse_overtaken(connection, upstream)
        held = now.to_be_reviewed(ReviewReason.MASS_DELETION)
        await kept.change_upstream(connection, held)
        await kept.keep_problems(connection, upstream.id, problems, at)


async def refuse_overtaken(connection: Transaction, upstream: Upstream) -> Upstream:
    """Return it as it is, held; raise Overtaken where somebody has changed it since it was read."""
    await kept.lock_upstream(connection, upstream.id)
    now = await known.find_upstream(connection, None, upstream.id)
    if now is None or now.revision != upstream.revision:
        raise Overtaken
    return now


class Overtaken(Exception):
    """The upstream is not what it was when the pass began: it is read anew."""


async def _left_days(
    connection: Transaction, upstream: Upstream, entries: Sequence[RemoteEntry]
) -> list[Change]:
    """Take away the days that entries have left for another one, so that no hours are twice.

    Of the users who are locked: an entry that went to another user is found by a full pass.
    """
    key_of = {str(each.id): _key(each) for each in entries}
    users = {each.user_id for each in entries}
    found = await known.bases_of_remote(connection, upstream.id, key_of)
    left = [each for each in found if each.key != key_of[each.remote_id]]
    if not left:
        return []
    stored = await ENTRIES.find_many(
        connection, frozenset({upstream.company_id}), [int(each.local_key) for each in left]
    )
    gone = [each for each in stored.values() if each.user_id in users]
    mine = {str(each.id) for each in gone}
    keys = [each.key for each in left if each.local_key in mine]
    await kept.forget_bases(connection, upstream.id, keys)
    return await _remove(connection, gone)


async def _remove(connection: Transaction, entries: Sequence[TimeOffEntry]) -> list[Change]:
    """Delete entries with their references, and return what the change feed tells of it."""
    gone = [each.id for each in entries]
    references = await store.references_of(connection, gone)
    await store.remove_entries(connection, gone)
    return [
        *(change(each, None) for mine in references.values() for each in mine),
        *(change(each, None) for each in entries),
    ]


def _of_nobody(entry: RemoteEntry) -> RemoteProblem:
    return RemoteProblem(
        str(entry.id),
        UNKNOWN_USER,
        "Its user is none of this company's here.",
        entry.user_id,
        entry.day,
    )


def _replaced(entries: Sequence[RemoteEntry], laid: Sequence[Laid]) -> list[RemoteProblem]:
    """Return the days whose hours were otherwise here, and gave way, with both."""
    return [
        RemoteProblem(
            str(there.id),
            REPLACED,
            f"It was {hours_text(each.replaced)} here, and is {hours_text(there.seconds)} now, as "
            "there.",
            there.user_id,
            there.day,
        )
        for there, each in zip(entries, laid, strict=True)
        if each.replaced is not None
    ]


async def _laid(
    connection: Transaction,
    upstream: Upstream,
    entries: Sequence[RemoteEntry],
    now: datetime,
    ours: Callable[[RemoteEntry], Ours],
) -> list[Laid]:
    """Return each day as it is after the vendor's was laid over it; the users are locked."""
    stored = await store.stored_days(connection, {(each.user_id, each.day) for each in entries})
    bases = await known.bases(connection, upstream.id, [_key(each) for each in entries])
    laid = []
    for entry in entries:
        base = bases.get(_key(entry))
        agreed = None if base is None else DayVersion.of_content(base.content)
        day = stored.get((entry.user_id, entry.day))
        laid.append(lay(upstream.company_id, agreed, day, entry, now, ours(entry)))
    return await _with_free_ids(connection, laid)


async def _with_free_ids(connection: Transaction, laid: Sequence[Laid]) -> list[Laid]:
    """Give new objects an id of our own where the vendor's cannot be theirs here."""
    entries = [[each.entry[1].id] if each.entry[0] is None else [] for each in laid]
    references = [
        [after.id for before, after in each.references if after and not before] for each in laid
    ]
    standing = await ENTRIES.find_many(connection, None, _all(entries))
    entry_ids = await _own_ids(connection, ENTRY_IDS, entries, standing)
    others = await REFERENCES.find_many(connection, None, _all(references))
    reference_ids = await _own_ids(connection, REFERENCE_IDS, references, others)
    return [each.with_ids(*ids) for each, *ids in zip(laid, entry_ids, reference_ids, strict=True)]


def _all(ids: Sequence[Sequence[int]]) -> list[int]:
    return [id_ for each in ids for id_ in each]


async def _own_ids(
    connection: Transaction,
    name: str,
    ids: Sequence[Sequence[int]],
    standing: Collection[Key],
) -> list[dict[int, int]]:
    """Return for each day the ids in the place of those that are taken or not the vendor's.

    A vendor may say the same id twice, or one of those that are ours to give: whoever makes
    something here next would be refused for it.
    """
    taken, places = {*standing}, list[tuple[int, int]]()
    for place, given in enumerate(ids):
        for id_ in given:
            if id_ in taken or id_ > kept.OWN_IDS_ABOVE:
                places.append((place, id_))
            taken.add(id_)
    own = [dict[int, int]() for _ in ids]
    for (place, id_), new in zip(
        places, await next_ids(connection, name, len(places)), strict=True
    ):
        own[place][id_] = new
    return own


async def _store(connection: Transaction, laid: Sequence[Laid]) -> list[Change]:
    """Store what is new or otherwise, and return what the change feed tells of it."""
    entries = [each.entry for each in laid if each.is_change]
    references = [pair for each in laid for pair in each.references]
    await store.add_entries(connection, [after for before, after in entries if before is None])
    await store.change_entries(connection, [after for before, after in entries if before])
    gone = [before.id for before, after in references if before and after is None]
    await store.remove_references(connection, gone)
    await store.add_references(
        connection, [after for before, after in references if after and before is None]
    )
    await store.change_references(
        connection, [after for before, after in references if after and before]
    )
    return [change(before, after) for before, after in (*entries, *references)]


def _counts(laid: Sequence[Laid], read: int) -> RunCounts:
    changed = [each for each in laid if each.is_change]
    created = sum(each.entry[0] is None for each in changed)
    return RunCounts(
        read=read,
        created=created,
        updated=len(changed) - created,
        drift_repaired=sum(each.is_drift for each in changed),
    )


def _key(entry: RemoteEntry) -> str:
    return day_key(entry.user_id, entry.day)


def _base(entry: RemoteEntry, laid: Laid) -> BaseRecord:
    return BaseRecord(
        key=_key(entry),
        local_key=str(laid.entry[1].id),
        remote_id=str(entry.id),
        day=entry.day,
        content=DayVersion.of_remote(entry).content(),
    )
