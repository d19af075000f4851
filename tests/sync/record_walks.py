"""Walks over records: what callers here, people at Procore, faults and ends of processes do.

A walk is a list of steps. After it comes peace, in which the laws of writing have to hold. Each
record has a reason of its own, by which it is known on both sides.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, time
from itertools import count
from typing import Any, Final

from app.domain.errors import TimeOffError
from app.domain.identifiers import Kind, node_id
from app.domain.person_time_off_patch import PersonTimeOffPatch
from app.domain.recurrence import Repeat
from app.domain.sync.conflicts import ConflictPolicy, SyncSide
from app.domain.sync.upstreams import SyncDirection, UpstreamState, Wanted
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.person_time_off.commands import (
    CreatePersonTimeOff,
    DeletePersonTimeOff,
    UpdatePersonTimeOff,
)
from app.services.person_time_off.service import PersonTimeOffService
from app.services.sync.outbox import Outbox
from app.vendors.opening import OpenedVendors
from tests.builders import COMPANY, uuid
from tests.sync.procore_company import WISH, Company, ConnectedCompany
from tests.sync.walks import Killed

MANY_ROUNDS: Final = 12
MOST_DECISIONS: Final = 3
_AT_WORK: Final = {"PENDING", "UNCERTAIN"}
HOURS: Final = (8, 9, 10)
_REPEATS: Final[Any] = {"repeat": Repeat.MONTHLY, "cadence": 1, "repeat_end_day": date(2026, 6, 30)}
_REPEATS_THERE: Final = {"repeat": "monthly", "cadence": 1, "repeat_end_day": "06/30/26"}


@dataclass(frozen=True, slots=True)
class Make:
    """Somebody here, or there, makes a record of the first or second person."""

    is_here: bool
    number: int
    repeats: bool


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody changes a record that is on their side: when it starts, or whether it is paid."""

    is_here: bool
    which: int
    hour: int | None


@dataclass(frozen=True, slots=True)
class Delete:
    """Somebody deletes a record that is on their side."""

    is_here: bool
    which: int


@dataclass(frozen=True, slots=True)
class Fault:
    """The vendor has this fault from now on, and no other one; None: it is well."""

    of: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Work:
    """All that is due after so many seconds is done; just before or after a request it ends.

    ``is_late``: lists show what was there before the last write. ``is_whole``: all is read.
    """

    seconds: float
    at: int | None = None
    is_after: bool = False
    is_late: bool = False
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Decide:
    """A person decides all that is to be decided: conflicts, and what was refused."""

    keep: SyncSide


Step = Make | Change | Delete | Fault | Work | Decide


@dataclass(frozen=True, slots=True)
class Plan:
    """A walk, and the policy of the company."""

    policy: ConflictPolicy
    steps: Sequence[Step]


@dataclass(slots=True)
class _Interrupted:
    """A vendor, before or after one of whose requests the process ends."""

    vendor: Any
    work: Work
    requests: int = 0

    def __getattr__(self, name: str) -> Any:
        of = getattr(self.vendor, name)
        if not callable(of):
            return of

        async def asked(*given: Any) -> Any:
            self.requests += 1
            assert self.requests < 400, "it goes round in circles"
            is_now = self.requests == self.work.at
            if is_now and not self.work.is_after:
                raise Killed
            answer = await of(*given)
            if is_now:
                raise Killed
            return answer

        return asked


@dataclass(slots=True)
class Walk:
    """One walk over a company here and its own at Procore.

    ``deleted`` are the reasons of records that somebody has deleted, ``touched`` of those that
    somebody here has made or changed.
    """

    connected: ConnectedCompany
    company: Company
    plan: Plan
    names: Any = field(default_factory=lambda: (f"r{number}" for number in count()))
    made: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    vendor: Any = None

    @property
    def service(self) -> PersonTimeOffService:
        return PersonTimeOffService(self.connected.database, self.connected.clock)

    async def go(self) -> None:
        """Do all steps, and hold the laws after them."""
        await self.connected.change(
            lambda each: replace(
                each, direction=SyncDirection.TWO_WAY, conflict_policy=self.plan.policy
            )
        )
        upstream = await self.connected.work()
        assert (upstream.state, upstream.may_write) == (UpstreamState.RUNNING, True)
        vendors = OpenedVendors(
            lambda *_: None, self.connected.answer_seconds, tokens=self.connected.tokens
        )
        async with vendors.open(upstream, self.connected.credentials) as self.vendor:
            for step in self.plan.steps:
                await self.do(step)
            self.company.fault()
            await self._come_to_peace()
            for _ in range(MOST_DECISIONS):
                await self._refuse_unlawful()
                if not await self._waiting():
                    break
                await self.do(Decide(SyncSide.GATEWAY))
                await self._come_to_peace()
            await self._refuse_unlawful()
            assert await self._waiting() == {}
            await self._refuse_unrest()
        for fault in self.connected.faults:
            raise fault

    async def do(self, step: Step) -> None:
        match step:
            case Make():
                await self._make(step)
            case Change():
                await self._change(step)
            case Delete():
                await self._delete(step)
            case Fault():
                self.company.fault(*([step.of] if step.of else []))
            case Work():
                await self._work(step)
            case Decide():
                await self._decide(step.keep)

    async def _come_to_peace(self) -> None:
        for number in count():
            await self._work(Work(20 * 60, is_whole=True))
            await self._work(Work(20 * 60))
            if not {state for state, _ in (await self._waiting()).values()} & _AT_WORK:
                return
            assert number < MANY_ROUNDS, f"no end: {await self._waiting()}"

    async def _refuse_unlawful(self) -> None:
        """Hold that nothing was lost, doubled or invented, and that all that is settled agrees."""
        upstream = await self.connected.upstream()
        assert (upstream.state, upstream.may_write) == (UpstreamState.RUNNING, True)
        here, there = await self._here(), self._there()
        for side in (here, there):
            assert {each for _, each in side} <= self.made, "invented"
            twice = [each for each, times in Counter(each for _, each in side).items() if times > 1]
            assert not twice, f"doubled: {twice}"
        waiting = {key.rpartition(":")[2] for key in await self._waiting()}
        left = {each for id_, each in here if id_ in waiting}
        lost = self.made - self.deleted - {each for _, each in here}
        assert not lost, f"lost here: {lost}"
        lost = self.made - self.deleted - {each for _, each in there} - left
        assert not lost or waiting, f"lost there: {lost}"
        if not waiting:
            assert _said(here) == _said(there), "not converged"

    async def _refuse_unrest(self) -> None:
        before, told = len(self._written()), await self.connected.last_change()
        for _ in range(2):
            await self._work(Work(20 * 60, is_whole=True))
        assert len(self._written()) == before, "not quiet"
        assert await self.connected.last_change() == told, "not quiet here"

    async def _make(self, step: Make) -> None:
        reason = next(self.names)
        if step.is_here:
            repeats = _REPEATS if step.repeats else {}
            days = {"start_day": date(2026, 1, 31), "end_day": date(2026, 1, 31)}
            wish = replace(WISH, reason=reason, **(days | repeats if repeats else {}))
            command = CreatePersonTimeOff(COMPANY, uuid(step.number), wish)
            await self.service.create(LOCAL, command)
        elif step.repeats:
            self.company.create(step.number, "01/31/26", reason=reason, **_REPEATS_THERE)
        else:
            self.company.create(step.number, reason=reason)
        self.made.add(reason)

    async def _change(self, step: Change) -> None:
        found = await self._of_side(step.is_here, step.which)
        if found is None:
            return
        id_, number, is_paid = found
        if step.is_here:
            given = {"batch_start_time": time(step.hour)} if step.hour else {"is_paid": not is_paid}
            patch = PersonTimeOffPatch(**given)
            with suppress(TimeOffError):
                await self.service.update(LOCAL, UpdatePersonTimeOff(id_, patch))
        elif step.hour:
            self.company.change(number, id_, batch_start_time=f"{step.hour}:00 AM")
        else:
            self.company.change(number, id_, is_paid=not is_paid)

    async def _delete(self, step: Delete) -> None:
        found = await self._of_side(step.is_here, step.which)
        if found is None:
            return
        id_, number, _ = found
        side = await self._here() if step.is_here else self._there()
        self.deleted |= {each for known, each in side if known == id_}
        if step.is_here:
            await self.service.delete(LOCAL, DeletePersonTimeOff(id_))
        else:
            self.company.delete(number, id_)

    async def _of_side(self, is_here: bool, which: int) -> tuple[str, int, bool] | None:  # noqa: FBT001
        """Return a record of a side: its id, its person's number, and whether it is paid."""
        records = await self.connected.records() if is_here else self.company.records()
        if not records:
            return None
        id_ = sorted(records, key=lambda each: str(records[each]["reason"]))[which % len(records)]
        record = records[id_]
        return id_, int(str(record["person_id"])[-12:], 16), bool(record["is_paid"])

    async def _work(self, work: Work) -> None:
        self.connected.clock.go_on(seconds=work.seconds)
        if work.is_whole:
            await self.connected.change(lambda each: replace(each, wanted=Wanted.WHOLE))
        if work.is_late:
            self.company.fault({"kind": "stale", "method": "GET"})
        passes, upstream = self.connected.passes(), await self.connected.upstream()
        asked: Any = _asking(self.vendor, work)
        with suppress(Killed):
            while await passes.turn(upstream, asked):
                upstream = await self.connected.upstream()
        if work.is_late:
            self.company.fault()

    async def _decide(self, keep: SyncSide) -> None:
        database, clock = self.connected.database, self.connected.clock
        outbox = Outbox(database, clock, AccessEvents(database, clock), lambda: None)
        open_ = "SELECT id, key FROM sync_conflicts WHERE resolved_at IS NULL"
        for id_, key in await self._rows(open_):
            await outbox.resolve(LOCAL, node_id(Kind.SYNC_CONFLICT, str(id_)), keep)
            await self._may_go(key)
        for id_, key in await self._rows("SELECT id, key FROM deliveries WHERE state = 'BLOCKED'"):
            decide = outbox.retry if keep is SyncSide.GATEWAY else outbox.give_up
            await decide(LOCAL, [node_id(Kind.DELIVERY, str(id_))])
            await self._may_go(key)

    async def _may_go(self, key: str) -> None:
        """Note that somebody has decided about a record, which may go by it."""
        id_ = key.rpartition(":")[2]
        self.deleted |= {each for known, each in await self._here() if known == id_}

    async def _waiting(self) -> dict[str, tuple[str, str | None]]:
        rows = await self._rows("SELECT key, state, code FROM deliveries")
        return {key: (state, code) for key, state, code in rows}

    async def _here(self) -> list[tuple[str, str]]:
        return [(id_, each["reason"]) for id_, each in (await self.connected.records()).items()]

    def _there(self) -> list[tuple[str, str]]:
        return [(id_, each["reason"]) for id_, each in self.company.records().items()]

    def _written(self) -> list[str]:
        return [each for each in self.company.vendor.requests if " " in each]

    async def _rows(self, statement: str) -> list[Any]:
        async with self.connected.database.reading() as connection:
            return list(await connection.exec_driver_sql(statement))


def _asking(vendor: Any, work: Work) -> Any:
    """Return the vendor, as Procore, whose requests may end the process."""
    interrupted = _Interrupted(vendor, work)

    class Asked:
        """A vendor that has all that Procore has, so that it is taken for it."""

    for name in (
        "account",
        "people",
        "time_off",
        "has_time_off",
        "create_time_off",
        "change_time_off",
        "delete_time_off",
        "survey",
    ):
        setattr(Asked, name, staticmethod(getattr(interrupted, name)))
    return Asked()


def _said(side: Sequence[tuple[str, str]]) -> list[str]:
    return sorted(reason for _, reason in side)
