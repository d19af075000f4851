"""Changes of objects, as the change feed numbers them (rule 5.3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.actors import Origin
from app.domain.filters import InstantRange
from app.domain.identifiers import Key, Kind


class ChangeOperation(StrEnum):
    """What happened to an object."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one object; its own fields before and after, without reasons (5.3)."""

    company_id: str
    operation: ChangeOperation
    kind: Kind
    key: Key
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes are asked for; one that is None narrows nothing."""

    actors: Sequence[str] | None = None
    kinds: Sequence[Kind] | None = None
    subject: tuple[Kind, Key] | None = None
    operations: Sequence[ChangeOperation] | None = None
    at: InstantRange = field(default_factory=InstantRange)


@dataclass(frozen=True, slots=True)
class CommittedChange:
    """A change as it was committed: its number, when, what and how, and where it came from.

    ``origin`` is None for what was committed before origins were kept.
    """

    sequence: int
    at: datetime
    operation: ChangeOperation
    kind: Kind
    key: Key
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    origin: Origin | None
