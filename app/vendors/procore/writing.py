"""What is sent to Procore to make or change a record of time off, as its pages have it."""

from app.domain.days import DaySpan
from app.domain.pattern import Pattern
from app.domain.recurrence import Repeat
from app.domain.sync.remote_people import NO_REASON, NewTimeOff, TimeOffChange
from app.domain.wire_formats import format_clock, format_mm_dd_yy

Document = dict[str, object]


def new_document(new: NewTimeOff) -> Document:
    """Return a new record: all of it, but how it repeats only where it does.

    A reason is required. Our words for none are sent as they are: an empty one might be refused,
    and the record that this one replaces is deleted by now.
    """
    document = _days(new.span) | _pattern(new.pattern) | {"is_paid": new.is_paid}
    document |= {"reason": new.reason}
    if new.rule is None:
        return document | {"repeat": Repeat.NEVER.value}
    return document | {
        "repeat": new.rule.repeat.value,
        "cadence": new.rule.cadence,
        "repeat_end_day": format_mm_dd_yy(new.rule.until),
    }


def change_document(change: TimeOffChange) -> Document:
    """Return what is to be otherwise, and nothing else; never our word for no reason."""
    document: Document = {}
    if change.span is not None:
        document |= _days(change.span)
    if change.pattern is not None:
        document |= _pattern(change.pattern)
    if change.is_paid is not None:
        document |= {"is_paid": change.is_paid}
    if change.reason not in {None, NO_REASON}:
        document |= {"reason": change.reason}
    return document


def _days(span: DaySpan) -> Document:
    return {"start_day": format_mm_dd_yy(span.first), "end_day": format_mm_dd_yy(span.last)}


def _pattern(pattern: Pattern) -> Document:
    return {
        "batch_start_time": format_clock(pattern.start_time),
        "batch_end_time": format_clock(pattern.end_time),
        "apply_to_saturday": pattern.apply_to_saturday,
        "apply_to_sunday": pattern.apply_to_sunday,
    }
