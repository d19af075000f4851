"""Which version of a record a caller has seen: its ``updated_at``, in milliseconds (rule 5.4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from app.domain.errors import ChangedSince, InvalidValue
from app.domain.identifiers import Kind
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import TimeOffEntry

Versioned = TimeOffEntry | PersonTimeOff
ONE_MILLISECOND: Final = timedelta(milliseconds=1)
"""As finely as instants are stored and answered."""
_FIELD: Final = ("if_unchanged_since",)


def next_version(before: datetime, now: datetime) -> datetime:
    """Return the ``updated_at`` of a record that is changed now, always later than before.

    Otherwise two changes within a millisecond, one that has waited for the other, or a clock that
    went back would leave a version that somebody has seen on what they have not.

    >>> seen = datetime(2026, 3, 2, 9, 0, 0, 5000)
    >>> next_version(seen, seen).isoformat(timespec="milliseconds")
    '2026-03-02T09:00:00.006'
    """
    return max(now, before + ONE_MILLISECOND)


def refuse_changed(kind: Kind, found: Versioned, seen: datetime | None) -> None:
    """Raise ChangedSince unless the record's version is the one that was seen, if one is given."""
    if seen is not None and _version(found) != seen:
        raise ChangedSince(kind, found.id, _version(found), _FIELD)


def refuse_changed_after(kind: Kind, found: Versioned, seen: datetime | None) -> None:
    """Raise ChangedSince if the record, one of many, was changed later than the instant."""
    if seen is not None and _version(found) > seen:
        raise ChangedSince(kind, found.id, _version(found))


def seen_of_each(count: int, seen: Sequence[datetime] | None) -> Sequence[datetime | None]:
    """Return what was seen of each of so many: one instant each is given, or one for all.

    >>> seen_of_each(2, None)
    [None, None]
    """
    if seen is None:
        return [None] * count
    if len(seen) == 1:
        return [*seen] * count
    if len(seen) != count:
        msg = f"{count} instants are expected, in the order of what they are of, or one for all."
        raise InvalidValue(msg, _FIELD)
    return seen


def _version(found: Versioned) -> datetime:
    """Return what is answered as ``updatedAt``, even where more was stored by other means."""
    finer = timedelta(microseconds=found.updated_at.microsecond % 1000)
    return found.updated_at - finer
