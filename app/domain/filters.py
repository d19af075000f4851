"""What a caller may narrow a list down to.

All conditions of a filter hold together; one that is None narrows nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from app.domain.days import DayRange, DaySpan
from app.domain.errors import InvalidValue
from app.domain.recurrence import Repeat
from app.domain.sync.deliveries import SyncState
from app.domain.time_off_entries import ReferenceStatus


@dataclass(frozen=True, slots=True)
class InstantRange:
    """From ``since`` on, which is included, until ``until``, which is not."""

    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def asked_for(cls, since: datetime | None, until: datetime | None) -> Self:
        """Return the range, or raise InvalidValue where it ends before it begins."""
        if since is not None and until is not None and until < since:
            raise InvalidValue("`until` is before `since`.", ("until",))
        return cls(since, until)


@dataclass(frozen=True, slots=True)
class ReferenceFilter:
    """Which external references are meant, by what callers say of them (rule 2.7)."""

    service_name: str | None = None
    service_model: str | None = None
    service_model_refs: Sequence[str] | None = None
    status: ReferenceStatus | None = None
    external_status: str | None = None
    external_message: str | None = None


@dataclass(frozen=True, slots=True)
class SyncStates:
    """In which of these states records are, as `sync_state` says.

    ``news``: the ids of those that have changed, of which no outbox has taken notice yet; who
    asks leaves it out, who reads adds it.
    """

    states: frozenset[SyncState]
    news: Sequence[int | str] | None = None


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which Kantata entries are asked for; ``without_service`` have no reference of it.

    ``remote_ids`` are those by which a connected Kantata OX knows them.
    """

    ids: Sequence[int] | None = None
    company_id: str | None = None
    user_ids: Sequence[int] | None = None
    requested: DayRange | None = None
    created: InstantRange | None = None
    updated: InstantRange | None = None
    has_references: bool | None = None
    reference: ReferenceFilter | None = None
    without_service: str | None = None
    remote_ids: Sequence[str] | None = None
    sync: SyncStates | None = None


@dataclass(frozen=True, slots=True)
class PersonTimeOffFilter:
    """Which Procore records are asked for; an instance of them ``overlaps`` the range (4.3).

    ``remote_ids`` are those by which a connected Procore Workforce Planning knows them.
    """

    ids: Sequence[str] | None = None
    company_id: str | None = None
    person_ids: Sequence[str] | None = None
    overlaps: DayRange | None = None
    is_paid: bool | None = None
    repeats: Sequence[Repeat] | None = None
    remote_ids: Sequence[str] | None = None
    sync: SyncStates | None = None


@dataclass(frozen=True, slots=True)
class DirectoryFilter:
    """Which companies, roles, users or people are asked for.

    ``name`` is a part of theirs, compared as rule 6.4 says.
    """

    keys: Sequence[int | str] | None = None
    company_id: str | None = None
    name: str | None = None
    email: str | None = None
    role_ids: Sequence[int] | None = None
    statuses: Sequence[str] | None = None


class KnownTo(StrEnum):
    """Which of the two systems know a worker."""

    BOTH = "BOTH"
    ONLY_KANTATA_OX = "ONLY_KANTATA_OX"
    ONLY_PROCORE_WORKFORCE_PLANNING = "ONLY_PROCORE_WORKFORCE_PLANNING"


@dataclass(frozen=True, slots=True)
class WorkerFilter:
    """Which workers are asked for; ``name`` is a part of theirs (rule 6.4).

    ``worker_ids`` also find a joined worker by the id that its person had alone (rule 4.1).
    ``job_titles`` are whole ones, of people, as ``role_ids`` are of users.
    ``only_absent`` asks for time off in the query's window; without a window it is ignored.
    """

    company_id: str | None = None
    worker_ids: Sequence[str] | None = None
    user_ids: Sequence[int] | None = None
    person_ids: Sequence[str] | None = None
    role_ids: Sequence[int] | None = None
    job_titles: Sequence[str] | None = None
    name: str | None = None
    only_absent: bool = False
    known_to: KnownTo | None = None
    has_left: bool | None = None
    """Whether no system counts them among the active any more (rule 4.9)."""


@dataclass(frozen=True, slots=True)
class ScheduleFilter:
    """Which workers have a schedule, or days on which the systems may differ.

    But for who is named, those who have left have none (rule 4.9).
    ``absent_in`` leaves those who have a record in the window.
    """

    workers: WorkerFilter
    is_named: bool
    absent_in: DaySpan | None = None
    is_known_to_both: bool = False


@dataclass(frozen=True, slots=True)
class ReferencesFilter:
    """Which external references are asked for, by what they stand on and what they say."""

    ids: Sequence[int] | None = None
    company_id: str | None = None
    entry_ids: Sequence[int] | None = None
    reference: ReferenceFilter | None = None


@dataclass(frozen=True, slots=True)
class CalendarFilter:
    """Which holidays or workweeks are asked for; they ``overlaps`` the range of days."""

    company_id: str | None = None
    user_ids: Sequence[int] | None = None
    overlaps: DayRange | None = None
