"""A worker's day as a row of a table, and tables as CSV (RFC 4180)."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from app.domain.durations import hours_of_seconds
from app.domain.identifiers import Kind, node_id
from app.domain.schedule import Combine, MergedDay
from app.domain.workers import Worker

Cell = str | float

COLUMNS: Final = (
    "company_id",
    "company",
    "worker_id",
    "name",
    "email",
    "user_id",
    "person_id",
    "date",
    "kind",
    "workday_hours",
    "hours_off",
    "hours_off_high",
    "available_hours",
    "paid_hours",
    "unpaid_hours",
    "unknown_paid_hours",
    "holiday",
    "notes",
    "discrepancy",
)
"""GraphQL's words for the same, in snake_case. No reason is among them."""

# What spreadsheets take for a formula, also behind spaces.
_FORMULA = re.compile(r"\s*[=+\-@]|[\t\r\n]")


class DayKind(StrEnum):
    """What a day is, in one word."""

    HOLIDAY = "HOLIDAY"
    DAY_OFF = "DAY_OFF"
    FREE = "FREE"
    PAID = "PAID"
    UNPAID = "UNPAID"
    UNKNOWN = "UNKNOWN"
    MIXED = "MIXED"


def day_kind(day: MergedDay) -> DayKind:
    """Return what a day is; time off on a day without work leaves it a day without work."""
    if day.holiday:
        return DayKind.HOLIDAY
    if not day.workday:
        return DayKind.DAY_OFF
    shares = {
        DayKind.PAID: day.paid,
        DayKind.UNPAID: day.unpaid,
        DayKind.UNKNOWN: day.unknown_paid(Combine.MAX),
    }
    kinds = [kind for kind, seconds in shares.items() if seconds]
    if len(kinds) > 1:
        return DayKind.MIXED
    return kinds[0] if kinds else DayKind.FREE


def day_row(worker: Worker, company: str, day: MergedDay) -> list[Cell]:
    """Return the day as a row of COLUMNS; what both systems have counts as one absence."""
    return [
        worker.company_id,
        inert(company),
        node_id(Kind.WORKER, worker.id),
        inert(worker.full_name),
        inert(worker.email or ""),
        "" if worker.user_id is None else str(worker.user_id),
        worker.person_id or "",
        day.date.isoformat(),
        day_kind(day).value,
        hours_of_seconds(day.workday),
        hours_of_seconds(day.low),
        hours_of_seconds(day.high),
        hours_of_seconds(day.available(Combine.MAX)),
        hours_of_seconds(day.paid),
        hours_of_seconds(day.unpaid),
        hours_of_seconds(day.unknown_paid(Combine.MAX)),
        inert(day.holiday.name if day.holiday else ""),
        " ".join(note.code.value for note in day.notes),
        day.discrepancy or "",
    ]


def inert(text: str) -> str:
    """Return text that no spreadsheet runs: an apostrophe stands before what looks like code.

    >>> inert("=1+1"), inert("@sum"), inert("O'Hara-Lee")
    ("'=1+1", "'@sum", "O'Hara-Lee")
    """
    return f"'{text}" if _FORMULA.match(text) else text


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    r"""Return the rows as CSV.

    >>> csv_text([("Ida, Vale", 7.5)])
    '"Ida, Vale",7.5\r\n'
    """
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()
