"""Takes in what Procore has: somebody's records, a transaction for some of them.

Nothing on the network happens here. What the vendor had is stored beside, so that the next look
compares with it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from app.db.connections.database import Database, Transaction
from app.db.reading import sync as told
from app.db.reading import sync_people as known
from app.db.reading.lists_of_nouns import PEOPLE, PERSON_TIME_OFFS
from app.db.writing import deleted_person_time_off as deleted
from app.db.writing import deliveries as outbox
from app.db.writing import person_time_off as store
from app.db.writing import sync as kept
from app.db.writing import sync_people as swept
from app.db.writing.changes import record_changes
from app.db.writing.locks import lock_people
from app.domain.changes import Change
from app.domain.days import DaySpan
from app.domain.erasure import REMOVED, is_erased_person
from app.domain.errors import TimeOffError
from app.domain.person_time_off import MAX_COUNTED_DAYS
from app.domain.sync.deliveries import read_record_key, record_key
from app.domain.sync.given_instances import INSTANCES_DIFFER
from app.domain.sync.remote import REPLACED, BaseRecord, RemoteProblem
from app.domain.sync.remote_people import RemoteTimeOff, list_of
from app.domain.sync.runs import RunCounts, SyncRun
from app.domain.sync.taking_in_records import (
    KeptHere,
    LaidRecord,
    RecordVersion,
    TakingIn,
    lay_record,
    lies_in,
    summary,
)
from app.domain.sync.upstreams import Upstream
from app.services.caller import SYNC
from app.services.changes import change
from app.services.sync.fill_outbox import take_notice
from app.services.sync.take_in import GONE, GONE_WORDS, hold, refuse_overtaken
from app.services.sync.two_way_records import (
    SettledRecords,
    Theirs,
    keys_that_go,
    settle_gone_records,
    settle_records,
    theirs_of,
)

RECORDS_A_TRANSACTION: Final = 50
"""Each of up to 1,000 occurrences: nobody else writes meanwhile."""
UNKNOWN_PERSON: Final = "UNKNOWN_PERSON"
ID_TAKEN: Final = "ID_TAKEN"
_DIFFER: Final = "Its instances are not those that its rule makes: they are kept as they are given."
_REPLACED: Final = "It was otherwise here: {}. It is as there now: {}."
_TAKEN: Final = "Its id is that of another record here."
_UNKNOWN: Final = "They are none of this company's people here."


@dataclass(slots=True)
class _Laying:
    """Lays somebody's records over ours: what each becomes, and which cannot be held.

    ``kept`` is what stays of each as it is here, by the vendor's id; ``others`` are the ids that
    are taken by records of somebody else.
    """

    taking: TakingIn
    theirs: Theirs
    kept: Mapping[str, KeptHere]
    others: Collection[str]
    laid: list[tuple[RemoteTimeOff, LaidRecord]] = field(default_factory=list)
    problems: list[RemoteProblem] = field(default_factory=list)

    def lay(self, remote: RemoteTimeOff) -> None:
        """Lay one over ours, or find that it cannot be."""
        local_id = self.theirs.local_id(remote)
        if local_id in self.others:
            self.problems.append(RemoteProblem(remote.id, ID_TAKEN, _TAKEN))
            return
        base, stored = self.theirs.bases.get(remote.id), self.theirs.here.get(local_id)
        kept = self.kept.get(remote.id)
        try:
            laid = lay_record(self.taking, local_id, base, stored, remote, kept)
        except TimeOffError as unfit:
            self.problems.append(RemoteProblem(remote.id, unfit.code, unfit.message))
            return
        self.laid.append((remote, laid))
        if not laid.is_as_ruled:
            self.problems.append(
                RemoteProblem(remote.id, INSTANCES_DIFFER, _DIFFER, day=remote.span.first)
            )


@dataclass(frozen=True, slots=True)
class TakeInRecords:
    """Stores what a vendor has of people's time off, and takes away what it has no more."""

    database: Database
    clock: Callable[[], datetime]
    most_days: int = MAX_COUNTED_DAYS

    async def records(
        self,
        upstream: Upstream,
        run: SyncRun,
        person_id: str,
        records: Sequence[RemoteTimeOff],
        problems: Sequence[RemoteProblem] | None,
    ) -> SyncRun:
        """Store somebody's records, at most RECORDS_A_TRANSACTION, and return the run.

        ``problems`` are given with the last of them: from then on their list is read.
        """
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            counts, _ = await self.take(connection, upstream, person_id, records, problems)
            run = replace(run, counts=run.counts + counts)
            await kept.change_run(connection, run)
        return run

    async def take(
        self,
        connection: Transaction,
        upstream: Upstream,
        person_id: str,
        records: Sequence[RemoteTimeOff],
        problems: Sequence[RemoteProblem] | None = None,
        local_ids: Mapping[str, str] | None = None,
        *,
        is_answer: bool = False,
    ) -> tuple[RunCounts, set[str]]:
        """Store somebody's records; return what was counted, and the keys that were left alone.

        ``problems`` as in `records`. ``local_ids`` are the ids that they have here, by the
        vendor's, where it was found out which is which. ``is_answer``: a write was answered so.
        """
        now = self.clock()
        await lock_people(connection, [person_id])
        # A reason that was just changed here holds: that a change waits is all that tells it.
        while await take_notice(connection, upstream):
            pass
        scope = frozenset({upstream.company_id})
        people = await PEOPLE.find_many(connection, scope, [person_id])
        if any(map(is_erased_person, people.values())):
            records = [replace(each, reason=REMOVED) for each in records]
        found = list(problems or ())
        if not people:
            found.append(RemoteProblem(list_of(person_id), UNKNOWN_PERSON, _UNKNOWN))
            records = []
        theirs = await theirs_of(connection, upstream, person_id, records, now, local_ids)
        settled = await settle_records(connection, upstream, theirs, now, is_answer=is_answer)
        taken = await self._laid(connection, upstream, theirs, settled, now)
        laid = [each for _, each in taken.laid]
        changes = await _store(connection, upstream.company_id, laid)
        bases = [*(_base(*each) for each in taken.laid), *settled.deleted]
        await kept.keep_bases(connection, upstream.id, bases)
        done = [remote.id for remote, each in taken.laid if each.is_as_ruled]
        over = done if problems is None else [*done, list_of(person_id)]
        await kept.forget_problems(connection, upstream.id, over)
        found = [_of(person_id, each) for each in (*found, *taken.problems)]
        await kept.keep_problems(connection, upstream.id, found, now)
        await kept.keep_replaced(connection, upstream.id, _replaced(taken.laid), now)
        if problems is not None:
            await swept.was_read(connection, upstream.id, person_id, now)
        await record_changes(connection, SYNC.origin, now, changes)
        return _counts(laid, len(records)), settled.keys.left

    async def unlisted(
        self, upstream: Upstream, person_id: str, listed: Collection[str], window: DaySpan
    ) -> None:
        """Have what is here of somebody, and never was there, be made there, too.

        ``listed`` are the vendor's ids of all that is there. Only where the company writes to the
        vendor; else it stays here alone.
        """
        if not upstream.is_two_way:
            return
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            here = await known.records_of_person(connection, person_id)
            bases = await known.bases_of_person(connection, upstream.id, person_id)
            tied = {each.local_key for each in bases.values()} | {*listed}
            new = {
                record_key(person_id, each.id)
                for each in here
                if each.company_id == upstream.company_id
                and each.id not in tied
                and lies_in(each.span.first, each.last_day, window)
            }
            await outbox.make_sure(connection, upstream.id, new, self.clock())

    async def looked_at(self, upstream: Upstream, key: str, there: RemoteTimeOff | None) -> bool:
        """Settle one record of which it was read what the vendor has; None: it is not there.

        Return False where it was left alone: what was read may be an old answer, say.
        """
        person_id, record_id = read_record_key(key)
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            if there is not None:
                is_which = {there.id: record_id}
                _, left = await self.take(
                    connection, upstream, person_id, [there], local_ids=is_which
                )
            else:
                before = await told.bases(connection, upstream.id, [key])
                _, left = await self._part(connection, upstream, list(before.values()))
        return key not in left

    async def gone(
        self, upstream: Upstream, run: SyncRun, records: Collection[BaseRecord]
    ) -> SyncRun:
        """Delete the records that the vendor has no more, and return the run."""
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            deleted, _ = await self._part(connection, upstream, records)
            run = replace(run, counts=run.counts + RunCounts(deleted=deleted))
            await kept.change_run(connection, run)
        return run

    async def keys_that_go(
        self, upstream: Upstream, records: Collection[BaseRecord]
    ) -> Collection[str]:
        """Return the keys of what would be deleted here because it is gone there."""
        async with self.database.reading() as connection:
            return await keys_that_go(connection, upstream, records, self.clock())

    async def _part(
        self, connection: Transaction, upstream: Upstream, records: Collection[BaseRecord]
    ) -> tuple[int, set[str]]:
        """Return how many went, and the keys that were left alone for now."""
        now = self.clock()
        await lock_people(connection, {each.person_id for each in records if each.person_id})
        gone, stays = await settle_gone_records(connection, upstream, records, now)
        scope = frozenset({upstream.company_id})
        found = await PERSON_TIME_OFFS.find_many(
            connection, scope, [each.local_key for each in gone]
        )
        whose = {each.local_key: each.person_id for each in gone}
        # What has come under the id meanwhile, such as somebody else's, stays.
        mine = [each for each in found.values() if each.person_id == whose[each.id]]
        await store.remove_records(connection, [each.id for each in mine])
        over = [each.key for each in (*gone, *stays)]
        await kept.forget_bases(connection, upstream.id, over)
        remote_ids = [each.remote_id for each in records]
        await kept.forget_problems(connection, upstream.id, remote_ids)
        changes = [change(each, None) for each in mine]
        await record_changes(connection, SYNC.origin, now, changes)
        return len(mine), {each.key for each in records} - {*over}

    async def held(self, upstream: Upstream, records: Collection[BaseRecord]) -> None:
        """Have a person look at records that the vendor has no more, before they are deleted.

        All are told at once with the state, so that whoever approves has them before their eyes.
        """
        problems = [
            RemoteProblem(each.remote_id, GONE, GONE_WORDS, day=each.day, person_id=each.person_id)
            for each in records
        ]
        await hold(self.database, upstream, problems, self.clock())

    async def _laid(
        self,
        connection: Transaction,
        upstream: Upstream,
        theirs: Theirs,
        settled: SettledRecords,
        now: datetime,
    ) -> _Laying:
        """Return each record as it is after the vendor's was laid over it; its person is locked."""
        new = {theirs.local_id(each) for each in settled.taken} - theirs.here.keys()
        others = await known.are_taken(connection, theirs.person_id, new)
        taking = TakingIn(upstream.company_id, now, self.most_days)
        laying = _Laying(taking, theirs, settled.kept, others)
        for remote in settled.taken:
            laying.lay(remote)
        return laying


def _of(person_id: str, problem: RemoteProblem) -> RemoteProblem:
    """Return a problem of somebody's, whom another company's people are not told of."""
    return problem if problem.code == UNKNOWN_PERSON else replace(problem, person_id=person_id)


def _replaced(laid: Sequence[tuple[RemoteTimeOff, LaidRecord]]) -> list[RemoteProblem]:
    """Return the records that were otherwise here, and gave way, with both."""
    return [
        RemoteProblem(
            remote.id,
            REPLACED,
            _REPLACED.format(summary(each.before), summary(each.after)),
            day=each.after.span.first,
            person_id=remote.person_id,
        )
        for remote, each in laid
        if each.replaced and each.before is not None
    ]


async def _store(
    connection: Transaction, company_id: str, laid: Sequence[LaidRecord]
) -> list[Change]:
    """Store what is new or otherwise, and return what the change feed tells of it."""
    changed = [each for each in laid if each.is_change]
    new = [each.after for each in changed if each.before is None]
    await deleted.take_all(connection, company_id, [each.id for each in new])
    await store.add_records(connection, new)
    for each in changed:
        if each.before is not None:
            await store.change_record(connection, each.after)
    return [change(each.before, each.after) for each in changed]


def _counts(laid: Sequence[LaidRecord], read: int) -> RunCounts:
    changed = [each for each in laid if each.is_change]
    created = sum(each.before is None for each in changed)
    return RunCounts(
        read=read,
        created=created,
        updated=len(changed) - created,
        drift_repaired=sum(each.is_drift for each in changed),
    )


def _base(remote: RemoteTimeOff, laid: LaidRecord) -> BaseRecord:
    return BaseRecord(
        key=record_key(laid.after.person_id, laid.after.id),
        local_key=laid.after.id,
        remote_id=remote.id,
        day=remote.last_day,
        content=RecordVersion.of_remote(remote).content(),
        person_id=remote.person_id,
    )
