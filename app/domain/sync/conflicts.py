"""Two versions that cannot both be: what they are, and whose holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class ConflictPolicy(StrEnum):
    """Whose version holds where both sides have changed."""

    VENDOR_WINS = "VENDOR_WINS"
    GATEWAY_WINS = "GATEWAY_WINS"
    ASK = "ASK"


class SyncSide(StrEnum):
    """One of two systems that have the same record."""

    GATEWAY = "GATEWAY"
    VENDOR = "VENDOR"


KEPT_BY: Final[Mapping[ConflictPolicy, SyncSide | None]] = {
    ConflictPolicy.VENDOR_WINS: SyncSide.VENDOR,
    ConflictPolicy.GATEWAY_WINS: SyncSide.GATEWAY,
    ConflictPolicy.ASK: None,
}
"""Whose version holds by a policy; None: a person is asked."""


class SyncConflictKind(StrEnum):
    """How two versions came to differ."""

    BOTH_CHANGED = "BOTH_CHANGED"
    CHANGED_HERE_DELETED_THERE = "CHANGED_HERE_DELETED_THERE"
    DELETED_HERE_CHANGED_THERE = "DELETED_HERE_CHANGED_THERE"
    FIRST_CONTACT = "FIRST_CONTACT"


def kind_of(base: object, ours: object, theirs: object) -> SyncConflictKind:
    """Return how two versions came to differ; None stands for a side that has nothing."""
    if theirs is None:
        return SyncConflictKind.CHANGED_HERE_DELETED_THERE
    if ours is None:
        return SyncConflictKind.DELETED_HERE_CHANGED_THERE
    return SyncConflictKind.FIRST_CONTACT if base is None else SyncConflictKind.BOTH_CHANGED


@dataclass(frozen=True, slots=True)
class SyncConflict:
    """A conflict of one key; the versions are JSON without words, None stands for nothing.

    ``kept`` is None as long as it is open. ``decided_by`` names who decided; None: the policy.
    """

    id: str
    upstream_id: str
    key: str
    kind: SyncConflictKind
    ours: Mapping[str, Any] | None
    theirs: Mapping[str, Any] | None
    base: Mapping[str, Any] | None
    opened_at: datetime
    resolved_at: datetime | None = None
    kept: SyncSide | None = None
    decided_by: str | None = None


@dataclass(frozen=True, slots=True)
class SyncConflictFilter:
    """Which conflicts are asked for; what is None narrows nothing."""

    company_id: str | None = None
    upstream_id: str | None = None
    is_open: bool | None = None
