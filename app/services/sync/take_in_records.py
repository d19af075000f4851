"""Takes in what Procore has: somebody's records, a transaction for some of them.

Nothing on the network happens here. What the vendor had is stored beside, so that the next look
compares with it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from app.db.connections.database import Database, Transaction
from app.db.reading import sync_people as known
from app.db.reading.lists_of_nouns import PEOPLE, PERSON_TIME_OFFS
from app.db.writing import deleted_person_time_off as deleted
from app.db.writing import person_time_off as store
from app.db.writing import sync as kept
from app.db.writing import sync_people as swept
from app.db.writing.changes import record_changes
from app.db.writing.locks import lock_people
from app.domain.changes import Change
from app.domain.erasure import REMOVED, is_erased_person
from app.domain.errors import TimeOffError
from app.domain.person_time_off import MAX_COUNTED_DAYS, PersonTimeOff
from app.domain.sync.given_instances import INSTANCES_DIFFER
from app.domain.sync.remote import REPLACED, BaseRecord, RemoteProblem
from app.domain.sync.remote_people import RemoteTimeOff, list_of
from app.domain.sync.runs import RunCounts, SyncRun
from app.domain.sync.taking_in_records import (
    LaidRecord,
    Pairing,
    RecordVersion,
    lay_record,
    pair,
    summary,
)
from app.domain.sync.upstreams import Upstream
from app.services.caller import SYNC
from app.services.changes import change
from app.services.sync.take_in import GONE, GONE_WORDS, hold, refuse_overtaken

RECORDS_A_TRANSACTION: Final = 50
"""Each of up to 1,000 occurrences: nobody else writes meanwhile."""
UNKNOWN_PERSON: Final = "UNKNOWN_PERSON"
ID_TAKEN: Final = "ID_TAKEN"
_DIFFER: Final = "Its instances are not those that its rule makes: they are kept as they are given."
_REPLACED: Final = "It was otherwise here: {}. It is as there now: {}."
_TAKEN: Final = "Its id is that of another record here."
_UNKNOWN: Final = "They are none of this company's people here."


def record_key(local_id: str) -> str:
    """Return the key of a record, by the id that it has here."""
    return f"P:{local_id}"


@dataclass(slots=True)
class _Laying:
    """Lays somebody's records over ours: what each becomes, and which cannot be held.

    ``others`` are the ids that are taken by records of somebody else.
    """

    company_id: str
    bases: Mapping[str, BaseRecord]
    here: Mapping[str, PersonTimeOff]
    pairing: Pairing
    others: Collection[str]
    now: datetime
    most_days: int
    laid: list[tuple[RemoteTimeOff, LaidRecord]] = field(default_factory=list)
    problems: list[RemoteProblem] = field(default_factory=list)

    def lay(self, remote: RemoteTimeOff) -> None:
        """Lay one over ours, or find that it cannot be."""
        local_id = self.pairing.local_key(remote.id)
        if local_id in self.others:
            self.problems.append(RemoteProblem(remote.id, ID_TAKEN, _TAKEN))
            return
        base, stored = self.bases.get(remote.id), self.here.get(local_id)
        try:
            laid = lay_record(
                self.company_id, local_id, base, stored, remote, self.now, self.most_days
            )
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
            now = self.clock()
            await lock_people(connection, [person_id])
            scope = frozenset({upstream.company_id})
            people = await PEOPLE.find_many(connection, scope, [person_id])
            if any(map(is_erased_person, people.values())):
                records = [replace(each, reason=REMOVED) for each in records]
            found = list(problems or ())
            if not people:
                found.append(RemoteProblem(list_of(person_id), UNKNOWN_PERSON, _UNKNOWN))
                records = []
            taken = await self._laid(connection, upstream, person_id, records, now)
            laid = [each for _, each in taken.laid]
            changes = await _store(connection, upstream.company_id, laid)
            await kept.keep_bases(connection, upstream.id, [_base(*each) for each in taken.laid])
            done = [remote.id for remote, each in taken.laid if each.is_as_ruled]
            over = done if problems is None else [*done, list_of(person_id)]
            await kept.forget_problems(connection, upstream.id, over)
            found = [_of(person_id, each) for each in (*found, *taken.problems)]
            await kept.keep_problems(connection, upstream.id, found, now)
            await kept.keep_replaced(connection, upstream.id, _replaced(taken.laid), now)
            if problems is not None:
                await swept.was_read(connection, upstream.id, person_id, now)
            counts = run.counts + _counts(laid, len(records))
            run = replace(run, counts=counts)
            await kept.change_run(connection, run)
            await record_changes(connection, SYNC.origin, now, changes)
        return run

    async def gone(
        self, upstream: Upstream, run: SyncRun, records: Collection[BaseRecord]
    ) -> SyncRun:
        """Delete the records that the vendor has no more, and return the run."""
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            now = self.clock()
            await lock_people(connection, {each.person_id for each in records if each.person_id})
            scope = frozenset({upstream.company_id})
            ids = [each.local_key for each in records]
            found = await PERSON_TIME_OFFS.find_many(connection, scope, ids)
            whose = {each.local_key: each.person_id for each in records}
            # What has come under the id meanwhile, such as somebody else's, stays.
            gone = [each for each in found.values() if each.person_id == whose[each.id]]
            await store.remove_records(connection, [each.id for each in gone])
            await kept.forget_bases(connection, upstream.id, [each.key for each in records])
            remote_ids = [each.remote_id for each in records]
            await kept.forget_problems(connection, upstream.id, remote_ids)
            run = replace(run, counts=run.counts + RunCounts(deleted=len(gone)))
            await kept.change_run(connection, run)
            changes = [change(each, None) for each in gone]
            await record_changes(connection, SYNC.origin, now, changes)
        return run

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
        person_id: str,
        remotes: Sequence[RemoteTimeOff],
        now: datetime,
    ) -> _Laying:
        """Return each record as it is after the vendor's was laid over it; its person is locked."""
        bases = await known.bases_of_person(connection, upstream.id, person_id)
        here = {each.id: each for each in await known.records_of_person(connection, person_id)}
        pairing = pair(remotes, bases, here.values())
        new = {pairing.local_key(each.id) for each in remotes} - here.keys()
        others = await known.are_taken(connection, person_id, new)
        laying = _Laying(upstream.company_id, bases, here, pairing, others, now, self.most_days)
        for remote in remotes:
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
        key=record_key(laid.after.id),
        local_key=laid.after.id,
        remote_id=remote.id,
        day=remote.last_day,
        content=RecordVersion.of_remote(remote).content(),
        person_id=remote.person_id,
    )
