"""Walks: what callers here, people at the vendor, faults and ends of processes do to some days.

A walk is a list of steps. After it comes peace, in which the laws of writing have to hold.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from typing import Any, Final

import orjson
from sqlalchemy import text

from app.domain.identifiers import Kind, node_id
from app.domain.sync.conflicts import ConflictPolicy, SyncSide
from app.domain.sync.credentials import Credentials
from app.domain.sync.deliveries import day_key
from app.domain.sync.upstreams import SyncDirection, UpstreamState, Window
from app.domain.time_off_entries import ReferenceFacts, ReferenceStatus, UserDay
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.sync.outbox import Outbox
from app.services.time_off_entries.commands import (
    CreateEntries,
    DeleteEntries,
    EntryItem,
    UpdateEntry,
)
from app.services.time_off_entries.service import TimeOffEntryService
from app.vendors.opening import OpenedVendors
from tests.sync.conftest import Account, Connected

HOUR: Final = 3_600
PLACES: Final = (
    (1, date(2026, 3, 2)),
    (1, date(2026, 3, 3)),
    (2, date(2026, 3, 2)),
    (2, date(2026, 2, 27)),  # leaves the window on the first day
    (2, date(2026, 3, 11)),  # enters it on the third
)
WINDOW: Final = Window(3, 7)
HOURS: Final = (1, 3, 5, 7)
"""All are odd: what was added twice is even, and nobody's."""
UNEVEN: Final = 1.1
"""Hours of which a vendor that rounds makes others."""
MOST_REQUESTS: Final = 400
"""In one stretch of work on five days: with more it would go round in circles."""
MANY_ROUNDS: Final = 12
MOST_DECISIONS: Final = 3
"""What is there may be another thing again when somebody has decided."""
_AT_WORK: Final = {"PENDING", "UNCERTAIN"}
OUTSIDE: Final = "OUTSIDE_WINDOW"
ADDS: Final = frozenset({"combined", "hidden", "moved", "empty", "doubled"})
"""Faults with which a write may meet hours that a reading before it did not show."""


@dataclass(frozen=True, slots=True)
class Here:
    """A caller has the hours of a day here, or no entry (None); perhaps with a reference."""

    place: int
    hours: float | None
    status: ReferenceStatus | None = None


@dataclass(frozen=True, slots=True)
class There:
    """Somebody at the vendor does."""

    place: int
    hours: float | None


@dataclass(frozen=True, slots=True)
class Fault:
    """The vendor has this fault from now on, and no other one; None: it is well."""

    of: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Work:
    """All that is due after so many seconds is done.

    Just before or after request ``at`` the process ends, or a caller writes ``meanwhile``.
    ``is_late``: lists show what was there before the last write.
    """

    seconds: float
    at: int | None = None
    is_after: bool = False
    meanwhile: Here | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Decide:
    """A person decides all that is to be decided: conflicts, and what was refused."""

    keep: SyncSide


@dataclass(frozen=True, slots=True)
class Closed:
    """The vendor makes no hours on a place's day from now on; None: it makes all."""

    place: int | None


Step = Here | There | Fault | Work | Decide | Closed


@dataclass(frozen=True, slots=True)
class Plan:
    """A walk, with the policy of the company and how the vendor reads its documentation."""

    policy: ConflictPolicy
    reading: dict[str, Any]
    steps: Sequence[Step]


class Killed(BaseException):
    """The process ends here."""


@dataclass(slots=True)
class _Interrupted:
    """A vendor, before or after one of whose requests something happens."""

    vendor: Any
    work: Work
    happens: Callable[[], Awaitable[None]]
    requests: int = 0

    def __getattr__(self, name: str) -> Any:
        of = getattr(self.vendor, name)
        if not callable(of):
            return of

        async def asked(*given: Any) -> Any:
            self.requests += 1
            assert self.requests < MOST_REQUESTS, "it goes round in circles"
            is_now = self.requests == self.work.at
            if is_now and not self.work.is_after:
                await self.happens()
            answer = await of(*given)
            if is_now and self.work.is_after:
                await self.happens()
            return answer

        return asked


@dataclass(slots=True)
class Want:
    """What somebody wanted a day to be; ``is_met``: it was so on the other side as well.

    Or it need not be, for it changed nothing, or a conflict that was told has it.
    """

    seconds: int | None
    is_met: bool = False


@dataclass(slots=True)
class Walk:
    """One walk over a company and its account; ``told`` are all hours that a day was to have."""

    connected: Connected
    account: Account
    plan: Plan
    told: dict[UserDay, set[int | None]] = field(
        default_factory=lambda: defaultdict(lambda: {None})
    )
    wanted: dict[str, dict[UserDay, Want]] = field(
        default_factory=lambda: {"here": {}, "there": {}}
    )
    ever: dict[str, set[str]] = field(default_factory=lambda: {"here": set(), "there": set()})
    faults: set[str] = field(default_factory=set)
    closed: date | None = None
    vendor: Any = None
    _conflicts: set[tuple[str, str]] = field(default_factory=set)

    @property
    def is_rounded(self) -> bool:
        """Say whether the vendor has made other hours of some."""
        return "rounded" in self.faults

    @property
    def entries(self) -> TimeOffEntryService:
        return TimeOffEntryService(self.connected.database, self.connected.clock)

    async def begin(self) -> None:
        """Connect with nothing on either side, so that nobody has to look before it writes."""
        self.account.read_as(**self.plan.reading)
        await self.connected.change(
            lambda each: replace(
                each,
                direction=SyncDirection.TWO_WAY,
                conflict_policy=self.plan.policy,
                window=WINDOW,
            )
        )
        upstream = await self.connected.work()
        assert (upstream.state, upstream.may_write) == (UpstreamState.RUNNING, True)

    async def go(self) -> None:
        """Do all steps, and hold the laws after them."""
        await self.begin()
        vendors = OpenedVendors(lambda *_: None, self.connected.answer_seconds)
        credentials = Credentials(self.connected.token)
        async with vendors.open(await self.connected.upstream(), credentials) as self.vendor:
            for step in self.plan.steps:
                await self.do(step)
                if isinstance(step, Work | Decide):
                    await self._note()
            await self.do(Fault(None))
            await self.do(Closed(None))
            await self.come_to_peace()
            await self.refuse_unlawful()
            for _ in range(MOST_DECISIONS):
                if {code for _, code in (await self._waiting()).values()} <= {OUTSIDE}:
                    break
                await self.do(Decide(SyncSide.GATEWAY))
                await self.come_to_peace()
                await self.refuse_unlawful()
            assert {code for _, code in (await self._waiting()).values()} <= {OUTSIDE}
            await self._refuse_unrest()
        for fault in self.connected.faults:
            raise fault

    async def do(self, step: Step) -> None:
        match step:
            case Here():
                await self._here(step)
            case There():
                await self._there(step)
            case Fault():
                self.faults |= {step.of["kind"]} if step.of else set()
                self.account.fault(*([step.of] if step.of else []))
            case Closed():
                self.closed = None if step.place is None else PLACES[step.place][1]
                closed = {"closed": str(self.closed or "")}
                self.account.read_as(**self.plan.reading | closed)
            case Work():
                await self._work(step)
            case Decide():
                await self._decide(step.keep)

    async def come_to_peace(self) -> None:
        """Have all be done that can be done, by a vendor that is well."""
        for number in count():
            await self._work(Work(20 * 60))
            await self._work(Work(7 * HOUR))
            await self._note()
            if not {state for state, _ in (await self._waiting()).values()} & _AT_WORK:
                return
            assert number < MANY_ROUNDS, f"no end: {await self._waiting()}"

    async def refuse_unlawful(self) -> None:
        """Hold that all has converged, and nothing was doubled, lost or invented."""
        upstream = await self.connected.upstream()
        assert (upstream.state, upstream.may_write) == (UpstreamState.RUNNING, True)
        waiting = await self._waiting()
        here, there = await self.connected.days(), self.account.days()
        statuses, there_too = await self._statuses(), self.account.statuses()
        for user, day in PLACES:
            place, key = (user, str(day)), day_key(user, day)
            told = self.told[user, day]
            is_inside = upstream.window.around(self.connected.clock.now.date())
            if key not in waiting and is_inside.first <= day <= is_inside.last:
                assert here.get(place) == there.get(place), f"{key}: not converged"
                of = statuses.get((user, day))
                assert of in {None, there_too.get(place)}, f"{key}: its reference is otherwise"
                await self._refuse_lost(key, (user, day))
            if not self.faults & ADDS:
                assert {here.get(place), there.get(place)} <= told, f"{key}: doubled"
        attempts = await self._rows("SELECT key FROM delivery_attempts")
        assert {key for (key,) in attempts} <= self.ever["here"], "what nobody changed is written"
        if not self.faults & {*ADDS, "rounded"}:
            conflicts = {key for key, _ in self._conflicts}
            assert conflicts <= self.ever["there"], "a conflict with nobody"

    async def _refuse_unrest(self) -> None:
        """Hold that nothing more is written; what waits for the window may come into it."""
        written, waiting = self.account.written(), await self._waiting()
        for _ in range(2):
            await self._work(Work(7 * HOUR))
        assert waiting or self.account.written() == written, "not quiet"

    async def _refuse_lost(self, key: str, place: UserDay) -> None:
        for side, wanted in self.wanted.items():
            want = wanted.get(place)
            assert want is None or want.is_met, f"{key}: {want} of somebody {side} is lost"

    async def _here(self, step: Here) -> None:
        user, day = PLACES[step.place]
        key = day_key(user, day)
        id_ = await self._id((user, day))
        facts = None
        if step.status is not None:
            facts = ReferenceFacts("hr", "Leave", f"{user}-{day}", step.status)
        before = (await self.connected.days()).get((user, str(day)))
        if step.hours is not None and id_ is None:
            await self.entries.create(
                LOCAL, CreateEntries([EntryItem(str(user), step.hours, day, facts)])
            )
        elif step.hours is not None:
            assert id_ is not None
            await self.entries.update(LOCAL, UpdateEntry(id_, step.hours, facts))
        elif id_ is not None:
            await self.entries.delete(LOCAL, DeleteEntries([id_]))
        else:
            return
        seconds = _seconds(step.hours)
        is_met = seconds == before or (seconds in await self._agreed(key))
        await self._want("here", (user, day), seconds, is_met=is_met)

    async def _there(self, step: There) -> None:
        user, day = PLACES[step.place]
        found = [
            (id_, _seconds(each["hours"]))
            for id_, each in self.account.entries().items()
            if (each["user_id"], each["requested_date"]) == (str(user), str(day))
        ]
        if step.hours is not None and not found and day == self.closed:
            return
        if step.hours is not None and not found:
            self.account.create([day], range(user, user + 1), step.hours)
        elif step.hours is not None:
            self.account.change(found[0][0], step.hours)
        elif found:
            self.account.delete([found[0][0]])
        else:
            return
        seconds, key = _seconds(step.hours), day_key(user, day)
        before = found[0][1] if found else None
        sent = await self._seconds_of("delivery_attempts", "sent", key)
        # Of what was made by a write that nobody knows of, and is deleted before that is looked at,
        # nobody can know: it is as if the write had not been done.
        agreed = await self._seconds_of("remote_records", "content", key) or [None]
        is_met = seconds == before or seconds in {*sent, *agreed}
        await self._want("there", (user, day), seconds, is_met=is_met)

    async def _want(self, side: str, place: UserDay, seconds: int | None, *, is_met: bool) -> None:
        self.ever[side].add(day_key(*place))
        self.told[place] |= {seconds, _rounded(seconds)}
        is_asked = day_key(*place) in await self._open_conflicts()
        self.wanted[side][place] = Want(seconds, is_met or is_asked)

    async def _note(self) -> None:
        """Note what has come to the other side, or is told as a conflict."""
        here, there = await self.connected.days(), self.account.days()
        conflicts = {
            (key, str(opened))
            for key, opened in await self._rows("SELECT key, opened_at FROM sync_conflicts")
        }
        told = {key for key, _ in conflicts - self._conflicts}
        self._conflicts = conflicts
        for side, other in (("here", there), ("there", here)):
            for (user, day), want in self.wanted[side].items():
                is_told = day_key(user, day) in told
                meets = {want.seconds, _rounded(want.seconds) if self.is_rounded else want.seconds}
                want.is_met |= other.get((user, str(day))) in meets or is_told

    async def _work(self, work: Work) -> None:
        self.connected.clock.go_on(seconds=work.seconds)
        if work.is_late:
            self.faults.add("stale")
            self.account.fault({"kind": "stale", "path": "time_off_entries", "method": "GET"})

        async def happens() -> None:
            if work.meanwhile is None:
                raise Killed
            await self._here(work.meanwhile)

        passes, upstream = self.connected.passes(), await self.connected.upstream()
        asked: Any = _Interrupted(self.vendor, work, happens)
        with suppress(Killed):
            while await passes.turn(upstream, asked):
                upstream = await self.connected.upstream()
        if work.is_late:
            self.account.fault()

    async def _decide(self, keep: SyncSide) -> None:
        database, clock = self.connected.database, self.connected.clock
        outbox = Outbox(database, clock, AccessEvents(database, clock), lambda: None)
        for id_, key in await self._rows(
            "SELECT id, key FROM sync_conflicts WHERE resolved_at IS NULL"
        ):
            await outbox.resolve(LOCAL, node_id(Kind.SYNC_CONFLICT, str(id_)), keep)
            self._is_decided(key)
        blocked = await self._rows("SELECT id, key FROM deliveries WHERE state = 'BLOCKED'")
        if blocked:
            ids = [node_id(Kind.DELIVERY, str(id_)) for id_, _ in blocked]
            decide = outbox.retry if keep is SyncSide.GATEWAY else outbox.give_up
            await decide(LOCAL, ids)
        for _, key in blocked:
            self._is_decided(key)

    def _is_decided(self, key: str) -> None:
        """Note that somebody has chosen between what both sides wanted."""
        for wanted in self.wanted.values():
            for place, want in wanted.items():
                want.is_met |= day_key(*place) == key

    async def _statuses(self) -> dict[UserDay, str]:
        """Return the status of each day's external reference here; one has none."""
        rows = await self._rows(
            "SELECT e.user_id, CAST(e.requested_date AS TEXT), r.status FROM time_off_entries e "
            "JOIN external_references r ON r.entry_id = e.id WHERE r.status IS NOT NULL"
        )
        return {(user, date.fromisoformat(day)): str(status) for user, day, status in rows}

    async def _id(self, place: UserDay) -> str | None:
        statement = text(
            "SELECT id FROM time_off_entries "
            "WHERE user_id = :user AND CAST(requested_date AS TEXT) = :day"
        )
        async with self.connected.database.reading() as connection:
            found = await connection.scalar(statement, {"user": place[0], "day": str(place[1])})
        return None if found is None else str(found)

    async def _agreed(self, key: str) -> list[int | None]:
        """Return the seconds on which both agreed last; none where nobody knows."""
        agreed = await self._seconds_of("remote_records", "content", key)
        unknown = await self._rows("SELECT key FROM delivery_attempts WHERE outcome = 'UNKNOWN'")
        return agreed or ([] if (key,) in map(tuple, unknown) else [None])

    async def _seconds_of(self, table: str, column: str, key: str) -> list[int | None]:
        """Return the seconds of versions that are kept of a key."""
        rows = await self._rows(f"SELECT {column} FROM {table} WHERE key = '{key}'")  # noqa: S608
        return [of and of["seconds"] for (each,) in rows for of in [_json(each)]]

    async def _open_conflicts(self) -> set[str]:
        rows = await self._rows("SELECT key FROM sync_conflicts WHERE resolved_at IS NULL")
        return {key for (key,) in rows}

    async def _waiting(self) -> dict[str, tuple[str, str | None]]:
        rows = await self._rows("SELECT key, state, code FROM deliveries")
        return {key: (state, code) for key, state, code in rows}

    async def _rows(self, statement: str) -> list[Any]:
        async with self.connected.database.reading() as connection:
            return list(await connection.exec_driver_sql(statement))


def _rounded(seconds: int | None) -> int | None:
    """Return what a vendor that rounds makes of it: that is told, and nothing is lost."""
    return None if seconds is None else -(-seconds // 900) * 900


def _seconds(hours: float | None) -> int | None:
    return None if hours is None else round(hours * HOUR)


def _json(stored: Any) -> Any:
    return orjson.loads(stored) if isinstance(stored, str | bytes) else stored
