"""What is known of some keys of an upstream that also writes, and what was settled about them.

Within the caller's transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from app.db.connections.database import Transaction
from app.db.reading import deliveries as outbox
from app.db.reading import sync as known
from app.db.writing import deliveries as kept
from app.domain.sync.comparing import Content
from app.domain.sync.conflicts import SyncConflict, SyncConflictKind, SyncSide
from app.domain.sync.deliveries import (
    LATE_FOR,
    LONGEST_SETTLE,
    AttemptOutcome,
    Delivery,
    DeliveryAttempt,
    DeliveryCode,
)
from app.domain.sync.remote import BaseRecord
from app.domain.sync.upstreams import Upstream

Sides = tuple[Content | None, Content | None, Content | None]
"""What is here, what is there, and what both last agreed on."""


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """What both agreed on, what waits to be written, and what was."""

    bases: Mapping[str, BaseRecord]
    deliveries: Mapping[str, Delivery]
    attempts: Mapping[str, Sequence[DeliveryAttempt]]

    def content(self, key: str) -> Content | None:
        """Return what both last agreed on."""
        base = self.bases.get(key)
        return None if base is None else base.content

    def unknown(self, key: str) -> list[DeliveryAttempt]:
        """Return the writes of which nobody knows whether they were done."""
        mine = self.attempts.get(key, ())
        return [each for each in mine if each.outcome is AttemptOutcome.UNKNOWN]

    def just_done(self, key: str, now: datetime) -> list[DeliveryAttempt]:
        """Return the writes so lately done that a reading may show what was there before them."""
        return [each for each in self.attempts.get(key, ()) if is_just_done(each, now)]

    def is_waiting(self, key: str, now: datetime) -> bool:
        """Say whether it is too early to tell what became of a write, or somebody is asked."""
        # Not by when the delivery is looked at next: it may have been put off for something else.
        if any(is_settling(each, now) for each in self.unknown(key)):
            return True
        delivery = self.deliveries.get(key)
        return delivery is not None and delivery.code == DeliveryCode.CONFLICT.value


def is_settling(attempt: DeliveryAttempt, now: datetime) -> bool:
    """Say whether a write may still be done; a clock that was set back delays nothing."""
    return timedelta(0) < attempt.settles_at - now <= LONGEST_SETTLE


def is_just_done(attempt: DeliveryAttempt, now: datetime) -> bool:
    """Say whether a write was done so lately that a late replica may not show it."""
    is_done = attempt.outcome is AttemptOutcome.DONE
    return is_done and abs(now - attempt.settles_at) < LATE_FOR


async def known_keys(
    connection: Transaction, upstream: Upstream, keys: Collection[str], now: datetime
) -> KnownKeys:
    """Return what is known of these keys."""
    return KnownKeys(
        await known.bases(connection, upstream.id, keys),
        await outbox.deliveries_of(connection, upstream.id, keys),
        await outbox.attempts_of(connection, upstream.id, keys, now - LATE_FOR),
    )


class Outcome(NamedTuple):
    """What was settled about a key that both sides had changed."""

    conflict: SyncConflictKind | None
    kept: SyncSide | None


@dataclass(slots=True)
class SettledKeys:
    """What was settled about some keys.

    ``left`` are left alone for now: what became of a write of ours is not known yet, somebody is
    asked, or the answer is an old one. ``wanted`` are to be written.
    """

    left: set[str] = field(default_factory=set)
    wanted: set[str] = field(default_factory=set)
    conflicts: list[SyncConflict] = field(default_factory=list)

    def note(
        self, upstream: Upstream, key: str, outcome: Outcome, sides: Sides, now: datetime
    ) -> None:
        """Note a conflict, whoever decides it."""
        if outcome.conflict is None:
            return
        decided_at = None if outcome.kept is None else now
        conflict = SyncConflict(
            str(uuid4()),
            upstream.id,
            key,
            outcome.conflict,
            *sides,
            now,
            decided_at,
            outcome.kept,
        )
        self.conflicts.append(conflict)
        if outcome.kept is SyncSide.GATEWAY:
            self.wanted.add(key)

    async def store(self, connection: Transaction, upstream: Upstream, now: datetime) -> None:
        """Store what is to be written, the conflicts, and that those which are open hold it up."""
        await kept.make_sure(connection, upstream.id, self.wanted, now)
        await kept.add_conflicts(connection, self.conflicts)
        held = {each.key for each in self.conflicts if each.resolved_at is None}
        self.left |= held
        await kept.make_sure(connection, upstream.id, held, now)
        waiting = await outbox.deliveries_of(connection, upstream.id, held)
        for each in waiting.values():
            await kept.change_delivery(connection, each.held(DeliveryCode.CONFLICT))
