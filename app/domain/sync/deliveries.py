"""The outbox: a key whose side at the vendor is to be made what it is here, and its journal.

A delivery holds no content: what is delivered is what is here when it is sent. There is no state
of being sent: before a request is sent its key becomes uncertain, so that a process that is killed
leaves behind what is true.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self

from app.domain.time_off_entries import UserDay

MOST_DEATHS: Final = 5
"""So often a process may end while it delivers a key: then the key is left alone."""
MOST_SAME_WRITES: Final = 4
FLAPS_WITHIN: Final = timedelta(minutes=10)
"""Written so often within so long, and changed back there each time: somebody else writes, too."""
MOST_FLAPPING: Final = 50
"""So many keys that do: a person has to look."""
LATE_FOR: Final = timedelta(seconds=60)
"""For so long after a write a reading may show what was there before it."""
LONGEST_SETTLE: Final = timedelta(hours=1)
"""For so long a key waits at most: one that is to wait longer says that a clock was set back."""
JOURNAL_KEPT: Final = timedelta(days=30)


def day_key(user_id: int, day: date | str) -> str:
    """Return the key of a user's day, of which Kantata has one entry at most.

    >>> day_key(7, date(2026, 3, 2))
    'K:7:2026-03-02'
    """
    return f"K:{user_id}:{day}"


def read_day_key(key: str) -> UserDay:
    """Return the user's day that a key is.

    >>> read_day_key("K:7:2026-03-02")
    (7, datetime.date(2026, 3, 2))
    """
    _, user_id, day = key.split(":")
    return int(user_id), date.fromisoformat(day)


def record_key(person_id: str, record_id: str) -> str:
    """Return the key of a person's record, by the id that it has here.

    >>> record_key("ada", "summer")
    'P:ada:summer'
    """
    return f"P:{person_id}:{record_id}"


def read_record_key(key: str) -> tuple[str, str]:
    """Return the person and the record that a key is.

    >>> read_record_key("P:ada:summer")
    ('ada', 'summer')
    """
    _, person_id, record_id = key.split(":")
    return person_id, record_id


def is_record_key(key: str) -> bool:
    """Say whether a key is that of a person's record, and not of a user's day."""
    return key.startswith("P:")


class DeliveryState(StrEnum):
    """Where a delivery is."""

    PENDING = "PENDING"
    UNCERTAIN = "UNCERTAIN"
    """It was sent, and nobody knows yet what became of it."""
    BLOCKED = "BLOCKED"
    HELD = "HELD"


IN_LINE: Final = (DeliveryState.PENDING, DeliveryState.UNCERTAIN)
"""What is written, or looked at, without anybody's help."""


STAYS: Final = (DeliveryState.UNCERTAIN, DeliveryState.HELD)
"""What a change here does not make pending: an open write, and an open question."""


class SyncState(StrEnum):
    """Whether a record here is one that a vendor has."""

    LOCAL = "LOCAL"
    IN_SYNC = "IN_SYNC"
    PENDING = "PENDING"
    UNCERTAIN = "UNCERTAIN"
    BLOCKED = "BLOCKED"
    CONFLICT = "CONFLICT"
    OUTSIDE_WINDOW = "OUTSIDE_WINDOW"


class DeliveryOperation(StrEnum):
    """What is done to the vendor's record."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


class AttemptOutcome(StrEnum):
    """What became of a write."""

    UNKNOWN = "UNKNOWN"
    DONE = "DONE"
    REFUSED = "REFUSED"
    NOT_SENT = "NOT_SENT"
    SETTLED = "SETTLED"
    """It was unknown, and what is there has been looked at since."""


class DeliveryCode(StrEnum):
    """Why a delivery is not pending, or pending once more."""

    REFUSED = "REFUSED"
    NOT_PERMITTED = "NOT_PERMITTED"
    POISONED = "POISONED"
    FLAPPING = "FLAPPING"
    CONFLICT = "CONFLICT"
    OUTSIDE_WINDOW = "OUTSIDE_WINDOW"
    UNSUPPORTED = "UNSUPPORTED"
    """The system has no such thing."""


_HELD_FOR: Final = {
    DeliveryCode.CONFLICT: "It was changed there as well: somebody has to decide whose holds.",
    DeliveryCode.OUTSIDE_WINDOW: "It is outside of the window, and waits until it is within.",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One key. ``generation`` grows with each change here; ``attempts`` are ends without a reason.

    ``not_before``: it is not looked at before this instant. ``code`` and ``message`` say why it is
    where it is, without anybody's data.
    """

    id: str
    upstream_id: str
    key: str
    wanted_at: datetime
    generation: int = 1
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    not_before: datetime | None = None
    code: str | None = None
    message: str | None = None

    def sent(self, now: datetime, settle: timedelta) -> Self:
        """Return it as it is stored before a request is sent."""
        return replace(
            self,
            state=DeliveryState.UNCERTAIN,
            attempts=self.attempts + 1,
            not_before=now + settle,
        )

    def again(self, code: str | None = None, at: datetime | None = None) -> Self:
        """Return it to be looked at once more: nothing was done, or something else is there."""
        return replace(
            self,
            state=DeliveryState.PENDING,
            attempts=0,
            not_before=at,
            code=code,
            message=None,
        )

    def blocked(self, code: DeliveryCode, message: str) -> Self:
        """Return it as a dead letter: a person retries it, or gives it up."""
        return replace(
            self,
            state=DeliveryState.BLOCKED,
            attempts=0,
            not_before=None,
            code=code.value,
            message=message,
        )

    def held(self, code: DeliveryCode) -> Self:
        """Return it waiting for something else than the vendor."""
        return replace(
            self,
            state=DeliveryState.HELD,
            attempts=0,
            not_before=None,
            code=code.value,
            message=_HELD_FOR[code],
        )

    def waits(self, now: datetime) -> bool:
        """Say whether it is too early to look at it; a clock that was set back delays nothing."""
        wait = (self.not_before or now) - now
        return timedelta(0) < wait <= LONGEST_SETTLE

    def is_poisoned(self) -> bool:
        """Say whether too many processes ended while they delivered it."""
        return self.attempts >= MOST_DEATHS


def sync_state(delivery: Delivery | None, *, is_there: bool) -> SyncState:
    """Return the state of a record of which a vendor knows, or not, and what waits of it.

    >>> sync_state(None, is_there=True).value
    'IN_SYNC'
    """
    if delivery is None:
        return SyncState.IN_SYNC if is_there else SyncState.LOCAL
    if delivery.state is DeliveryState.HELD:
        is_asked = delivery.code == DeliveryCode.CONFLICT.value
        return SyncState.CONFLICT if is_asked else SyncState.OUTSIDE_WINDOW
    return SyncState(delivery.state.value)


def is_under_way(delivery: Delivery | None) -> bool:
    """Say whether it settles by itself: it is to be written, or was, and nobody is needed."""
    return delivery is not None and delivery.state in IN_LINE


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are asked for; what is None narrows nothing.

    ``subjects``: of one of these users or people.
    """

    company_id: str | None = None
    upstream_id: str | None = None
    states: Sequence[DeliveryState] | None = None
    subjects: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One write, as it was journalled before it was sent.

    ``sent`` and ``before`` are versions without words, as JSON: what is there if it was done, and
    what was there before; None stands for nothing. ``words`` is a digest of the reason that was
    sent, kept only as long as nobody knows whether it was: what was made is known again by it.
    """

    id: str
    upstream_id: str
    key: str
    generation: int
    operation: DeliveryOperation
    sent: Mapping[str, Any] | None
    before: Mapping[str, Any] | None
    sent_at: datetime
    settles_at: datetime
    outcome: AttemptOutcome = AttemptOutcome.UNKNOWN
    words: str | None = None


def may_go_along(delivery: Delivery, attempts: Sequence[DeliveryAttempt]) -> bool:
    """Say whether it may be one of several in a request, which stands or falls with all of them.

    ``attempts`` are its writes, the first one first. Not one of which nobody knows whether it was
    done, or that was refused: such a key is written by itself, so that it harms no other.
    """
    outcomes = [each.outcome for each in attempts]
    is_open = AttemptOutcome.UNKNOWN in outcomes or outcomes[-1:] == [AttemptOutcome.REFUSED]
    is_new = delivery.state is DeliveryState.PENDING and delivery.code is None
    return is_new and not is_open


def is_flapping(
    attempts: Sequence[DeliveryAttempt], sent: Mapping[str, Any] | None, now: datetime
) -> bool:
    """Say whether the same was written again and again, and changed back there each time."""
    done = [
        each
        for each in attempts
        if each.outcome is AttemptOutcome.DONE and timedelta(0) <= now - each.sent_at < FLAPS_WITHIN
    ]
    last = done[-MOST_SAME_WRITES:]
    return len(last) == MOST_SAME_WRITES and all(each.sent == sent for each in last)
