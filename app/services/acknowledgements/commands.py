"""What can be asked about acknowledged discrepancies, and what is answered (rule 4.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.acknowledgements import DiscrepancyAcknowledgement
from app.domain.schedule import WorkerDay
from app.services.merged_days import SubjectDay
from app.services.seen_days import DayAsSeen


@dataclass(frozen=True, slots=True)
class DayToAcknowledge:
    """A day as sent: ``worker_id`` is a node id."""

    worker_id: str
    date: date


@dataclass(frozen=True, slots=True)
class AcknowledgeDiscrepancy:
    """Days, all or nothing; at most MAX_ACKNOWLEDGEMENTS."""

    days: Sequence[DayToAcknowledge]
    dry_run: bool = False
    idempotency_key: str | None = None
    if_unchanged: Sequence[DayAsSeen] = ()


@dataclass(frozen=True, slots=True)
class AcknowledgedDiscrepancies:
    """What is acknowledged now: each day once, in the order of first mention."""

    acknowledgements: Sequence[DiscrepancyAcknowledgement]
    touched: Sequence[SubjectDay] = ()
    days_if_stored: Sequence[WorkerDay] | None = None


@dataclass(frozen=True, slots=True)
class DeleteAcknowledgements:
    """Acknowledgements, all or nothing; at most MAX_ACKNOWLEDGEMENTS."""

    ids: Sequence[str]
    dry_run: bool = False
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class DeletedAcknowledgements:
    """The ids in the order of the request, each once, and the days that they were about."""

    ids: Sequence[str]
    touched: Sequence[SubjectDay] = ()
    days_if_stored: Sequence[WorkerDay] | None = None
