"""What can be asked to be written of Kantata's entries, and what is answered (section 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.identifiers import user_subject
from app.domain.schedule import WorkerDay
from app.domain.time_off_entries import EntryOutcome, ReferenceFacts, TimeOffEntry
from app.domain.warnings import Warning
from app.services.merged_days import SubjectDay


@dataclass(frozen=True, slots=True)
class EntryItem:
    """One item of a create, as sent: ``user_id`` is a source id or a node id."""

    user_id: str
    hours: float
    requested_date: date
    external_reference: ReferenceFacts | None = None


@dataclass(frozen=True, slots=True)
class CreateEntries:
    """Items, all or nothing; at most MAX_ENTRIES_OF_A_CREATE."""

    items: Sequence[EntryItem]
    dry_run: bool = False
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one item: its index in the request, and the entry that it went to."""

    index: int
    outcome: EntryOutcome
    entry_id: int


@dataclass(frozen=True, slots=True)
class CreatedEntries:
    """Results in input order; each resulting entry once, in first-mention order (rule 2.6)."""

    results: Sequence[ItemResult]
    entries: Sequence[TimeOffEntry]
    warnings: Sequence[Warning]
    days_if_stored: Sequence[WorkerDay] | None = None
    """Of a dry run: the touched days as they would become (rule 6.5)."""

    @property
    def touched(self) -> list[SubjectDay]:
        """The days that it is about."""
        return [(user_subject(entry.user_id), entry.requested_date) for entry in self.entries]


@dataclass(frozen=True, slots=True)
class UpdateEntry:
    """The day's new total, and a reference to add or to overwrite (rule 2.9).

    User and day can only be what they are: an entry keeps them. ``if_unchanged_since`` is the
    entry's ``updated_at`` as the caller has seen it (rule 5.4).
    """

    id: str
    hours: float
    external_reference: ReferenceFacts | None = None
    idempotency_key: str | None = None
    user_id: int | None = None
    requested_date: date | None = None
    dry_run: bool = False
    if_unchanged_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class UpdatedEntry:
    """The entry after the update, and what about its hours deserves a look."""

    entry: TimeOffEntry
    warnings: Sequence[Warning]
    days_if_stored: Sequence[WorkerDay] | None = None
    """Of a dry run: the entry's day as it would become (rule 6.5)."""

    @property
    def touched(self) -> list[SubjectDay]:
        """The day that it is about."""
        return [(user_subject(self.entry.user_id), self.entry.requested_date)]


@dataclass(frozen=True, slots=True)
class MoveEntry:
    """An entry that is to be on another day, perhaps with other hours (rule 2.11)."""

    id: str
    requested_date: date
    hours: float | None = None
    idempotency_key: str | None = None
    dry_run: bool = False
    if_unchanged_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class MovedEntry:
    """The entry of the other day, the id that it had, and both days."""

    entry: TimeOffEntry
    deleted_id: int
    warnings: Sequence[Warning]
    touched: Sequence[SubjectDay]
    days_if_stored: Sequence[WorkerDay] | None = None
    """Of a dry run: both days as they would become (rule 6.5)."""


@dataclass(frozen=True, slots=True)
class DeleteEntries:
    """Entries, all or nothing; at most MAX_ENTRIES_OF_A_DELETE.

    ``if_unchanged_since`` has the ``updated_at`` of each as the caller has seen it, or one instant
    for all of them: none may have been changed later (rule 5.4).
    """

    ids: Sequence[str]
    dry_run: bool = False
    idempotency_key: str | None = None
    if_unchanged_since: Sequence[datetime] | None = None


@dataclass(frozen=True, slots=True)
class DeletedEntries:
    """The ids in the order of the request, each once, and the days that they were on."""

    ids: Sequence[int]
    touched: Sequence[SubjectDay] = ()
    days_if_stored: Sequence[WorkerDay] | None = None
