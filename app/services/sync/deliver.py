"""Writes to a vendor what has changed here: each key is read there, compared, and then written.

Nothing on the network happens within a transaction. What is about to be sent is journalled before,
and its key is uncertain from then on, so that a process that is killed leaves behind what is true.
No write is repeated before what became of the last one is known.

What a key is, and how it is written, is for `Writes`: days of Kantata's, or records of Procore's.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

from app.db.connections.database import Database, Transaction
from app.db.reading import deliveries as outbox
from app.db.reading import sync as known
from app.db.writing import deliveries as kept
from app.db.writing import sync as bases
from app.domain.days import DaySpan
from app.domain.sync.deliveries import (
    FLAPS_WITHIN,
    MOST_FLAPPING,
    AttemptOutcome,
    Delivery,
    DeliveryCode,
    DeliveryState,
)
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.refusals import SYSTEMS
from app.domain.sync.upstreams import ReviewReason, Upstream
from app.services.sync.delivery_outcomes import (
    Delivering,
    Planned,
    after_failure,
    blocked_instead,
)
from app.services.sync.rules import SETTLES
from app.services.sync.take_in import refuse_overtaken

KEYS_AT_A_TIME: Final = 50
FRESH: Final = timedelta(seconds=30)
"""For so long a write may rest on what was read before it."""
PUT_OFF: Final = timedelta(minutes=1)
"""For so long a key is left alone of which a listing says nothing that can be believed."""
_TRANSIENT: Final = frozenset({FailureKind.THROTTLED, FailureKind.CREDENTIALS_REFUSED})
_REFUSALS: Final = frozenset({FailureKind.REFUSED, FailureKind.NOT_PERMITTED})
_UNKNOWN: Final = frozenset({FailureKind.UNREACHABLE, FailureKind.UNREADABLE})

Vendor_contra = TypeVar("Vendor_contra", contravariant=True)
There = TypeVar("There")
Sent = TypeVar("Sent")


PlanT = TypeVar("PlanT", bound=Planned)


class Writes(Protocol[Vendor_contra, There, PlanT, Sent]):
    """How keys of one kind are looked at and written. What is None is not there."""

    async def within(
        self, upstream: Upstream, keys: Collection[str], window: DaySpan
    ) -> Collection[str]:
        """Return the keys of which a part lies in the window."""

    async def look(
        self, upstream: Upstream, vendor: Vendor_contra, due: Sequence[Delivery]
    ) -> Mapping[str, There | None]:
        """Return what the vendor has of these keys; nothing of keys of which it cannot be told."""

    async def looked_at(self, upstream: Upstream, key: str, there: There | None) -> bool:
        """Settle one key; return False where it was left alone for now."""

    async def is_ours(self, connection: Transaction, upstream: Upstream, key: str) -> bool:
        """Hold whose key it is; say whether they are still of the upstream's company."""

    async def compared(
        self,
        connection: Transaction,
        delivery: Delivery,
        there: There | None,
        now: datetime,
        settles: timedelta,
    ) -> PlanT | Delivery | None:
        """Return the write that makes the vendor's side ours; None where both are the same.

        A delivery: it cannot be written there, and is a dead letter.
        """

    async def send(self, vendor: Vendor_contra, plan: PlanT) -> Sent:
        """Send what is to be done, and return what is there then."""

    def is_over(self, plan: PlanT, sent: Sent) -> bool:
        """Say whether nothing is left to be done: it is there as it was sent."""

    async def agree(
        self, connection: Transaction, upstream: Upstream, plan: PlanT, sent: Sent
    ) -> None:
        """Store what is there now as what both agree on; the delivery is out of the way."""


@dataclass(frozen=True, slots=True)
class Deliver(Generic[Vendor_contra, There, PlanT, Sent]):
    """Delivers what is due of one upstream at a time; ``told`` hears of each look at it."""

    database: Database
    writes: Writes[Vendor_contra, There, PlanT, Sent]
    clock: Callable[[], datetime]
    settles: timedelta = SETTLES
    told: Callable[[Delivering], object] = lambda _: None

    async def some(self, upstream: Upstream, vendor: Vendor_contra) -> bool:
        """Deliver what is due, at most KEYS_AT_A_TIME keys; return whether anything was.

        Raises VendorFailure where the vendor is to be left alone for a while, and Overtaken.
        """
        now = self.clock()
        window = upstream.window.around(now.astimezone(UTC).date())
        async with self.database.reading() as connection:
            due = await outbox.due(connection, upstream.id, now, KEYS_AT_A_TIME)
        if not due or not upstream.writes:
            return False
        within = await self.writes.within(upstream, [each.key for each in due], window)
        inside = [each for each in due if each.key in within]
        await self._hold(upstream, [each.key for each in due if each.key not in within])
        delivering = Delivering(upstream.id, now, len(due))
        try:
            there = await self.writes.look(upstream, vendor, inside)
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
        vendor: Vendor_contra,
        delivery: Delivery,
        there: There | None,
        delivering: Delivering,
    ) -> None:
        plan = await self._plan(upstream, delivery, there)
        if plan is None:
            return
        try:
            sent = await self.writes.send(vendor, plan)
        except VendorFailure as failure:
            is_refused = failure.kind in _REFUSALS
            delivering.refused += is_refused
            delivering.failed += not is_refused
            await self._failed(upstream, plan, failure)
        else:
            delivering.written += 1
            await self._done(upstream, plan, sent)

    async def _plan(
        self, upstream: Upstream, delivery: Delivery, there: There | None
    ) -> PlanT | None:
        """Settle a key, and journal the write that is left to do; None where there is none."""
        key = delivery.key
        if not await self.writes.looked_at(upstream, key, there):
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
        there: There | None,
        now: datetime,
    ) -> PlanT | None:
        """Journal a write, unless there is none to make, or none is made any more."""
        key, since = current.key, now - FLAPS_WITHIN
        found = await outbox.attempts_of(connection, upstream.id, [key], since)
        attempts = found.get(key, ())
        if there is not None:  # a POST that does not show may still be done, and adds up
            await self._settle(connection, upstream, key)
        # Of somebody who is another company's by now nothing is this company's to write.
        is_ours = await self.writes.is_ours(connection, upstream, key)
        plan = (
            await self.writes.compared(connection, current, there, now, self.settles)
            if is_ours
            else None
        )
        if plan is None:
            await self._settle(connection, upstream, key)
            await kept.delivered(connection, current)
            return None
        if isinstance(plan, Delivery):
            await kept.change_delivery(connection, plan)
            return None
        blocked = blocked_instead(current, attempts, plan.attempt, now)
        if blocked is not None:
            await kept.change_delivery(connection, blocked)
            await _review_many(connection, upstream)
            return None
        await kept.journal(connection, plan.attempt)
        await kept.change_delivery(connection, current.sent(now, self.settles))
        return plan

    async def _done(self, upstream: Upstream, plan: PlanT, sent: Sent) -> None:
        """Take the key out of the outbox, and store what is there now as what both agree on."""
        key = plan.delivery.key
        async with self.database.writing() as connection:
            await bases.lock_upstream(connection, upstream.id)
            if await known.find_upstream(connection, None, upstream.id) is None:
                return  # it was disconnected meanwhile
            await kept.tell_done(connection, plan.attempt.id, self.clock())
            await self._settle(connection, upstream, key)
            is_over = self.writes.is_over(plan, sent)
            if not (is_over and await kept.delivered(connection, plan.delivery)):
                found = await kept.locked_deliveries(connection, upstream.id, [key])
                for each in found.values():
                    await kept.change_delivery(connection, each.again())
            await self.writes.agree(connection, upstream, plan, sent)

    async def _settle(self, connection: Transaction, upstream: Upstream, key: str) -> None:
        """Have no write of the key be one of which nobody knows: what is there was looked at."""
        attempts = await outbox.attempts_of(connection, upstream.id, [key], self.clock())
        unknown = [
            each.id for each in attempts.get(key, ()) if each.outcome is AttemptOutcome.UNKNOWN
        ]
        await kept.tell_outcome(connection, unknown, AttemptOutcome.SETTLED)

    async def _failed(self, upstream: Upstream, plan: PlanT, failure: VendorFailure) -> None:
        """Store what a failure says of the write; raise it where the vendor is to be left alone."""
        is_unknown = failure.was_sent and failure.kind in _UNKNOWN
        async with self.database.writing() as connection:
            found = await kept.locked_deliveries(connection, upstream.id, [plan.delivery.key])
            current = found.get(plan.delivery.key)
            if current is not None:
                become = after_failure(
                    SYSTEMS[upstream.api], current, plan, failure, is_unknown=is_unknown
                )
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
