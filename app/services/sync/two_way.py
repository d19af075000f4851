"""Days of a company that also writes: what becomes of each, by three versions and the policy.

Within the caller's transaction, in which the users are locked.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.db.connections.database import Transaction
from app.db.writing import time_off_entries as store
from app.domain.sync.comparing import Content
from app.domain.sync.deliveries import DeliveryAttempt, day_key, read_day_key
from app.domain.sync.remote import BaseRecord, RemoteEntry
from app.domain.sync.settling import Settled, base_of_unknown, is_late, settle
from app.domain.sync.taking_in import THEIRS, DayVersion, Ours, ours_of
from app.domain.sync.upstreams import Upstream
from app.domain.time_off_entries import StoredDay, UserDay
from app.services.sync.known_keys import KnownKeys, Outcome, SettledKeys, known_keys


@dataclass(slots=True)
class SettledDays:
    """What becomes of some days of the vendor's.

    ``taken`` are laid over what is here, but for what of them is ``ours``. ``deleted`` are those
    that were deleted here and are to be deleted there.
    """

    taken: list[RemoteEntry] = field(default_factory=list)
    ours: dict[str, Ours] = field(default_factory=dict)
    deleted: list[BaseRecord] = field(default_factory=list)
    keys: SettledKeys = field(default_factory=SettledKeys)

    def of(self, entry: RemoteEntry) -> Ours:
        """Return what of a day stays as it is here."""
        return self.ours.get(day_key(entry.user_id, entry.day), THEIRS)


@dataclass(frozen=True, slots=True)
class _Days:
    """What is known of some days."""

    stored: Mapping[UserDay, StoredDay]
    keys: KnownKeys

    def base(self, key: str, theirs: DayVersion | None) -> DayVersion | None:
        """Return what both last agreed on, as far as writes that nobody knows of say it."""
        agreed = _version(self.keys.content(key))
        return base_of_unknown(agreed, theirs, _versions(self.keys.unknown(key)))

    def is_to_be_left(self, key: str, theirs: DayVersion | None, now: datetime) -> bool:
        """Say whether nothing can be told of the day yet."""
        done = _versions(self.keys.just_done(key, now))
        return self.keys.is_waiting(key, now) or is_late(done, theirs)


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
            settled.keys.left.add(key)
            continue
        base, stored = found.base(key, theirs), found.stored.get((entry.user_id, entry.day))
        ours = None if stored is None else ours_of(base, stored, entry)
        # What is new there and never was here is no deletion of ours.
        is_new = base is None and ours is None
        become = Settled() if is_new else settle(base, ours, theirs, upstream.conflict_policy)
        _note(settled.keys, upstream, key, become, (ours, theirs, base), now)
        if become.is_open:
            continue
        if ours is None and become.ours.hours:
            bases = found.keys.bases
            local = bases[key].local_key if key in bases else ""
            content = theirs.content()
            settled.deleted.append(BaseRecord(key, local, str(entry.id), entry.day, content))
            settled.keys.wanted.add(key)
            continue
        settled.taken.append(entry)
        settled.ours[key] = become.ours
        if become.ours.hours or (ours and become.ours.services & ours.references.keys()):
            settled.keys.wanted.add(key)
    await settled.keys.store(connection, upstream, now)
    return settled


async def settle_gone(
    connection: Transaction, upstream: Upstream, records: Collection[BaseRecord], now: datetime
) -> tuple[list[BaseRecord], list[BaseRecord]]:
    """Return what of the vendor's that is gone there goes here, too, and what stays; or neither.

    What stays is made there anew. Conflicts are stored.
    """
    if not upstream.is_two_way:
        return list(records), []
    settled = SettledKeys()
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
    await settled.store(connection, upstream, now)
    return gone, stays


async def _known(
    connection: Transaction, upstream: Upstream, keys: Collection[str], now: datetime
) -> _Days:
    stored = await store.stored_days(connection, {read_day_key(each) for each in keys})
    mine = {
        day: each for day, each in stored.items() if each.entry.company_id == upstream.company_id
    }
    return _Days(mine, await known_keys(connection, upstream, keys, now))


def _note(
    settled: SettledKeys,
    upstream: Upstream,
    key: str,
    become: Settled,
    versions: tuple[DayVersion | None, DayVersion | None, DayVersion | None],
    now: datetime,
) -> None:
    ours, theirs, base = (None if each is None else each.content() for each in versions)
    outcome = Outcome(become.conflict, become.kept)
    settled.note(upstream, key, outcome, (ours, theirs, base), now)


def _versions(
    attempts: Sequence[DeliveryAttempt],
) -> list[tuple[DayVersion | None, DayVersion | None]]:
    return [(_version(each.sent), _version(each.before)) for each in attempts]


def _version(content: Content | None) -> DayVersion | None:
    return None if content is None else DayVersion.of_content(content)
