"""Days of Kantata's: how what it has is looked at, compared with what is here, and written."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from app.db.connections.database import Database, Transaction
from app.db.reading import sync as known
from app.db.writing import sync as bases
from app.db.writing import time_off_entries as store
from app.domain.days import DaySpan
from app.domain.durations import hours_text
from app.domain.sync.deliveries import (
    Delivery,
    DeliveryAttempt,
    DeliveryOperation,
    read_day_key,
)
from app.domain.sync.failures import VendorFailure
from app.domain.sync.remote import (
    REPLACED,
    BaseRecord,
    NewRemoteEntry,
    RemoteEntry,
    RemoteProblem,
)
from app.domain.sync.taking_in import DayVersion, digest, ours_of
from app.domain.sync.upstreams import Upstream
from app.domain.time_off_entries import StoredDay, UserDay
from app.services.sync.delivery_look import look
from app.services.sync.delivery_outcomes import delete_there
from app.services.sync.take_in import TakeIn
from app.services.sync.vendor import Kantata

ROUNDED_BY: Final = 900
"""Seconds: the vendor recommends quarters of an hour; what differs by more came from elsewhere."""


@dataclass(frozen=True, slots=True)
class DayPlan:
    """A write that is journalled: what is here, what is there, and what is done about it."""

    delivery: Delivery
    attempt: DeliveryAttempt
    of: UserDay
    stored: StoredDay | None
    there: RemoteEntry | None
    remote_id: str

    def words(self) -> str:
        """Say how many hours of whom on which day are written."""
        user_id, day = self.of
        hours = "nothing" if self.stored is None else hours_text(self.stored.entry.seconds)
        return f"{hours} of user {user_id} on {day}"

    def repeats_words(self) -> bool:
        """Say whether a reference has a message, which the vendor's words may repeat."""
        references = [] if self.stored is None else self.stored.references
        return any(each.facts.external_message for each in references)


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """What the vendor has after a write; None where it has nothing."""

    remote_id: str
    version: DayVersion | None


@dataclass(frozen=True, slots=True)
class DayWrites:
    """Looks at days and writes them."""

    database: Database
    take_in: TakeIn
    clock: Callable[[], datetime]

    async def within(
        self,
        upstream: Upstream,  # noqa: ARG002 - records of Procore's are looked up by it
        keys: Collection[str],
        window: DaySpan,
    ) -> Collection[str]:
        """Return the keys of the days in the window."""
        return {key for key in keys if window.first <= read_day_key(key)[1] <= window.last}

    async def look(
        self, upstream: Upstream, vendor: Kantata, due: Sequence[Delivery]
    ) -> Mapping[str, RemoteEntry | None]:
        """Return what the vendor has on these days; nothing of days of which it cannot be told."""
        return await look(self.database, upstream, vendor, due)

    async def looked_at(self, upstream: Upstream, key: str, there: RemoteEntry | None) -> bool:
        """Settle one day; return False where it was left alone for now."""
        return await self.take_in.looked_at(upstream, key, there)

    async def is_ours(self, connection: Transaction, upstream: Upstream, key: str) -> bool:
        """Hold the day's user; say whether they are still of the upstream's company."""
        scope, users = frozenset({upstream.company_id}), {read_day_key(key)[0]}
        return bool(await store.lock_users(connection, scope, users))

    async def compared(
        self,
        connection: Transaction,
        delivery: Delivery,
        there: RemoteEntry | None,
        now: datetime,
        settles: timedelta,
    ) -> DayPlan | Delivery | None:
        """Return the write that makes the vendor's day ours; None where both are the same."""
        of = read_day_key(delivery.key)
        stored = (await store.stored_days(connection, {of})).get(of)
        base = (await known.bases(connection, delivery.upstream_id, [delivery.key])).get(
            delivery.key
        )
        agreed = None if base is None else DayVersion.of_content(base.content)
        ours = None if stored is None else ours_of(agreed, stored, there)
        theirs = None if there is None else DayVersion.of_remote(there)
        operation = operation_of(ours, theirs)
        if operation is None:
            if ours is None and theirs is None:
                await bases.forget_bases(connection, delivery.upstream_id, [delivery.key])
            return None
        attempt = DeliveryAttempt(
            id=str(uuid4()),
            upstream_id=delivery.upstream_id,
            key=delivery.key,
            generation=delivery.generation,
            operation=operation,
            sent=None if ours is None else ours.content(),
            before=None if theirs is None else theirs.content(),
            sent_at=now,
            settles_at=now + settles,
        )
        remote_id = "" if there is None else str(there.id)
        return DayPlan(delivery, attempt, of, stored, there, remote_id)

    async def send(self, vendor: Kantata, plan: DayPlan) -> WrittenDay:
        """Send what is to be done, and return what is there then."""
        return await send(vendor, plan)

    def is_over(self, plan: DayPlan, sent: WrittenDay) -> bool:
        """Say whether the day has the hours that were sent."""
        content = plan.attempt.sent
        wanted = None if content is None else DayVersion.of_content(content)
        if sent.version is None:
            return True
        return wanted is not None and sent.version.seconds == wanted.seconds

    async def agree(
        self, connection: Transaction, upstream: Upstream, plan: DayPlan, sent: WrittenDay
    ) -> None:
        """Store what is there now as what both agree on."""
        content = plan.attempt.sent
        wanted = None if content is None else DayVersion.of_content(content)
        if sent.version is None:
            await bases.forget_bases(connection, upstream.id, [plan.delivery.key])
            return
        agreed = sent.version
        if not self.is_over(plan, sent):
            if wanted is None:
                return
            is_rounded = abs(sent.version.seconds - wanted.seconds) < ROUNDED_BY
            if plan.attempt.operation is DeliveryOperation.CREATE and not is_rounded:
                return  # hours came there meanwhile: both are looked at as at a first contact
            # The vendor has made other hours of them: those are taken in by the next look.
            agreed = replace(sent.version, seconds=wanted.seconds)
            await bases.keep_replaced(connection, upstream.id, [adjusted(plan, sent)], self.clock())
        local = "" if plan.stored is None else str(plan.stored.entry.id)
        record = BaseRecord(plan.delivery.key, local, sent.remote_id, plan.of[1], agreed.content())
        await bases.keep_bases(connection, upstream.id, [record])


async def send(vendor: Kantata, plan: DayPlan) -> WrittenDay:
    """Send what is to be done, and return what is there then."""
    if plan.stored is None:
        await delete_there(vendor.delete_entry(plan.remote_id))
        return WrittenDay(plan.remote_id, None)
    entry, facts = plan.stored.entry, [each.facts for each in plan.stored.references]
    there, is_begun = plan.there, True
    if there is None:
        there = await vendor.create_entry(
            NewRemoteEntry(*plan.of, entry.seconds, entry.submission_date, facts)
        )
    elif there.seconds != entry.seconds:
        changed = await vendor.change_entry(plan.remote_id, entry.seconds, plan.of)
        there = replace(changed, references=changed.references or there.references)
    else:
        is_begun = False
    version = DayVersion.of_remote(there)
    references = dict(version.references)
    wanted = plan.attempt.sent["references"] if plan.attempt.sent else {}
    for each in facts:
        name = each.service_name
        if references.get(name) != wanted.get(name):
            try:
                put = await vendor.put_reference(str(there.id), each)
            except VendorFailure as failure:
                failure.is_partly_done = is_begun
                raise
            is_begun = True
            # What the vendor has made otherwise is taken in by the next look.
            is_same = replace(put.facts, external_message=each.external_message) == each
            references[name] = digest(put.facts if is_same else each)
    return WrittenDay(str(there.id), replace(version, references=references))


def operation_of(ours: DayVersion | None, theirs: DayVersion | None) -> DeliveryOperation | None:
    """Return what is to be done there; None where nothing is.

    A reference that is only there stays: the vendor has no deletion of one.
    """
    if ours is None:
        return None if theirs is None else DeliveryOperation.DELETE
    if theirs is None:
        return DeliveryOperation.CREATE
    is_same = ours.seconds == theirs.seconds and all(
        theirs.references.get(name) == each for name, each in ours.references.items()
    )
    return None if is_same else DeliveryOperation.UPDATE


def adjusted(plan: DayPlan, written: WrittenDay) -> RemoteProblem:
    """Tell that the vendor has made other hours of what was sent."""
    user_id, day = plan.of
    sent = 0 if plan.stored is None else plan.stored.entry.seconds
    stored = 0 if written.version is None else written.version.seconds
    message = f"{hours_text(sent)} were sent, and the vendor has made {hours_text(stored)} of them."
    return RemoteProblem(written.remote_id, REPLACED, message, user_id, day)
