"""Records of Procore's: how what it has is looked at, compared with what is here, and written.

Procore changes neither how a record repeats nor the days of one that does: such a record is deleted
there and made anew. Single occurrences of a repeat it does not change at all.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from app.db.connections.database import Database, Transaction
from app.db.reading import deliveries as outbox
from app.db.reading import sync as known
from app.db.reading.lists_of_nouns import PEOPLE, PERSON_TIME_OFFS
from app.db.writing import sync as bases
from app.db.writing.locks import lock_people
from app.domain.days import DaySpan
from app.domain.person_time_off import PersonTimeOff
from app.domain.sync.deliveries import (
    JOURNAL_KEPT,
    Delivery,
    DeliveryAttempt,
    DeliveryCode,
    DeliveryOperation,
    read_record_key,
)
from app.domain.sync.remote import REPLACED, BaseRecord, RemoteProblem
from app.domain.sync.remote_people import RemoteTimeOff
from app.domain.sync.taking_in_records import RecordVersion, lies_in, summary, words_digest
from app.domain.sync.upstreams import Upstream
from app.domain.sync.writing_records import RecordWrite, change_of, new_of, write_of
from app.services.sync.delivery_outcomes import delete_there
from app.services.sync.record_look import RecordLook
from app.services.sync.take_in_records import TakeInRecords
from app.services.sync.vendor import Procore

_UNSUPPORTED: Final = (
    "Procore Workforce Planning cannot have single occurrences of a repeat on other days, or left "
    "out: change them there, or split the repeat here."
)
_ADJUSTED: Final = "{} was sent, and the vendor has made of it: {}."
_OTHER_REASON: Final = "The vendor has stored another reason than was sent."


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """A write that is journalled: what is here, what is there, and what is done about it."""

    delivery: Delivery
    attempt: DeliveryAttempt
    stored: PersonTimeOff | None
    there: RemoteTimeOff | None

    @property
    def person_id(self) -> str:
        """Whose record it is."""
        return read_record_key(self.delivery.key)[0]

    @property
    def replaces(self) -> bool:
        """Say whether it is deleted there to be made anew."""
        return self.stored is not None and self.attempt.operation is DeliveryOperation.DELETE

    def words(self) -> str:
        """Say what is written of whom."""
        what = "nothing" if self.stored is None else summary(self.stored)
        return f"{what}, of person {self.person_id}"

    def repeats_words(self) -> bool:
        """Say whether a reason is sent, which the vendor's words may repeat."""
        return self.stored is not None and not self.replaces


@dataclass(frozen=True, slots=True)
class RecordWrites:
    """Looks at records and writes them."""

    database: Database
    take_in: TakeInRecords
    clock: Callable[[], datetime]
    keys_at_a_time: int = 50

    async def within(
        self, upstream: Upstream, keys: Collection[str], window: DaySpan
    ) -> Collection[str]:
        """Return the keys of records of which a part lies in the window, here or there.

        Of what is neither here nor there nothing is left to be done: it is within. So is what was
        deleted there last, to be made anew.
        """
        async with self.database.reading() as connection:
            scope = frozenset({upstream.company_id})
            ids = [read_record_key(key)[1] for key in keys]
            here = await PERSON_TIME_OFFS.find_many(connection, scope, ids)
            there = await known.bases(connection, upstream.id, keys)
            since = self.clock() - JOURNAL_KEPT
            sent = await outbox.attempts_of(connection, upstream.id, keys, since)
        within = {
            key
            for key, attempts in sent.items()
            if key not in there and attempts[-1].operation is DeliveryOperation.DELETE
        }
        for key in keys:
            stored, base = here.get(read_record_key(key)[1]), there.get(key)
            spans = []
            if stored is not None:
                spans.append((stored.span.first, stored.last_day))
            if base is not None:
                spans.append((RecordVersion.of_content(base.content).first_day, base.day))
            if not spans or any(lies_in(*each, window) for each in spans):
                within.add(key)
        return within

    async def look(
        self, upstream: Upstream, vendor: Procore, due: Sequence[Delivery]
    ) -> Mapping[str, RemoteTimeOff | None]:
        """Return what the vendor has of these; nothing of records of which it cannot be told."""
        keys = [each.key for each in due]
        return await RecordLook(self.database, upstream, vendor, self.clock()).look(keys)

    async def batches(
        self,
        upstream: Upstream,  # noqa: ARG002 - days go along in one request
        due: Sequence[Delivery],
        there: Mapping[str, RemoteTimeOff | None],  # noqa: ARG002
    ) -> Sequence[Sequence[Delivery]]:
        """Return each by itself: Procore takes one record at a time."""
        return [[each] for each in due]

    async def looked_at(
        self, upstream: Upstream, there: Mapping[str, RemoteTimeOff | None]
    ) -> Collection[str]:
        """Settle these records; return the keys of those that were not left alone for now."""
        return {
            key for key, each in there.items() if await self.take_in.looked_at(upstream, key, each)
        }

    async def ours(
        self, connection: Transaction, upstream: Upstream, keys: Collection[str]
    ) -> Collection[str]:
        """Hold the records' people; return the keys of those still of the upstream's company."""
        of = {key: read_record_key(key)[0] for key in keys}
        await lock_people(connection, list(of.values()))
        scope = frozenset({upstream.company_id})
        people = await PEOPLE.find_many(connection, scope, list(of.values()))
        return {key for key, person_id in of.items() if person_id in people}

    async def compared(
        self,
        connection: Transaction,
        delivery: Delivery,
        there: RemoteTimeOff | None,
        now: datetime,
        settles: timedelta,
    ) -> RecordPlan | Delivery | None:
        """Return the write that makes the vendor's record ours; None where both are the same.

        A delivery: Procore cannot have it as it is here.
        """
        person_id, record_id = read_record_key(delivery.key)
        found = await PERSON_TIME_OFFS.find_many(connection, None, [record_id])
        stored = found.get(record_id)
        if stored is not None and stored.person_id != person_id:
            stored = None
        write = write_of(stored, there)
        if write is None:
            if stored is None and there is None:
                await bases.forget_bases(connection, delivery.upstream_id, [delivery.key])
            return None
        if write is RecordWrite.UNSUPPORTED:
            return delivery.blocked(DeliveryCode.UNSUPPORTED, _UNSUPPORTED)
        is_deleted = write in {RecordWrite.DELETE, RecordWrite.REPLACE}
        ours = None if stored is None or is_deleted else RecordVersion.of_stored(stored)
        id_, is_new = str(uuid4()), write is RecordWrite.CREATE
        attempt = DeliveryAttempt(
            id=id_,
            upstream_id=delivery.upstream_id,
            key=delivery.key,
            generation=delivery.generation,
            operation=write.operation,
            sent=None if ours is None else ours.content(),
            before=None if there is None else RecordVersion.of_remote(there).content(),
            sent_at=now,
            settles_at=now + settles,
            words=words_digest(id_, stored.reason) if is_new and stored is not None else None,
        )
        return RecordPlan(delivery, attempt, stored, there)

    async def send(
        self, vendor: Procore, plans: Sequence[RecordPlan]
    ) -> Sequence[RemoteTimeOff | None]:
        """Send what is to be done, and return each record as it is there then."""
        return [await self._send(vendor, plan) for plan in plans]

    async def _send(self, vendor: Procore, plan: RecordPlan) -> RemoteTimeOff | None:
        stored, there = plan.stored, plan.there
        if stored is None or plan.replaces:
            id_ = "" if there is None else there.id
            await delete_there(vendor.delete_time_off(plan.person_id, id_))
            return None
        if there is None:
            return await vendor.create_time_off(new_of(stored))
        return await vendor.change_time_off(plan.person_id, there.id, change_of(stored, there))

    def is_over(self, plan: RecordPlan, sent: RemoteTimeOff | None) -> bool:  # noqa: ARG002 - days are
        """Say whether nothing is left to be done; what replaces is still to be made anew."""
        return not plan.replaces

    async def agree(
        self,
        connection: Transaction,
        upstream: Upstream,
        plan: RecordPlan,
        sent: RemoteTimeOff | None,
    ) -> None:
        """Store what was sent as what both agree on, and take in what the vendor made of it."""
        key, content = plan.delivery.key, plan.attempt.sent
        if sent is None or content is None:
            await bases.forget_bases(connection, upstream.id, [key])
            return
        person_id, record_id = read_record_key(key)
        base = BaseRecord(key, record_id, sent.id, sent.last_day, content, person_id)
        await bases.keep_bases(connection, upstream.id, [base])
        told = _adjusted(plan, RecordVersion.of_content(content), sent)
        await bases.keep_replaced(connection, upstream.id, told, self.clock())
        is_which = {sent.id: record_id}
        await self.take_in.take(
            connection, upstream, person_id, [sent], local_ids=is_which, is_answer=True
        )


def _adjusted(plan: RecordPlan, wanted: RecordVersion, sent: RemoteTimeOff) -> list[RemoteProblem]:
    """Tell that the vendor has made something else of what was sent."""
    version = RecordVersion.of_remote(sent)
    if wanted.fingerprint != version.fingerprint:
        message = _ADJUSTED.format(wanted.summary, version.summary)
    elif plan.stored is not None and change_of(plan.stored, sent).reason is not None:
        message = _OTHER_REASON
    else:
        return []
    day = sent.span.first
    return [RemoteProblem(sent.id, REPLACED, message, day=day, person_id=sent.person_id)]
