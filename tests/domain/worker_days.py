"""Entries and clock times for the tests of the worker's day, and its figures in hours."""

from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from app.domain.contributions import ClockHours, EntryHours
from app.domain.day_notes import DayNoteCode
from app.domain.durations import (
    DAY,
    HOUR,
    MINUTE,
    seconds_of_hours,
)
from app.domain.schedule import Combine

workdays = st.integers(min_value=0, max_value=DAY // MINUTE).map(lambda minutes: minutes * MINUTE)

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 3, day) for day in (6, 7, 8, 9))
PAIR = (1, "b1")
"""A worker whom both systems know: a user and a person."""
DUPLICATE, OVERLAP = DayNoteCode.POSSIBLE_DUPLICATE, DayNoteCode.OVERLAP
OVER, MIXED = DayNoteCode.OVER_WORKDAY, DayNoteCode.PAID_UNPAID_OVERLAP


def entry(hours, *, mirrored=False):
    """Kantata's entry, number 1: of which a day has one at most."""
    return EntryHours(1, seconds_of_hours(hours), mirrored)


def clock(starts, ends, record_id="p", *, paid=True):
    """A Procore record's hours, by the wall clock; beyond 24 for a night."""
    return ClockHours(record_id, int(starts * HOUR), int(ends * HOUR), paid)


@dataclass(frozen=True)
class Hours:
    """What a merged day says, in hours. Where the systems cannot differ, high is low."""

    off: float
    available: float
    high: float
    available_if_summed: float
    paid: float
    unpaid: float
    unknown: float
    unknown_if_summed: float


def one(off, available, *, paid=0.0, unpaid=0.0, unknown=0.0):
    """The same hours whether the systems' absences are taken as one or as two."""
    return Hours(off, available, off, available, paid, unpaid, unknown, unknown)


def hours_of(day):
    """What the day says, in hours."""
    seconds = (
        day.off(Combine.MAX),
        day.available(Combine.MAX),
        day.off(Combine.SUM),
        day.available(Combine.SUM),
        day.paid,
        day.unpaid,
        day.unknown_paid(Combine.MAX),
        day.unknown_paid(Combine.SUM),
    )
    return Hours(*(each / HOUR for each in seconds))


def notes_of(day):
    """Each note with the records that it names, by 'K' and Procore's ids."""
    return {
        note.code: "".join(
            "K" if isinstance(record, EntryHours) else record.record_id for record in note.records
        )
        for note in day.notes
    }
