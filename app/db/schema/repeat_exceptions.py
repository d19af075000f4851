"""The column ``exceptions`` of person time off, as JSON: null where there are none (rule 3.11).

An item has the original ``day``, and unless the occurrence is skipped where it is instead,
``first`` to ``last``; ``start`` and ``end`` in minutes, and ``paid``, where they are not the
record's.
"""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from app.domain.days import DaySpan
from app.domain.instances import OccurrenceException

Told = list[dict[str, Any]]


def read_exceptions(told: Told | None) -> tuple[OccurrenceException, ...]:
    """Return the exceptions that the column holds."""
    return tuple(map(_read, told or ()))


def write_exceptions(exceptions: Sequence[OccurrenceException]) -> Told | None:
    """Return what the column holds of the exceptions."""
    return list(map(_write, exceptions)) or None


def time_of(minute: int) -> time:
    """Return the time of day so many minutes after midnight."""
    return time(*divmod(minute, 60))


def minute_of(moment: time) -> int:
    """Return how many minutes after midnight it is."""
    return moment.hour * 60 + moment.minute


def _read(told: dict[str, Any]) -> OccurrenceException:
    span = times = None
    if "first" in told:
        span = DaySpan(date.fromisoformat(told["first"]), date.fromisoformat(told["last"]))
    if "start" in told:
        times = time_of(told["start"]), time_of(told["end"])
    return OccurrenceException(date.fromisoformat(told["day"]), span, times, told.get("paid"))


def _write(exception: OccurrenceException) -> dict[str, Any]:
    told: dict[str, Any] = {"day": exception.original_day.isoformat()}
    if exception.span:
        told |= {"first": str(exception.span.first), "last": str(exception.span.last)}
    if exception.times:
        told |= dict(zip(("start", "end"), map(minute_of, exception.times), strict=True))
    if exception.is_paid is not None:
        told["paid"] = exception.is_paid
    return told
