"""Days of a company that also writes: what becomes of each, by three versions and the policy.

Within the caller's transaction, in which the users are locked.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from app.db.connections.database import Transaction
from app.db.reading import deliveries as outbox
from app.db.reading import sync as known
from app.db.writing import deliveries as kept
from app.db.writing import time_off_entries as store
from app.domain.sync.conflicts import SyncConflict, SyncSide
from app.domain.sync.deliveries import (
    LATE_FOR,
    AttemptOutcome,
    Delivery,
    DeliveryAttempt,
    DeliveryCode,
    DeliveryState,
    day_key,
    read_day_key,
)
from app.domain.sync.remote import BaseRecord, RemoteEntry
from app.domain.sync.settling import Settled, base_of_unknown, is_late, settle
from app.domain.sync.taking_in import THEIRS, DayVersion, Ours, ours_of
from app.domain.sync.upstreams import Upstream
from app.domain.time_off_entries import StoredDay, UserDay


@dataclass(slots=True)
class SettledDays:
    """What becomes of some days of the vendor's.

    ``taken`` are laid over what is here, but for what of them is ``ours``. ``deleted`` are those
    that were deleted here and are to be deleted there. ``left`` are left alone for now: what
    became of a write of ours is not known yet, somebody is asked, or the answer is an old one.
    """

    taken: list[RemoteEntry] = field(default_factory=list)
    ours: dict[str, Ours] = field(default_factory=dict)
    deleted: list[BaseRecord] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    wanted: set[str] = field(default_factory=set)
    conflicts: list[SyncConflict] = field(default_factory=list)

    def of(self, entry: RemoteEntry) -> Ours:
        """Return what of a day stays as it is here."""
        return self.ours.get(day_key(entry.user_id, entry.day), THEIRS)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of some keys."""

    stored: Mapping[UserDay, StoredDay]
    bases: Mapping[str, BaseRecord]
    deliveries: Mapping[str, Delivery]
    attempts: Mapping[str, Sequence[DeliveryAttempt]]

    def base(self, key: str, theirs: DayVersion | None) -> DayVersion | None:
        """Return what both last agreed on, as far as writes that nobody knows of say it."""
        base = self.bases.get(key)
        agreed = None if base is None else DayVersion.of_content(base.content)
        unknown = [
            (_version(each.sent), _version(each.before))
            for each in self.attempts.get(key, ())
            if each.outcome is AttemptOutcome.UNKNOWN
        ]
        return base_of_unknown(agreed, theirs, unknown)

    def is_to_be_left(self, key: str, theirs: DayVersion | None, now: datetime) -> bool:
        """Say whether nothing can be told of the key yet."""
        delivery = self.deliveries.get(key)
        if delivery is not None and delivery.state is DeliveryState.UNCERTAIN:
            return delivery.waits(now)
        if delivery is not None and delivery.code == DeliveryCode.CONFLICT.value:
            return True
        done = [
            (_version(each.sent), _version(each.before))
            for each in self.attempts.get(key, ())
            if each.outcome is AttemptOutcome.DONE and abs(now - each.settles_at) < LATE_FOR
        ]
        return is_late(done, theirs)


async def settle_days(
    connection: Transaction, upstream: Upstream, entries: Sequence[RemoteEntry], now: datetime
) -> SettledDays:
    """Return what becomes of the vendor's days; the conflicts are stored."""
    settled = SettledDays()
    if not upstream.is_two_way:
        settled.taken += entries
        return settled
    places = {(each.user_id, each.day) for each in entries}
    found = await _known(connection, upstream, {day_key(*each) for each in places}, now)
    for entry in entries:
        key, theirs = day_key(entry.user_id, entry.day), DayVersion.of_remote(entry)
        if found.is_to_be_left(key, theirs, now):
            settled.left.add(key)
            continue
        base, stored = found.base(key, theirs), found.stored.get((entry.user_id, entry.day))
        ours = None if stored is None else ours_of(base, stored, entry)
        # What is new there and never was here is no deletion of ours.
        is_new = base is None and ours is None
        become = Settled() if is_new else settle(base, ours, theirs, upstream.conflict_policy)
        _note(settled, upstream, key, become, (ours, theirs, base), now)
        if become.is_open:
            continue
        if ours is None and become.ours.hours:
            local = found.bases[key].local_key if key in found.bases else ""
            content = theirs.content()
            settled.deleted.append(BaseRecord(key, local, str(entry.id), entry.day, content))
            settled.wanted.add(key)
            continue
        settled.taken.append(entry)
        settled.ours[key] = become.ours
        if become.ours.hours or (ours and become.ours.services & ours.references.keys()):
            settled.wanted.add(key)
    await _store(connection, upstream, settled, now)
    return settled


async def settle_gone(
    connection: Transaction, upstream: Upstream, records: Collection[BaseRecord], now: datetime
) -> tuple[list[BaseRecord], list[BaseRecord]]:
    """Return what of the vendor's that is gone there goes here, too, and what stays; or neither.

    What stays is made there anew. Conflicts are stored.
    """
    if not upstream.is_two_way:
        return list(records), []
    settled = SettledDays()
    gone: list[BaseRecord] = []
    stays: list[BaseRecord] = []
    found = await _known(connection, upstream, {each.key for each in records}, now)
    for each in records:
        if found.is_to_be_left(each.key, None, now):
            continue
        base, stored = found.base(each.key, None), found.stored.get(read_day_key(each.key))
        ours = None if stored is None else ours_of(base, stored, None)
        become = settle(base, ours, None, upstream.conflict_policy)
        _note(settled, upstream, each.key, become, (ours, None, base), now)
        if become.is_open:
            continue
        if become.ours.hours and ours is not None:
            stays.append(each)
            settled.wanted.add(each.key)
        else:
            gone.append(each)
    await _store(connection, upstream, settled, now)
    return gone, stays


async def _known(
    connection: Transaction, upstream: Upstream, keys: Collection[str], now: datetime
) -> _Known:
    stored = await store.stored_days(connection, {read_day_key(each) for each in keys})
    mine = {
        day: each for day, each in stored.items() if each.entry.company_id == upstream.company_id
    }
    return _Known(
        mine,
        await known.bases(connection, upstream.id, keys),
        await outbox.deliveries_of(connection, upstream.id, keys),
        await outbox.attempts_of(connection, upstream.id, keys, now - LATE_FOR),
    )


def _note(
    settled: SettledDays,
    upstream: Upstream,
    key: str,
    become: Settled,
    versions: tuple[DayVersion | None, DayVersion | None, DayVersion | None],
    now: datetime,
) -> None:
    """Note a conflict, whoever decides it."""
    if become.conflict is None:
        return
    ours, theirs, base = (None if each is None else each.content() for each in versions)
    decided_at = None if become.kept is None else now
    settled.conflicts.append(
        SyncConflict(
            str(uuid4()),
            upstream.id,
            key,
            become.conflict,
            ours,
            theirs,
            base,
            now,
            decided_at,
            become.kept,
        )
    )
    if become.kept is SyncSide.GATEWAY:
        settled.wanted.add(key)


async def _store(
    connection: Transaction, upstream: Upstream, settled: SettledDays, now: datetime
) -> None:
    await kept.make_sure(connection, upstream.id, settled.wanted, now)
    await kept.add_conflicts(connection, settled.conflicts)
    held = {each.key for each in settled.conflicts if each.resolved_at is None}
    settled.left |= held
    await kept.make_sure(connection, upstream.id, held, now)
    waiting = await outbox.deliveries_of(connection, upstream.id, held)
    for each in waiting.values():
        await kept.change_delivery(connection, each.held(DeliveryCode.CONFLICT))


def _version(content: Mapping[str, object] | None) -> DayVersion | None:
    return None if content is None else DayVersion.of_content(content)
