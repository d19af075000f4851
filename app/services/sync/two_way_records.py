"""Records of a company that also writes to Procore: what becomes of each, by three versions.

Within the caller's transaction, in which their person is locked.
"""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.db.connections.database import Transaction
from app.db.reading import deliveries as outbox
from app.db.reading import sync_people as known
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.domain.person_time_off import PersonTimeOff
from app.domain.sync.comparing import Content
from app.domain.sync.deliveries import (
    LATE_FOR,
    AttemptOutcome,
    DeliveryAttempt,
    DeliveryOperation,
    read_record_key,
    record_key,
)
from app.domain.sync.remote import BaseRecord
from app.domain.sync.remote_people import RemoteTimeOff
from app.domain.sync.settling_records import (
    SettledRecord,
    Unknown,
    base_of_unknown_record,
    is_late_record,
    settle_record,
)
from app.domain.sync.taking_in_records import (
    KeptHere,
    Pairing,
    RecordVersion,
    SentRecord,
    pair,
)
from app.domain.sync.upstreams import Upstream
from app.services.sync.known_keys import (
    KnownKeys,
    Outcome,
    SettledKeys,
    is_just_done,
    known_keys,
)

Versions = tuple[RecordVersion | None, RecordVersion | None, RecordVersion | None]


@dataclass(frozen=True, slots=True)
class Theirs:
    """Somebody's records as the vendor has them, and what is here of that person.

    ``bases`` are by the vendor's ids, ``here`` all of the person's records by their own.
    ``deleted`` are the fingerprints of what was just deleted there by us, ``ended`` the keys of
    what may have been, and ``made`` those of what may have been made.
    """

    person_id: str
    remotes: Sequence[RemoteTimeOff]
    bases: Mapping[str, BaseRecord]
    here: Mapping[str, PersonTimeOff]
    pairing: Pairing
    deleted: Collection[str]
    ended: Collection[str]
    made: AbstractSet[str]

    def local_id(self, remote: RemoteTimeOff) -> str:
        """Return the id that a record has here, or will have."""
        return self.pairing.local_key(remote.id)

    def key(self, remote: RemoteTimeOff) -> str:
        """Return the key of a record."""
        return record_key(self.person_id, self.local_id(remote))


async def theirs_of(
    connection: Transaction,
    upstream: Upstream,
    person_id: str,
    remotes: Sequence[RemoteTimeOff],
    now: datetime,
    local_ids: Mapping[str, str] | None = None,
) -> Theirs:
    """Return somebody's records with what is here, and which is which where that is not given."""
    bases = await known.bases_of_person(connection, upstream.id, person_id)
    found = await known.records_of_person(connection, person_id)
    here = {each.id: each for each in found}
    all_of_person = record_key(person_id, "")
    # Also where it is only read by now: what may have been made there is still known again.
    attempts = await outbox.attempts_below(connection, upstream.id, all_of_person, now - LATE_FOR)
    made = _made_maybe(attempts)
    pairing = pair(remotes, bases, here.values(), made)
    if local_ids is not None:
        pairing = Pairing(local_ids)
    deleted = _just_deleted(attempts, now)
    ended, keys = _deleted_maybe(attempts), {record_key(person_id, each.local_id) for each in made}
    return Theirs(person_id, remotes, bases, here, pairing, deleted, ended, keys)


def _made_maybe(attempts: Sequence[DeliveryAttempt]) -> list[SentRecord]:
    """Return the records that we may have made there."""
    return [
        SentRecord(
            read_record_key(each.key)[1],
            RecordVersion.of_content(each.sent).fingerprint,
            each.id,
            each.words,
        )
        for each in attempts
        if each.operation is DeliveryOperation.CREATE
        and each.outcome is AttemptOutcome.UNKNOWN
        and each.sent is not None
    ]


def _deleted_maybe(attempts: Sequence[DeliveryAttempt]) -> set[str]:
    """Return the keys of records that we may have deleted there."""
    return {
        each.key
        for each in attempts
        if each.operation is DeliveryOperation.DELETE and each.outcome is AttemptOutcome.UNKNOWN
    }


def _just_deleted(attempts: Sequence[DeliveryAttempt], now: datetime) -> set[str]:
    """Return the fingerprints of what was just deleted there: a late replica may show it."""
    return {
        RecordVersion.of_content(each.before).fingerprint
        for each in attempts
        if each.operation is DeliveryOperation.DELETE
        and each.before is not None
        and is_just_done(each, now)
    }


@dataclass(slots=True)
class SettledRecords:
    """What becomes of somebody's records of the vendor's.

    ``taken`` are laid over what is here, but for what of them is ``kept``, by the vendor's ids.
    ``deleted`` are those that were deleted here and are to be deleted there.
    """

    taken: list[RemoteTimeOff] = field(default_factory=list)
    kept: dict[str, KeptHere] = field(default_factory=dict)
    deleted: list[BaseRecord] = field(default_factory=list)
    keys: SettledKeys = field(default_factory=SettledKeys)


@dataclass(frozen=True, slots=True)
class _Records:
    """What is known of some records."""

    keys: KnownKeys

    def base(self, key: str, theirs: RecordVersion | None) -> RecordVersion | None:
        """Return what both last agreed on, as far as writes that nobody knows of say it."""
        agreed = _version(self.keys.content(key))
        return base_of_unknown_record(agreed, theirs, _versions(self.keys.unknown(key)))

    def is_another(self, record: BaseRecord) -> bool:
        """Say whether the key is that of another record there by now: it was made anew."""
        base = self.keys.bases.get(record.key)
        return base is not None and base.remote_id != record.remote_id

    def is_to_be_left(self, key: str, theirs: RecordVersion | None, now: datetime) -> bool:
        """Say whether nothing can be told of the record yet."""
        done = _versions(self.keys.just_done(key, now))
        return self.keys.is_waiting(key, now) or is_late_record(done, theirs)


async def settle_records(
    connection: Transaction,
    upstream: Upstream,
    theirs: Theirs,
    now: datetime,
    *,
    is_answer: bool = False,
) -> SettledRecords:
    """Return what becomes of the vendor's records; the conflicts are stored.

    ``is_answer``: they are the answer to a write, which is no old one.
    """
    settled = SettledRecords()
    if not upstream.is_two_way:
        settled.taken += theirs.remotes
        return settled
    keys = {theirs.key(each) for each in theirs.remotes}
    known_of = await known_keys(connection, upstream, keys, now)
    found = _Records(replace(known_of, attempts={}) if is_answer else known_of)
    for remote in theirs.remotes:
        _settle(settled, upstream, theirs, found, remote, now)
    await settled.keys.store(connection, upstream, now)
    return settled


def _settle(
    settled: SettledRecords,
    upstream: Upstream,
    theirs: Theirs,
    found: _Records,
    remote: RemoteTimeOff,
    now: datetime,
) -> None:
    key, there = theirs.key(remote), RecordVersion.of_remote(remote)
    base, stored = found.base(key, there), theirs.here.get(theirs.local_id(remote))
    # What is new there and never was here is no deletion of ours.
    is_new = base is None and stored is None
    is_late = is_new and there.fingerprint in theirs.deleted
    if is_late or found.is_to_be_left(key, there, now):
        settled.keys.left.add(key)
        return
    ours = None if stored is None else RecordVersion.of_stored(stored)
    policy = upstream.conflict_policy
    become = SettledRecord() if is_new else settle_record(base, ours, there, policy)
    _note(settled.keys, upstream, key, become, (ours, there, base), now)
    if become.is_open:
        return
    if ours is None and become.ours:
        settled.deleted.append(
            BaseRecord(
                key,
                theirs.local_id(remote),
                remote.id,
                remote.last_day,
                there.content(),
                theirs.person_id,
            )
        )
        settled.keys.wanted.add(key)
        return
    settled.taken.append(remote)
    # No version has the reason: that of an old answer is not told from a new one.
    is_wanted = key in found.keys.deliveries or bool(found.keys.just_done(key, now))
    settled.kept[remote.id] = become.kept_here(is_wanted=is_wanted)
    if become.ours:
        settled.keys.wanted.add(key)


async def settle_gone_records(
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
    for each, become, ours, base in await _without_theirs(connection, upstream, records, now):
        _note(settled, upstream, each.key, become, (ours, None, base), now)
        if become.is_open:
            continue
        if become.ours and ours is not None:
            stays.append(each)
            settled.wanted.add(each.key)
        else:
            gone.append(each)
    await settled.store(connection, upstream, now)
    return gone, stays


async def keys_that_go(
    connection: Transaction, upstream: Upstream, records: Collection[BaseRecord], now: datetime
) -> set[str]:
    """Return the keys of what would be deleted here, of the vendor's that is gone there.

    What we have deleted, just made, or ask somebody about is none of it.
    """
    if not upstream.is_two_way:
        return {each.key for each in records}
    return {
        each.key
        for each, become, ours, _ in await _without_theirs(connection, upstream, records, now)
        if ours is not None and not become.ours and not become.is_open
    }


async def _without_theirs(
    connection: Transaction, upstream: Upstream, records: Collection[BaseRecord], now: datetime
) -> list[tuple[BaseRecord, SettledRecord, RecordVersion | None, RecordVersion | None]]:
    """Return what becomes of records that are gone there, with our versions and the bases.

    Those of which nothing can be told yet are left out.
    """
    found = _Records(await known_keys(connection, upstream, {each.key for each in records}, now))
    scope = frozenset({upstream.company_id})
    here = await PERSON_TIME_OFFS.find_many(connection, scope, [each.local_key for each in records])
    settled = []
    for each in records:
        if found.is_to_be_left(each.key, None, now) or found.is_another(each):
            continue
        base, stored = found.base(each.key, None), here.get(each.local_key)
        ours = None if stored is None else RecordVersion.of_stored(stored)
        become = settle_record(base, ours, None, upstream.conflict_policy)
        settled.append((each, become, ours, base))
    return settled


def _note(
    settled: SettledKeys,
    upstream: Upstream,
    key: str,
    become: SettledRecord,
    versions: Versions,
    now: datetime,
) -> None:
    ours, theirs, base = (None if each is None else each.content() for each in versions)
    outcome = Outcome(become.conflict, become.kept)
    settled.note(upstream, key, outcome, (ours, theirs, base), now)


def _versions(attempts: Sequence[DeliveryAttempt]) -> list[Unknown]:
    return [(_version(each.sent), _version(each.before)) for each in attempts]


def _version(content: Content | None) -> RecordVersion | None:
    return None if content is None else RecordVersion.of_content(content)
