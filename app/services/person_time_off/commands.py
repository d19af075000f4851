"""Writing Procore's person time off: what can be asked, and what is answered (section 3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.identifiers import person_subject
from app.domain.instances import Instance
from app.domain.person_time_off import PersonTimeOff, PersonTimeOffWish
from app.domain.person_time_off_patch import PersonTimeOffPatch, Whose
from app.domain.repeat_changes import Scope
from app.domain.schedule import WorkerDay
from app.domain.warnings import Warning
from app.services.merged_days import SubjectDay


@dataclass(frozen=True, slots=True)
class CreatePersonTimeOff:
    """A wish for a person of a company; ids are source ids or node ids.

    ``id`` is the record's own where it comes from elsewhere, as a UUID of which there is no record.
    """

    company_id: str
    person_id: str
    wish: PersonTimeOffWish
    dry_run: bool = False
    idempotency_key: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class StoredPersonTimeOff:
    """The record as it was stored."""

    record: PersonTimeOff
    warnings: Sequence[Warning]
    days_if_stored: Sequence[WorkerDay] | None = None
    """Of a dry run: the touched days as they would become (rule 6.5)."""

    @property
    def touched(self) -> list[SubjectDay]:
        """The days that it is about, earliest first."""
        return days_of(self.record, self.record.counted_days())


@dataclass(frozen=True, slots=True)
class UpdatePersonTimeOff:
    """A patch of one record; of another person than ``whose`` it is not found.

    ``original_day`` names the occurrence that a ``scope`` other than ALL is of (rules 3.11, 3.12).
    ``if_unchanged_since`` is the record's ``updated_at`` as the caller has seen it (rule 5.4).
    """

    id: str
    patch: PersonTimeOffPatch
    idempotency_key: str | None = None
    whose: Whose | None = None
    dry_run: bool = False
    if_unchanged_since: datetime | None = None
    scope: Scope = Scope.ALL
    original_day: date | None = None


@dataclass(frozen=True, slots=True)
class RestoreOccurrence:
    """An occurrence that is to be as the rule of its record has it; otherwise as an update."""

    id: str
    original_day: date
    idempotency_key: str | None = None
    dry_run: bool = False
    if_unchanged_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class DaysMoved:
    """What a change does to the days that count, each earliest first.

    ``touched`` are the days that the answer is about: those that go, that come, and those with
    other times, another paid flag or another record; of a change of all occurrences, all days.
    """

    removed: Sequence[date] = ()
    added: Sequence[date] = ()
    kept: Sequence[date] = ()
    touched: Sequence[date] = ()


@dataclass(frozen=True, slots=True)
class RevisedPersonTimeOff:
    """The record as it is now; ``split_off`` is the new one that goes on from it (rule 3.12)."""

    record: PersonTimeOff
    warnings: Sequence[Warning]
    days_if_stored: Sequence[WorkerDay] | None = None
    """Of a dry run: the touched days as they would become (rule 6.5)."""
    split_off: PersonTimeOff | None = None
    days: DaysMoved = DaysMoved()
    kept_exceptions: Sequence[Instance] = ()
    dropped_exceptions: Sequence[Instance] = ()
    """As they were: their days are none of the rule's any more."""

    @property
    def touched(self) -> list[SubjectDay]:
        """The days that it is about, earliest first."""
        return days_of(self.record, self.days.touched)


@dataclass(frozen=True, slots=True)
class DeletePersonTimeOff:
    """One record to delete, or occurrences of it; of another than ``whose`` it is not found."""

    id: str
    dry_run: bool = False
    idempotency_key: str | None = None
    whose: Whose | None = None
    if_unchanged_since: datetime | None = None
    scope: Scope = Scope.ALL
    original_day: date | None = None


@dataclass(frozen=True, slots=True)
class DeletedPersonTimeOff:
    """What was deleted, and the days that it was on; ``record`` is what is left of it."""

    id: str
    touched: Sequence[SubjectDay] = ()
    days_if_stored: Sequence[WorkerDay] | None = None
    record: PersonTimeOff | None = None
    removed_days: Sequence[date] = ()
    kept_exceptions: Sequence[Instance] = ()
    dropped_exceptions: Sequence[Instance] = ()


@dataclass(frozen=True, slots=True)
class RestorePersonTimeOff:
    """A record that was deleted whole, and is to be there again."""

    id: str
    dry_run: bool = False
    idempotency_key: str | None = None


def days_of(record: PersonTimeOff, days: Iterable[date]) -> list[SubjectDay]:
    """Return days of the record's person, as requests for days name them."""
    subject = person_subject(record.person_id)
    return [(subject, day) for day in days]
