"""Writes to Kantata what has changed here: each day is read, compared, and then written.

Nothing on the network happens within a transaction. What is about to be sent is journalled before,
and its key is uncertain from then on, so that a process that is killed leaves behind what is true.
No write is repeated before what became of the last one is known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from app.db.connections.database import Database, Transaction
from app.db.reading import deliveries as outbox
from app.db.reading import sync as known
from app.db.writing import deliveries as kept
from app.db.writing import sync as bases
from app.db.writing import time_off_entries as store
from app.domain.days import DaySpan
from app.domain.sync.deliveries import (
    FLAPS_WITHIN,
    MOST_FLAPPING,
    AttemptOutcome,
    Delivery,
    DeliveryAttempt,
    DeliveryCode,
    DeliveryOperation,
    DeliveryState,
    read_day_key,
)
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.remote import (
    BaseRecord,
    RemoteEntry,
)
from app.domain.sync.taking_in import DayVersion, ours_of
from app.domain.sync.upstreams import ReviewReason, Upstream
from app.services.sync.delivery_look import look
from app.services.sync.delivery_outcomes import (
    Delivering,
    Plan,
    Written,
    adjusted,
    after_failure,
    blocked_instead,
    operation_of,
    send,
)
from app.services.sync.rules import SETTLES
from app.services.sync.take_in import TakeIn, refuse_overtaken
from app.services.sync.vendor import Kantata

KEYS_AT_A_TIME: Final = 50
FRESH: Final = timedelta(seconds=30)
"""For so long a write may rest on what was read before it."""
ROUNDED_BY: Final = 900
"""Seconds: the vendor recommends quarters of an hour; what differs by more came from elsewhere."""
PUT_OFF: Final = timedelta(minutes=1)
"""For so long a key is left alone of which a listing says nothing that can be believed."""
_TRANSIENT: Final = frozenset({FailureKind.THROTTLED, FailureKind.CREDENTIALS_REFUSED})
_REFUSALS: Final = frozenset({FailureKind.REFUSED, FailureKind.NOT_PERMITTED})
_UNKNOWN: Final = frozenset({FailureKind.UNREACHABLE, FailureKind.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Deliver:
    """Delivers what is due of one upstream at a time; ``told`` hears of each look at it."""

    database: Database
    take_in: TakeIn
    clock: Callable[[], datetime]
    settles: timedelta = SETTLES
    told: Callable[[Delivering], object] = lambda _: None

    async def some(self, upstream: Upstream, vendor: Kantata) -> bool:
        """Deliver what is due, at most KEYS_AT_A_TIME days; return whether anything was.

        Raises VendorFailure where the vendor is to be left alone for a while, and Overtaken.
        """
        now = self.clock()
        async with self.database.reading() as connection:
            due = await outbox.due(connection, upstream.id, now, KEYS_AT_A_TIME)
        if not due or not upstream.writes:
            return False
        window = upstream.window.around(now.astimezone(UTC).date())
        inside = [each for each in due if _is_within(each, window)]
        await self._hold(upstream, [each.key for each in due if not _is_within(each, window)])
        delivering = Delivering(upstream.id, now, len(due))
        try:
            there = await look(self.database, upstream, vendor, inside)
            looked_at = self.clock()
            for each in inside:
                if self.clock() - looked_at > FRESH:
                    break  # what was read is too old to write upon: it is looked at anew
                if each.key in there:
                    await self._deliver(upstream, vendor, each, there[each.key], delivering)
                else:
                    await self._put_off(each, now + PUT_OFF)
        finally:
            delivering.seconds = (self.clock() - now).total_seconds()
            self.told(delivering)
        return True

    async def _hold(self, upstream: Upstream, outside: Sequence[str]) -> None:
        """Have days wait that are outside of the window: nothing is written there."""
        if not outside:
            return
        async with self.database.writing() as connection:
            found = await kept.locked_deliveries(connection, upstream.id, outside)
            for each in found.values():
                await kept.change_delivery(connection, each.held(DeliveryCode.OUTSIDE_WINDOW))

    async def _put_off(self, delivery: Delivery, until: datetime) -> None:
        async with self.database.writing() as connection:
            found = await kept.locked_deliveries(connection, delivery.upstream_id, [delivery.key])
            for each in found.values():
                later = max(until, each.not_before or until)
                await kept.change_delivery(connection, replace(each, not_before=later))

    async def _deliver(
        self,
        upstream: Upstream,
        vendor: Kantata,
        delivery: Delivery,
        there: RemoteEntry | None,
        delivering: Delivering,
    ) -> None:
        plan = await self._plan(upstream, delivery, there)
        if plan is None:
            return
        try:
            written = await send(vendor, plan)
        except VendorFailure as failure:
            is_refused = failure.kind in _REFUSALS
            delivering.refused += is_refused
            delivering.failed += not is_refused
            await self._failed(upstream, plan, failure)
        else:
            delivering.written += 1
            await self._done(upstream, plan, written)

    async def _plan(
        self, upstream: Upstream, delivery: Delivery, there: RemoteEntry | None
    ) -> Plan | None:
        """Settle a day, and journal the write that is left to do; None where there is none."""
        key = delivery.key
        if not await self.take_in.looked_at(upstream, key, there):
            await self._put_off(delivery, self.clock() + PUT_OFF)
            return None
        async with self.database.writing() as connection:
            upstream = await refuse_overtaken(connection, upstream)
            now = self.clock()
            current = (await outbox.deliveries_of(connection, upstream.id, [key])).get(key)
            if current is None or not _is_to_be_sent(current, now):
                return None
            return await self._begin(connection, upstream, current, there, now)

    async def _begin(
        self,
        connection: Transaction,
        upstream: Upstream,
        current: Delivery,
        there: RemoteEntry | None,
        now: datetime,
    ) -> Plan | None:
        """Journal a write, unless there is none to make, or none is made any more."""
        key, since = current.key, now - FLAPS_WITHIN
        found = await outbox.attempts_of(connection, upstream.id, [key], since)
        attempts = found.get(key, ())
        if there is not None:  # a POST that does not show may still be done, and adds up
            await self._settle(connection, upstream, key)
        # Of somebody who is another company's by now nothing is this company's to write.
        scope, users = frozenset({upstream.company_id}), {read_day_key(key)[0]}
        is_ours = bool(await store.lock_users(connection, scope, users))
        plan = await self._compared(connection, current, there, now) if is_ours else None
        if plan is None:
            await self._settle(connection, upstream, key)
            await kept.delivered(connection, current)
            return None
        blocked = blocked_instead(current, attempts, plan.attempt, now)
        if blocked is not None:
            await kept.change_delivery(connection, blocked)
            await _review_many(connection, upstream)
            return None
        await kept.journal(connection, plan.attempt)
        await kept.change_delivery(connection, current.sent(now, self.settles))
        return plan

    async def _compared(
        self,
        connection: Transaction,
        delivery: Delivery,
        there: RemoteEntry | None,
        now: datetime,
    ) -> Plan | None:
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
            settles_at=now + self.settles,
        )
        remote_id = "" if there is None else str(there.id)
        return Plan(delivery, attempt, of, stored, there, remote_id)

    async def _done(self, upstream: Upstream, plan: Plan, written: Written) -> None:
        """Store what is there now as what both agree on, and take the day out of the outbox."""
        key = plan.delivery.key
        async with self.database.writing() as connection:
            await bases.lock_upstream(connection, upstream.id)
            if await known.find_upstream(connection, None, upstream.id) is None:
                return  # it was disconnected meanwhile
            await kept.tell_done(connection, plan.attempt.id, self.clock())
            await self._settle(connection, upstream, key)
            content = plan.attempt.sent
            sent = None if content is None else DayVersion.of_content(content)
            is_as_sent = written.version is None or (
                sent is not None and written.version.seconds == sent.seconds
            )
            await self._agree(connection, plan, written, sent, is_as_sent=is_as_sent)
            if is_as_sent and await kept.delivered(connection, plan.delivery):
                return
            found = await kept.locked_deliveries(connection, upstream.id, [key])
            for each in found.values():
                await kept.change_delivery(connection, each.again())

    async def _settle(self, connection: Transaction, upstream: Upstream, key: str) -> None:
        """Have no write of the key be one of which nobody knows: what is there was looked at."""
        attempts = await outbox.attempts_of(connection, upstream.id, [key], self.clock())
        unknown = [
            each.id for each in attempts.get(key, ()) if each.outcome is AttemptOutcome.UNKNOWN
        ]
        await kept.tell_outcome(connection, unknown, AttemptOutcome.SETTLED)

    async def _agree(
        self,
        connection: Transaction,
        plan: Plan,
        written: Written,
        sent: DayVersion | None,
        *,
        is_as_sent: bool,
    ) -> None:
        delivery = plan.delivery
        if written.version is None:
            await bases.forget_bases(connection, delivery.upstream_id, [delivery.key])
            return
        agreed = written.version
        if not is_as_sent:
            if sent is None:
                return
            is_rounded = abs(written.version.seconds - sent.seconds) < ROUNDED_BY
            if plan.attempt.operation is DeliveryOperation.CREATE and not is_rounded:
                return  # hours came there meanwhile: both are looked at as at a first contact
            # The vendor has made other hours of them: those are taken in by the next look.
            agreed = replace(written.version, seconds=sent.seconds)
            await bases.keep_replaced(
                connection, delivery.upstream_id, [adjusted(plan, written)], self.clock()
            )
        local = "" if plan.stored is None else str(plan.stored.entry.id)
        record = BaseRecord(delivery.key, local, written.remote_id, plan.of[1], agreed.content())
        await bases.keep_bases(connection, delivery.upstream_id, [record])

    async def _failed(self, upstream: Upstream, plan: Plan, failure: VendorFailure) -> None:
        """Store what a failure says of the write; raise it where the vendor is to be left alone."""
        is_unknown = failure.was_sent and failure.kind in _UNKNOWN
        async with self.database.writing() as connection:
            found = await kept.locked_deliveries(connection, upstream.id, [plan.delivery.key])
            current = found.get(plan.delivery.key)
            if current is not None:
                become = after_failure(current, plan, failure, is_unknown=is_unknown)
                await kept.change_delivery(connection, become)
            if not is_unknown and not failure.is_partly_done:
                is_refused = failure.kind in {FailureKind.REFUSED, FailureKind.NOT_THERE}
                outcome = AttemptOutcome.REFUSED if is_refused else AttemptOutcome.NOT_SENT
                await kept.tell_outcome(connection, [plan.attempt.id], outcome)
        if is_unknown or failure.kind in _TRANSIENT or not failure.was_sent:
            raise failure


async def _review_many(connection: Transaction, upstream: Upstream) -> None:
    """Have a person look where many days are written by somebody else, too."""
    code = DeliveryCode.FLAPPING.value
    if await outbox.count_deliveries(connection, upstream.id, code) >= MOST_FLAPPING:
        held = upstream.to_be_reviewed(ReviewReason.FLAPPING)
        # Whoever writes for it notices, and does not store what it was.
        held = replace(held, revision=held.revision + 1)
        await bases.change_upstream(connection, held)


def _is_to_be_sent(delivery: Delivery, now: datetime) -> bool:
    """Say whether it waits for nothing else than to be written."""
    if delivery.state is DeliveryState.UNCERTAIN:
        return not delivery.waits(now)
    return delivery.state is DeliveryState.PENDING


def _is_within(delivery: Delivery, window: DaySpan) -> bool:
    _, day = read_day_key(delivery.key)
    return window.first <= day <= window.last
