"""What a caller may narrow a list down to. Everything left out narrows nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.days import DayRange
from app.domain.recurrence import Repeat
from app.domain.time_off_entries import ReferenceStatus


@dataclass(frozen=True, slots=True)
class InstantRange:
    """From ``since`` on, and before ``until``."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReferenceFilter:
    """A reference that matches everything given."""

    service_name: str | None = None
    service_model: str | None = None
    service_model_refs: Sequence[str] | None = None
    status: ReferenceStatus | None = None
    external_status: str | None = None
    external_message: str | None = None


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Of Kantata entries; all conditions hold together."""

    ids: Sequence[int] | None = None
    company_id: str | None = None
    user_ids: Sequence[int] | None = None
    requested: DayRange | None = None
    created: InstantRange | None = None
    updated: InstantRange | None = None
    has_references: bool | None = None
    reference: ReferenceFilter | None = None
    without_service: str | None = None


@dataclass(frozen=True, slots=True)
class PersonTimeOffFilter:
    """Of Procore records; ``overlaps`` asks for an instance that meets the range (4.3)."""

    ids: Sequence[str] | None = None
    company_id: str | None = None
    person_ids: Sequence[str] | None = None
    overlaps: DayRange | None = None
    is_paid: bool | None = None
    repeats: Sequence[Repeat] | None = None


@dataclass(frozen=True, slots=True)
class DirectoryFilter:
    """Of companies, roles, users and people. ``name`` is a part of it, in any form."""

    keys: Sequence[int | str] | None = None
    company_id: str | None = None
    name: str | None = None
    email: str | None = None
    role_ids: Sequence[int] | None = None
    statuses: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class WorkerFilter:
    """Of workers; ``worker_ids`` also take the id that a joined person had alone (4.1).

    ``only_absent`` asks for time off in a window, and means nothing where there is none.
    """

    company_id: str | None = None
    worker_ids: Sequence[str] | None = None
    user_ids: Sequence[int] | None = None
    person_ids: Sequence[str] | None = None
    role_ids: Sequence[int] | None = None
    name: str | None = None
    only_absent: bool = False


@dataclass(frozen=True, slots=True)
class ReferencesFilter:
    """Of external references."""

    ids: Sequence[int] | None = None
    company_id: str | None = None
    entry_ids: Sequence[int] | None = None
    reference: ReferenceFilter | None = None


@dataclass(frozen=True, slots=True)
class CalendarFilter:
    """Of holidays and workweeks; ``overlaps`` asks for those that meet the range."""

    company_id: str | None = None
    user_ids: Sequence[int] | None = None
    overlaps: DayRange | None = None
