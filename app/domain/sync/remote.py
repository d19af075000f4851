"""What a vendor says it has, in this gateway's words; rules are the domain's, not the wire's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from app.domain.directory import UserStatus
from app.domain.sync.listings import Page
from app.domain.time_off_entries import ReferenceFacts


@dataclass(frozen=True, slots=True)
class RemoteReference:
    """An external reference of Kantata's, with the id that it has there."""

    id: int
    facts: ReferenceFacts


@dataclass(frozen=True, slots=True)
class RemoteEntry:
    """A time off entry as Kantata has it; hours above the workday are taken as they are (2.2)."""

    id: int
    user_id: int
    day: date
    submission_date: date
    seconds: int
    references: Sequence[RemoteReference] = field(default=())


@dataclass(frozen=True, slots=True)
class NewRemoteEntry:
    """A time off entry that is to be made in Kantata; it has as many seconds, above 0."""

    user_id: int
    day: date
    seconds: int
    submission_date: date
    references: Sequence[ReferenceFacts] = field(default=())


UNSEEN: Final = "0"
"""The vendor's id of an entry that was not seen there yet; the next look says it."""
REPLACED: Final = "REPLACED"
"""Hours that were otherwise here gave way: that stays to be read, whatever the record becomes."""


@dataclass(frozen=True, slots=True)
class RemoteProblem:
    """What is to be looked at: a record's id there, a code, a sentence without names or reasons.

    Most are records that cannot be taken in.
    """

    remote_id: str
    code: str
    message: str
    user_id: int | None = None
    day: date | None = None
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class SyncProblem:
    """What is the matter with a record of the vendor, since when, and until when at least."""

    id: str
    upstream_id: str
    problem: RemoteProblem
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class SyncProblemFilter:
    """Which problems are asked for; what is None narrows nothing."""

    company_id: str | None = None
    upstream_id: str | None = None
    codes: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One page of entries: what could be read, and what could not."""

    page: Page
    entries: Sequence[RemoteEntry]
    problems: Sequence[RemoteProblem] = ()


@dataclass(frozen=True, slots=True)
class RemoteWorkweek:
    """Minutes of work per weekday from Monday on; ``user_id`` is None for the account's own."""

    user_id: int | None
    effective_from: date
    effective_to: date | None
    minutes: Sequence[int]


@dataclass(frozen=True, slots=True)
class RemoteUser:
    """Somebody on the account."""

    id: int
    full_name: str
    email_address: str | None
    headline: str | None
    role_id: int | None
    status: UserStatus = UserStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class RemoteRole:
    """An account role."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class RemoteHoliday:
    """A holiday of the account's default calendar; both days belong to it."""

    id: int
    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class RemoteDirectory:
    """Everybody on an account, and what decides their workdays."""

    roles: Sequence[RemoteRole]
    users: Sequence[RemoteUser]
    workweeks: Sequence[RemoteWorkweek]
    holidays: Sequence[RemoteHoliday]
    problems: Sequence[RemoteProblem] = ()
    requests: int = 0


@dataclass(frozen=True, slots=True)
class BaseRecord:
    """What the vendor had under a key when it was last looked at.

    Of Procore's a ``person_id`` is named, and ``day`` is the last one of the record.
    """

    key: str
    local_key: str
    remote_id: str
    day: date
    content: Mapping[str, Any]
    person_id: str | None = None
