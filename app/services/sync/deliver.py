"""Writes to a vendor what has changed here: each key is read there, compared, and then written.

Nothing on the network happens within a transaction. What is about to be sent is journalled before,
and its key is uncertain from then on, so that a process that is killed leaves behind what is true.
No write is repeated before what became of the last one is known.

Several keys may go along in one request. Where its answer is not clean for all of them, nobody
knows of any what was done, and each is written by itself from then on.

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
    may_go_along,
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

    @property
    def keys_at_a_time(self) -> int:
        """So many are looked at together."""

    async def within(
        self, upstream: Upstream, keys: Collection[str], window: DaySpan
    ) -> Collection[str]:
        """Return the keys of which a part lies in the window."""

    async def look(
        self, upstream: Upstream, vendor: Vendor_contra, due: Sequence[Delivery]
    ) -> Mapping[str, There | None]:
        """Return what the vendor has of these keys; nothing of keys of which it cannot be told."""

    async def batches(
        self, upstream: Upstream, due: Sequence[Delivery], there: Mapping[str, There | None]
    ) -> Sequence[Sequence[Delivery]]:
        """Return what goes along in one request each, in the order in which they are sent."""

    async def looked_at(
        self, upstream: Upstream, there: Mapping[str, There | None]
    ) -> Collection[str]:
        """Settle these keys; return those that were not left alone for now."""

    async def ours(
        self, connection: Transaction, upstream: Upstream, keys: Collection[str]
    ) -> Collection[str]:
        """Hold whose keys these are; return those who are still of the upstream's company."""

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

    async def send(self, vendor: Vendor_contra, plans: Sequence[PlanT]) -> Sequence[Sent]:
        """Send what is to be done, and return what is there then, of each."""

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
        """Deliver some of what is due; return whether anything was.

        Raises VendorFailure where the vendor is to be left alone for a while, and Overtaken.
        """
        now = self.clock()
        window = upstream.window.around(now.astimezone(UTC).date())
        async with self.database.reading() as connection:
            due = await outbox.due(connection, upstream.id, now, self.writes.keys_at_a_time)
        if not due or not upstream.writes:
            return False
        within = await self.writes.within(upstream, [each.key for each in due], window)
        await self._hold(upstream, [each.key for each in due if each.key not in within])
        delivering = Delivering(upstream.id, now, len(due))
        try:
            inside = [each for each in due if each.key in within]
            await self._look_and_write(upstream, vendor, inside, delivering)
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

    async def _look_and_write(
        self,
        upstream: Upstream,
        vendor: Vendor_contra,
        due: Sequence[Delivery],
        delivering: Delivering,
    ) -> None:
        there = await self.writes.look(upstream, vendor, due)
        looked_at = self.clock()
        await self._put_off(upstream, [each.key for each in due if each.key not in there])
        told = [each for each in due if each.key in there]
        for batch in await self.writes.batches(upstream, told, there):
            if self.clock() - looked_at > FRESH:
                break  # what was read is too old to write upon: it is looked at anew
            await self._deliver(upstream, vendor, batch, there, delivering)

    async def _put_off(self, upstream: Upstream, keys: Collection[str]) -> None:
        if not keys:
            return
        until = self.clock() + PUT_OFF
        async with self.database.writing() as connection:
            found = await kept.locked_deliveries(connection, upstream.id, keys)
            later = [
                replace(each, not_before=max(until, each.not_before or until))
                for each in found.values()
            ]
            await kept.change_deliveries(connection, later)

    async def _deliver(
        self,
        upstream: Upstream,
        vendor: Vendor_contra,
        batch: Sequence[Delivery],
        there: Mapping[str, There | None],
        delivering: Delivering,
    ) -> None:
        plans = await self._plan(upstream, {each.key: there[each.key] for each in batch})
        if not plans:
            return
        try:
            sent = await self.writes.send(vendor, plans)
        except VendorFailure as failure:
            is_refused = len(plans) == 1 and failure.kind in _REFUSALS
            delivering.refused += is_refused
            delivering.failed += 0 if is_refused else len(plans)
            await self._failed(upstream, plans, failure)
        else:
            delivering.written += len(plans)
            await self._done(upstream, list(zip(plans, sent, strict=True)))

    async def _plan(self, upstream: Upstream, there: Mapping[str, There | None]) -> Sequence[PlanT]:
        """Settle keys, and journal the writes that are left to do."""
        told = await self.writes.looked_at(upstream, there)
        await self._put_off(upstream, there.keys() - set(told))
        async with self.database.writing() as connection:
            upstream = await refuse_overtaken(connection, upstream)
            now = self.clock()
            current = await outbox.deliveries_of(connection, upstream.id, told)
            due = [current[key] for key in there if key in current]
            ready = [each for each in due if _is_to_be_sent(each, now)]
            return await self._begin(connection, upstream, ready, there, now)

    async def _begin(
        self,
        connection: Transaction,
        upstream: Upstream,
        due: Sequence[Delivery],
        there: Mapping[str, There | None],
        now: datetime,
    ) -> Sequence[PlanT]:
        """Journal the writes that are to be made; none of them where a person has to look first."""
        keys = [each.key for each in due]
        attempts = await outbox.attempts_of(connection, upstream.id, keys, now - FLAPS_WITHIN)
        # Of somebody who is another company's by now nothing is this company's to write.
        ours = await self.writes.ours(connection, upstream, keys)
        plans, is_held = list[PlanT](), False
        for each in due:
            mine = attempts.get(each.key, ())
            if len(due) > 1 and not may_go_along(each, mine):
                continue  # it is due still, and goes by itself
            plan = await self._compared(
                connection, upstream, each, there[each.key], now, is_ours=each.key in ours
            )
            blocked = plan and blocked_instead(each, mine, plan.attempt, now)
            if blocked:
                await kept.change_delivery(connection, blocked)
                is_held = await _review_many(connection, upstream) or is_held
            elif plan:
                plans.append(plan)
        if is_held:
            return []
        await kept.journal(connection, *(plan.attempt for plan in plans))
        sent = [plan.delivery.sent(now, self.settles) for plan in plans]
        await kept.change_deliveries(connection, sent)
        return plans

    async def _compared(
        self,
        connection: Transaction,
        upstream: Upstream,
        current: Delivery,
        there: There | None,
        now: datetime,
        *,
        is_ours: bool,
    ) -> PlanT | None:
        """Return the write that a key needs; None where it needs none, or none is made any more."""
        key = current.key
        if there is not None:  # a POST that does not show may still be done, and adds up
            await self._settle(connection, upstream, [key])
        plan = None
        if is_ours:
            plan = await self.writes.compared(connection, current, there, now, self.settles)
        if isinstance(plan, Delivery):
            await kept.change_delivery(connection, plan)
            return None
        if plan is None:
            await self._settle(connection, upstream, [key])
            await kept.delivered(connection, current)
        return plan

    async def _done(self, upstream: Upstream, done: Sequence[tuple[PlanT, Sent]]) -> None:
        """Take the keys out of the outbox, and store what is there now as what both agree on."""
        keys = [plan.delivery.key for plan, _ in done]
        async with self.database.writing() as connection:
            await bases.lock_upstream(connection, upstream.id)
            if await known.find_upstream(connection, None, upstream.id) is None:
                return  # it was disconnected meanwhile
            ids = [plan.attempt.id for plan, _ in done]
            await kept.tell_done(connection, ids, self.clock())
            await self._settle(connection, upstream, keys)
            found = await kept.locked_deliveries(connection, upstream.id, keys)
            over = {
                plan.delivery.key
                for plan, sent in done
                if self.writes.is_over(plan, sent) and _is_as_sent(found, plan.delivery)
            }
            await kept.forget_deliveries(connection, [found[key] for key in over])
            left = [each.again() for key, each in found.items() if key not in over]
            await kept.change_deliveries(connection, left)
            for plan, sent in done:
                await self.writes.agree(connection, upstream, plan, sent)

    async def _settle(
        self, connection: Transaction, upstream: Upstream, keys: Collection[str]
    ) -> None:
        """Have no write of the keys be one of which nobody knows: what is there was looked at."""
        attempts = await outbox.attempts_of(connection, upstream.id, keys, self.clock())
        unknown = [
            each.id
            for mine in attempts.values()
            for each in mine
            if each.outcome is AttemptOutcome.UNKNOWN
        ]
        await kept.tell_outcome(connection, unknown, AttemptOutcome.SETTLED)

    async def _failed(
        self, upstream: Upstream, plans: Sequence[PlanT], failure: VendorFailure
    ) -> None:
        """Store what a failure says of the writes; raise it where the vendor is to be left alone.

        What is stored where one of several is refused is not documented: of none it is known.
        """
        is_silent = failure.was_sent and failure.kind in _UNKNOWN
        is_unknown = is_silent or (failure.was_sent and len(plans) > 1)
        keys = [plan.delivery.key for plan in plans]
        async with self.database.writing() as connection:
            found = await kept.locked_deliveries(connection, upstream.id, keys)
            become = [
                after_failure(
                    SYSTEMS[upstream.api],
                    found[plan.delivery.key],
                    plan,
                    failure,
                    is_unknown=is_unknown,
                )
                for plan in plans
                if plan.delivery.key in found
            ]
            await kept.change_deliveries(connection, become)
            if not is_unknown and not failure.is_partly_done:
                is_refused = failure.kind in {FailureKind.REFUSED, FailureKind.NOT_THERE}
                outcome = AttemptOutcome.REFUSED if is_refused else AttemptOutcome.NOT_SENT
                ids = [plan.attempt.id for plan in plans]
                await kept.tell_outcome(connection, ids, outcome)
        if is_silent or failure.kind in _TRANSIENT or not failure.was_sent:
            raise failure


async def _review_many(connection: Transaction, upstream: Upstream) -> bool:
    """Have a person look where many days are written by somebody else, too; say whether so."""
    code = DeliveryCode.FLAPPING.value
    if await outbox.count_deliveries(connection, upstream.id, code) < MOST_FLAPPING:
        return False
    held = upstream.to_be_reviewed(ReviewReason.FLAPPING)
    # Whoever writes for it notices, and does not store what it was.
    held = replace(held, revision=held.revision + 1)
    await bases.change_upstream(connection, held)
    return True


def _is_as_sent(found: Mapping[str, Delivery], sent: Delivery) -> bool:
    """Say whether nothing has changed here since it was sent."""
    standing = found.get(sent.key)
    return standing is not None and (standing.id, standing.generation) == (
        sent.id,
        sent.generation,
    )


def _is_to_be_sent(delivery: Delivery, now: datetime) -> bool:
    """Say whether it waits for nothing else than to be written."""
    if delivery.state is DeliveryState.UNCERTAIN:
        return not delivery.waits(now)
    return delivery.state is DeliveryState.PENDING
