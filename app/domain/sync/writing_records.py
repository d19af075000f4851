"""What is written to Procore of a record of person time off, and how (rule 3.8).

Procore changes neither how a record repeats nor the days of one that does: such a record is deleted
there and made anew. Single occurrences of a repeat it does not change at all.
"""

from enum import Enum

from app.domain.erasure import REMOVED
from app.domain.person_time_off import PersonTimeOff
from app.domain.sync.deliveries import DeliveryOperation
from app.domain.sync.remote_people import NO_REASON, NewTimeOff, RemoteTimeOff, TimeOffChange
from app.domain.sync.settling_records import parts_that_differ
from app.domain.sync.taking_in_records import RecordVersion


class RecordWrite(Enum):
    """How a record there becomes as it is here."""

    CREATE = "CREATE"
    CHANGE = "CHANGE"
    DELETE = "DELETE"
    REPLACE = "REPLACE"
    """It is deleted; when it is gone it is made anew."""
    UNSUPPORTED = "UNSUPPORTED"
    """It cannot."""

    @property
    def operation(self) -> DeliveryOperation:
        """What is done there by the next request."""
        return {
            RecordWrite.CREATE: DeliveryOperation.CREATE,
            RecordWrite.CHANGE: DeliveryOperation.UPDATE,
        }.get(self, DeliveryOperation.DELETE)


def write_of(ours: PersonTimeOff | None, theirs: RemoteTimeOff | None) -> RecordWrite | None:
    """Return how the vendor's record becomes as it is here; None where nothing is to be done."""
    if ours is None:
        return None if theirs is None else RecordWrite.DELETE
    if theirs is None:
        return RecordWrite.UNSUPPORTED if ours.exceptions else RecordWrite.CREATE
    differ = parts_that_differ(RecordVersion.of_stored(ours), RecordVersion.of_remote(theirs))
    if not differ and change_of(ours, theirs).reason is None:
        return None
    is_same_series = (ours.span, ours.rule) == (theirs.span, theirs.rule)
    is_once = ours.rule is None and theirs.rule is None
    if is_same_series and (_days(ours) != _days(theirs) or _has_odd_ones(ours)):
        return RecordWrite.UNSUPPORTED
    if is_same_series or is_once:
        return RecordWrite.CHANGE
    return RecordWrite.UNSUPPORTED if ours.exceptions else RecordWrite.REPLACE


def _days(record: PersonTimeOff | RemoteTimeOff) -> list[object]:
    return [each.span for each in record.instances]


def _has_odd_ones(ours: PersonTimeOff) -> bool:
    """Say whether an occurrence is at other times than the record, or paid otherwise."""
    usual = ours.pattern, ours.is_paid
    return any((each.pattern, each.is_paid) != usual for each in ours.instances)


def new_of(ours: PersonTimeOff) -> NewTimeOff:
    """Return a record as it is to be made there."""
    reason = ours.reason or REMOVED  # whoever reads for a vendor reads reasons
    return NewTimeOff(ours.person_id, ours.span, ours.pattern, ours.is_paid, reason, ours.rule)


def change_of(ours: PersonTimeOff, theirs: RemoteTimeOff) -> TimeOffChange:
    """Return what is to be otherwise there; a reason that was removed here stays as it is there."""
    has_other_reason = ours.reason not in {None, theirs.reason, REMOVED, NO_REASON}
    return TimeOffChange(
        span=ours.span if ours.rule is None and ours.span != theirs.span else None,
        pattern=ours.pattern if ours.pattern != theirs.pattern else None,
        is_paid=ours.is_paid if ours.is_paid != theirs.is_paid else None,
        reason=ours.reason if has_other_reason else None,
    )
