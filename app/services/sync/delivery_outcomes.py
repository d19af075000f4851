"""What became of looks at the outbox, and what a failure of a write makes of its delivery."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from app.domain.sync.deliveries import (
    Delivery,
    DeliveryAttempt,
    DeliveryCode,
    is_flapping,
)
from app.domain.sync.failures import FailureKind, VendorFailure

_POISONED: Final = "The gateway has ended several times while it wrote this: its log says more."
_FLAPPING: Final = (
    "The same was written four times within ten minutes, and changed back there each time: another "
    "program writes it, too."
)
_NOT_PERMITTED: Final = "{} does not permit these credentials to write this."


class Planned(Protocol):
    """A write that is to be sent: its line in the outbox, its line in the journal, and words."""

    @property
    def delivery(self) -> Delivery:
        """The delivery as it was when the write was planned."""

    @property
    def attempt(self) -> DeliveryAttempt:
        """What is journalled before it is sent."""

    def words(self) -> str:
        """Say what is written, for people."""

    def repeats_words(self) -> bool:
        """Say whether the vendor's words may repeat somebody's, and are not to be shown."""


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


async def delete_there(deleting: Awaitable[None]) -> None:
    """Await a deletion; that what is deleted is not there any more is no failure of it."""
    try:
        await deleting
    except VendorFailure as failure:
        if failure.kind is not FailureKind.NOT_THERE:
            raise


def after_failure(
    system: str, current: Delivery, plan: Planned, failure: VendorFailure, *, is_unknown: bool
) -> Delivery:
    """Return the delivery after a failure of its write to the system of this name."""
    if is_unknown:
        return replace(current, attempts=0)  # it is known why it ended
    if failure.kind is FailureKind.NOT_PERMITTED:
        return current.blocked(DeliveryCode.NOT_PERMITTED, _NOT_PERMITTED.format(system))
    if failure.kind not in {FailureKind.REFUSED, FailureKind.NOT_THERE}:
        return current.again(current.code)
    is_second = plan.delivery.code == DeliveryCode.REFUSED.value
    if not is_second or current.generation != plan.delivery.generation:
        return current.again(DeliveryCode.REFUSED.value)
    return current.blocked(DeliveryCode.REFUSED, _refused(system, plan, failure))


def _refused(system: str, plan: Planned, failure: VendorFailure) -> str:
    """Say what was refused, and the vendor's words if they repeat nobody's."""
    words = failure.message if plan.repeats_words() else failure.words or failure.message
    return f"{system} refused {plan.words()}: {words}"


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
