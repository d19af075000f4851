"""Writes to Kantata what has changed here: each day is read, compared, and then written.

Nothing on the network happens within a transaction. What is about to be sent is journalled before,
and its key is uncertain from then on, so that a process that is killed leaves behind what is true.
No write is repeated before what became of the last one is known.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
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
from app.domain.durations import hours_text
from app.domain.sync.deliveries import (
    FLAPS_WITHIN,
    MOST_FLAPPING,
    AttemptOutcome,
    Delivery,
    DeliveryAttempt,
    DeliveryCode,
    DeliveryOperation,
    DeliveryState,
    is_flapping,
    read_day_key,
)
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.listings import MOST_ROWS
from app.domain.sync.remote import BaseRecord, NewRemoteEntry, RemoteEntry, RemoteProblem
from app.domain.sync.taking_in import DayVersion, digest, ours_of
from app.domain.sync.upstreams import ReviewReason, Upstream
from app.domain.time_off_entries import StoredDay, UserDay
from app.services.sync.listing import read_listing
from app.services.sync.take_in import TakeIn, refuse_overtaken
from app.services.sync.vendor import Kantata

KEYS_AT_A_TIME: Final = 50
SETTLES: Final = timedelta(seconds=200)
"""The vendor works on a request for up to three minutes: until then a write may still be done."""
PUT_OFF: Final = timedelta(minutes=1)
"""For so long a key is left alone of which a listing says nothing that can be believed."""
ADJUSTED: Final = "ADJUSTED_BY_VENDOR"
_POISONED: Final = "The gateway has ended several times while it wrote this day: its log says more."
_FLAPPING: Final = (
    "The same hours were written four times within ten minutes, and changed back there each time: "
    "another program writes this day, too."
)
_NOT_PERMITTED: Final = "Kantata OX does not permit these credentials to write this day."
_TRANSIENT: Final = frozenset({FailureKind.THROTTLED, FailureKind.CREDENTIALS_REFUSED})
_UNKNOWN: Final = frozenset({FailureKind.UNREACHABLE, FailureKind.UNREADABLE})


@dataclass(frozen=True, slots=True)
class _Plan:
    """A write that is journalled: what is here, what is there, and what is done about it."""

    delivery: Delivery
    attempt: DeliveryAttempt
    of: UserDay
    stored: StoredDay | None
    there: RemoteEntry | None
    remote_id: str


@dataclass(frozen=True, slots=True)
class _Written:
    """What the vendor has after a write; None where it has nothing."""

    remote_id: str
    version: DayVersion | None


@dataclass(frozen=True, slots=True)
class Deliver:
    """Delivers what is due of one upstream at a time."""

    database: Database
    take_in: TakeIn
    clock: Callable[[], datetime]
    settles: timedelta = SETTLES

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
        await self._hold([each for each in due if not _is_within(each, window)])
        there = await self._look(upstream, vendor, inside)
        for each in inside:
            if each.key in there:
                await self._deliver(upstream, vendor, each, there[each.key])
            else:
                await self._put_off(each, now + PUT_OFF)
        return True

    async def _hold(self, outside: Sequence[Delivery]) -> None:
        """Have days wait that are outside of the window: nothing is written there."""
        if not outside:
            return
        async with self.database.writing() as connection:
            for each in outside:
                await kept.change_delivery(connection, each.held(DeliveryCode.OUTSIDE_WINDOW))

    async def _put_off(self, delivery: Delivery, until: datetime) -> None:
        async with self.database.writing() as connection:
            found = await outbox.deliveries_of(connection, delivery.upstream_id, [delivery.key])
            for each in found.values():
                later = max(until, each.not_before or until)
                await kept.change_delivery(connection, replace(each, not_before=later))

    async def _look(
        self, upstream: Upstream, vendor: Kantata, due: Sequence[Delivery]
    ) -> Mapping[str, RemoteEntry | None]:
        """Return what the vendor has on these days; nothing of days of which it cannot be told."""
        places = {each.key: read_day_key(each.key) for each in due}
        of_month: dict[tuple[int, int], list[str]] = defaultdict(list)
        for key, (_, day) in places.items():
            of_month[day.year, day.month].append(key)
        found: dict[str, RemoteEntry | None] = {}
        for keys in of_month.values():
            users = sorted({places[key][0] for key in keys})
            days = [places[key][1] for key in keys]
            span = DaySpan(min(days), max(days))
            listing = await read_listing(
                lambda page, users=users, span=span: vendor.entries_of(users, span, page),  # type: ignore[misc]
                MOST_ROWS,
            )
            if not listing.is_complete:
                continue
            there = {(each.user_id, each.day): each for each in listing.within(span)}
            for key in keys:
                # What cannot be read may be the entry of any day: then nothing is made there.
                if places[key] in there or not listing.problems:
                    found[key] = there.get(places[key])
        return await self._looked_for(upstream, vendor, found)

    async def _looked_for(
        self, upstream: Upstream, vendor: Kantata, found: dict[str, RemoteEntry | None]
    ) -> Mapping[str, RemoteEntry | None]:
        """Ask for what is gone by its id, too: absence in one list proves nothing."""
        absent = [key for key, entry in found.items() if entry is None]
        async with self.database.reading() as connection:
            before = await known.bases(connection, upstream.id, absent)
        if not before:
            return found
        page = await vendor.entries_by_id([each.remote_id for each in before.values()])
        for each in before.values():
            day = [one for one in page.entries if str(one.id) == each.remote_id]
            is_there = bool(day) and (day[0].user_id, day[0].day) == read_day_key(each.key)
            is_odd = not day and each.remote_id in page.page.ids
            if is_there or is_odd:
                del found[each.key]
        return found

    async def _deliver(
        self, upstream: Upstream, vendor: Kantata, delivery: Delivery, there: RemoteEntry | None
    ) -> None:
        plan = await self._plan(upstream, delivery, there)
        if plan is None:
            return
        try:
            written = await _send(vendor, plan)
        except VendorFailure as failure:
            await self._failed(upstream, plan, failure)
        else:
            await self._done(upstream, plan, written)

    async def _plan(
        self, upstream: Upstream, delivery: Delivery, there: RemoteEntry | None
    ) -> _Plan | None:
        """Settle a day, and journal the write that is left to do; None where there is none."""
        key = delivery.key
        await self.take_in.looked_at(upstream, key, there)
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            now = self.clock()
            current = (await outbox.deliveries_of(connection, upstream.id, [key])).get(key)
            if current is None or current.state in {DeliveryState.HELD, DeliveryState.BLOCKED}:
                return None
            if current.state is DeliveryState.UNCERTAIN and now < (current.not_before or now):
                return None
            since = now - FLAPS_WITHIN
            attempts = (await outbox.attempts_of(connection, upstream.id, [key], since)).get(
                key, ()
            )
            unknown = [each.id for each in attempts if each.outcome is AttemptOutcome.UNKNOWN]
            await kept.tell_outcome(connection, unknown, AttemptOutcome.SETTLED)
            plan = await self._compared(connection, current, there, now)
            if plan is None:
                await kept.delivered(connection, current)
                return None
            blocked = _blocked(current, attempts, plan.attempt, now)
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
    ) -> _Plan | None:
        """Return the write that makes the vendor's day ours; None where both are the same."""
        of = read_day_key(delivery.key)
        stored = (await store.stored_days(connection, {of})).get(of)
        base = (await known.bases(connection, delivery.upstream_id, [delivery.key])).get(
            delivery.key
        )
        agreed = None if base is None else DayVersion.of_content(base.content)
        ours = None if stored is None else ours_of(agreed, stored, there)
        theirs = None if there is None else DayVersion.of_remote(there)
        operation = _operation(ours, theirs)
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
        return _Plan(delivery, attempt, of, stored, there, remote_id)

    async def _done(self, upstream: Upstream, plan: _Plan, written: _Written) -> None:
        """Store what is there now as what both agree on, and take the day out of the outbox."""
        key = plan.delivery.key
        async with self.database.writing() as connection:
            await kept.tell_outcome(connection, [plan.attempt.id], AttemptOutcome.DONE)
            content = plan.attempt.sent
            sent = None if content is None else DayVersion.of_content(content)
            is_as_sent = written.version is None or (
                sent is not None and written.version.seconds == sent.seconds
            )
            await self._agree(connection, plan, written, sent, is_as_sent=is_as_sent)
            if is_as_sent and await kept.delivered(connection, plan.delivery):
                return
            found = await outbox.deliveries_of(connection, upstream.id, [key])
            for each in found.values():
                await kept.change_delivery(connection, each.again())

    async def _agree(
        self,
        connection: Transaction,
        plan: _Plan,
        written: _Written,
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
            if plan.attempt.operation is DeliveryOperation.CREATE or sent is None:
                return  # hours came there meanwhile: both are looked at as at a first contact
            # The vendor has made other hours of them: those are taken in by the next look.
            agreed = replace(written.version, seconds=sent.seconds)
            await bases.keep_problems(
                connection, delivery.upstream_id, [_adjusted(plan, written)], self.clock()
            )
        local = "" if plan.stored is None else str(plan.stored.entry.id)
        record = BaseRecord(delivery.key, local, written.remote_id, plan.of[1], agreed.content())
        await bases.keep_bases(connection, delivery.upstream_id, [record])

    async def _failed(self, upstream: Upstream, plan: _Plan, failure: VendorFailure) -> None:
        """Store what a failure says of the write; raise it where the vendor is to be left alone."""
        is_unknown = failure.was_sent and failure.kind in _UNKNOWN
        async with self.database.writing() as connection:
            found = await outbox.deliveries_of(connection, upstream.id, [plan.delivery.key])
            current = found.get(plan.delivery.key)
            if current is not None:
                become = _after(current, plan, failure, is_unknown=is_unknown)
                await kept.change_delivery(connection, become)
            if not is_unknown:
                is_refused = failure.kind is FailureKind.REFUSED
                outcome = AttemptOutcome.REFUSED if is_refused else AttemptOutcome.NOT_SENT
                await kept.tell_outcome(connection, [plan.attempt.id], outcome)
        if is_unknown or failure.kind in _TRANSIENT or not failure.was_sent:
            raise failure


async def _send(vendor: Kantata, plan: _Plan) -> _Written:
    """Send what is to be done, and return what is there then."""
    if plan.stored is None:
        try:
            await vendor.delete_entry(plan.remote_id)
        except VendorFailure as failure:
            if failure.kind is not FailureKind.NOT_THERE:
                raise
        return _Written(plan.remote_id, None)
    entry, facts = plan.stored.entry, [each.facts for each in plan.stored.references]
    there = plan.there
    if there is None:
        there = await vendor.create_entry(
            NewRemoteEntry(*plan.of, entry.seconds, entry.submission_date, facts)
        )
    elif there.seconds != entry.seconds:
        changed = await vendor.change_entry(plan.remote_id, entry.seconds, plan.of)
        there = replace(changed, references=changed.references or there.references)
    version = DayVersion.of_remote(there)
    references = dict(version.references)
    wanted = plan.attempt.sent["references"] if plan.attempt.sent else {}
    for each in facts:
        name = each.service_name
        if references.get(name) != wanted.get(name):
            put = await vendor.put_reference(str(there.id), each)
            references[name] = digest(put.facts)
    return _Written(str(there.id), replace(version, references=references))


def _operation(ours: DayVersion | None, theirs: DayVersion | None) -> DeliveryOperation | None:
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


def _after(current: Delivery, plan: _Plan, failure: VendorFailure, *, is_unknown: bool) -> Delivery:
    """Return the delivery after a failure of its write."""
    if is_unknown:
        return replace(current, attempts=0)  # it is known why it ended
    if failure.kind is FailureKind.NOT_PERMITTED:
        return current.blocked(DeliveryCode.NOT_PERMITTED, _NOT_PERMITTED)
    if failure.kind is not FailureKind.REFUSED:
        return current.again(current.code)
    is_second = plan.delivery.code == DeliveryCode.REFUSED.value
    if not is_second or current.generation != plan.delivery.generation:
        return current.again(DeliveryCode.REFUSED.value)
    return current.blocked(DeliveryCode.REFUSED, _refused(plan, failure))


def _refused(plan: _Plan, failure: VendorFailure) -> str:
    """Say what was refused, and the vendor's words if they repeat nobody's message."""
    user_id, day = plan.of
    hours = "nothing" if plan.stored is None else hours_text(plan.stored.entry.seconds)
    words = failure.words or failure.message
    references = [] if plan.stored is None else plan.stored.references
    messages = [each.facts.external_message for each in references]
    if any(message and message in words for message in messages):
        words = failure.message
    return f"Kantata OX refused {hours} of user {user_id} on {day}: {words}"


def _adjusted(plan: _Plan, written: _Written) -> RemoteProblem:
    user_id, day = plan.of
    sent = 0 if plan.stored is None else plan.stored.entry.seconds
    stored = 0 if written.version is None else written.version.seconds
    message = f"{hours_text(sent)} were sent, and the vendor has made {hours_text(stored)} of them."
    return RemoteProblem(written.remote_id, ADJUSTED, message, user_id, day)


def _blocked(
    delivery: Delivery,
    attempts: Sequence[DeliveryAttempt],
    attempt: DeliveryAttempt,
    now: datetime,
) -> Delivery | None:
    """Return the delivery as a dead letter where it is not tried once more."""
    if delivery.is_poisoned():
        return delivery.blocked(DeliveryCode.POISONED, _POISONED)
    if is_flapping(attempts, attempt.sent, now):
        return delivery.blocked(DeliveryCode.FLAPPING, _FLAPPING)
    return None


async def _review_many(connection: Transaction, upstream: Upstream) -> None:
    """Have a person look where many days are written by somebody else, too."""
    code = DeliveryCode.FLAPPING.value
    if await outbox.count_deliveries(connection, upstream.id, code) >= MOST_FLAPPING:
        held = upstream.to_be_reviewed(ReviewReason.FLAPPING)
        await bases.change_upstream(connection, held)


def _is_within(delivery: Delivery, window: DaySpan) -> bool:
    _, day = read_day_key(delivery.key)
    return window.first <= day <= window.last
