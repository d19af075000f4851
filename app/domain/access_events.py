"""What happened that changes no record: who signed in, was refused, exported, made a token."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from app.domain.access import Via
from app.domain.actors import Actor
from app.domain.filters import InstantRange

KEPT_DAYS: Final = 400
"""For so long events are kept, unless the operator says otherwise."""


class AccessEventKind(StrEnum):
    """What happened."""

    SIGNED_IN = "SIGNED_IN"
    SIGNED_OUT = "SIGNED_OUT"
    SESSION_REVOKED = "SESSION_REVOKED"
    REFUSED = "REFUSED"
    TOKEN_CREATED = "TOKEN_CREATED"  # noqa: S105 - the name of an event
    TOKEN_ROTATED = "TOKEN_ROTATED"  # noqa: S105
    TOKEN_REVOKED = "TOKEN_REVOKED"  # noqa: S105
    EXPORTED = "EXPORTED"
    FEED_LINK_FIRST_USED = "FEED_LINK_FIRST_USED"
    WEBHOOK_CREATED = "WEBHOOK_CREATED"
    WEBHOOK_UPDATED = "WEBHOOK_UPDATED"
    WEBHOOK_ROTATED = "WEBHOOK_ROTATED"
    WEBHOOK_REPLAYED = "WEBHOOK_REPLAYED"
    WEBHOOK_ENABLED = "WEBHOOK_ENABLED"
    WEBHOOK_DISABLED = "WEBHOOK_DISABLED"
    WEBHOOK_DELETED = "WEBHOOK_DELETED"
    PERSON_ERASED = "PERSON_ERASED"
    PERSON_MOVED = "PERSON_MOVED"
    RESTORED = "RESTORED"
    UPSTREAM_CONNECTED = "UPSTREAM_CONNECTED"
    UPSTREAM_CHANGED = "UPSTREAM_CHANGED"
    UPSTREAM_CREDENTIALS_REPLACED = "UPSTREAM_CREDENTIALS_REPLACED"
    UPSTREAM_PAUSED = "UPSTREAM_PAUSED"
    UPSTREAM_RESUMED = "UPSTREAM_RESUMED"
    UPSTREAM_DISCONNECTED = "UPSTREAM_DISCONNECTED"
    DELIVERIES_RETRIED = "DELIVERIES_RETRIED"
    DELIVERIES_GIVEN_UP = "DELIVERIES_GIVEN_UP"
    SYNC_CONFLICT_RESOLVED = "SYNC_CONFLICT_RESOLVED"
    SYNC_FLOW_SET = "SYNC_FLOW_SET"


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """One event, or ``count`` alike from one peer within a minute.

    ``company_id`` is None where it is about no company, or about all that the actor may see;
    ``actor`` where nobody was known. ``details`` are a few facts as JSON: never a secret, never a
    reason.
    """

    at: datetime
    kind: AccessEventKind
    via: Via
    request_id: str = ""
    company_id: str | None = None
    actor: Actor | None = None
    peer: str | None = None
    count: int = 1
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccessEventFilter:
    """Which events are asked for; one that is None narrows nothing."""

    company_id: str | None = None
    actors: Sequence[str] | None = None
    kinds: Sequence[AccessEventKind] | None = None
    at: InstantRange | None = None
