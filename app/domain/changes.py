"""Changes of objects, as the change feed numbers them (rule 5.3)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

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
class CommittedChange:
    """A change as it was committed: its number, when, what and how."""

    sequence: int
    at: datetime
    operation: ChangeOperation
    kind: Kind
    key: Key
    before: dict[str, Any] | None
    after: dict[str, Any] | None
