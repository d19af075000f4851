"""Days of Kantata's: how what it has is looked at, compared with what is here, and written.

Days that are empty there are made together, many in one request; all else is a request each.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from app.db.connections.database import Database, Transaction
from app.db.reading import deliveries as outbox
from app.db.reading import sync as known
from app.db.writing import sync as bases
from app.db.writing import time_off_entries as store
from app.domain.days import DaySpan
from app.domain.durations import hours_text
from app.domain.sync.deliveries import (
    JOURNAL_KEPT,
    Delivery,
    DeliveryAttempt,
    DeliveryOperation,
    day_key,
    may_go_along,
    read_day_key,
)
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.remote import (
    REPLACED,
    BaseRecord,
    NewRemoteEntry,
    RemoteEntry,
    RemoteProblem,
)
from app.domain.sync.taking_in import DayVersion, digest, ours_of
from app.domain.sync.together import Together
from app.domain.sync.upstreams import Upstream
from app.domain.time_off_entries import StoredDay, UserDay
from app.services.sync.delivery_look import look
from app.services.sync.delivery_outcomes import delete_there
from app.services.sync.pieces import pieces
from app.services.sync.take_in import TakeIn
from app.services.sync.vendor import Kantata

DAYS_AT_A_TIME: Final = 200
"""So many are looked at together: as many as a page of Kantata's has rows."""
FEWEST_TOGETHER: Final = 6
"""Fewer are made one by one: of days of one holiday, one that is refused holds up no other."""
MOST_TOGETHER: Final = 50
"""So many are made by one request. How many Kantata takes at most is not documented."""
_TAKES_NONE: Final = frozenset(
    {
        FailureKind.REFUSED,
        FailureKind.NOT_PERMITTED,
        FailureKind.NOT_THERE,
        FailureKind.UNREADABLE,
    }
)
"""What is answered to a request of several where none is taken; or one day of them was refused."""
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
    """What the vendor has after a write; None where it has nothing.

    Unless it ``is_whole`` there are references left that are to be put by themselves.
    """

    remote_id: str
    version: DayVersion | None
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class DayWrites:
    """Looks at days and writes them; ``together`` says of each upstream whether many at once."""

    database: Database
    take_in: TakeIn
    clock: Callable[[], datetime]
    together: dict[str, Together]
    keys_at_a_time: int = DAYS_AT_A_TIME

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

    async def batches(
        self,
        upstream: Upstream,
        due: Sequence[Delivery],
        there: Mapping[str, RemoteEntry | None],
    ) -> Sequence[Sequence[Delivery]]:
        """Return what is made together, at most MOST_TOGETHER days, and each other by itself.

        In the order of their first days, so that nobody waits for who came later.
        """
        absent = [each for each in due if there[each.key] is None]
        is_asked = self._together(upstream.id).is_asked(self.clock())
        along = await self._along(upstream, absent) if is_asked else frozenset[str]()
        if len(along) < FEWEST_TOGETHER:
            along = frozenset()
        together = [each for each in due if each.key in along]
        alone = [[each] for each in due if each.key not in along]
        turns = {each.key: turn for turn, each in enumerate(due)}
        batches = [*pieces(together, MOST_TOGETHER), *alone]
        return sorted(batches, key=lambda batch: turns[batch[0].key])

    async def _along(self, upstream: Upstream, absent: Sequence[Delivery]) -> frozenset[str]:
        """Return the keys of the days that may be made with others: each is nothing but new there.

        One with several references is made by itself, as only the first goes along.
        """
        keys = [each.key for each in absent]
        async with self.database.reading() as connection:
            since = self.clock() - JOURNAL_KEPT
            attempts = await outbox.attempts_of(connection, upstream.id, keys, since)
            agreed = await known.bases(connection, upstream.id, keys)
            stored = await store.stored_days(connection, set(map(read_day_key, keys)))
        few = {day_key(*of) for of, each in stored.items() if len(each.references) <= 1}
        return frozenset(
            each.key
            for each in absent
            if each.key in few - agreed.keys() and may_go_along(each, attempts.get(each.key, ()))
        )

    async def looked_at(
        self, upstream: Upstream, there: Mapping[str, RemoteEntry | None]
    ) -> Collection[str]:
        """Settle these days; return the keys of those that were not left alone for now."""
        return await self.take_in.looked_at(upstream, there)

    async def ours(
        self, connection: Transaction, upstream: Upstream, keys: Collection[str]
    ) -> Collection[str]:
        """Hold the days' users; return the keys of those still of the upstream's company."""
        of = {key: read_day_key(key)[0] for key in keys}
        scope = frozenset({upstream.company_id})
        users = await store.lock_users(connection, scope, set(of.values()))
        return {key for key, user_id in of.items() if user_id in users}

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

    async def send(self, vendor: Kantata, plans: Sequence[DayPlan]) -> Sequence[WrittenDay]:
        """Send what is to be done, and return what is there then, of each day.

        Several are days that are made together.
        """
        if len(plans) == 1:
            return [await send(vendor, plans[0])]
        new = [_new_entry(each.stored) for each in plans if each.stored is not None]
        upstream_id = plans[0].delivery.upstream_id
        try:
            made = await vendor.create_entries(new)
        except VendorFailure as failure:
            if failure.kind in _TAKES_NONE:
                before = self._together(upstream_id)
                self.together[upstream_id] = before.after_refusal(self.clock())
            raise
        self.together.pop(upstream_id, None)
        return [_made(*each) for each in zip(plans, made, strict=True)]

    def _together(self, upstream_id: str) -> Together:
        return self.together.get(upstream_id, Together())

    def is_over(self, plan: DayPlan, sent: WrittenDay) -> bool:
        """Say whether the day has the hours that were sent, and nothing is left to be put."""
        return sent.version is None or (_has_hours(plan, sent.version) and sent.is_whole)

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
        if not _has_hours(plan, sent.version):
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


def _has_hours(plan: DayPlan, version: DayVersion) -> bool:
    """Say whether what is there has the hours that were sent."""
    return plan.attempt.sent is not None and plan.attempt.sent["seconds"] == version.seconds


def _new_entry(stored: StoredDay) -> NewRemoteEntry:
    entry, facts = stored.entry, [each.facts for each in stored.references]
    place = entry.user_id, entry.requested_date
    return NewRemoteEntry(*place, entry.seconds, entry.submission_date, facts)


def _made(plan: DayPlan, there: RemoteEntry) -> WrittenDay:
    """Return what is there of a day that was made together with others."""
    version = DayVersion.of_remote(there)
    wanted = plan.attempt.sent["references"] if plan.attempt.sent else {}
    return WrittenDay(str(there.id), version, wanted.items() <= version.references.items())


async def send(vendor: Kantata, plan: DayPlan) -> WrittenDay:
    """Send what is to be done, and return what is there then."""
    if plan.stored is None:
        await delete_there(vendor.delete_entry(plan.remote_id))
        return WrittenDay(plan.remote_id, None)
    entry, facts = plan.stored.entry, [each.facts for each in plan.stored.references]
    there, is_begun = plan.there, True
    if there is None:
        there = await vendor.create_entry(_new_entry(plan.stored))
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
