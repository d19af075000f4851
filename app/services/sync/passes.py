"""One turn of an upstream: it is checked, or what is due of it is read; and how it did is kept.

Nothing that a vendor does ends otherwise than as a state: the upstream waits, needs other
credentials, or is looked at by a person. Nor do faults of ours: they wait as the vendor's do.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from app.db.connections.database import Database
from app.db.reading import deliveries as outbox
from app.db.reading import sync as known
from app.db.writing import deliveries as told_there
from app.db.writing import sync as kept
from app.domain.errors import Unavailable
from app.domain.sync.deliveries import DeliveryCode
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.runs import LISTED_FOR, Rhythm, RunCounts, RunKind, RunState, SyncRun
from app.domain.sync.sweeping import SweepShares
from app.domain.sync.together import Together
from app.domain.sync.upstreams import (
    FAULT,
    FAULT_WORDS,
    ReviewReason,
    Upstream,
    UpstreamApi,
    UpstreamState,
)
from app.services.sync.day_writes import DayWrites
from app.services.sync.deliver import Deliver
from app.services.sync.delivery_outcomes import Delivering
from app.services.sync.directory import TakeInDirectory
from app.services.sync.fill_outbox import FillOutbox
from app.services.sync.leaving import active_users
from app.services.sync.people import TakeInPeople
from app.services.sync.procore_passes import ProcorePasses, Reading
from app.services.sync.reading import FullPass, RecentPass
from app.services.sync.record_writes import RecordWrites
from app.services.sync.rules import REQUESTS_PER_HOUR, SETTLES
from app.services.sync.take_in import Overtaken, TakeIn, refuse_overtaken
from app.services.sync.take_in_records import TakeInRecords
from app.services.sync.vendor import Account, Kantata, Procore

OVERLAP: Final = timedelta(minutes=10)
"""By which a listing of what was changed reaches further back than the last one ended."""
CHANGED: Final = "changed"
"""The cursor of that listing: an instant of the vendor's own clock."""
GOES_ON: Final = timedelta(minutes=30)
"""A pass that was ended before its end goes on if it began so short a time ago."""
OTHER_ACCOUNT: Final = "OTHER_ACCOUNT"
KEY_MISSING: Final = "SYNC_KEY_MISSING"


@dataclass(slots=True)
class _Running:
    """A run under way: as it is kept, or, where it reads time off, as far as that has come."""

    begun: SyncRun
    reading: Reading | None = None

    @property
    def run(self) -> SyncRun:
        return self.begun if self.reading is None else self.reading.run


@dataclass(frozen=True, slots=True)
class Passes:
    """Makes the passes of upstreams; one at a time for each.

    ``fault`` is told of our mistakes, ``told`` hears of each pass that ends, ``delivered`` of each
    look at what is to be written. ``together`` says which vendors take several days at once, as
    far as this process knows.
    """

    database: Database
    take_in: TakeIn
    directory: TakeInDirectory
    rhythm: Rhythm
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    fault: Callable[[Exception], object]
    told: Callable[[SyncRun], object] = lambda _: None
    requests_per_hour: int = REQUESTS_PER_HOUR
    settles: timedelta = SETTLES
    delivered: Callable[[Delivering], object] = lambda _: None
    together: dict[str, Together] = field(default_factory=dict)

    @property
    def days(self) -> DayWrites:
        """What knows how Kantata's days are written."""
        return DayWrites(self.database, self.take_in, self.clock, self.together)

    @property
    def records(self) -> RecordWrites:
        """What knows how Procore's records are written."""
        return RecordWrites(self.database, TakeInRecords(self.database, self.clock), self.clock)

    async def fill(self, upstream: Upstream) -> None:
        """Have what has changed here wait to be written, where the system is written to."""
        if not upstream.is_two_way:
            return
        async with self.database.reading() as connection:
            is_behind = upstream.id in await known.behind(connection, [upstream.company_id])
        if is_behind:
            await FillOutbox(self.database).fill(upstream.id)

    async def deliver(self, upstream: Upstream, vendor: Account) -> bool:
        """Write some of what is due there; return whether anything was."""
        how = self.clock, self.settles, self.delivered
        if isinstance(vendor, Procore):
            return await Deliver(self.database, self.records, *how).some(upstream, vendor)
        return await Deliver(self.database, self.days, *how).some(upstream, vendor)

    def is_due(self, upstream: Upstream, *, has_deliveries: bool = False) -> bool:
        """Say whether the vendor is to be asked anything now, or told."""
        now = self.clock()
        is_unchecked = upstream.state is UpstreamState.CHECKING or upstream.account_key is None
        is_told = has_deliveries and upstream.writes
        has_reason = is_unchecked or is_told or self.rhythm.due(upstream, now) is not None
        return has_reason and upstream.is_due(now)

    async def turn(self, upstream: Upstream, vendor: Account) -> bool:
        """Do what is due; return whether anything was."""
        await self.fill(upstream)
        now = self.clock()
        if not upstream.is_due(now):
            return False
        try:
            become = await self._turn(upstream, vendor, now)
        except VendorFailure as failure:
            become = self._after(upstream, failure)
        except Overtaken:
            return True
        except Unavailable:  # the database is: nothing can be kept of it
            raise
        except Exception as fault:  # noqa: BLE001 - the same would be asked for again for ever
            self.fault(fault)
            become = upstream.failed(FAULT, self.clock(), self.chance())
        if become is not None:
            await self._keep(upstream, become)
        return become is not None

    async def lock_out(self, upstream: Upstream) -> None:
        """Have people give the credentials again: what seals them is another key now."""
        await self._keep(upstream, upstream.refused(KEY_MISSING))

    async def _turn(self, upstream: Upstream, vendor: Account, now: datetime) -> Upstream | None:
        if upstream.state is UpstreamState.CHECKING or upstream.account_key is None:
            account = await vendor.account()
            if upstream.account_key not in {None, account}:
                return upstream.refused(OTHER_ACCOUNT)
            return upstream.checked(account)
        kind = self.rhythm.due(upstream, now)
        is_late = kind is not None and self.rhythm.is_late(upstream, now)
        if not is_late and await self.deliver(upstream, vendor):
            return upstream.answered()
        return None if kind is None else await self._pass(upstream, vendor, kind)

    async def _pass(self, upstream: Upstream, vendor: Account, kind: RunKind) -> Upstream:
        is_whole = kind is RunKind.FULL
        if isinstance(vendor, Procore):
            passes = self._of_people(upstream, vendor)
            if not is_whole:
                return await passes.recent(upstream, vendor)
            await self._release(upstream)
            read, is_judged = await passes.whole(upstream, vendor)
            return await self._may_write(read) if is_judged else read
        return await (self._full if is_whole else self._recent)(upstream, vendor)

    async def _release(self, upstream: Upstream) -> None:
        """Have what was outside of the window be looked at: that moves with the days."""
        async with self.database.writing() as connection:
            await told_there.release(connection, upstream.id, DeliveryCode.OUTSIDE_WINDOW)

    def _of_people(self, upstream: Upstream, vendor: Procore) -> ProcorePasses:
        return ProcorePasses(
            self.database,
            TakeInPeople(self.database, self.directory.service),
            TakeInRecords(self.database, self.clock),
            self.rhythm,
            SweepShares(self.requests_per_hour),
            self.clock,
            self._running,
            lambda: self._deliver_all(upstream, vendor),
        )

    async def _full(self, upstream: Upstream, vendor: Kantata) -> Upstream:
        began_here = self.clock()
        async with self._running(upstream, RunKind.DIRECTORY) as running:
            remote = await vendor.directory()
            taken = await self.directory.store(upstream, remote)
            counts = RunCounts(
                remote.requests,
                len(remote.users),
                taken.created,
                taken.updated,
                taken.deleted,
            )
            running.begun = replace(running.begun, counts=counts)
            async with self.database.writing() as connection:
                await kept.keep_problems(connection, upstream.id, taken.problems, self.clock())
        await self._release(upstream)
        async with self._running(upstream, RunKind.FULL) as running:
            # What was read before it was ended was read that much earlier.
            before = self.clock() - running.begun.started_at
            began = vendor.told_at and vendor.told_at - before
            running.reading = reading = FullPass(
                self.database,
                self.take_in,
                vendor,
                upstream,
                running.begun,
                self.clock,
                active=active_users(remote),
                has_everybody=taken.has_everybody,
                between=lambda: self._deliver_all(upstream, vendor),
            )
            await reading.read()
        if not reading.has_skipped:
            async with self.database.writing() as connection:
                await kept.forget_problems_before(connection, upstream.id, began_here)
                long_ago = began_here - LISTED_FOR
                await kept.forget_replaced_before(connection, upstream.id, long_ago)
        # Of the first pass nothing can be gone; any other is made anew, whole, and so is one of
        # which somebody has changed the window meanwhile.
        is_first = upstream.last_full_read_at is None and upstream.wanted is None
        is_whole = not reading.has_skipped or is_first
        read = self._read(upstream, began, whole=is_whole)
        if reading.needs_review:
            return read.to_be_reviewed(ReviewReason.MASS_DELETION)
        is_judged = is_whole and reading.is_complete
        return await self._may_write(read) if is_judged else read

    async def _deliver_all(self, upstream: Upstream, vendor: Account) -> None:
        """Deliver what is due, so that nobody's change waits for a long pass."""
        while await self.deliver(upstream, vendor):
            pass

    async def _may_write(self, read: Upstream) -> Upstream:
        """Return it, held where a person has to look at what is written for the first time."""
        if not read.is_two_way or read.may_write:
            return read
        window = read.window.around(self.clock().astimezone(UTC).date())
        async with self.database.reading() as connection:
            keys = await outbox.keys_of(connection, read.id)
        writes = self.days if read.api is UpstreamApi.KANTATA_OX else self.records
        within = await writes.within(read, keys, window)
        return read.may_write_if(is_nothing_due=not within)

    async def _recent(self, upstream: Upstream, vendor: Kantata) -> Upstream:
        since = upstream.cursors.get(CHANGED)
        if since is None:
            return await self._full(upstream, vendor)
        async with self._running(upstream, RunKind.INCREMENTAL) as running:
            moment = datetime.fromisoformat(since) - OVERLAP
            running.reading = reading = RecentPass(
                self.take_in, vendor, upstream, running.begun, moment, self.clock
            )
            await reading.read()
        if reading.is_too_long:
            return await self._full(upstream, vendor)
        return self._read(upstream, reading.began if reading.is_complete else None, whole=False)

    def _read(self, upstream: Upstream, told_at: datetime | None, *, whole: bool) -> Upstream:
        read = upstream.answered().read(self.clock(), whole=whole)
        if told_at is None:
            return read
        return replace(read, cursors={**upstream.cursors, CHANGED: told_at.isoformat()})

    def _after(self, upstream: Upstream, failure: VendorFailure) -> Upstream:
        now = self.clock()
        if failure.kind in {FailureKind.CREDENTIALS_REFUSED, FailureKind.NOT_PERMITTED}:
            return upstream.refused(failure.kind.value)
        failed = upstream.failed(failure.kind.value, now, self.chance())
        if failure.kind is FailureKind.THROTTLED:
            budget = upstream.budget.throttled(now, failure.retry_after)
            return replace(failed, budget=budget, next_try_at=budget.next_at)
        return failed

    @asynccontextmanager
    async def _running(self, upstream: Upstream, kind: RunKind) -> AsyncIterator[_Running]:
        """Keep a run from its beginning to its end, whatever that is."""
        running = _Running(await self._begin(upstream, kind))
        try:
            yield running
        except BaseException as failure:
            words = _words(failure)
            state = RunState.STOPPED if words is None else RunState.FAILED
            await self._end(running.run, state, words)
            raise
        await self._end(running.run, RunState.SUCCEEDED)

    async def _begin(self, upstream: Upstream, kind: RunKind) -> SyncRun:
        """Begin a run, or go on with the last one of its kind if that did not come to its end."""
        now = self.clock()
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            left = await known.last_run(connection, upstream.id, kind)
            if left is not None and left.goes_on(now, GOES_ON):
                run = left.gone_on()
                await kept.change_run(connection, run)
                return run
            if left is not None and left.state is RunState.RUNNING:
                await kept.change_run(connection, left.ended(RunState.STOPPED, now))
            run = SyncRun(str(uuid4()), upstream.id, kind, now)
            await kept.add_run(connection, run)
        return run

    async def _end(self, run: SyncRun, state: RunState, message: str | None = None) -> None:
        ended = run.ended(state, self.clock(), message)
        async with self.database.writing() as connection:
            await kept.change_run(connection, ended)
        self.told(ended)

    async def _keep(self, upstream: Upstream, become: Upstream) -> None:
        """Store what it has become, unless somebody has changed it meanwhile.

        A pass that was asked for meanwhile is still to be made.
        """
        async with self.database.writing() as connection:
            with suppress(Overtaken):
                now = await refuse_overtaken(connection, upstream)
                if now.wanted is not upstream.wanted:
                    become = replace(become, wanted=now.wanted)
                await kept.change_upstream(connection, become)


def _words(failure: BaseException) -> str | None:
    """Say why a pass has failed; one that was ended by somebody has not."""
    if isinstance(failure, VendorFailure):
        return failure.message
    is_fault = isinstance(failure, Exception) and not isinstance(failure, Overtaken)
    return FAULT_WORDS if is_fault else None
