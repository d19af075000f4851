"""What waits to be written to vendors, and conflicts: read, tried again, given up, decided."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from app.db.connections.database import Database, Transaction
from app.db.reading import sync as known
from app.db.reading.changes import last_number
from app.db.reading.delivery_lists import CONFLICTS, DELIVERIES
from app.db.reading.workers import workers_of_subjects
from app.db.writing import deliveries as kept
from app.db.writing import sync as bases
from app.domain.access import Permission
from app.domain.access_events import AccessEventKind
from app.domain.errors import InvalidValue, NotFound, Refusals
from app.domain.identifiers import Key, Kind, node_id, read_text_id
from app.domain.paging import Page, PageRequest
from app.domain.sync.conflicts import SyncConflict, SyncConflictFilter, SyncSide
from app.domain.sync.deliveries import (
    Delivery,
    DeliveryFilter,
    DeliveryState,
    is_record_key,
    read_record_key,
)
from app.domain.sync.upstreams import Upstream
from app.domain.sync.versions import day_of
from app.domain.time_off_entries import refuse_count
from app.services.access.events import AccessEvents
from app.services.caller import Caller
from app.services.sync.here import Here, here_of

MOST_AT_ONCE: Final = 1_000
Decide = Callable[[Transaction, Delivery], Awaitable[Delivery]]


@dataclass(frozen=True, slots=True)
class Outbox:
    """Reads and decides, held to the caller's companies; ``woken`` hears that something is due."""

    database: Database
    clock: Callable[[], datetime]
    events: AccessEvents
    woken: Callable[[], object]

    async def deliveries(
        self, caller: Caller, wanted: DeliveryFilter, request: PageRequest
    ) -> Page[Delivery]:
        """Return what waits, the longest wanted first."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            wanted = await _of_workers(connection, caller, wanted)
            return await DELIVERIES.page(connection, caller.companies, wanted, request)

    async def count_deliveries(self, caller: Caller, wanted: DeliveryFilter) -> int:
        """Return how much waits."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            wanted = await _of_workers(connection, caller, wanted)
            return await DELIVERIES.count(connection, caller.companies, wanted)

    async def conflicts(
        self, caller: Caller, wanted: SyncConflictFilter, request: PageRequest
    ) -> Page[SyncConflict]:
        """Return conflicts, open and decided."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            return await CONFLICTS.page(connection, caller.companies, wanted, request)

    async def count_conflicts(self, caller: Caller, wanted: SyncConflictFilter) -> int:
        """Return how many conflicts there are."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            return await CONFLICTS.count(connection, caller.companies, wanted)

    async def find_deliveries(self, caller: Caller, ids: Collection[Key]) -> Mapping[Key, Delivery]:
        """Return deliveries by id, as far as the caller manages their upstreams."""
        if not caller.may(Permission.MANAGE_UPSTREAMS):
            return {}
        async with self.database.reading() as connection:
            return await DELIVERIES.find_many(connection, caller.companies, ids)

    async def find_conflicts(
        self, caller: Caller, ids: Collection[Key]
    ) -> Mapping[Key, SyncConflict]:
        """Return conflicts by id, as far as the caller manages their upstreams."""
        if not caller.may(Permission.MANAGE_UPSTREAMS):
            return {}
        async with self.database.reading() as connection:
            return await CONFLICTS.find_many(connection, caller.companies, ids)

    async def retry(self, caller: Caller, ids: Sequence[str]) -> list[Delivery]:
        """Have refused days be tried once more, or raise Refused, naming each bad id."""
        kind = AccessEventKind.DELIVERIES_RETRIED
        return await self._decide(caller, ids, _look_again, kind)

    async def give_up(self, caller: Caller, ids: Sequence[str]) -> list[Delivery]:
        """Have the vendor's version of refused days taken by the next look, or raise Refused."""
        kind = AccessEventKind.DELIVERIES_GIVEN_UP
        return await self._decide(caller, ids, _take_theirs, kind)

    async def resolve(self, caller: Caller, id_text: str, keep: SyncSide) -> SyncConflict:
        """Decide whose version holds in a conflict; raise Refused, also where it is decided."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        refusals = Refusals()
        id_ = ""
        with refusals.collecting("id"):
            id_ = read_text_id(Kind.SYNC_CONFLICT, id_text)
        refusals.raise_any()
        async with self.database.writing() as connection:
            conflict = await _undecided(connection, caller, id_)
            decided = replace(conflict, resolved_at=self.clock(), kept=keep, decided_by=caller.name)
            await kept.change_conflict(connection, decided)
            if keep is SyncSide.GATEWAY:
                await _agree(connection, conflict)
            held = await kept.locked_deliveries(connection, conflict.upstream_id, [conflict.key])
            decide = _take_theirs if keep is SyncSide.VENDOR else _look_again
            for each in held.values():
                await decide(connection, each)
            await self._record(
                connection,
                caller,
                AccessEventKind.SYNC_CONFLICT_RESOLVED,
                conflict.upstream_id,
                {"syncConflictId": node_id(Kind.SYNC_CONFLICT, conflict.id), "kept": keep.value},
            )
        self.woken()
        return decided

    async def _decide(
        self, caller: Caller, ids: Sequence[str], decide: Decide, kind: AccessEventKind
    ) -> list[Delivery]:
        """Decide about refused days, all or none."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        refuse_count(len(ids), MOST_AT_ONCE, ("ids",))
        refusals = Refusals()
        keys: list[str] = []
        for place, text in enumerate(ids):
            with refusals.collecting("ids", place):
                keys.append(read_text_id(Kind.DELIVERY, text))
        refusals.raise_any()
        async with self.database.writing() as connection:
            found = await _locked(connection, caller, keys)
            for place, key in enumerate(keys):
                with refusals.collecting("ids", place):
                    _refuse_other(found.get(key))
            refusals.raise_any()
            decided = [await decide(connection, found[key]) for key in dict.fromkeys(keys)]
            for id_, count in Counter(each.upstream_id for each in decided).items():
                await self._record(connection, caller, kind, id_, {"count": count})
        self.woken()
        return decided

    async def _record(
        self,
        connection: Transaction,
        caller: Caller,
        kind: AccessEventKind,
        upstream_id: str,
        details: Mapping[str, Any],
    ) -> None:
        upstream = await known.find_upstream(connection, None, upstream_id)
        if upstream is not None:
            event = self.events.event_of(
                caller,
                kind,
                company_id=upstream.company_id,
                details={**details_of(upstream), **details},
            )
            await self.events.record(connection, event)


def details_of(upstream: Upstream) -> dict[str, Any]:
    """Return what an event of the audit log tells of a connected system."""
    return {"upstreamId": node_id(Kind.UPSTREAM, upstream.id), "api": upstream.api.value}


async def begin_to_follow(connection: Transaction, upstream: Upstream) -> None:
    """Have what is changed from now on be written; all that stands is compared before."""
    last = await last_number(connection, upstream.company_id)
    await bases.follow_to(connection, upstream.id, last)


async def end_writing(
    connection: Transaction, upstream_id: str, decided_by: str | None, at: datetime
) -> None:
    """Have nothing wait any more for a system that is only read from now on: its versions hold."""
    await kept.forget_all_deliveries(connection, upstream_id)
    await bases.follow_to(connection, upstream_id, None)
    await kept.resolve_open_conflicts(connection, upstream_id, SyncSide.VENDOR, decided_by, at)


async def _of_workers(
    connection: Transaction, caller: Caller, wanted: DeliveryFilter
) -> DeliveryFilter:
    """Return a filter that names users and people by what workers they are, as far as seen.

    A worker is asked for by either, and is both.
    """
    if wanted.subjects is None:
        return wanted
    found = await workers_of_subjects(connection, wanted.subjects)
    seen = [subject for subject, each in found.items() if caller.sees(each.company_id)]
    return replace(wanted, subjects=seen)


async def _undecided(connection: Transaction, caller: Caller, id_: str) -> SyncConflict:
    """Return a conflict whose system nobody else changes until the end; raise a TimeOffError."""
    before = await CONFLICTS.find_many(connection, caller.companies, [id_])
    for each in before.values():
        await bases.lock_upstream(connection, each.upstream_id)
    found = await CONFLICTS.find_many(connection, caller.companies, [id_])
    if id_ not in found:
        raise NotFound(Kind.SYNC_CONFLICT.words, ("id",))
    if found[id_].resolved_at is not None:
        raise InvalidValue("It is decided already.", ("id",))
    return found[id_]


async def _locked(
    connection: Transaction, caller: Caller, ids: Collection[Key]
) -> dict[Key, Delivery]:
    """Return deliveries by id, which nobody else changes until the end; in one order for all."""
    found = await DELIVERIES.find_many(connection, caller.companies, ids)
    keys = defaultdict[str, list[str]](list)
    for each in found.values():
        keys[each.upstream_id].append(each.key)
    locked = dict[Key, Delivery]()
    for upstream_id in sorted(keys):
        await bases.lock_upstream(connection, upstream_id)
        mine = await kept.locked_deliveries(connection, upstream_id, keys[upstream_id])
        locked |= {each.id: each for each in mine.values() if each.id in found}
    return locked


def _refuse_other(delivery: Delivery | None) -> None:
    """Raise a TimeOffError for a delivery that is not there, or is not refused."""
    if delivery is None:
        raise NotFound(Kind.DELIVERY.words, ())
    if delivery.state is not DeliveryState.BLOCKED:
        raise InvalidValue("It is not refused: nothing is to be decided about it.")


async def _look_again(connection: Transaction, delivery: Delivery) -> Delivery:
    again = delivery.again()
    await kept.change_delivery(connection, again)
    return again


async def _take_theirs(connection: Transaction, delivery: Delivery) -> Delivery:
    """Have what is here be what both agreed on, so that whatever the vendor has is newer."""
    of = await known.find_upstream(connection, None, delivery.upstream_id)
    here = {} if of is None else await here_of(connection, of.company_id, [delivery.key])
    standing = here.get(delivery.key)
    await _agree_on(connection, delivery.upstream_id, delivery.key, standing)
    return await _look_again(connection, delivery)


async def _agree(connection: Transaction, conflict: SyncConflict) -> None:
    """Have what the vendor has be what both agreed on, so that what is here is newer."""
    theirs, key = conflict.theirs, conflict.key
    day = day_of(key, theirs)
    local_key = read_record_key(key)[1] if is_record_key(key) else ""
    agreed = None
    if theirs is not None and day is not None:
        agreed = Here(key, local_key, theirs, day)
    await _agree_on(connection, conflict.upstream_id, key, agreed)


async def _agree_on(
    connection: Transaction, upstream_id: str, key: str, agreed: Here | None
) -> None:
    """Have a version be what both agreed on; None: neither has anything."""
    if agreed is None:
        await bases.forget_bases(connection, upstream_id, [key])
        return
    before = (await known.bases(connection, upstream_id, [key])).get(key)
    record = agreed.as_base()
    if before is not None:
        record = replace(
            before, content=agreed.content, local_key=agreed.local_key or before.local_key
        )
    await bases.keep_bases(connection, upstream_id, [record])
