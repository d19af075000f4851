"""One write to Kantata: what is sent, and what its answer or its failure makes of the delivery."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.domain.durations import hours_text
from app.domain.sync.deliveries import (
    Delivery,
    DeliveryAttempt,
    DeliveryCode,
    DeliveryOperation,
    is_flapping,
)
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.remote import REPLACED, NewRemoteEntry, RemoteEntry, RemoteProblem
from app.domain.sync.taking_in import DayVersion, digest
from app.domain.time_off_entries import StoredDay, UserDay
from app.services.sync.vendor import Kantata

_POISONED: Final = "The gateway has ended several times while it wrote this day: its log says more."
_FLAPPING: Final = (
    "The same hours were written four times within ten minutes, and changed back there each time: "
    "another program writes this day, too."
)
_NOT_PERMITTED: Final = "Kantata OX does not permit these credentials to write this day."


@dataclass(frozen=True, slots=True)
class Plan:
    """A write that is journalled: what is here, what is there, and what is done about it."""

    delivery: Delivery
    attempt: DeliveryAttempt
    of: UserDay
    stored: StoredDay | None
    there: RemoteEntry | None
    remote_id: str


@dataclass(slots=True)
class Delivering:
    """One look at what is due of an upstream, and what came of it; as a log may tell it.

    ``failed``: of what nobody knows whether it was done, or of what nothing was.
    """

    upstream_id: str
    began_at: datetime
    looked_at: int
    written: int = 0
    refused: int = 0
    failed: int = 0
    seconds: float = 0

    @property
    def has_news(self) -> bool:
        """Say whether anything was asked for."""
        return bool(self.written or self.refused or self.failed)


@dataclass(frozen=True, slots=True)
class Written:
    """What the vendor has after a write; None where it has nothing."""

    remote_id: str
    version: DayVersion | None


async def send(vendor: Kantata, plan: Plan) -> Written:
    """Send what is to be done, and return what is there then."""
    if plan.stored is None:
        try:
            await vendor.delete_entry(plan.remote_id)
        except VendorFailure as failure:
            if failure.kind is not FailureKind.NOT_THERE:
                raise
        return Written(plan.remote_id, None)
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
    return Written(str(there.id), replace(version, references=references))


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


def after_failure(
    current: Delivery, plan: Plan, failure: VendorFailure, *, is_unknown: bool
) -> Delivery:
    """Return the delivery after a failure of its write."""
    if is_unknown:
        return replace(current, attempts=0)  # it is known why it ended
    if failure.kind is FailureKind.NOT_PERMITTED:
        return current.blocked(DeliveryCode.NOT_PERMITTED, _NOT_PERMITTED)
    if failure.kind not in {FailureKind.REFUSED, FailureKind.NOT_THERE}:
        return current.again(current.code)
    is_second = plan.delivery.code == DeliveryCode.REFUSED.value
    if not is_second or current.generation != plan.delivery.generation:
        return current.again(DeliveryCode.REFUSED.value)
    return current.blocked(DeliveryCode.REFUSED, _refused(plan, failure))


def _refused(plan: Plan, failure: VendorFailure) -> str:
    """Say what was refused, and the vendor's words if they repeat nobody's message."""
    user_id, day = plan.of
    hours = "nothing" if plan.stored is None else hours_text(plan.stored.entry.seconds)
    words = failure.words or failure.message
    references = [] if plan.stored is None else plan.stored.references
    if any(each.facts.external_message for each in references):
        words = failure.message
    return f"Kantata OX refused {hours} of user {user_id} on {day}: {words}"


def adjusted(plan: Plan, written: Written) -> RemoteProblem:
    """Tell that the vendor has made other hours of what was sent."""
    user_id, day = plan.of
    sent = 0 if plan.stored is None else plan.stored.entry.seconds
    stored = 0 if written.version is None else written.version.seconds
    message = f"{hours_text(sent)} were sent, and the vendor has made {hours_text(stored)} of them."
    return RemoteProblem(written.remote_id, REPLACED, message, user_id, day)


def blocked_instead(
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
